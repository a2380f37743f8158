"""Telephone numbers that stand in another table, written otherwise, and those of digits alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.services.privacy.discover.model import ColumnScan, Scan, Verdict
from steward_app.services.privacy.discover.scan import scan

chance = Random(5)
NUMBERS = [
    f"{chance.choice(('50', '60', '69', '72', '88'))}{chance.randrange(10**6, 10**7)}" for _ in range(60)
]
GIVEN = ["Anna", "Jan", "Piotr", "Maria", "Ewa", "Tomasz"]


def dashed(number: str) -> str:
    return f"{number[:3]}-{number[3:6]}-{number[6:]}"


def column(found: Scan, table: str, name: str) -> ColumnScan:
    return next(each for each in found.columns if (each.place.table, each.place.column) == (table, name))


@pytest.mark.parametrize("few", [8, 60])
@pytest.mark.parametrize(
    "written",
    [
        lambda number: f"48{number}",
        lambda number: int(f"48{number}"),
        lambda number: f"0048{number}",
        lambda number: f"+48 {dashed(number)}",
        lambda number: number,
        lambda number: int(number),
        lambda number: f"0{number}",
    ],
)
def test_numbers_of_persons_are_found_in_another_form(
    tmp_path: Path, written: Callable[[str], str | int], few: int
) -> None:
    people = [(n, GIVEN[n % 6], dashed(number)) for n, number in enumerate(NUMBERS, 1)]
    path = (
        a_database(tmp_path)
        .with_table("pacjent", "id INTEGER PRIMARY KEY, imie, telefon TEXT", rows=people)
        .with_table(
            "sms",
            "id INTEGER PRIMARY KEY, numer, kanal",
            rows=[(n, written(number), n % 2) for n, number in enumerate(NUMBERS[:few], 1)],
        )
        .build()
    )
    found = scan(path)
    told = column(found, "sms", "numer")
    assert (told.verdict, told.kind) == (Verdict.PERSONAL, "phone")
    assert [(same.parent.table, same.share) for same in found.same_values if same.child == told.place] == [
        ("pacjent", 1.0)
    ]


def calls(tmp_path: Path, cells: list[str | int]) -> ColumnScan:
    path = (
        a_database(tmp_path)
        .with_table(
            "log", "id INTEGER PRIMARY KEY, numer", rows=[(n, cell) for n, cell in enumerate(cells, 1)]
        )
        .build()
    )
    return column(scan(path), "log", "numer")


def test_numbers_with_the_code_of_a_country_are_phones_without_a_person_beside_them(tmp_path: Path) -> None:
    assert calls(tmp_path, [f"48{number}" for number in NUMBERS[:10]]).kind == "phone"


def test_mobile_numbers_with_their_zero_are_phones(tmp_path: Path) -> None:
    cells: list[str | int] = [f"06{chance.randrange(10**7, 5 * 10**7)}" for _ in range(20)]
    assert calls(tmp_path, cells).kind == "phone"


def test_mobile_numbers_of_digits_alone_are_phones(tmp_path: Path) -> None:
    assert calls(tmp_path, list(NUMBERS[:20])).kind == "phone"


def test_mobile_numbers_with_dots_are_phones_and_no_thousands(tmp_path: Path) -> None:
    cells: list[str | int] = [f"{each[:3]}.{each[3:6]}.{each[6:]}" for each in NUMBERS[:20]]
    assert calls(tmp_path, cells).kind == "phone"
    french = [f"06.{n:02}.{97 - n}.{n + 40}.7{n % 10}" for n in range(20)]
    (tmp_path / "french").mkdir()
    assert calls(tmp_path / "french", list(french)).kind == "phone"


@pytest.mark.parametrize("digits", [9, 10, 11, 12, 13])
def test_other_numbers_are_no_phones(tmp_path: Path, digits: int) -> None:
    cells: list[str | int] = [chance.randrange(10 ** (digits - 1), 10**digits) for _ in range(60)]
    assert calls(tmp_path, cells).kind != "phone"


def test_numbers_that_are_counted_up_are_no_phones(tmp_path: Path) -> None:
    cells: list[str | int] = [f"48{600000000 + 7 * n}" for n in range(60)]
    assert calls(tmp_path, cells).kind != "phone"
