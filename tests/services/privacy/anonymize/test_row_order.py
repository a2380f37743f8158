"""Rows that rules change stand in an order that tells nothing of the original, where no column numbers them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.releases import write_to
from steward_app.db import open_read
from steward_app.db.integrity import integrity_check
from steward_app.kernel.errors import Cancelled
from steward_app.kernel.progress import Context, Progress
from steward_app.services.privacy.anonymize.findings import of_row_numbers
from steward_app.services.privacy.anonymize.making import make, orders_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule, Subset
from steward_app.services.schema import read_schema

KEY = b"k" * 32
ROWS = 400
PEOPLE = [(f"P{n:04}", f"Zyxwv{n:04}ov", n % 17) for n in range(ROWS)]


def rules(*tables: str, subset: Subset | None = None, renumber: tuple[str, ...] = ()) -> ReleaseRules:
    """In each table the names are taken away; everything else stays, so that rows are known again."""
    named = tuple(Rule(Place(table, "name"), Technique.FIXED, {"value": "x"}) for table in tables)
    return ReleaseRules("r", named, subset=subset, renumber=renumber)


def copy_of(source: Path, wanted: ReleaseRules, key: bytes = KEY) -> Path:
    target = source.with_name(f"copy-{key[:1].decode()}.db")
    target.unlink(missing_ok=True)
    target.touch()
    make(source, target, wanted, key, Context())
    return target


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        return session.all(sql)


def people(folder: Path, *more: str, rest: str = "") -> Path:
    return (
        a_database(folder)
        .with_sql(f"CREATE TABLE person (code TEXT PRIMARY KEY, name TEXT, town INTEGER) {rest}")
        .with_rows("person", PEOPLE)
        .with_sql(*more)
        .build()
    )


def order(path: Path, table: str = "person") -> list[object]:
    """The codes in the order of the rows."""
    return [code for (code,) in rows(path, f"SELECT code FROM {table} NOT INDEXED ORDER BY rowid")]


def rank_correlation(codes: list[object]) -> float:
    """Spearman's, of the order of the rows with that of their codes."""
    places = {code: place for place, code in enumerate(sorted(map(str, codes)))}
    n = len(codes)
    apart = sum((place - places[str(code)]) ** 2 for place, code in enumerate(codes))
    return 1 - 6 * apart / (n * (n * n - 1))


def test_the_order_of_the_copy_tells_nothing_of_that_of_the_original(tmp_path: Path) -> None:
    source = people(tmp_path)
    found = order(copy_of(source, rules("person")))
    assert sorted(map(str, found)) == [code for code, _, _ in PEOPLE]
    assert abs(rank_correlation(found)) < 0.2  # by chance once in 15,000 keys
    assert sum(a == b for a, b in zip(found, order(source), strict=True)) < 8
    target = copy_of(source, rules("person"))
    assert rows(target, "SELECT min(rowid), max(rowid), count(*) FROM person") == [(1, ROWS, ROWS)]
    assert set(rows(target, "SELECT code, town FROM person")) == {(code, town) for code, _, town in PEOPLE}


def test_the_same_key_gives_the_same_order_and_another_one_another(tmp_path: Path) -> None:
    source = people(tmp_path)
    first, again = (order(copy_of(source, rules("person"))) for _ in range(2))
    other = order(copy_of(source, rules("person"), b"o" * 32))
    assert first == again
    assert first != other
    assert sorted(map(str, first)) == sorted(map(str, other))


def test_two_tables_of_the_same_rows_stand_in_different_orders(tmp_path: Path) -> None:
    source = people(tmp_path, "CREATE TABLE again AS SELECT * FROM person")
    target = copy_of(source, rules("person", "again"))
    assert order(target) != order(target, "again")


def test_a_table_that_no_rule_changes_keeps_its_numbers_until_it_is_asked_for_others(tmp_path: Path) -> None:
    source = people(tmp_path, "CREATE TABLE town (code TEXT)")
    write_to(
        source,
        "INSERT INTO town (rowid, code) SELECT n * 10, n FROM (SELECT town + 1 AS n FROM person)"
        " WHERE true GROUP BY n",
    )
    kept = copy_of(source, rules("person"))
    assert rows(kept, "SELECT rowid, code FROM town") == rows(source, "SELECT rowid, code FROM town")
    renumbered = copy_of(source, rules("person", renumber=("TOWN",)))
    assert order(renumbered, "town") != order(source, "town")
    assert rows(renumbered, "SELECT max(rowid) FROM town") == [(17,)]


def test_keys_that_are_columns_keep_their_order(tmp_path: Path) -> None:
    source = people(
        tmp_path,
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, code TEXT, name TEXT)",
        "INSERT INTO numbered SELECT town * 1000 + row_number() OVER (), code, name FROM person",
        rest="WITHOUT ROWID",
    )
    target = copy_of(source, rules("person", "numbered"))
    assert rows(target, "SELECT code FROM person") == [(code,) for code, _, _ in PEOPLE]
    kept = "SELECT id, code FROM numbered ORDER BY id"
    assert rows(target, kept) == rows(source, kept)


