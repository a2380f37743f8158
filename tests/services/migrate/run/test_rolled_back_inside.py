"""Statements that SQLite answers by rolling back the whole transaction: nothing behind them is kept by itself."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import service

_UNIQUE = "CREATE TABLE q (a UNIQUE ON CONFLICT ROLLBACK)"
_RAISES = "CREATE TRIGGER no BEFORE INSERT ON q BEGIN SELECT RAISE(ROLLBACK, 'no'); END"
_FIRST = "INSERT INTO q VALUES (1)"


def _program(*makes: str, fails: str) -> str:
    """A program that makes something, catches the error of a statement, and goes on to delete."""
    lines = [f"    session.run({sql!r})" for sql in makes]
    lines += ["    try:", f"        {fails}", "    except BaseException:", "        pass"]
    lines += [
        "    try:",
        "        session.run('DELETE FROM visit')",
        "    except BaseException:",
        "        pass",
    ]
    return "\n".join(["def migrate(session):", *lines, "    session.execute('DROP TABLE visit')", ""])


PROGRAMS = {
    "on conflict": _program(_UNIQUE, _FIRST, fails=f"session.run({_FIRST!r})"),
    "or rollback": _program(
        "CREATE TABLE q (a)", fails="session.all(\"INSERT OR ROLLBACK INTO patient VALUES (1, 'x', '')\")"
    ),
    "raise": _program(
        "CREATE TABLE q (a)", _RAISES, fails=f"session.run_many({'INSERT INTO q VALUES (?)'!r}, [(1,)])"
    ),
    "its own session": _program(_UNIQUE, _FIRST, fails=f"session._session.run({_FIRST!r})"),
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_program_that_goes_on_after_a_rollback_leaves_nothing(clinic: Migrating, text: str) -> None:
    clinic.write("V0001__p.py", text)
    before = clinic.all("SELECT * FROM sqlite_schema")

    with pytest.raises(Failure, match=r"“V0001__p\.py”, line \d+: SQLite rolled everything back here"):
        clinic.apply()

    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]
    assert clinic.all("SELECT * FROM sqlite_schema") == before
    assert clinic.history() == ()


def test_one_that_ends_after_a_rollback_is_not_written_down_as_applied(clinic: Migrating) -> None:
    lines = PROGRAMS["on conflict"].splitlines()
    clinic.write("V0001__p.py", "\n".join(lines[: lines.index("        pass") + 1]))

    with pytest.raises(Failure, match=r"line 5: SQLite rolled everything back"):
        clinic.apply()

    assert clinic.history() == ()


def test_a_rehearsal_says_so_too(clinic: Migrating) -> None:
    clinic.write("V0001__p.py", PROGRAMS["on conflict"])

    rehearsal = service.rehearse(clinic.catalog, clinic.plan(), Context())

    assert [check.passed for check in rehearsal.checks] == [False]
    assert "line 5: SQLite rolled everything back" in rehearsal.checks[0].detail


@pytest.mark.parametrize(
    "last", ["INSERT INTO q VALUES (1);", "INSERT OR ROLLBACK INTO patient VALUES (1, 'x', '');"]
)
def test_a_script_ends_with_the_statement_that_rolls_back(clinic: Migrating, last: str) -> None:
    clinic.write("V0001__s.sql", f"{_UNIQUE};\n{_FIRST};\n{last}\nDELETE FROM visit;")

    with pytest.raises(Failure, match="line 3"):
        clinic.apply()

    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]
    assert clinic.history() == ()


def test_a_table_that_is_still_being_read_can_be_changed(clinic: Migrating) -> None:
    clinic.write(
        "V0001__read.py",
        "def migrate(session):\n"
        "    rows = session.execute('SELECT id FROM patient ORDER BY id')\n"
        "    first = next(rows)\n"
        "    session.run('ALTER TABLE patient ADD COLUMN mail')\n"
        "    found = [first, *rows]\n"
        "    session.run('CREATE TABLE seen (id)')\n"
        "    session.run_many('INSERT INTO seen VALUES (?)', found)\n"
        "    next(session.execute('INSERT INTO seen VALUES (8), (9) RETURNING id'))\n"
        "    session.execute('INSERT INTO seen VALUES (10)')\n",
    )

    clinic.apply()

    assert clinic.all("SELECT id FROM seen") == [(1,), (2,), (8,), (9,), (10,)]


def test_a_program_may_end_with_any_error_of_its_own(clinic: Migrating) -> None:
    clinic.write(
        "V0001__own.py",
        "class Own(BaseException): pass\n"
        "def migrate(session):\n    session.run('DELETE FROM visit')\n"
        "    raise Own(session.value('SELECT name FROM patient'))\n",
    )

    with pytest.raises(Failure, match="line 4: it stopped with Own") as failed:
        clinic.apply()

    assert "ada" not in failed.value.message.lower()
    assert clinic.all("SELECT count(*) FROM visit") == [(3,)]
