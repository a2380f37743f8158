"""Seconds since 1970 in a column that is called as times are: days of a person, which move with the others."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan

NAMES = ["Emil Birnbaum", "Ada Quastenberg", "Otto Zickler", "Greta Plotzki"]
FIRST = 1_700_000_003


def _kind(folder: Path, header: str, declared: str, values: list[int]) -> str:
    path = (
        a_database(folder)
        .with_table("patient", "id INTEGER PRIMARY KEY, full_name TEXT", rows=list(enumerate(NAMES * 10)))
        .with_table(
            "event",
            f"id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), {header} {declared}",
            rows=[(n, n % 40, value) for n, value in enumerate(values)],
        )
        .build()
    )
    found = scan(path, Context())
    return next(each.kind for each in found.columns if each.place.column == header)


def _spread(step: int) -> list[int]:
    """Moments of no rhythm, `step` seconds apart on average; every midnight for 0."""
    if not step:
        return [1_699_920_000 + n * 86_400 for n in range(120)]
    drawn = Random(3)
    return [FIRST + drawn.randrange(step * 240) for _ in range(120)]


@pytest.mark.parametrize(
    ("header", "declared", "step", "kind"),
    [
        ("at", "INTEGER", 86_521, "person_date"),
        ("ts", "", 86_521, "person_date"),
        ("createdAt", "INTEGER", 86_521, "person_date"),
        ("zeitstempel", "INTEGER", 86_521, "person_date"),
        ("x", "TIMESTAMP", 86_521, "person_date"),
        ("at", "INTEGER", 86_521_000_000, "about_person"),
        ("channel", "INTEGER", 86_521, "about_person"),
        ("ts", "INTEGER", 0, "person_date"),
    ],
)
def test_moments_are_told_by_name_and_range(
    tmp_path: Path, header: str, declared: str, step: int, kind: str
) -> None:
    assert _kind(tmp_path, header, declared, _spread(step)) == kind


def test_moments_in_milliseconds(tmp_path: Path) -> None:
    assert (
        _kind(tmp_path, "sent_at", "INTEGER", [(FIRST + n) * 1_000 + n for n in range(120)]) == "person_date"
    )


def test_moments_move_with_the_other_days_of_their_person_in_json_too(
    catalog: Catalog, tmp_path: Path
) -> None:
    rows = [(n, n % 40, FIRST + n * 86_521, json.dumps({"ts": FIRST + n, "n": 1})) for n in range(120)]
    path = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, full_name TEXT", rows=list(enumerate(NAMES * 10)))
        .with_table(
            "event",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id), at INTEGER, data TEXT",
            rows=rows,
        )
        .build()
    )
    scan(path, Context(), catalog=catalog)
    plan = copy.plan_copy(catalog, path, tmp_path / "copy.db", Context())
    assert not [each.title for each in plan.findings if each.blocks]
    copy.make_copy(catalog, plan, Context())
    with open_read(tmp_path / "copy.db") as session:
        found = session.all("SELECT at, data ->> '$.ts' FROM event ORDER BY rowid")
    was = sorted((at, FIRST + n) for n, _, at, _ in rows)
    now = sorted((int(str(at)), int(str(ts))) for at, ts in found)
    assert len(now) == 120
    assert not {at for at, _ in was} & {at for at, _ in now}
    assert all((at % 86_400, ts % 86_400) in {(a % 86_400, t % 86_400) for a, t in was} for at, ts in now)
