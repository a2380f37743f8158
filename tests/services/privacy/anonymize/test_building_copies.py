"""A copy is built from the stored schema and changed rows alone: everything holds, nothing of ours goes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.releases import built, changing, stored, write_to
from steward_app.db import open_read
from steward_app.db.integrity import integrity_check
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.rules import ReleaseRules, Subset


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        return session.all(sql)


def test_schema_text_and_settings_stay_byte_for_byte(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_pragma("page_size = 2048")
        .with_pragma("encoding = 'UTF-16le'")
        .with_pragma("auto_vacuum = INCREMENTAL")
        .with_pragma("user_version = 41")
        .with_pragma("application_id = 4711")
        .with_sql(
            "CREATE TABLE  \"odd \"\"name\" ( a  TEXT -- who\n, b AS (upper(a)) STORED, c DEFAULT 'x' CHECK (c <> ''))",
            "CREATE TABLE strict_one (id INTEGER PRIMARY KEY, t TEXT) STRICT",
            "CREATE TABLE no_rowid (k TEXT COLLATE NOCASE, n INTEGER, PRIMARY KEY (k, n)) WITHOUT ROWID",
            'CREATE INDEX part ON "odd ""name" (a) WHERE c IS NOT NULL',
            'CREATE VIEW seen AS SELECT a FROM "odd ""name"',
            "CREATE TRIGGER acts AFTER INSERT ON strict_one BEGIN DELETE FROM no_rowid; END",
        )
        .with_rows('odd "name', [("Ada", "c"), (None, "d")], columns=("a", "c"))
        .with_rows("strict_one", [(1, "é")])
        .with_rows("no_rowid", [("b", 1), ("A", 2)])
        .build()
    )
    target = tmp_path / "copy.db"
    built(source, target)
    assert stored(target) == stored(source)
    for pragma in ("page_size", "encoding", "auto_vacuum", "user_version", "application_id"):
        assert rows(target, f"PRAGMA {pragma}") == rows(source, f"PRAGMA {pragma}")
    assert rows(target, 'SELECT rowid, * FROM "odd ""name"') == [(1, "Ada", "ADA", "c"), (2, None, None, "d")]
    assert rows(target, "SELECT * FROM no_rowid") == [("A", 2), ("b", 1)]


def test_row_numbers_are_kept_or_given_anew(tmp_path: Path) -> None:
    source = a_database(tmp_path).with_sql("CREATE TABLE t (a)", "CREATE TABLE u (a)").build()
    write_to(
        source,
        "INSERT INTO t (rowid, a) VALUES (7, 'x'), (-2, 'y')",
        "INSERT INTO u (rowid, a) VALUES (9, 'z')",
    )
    target = tmp_path / "copy.db"
    built(source, target, ReleaseRules("r", (), renumber=("U",)))
    assert rows(target, "SELECT rowid, a FROM t") == [(-2, "y"), (7, "x")]
    assert rows(target, "SELECT rowid, a FROM u") == [(1, "z")]


def test_changed_rows_with_counters_and_generated_columns(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE, b AS (a || '!') VIRTUAL)",
            "INSERT INTO t (id, a) VALUES (3, 'x'), (8, 'y'), (500, 'z')",
            "DELETE FROM t WHERE id = 500",
        )
        .build()
    )
    target = tmp_path / "copy.db"
    built(source, target, None, changing("t", ("id", "a"), {"a": lambda value: f"new {value}"}))
    assert rows(target, "SELECT * FROM t") == [(3, "new x", "new x!"), (8, "new y", "new y!")]
    assert rows(target, "SELECT * FROM sqlite_sequence") == [("t", 8)]


def test_nothing_of_ours_goes_along_and_no_statistics(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_table("t", "a", rows=[(n,) for n in range(50)])
        .with_sql(
            "CREATE TABLE _steward_audit_log (old)",
            "CREATE TRIGGER _steward_audit_1 AFTER UPDATE ON t"
            " BEGIN INSERT INTO _steward_audit_log VALUES (old.a); END",
            "CREATE INDEX i ON t (a)",
            "ANALYZE",
        )
        .build()
    )
    target = tmp_path / "copy.db"
    told = built(source, target)
    assert told.left_out == (("_steward_audit_log", "a record of this program"),)
    assert rows(target, "SELECT name FROM sqlite_schema ORDER BY 1") == [("i",), ("t",)]


def test_text_that_is_no_text_stays_byte_for_byte(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (a TEXT, b TEXT)",
            "INSERT INTO t VALUES (CAST(x'ff41fe' AS TEXT), CAST(x'41ff' AS TEXT)), ('plain', 'é'), (x'00ff', NULL)",
        )
        .build()
    )
    target = tmp_path / "copy.db"
    built(source, target, None, changing("t", ("a", "b"), {"b": lambda value: value and f"<{value}>"}))
    assert rows(target, "SELECT typeof(a), hex(a), b FROM t") == [
        ("text", "FF41FE", "<A�>"),
        ("text", "706C61696E", "<é>"),
        ("blob", "00FF", None),
    ]


def test_full_text_is_filled_from_the_copy_alone(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)",
            "INSERT INTO note VALUES (4, 'zyxwvut here'), (9, 'nothing')",
            "CREATE VIRTUAL TABLE own USING fts5(body)",
            "INSERT INTO own (rowid, body) SELECT id, body FROM note",
            "CREATE VIRTUAL TABLE outside USING fts5(body, content='note', content_rowid='id')",
            "INSERT INTO outside (outside) VALUES ('rebuild')",
            "CREATE VIRTUAL TABLE without USING fts5(body, content='')",
            "INSERT INTO without (rowid, body) SELECT id, body FROM note",
            "CREATE VIRTUAL TABLE alone USING fts5(words)",
            "INSERT INTO alone VALUES ('zyxwvut')",
            "CREATE VIRTUAL TABLE old USING fts4(content='note', body)",
            "INSERT INTO old (old) VALUES ('rebuild')",
        )
        .build()
    )
    target = tmp_path / "copy.db"
    change = changing("note", ("id", "body"), {"body": lambda value: str(value).replace("zyxwvut", "person")})
    told = built(source, target, None, change)
    assert set(told.rebuilt) == {"own", "outside", "without", "old"}
    for name in ("own", "outside", "without", "old"):
        assert rows(target, f"SELECT rowid FROM {name} WHERE {name} MATCH 'person'") == [(4,)]
        assert rows(target, f"SELECT rowid FROM {name} WHERE {name} MATCH 'zyxwvut'") == []
    assert rows(target, "SELECT count(*) FROM alone") == [(0,)]
    assert b"zyxwvut" not in target.read_bytes()


def test_no_trigger_sees_a_row_and_they_act_afterwards(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE t (a)",
            "CREATE TABLE log (a)",
            "INSERT INTO t VALUES ('x')",
            "CREATE TRIGGER acts AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
        )
        .build()
    )
    target = tmp_path / "copy.db"
    built(source, target)
    assert rows(target, "SELECT * FROM log") == []
    write_to(target, "INSERT INTO t VALUES ('y')")
    assert rows(target, "SELECT * FROM log") == [("y",)]


def test_a_broken_rule_is_told_by_its_name_and_not_its_value(tmp_path: Path) -> None:
    source = a_database(tmp_path).with_table("t", "a TEXT UNIQUE", rows=[("zyx1",), ("zyx2",)]).build()
    with pytest.raises(Failure) as raised:
        built(source, tmp_path / "copy.db", None, changing("t", ("a",), {"a": lambda value: "same"}))
    assert raised.value.code is ErrorCode.CONSTRAINT
    assert "t.a" in raised.value.message
    assert "zyx" not in raised.value.message


def test_rows_that_broke_a_check_before_go_along_where_nothing_is_changed(tmp_path: Path) -> None:
    source = a_database(tmp_path).with_sql("CREATE TABLE t (a CHECK (a > 0))").build()
    write_to(source, "PRAGMA ignore_check_constraints = ON", "INSERT INTO t VALUES (-1)")
    target = tmp_path / "copy.db"
    assert built(source, target).tables[0].copied == 1


def test_empty_tables_and_subsets(tmp_path: Path) -> None:
    source = (
        a_database(tmp_path)
        .with_table("p", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(100)])
        .with_table("c", "p INTEGER REFERENCES p (id)", rows=[(n,) for n in range(100)])
        .with_table("log", "a", rows=[(1,)])
        .build()
    )
    target = tmp_path / "copy.db"
    told = built(source, target, ReleaseRules("r", (), subset=Subset("p", 0.25), empty=("LOG",)))
    assert {each.table: each.copied for each in told.tables} == {"p": 25, "c": 25, "log": 0}
    assert rows(target, "SELECT count(*) FROM c JOIN p ON p.id = c.p") == [(25,)]


def test_a_thousand_columns(tmp_path: Path) -> None:
    columns = ", ".join(f"c{n}" for n in range(1000))
    source = a_database(tmp_path).with_table("wide", columns, rows=[tuple(range(1000))] * 3).build()
    target = tmp_path / "copy.db"
    built(source, target)
    assert rows(target, "SELECT c0, c999 FROM wide") == [(0, 999)] * 3


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 13])
def test_any_number_of_rows(tmp_path: Path, count: int) -> None:
    source = a_database(tmp_path).with_sql("CREATE TABLE t (name TEXT, n NUMERIC, seen TEXT)").build()
    inserted = "INSERT INTO t (rowid, name, n) VALUES ({0} * 3 - 7, 'n{0}', iif({0} % 2, {0}, '{0}.5'))"
    write_to(source, *(inserted.format(number) for number in range(count)))
    target = tmp_path / "copy.db"
    built(source, target, None, changing("t", ("name", "n", "seen"), {"name": lambda value: f"{value}!"}))
    kept = rows(source, "SELECT rowid, name || '!', n, typeof(n), seen FROM t")
    assert rows(target, "SELECT rowid, name, n, typeof(n), seen FROM t") == kept


@pytest.mark.parametrize("broken", range(7))
def test_a_broken_rule_is_told_wherever_its_row_stands(tmp_path: Path, broken: int) -> None:
    values = [("zyx" if number == broken else f"v{number}",) for number in range(7)]
    table = a_database(tmp_path).with_table("t", "a TEXT NOT NULL ON CONFLICT IGNORE", rows=values)
    nothing = changing("t", ("a",), {"a": lambda value: None if value == "zyx" else value})
    with pytest.raises(Failure) as raised:
        built(table.build(), tmp_path / "copy.db", None, nothing)
    assert raised.value.code is ErrorCode.CONSTRAINT
    assert "t.a" in raised.value.message


def test_what_led_nowhere_in_the_original_is_told_and_not_denied(tmp_path: Path) -> None:
    def told(name: str, *more: tuple[int, int]) -> tuple[str, bool, str]:
        path = (
            a_database(tmp_path, name)
            .with_table("ward", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
            .with_table(
                "bed",
                "id INTEGER PRIMARY KEY, ward INTEGER REFERENCES ward (id)",
                rows=[(1, 1), (2, 2), *more],
            )
            .build()
        )
        new = tmp_path / f"copy of {name}"
        new.touch()
        checks = make(path, new, ReleaseRules("r", ()), b"k" * 32, Context()).checks
        found = next(each for each in checks if "foreign key" in each.title)
        return found.title, found.passed, found.detail

    assert told("whole.db") == ("Every foreign key leads somewhere", True, "")
    assert told("orphans.db", (3, 7), (4, 8)) == (
        "No foreign key leads nowhere that did not before",
        True,
        "in the copy as in the original: 2 rows of “bed”",
    )
