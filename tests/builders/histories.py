"""Audited files with a history whose times are known: change number n was made n seconds after `START`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders.sealed import by_hand
from steward_app.db import ReadSession, WriteSession, open_read, open_write
from steward_app.db.attribution import Writer, attributed
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.past.moments import Moment
from steward_app.services.schema import Table, read_schema

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(seq: float) -> datetime:
    """When change number `seq` was made."""
    return START + timedelta(seconds=seq)


def timed(path: Path) -> Path:
    """Give every change its time."""
    with open_read(path) as session:
        tids = [each.tid for each in tables.tables(session)]
    begin = int(START.timestamp() * 1000)
    for tid in tids:
        by_hand(path, f"UPDATE _steward_audit_log_{tid} SET at = ? + 1000 * seq", begin)
    by_hand(path, "UPDATE _steward_audit_event SET at_us = 1000 * (? + 1000 * seq)", begin)
    return path


def moment(seq: int) -> Moment:
    """After change number `seq`."""
    return Moment(at(seq), seq, 0)


@contextmanager
def writing_as(path: Path, actor: str, reason: str = "") -> Iterator[WriteSession]:
    """One transaction of somebody who says who it is."""
    with (
        open_write(path) as session,
        session.transaction(),
        attributed(session, Writer(actor, "test 1", reason)),
    ):
        yield session


def table_of(session: ReadSession, name: str) -> Table:
    """A table as it is now."""
    table = read_schema(session).table(name)
    assert table is not None
    return table


def armed_again(path: Path, name: str, *changes_sql: str) -> AuditedTable:
    """Change the schema as the steward does, and put the table under audit as a new version of what it was."""
    with open_write(path) as session, session.transaction():
        before = tables.tables(session, current=True)[0]
        for sql in changes_sql:
            session.run(sql)
        schema = read_schema(session)
        table = schema.table(name)
        assert table is not None
        return arm(session, shape_of(table, schema), earlier=before)
