"""Empties the pens, in which rows wait that a statement might have displaced.

Between statements a pen holds at most copies of rows that were not displaced (the statement was ignored, or became an
UPDATE). A row that waits there and is gone, although the log does not tell it, was displaced while a trigger newer than
ours kept us from being told: it is logged now.
"""

from __future__ import annotations

from steward_app.db import Session, WriteSession
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable, Shape
from steward_app.services.audit.engine.triggers import leftovers


def holds_rows(session: Session, audited: AuditedTable) -> bool:
    """Whether something waits in the pen of a table."""
    return session.value(f"SELECT 1 FROM main.{names.pen_table(audited.tid)} LIMIT 1") is not None


def harvest(session: WriteSession, audited: AuditedTable, shape: Shape) -> int:
    """Log who waits in the pen and is gone, and empty it. Inside a transaction; says how many were logged."""
    if not holds_rows(session, audited):
        return 0
    clock = f"SELECT seq FROM main.{names.CLOCK}"
    before = session.count(clock)
    for statement in leftovers(shape, layout(audited)):
        session.run(statement)
    return session.count(clock) - before


def empty(session: WriteSession, audited: AuditedTable) -> None:
    """Let everything in the pen go without logging it: copies of rows that an erasure must not leave behind."""
    pen = names.pen_table(audited.tid)
    session.run(f"UPDATE main.{pen} SET told = 0")  # what is told already is not logged when it leaves
    session.run(f"DELETE FROM main.{pen}")
    if layout(audited).wide:
        session.run(f"DELETE FROM main.{names.values_table(audited.tid)} WHERE k < 0")
