"""Cells that list several persons of the database: the proposal takes the names out, however long the list is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.scan import scan

Person = tuple[str, str]

GIVEN = ("Anna", "Emil", "Frida", "Greta", "Karl", "Oskar", "Stina", "Ture", "Ulla", "Viktor")
FAMILY = tuple(
    f"{one}{other}"
    for one, other in product(("Lind", "Berg", "Sjö", "Ek", "Alm", "Dal"), ("vikhult", "näsmo", "torpsta"))
)
PEOPLE: tuple[Person, ...] = tuple(product(GIVEN, FAMILY))
WORDS = ("Winter", "Koch", "Bauer", "Schwarz", "Brown", "White", "Young", "Baker", "Cook", "Green")
TOWNS = ("Bergen", "Lund", "Linden", "Berlin", "Halle")
RAIN = tuple(f"the {n}. day of the term went by with rain, and everybody stayed inside" for n in range(90))
WRITTEN: dict[str, Callable[[Sequence[Person]], str]] = {
    "with marks": lambda some: ";".join(
        f"{family} {given[0]}.:{'PAO'[n % 3]}" for n, (given, family) in enumerate(some)
    ),
    "initial behind": lambda some: ", ".join(f"{family} {given[0]}." for given, family in some),
    "initial before": lambda some: ", ".join(f"{given[0]}. {family}" for given, family in some),
    "initial of the family name": lambda some: ", ".join(f"{given} {family[0]}." for given, family in some),
    "family names": lambda some: ", ".join(family for _, family in some),
    "with blanks": lambda some: " ".join(family for _, family in some),
    "with strokes": lambda some: " / ".join(family for _, family in some),
    "in small letters": lambda some: ", ".join(family.lower() for _, family in some),
    "in capitals": lambda some: "; ".join(family.upper() for _, family in some),
    "given names": lambda some: ", ".join(given for given, _ in some),
    "whole": lambda some: ", ".join(f"{given} {family}" for given, family in some),
    "line by line": lambda some: "\n".join(f"{family} {given}" for given, family in some),
    "last first": lambda some: "; ".join(f"{family}, {given}" for given, family in some),
    "with remarks": lambda some: "; ".join(f"{family} {given[0]} kom sent hem" for given, family in some),
}


def _database(
    folder: Path,
    cells: Iterable[str],
    people: Sequence[Person] = PEOPLE,
    *,
    whole: bool = False,
    inside: bool = False,
) -> Path:
    rows = [(n, json.dumps({"present": cell}) if inside else cell) for n, cell in enumerate(cells)]
    held = [(n, " ".join(each), "") if whole else (n, *each) for n, each in enumerate(people, 1)]
    columns = "name TEXT, phone TEXT" if whole else "first_name TEXT, last_name TEXT"
    return (
        a_database(folder)
        .with_table("diary", f"id INTEGER PRIMARY KEY, {'body' if inside else 'present'} TEXT", rows=rows)
        .with_table("pupil", f"id INTEGER PRIMARY KEY, {columns}", rows=held)
        .build()
    )


def _lists(written: str, size: int, people: Sequence[Person] = PEOPLE, cells: int = 60) -> list[str]:
    some = [[people[(n * 37 + at * 71) % len(people)] for at in range(size)] for n in range(cells)]
    return [WRITTEN[written](each) for each in some]


def _planned(catalog: Catalog, path: Path) -> Plan:
    scan(path, Context(), catalog=catalog)
    return copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())


def _copied(catalog: Catalog, path: Path) -> list[str]:
    """The cells of the copy by the proposed rules."""
    plan = _planned(catalog, path)
    assert not [each.title for each in plan.findings if each.blocks]
    copy.make_copy(catalog, plan, Context())
    with open_read(path.with_name("copy.db")) as session:
        column = session.one("SELECT name FROM pragma_table_info('diary') WHERE cid = 1") or ("",)
        return [str(cell) for (cell,) in session.all(f'SELECT "{column[0]}" FROM diary ORDER BY id')]


def _names(cells: Sequence[str], people: Sequence[Person] = PEOPLE) -> set[str]:
    known = {name.casefold() for person in people for name in person}
    return known & {word for cell in cells for word in re.findall(r"\w+", cell.casefold())}


@pytest.mark.parametrize(
    ("written", "size"),
    [
        each for each in product(WRITTEN, (4, 40)) if each != ("given names", 4)
    ],  # a column of names by its form
)
def test_no_listed_name_goes_along(catalog: Catalog, tmp_path: Path, written: str, size: int) -> None:
    found = _copied(catalog, _database(tmp_path, _lists(written, size)))
    assert any(found)
    assert not _names(found)


@pytest.mark.parametrize("written", ["with marks", "family names", "whole"])
@pytest.mark.parametrize(("whole", "inside"), [(True, False), (False, True), (True, True)])
def test_nor_of_whole_names_and_in_json(
    catalog: Catalog, tmp_path: Path, written: str, *, whole: bool, inside: bool
) -> None:
    path = _database(tmp_path, _lists(written, 20), whole=whole, inside=inside)
    found = _copied(catalog, path)
    assert any(found)
    assert not _names(found)


@pytest.mark.parametrize("written", ["initial behind", "whole", "with remarks"])
def test_one_list_among_other_texts_is_enough(catalog: Catalog, tmp_path: Path, written: str) -> None:
    found = _copied(catalog, _database(tmp_path, [*RAIN, *_lists(written, 20, cells=1)]))
    assert not _names(found)
    assert sum("rain" in each for each in found) == len(RAIN)


def test_names_that_are_words_count_in_a_list_with_their_initials(catalog: Catalog, tmp_path: Path) -> None:
    people = tuple(product(GIVEN, WORDS))
    found = _copied(catalog, _database(tmp_path, _lists("initial behind", 20, people), people))
    assert not _names(found, people)


UNSPACED = {
    "zh": (("伟", "建国", "丽华", "晨", "红梅"), ("王", "黄", "蔡", "欧阳")),
    "ja": (("太郎", "花子", "学", "さくら"), ("田中", "佐藤", "森", "高橋")),
    "ko": (("민수", "서연", "지훈", "하은"), ("김", "박", "이", "최")),
}


@pytest.mark.parametrize(("given", "family"), UNSPACED.values(), ids=UNSPACED)
@pytest.mark.parametrize("size", [3, 20])
def test_nor_does_one_of_names_without_blanks(
    catalog: Catalog, tmp_path: Path, given: tuple[str, ...], family: tuple[str, ...], size: int
) -> None:
    people = tuple(product(given, family))
    cells = [
        "、".join("".join(people[(n + at * 7) % len(people)][::-1]) for at in range(size)) for n in range(60)
    ]
    found = _copied(catalog, _database(tmp_path, cells, people))
    assert not [each for each in found if any(f"{last}{first}" in each for first, last in people)]


OTHERS = {
    "colours": "Brown; White; Green; Schwarz; Yellow; Brown, White; Green; Schwarz; Grey; Brown; Green; White; Red",
    "prose": "Young plants need Green light in Winter; the Baker and the Cook said so to the Bauer, and White paper is"
    " what Brown ink needs",
    "towns": "Bergen, Lund, Linden, Berlin, Halle, Lund, Essen, Bergen, Linden, Uppsala, Berlin, Lund, Malmö",
    "brands": "Lindvikhult, Volvo, Husqvarna, Bergnäsmo, Electrolux, Scania, Eknäsmo, Fjällräven, Hasselblad, Marabou,"
    " Ericsson, Cloetta",
    "teams": "Anna Rovers, Emil Athletic, Karl United, Viktor Wanderers, Ulla City, Greta Albion, Frida Hotspur, Ture"
    " Villa",
    "composers": "Karl Stamitz, Frida Kvarnberg, Emil Sjögren, Anna Bon, Viktor Ullmann, Oskar Lindberg, Greta"
    " Morgenroth, Ture Rangström",
    "composers, last first": "Stamitz, Karl; Kvarnberg, Frida; Sjögren, Emil; Bon, Anna; Ullmann, Viktor; Lindberg,"
    " Oskar; Rangström, Ture",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_lists_of_other_things_stay(catalog: Catalog, tmp_path: Path, text: str) -> None:
    people = tuple(product(GIVEN, (*FAMILY, *WORDS, *TOWNS)))
    cells = [*RAIN, *(f"{text}, {n}" for n in range(9))]
    path = _database(tmp_path, cells, people)
    assert not [each for each in _planned(catalog, path).findings if each.code == "values_name_persons"]
    assert _copied(catalog, path) == cells
