"""Building the sample: everything is made up in memory, made dirty, and written in one transaction."""

from __future__ import annotations

import os
from datetime import date
from itertools import takewhile
from pathlib import Path

from steward_app import db, storage
from steward_app.db.script import split
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.sample import billing, care, dirt, office, people
from steward_app.services.sample.model import Planted, SampleSummary, SampleTable
from steward_app.services.sample.words import schema_script
from steward_app.services.sample.world import Record, World

TODAY = date(2026, 11, 20)
"""The day the sample plays on, whatever the clock says: the same seed gives the same rows on any day."""

_FIRST_DAY = date(2000, 1, 1)
_LAST_DAY = date(2100, 1, 1)
_ROWS_AT_ONCE = 2_000
_APPLICATION_ID = 0x52495645  # "RIVE"
_APPLIED_CHANGES = 13  # the clinic's program numbers its schema

_SWITCHED_OFF = ("foreign_keys = OFF", "ignore_check_constraints = ON")
"""How real files come to hold what their rules forbid: the program that wrote them switched the rules off."""

_NOT_YET = ("birth_date DATE NOT NULL", "birth_date DATE")
"""A rule that was written into the stored schema after the rows were there, and what stood there before."""


def build(path: Path, *, seed: int = 7, today: date = TODAY, context: Context | None = None) -> SampleSummary:
    """Make the sample database "Riverside Clinic" at `path`.

    Args:
        path: the new file; its folder must exist, the file must not.
        seed: the same seed and day give the same schema, byte for byte, and the same rows.
        today: the day it plays on, from 2000 to 2099; visits go back to January seventeen years before.
        context: hears how many rows are written and may cancel; a cancel leaves no file.

    Raises:
        UsageError: the day is out of range.
        Refused: the file exists already.
        Failure: the folder is not there or cannot be written, the disk is full.
    """
    context = context or Context()
    _must_be_free(path)
    if not _FIRST_DAY <= today < _LAST_DAY:
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"The sample cannot play on {today}: choose a day from 2000 to 2099."
        )
    world = World(seed, today, context)
    planted = _make_up(world)
    with storage.staged(path) as new:
        new.reserve().unlink()  # says in terms of `path` what is wrong with its folder; SQLite makes it again
        try:
            tables = _write(new.temporary, world)
        except Failure as error:  # which names the file by the name it has until it is whole
            told = error.message.replace(new.temporary.name, path.name)
            raise Failure(
                error.code, told, hint="Nothing was made. Free some space, or choose another disk."
            ) from error
        size_bytes = new.temporary.stat().st_size
        new.finish(overwrite=False)
    return SampleSummary(path, size_bytes, sum(table.rows for table in tables), tables, planted)


def _must_be_free(path: Path) -> None:
    if not storage.is_there(path.parent):
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"There is no folder {quoted(str(path.parent), 200)}.",
            hint="Nothing was made. Make the folder first, or choose another.",
        )
    if os.path.lexists(path):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"{quoted(path.name)} exists already.",
            hint="It was left as it is. Choose another name for the sample.",
        )


def _make_up(world: World) -> tuple[Planted, ...]:
    parts = (
        office.lists,
        people.staff,
        people.patients,
        care.visits,
        billing.invoices,
        office.documents,
        office.messages,
        office.logins,
        office.settings,
        office.old_register,
    )
    for part in parts:
        world.context.checkpoint()
        part(world)
    return dirt.plant(world)


def _write(path: Path, world: World) -> tuple[SampleTable, ...]:
    statements = [statement.sql for statement in split(schema_script(), "schema.sql")]
    tables = list(takewhile(lambda sql: sql.startswith("CREATE TABLE "), statements))
    with db.create(path) as session, session.under(world.context):
        for pragma in _SWITCHED_OFF:
            session.run(f"PRAGMA {pragma}")
        session.run(f"PRAGMA application_id = {_APPLICATION_ID}")
        with session.transaction(world.context):
            for sql in tables:
                session.run(sql.replace(*_NOT_YET))
            written = _fill(session, world)
            _tighten(session)
            for sql in statements[len(tables) :]:
                session.run(sql)
            session.run("INSERT INTO visit_note (visit_note) VALUES ('rebuild')")
            session.run("ANALYZE")
            session.run(f"PRAGMA user_version = {_APPLIED_CHANGES}")
    return written


def _fill(session: db.WriteSession, world: World) -> tuple[SampleTable, ...]:
    """Put all rows in, table by table in the order the tables were made."""
    names = session.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    total, done = sum(map(len, world.tables.values())), 0
    written = []
    for (name,) in names:
        rows = world.tables[str(name)]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            world.context.checkpoint()
            world.context.report(done + start, total, unit="rows", note=str(name))
            _insert(session, str(name), rows[start : start + _ROWS_AT_ONCE])
        done += len(rows)
        written.append(SampleTable(str(name), len(rows)))
    return tuple(written)


def _insert(session: db.WriteSession, table: str, rows: list[Record]) -> None:
    columns = list(rows[0])
    into, marks = ", ".join(map(db.quote, columns)), ", ".join("?" * len(columns))
    session.run_many(
        f"INSERT INTO {db.quote(table)} ({into}) VALUES ({marks})",
        [tuple(row[column] for column in columns) for row in rows],
    )


def _tighten(session: db.WriteSession) -> None:
    """Write NOT NULL into the stored schema, as editors of the schema table do, without a look at the rows."""
    session.run("PRAGMA writable_schema = ON")
    session.run(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'patient'",
        (f"{_NOT_YET[1]},", f"{_NOT_YET[0]},"),
    )
    session.run("PRAGMA writable_schema = RESET")
