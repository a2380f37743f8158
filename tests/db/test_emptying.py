"""A live file written anew: nothing of what was deleted is left, and every row keeps its number."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from steward_app.db import open_write
from steward_app.db.emptying import release, write_live_anew

_GONE = b"this was deleted"
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"


@pytest.fixture(params=["rollback", "wal"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    builder = (
        a_database(tmp_path, "x.db")
        .with_table("loose", "a, b", rows=[(n, _GONE.decode() + str(n)) for n in range(60)])
        .with_table("keyed", "k TEXT PRIMARY KEY, n", rows=[(f"k{n}", n) for n in range(60)])
        .with_sql("CREATE TRIGGER t AFTER INSERT ON loose BEGIN SELECT 1; END")
    )
    path = (builder.in_wal_mode() if request.param == "wal" else builder).build()
    with open_write(path) as session, session.transaction():
        session.run("DELETE FROM loose WHERE a % 3")
        session.run("UPDATE loose SET b = 'kept'")
        session.run("DELETE FROM keyed WHERE n % 2")
    return path


def on_disk(path: Path) -> bool:
    return any(_GONE in each.read_bytes() for each in path.parent.glob("x.db*"))


def numbers(session: apsw.Connection) -> list[tuple[object, ...]]:
    found = session.execute("SELECT rowid, * FROM loose").fetchall()
    return [*found, *session.execute("SELECT rowid, * FROM keyed ORDER BY rowid").fetchall()]


def test_nothing_is_left_and_every_row_keeps_its_number(path: Path) -> None:
    look = apsw.Connection(str(path))
    before, schema = numbers(look), look.execute(_SCHEMA).fetchall()
    look.close()
    assert on_disk(path)
    with open_write(path) as session:
        assert write_live_anew(session, [("loose", "a")]) == ""
        assert not on_disk(path)
    look = apsw.Connection(str(path))
    assert (numbers(look), look.execute(_SCHEMA).fetchall()) == (before, schema)
    look.close()


def test_who_holds_the_file_is_told(path: Path) -> None:
    reader = apsw.Connection(str(path))
    wal = reader.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM loose").fetchall()
    with open_write(path) as session:
        session.run("PRAGMA busy_timeout = 50")
        told = write_live_anew(session, [("loose", "a")])
    assert ("-wal" if wal else "lock") in told
    assert on_disk(path)
    reader.close()
    with open_write(path) as session:
        assert write_live_anew(session, [("loose", "a")]) == ""
    assert not on_disk(path)


def test_what_a_killed_process_left_goes(path: Path) -> None:
    with open_write(path) as session:
        with session.transaction():
            session.run("CREATE INDEX _steward_audit_still_7 ON loose (a) WHERE 0")
        release(session)
        assert session.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%still%'") == 0
