from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.odd_files import needs_its_own_program, overwritten
from steward_app.db.integrity import (
    ForeignKeyCheck,
    foreign_key_check,
    integrity_check,
    structure_check,
)
from steward_app.db.open import open_read, open_write
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context


def test_a_sound_file_has_nothing_to_tell(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(1,)]).build()
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        assert structure_check(session, Context()).holds
        assert foreign_key_check(session, Context()) == ()


def test_tells_broken_rules_up_to_the_limit(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(None,)] * 10).build()
    connection = apsw.Connection(str(path))
    connection.execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a NOT NULL)'"
    )
    connection.close()
    with open_read(path) as session:
        assert integrity_check(session, Context(), limit=3) == ("NULL value in t.a",) * 3
        assert structure_check(session, Context()).holds


def test_check_rules_are_looked_at_where_the_file_may_be_written(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a CHECK (a > 0)").build()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (-1)")
    connection.close()
    with open_read(path) as reading, open_write(path) as writing:
        assert integrity_check(reading, Context()) == ()
        assert integrity_check(writing, Context()) == ("CHECK constraint failed in t",)
        assert structure_check(writing, Context()).holds


def test_an_index_with_another_value_is_found_by_the_integrity_check_alone(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("t", "a", rows=[(1,), (2,)])
        .with_sql("CREATE INDEX i ON t (a)")
        .build()
    )
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'i'")
    connection.close()
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE t SET a = 3 WHERE a = 2; PRAGMA writable_schema = ON")
    connection.execute("INSERT INTO sqlite_schema VALUES ('index', 'i', 't', 3, 'CREATE INDEX i ON t (a)')")
    connection.close()
    with open_read(path) as session:
        assert structure_check(session, Context(), quick=True).holds
        assert len(integrity_check(session, Context())) > 0


def test_damage_is_found_behind_any_number_of_rows_that_break_rules(tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table("a", "x", rows=[(None,)] * 500).with_table("b", "x, y")
    path = builder.with_rows("b", [(1, 1), (2, 2)]).with_sql("CREATE INDEX i ON b (x)").build()
    connection = apsw.Connection(str(path))
    connection.execute(
        "PRAGMA writable_schema = ON;"
        " UPDATE sqlite_schema SET sql = 'CREATE TABLE a (x NOT NULL)' WHERE name = 'a';"
        " UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON b (y)' WHERE name = 'i'"
    )
    connection.close()
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE b SET x = 3 - x")  # the index is on y, by its new text, and stays as it was
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON b (x)' WHERE name = 'i'")
    connection.close()
    with open_read(path) as session:
        found = structure_check(session, Context()).problems
        assert found
        assert not any("NULL value" in problem for problem in found)
        assert structure_check(session, Context(), limit=1).problems == found[:1]
        assert structure_check(session, Context(), quick=True).holds


def test_a_table_that_needs_a_missing_function_hides_no_damage_in_another(tmp_path: Path) -> None:
    path = needs_its_own_program(tmp_path / "clinic.db")
    connection = apsw.Connection(str(path))
    (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'i'").fetchone()
    connection.close()
    overwritten(path, (root - 1) * 4096, bytes(4096))

    with open_read(path) as session:
        found = structure_check(session, Context())

    assert found.problems
    assert [table for table, _ in found.unchecked] == ["by collation", "by function"]
    assert "mine" in dict(found.unchecked)["by function"]


def test_a_lock_is_no_damage(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[(1,)]).build()
    with open_read(path) as session:
        other = apsw.Connection(str(path))
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Failure) as told:
            structure_check(session, Context())
        other.close()
    assert told.value.code is ErrorCode.LOCKED


def test_foreign_keys_are_checked_to_the_end_whatever_one_of_them_is_like(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("parent", "id INTEGER PRIMARY KEY, code", rows=[(1, "x")])
        .with_table('a "mis"match', "code REFERENCES parent (code)", rows=[("x",)])
        .with_table(
            "b two keys", "p REFERENCES parent, q REFERENCES parent", rows=[(1, 7), (8, 9), (None, 1)]
        )
        .with_table("c gone", "p REFERENCES nowhere", rows=[(1,)])
        .with_table("d fine", "p REFERENCES parent", rows=[(1,)])
        .build()
    )
    with open_read(path) as session:
        mismatch, orphans, gone, fine = foreign_key_check(session, Context())
    assert (mismatch.table, mismatch.violations) == ('a "mis"match', 0)
    assert "foreign key mismatch" in mismatch.problem
    assert orphans == ForeignKeyCheck("b two keys", 3, ((0, 2), (1, 1)))
    assert gone.violations == 1
    assert fine == ForeignKeyCheck("d fine")


@pytest.mark.parametrize("check", [integrity_check, structure_check, foreign_key_check])
def test_cancel_stops_a_check(tmp_path: Path, check: object) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "t", "id INTEGER PRIMARY KEY, p REFERENCES t", rows=[(n, n - 1) for n in range(1, 20_000)]
        )
        .build()
    )
    context = Context()
    with open_read(path) as session:
        session._connection.set_progress_handler(lambda: bool(context.cancel()), 200, id="a click on Stop")
        with pytest.raises(Cancelled):
            check(session, context)  # type: ignore[operator]
