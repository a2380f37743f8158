"""What SQLite's ALTER TABLE refuses or gets wrong, and a table written anew by hand loses: here it goes right.

Each test first shows the trap in SQLite itself, where there is one, so that it notices when SQLite changes.
"""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.values import Row
from steward_app.services.migrate.edit.model import (
    AddColumn,
    AddConstraint,
    DropColumn,
    DropConstraint,
    Edit,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
)
from steward_app.services.migrate.edit.write import write

ROWS = "INSERT INTO t(id, a) VALUES (1, 5), (3, 6)"
TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT CONSTRAINT u UNIQUE)"


def database(tmp_path: Path, *sql: str) -> Path:
    return a_database(tmp_path).with_sql(*sql).build()


def apply(path: Path, *edits: Edit) -> bool:
    """Make edits in a session that enforces foreign keys; whether a table was written anew."""
    with open_write(path) as session:
        written = write(session, edits)
        with unenforced(session), session.transaction():
            for statement in written.statements:
                session.run(statement)
        assert session.value("PRAGMA foreign_keys") == 1
        assert session.value("PRAGMA legacy_alter_table") == 0
    return bool(written.rebuilt)


def read(path: Path, sql: str) -> list[Row]:
    with open_read(path) as session:
        return session.all(sql)


def refuses(path: Path, sql: str) -> str:
    """What SQLite says against a statement."""
    connection = apsw.Connection(str(path))
    try:
        with pytest.raises(apsw.Error) as caught:
            connection.execute(sql)
        return str(caught.value)
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("statement", "says", "edit"),
    [
        ("ADD COLUMN c INT NOT NULL", "NOT NULL", None),
        ("ADD COLUMN c INT UNIQUE", "UNIQUE", AddColumn("t", "c INT UNIQUE")),
        (
            "ADD COLUMN c DEFAULT CURRENT_TIMESTAMP",
            "non-constant",
            AddColumn("t", "c DEFAULT CURRENT_TIMESTAMP"),
        ),
        ("ADD COLUMN c AS (a) STORED", "STORED", AddColumn("t", "c AS (a) STORED")),
        ("ADD COLUMN c REFERENCES t DEFAULT 1", "REFERENCES", AddColumn("t", "c REFERENCES t DEFAULT 1")),
        ("DROP COLUMN b", "UNIQUE", DropColumn("t", "b")),
        ("DROP CONSTRAINT u", "may not be dropped", DropConstraint("t", "u")),
        ("ALTER COLUMN a SET DEFAULT 4", "syntax error", SetDefault("t", "a", "4")),
        ("ALTER COLUMN a TYPE TEXT", "syntax error", SetType("t", "a", "TEXT")),
        ("ADD UNIQUE (a)", "syntax error", AddConstraint("t", "UNIQUE (a)")),
        (
            "ADD FOREIGN KEY (a) REFERENCES t(id)",
            "syntax error",
            AddConstraint("t", "FOREIGN KEY (a) REFERENCES t(id)"),
        ),
    ],
)
def test_what_alter_table_cannot_is_done(
    tmp_path: Path, statement: str, says: str, edit: Edit | None
) -> None:
    path = database(tmp_path, TABLE, ROWS)
    assert says in refuses(path, f"PRAGMA foreign_keys = ON; ALTER TABLE t {statement}")
    if edit is None:
        with pytest.raises(Failure):
            apply(path, AddColumn("t", "c INT NOT NULL"))
    else:
        apply(path, edit)
    assert read(path, "SELECT id, CAST(a AS INT) FROM t") == [(1, 5), (3, 6)]


def test_a_default_that_is_computed_is_the_same_on_an_empty_table(tmp_path: Path) -> None:
    """SQLite takes such a column on an empty table alone: a migration would go through in a test and not here."""
    empty, full = tmp_path / "empty.db", tmp_path / "full.db"
    a_database(empty).with_sql(TABLE).build()
    a_database(full).with_sql(TABLE, ROWS).build()
    for path in (empty, full):
        assert apply(path, AddColumn("t", "c INT NOT NULL DEFAULT (1 + 1)"))
    assert read(full, "SELECT c FROM t") == [(2,), (2,)]


def test_children_stay_while_their_parent_is_written_anew(tmp_path: Path) -> None:
    child = "CREATE TABLE ch(id INTEGER PRIMARY KEY, t REFERENCES t(id) ON DELETE CASCADE)"
    path = database(tmp_path, TABLE, ROWS, child, "INSERT INTO ch VALUES (1, 1), (2, 3)")
    assert apply(path, SetDefault("t", "a", "1"))
    assert read(path, "SELECT id, t FROM ch") == [(1, 1), (2, 3)]
    assert read(path, "PRAGMA foreign_key_check") == []
    assert read(path, "SELECT \"table\" FROM pragma_foreign_key_list('ch')") == [("t",)]


def test_rowids_and_counters_are_those_there_were(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(a INT, b TEXT)",
        "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')",
        "DELETE FROM t WHERE a = 2",
        "CREATE TABLE n(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT)",
        "INSERT INTO n VALUES (9, 1), (50, 2)",
        "DELETE FROM n WHERE id = 50",
    )
    assert apply(path, SetDefault("t", "a", "1"), SetDefault("n", "a", "1"))
    assert read(path, "SELECT rowid, a FROM t") == [(1, 1), (3, 3)]
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO n(a) VALUES (3)")
    assert read(path, "SELECT max(id) FROM n") == [(51,)]


