"""Telephone numbers behind the code of a country: originals where they are more than chance gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import apsw
import pytest

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search, search_values

drawn = Random(11)
PHONES = [f"{drawn.choice(('50', '60', '69', '72', '88'))}{drawn.randrange(10**7):07}" for _ in range(3_000)]
WRITTEN = [f"{each[:3]}-{each[3:6]}-{each[6:]}" for each in PHONES]
ORDERS = [str(drawn.randrange(10**10, 10**11)) for _ in range(20_000)]
FEW = [f"48{each}" for each in PHONES[:3]]


def kept(where: Path, cells: Sequence[SqlValue], *, column: str = "number", encoding: str = "UTF-8") -> Path:
    """A column of a copy that is kept, with its bytes in what deleted rows left."""
    path = where / "copy.db"
    connection = apsw.Connection(str(path))
    for sql in (f"PRAGMA encoding = '{encoding}'", "PRAGMA synchronous = OFF", "PRAGMA secure_delete = OFF"):
        connection.execute(sql).fetchall()
    with connection:
        connection.execute(f'CREATE TABLE "order" (id INTEGER PRIMARY KEY, "{column}")')
        connection.executemany(f'INSERT INTO "order" ("{column}") VALUES (?)', [(each,) for each in cells])
        connection.execute(f'INSERT INTO "order" SELECT id + 1000000, "{column}" FROM "order"')
    with connection:
        connection.execute('DELETE FROM "order" WHERE id > 1000000 AND id % 2')
    connection.close()
    return path


def look(path: Path, values: Sequence[str] = WRITTEN) -> ResidueReport:
    return search_values(path, values, Context())


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_a_few_among_other_numbers_are_chance(tmp_path: Path, encoding: str) -> None:
    report = look(kept(tmp_path, ORDERS + FEW, encoding=encoding))
    assert report.is_clean and report.chance >= len(FEW)


def test_a_few_in_an_index_and_in_what_one_computes_are_chance(tmp_path: Path) -> None:
    path = kept(tmp_path, ORDERS + FEW)
    connection = apsw.Connection(str(path))
    connection.execute('CREATE INDEX by_number ON "order" (number)')
    connection.execute("CREATE INDEX by_text ON \"order\" ('no ' || number)")
    connection.close()
    assert look(path).is_clean


def test_a_few_in_json_are_chance(tmp_path: Path) -> None:
    path = kept(tmp_path, [json.dumps({"order": each}) for each in ORDERS + FEW])
    assert look(path).is_clean
    connection = apsw.Connection(str(path))
    connection.execute('UPDATE "order" SET number = jsonb(number)')
    connection.execute("VACUUM")
    connection.close()
    assert look(path).is_clean


@pytest.mark.parametrize("others", [0, 20_000])
@pytest.mark.parametrize("code", ["48", "0048", "+48", "0"])
def test_many_are_originals_whatever_stands_beside_them(tmp_path: Path, code: str, others: int) -> None:
    report = look(kept(tmp_path, [*ORDERS[:others], *(f"{code}{each}" for each in PHONES[:200])]))
    assert {each.values for each in report.found if each.where is Where.CELL} == {200}
    assert {each.where for each in report.found} & {Where.GAP, Where.FREEBLOCK}


def test_in_a_column_of_telephone_numbers_one_is_enough(tmp_path: Path) -> None:
    others = [f"48{drawn.choice(('51', '66', '79'))}{drawn.randrange(10**7):07}" for _ in range(2_000)]
    assert look(kept(tmp_path, [*others, FEW[0]])).of(Where.CELL)


def test_in_a_column_that_is_called_so_one_is_enough(tmp_path: Path) -> None:
    assert look(kept(tmp_path, ORDERS + FEW, column="telefon")).of(Where.CELL)


def test_of_one_person_one_is_enough(tmp_path: Path) -> None:
    assert look(kept(tmp_path, ORDERS + FEW), WRITTEN[:1]).of(Where.CELL)


def test_numbers_counted_up_are_no_telephone_numbers(tmp_path: Path) -> None:
    first = int(f"48{PHONES[0]}") - 5_000
    assert look(kept(tmp_path, [str(first + each) for each in range(10_000)])).is_clean


def test_numbers_of_the_column_itself_need_not_be_many(tmp_path: Path) -> None:
    source = kept(tmp_path, WRITTEN)
    (tmp_path / "made").mkdir()
    made = kept(tmp_path / "made", ORDERS + FEW)
    own, other = Place("order", "number"), Place("order", "id")
    assert search(made, source, [Searched(own)], Context()).of(Where.CELL)
    assert search(made, source, [Searched(own, (Permitted(own, "keep"),))], Context()).is_clean
    assert search(made, source, [Searched(own, (Permitted(other, "keep"),))], Context()).of(Where.CELL)


NUMBERS = [int(each) for each in ORDERS]


@pytest.mark.parametrize("code", ["48", ""])
@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("others", [0, 20_000])
def test_whole_numbers_are_originals_with_and_without_the_code(
    tmp_path: Path, code: str, kind: type[int | float], others: int
) -> None:
    cells = [kind(f"{code}{each}") for each in PHONES[:200]]
    report = look(kept(tmp_path, [*NUMBERS[:others], *cells, *cells[:5]]))
    (found,) = (each for each in report.found if each.where is Where.CELL)
    assert (found.name, found.column, found.values) == ("order", "number", 200)
    assert found.hits >= 205


def test_a_few_whole_numbers_among_others_are_chance(tmp_path: Path) -> None:
    assert look(kept(tmp_path, [*NUMBERS, *map(int, FEW)])).is_clean
    (tmp_path / "called").mkdir()
    assert look(kept(tmp_path / "called", [*NUMBERS, *map(int, FEW)], column="mobile")).of(Where.CELL)
    (tmp_path / "one").mkdir()
    assert look(kept(tmp_path / "one", [*NUMBERS, *map(int, FEW)]), WRITTEN[:1]).of(Where.CELL)


def test_originals_may_be_whole_numbers_with_the_code(tmp_path: Path) -> None:
    originals = [int(f"48{each}") for each in PHONES[:300]]
    report = search_values(kept(tmp_path, [int(each) for each in PHONES[:200]]), originals, Context())
    cells = [(each.column, each.values) for each in report.found if each.where is Where.CELL]
    assert cells == [("number", 200)]


def test_whole_numbers_are_permitted_where_the_plan_permits_them(tmp_path: Path) -> None:
    source = kept(tmp_path, WRITTEN[:300])
    (tmp_path / "made").mkdir()
    made = kept(tmp_path / "made", [int(f"48{each}") for each in PHONES[:100]])
    own = Place("order", "number")
    assert search(made, source, [Searched(own)], Context()).of(Where.CELL)
    report = search(made, source, [Searched(own, (Permitted(own, "small domain"),))], Context())
    assert report.is_clean
    assert [(each.place, each.hits) for each in report.allowed] == [(own, 150)]


@pytest.mark.parametrize(
    "written",
    ["{0[0]} {0[1]} {0[2]}", "+48 {0[0]} {0[1]} {0[2]}", "(0{0[0]}) {0[1]}-{0[2]}", "{0[0]}/{0[1]}.{0[2]}"],
)
def test_other_signs_between_the_digits_of_a_text(tmp_path: Path, written: str) -> None:
    parts = [(each[:2], each[2:5], each[5:]) for each in PHONES[:40]]
    texts = [f"call {written.format(each)} / 91 123 45 67 today, no {n}" for n, each in enumerate(parts)]
    others = [f"{n} 000 000 EUR on 12.03.2024 10:15" for n in range(100, 600)]
    originals = [f"+48{each}" for each in PHONES[:300]]
    report = look(kept(tmp_path, [*texts, *others], column="note"), originals)
    assert [(each.column, each.values) for each in report.found if each.where is Where.CELL] == [("note", 40)]


def test_amounts_that_end_alike_are_chance(tmp_path: Path) -> None:
    amounts = [drawn.randrange(10**8, 10**9) for _ in range(3_000)]
    texts = [f"paid {each:,}".replace(",", " ") for each in amounts]
    assert look(
        kept(tmp_path, texts, column="note"), [f"+48{each}" for each in amounts[:2]] + WRITTEN
    ).is_clean
