"""Cells of JSON with several values: each of them is attacked, not the first alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.made_by_hand import patients, token, unsalted
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack import Attack, AttackKind, Knowledge, reading, run
from steward_app.services.privacy.attack.json_members import _Members, _steps
from steward_app.services.privacy.attack.model import AttackReport
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.schema import read_schema

Make = Callable[[str], str]
MAILS, TOWN, DAY, AMOUNT = "$.mails[*]", "$.orders[*].town", "$.orders[*].day", "$.orders[*].amount"
PLACES = (MAILS, TOWN)
RULES = ReleaseRules("r", tuple(Rule(Place("form", "data", path), Technique.TOKEN) for path in PLACES))


def kept(text: str) -> str:
    return text


def a_form(path: Path, later: Make = kept, *, first: Make = token, binary: bool = False) -> Path:
    """Two addresses and two orders a row; `first` treats the first address, `later` all that follows."""
    rows: list[tuple[SqlValue, ...]] = []
    for n, row in enumerate(patients(200)):
        mail = str(row[2])
        town = ("Ulm", "Ulm", "Ulm", "Bonn")[n % 4]
        orders = [
            {"town": first("Kiel"), "day": "2024-01-01", "amount": 5},
            {"town": later(town), "day": str(row[3]), "amount": n % 7},
        ]
        rows.append((n, json.dumps({"mails": [first(f"one{n}"), later(mail)], "orders": orders})))
    built = a_database(path).with_table("form", "id INTEGER PRIMARY KEY, data TEXT", rows=rows)
    return (built.with_sql("UPDATE form SET data = jsonb(data)") if binary else built).build()


def of(report: AttackReport, kind: AttackKind, *paths: str) -> Attack:
    places = tuple(Place("form", "data", path) for path in paths)
    return next(each for each in report.attacks if each.kind is kind and each.places == places)


@pytest.mark.parametrize("binary", [False, True])
def test_a_hash_that_is_not_the_first_falls_to_a_list(tmp_path: Path, binary: bool) -> None:
    source = a_form(tmp_path / "a.db", first=kept, binary=binary)
    copy = a_form(tmp_path / "b.db", unsalted, binary=binary)
    found = of(run(source, copy, RULES, Context(), seconds=0.1), AttackKind.DICTIONARY, MAILS)
    assert found.reidentified == found.persons == 200  # persons, not addresses
    assert found.beats


def test_whoever_knows_one_of_several_values_finds_the_row(tmp_path: Path) -> None:
    source = a_form(tmp_path / "a.db", first=kept)
    copy = a_form(tmp_path / "b.db", token)
    report = run(source, copy, RULES, Context(), [Knowledge("form", (f"data:{DAY}",))], seconds=0.05)
    assert of(report, AttackKind.LINKAGE, DAY).reidentified > 190  # the first is the same for all


def test_what_stands_in_one_object_of_a_list_is_known_together(tmp_path: Path) -> None:
    source, copy = a_form(tmp_path / "a.db", first=kept), a_form(tmp_path / "b.db", token)
    known = Knowledge("form", (f"data:{DAY}", f"data:{AMOUNT}"))
    report = run(source, copy, RULES, Context(), [known], seconds=0.05)
    assert of(report, AttackKind.LINKAGE, DAY, AMOUNT).reidentified > 195


def test_pseudonyms_that_are_not_the_first_are_counted(tmp_path: Path) -> None:
    source, copy = a_form(tmp_path / "a.db", first=kept), a_form(tmp_path / "b.db", token)
    report = run(source, copy, RULES, Context(), seconds=0.05)
    found = of(report, AttackKind.FREQUENCY, TOWN)
    assert "3 different pseudonyms, 3 different originals." in found.details
    assert found.reidentified == 200


def test_every_attack_has_an_id_of_its_own(tmp_path: Path) -> None:
    source, copy = a_form(tmp_path / "a.db", first=kept), a_form(tmp_path / "b.db", unsalted)
    ids = [each.id for each in run(source, copy, RULES, Context(), seconds=0.05).attacks]
    assert len(set(ids)) == len(ids)


def test_a_drawn_table_says_that_only_the_first_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_CELLS", 100)
    monkeypatch.setattr(reading, "_FEWEST_ROWS", 50)
    source, copy = a_form(tmp_path / "a.db", first=kept), a_form(tmp_path / "b.db", token)
    told = run(source, copy, RULES, Context(), seconds=0.05).not_tried
    assert any("All but the first value" in each.what for each in told)


@pytest.mark.parametrize(
    ("path", "steps", "tail"),
    [
        ("$.a", (), "$.a"),
        ("$[*]", (("$", "[*]"),), ""),
        ("$.a[*].b", (("$.a", "[*]"),), ".b"),
        ("$.a[*].b.*.c", (("$.a", "[*]"), ("$.b", ".*")), ".c"),
        ('$."x[*].y"[*]', (('$."x[*].y"', "[*]"),), ""),
    ],
)
def test_a_path_is_taken_apart(path: str, steps: tuple[tuple[str, str], ...], tail: str) -> None:
    assert _steps(path) == (steps, tail)


atoms = st.one_of(st.none(), st.integers(-9, 9), st.text(max_size=3), st.booleans())
documents = st.recursive(
    atoms,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(documents, max_size=5))
def test_members_are_those_that_python_finds(
    tmp_path_factory: pytest.TempPathFactory, cells: list[object]
) -> None:
    path = tmp_path_factory.mktemp("members") / "a.db"
    rows = [(n, json.dumps(each)) for n, each in enumerate(cells)]
    a_database(path).with_table(
        "t", "id INTEGER PRIMARY KEY, data TEXT", rows=[*rows, (99, "{broken")]
    ).build()
    with open_read(path) as session:
        table = read_schema(session).table("t")
        assert table is not None
        found = list(_Members(table, "data", (("$.a", "[*]"),), {"x": "", "y": ".b"}).rows(session))
    assert found == [*([member(m) for m in listed(cell)] for cell in cells), []]


def listed(cell: object) -> list[object]:
    inner = cell.get("a") if isinstance(cell, dict) else None
    return inner if isinstance(inner, list) else []


def member(value: object) -> tuple[object, object]:
    return atom(value), atom(value.get("b")) if isinstance(value, dict) else None


def atom(value: object) -> object:
    return None if isinstance(value, dict | list) else value