def test_a_counter_of_an_emptied_table_is_not_lost(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a INT)",
        "INSERT INTO t VALUES (7, 1)",
        "DELETE FROM t",
    )
    assert apply(path, SetDefault("t", "a", "1"))
    assert read(path, "SELECT name, seq FROM sqlite_sequence") == [("t", 7)]


def test_a_type_converts_and_strict_refuses_instead(tmp_path: Path) -> None:
    table = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"
    rows = "INSERT INTO t(a) VALUES ('007'), ('1e3'), ('1.10'), ('x')"
    path = database(tmp_path, table, rows)
    with pytest.raises(StewardError):
        apply(path, SetType("t", "a", "INTEGER"), SetOption("t", "STRICT", on=True))
    assert [a for (a,) in read(path, "SELECT a FROM t")] == ["007", "1e3", "1.10", "x"]
    apply(path, SetType("t", "a", "INTEGER"))
    assert [a for (a,) in read(path, "SELECT a FROM t")] == [7, 1000, 1.1, "x"]


@pytest.mark.parametrize("edit", [SetNotNull("t", "a", on=True), SetDefault("t", "a", "1")])
def test_a_broken_view_elsewhere_is_no_hindrance(tmp_path: Path, edit: Edit) -> None:
    path = database(tmp_path, TABLE, ROWS, "CREATE VIEW v AS SELECT gone FROM nowhere")
    apply(path, edit)
    apply(path, DropColumn("t", "b"))
    assert read(path, "SELECT name FROM pragma_table_info('t')") == [("id",), ("a",)]
    assert "no such table" in refuses(path, "ALTER TABLE t RENAME COLUMN a TO z")
    with pytest.raises(StewardError, match="nowhere"):
        apply(path, RenameColumn("t", "a", "z"))


@pytest.mark.parametrize("edit", [RenameTable("t", "u"), RenameColumn("t", "a", "z")])
def test_what_names_it_follows_another_name(tmp_path: Path, edit: Edit) -> None:
    path = database(
        tmp_path,
        TABLE,
        ROWS,
        "CREATE TABLE ch(t REFERENCES t(id))",
        "CREATE TABLE l(x)",
        "CREATE INDEX i ON t(a) WHERE a > 1",
        "CREATE VIEW v AS SELECT t.a AS x FROM t",
        "CREATE TRIGGER g AFTER INSERT ON l BEGIN UPDATE t SET a = new.x; END",
    )
    assert not apply(path, edit)
    assert read(path, "SELECT x FROM v") == [(5,), (6,)]
    with open_write(path) as session, session.transaction():
        session.run("INSERT INTO l VALUES (9)")
    assert read(path, "SELECT x FROM v") == [(9,), (9,)]
    assert read(path, "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("options", ["", " STRICT", " WITHOUT ROWID", " STRICT, WITHOUT ROWID"])
def test_alter_table_of_every_kind_of_table(tmp_path: Path, options: str) -> None:
    path = database(tmp_path, f"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT){options}", ROWS)
    assert not apply(path, SetNotNull("t", "a", on=True), AddConstraint("t", "CONSTRAINT k CHECK (a > 0)"))
    assert not apply(path, DropConstraint("t", "k"), SetNotNull("t", "a", on=False))
    assert read(path, "SELECT sql FROM sqlite_schema") == [
        (f"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT){options}",)
    ]


def test_rows_that_do_not_fit_leave_everything_as_it_was(tmp_path: Path) -> None:
    path = database(tmp_path, TABLE, ROWS, "INSERT INTO t VALUES (7, NULL, 'x')")
    before = path.read_bytes()
    for edits in (
        [SetNotNull("t", "a", on=True)],
        [AddConstraint("t", "CHECK (a > 5)")],
        [AddConstraint("t", "UNIQUE (a)"), SetDefault("t", "a", "1"), SetNotNull("t", "a", on=True)],
        [SetPrimaryKey("t", ("a",)), SetNotNull("t", "a", on=True)],
    ):
        with pytest.raises(StewardError):
            apply(path, *edits)
    assert path.read_bytes() == before


@pytest.mark.parametrize("after", ["", "a"])
def test_a_remark_behind_a_new_column_hides_nothing(tmp_path: Path, after: str) -> None:
    """SQLite's own ALTER TABLE does not take it, or stores it so that it hides what comes after it."""
    path = database(tmp_path, TABLE, ROWS)
    apply(path, AddColumn("t", "c INT DEFAULT 1 -- a remark", after), AddConstraint("t", "CHECK (c < 3)"))
    (text,) = [sql for (sql,) in read(path, "SELECT sql FROM sqlite_schema WHERE name = 't'")]
    assert "-- a remark\n" in str(text)
    assert read(path, "SELECT id, a, c FROM t") == [(1, 5, 1), (3, 6, 1)]
    assert "CHECK" in refuses(path, "INSERT INTO t(c) VALUES (4)")


def test_full_text_of_rows_that_are_written_anew_goes_on(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
        "INSERT INTO t VALUES (4, 'alpha'), (8, 'beta')",
        "CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id')",
        "INSERT INTO f(f) VALUES ('rebuild')",
    )
    assert apply(path, SetDefault("t", "a", "'x'"))
    assert read(path, "SELECT rowid, a FROM f('beta')") == [(8, "beta")]
