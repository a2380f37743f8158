"""What a rehearsal says of rows: lost, added, converted, filled, numbered anew, under other names."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.migrated import column, failed, migrated, table, titles
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.row_model import Fate, Matched

HOSTILE = 'pa"tient\n<img onerror=x>'


def plain(
    folder: Path, *rows: tuple[object, ...], columns: str = "id INTEGER PRIMARY KEY, x, y TEXT"
) -> Path:
    return a_database(folder).with_table("t", columns, rows=rows).build()  # type: ignore[arg-type]


def rebuilt(columns: str, chosen: str = "*", suffix: str = "") -> tuple[str, ...]:
    """A table made anew with the documented steps."""
    return (
        f"CREATE TABLE t_new({columns}){suffix}",
        f"INSERT INTO t_new SELECT {chosen} FROM t",
        "DROP TABLE t",
        "ALTER TABLE t_new RENAME TO t",
    )


def test_nothing_done_is_nothing_told(tmp_path: Path) -> None:
    found = migrated(plain(tmp_path, (1, 2, "a")))
    assert (found.passed, found.findings, found.changed_tables) == (True, (), ())
    assert table(found, "t").fate is Fate.SAME
    assert table(found, "t").matched is Matched.KEY


def test_a_rebuild_that_keeps_everything_changes_the_text_alone(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 2, "a"), (5, None, None))
    found = migrated(database, *rebuilt("id INTEGER PRIMARY KEY, x, y TEXT COLLATE NOCASE"))
    told = table(found, "t")
    assert (told.fate, told.rows_differ, told.columns) == (Fate.CHANGED, False, ())
    assert told.sql_before != told.sql_after


def test_rows_that_go_and_come_are_told_by_their_keys(tmp_path: Path) -> None:
    database = plain(tmp_path, *((number, number, "a") for number in range(1, 11)))
    found = migrated(database, "DELETE FROM t WHERE id > 3", "INSERT INTO t VALUES (20, 'new', 'z')")
    told = table(found, "t")
    assert (told.lost, told.added, told.changed) == (7, 1, 0)
    assert (told.sample_lost, told.sample_added) == (((4,), (5,), (6,), (7,), (8,)), ((20,),))
    assert found.rows_lost == 7
    assert titles(found) == ["7 rows of “t” are gone", "1 row of “t” is new"]
    assert found.warned


def test_a_type_that_converts_says_what_cannot_be_had_back(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 0, "007"), (2, 0, "12"), (3, 0, "1.10"), (4, 0, "none"), (5, 0, "1e3"))
    found = migrated(database, *rebuilt("id INTEGER PRIMARY KEY, x, y INTEGER"))
    told = column(found, "y")
    said = {(each.before, each.after): (each.rows, each.lost, each.sample_keys) for each in told.conversions}
    assert said == {
        ("text", "integer"): (3, 2, ((1,), (5,))),
        ("text", "real"): (1, 1, ((3,),)),
    }
    assert told.words == "text becomes number"
    assert (told.rows, told.lost, found.values_lost) == (4, 3, 3)
    assert titles(found, "values_altered") == [
        "4 values of “t.y”: text becomes number, 3 of them not as they were",
    ]


def test_a_column_that_takes_the_name_and_the_values_of_another_is_told_once(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, "a", "a"), (2, "b", "b"))
    steps = ("ALTER TABLE t DROP COLUMN y", "ALTER TABLE t RENAME COLUMN x TO y")
    renames = [Renamed("t", "x", "y")]
    found = migrated(database, *steps, renames=renames)
    assert [(each.name, each.was, each.words) for each in table(found, "t").columns] == [
        ("y", "x", "renamed")
    ]
    assert found.values_lost == 0
    (tmp_path / "other").mkdir()
    apart = migrated(plain(tmp_path / "other", (1, "a", "a"), (2, "b", "c")), *steps, renames=renames)
    assert {(each.was, each.words) for each in table(apart, "t").columns} == {
        ("x", "renamed"),
        ("y", "gone with 2 values"),
    }


def test_a_number_that_becomes_text_is_told_and_not_lost(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 20118, "a"), (2, "16402", "b"))
    found = migrated(database, "UPDATE t SET x = CAST(x AS TEXT)")
    told = column(found, "x")
    assert (told.words, told.rows, told.lost) == ("number becomes text", 1, 0)
    assert titles(found) == ["1 value of “t.x”: number becomes text"]


def test_one_and_one_point_nought_are_not_the_same(tmp_path: Path) -> None:
    found = migrated(plain(tmp_path, (1, 1, None), (2, 2, None)), "UPDATE t SET x = 1.0 WHERE id = 1")
    assert column(found, "x").words == "whole number becomes decimal"
    assert table(found, "t").changed == 1


def test_nulls_that_are_filled_and_values_that_are_emptied(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, None, "a"), (2, 5, "b"), (3, None, None))
    found = migrated(database, "UPDATE t SET x = coalesce(x, 0)", "UPDATE t SET y = NULL WHERE id = 2")
    assert (column(found, "x").words, column(found, "y").words) == ("filled", "emptied")
    assert titles(found) == ["1 value of “t.y” is gone", "2 values of “t.x” that were empty are filled"]


def test_new_columns_and_columns_that_go(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 7, "a"), (2, None, "b"))
    found = migrated(
        database,
        "ALTER TABLE t ADD COLUMN checked_at TEXT",
        "ALTER TABLE t ADD COLUMN state TEXT NOT NULL DEFAULT 'open'",
        "ALTER TABLE t DROP COLUMN x",
    )
    words = {each.name or each.was: each.words for each in table(found, "t").columns}
    assert words == {"checked_at": "new, empty", "state": "new, 2 values", "x": "gone with 1 value"}
    assert "“t.x” is gone, with 1 value" in titles(found, "values_lost")
    assert table(found, "t").changed == 0


def test_a_table_that_goes_takes_its_rows(tmp_path: Path) -> None:
    found = migrated(
        plain(tmp_path, (1, 7, "a")), "DROP TABLE t", "CREATE TABLE other(a)", "INSERT INTO other VALUES (1)"
    )
    assert [(each.title, each.fate) for each in found.tables] == [("other", Fate.NEW), ("t", Fate.GONE)]
    assert titles(found, "rows_lost") == ["Table “t” is gone, with 1 row"]
    assert found.rows_lost == 1


def test_renamed_tables_and_columns_are_followed_when_told(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table(HOSTILE, "id INTEGER PRIMARY KEY, surname TEXT", rows=[(1, "a"), (2, "b")])
        .build()
    )
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    statements = (
        f"ALTER TABLE {quoted} RENAME TO person",
        "ALTER TABLE person RENAME COLUMN surname TO family",
        "ALTER TABLE person RENAME COLUMN id TO number",
        "UPDATE person SET family = 'B' WHERE number = 2",
    )
    renames = (
        Renamed("", HOSTILE, "person"),
        Renamed(HOSTILE, "surname", "family"),
        Renamed(HOSTILE, "id", "number"),
    )
    found = migrated(database, *statements, renames=renames)
    told = table(found, "person")
    assert (told.was, told.fate, told.matched, told.changed, told.lost) == (
        HOSTILE,
        Fate.CHANGED,
        Matched.KEY,
        1,
        0,
    )
    assert {each.was: each.name for each in told.columns} == {"id": "number", "surname": "family"}
    without = migrated(database, *statements)
    assert {each.title: each.fate for each in without.tables} == {"person": Fate.NEW, HOSTILE: Fate.GONE}


def test_two_columns_that_exchange_their_names(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, "x", "y"))
    statements = [
        f"ALTER TABLE t RENAME COLUMN {one} TO {other}" for one, other in (("x", "z"), ("y", "x"), ("z", "y"))
    ]
    found = migrated(database, *statements, renames=[Renamed("t", "x", "y"), Renamed("t", "y", "x")])
    assert table(found, "t").changed == 0
    assert column(migrated(database, *statements), "x").words == "other text"


@pytest.mark.parametrize(
    "columns", ["a TEXT PRIMARY KEY NOT NULL, x", "a TEXT PRIMARY KEY, x", "a TEXT, x, PRIMARY KEY (a, x)"]
)
def test_ids_that_change_are_rows_under_another_key(tmp_path: Path, columns: str) -> None:
    columns = columns.replace(
        "a TEXT, x, PRIMARY KEY (a, x)", "a TEXT NOT NULL, x NOT NULL, y, PRIMARY KEY (a, x)"
    )
    width = columns.count(",") + 1 - columns.count("PRIMARY KEY (") * 2
    rows = [(f"k{number}", number, None)[:width] for number in range(4)]
    database = plain(tmp_path, *rows, columns=columns)
    found = migrated(database, "UPDATE t SET a = 'new' || a WHERE x < 2")
    told = table(found, "t")
    assert (told.lost, told.added, told.changed) == (2, 2, 0)
    assert told.renumbered == 2
    assert found.rows_lost == 0
    assert titles(found) == ["2 rows of “t” have another key"]


def test_a_row_without_a_key_is_found_by_its_number(tmp_path: Path) -> None:
    database = plain(tmp_path, ("k1", 1), (None, 2), columns="a TEXT PRIMARY KEY, x")
    told = table(migrated(database, "UPDATE t SET x = 3 WHERE a IS NULL"), "t")
    assert (told.matched, told.lost, told.added, told.changed) == (Matched.ROWID, 0, 0, 1)


def test_rowids_that_nothing_names_are_numbered_anew(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_sql("CREATE TABLE t(x, y)", "INSERT INTO t(rowid, x) VALUES (1, 'a'), (3, 'b'), (9, 'c')")
        .build()
    )
    found = migrated(database, *rebuilt("x, y"))
    told = table(found, "t")
    assert (told.matched, told.lost, told.added, told.changed, told.rowids) == (Matched.VALUES, 0, 0, 0, 2)
    assert titles(found) == ["2 rows of “t” have another rowid"]


def test_rowids_of_a_table_with_a_key_of_its_own(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t(k TEXT PRIMARY KEY NOT NULL, x)",
            "INSERT INTO t(rowid, k, x) VALUES (1, 'a', 1), (3, 'b', 2)",
        )
        .build()
    )
    found = migrated(
        database, *rebuilt("k TEXT PRIMARY KEY NOT NULL, x", "k, x"), "UPDATE t SET x = 5 WHERE k = 'b'"
    )
    told = table(found, "t")
    assert (told.matched, told.lost, told.added, told.changed, told.rowids) == (Matched.KEY, 0, 0, 1, 1)


def test_a_key_of_another_type_is_still_the_key(tmp_path: Path) -> None:
    database = plain(tmp_path, ("007", "a"), ("8", "b"), columns="k TEXT PRIMARY KEY NOT NULL, x")
    found = migrated(database, *rebuilt("k INTEGER PRIMARY KEY, x"), "UPDATE t SET x = 'c' WHERE k = 8")
    told = table(found, "t")
    assert (told.matched, told.lost, told.added, told.changed) == (Matched.KEY, 0, 0, 2)
    assert (column(found, "k").words, column(found, "k").lost) == ("text becomes number", 1)
    assert column(found, "x").rows == 1


def test_another_key_leaves_the_number_of_the_row(tmp_path: Path) -> None:
    database = plain(tmp_path, (4, "a"), (9, "b"), columns="k INTEGER PRIMARY KEY, x NOT NULL")
    found = migrated(database, *rebuilt("k INTEGER NOT NULL, x TEXT NOT NULL PRIMARY KEY"))
    assert table(found, "t").matched is Matched.VALUES
    assert (table(found, "t").lost, table(found, "t").rowids) == (0, 2)
    kept = migrated(
        database,
        "CREATE TABLE t_new(k INTEGER NOT NULL, x TEXT NOT NULL PRIMARY KEY)",
        "INSERT INTO t_new(rowid, k, x) SELECT k, k, x FROM t",
        "DROP TABLE t",
        "ALTER TABLE t_new RENAME TO t",
    )
    assert (table(kept, "t").matched, table(kept, "t").changed) == (Matched.ROWID, 0)


def test_a_table_without_rowid_under_another_key_is_compared_by_values(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t(a, b, PRIMARY KEY (a)) WITHOUT ROWID",
            "INSERT INTO t VALUES (1, 2), (2, 3), (3, 4)",
        )
        .build()
    )
    found = migrated(
        database, *rebuilt("a, b, PRIMARY KEY (b)", suffix=" WITHOUT ROWID"), "DELETE FROM t WHERE a = 1"
    )
    told = table(found, "t")
    assert (told.matched, told.lost, told.added) == (Matched.VALUES, 1, 0)


def test_a_sequence_that_is_forgotten_is_told(tmp_path: Path) -> None:
    database = (
        a_database(tmp_path)
        .with_table("t", "id INTEGER PRIMARY KEY AUTOINCREMENT, x", rows=[(1, "a"), (2, "b"), (3, "c")])
        .with_sql("DELETE FROM t WHERE id = 3")
        .build()
    )
    found = migrated(database, *rebuilt("id INTEGER PRIMARY KEY AUTOINCREMENT, x"))
    assert (table(found, "t").sequence_before, table(found, "t").sequence_after) == (3, 2)
    assert titles(found) == ["The numbering of “t” goes back from 3 to 2"]
    without = migrated(database, *rebuilt("id INTEGER PRIMARY KEY, x"))
    assert titles(without, "sequence_lowered") == ["The numbering of “t” goes back from 3 to 0"]


def test_generated_columns_are_compared_and_a_rebuild_that_loses_one_is_told(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 2), columns="id INTEGER PRIMARY KEY, x, twice AS (x * 2)")
    assert column(migrated(database, "UPDATE t SET x = 3"), "twice").rows == 1
    found = migrated(database, *rebuilt("id INTEGER PRIMARY KEY, x", "id, x"))
    assert column(found, "twice").words == "gone with 1 value"


def test_rows_that_cannot_be_read_here_are_told_and_the_others_compared(tmp_path: Path) -> None:
    database = plain(tmp_path, (1, 2, "a"))
    found = migrated(
        database,
        "CREATE TABLE u(x)",
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_schema SET sql = replace(sql, 'y TEXT', 'y TEXT, z AS (unheard_of(x))') WHERE name = 't'",
    )
    assert "Every row could be compared" in failed(found)
    assert table(found, "t").problem
    assert table(found, "u").fate is Fate.NEW
