"""Whole numbers of keys that are left in other columns, and the same numbers that stand there by chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

ID = Place("person", "id")
REF = Place("log", "ref")
FIVE = Random(5).sample(range(10_000, 100_000), 80)
EIGHT = Random(8).sample(range(10_000_000, 100_000_000), 80)


def searched(
    folder: Path,
    values: Sequence[SqlValue],
    *permitted: Permitted,
    keys: Sequence[SqlValue] = FIVE,
    declared: str = "",
) -> ResidueReport:
    """The search of a copy that has other persons, and a column with these values."""
    folder.mkdir(exist_ok=True)
    person = "id PRIMARY KEY, name TEXT"
    original = a_database(folder, "original.db").with_table("person", person, rows=[(k, "x") for k in keys])
    copy = a_database(folder, "copy.db").with_table("person", person, rows=[(f"t{k}", "y") for k in keys])
    copy = copy.with_table("log", f"n INTEGER PRIMARY KEY, ref {declared}", rows=list(enumerate(values)))
    return search(copy.build(), original.build(), [Searched(ID, permitted, key=True)], Context())


def left(report: ResidueReport) -> list[tuple[str, int, int]]:
    return [(f"{each.name}.{each.part}", each.hits, each.values) for each in report.found]


@pytest.mark.parametrize("declared", ["INTEGER", "TEXT", "REAL", ""])
@pytest.mark.parametrize("as_text", [True, False])
def test_they_are_found_however_they_are_stored(tmp_path: Path, declared: str, as_text: bool) -> None:
    values = [str(key) if as_text else key for key in (*FIVE, *FIVE[:5])]
    assert left(searched(tmp_path, values, declared=declared)) == [("log.ref", 85, 80)]


@pytest.mark.parametrize("keys", [FIVE, EIGHT])
def test_a_part_that_chance_does_not_explain_is_found(tmp_path: Path, keys: list[int]) -> None:
    least, greatest = min(keys), max(keys)
    others = [n for n in Random(1).sample(range(least, greatest), 200) if n not in keys]
    report = searched(tmp_path, [*keys[:60], *others], keys=keys)
    assert left(report) == [("log.ref", 60, 60)]


def test_one_number_of_eight_digits_is_no_chance(tmp_path: Path) -> None:
    assert left(searched(tmp_path, [None, 7, EIGHT[0], None], keys=EIGHT)) == [("log.ref", 1, 1)]


def test_texts_that_were_found_by_their_bytes_are_counted_once(tmp_path: Path) -> None:
    keys = [str(key) for key in EIGHT]
    assert left(searched(tmp_path, keys, keys=keys, declared="TEXT")) == [("log.ref", 80, 80)]


@pytest.mark.parametrize("seed", range(6))
def test_ordinary_numbers_are_no_find(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    columns: dict[str, list[SqlValue]] = {
        "counts": [chance.randint(1, 400) for _ in range(300)],
        "years": [chance.randint(1950, 2030) for _ in range(300)],
        "dates": [20_200_101 + 10_000 * chance.randint(0, 5) + chance.randint(0, 27) for _ in range(300)],
        "amounts": [round(chance.lognormvariate(8, 1)) for _ in range(300)],
        "round": [chance.randint(1, 900) * 100 for _ in range(300)],
        "measured": [chance.randint(20_000, 190_000) / 2 for _ in range(300)],
        "codes": [str(chance.randint(10_000, 99_999)) for _ in range(300)],
    }
    for keys in (FIVE, range(1, 400), range(10_001, 10_400), range(10_000, 60_000, 100)):
        for name, values in columns.items():
            folder = tmp_path / f"{name}{keys[0]}{len(keys)}"
            assert left(searched(folder, values, keys=list(keys))) == [], name


def test_rows_that_count_from_the_same_number_are_no_find(tmp_path: Path) -> None:
    keys = list(range(10_001, 10_101))
    assert searched(tmp_path, keys, keys=keys).is_clean
    assert left(searched(tmp_path / "twice", [*keys, *keys], keys=keys)) == [("log.ref", 200, 100)]


def test_what_is_permitted_is_counted_apart(tmp_path: Path) -> None:
    report = searched(tmp_path, FIVE, Permitted(REF, "kept"))
    assert report.is_clean
    assert [(each.place, each.hits) for each in report.allowed] == [(REF, 80)]
