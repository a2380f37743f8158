"""The lists of which sealed changes concern which row, against the log.

They serve finding the history of a row quickly. No seal holds them, since the log says the same; a list that was edited
would hide changes from whoever looks at a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from steward_app.db import Session, WriteSession, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import redacted, seal_tables
from steward_app.services.audit.seals.commitment import KEY_CELL
from steward_app.services.audit.seals.records import Form, Records

Entry: TypeAlias = tuple[SqlValue, SqlValue]


def wrong_entries(session: Session, table: AuditedTable, ranges: Sequence[tuple[int, int]]) -> Iterator[int]:
    """The numbers of changes that a list leaves out, or has of a row that they do not concern.

    Args:
        ranges: the sealed changes that are in the log, in stretches of about the size of a seal.
    """
    form, name = Form.of(table), seal_tables.rows_table(table.tid)
    if not seal_tables.is_there(session, name):
        return
    listed = f"SELECT key, seq FROM main.{quote(name)} WHERE seq >= ? AND seq <= ?"
    counted = 0
    for first, last in ranges:
        found = {(key, seq) for key, seq in session.execute(listed, (first, last))}
        odd = _entries(session, form, first, last) ^ found
        yield from sorted({seq for _, seq in odd if isinstance(seq, int)})
        counted += len(found)
    if session.count(f"SELECT count(*) FROM main.{quote(name)}") != counted:
        end = ranges[-1][1] if ranges else 0
        beyond = f"SELECT seq FROM main.{quote(name)} WHERE seq > ? OR seq < ? ORDER BY seq"
        yield from (
            seq
            for (seq,) in session.execute(beyond, (end, ranges[0][0] if ranges else 0))
            if isinstance(seq, int)
        )


def make_again(session: WriteSession, table: AuditedTable, ranges: Sequence[tuple[int, int]]) -> None:
    """Make the list of a table anew from its log, which was verified. `ranges` as above."""
    form, name = Form.of(table), quote(seal_tables.rows_table(table.tid))
    session.run(f"DELETE FROM main.{name}")
    for first, last in ranges:
        entries = sorted(_entries(session, form, first, last))
        session.run_many(f"INSERT INTO main.{name} (key, seq) VALUES (?, ?)", entries)


def _entries(session: Session, form: Form, first: int, last: int) -> set[Entry]:
    """The entries that the records of the log ask for. What named a row and was erased has none."""
    if not seal_tables.is_there(session, names.log_table(form.tid)):
        return set()
    nameless = {
        seq
        for seq, kept in redacted.between(session, first, last).items()
        if any(opening.number == KEY_CELL and not opening.salt for opening in kept.openings)
    }
    records = Records(Values(session), form).between(first, last)
    return {entry for record in records if record[0] not in nameless for entry in form.entries(record)}
