"""Who made a change: the transaction of a writer that said who it is, or nobody known."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import Change, Txn

_COLUMNS = "txn, begun_us, actor, application, host, pid, reason, operation_id, undo_of, first_seq, last_seq"
_MOST_KNOWN = 4_096

Span = tuple[int, int, int | None]
"""The first and last change of a transaction, and its number."""


class Writers:
    """Looks transactions up. What was found is kept for a while."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, Txn | None] = {}

    def of(self, change: Change) -> Txn | None:
        """The transaction a change belongs to; None where the writer is unknown.

        What bears the number of a transaction after its last change was written by somebody else.
        """
        if change.txn is None:
            return None
        txn = self.txn(change.txn)
        if txn is None or (txn.last_seq is not None and change.seq > txn.last_seq):
            return None
        return txn

    def txn(self, number: int) -> Txn | None:
        """A transaction by its number; None where the log does not tell of it."""
        if number not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[number] = self._read(number)
        return self._known[number]

    def actors(self) -> tuple[str, ...]:
        """Who ever said who it is, by name."""
        found = self._session.execute(
            f"SELECT DISTINCT actor FROM main.{names.TXN} WHERE coalesce(actor, '') <> '' ORDER BY actor COLLATE NOCASE"
        )
        return tuple(str(actor) for (actor,) in found)

    def unknown_sql(self) -> str:
        """A condition on rows of a log (as `l`) for changes by unknown writers."""
        return (
            f"(l.txn IS NULL OR NOT EXISTS (SELECT 1 FROM main.{names.TXN} AS x WHERE x.txn = l.txn"
            " AND (x.last_seq IS NULL OR x.last_seq >= l.seq)))"
        )

    def span(self, txn: int, first: int, last: int) -> Iterator[Span]:
        """The changes of one transaction, as far as they are between two numbers."""
        found = self.txn(txn)
        if found is not None and found.first_seq is not None:
            yield max(first, found.first_seq), min(last, found.last_seq or last), txn

    def spans(self, actor: str, first: int, last: int, newest_first: bool) -> Iterator[Span]:
        """The changes of one writer."""
        found = self._session.execute(
            f"SELECT txn, first_seq, last_seq FROM main.{names.TXN} WHERE actor = ? AND first_seq <= ?"
            f" AND (last_seq IS NULL OR last_seq >= ?) ORDER BY txn{' DESC' * newest_first}",
            (actor, last, first),
        )
        for txn, begin, end in found:
            assert isinstance(txn, int)  # the row number
            if isinstance(begin, int):
                yield max(first, begin), min(last, end if isinstance(end, int) else last), txn

    def _read(self, number: int) -> Txn | None:
        row = self._session.one(f"SELECT {_COLUMNS} FROM main.{names.TXN} WHERE txn = ?", (number,))
        if row is None:
            return None
        texts = [str(value or "") for value in row]
        numbers = [value if isinstance(value, int) else None for value in row]
        return Txn(
            txn=number,
            begun_us=numbers[1] or 0,
            actor=texts[2],
            application=texts[3],
            host=texts[4],
            pid=numbers[5],
            reason=texts[6],
            operation_id=texts[7],
            undo_of=texts[8],
            first_seq=numbers[9],
            last_seq=numbers[10],
        )
