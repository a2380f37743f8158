"""Files as a steward meets them after a crash, a bad copy or a bad joke."""

from __future__ import annotations

import hashlib
from pathlib import Path

import apsw

from builders.processes import program_dies_after
from steward_app.db.names import quote

_ROWS = (
    "INSERT INTO visit(note) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
)
_ROWS += " SELECT printf('%0400d', i) FROM n"


def a_file_with_rows(path: Path, *settings: str, rows: int = 50) -> Path:
    """A table `visit` with `rows` rows, and pragmas set before it was made."""
    connection = apsw.Connection(str(path))
    for statement in (
        *(f"PRAGMA {setting}" for setting in settings),
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, note)",
        "CREATE INDEX visit_note ON visit (note)",
        _ROWS.format(rows=rows),
    ):
        connection.execute(statement).fetchall()
    connection.close()
    return path


def with_hot_journal(path: Path) -> Path:
    """A program was killed in the middle of a transaction that had reached the file: all notes became 'changed'."""
    program_dies_after(
        path, "run('PRAGMA cache_size = 2', 'BEGIN IMMEDIATE', \"UPDATE visit SET note = 'changed'\")"
    )
    journal = path.with_name(path.name + "-journal")
    assert journal.stat().st_size > 0
    return path


def with_wal_left(path: Path, *, shm: bool = True) -> Path:
    """A program in WAL mode was killed after it committed one row more; without `shm`, the machine was too."""
    program_dies_after(
        path,
        "run('PRAGMA journal_mode = WAL', 'PRAGMA wal_autocheckpoint = 0', \"INSERT INTO visit(note) VALUES ('new')\")",
    )
    if not shm:
        path.with_name(path.name + "-shm").unlink()
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    return path


def in_windows_1252(path: Path) -> Path:
    """A program wrote it that knew one country: letters beyond ASCII are one byte each, in every column and key."""
    connection = apsw.Connection(str(path))
    connection.create_scalar_function("written", lambda text: text.encode("cp1252"), 1)
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    for (table,) in connection.execute(tables).fetchall():
        for _, column, *_ in connection.execute(f"PRAGMA table_info({quote(table)})").fetchall():
            name = quote(column)
            changed = f"UPDATE {quote(table)} SET {name} = CAST(written({name}) AS TEXT) WHERE typeof({name}) = 'text'"
            connection.execute(changed).fetchall()
    connection.close()
    return path


def tampered(path: Path, *statements: str) -> Path:
    """The stored schema was changed by hand."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


def named_in_latin_1(path: Path) -> Path:
    """The table `café`, its column `prénom`, and what uses them have names in Latin-1; `plain` and `child` have not."""
    connection = apsw.Connection(str(path))
    for statement in (
        "CREATE TABLE cafQ (id INTEGER PRIMARY KEY, prQnom TEXT NOT NULL, n INT REFERENCES cafQ)",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, c INT REFERENCES cafQ)",
        "CREATE TABLE plain (id INTEGER PRIMARY KEY, note TEXT NOT NULL)",
        "CREATE INDEX iQ ON cafQ (n)",
        "CREATE VIEW v AS SELECT prQnom FROM cafQ",
        "CREATE TRIGGER tQ AFTER INSERT ON cafQ BEGIN UPDATE plain SET note = new.prQnom; END",
        "INSERT INTO cafQ VALUES (1, 'jazz', 1), (2, 'folk', NULL)",
        "INSERT INTO child VALUES (1, 1), (2, 7)",
        "INSERT INTO plain VALUES (1, 'jazz')",
    ):
        connection.execute(statement)
    connection.execute("PRAGMA writable_schema = ON")
    for row in connection.execute("SELECT rowid, name, tbl_name, sql FROM sqlite_schema").fetchall():
        latin_1 = (str(text).replace("Q", "é").encode("latin-1") for text in row[1:])
        connection.execute(
            "UPDATE sqlite_schema SET name = CAST(? AS TEXT), tbl_name = CAST(? AS TEXT), sql = CAST(? AS TEXT)"
            " WHERE rowid = ?",
            (*latin_1, row[0]),
        )
    connection.close()
    return path


def overwritten(path: Path, offset: int, data: bytes) -> Path:
    """Some bytes of the file are others."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)
    return path


def cut_to(path: Path, size: int) -> Path:
    """The end of the file is missing."""
    with path.open("r+b") as file:
        file.truncate(size)
    return path


def traces(path: Path) -> dict[str, object]:
    """All that looking at a file could change: names in its folder, contents, and when the file was written.

    The contents of a -shm file are left out: it holds locks, and is made anew by whoever comes first.
    """
    found: dict[str, object] = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest() if not each.name.endswith("-shm") else ""
        for each in path.parent.iterdir()
        if each.is_file()
    }
    found["when"] = path.stat().st_mtime_ns
    return found


def needs_its_own_program(path: Path) -> Path:
    """Uses a function and a collation that only its own program has; the table `plain`, with index `i`, does not."""
    connection = apsw.Connection(str(path))
    connection.create_scalar_function("mine", lambda value: value, deterministic=True)
    connection.create_collation("MINE", lambda a, b: (a > b) - (a < b))
    for statement in (
        'CREATE TABLE "by function" (id INTEGER PRIMARY KEY, a, b AS (mine(a)))',
        "INSERT INTO \"by function\" (a) VALUES ('x'), ('y')",
        'CREATE INDEX mine_b ON "by function" (b)',
        'CREATE TABLE "by collation" (a TEXT COLLATE MINE PRIMARY KEY)',
        "INSERT INTO \"by collation\" VALUES ('x')",
        "CREATE TABLE plain (a)",
        "INSERT INTO plain VALUES (1), (2)",
        "CREATE INDEX i ON plain (a)",
    ):
        connection.execute(statement).fetchall()
    connection.close()
    return path
