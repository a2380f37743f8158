"""Whole numbers of a key in columns that no foreign key binds to it, and the same numbers by chance."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders import a_database
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

COUNT = 120
GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]


def clinic(folder: Path, keys: list[int], payers: list[Any], declared: str = "INTEGER") -> Path:
    people: list[tuple[SqlValue, ...]] = [
        (key, f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, key in enumerate(keys)
    ]
    return (
        a_database(folder)
        .with_table("patient", "no INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("invoice", f"id INTEGER PRIMARY KEY, payer {declared}", rows=list(enumerate(payers, 1)))
        .build()
    )


def parents(path: Path) -> list[Place]:
    return [each.parent for each in scan(path).same_values if each.child == Place("invoice", "payer")]


@pytest.mark.parametrize("digits", [4, 5, 6, 8])
@pytest.mark.parametrize("declared", ["INTEGER", "TEXT", "REAL", ""])
def test_numbers_of_a_key_are_found_in_a_column(tmp_path: Path, digits: int, declared: str) -> None:
    chance = Random(f"{digits}/{declared}")
    keys = chance.sample(range(10 ** (digits - 1), 10**digits), COUNT)
    as_stored = {"INTEGER": int, "TEXT": str, "REAL": float, "": int}[declared]
    path = clinic(tmp_path, keys, [as_stored(key) for key in chance.choices(keys, k=80)], declared)
    assert parents(path) == [Place("patient", "no")]


def test_a_key_without_gaps_is_told_from_end_to_end(tmp_path: Path) -> None:
    keys = list(range(10_001, 10_001 + COUNT))
    assert parents(clinic(tmp_path, keys, [*keys, *keys])) == [Place("patient", "no")]


def test_three_persons_again_and_again_are_enough(tmp_path: Path) -> None:
    keys = Random(3).sample(range(100_000, 1_000_000), COUNT)
    assert parents(clinic(tmp_path, keys, keys[:3] * 40)) == [Place("patient", "no")]


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        (range(1, COUNT + 1), range(1, 90)),  # lines, counts
        (range(1, 2_500), range(1950, 2027)),  # years
        (range(1_001, 1_001 + COUNT), range(1_000, 1_300, 10)),  # amounts
        (range(1_000, 13_000, 100), range(1_000, 9_000, 100)),  # as round as the key
        (range(10_001, 10_121), [n / 2 for n in range(20_002, 20_242)]),  # measured, some of them whole
        (range(10_001, 10_121), [*range(10_001, 10_041), *range(70_000, 70_100)]),  # a third
    ],
)
def test_ordinary_numbers_are_not_joined(tmp_path: Path, keys: list[int], numbers: list[float]) -> None:
    assert parents(clinic(tmp_path, list(keys), list(numbers), "")) == []


def test_two_tables_that_count_from_the_same_number_are_apart(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "patient", "no INTEGER PRIMARY KEY, name", rows=[(n, GIVEN[n % 10]) for n in range(1_001, 1_121)]
        )
        .with_table("bill", "no INTEGER PRIMARY KEY, sum", rows=[(n, n % 7) for n in range(1_001, 1_121)])
        .build()
    )
    assert scan(path).same_values == ()


@pytest.mark.parametrize("seed", range(12))
def test_amounts_counts_and_years_at_random_are_not_joined(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    keys = sorted(chance.sample(range(1_000, 10_000), COUNT))
    columns = {
        "amounts": [round(chance.lognormvariate(7, 1)) for _ in range(300)],
        "counts": [chance.randint(1, 200) for _ in range(300)],
        "years": [chance.randint(1950, 2030) for _ in range(300)],
        "codes": [chance.randint(1_000, 9_999) for _ in range(300)],
    }
    path = (
        a_database(tmp_path)
        .with_table("patient", "no INTEGER PRIMARY KEY, name", rows=[(n, GIVEN[n % 10]) for n in keys])
        .with_table("thing", ", ".join(columns), rows=list(zip(*columns.values(), strict=True)))
        .build()
    )
    assert scan(path).same_values == ()


@pytest.mark.parametrize(
    ("column", "document", "path"),
    [
        ("patient_ids", "[{0}, {1}]", "$[*]"),
        ("patients", '["{0}", "{1}"]', "$[*]"),
        ("patient", '{{"id": {0}, "beds": {1}}}', "$.id"),
        ("data", '{{"patient_ids": [{0}, {1}]}}', "$.patient_ids[*]"),
    ],
)
def test_a_key_without_gaps_is_told_by_the_names_above(
    tmp_path: Path, column: str, document: str, path: str
) -> None:
    chance = Random(column)
    keys = range(1, COUNT + 1)
    people = [(key, f"{GIVEN[key % 10]} {FAMILY[key % 8]}") for key in keys]
    documents = [(n, document.format(*chance.sample(keys, 2))) for n in range(1, 200)]
    built = (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, name TEXT", rows=people)
        .with_table("study", f"id INTEGER PRIMARY KEY, {column} TEXT", rows=documents)
        .build()
    )
    told = {(each.child, each.parent) for each in scan(built).same_values}
    assert told == {(Place("study", column, path), Place("patient", "id"))}
