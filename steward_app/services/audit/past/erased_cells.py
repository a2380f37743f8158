"""Which values of a change were erased from the log: they stand there as NULL, and are not NULL."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import Session
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.seals import redacted, seal_tables

_NONE: frozenset[str] = frozenset()


class ErasedCells:
    """Looks erasures up in one state of a file."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._any = seal_tables.is_there(session, seal_tables.REDACTED)

    def columns(self, audited: AuditedTable, seq: int) -> frozenset[str]:
        """The columns of a change whose values were erased, by their names then."""
        sql = f"SELECT 1 FROM main.{seal_tables.REDACTED} WHERE seq = ?"
        if not self._any or self._session.value(sql, (seq,)) is None:
            return _NONE
        names = layout(audited).columns
        openings = redacted.between(self._session, seq, seq)[seq].openings
        gone = [each.number - 1 for each in openings if not each.salt]
        return frozenset(names[place] for place in gone if 0 <= place < len(names))

    def among(self, first: int, last: int) -> frozenset[int]:
        """The changes between two numbers that values were erased from."""
        if not self._any:
            return frozenset()
        sql = f"SELECT seq FROM main.{seal_tables.REDACTED} WHERE seq BETWEEN ? AND ?"
        return frozenset(int(str(seq)) for (seq,) in self._session.execute(sql, (first, last)))


def is_whole(audited: AuditedTable, erased: Sequence[str] | frozenset[str]) -> bool:
    """Whether nothing of a row is left but what names it."""
    made = layout(audited)
    others = {made.columns[place] for place in made.kept} - set(audited.primary_key)
    return bool(erased) and others <= set(erased)
