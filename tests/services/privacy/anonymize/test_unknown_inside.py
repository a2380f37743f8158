"""Keys that are data and what stands under the keys of persons become tokens where nobody could tell what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan

PEOPLE = ["Emil Birnbaum", "Ada Quastenberg", "Otto Zickler", "Greta Plotzki"]


def _database(folder: Path, document: Callable[[int], object]) -> Path:
    people = [(n, f"{PEOPLE[n % 4]}") for n in range(1, 31)]
    rows = [(n, json.dumps(document(n))) for n in range(1, 121)]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("doc", "id INTEGER PRIMARY KEY, body TEXT", rows=rows)
        .build()
    )


@pytest.mark.parametrize(
    "document",
    [
        lambda n: {"mode": "a", str(670000 + 37 * n): "ok"},
        lambda n: {"mode": "a", str(7354821300 + 77 * n): {"n": n % 4}},
        lambda n: {"mode": "a", f"2024-{1000 + 37 * n}": 1},
        lambda n: {"mode": "a", "n": n, **({"Wickenbusch": 1} if n % 40 == 7 else {})},
        lambda n: {"mode": "a", PEOPLE[n % 4]: f"blonk{n}"},
        lambda n: {"mode": "a", PEOPLE[n % 4]: {"x": f"frum vorp {n}", "y": [f"qq{n}"]}},
    ],
    ids=["numbers", "long numbers", "codes", "names of nobody known", "under persons", "deep under persons"],
)
def test_a_proposal_does_not_stop_at_them(
    catalog: Catalog, tmp_path: Path, document: Callable[[int], dict[str, object]]
) -> None:
    path = _database(tmp_path, document)
    scan(path, Context(), catalog=catalog)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert not [each.title for each in plan.findings if each.blocks]
    told = next(each for each in plan.findings if each.code == "unknown_becomes_tokens")
    assert "doc.body:$.*" in told.detail
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as session:
        made = [str(text) for (text,) in session.all("SELECT body FROM doc ORDER BY id")]
    for n, text in enumerate(made, 1):
        was, now = document(n), json.loads(text)
        assert now["mode"] == "a"
        assert len(now) == len(was)
        assert not (was.keys() & now.keys()) - {"mode", "n"}
        assert not any(word in text for word in ("blonk", "frum vorp", '"qq'))


def test_what_else_is_unknown_waits_for_the_steward(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, lambda n: {"mode": "a", "zq": f"x{n * 7919 % 1000}-{n}k"})
    scan(path, Context(), catalog=catalog)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    told = [each for each in plan.findings if each.blocks]
    assert [each.code for each in told] == ["column_not_decided"]
    assert "doc.body:$.zq" in told[0].title
