"""Keys of JSON that name persons of the database stop a plan whose rules leave them, and change as proposed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan

PEOPLE = ["Emil Birnbaum", "Ada Quastenberg", "Rose Price", "Otto Zickler", "Greta Plotzki"]
NAME, MODE, KEEP = "{technique: pseudonym, options: {kind: person_name}}", "$.mode", "{technique: keep}"


def _database(folder: Path, document: dict[str, object], rules: dict[str, str] | None) -> Path:
    rows = [(n, PEOPLE[n % 5]) for n in range(1, 31)]
    notes = [(n, n, json.dumps({"mode": "a", **document})) for n in range(1, 31)]
    path = (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT", rows=rows)
        .with_table(
            "note", "id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person(id), data TEXT", rows=notes
        )
        .build()
    )
    if rules is not None:
        paths = ", ".join(f"'{each}': {rule}" for each, rule in rules.items())
        said = f"        data: {{technique: json, paths: {{{paths}}}}}\n"
        path.with_name(f"{path.name}.steward.yaml").write_text(
            "version: 1\nreleases:\n  r:\n    tables:\n      person:\n        id: {technique: permute}\n"
            f"        name: {NAME}\n      note:\n{said}",
            encoding="utf-8",
        )
    return path


def _blocking(catalog: Catalog, path: Path) -> dict[str, Finding]:
    scan(path, Context(), catalog=catalog)
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    return {each.code: each for each in plan.findings if each.blocks}


def _copied(catalog: Catalog, path: Path) -> list[dict[str, object]]:
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as session:
        return [json.loads(str(text)) for (text,) in session.all("SELECT data FROM note ORDER BY id")]


@pytest.mark.parametrize("key", ["ebirnbaum", "Birnbaum, E.", "quastenberg", "otto_zickler", "PlotzkiGreta"])
def test_a_key_that_a_rule_names_is_somebody_all_the_same(catalog: Catalog, tmp_path: Path, key: str) -> None:
    path = _database(tmp_path, {key: 1}, {MODE: KEEP, f'$."{key}"': KEEP})
    told = _blocking(catalog, path)["keys_name_persons"]
    assert told.count == 1
    assert not any(word in f"{told}".casefold() for word in ("birnbaum", "quastenberg", "zickler", "plotzki"))


@pytest.mark.parametrize("key", ["Rose", "price", "Price", "total", "max_price"])
def test_a_word_that_somebody_is_called_stops_nothing(catalog: Catalog, tmp_path: Path, key: str) -> None:
    path = _database(tmp_path, {key: 1}, {MODE: KEEP, f"$.{key}": KEEP})
    assert "keys_name_persons" not in _blocking(catalog, path)


@pytest.mark.parametrize("rule", ["$.*~", "$.*"])
def test_a_rule_for_all_keys_is_one_for_these(catalog: Catalog, tmp_path: Path, rule: str) -> None:
    path = _database(tmp_path, {"ebirnbaum": "here"}, {MODE: KEEP, rule: NAME})
    assert not _blocking(catalog, path)
    for each in _copied(catalog, path):
        assert "ebirnbaum" not in each
        assert each["mode"] == "a"
        assert ("here" in each.values()) is (rule == "$.*~")


def test_the_proposal_changes_the_keys_and_keeps_what_they_lead_to(catalog: Catalog, tmp_path: Path) -> None:
    path = _database(tmp_path, {"ebirnbaum": "here", "Ada Quastenberg": "ill at home"}, None)
    assert not _blocking(catalog, path)
    for each in _copied(catalog, path):
        assert sorted(map(str, each.values())) == ["a", "here", "ill at home"]
        assert not {"ebirnbaum", "Ada Quastenberg"} & each.keys()


@pytest.mark.parametrize("key", ["ebirnbaum", "Birnbaum's bed", "bed_birnbaum", "王伟"])
@pytest.mark.parametrize("nothing", [{}, []])
def test_keys_that_lead_to_nothing_change_as_others_do(
    catalog: Catalog, tmp_path: Path, key: str, nothing: object
) -> None:
    path = _database(tmp_path, {key: nothing}, None)
    assert not _blocking(catalog, path)
    for each in _copied(catalog, path):
        assert key not in each
        assert nothing in each.values()


def test_a_path_that_leads_to_a_person_needs_a_rule_as_a_column_does(
    catalog: Catalog, tmp_path: Path
) -> None:
    path = _database(tmp_path, {"mail": "emil@orig.example"}, {MODE: KEEP})
    assert "note.data:$.mail" in _blocking(catalog, path)["identifying_column_kept"].title
