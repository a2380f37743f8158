"""Keys that are codes with a number at their end, whose number is left elsewhere without the rest of the code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

NUMBERS = Random(7).sample(range(100_000, 1_000_000), 120)

Code = Callable[[int], str]

CODES: dict[str, Code] = {
    "zeros": lambda number: f"{number:08d}",
    "letters": lambda number: f"MRN-{number}",
    "letter and zeros": lambda number: f"K{number:09d}",
    "years": lambda number: f"{2011 + number % 11}-{number:06d}",
    "two prefixes": lambda number: f"{'AB'[number % 2]}{number}",
}
WRITTEN: dict[str, Callable[[int], object]] = {
    "number": lambda number: number,
    "digits": str,
    "otherwise": lambda number: f"MRN {number}",
    "glued": lambda number: f"X{number}",
    "among words": lambda number: f"Please call {number} back",
    "JSON": lambda number: json.dumps({"p": number}),
}


def searched(folder: Path, codes: Sequence[str], others: Sequence[object]) -> ResidueReport:
    """The search of a copy that has other codes, and these cells."""
    declared = "code TEXT PRIMARY KEY, name TEXT"
    original = a_database(folder, "original.db").with_table(
        "person", declared, rows=[(c, "x") for c in codes]
    )
    copy = a_database(folder, "copy.db").with_table(
        "person", declared, rows=[(f"new {c}x", "y") for c in "abc"]
    )
    copy = copy.with_table("log", "n INTEGER PRIMARY KEY, ref", rows=list(enumerate(others)))
    return search(copy.build(), original.build(), [Searched(Place("person", "code"), key=True)], Context())


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", WRITTEN)
def test_its_number_alone_is_found(tmp_path: Path, code: str, form: str) -> None:
    others = [WRITTEN[form](number) for number in NUMBERS[:40]]
    report = searched(tmp_path, [CODES[code](number) for number in NUMBERS], others)
    assert [(each.name, each.column, each.values) for each in report.found] == [("log", "ref", 40)]


def test_where_numbers_begin_anew_each_year_one_alone_is_nobodys(tmp_path: Path) -> None:
    few = NUMBERS[:12]
    codes = [f"{year}-{number:06d}" for year in range(2011, 2021) for number in few]
    assert searched(tmp_path, codes, few).found == ()


@pytest.mark.parametrize("first", [1, 1_001])
def test_codes_of_other_things_that_count_alike_are_no_find(tmp_path: Path, first: int) -> None:
    codes = [f"P{number:04d}" for number in range(first, first + 120)]
    others = [f"O{number:04d}" for number in [*range(first, first + 120)] * 2]
    report = searched(tmp_path, codes, others)
    assert (report.found, report.alike) == ((), ())


def test_words_with_any_number_behind_them_are_no_codes(tmp_path: Path) -> None:
    chance = Random(3)
    names = [f"{''.join(chance.choices('abcdefgh', k=5))}{number}" for number in NUMBERS]
    report = searched(tmp_path, names, NUMBERS[:40])
    assert report.found == ()
