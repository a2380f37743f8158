"""Writing to audited files and putting tables under audit, with the state before and what must hold after."""

from __future__ import annotations

from pathlib import Path

import apsw

from builders import a_database
from builders.audited import Case
from builders.under_audit import put_under_audit
from steward_app.db import open_write
from steward_app.db.attribution import attributed, this_program
from steward_app.db.errors import translated
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.schema import read_schema

LIVE = "live.db"
STATEMENTS = (
    "INSERT OR REPLACE INTO t SELECT id + 100, u, v FROM t WHERE id % 3 = 0",
    "UPDATE OR REPLACE t SET u = u - 1 WHERE id % 2",
    "DELETE FROM t WHERE id BETWEEN 4 AND 8",
)


def build(folder: Path, *, wal: bool, audited: bool) -> Case:
    """A table, under audit or not yet, with a trigger of its own."""
    builder = a_database(folder, LIVE).with_pragma("page_size = 1024")
    builder.with_table(
        "t", "id INTEGER PRIMARY KEY, u UNIQUE, v", rows=[(n, n, "x" * 90) for n in range(1, 25)]
    )
    builder.with_sql("CREATE TRIGGER own AFTER DELETE ON t BEGIN UPDATE t SET v = 'seen' WHERE id = 1; END")
    path = (builder.in_wal_mode() if wal else builder).build()
    return put_under_audit(path, *(["t"] if audited else []))


def others_write(folder: Path, context: Context) -> None:
    """As a program that knows nothing of the audit: each statement is a transaction."""
    with translated(folder / LIVE):
        connection = apsw.Connection(str(folder / LIVE))
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
            for statement in STATEMENTS:
                context.checkpoint()
                connection.execute(statement)
        finally:
            connection.close(True)


def we_write(folder: Path, context: Context) -> None:
    """Signed, in one transaction, other triggers lifted for a part of it."""
    with (
        open_write(folder / LIVE) as session,
        session.transaction(context),
        session.under(context),
        attributed(session, this_program("0", reason="fault test")),
    ):
        session.run(STATEMENTS[0])
        with session.verbatim():
            session.run(STATEMENTS[2])
        session.run(STATEMENTS[1])


def install(folder: Path, context: Context) -> None:
    """Put the table under audit."""
    with open_write(folder / LIVE) as session, session.transaction(context), session.under(context):
        schema = read_schema(session)
        table = schema.table("t")
        assert table is not None
        arm(session, shape_of(table, schema))
