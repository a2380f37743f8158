"""Paths inside JSON are attacked as columns are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from builders.made_by_hand import patients, token, unsalted
from steward_app.db import open_read
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack import Attack, AttackKind, AttackReport, Knowledge, run
from steward_app.services.privacy.attack.json_places import paths, value_sql
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema import read_schema

BORN, MAIL, TOWN = "$.person.born", "$.mails[*]", "$.town"
RULES = ReleaseRules(
    "r",
    (
        Rule(Place("form", "data", MAIL), Technique.TOKEN),
        Rule(Place("form", "data", TOWN), Technique.TOKEN),
    ),
)


def a_form(path: Path, make: object = str, count: int = 200, *, binary: bool = False) -> Path:
    """Answers in JSON: `make` gives what stands for an address and a town."""
    rows: list[tuple[SqlValue, ...]] = []
    for n, row in enumerate(patients(count)):
        town = ("Ulm", "Ulm", "Ulm", "Bonn")[n % 4]
        data = {"person": {"born": row[3]}, "mails": [make(row[2]), "x"], "town": make(town)}  # type: ignore[operator]
        rows.append((n, json.dumps(data)))
    built = a_database(path).with_table("form", "id INTEGER PRIMARY KEY, data TEXT", rows=rows)
    return (built.with_sql("UPDATE form SET data = jsonb(data)") if binary else built).build()


def of(report: AttackReport, kind: AttackKind, path: str) -> Attack:
    return next(
        each for each in report.attacks if each.kind is kind and each.places == (Place("form", "data", path),)
    )


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("rules", [RULES, None])
def test_hashes_in_json_fall_to_a_list(tmp_path: Path, rules: ReleaseRules | None, binary: bool) -> None:
    source = a_form(tmp_path / "a.db", binary=binary)
    copy = a_form(tmp_path / "b.db", unsalted, binary=binary)
    found = of(run(source, copy, rules, Context(), seconds=0.1), AttackKind.DICTIONARY, MAIL)
    assert found.reidentified == found.persons == 200
    assert found.beats


def test_a_path_that_was_kept_links(tmp_path: Path) -> None:
    report = run(a_form(tmp_path / "a.db"), a_form(tmp_path / "b.db", token), RULES, Context(), seconds=0.05)
    found = of(report, AttackKind.LINKAGE, BORN)
    assert found.reidentified > 190
    assert found.id == f"linkage:form.data:{BORN}"


def test_pseudonyms_in_json_are_matched_by_how_often_they_occur(tmp_path: Path) -> None:
    report = run(a_form(tmp_path / "a.db"), a_form(tmp_path / "b.db", token), RULES, Context(), seconds=0.05)
    assert of(report, AttackKind.FREQUENCY, TOWN).reidentified == 200


def test_a_path_may_be_what_an_attacker_knows(tmp_path: Path) -> None:
    source, copy = a_form(tmp_path / "a.db"), a_form(tmp_path / "b.db", token)
    known = [Knowledge("form", (f"data:{BORN}",))]
    report = run(source, copy, RULES, Context(), known, seconds=0.05)
    assert [each.places[0].path for each in report.attacks if each.kind is AttackKind.LINKAGE] == [BORN]
    for wrong in ("data:$.nowhere", "data:$[", "nothing:$.town"):
        with pytest.raises(UsageError, match="There is no"):
            run(source, copy, RULES, Context(), [Knowledge("form", (wrong,))])


def test_keys_that_are_data_are_no_paths(tmp_path: Path) -> None:
    rows = [(n, json.dumps({f"p{n}@mail.example": {"ok": n}, "kind": "a", "it's": n})) for n in range(100)]
    path = (
        a_database(tmp_path / "a.db")
        .with_table("form", "id INTEGER PRIMARY KEY, data TEXT", rows=[*rows, (100, "{broken"), (101, "7")])
        .build()
    )
    with open_read(path) as session:
        table = read_schema(session).table("form")
        assert table is not None
        found = paths(session, table, None, {})
        values = {name: session.execute(f"SELECT count({sql}) FROM form") for name, sql in found.items()}
        assert {name: next(rows)[0] for name, rows in values.items()} == {
            "data:$.kind": 100,
            'data:$."it\'s"': 100,
        }
        any_key = value_sql(table, "data", "$.*.ok")
        assert next(session.execute(f"SELECT count({any_key}), max({any_key}) FROM form")) == (100, 99)
        assert next(session.execute(f"SELECT count({value_sql(table, 'data', '$.*')}) FROM form"))[0] == 100
