"""Kept columns that tell what rules take away in the same row are named in the plan, and none is left out unsaid."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.anonymize.determined import CODE
from steward_app.services.privacy.anonymize.measuring import measure_copy
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.policy import write_rules

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
COUNT = 120
RULES = (
    Rule(Place("patient", "name"), Technique.PSEUDONYM, {"kind": "person_name"}),
    Rule(
        Place("patient", "born"),
        Technique.GENERALIZE,
        {"kind": "birth_date", "hierarchy": "dates", "level": "year"},
    ),
)


def patients(folder: Path, column: str, values: list[SqlValue], born: list[date]) -> Path:
    rows = [
        (n, f"{GIVEN[n % 10]} {FAMILY[n % 8]}", day.isoformat(), value)
        for n, (day, value) in enumerate(zip(born, values, strict=True), 1)
    ]
    columns = f"id INTEGER PRIMARY KEY, name TEXT, born TEXT, {column}"
    return a_database(folder).with_table("patient", columns, rows=rows).build()


def days(count: int = COUNT, *, different: int = 3_000) -> list[date]:
    chance = Random(4)
    some = [date(1960, 1, 1) + timedelta(chance.randrange(20_000)) for _ in range(different)]
    return [chance.choice(some) for _ in range(count)]


def told(catalog: Catalog, path: Path, *rules: Rule) -> list[Finding]:
    scan(path, Context(), catalog=catalog)
    write_rules(path, ReleaseRules("r", rules or RULES))
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    return [each for each in plan.findings if each.code == CODE]


PARTS = {
    "is the day of the month in": lambda day: day.day,
    "is the month of": lambda day: f"{day.month:02}",
    "counts the days to": lambda day: (day - date(1899, 12, 30)).days,
    "is the day and month of": lambda day: f"{day:%d.%m.}",
}


@pytest.mark.parametrize("how", PARTS)
def test_a_part_of_a_date_is_named(catalog: Catalog, tmp_path: Path, how: str) -> None:
    born = days()
    (found,) = told(catalog, patients(tmp_path, "x1", [PARTS[how](day) for day in born], born))
    assert f"“patient.x1” {how} “patient.born”" in found.detail
    assert not found.blocks


def test_what_goes_one_to_one_with_a_changed_column_is_named(catalog: Catalog, tmp_path: Path) -> None:
    born = days(different=40)
    codes = {day: f"K{7 * n:03}q" for n, day in enumerate(dict.fromkeys(born))}
    (found,) = told(catalog, patients(tmp_path, "x1", [codes[day] for day in born], born))
    assert "“patient.x1” goes one to one with “patient.born”" in found.detail


def test_a_number_that_each_person_has_is_named(catalog: Catalog, tmp_path: Path) -> None:
    born = days()
    numbers: list[SqlValue] = list(Random(1).sample(range(2, 9_999), COUNT))
    (found,) = told(catalog, patients(tmp_path, "x1 INTEGER", numbers, born))
    assert "“patient.x1” is different in each row" in found.detail


@pytest.mark.parametrize(
    "values",
    [
        [Random(n).choice("ab") for n in range(COUNT)],
        [Random(n).randint(1, 28) for n in range(COUNT)],
        [1.5 + n / 7 for n in range(COUNT)],
        ["same"] * COUNT,
        [None] * COUNT,
    ],
    ids=["two words", "other days", "measured", "the same", "nothing"],
)
def test_others_are_not(catalog: Catalog, tmp_path: Path, values: list[SqlValue]) -> None:
    assert told(catalog, patients(tmp_path, "x1", values, days())) == []


def test_what_is_left_of_a_year_is_told_by_the_rules(catalog: Catalog, tmp_path: Path) -> None:
    born = days()
    assert told(catalog, patients(tmp_path, "x1", [day.year for day in born], born)) == []
    removed = Rule(Place("patient", "born"), Technique.REMOVE)
    (found,) = told(catalog, tmp_path / "clinic.db", RULES[0], removed)
    assert "“patient.x1” is the year of “patient.born”" in found.detail


def test_a_measure_says_what_it_leaves_out(catalog: Catalog, tmp_path: Path) -> None:
    born = days()
    path = patients(tmp_path, "x1", [day.day for day in born], born)
    scan(path, Context(), catalog=catalog)
    (found,) = measure_copy(path, ReleaseRules("r", RULES), known_of(path, catalog), Context())
    assert found.told.beside == ("x1",)
    assert (
        "“x1” tells of persons, too, goes along unchanged and was not taken into account."
        in found.told.sentence
    )
    assert type(found.told).from_json(found.told.as_json()) == found.told


@pytest.mark.parametrize("apart", [0, COUNT])
def test_a_key_that_is_equal_to_a_changed_one_is_named(catalog: Catalog, tmp_path: Path, apart: int) -> None:
    """One row for each person, numbered as they are: the number beside the changed one says which it was."""
    people = [(n, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n in range(1, 2 * COUNT + 1)]
    path = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table(
            "card",
            "id INTEGER PRIMARY KEY, of_patient INTEGER REFERENCES patient (id)",
            rows=[(n, n + apart) for n in range(1, COUNT + 1)],
        )
        .build()
    )
    found = told(catalog, path, RULES[0], Rule(Place("patient", "id"), Technique.PERMUTE))
    assert ["“card.id” is the same as “card.of_patient”" in each.detail for each in found] == [True] * (
        not apart
    )