def test_full_text_that_reads_the_table_finds_the_same_people(tmp_path: Path) -> None:
    source = people(
        tmp_path,
        "CREATE VIRTUAL TABLE outside USING fts5(code, content='person')",
        "INSERT INTO outside (outside) VALUES ('rebuild')",
        "CREATE VIRTUAL TABLE own USING fts5(code)",
        "INSERT INTO own (rowid, code) SELECT rowid, code FROM person",
        "CREATE TRIGGER fed AFTER INSERT ON person"
        " BEGIN INSERT INTO own (rowid, code) VALUES (new.rowid, new.code); END",
    )
    target = copy_of(source, rules("person"))
    assert order(target) != order(source)
    for table in ("outside", "own"):
        found = f"SELECT p.code, p.town FROM {table} f JOIN person p ON p.rowid = f.rowid WHERE {table} MATCH 'P0042'"
        assert rows(target, found) == [("P0042", 42 % 17)]


@pytest.mark.parametrize(
    "refers",
    [
        "CREATE VIEW numbered AS SELECT _rowid_ AS number, code FROM person",
        'CREATE VIEW numbered AS SELECT p."rowid" AS number, p.code FROM person AS p',
        "CREATE TRIGGER told AFTER INSERT ON person BEGIN INSERT INTO log VALUES (new.oid); END",
    ],
)
def test_numbers_that_the_schema_names_stay(tmp_path: Path, refers: str) -> None:
    source = people(tmp_path, "CREATE TABLE log (number)", refers)
    target = copy_of(source, rules("person"))
    numbered = "SELECT rowid, code FROM person NOT INDEXED ORDER BY rowid"
    assert rows(target, numbered) == rows(source, numbered)


def test_a_view_without_numbers_binds_none(tmp_path: Path) -> None:
    source = people(tmp_path, "CREATE VIEW seen AS SELECT code FROM person")
    assert order(copy_of(source, rules("person"))) != order(source)


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_of_no_row_or_one(tmp_path: Path, count: int) -> None:
    source = people(tmp_path)
    write_to(source, f"DELETE FROM person WHERE rowid > {count}", "UPDATE person SET rowid = 77")
    expected = [(1, "P0000", "x")] * count
    assert rows(copy_of(source, rules("person")), "SELECT rowid, code, name FROM person") == expected


def test_a_part_of_the_rows_stands_in_a_new_order_too(tmp_path: Path) -> None:
    source = people(tmp_path)
    found = order(copy_of(source, rules("person", subset=Subset("person", where="town < 9"))))
    assert sorted(map(str, found)) == [code for code, _, town in PEOPLE if town < 9]
    assert abs(rank_correlation(found)) < 0.3


def test_text_that_is_no_text_comes_in_the_same_order(tmp_path: Path) -> None:
    source = people(tmp_path)
    plain = order(copy_of(source, rules("person")))
    write_to(source, "UPDATE person SET town = CAST(x'41ff' AS TEXT) WHERE code = 'P0300'")
    target = copy_of(source, rules("person"))
    assert order(target) == plain
    assert rows(target, "SELECT hex(town) FROM person WHERE code = 'P0300'") == [("41FF",)]


@settings(max_examples=20, deadline=None)
@given(numbers=st.sets(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_no_row_is_lost_whatever_its_number(
    tmp_path_factory: pytest.TempPathFactory, numbers: set[int]
) -> None:
    source = a_database(tmp_path_factory.mktemp("db")).with_sql("CREATE TABLE t (code, name)").build()
    write_to(
        source, *(f"INSERT INTO t (rowid, code, name) VALUES ({n}, '{n}', 'Zyxwv{n}ov')" for n in numbers)
    )
    target = copy_of(source, rules("t"))
    found = rows(target, "SELECT rowid, code FROM t ORDER BY rowid")
    assert [number for number, _ in found] == list(range(1, len(numbers) + 1))
    assert {code for _, code in found} == {str(n) for n in numbers}


def test_a_cancel_among_the_rows_is_told_as_one(tmp_path: Path) -> None:
    source, target = people(tmp_path), tmp_path / "copy.db"
    target.touch()
    before = source.read_bytes()

    def stop(progress: Progress) -> None:
        if progress.note == "person":
            context.cancel()

    context = Context(stop)
    with pytest.raises(Cancelled):
        make(source, target, rules("person"), KEY, context)
    assert source.read_bytes() == before


def test_which_tables_keep_their_numbers_is_known_before(tmp_path: Path) -> None:
    source = people(
        tmp_path, "CREATE VIEW numbered AS SELECT rowid AS n FROM person", "CREATE TABLE aside (a)"
    )
    with open_read(source) as session, session.snapshot():
        schema = read_schema(session, Context())
        assert orders_of(session, schema, rules("person"), KEY, Context()).numbers_stay == {"person"}


def test_the_plan_says_whose_numbers_stay_until_the_rules_say_otherwise(tmp_path: Path) -> None:
    source = people(tmp_path, "CREATE VIEW numbered AS SELECT rowid AS n FROM person")
    with open_read(source) as session, session.snapshot():
        for wanted, said in ((rules("person"), ["person"]), (rules("person", renumber=("person",)), [])):
            orders = orders_of(session, read_schema(session, Context()), wanted, KEY, Context())
            told = list(of_row_numbers(orders, wanted))
            assert [each.subject.table for each in told] == said
            assert not any(each.blocks for each in told)
    asked = copy_of(source, rules("person", renumber=("person",)))
    assert order(asked) != order(source)
