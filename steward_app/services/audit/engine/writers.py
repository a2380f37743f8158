"""Who made a change: the transaction of a writer that said who it is, or nobody known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from steward_app.db import Session, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import Change, Txn

_COLUMNS = "txn, begun_us, actor, application, host, pid, reason, operation_id, undo_of, first_seq, last_seq"
_MOST_KNOWN = 4_096

Span: TypeAlias = tuple[int, int, tuple[int, ...] | None]
"""A first and a last change, and the transactions of which they are; None for all that stand between."""


class Writers:
    """Looks transactions up. What was found is kept for a while."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, Txn | None] = {}

    def of(self, change: Change) -> Txn | None:
        """The transaction a change belongs to; None where the writer is unknown.

        What bears the number of a transaction after its last change was written by somebody else.
        """
        txn = None if change.txn is None else self.txn(change.txn)
        if txn is None or change.seq < (txn.first_seq or 0):
            return None
        return None if txn.last_seq is not None and change.seq > txn.last_seq else txn

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
        return f"(l.txn IS NULL OR NOT {self.signed_sql()})"

    def signed_sql(self, more_sql: str = "") -> str:
        """A condition on rows of a log (as `l`) for changes of a known transaction (as `x`), which may be narrowed.

        A program that signs its changes may leave out from which to which they are.
        """
        return (
            f"EXISTS (SELECT 1 FROM main.{names.TXN} AS x WHERE x.txn = l.txn AND ifnull(x.first_seq, 0) <= l.seq"
            f" AND ifnull(x.last_seq, l.seq) >= l.seq{more_sql})"
        )

    def span(self, txn: int, first: int, last: int) -> Iterator[Span]:
        """The changes of one transaction, as far as they are between two numbers."""
        found = self.txn(txn)
        if found is not None:
            yield max(first, found.first_seq or 0), min(last, found.last_seq or last), (txn,)

    def spans(self, actor: str, first: int, last: int, newest_first: bool) -> Iterator[Span]:
        """The changes of one writer. Where not all of the transactions say which are theirs, they are all together."""
        unsaid = f"SELECT 1 FROM main.{names.TXN} WHERE actor = ? AND (first_seq IS NULL OR last_seq IS NULL)"
        if self._session.value(f"{unsaid} LIMIT 1", (actor,)) is not None:
            every = self._session.all(f"SELECT txn FROM main.{names.TXN} WHERE actor = ?", (actor,))
            yield first, last, tuple(int(str(txn)) for (txn,) in every)
            return
        found = self._session.execute(
            f"SELECT txn, first_seq, last_seq FROM main.{names.TXN} WHERE actor = ? AND first_seq <= ?"
            f" AND last_seq >= ? ORDER BY txn{' DESC' * newest_first}",
            (actor, last, first),
        )
        for txn, begin, end in found:
            assert isinstance(txn, int)  # the row number
            if isinstance(begin, int) and isinstance(end, int):
                yield max(first, begin), min(last, end), (txn,)

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


def stretch(
    session: Session, logs: Sequence[str], seq: int, last: int, other_sql: str, *bindings: SqlValue
) -> tuple[int, int]:
    """The first and last of the changes around one of them, up to those that are other ones and to events.

    Args:
        logs: the tables of the log.
        last: the last change of the file.
        other_sql: a condition on rows of a log that ends it, with its bindings.
    """
    first, after = 0, last + 1
    for name in logs:
        other = f"FROM main.{quote(name)} WHERE ({other_sql}) AND seq"
        below = session.value(f"SELECT seq {other} < ? ORDER BY seq DESC LIMIT 1", (*bindings, seq))
        above = session.value(f"SELECT seq {other} > ? ORDER BY seq LIMIT 1", (*bindings, seq))
        first = max(first, below if isinstance(below, int) else 0)
        after = min(after, above if isinstance(above, int) else after)
    event = f"FROM main.{names.EVENT} WHERE seq"
    first = max(first, session.count(f"SELECT coalesce(max(seq), 0) {event} < ?", (seq,)))
    above = session.value(f"SELECT min(seq) {event} > ?", (seq,))
    return first + 1, min(after, above if isinstance(above, int) else after) - 1
