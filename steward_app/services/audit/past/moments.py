"""From times to numbers of changes.

The order of changes is that of their numbers. The time of a change is when its statement began, by the clock of whoever
wrote; a clock may be set back. So a time is only ever used to find a place in the order: between two changes of which
the first is not later than it and the second is. Where a clock was set back there may be several such places; it is
always the same one that is found. A transaction is taken whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from steward_app.db import Session, quote
from steward_app.kernel import clock
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.writers import stretch
from steward_app.services.audit.seals import seal_tables, statement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 100  # tables in one query
_COUNTED = 2_000  # changes that are counted one by one
_PROBES = 64


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the order of changes.

    Attributes:
        asked: the time that was asked for.
        seq: the last change that had been made by then; 0 before the first.
        at: when that change was made, in milliseconds since 1970; None where it is not in the log.
        under_way: a transaction was under way at the time, of which nothing is taken.
    """

    asked: datetime
    seq: int
    at: int | None
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """How many changes a day (UTC) had. `exact` is False where that was estimated from a sample."""

    day: date
    changes: int
    exact: bool = True


class Times:
    """Finds places in the order of changes by time, of one state of a file.

    Attributes:
        first, last: the numbers of the first and last change that can be in the log.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.last = tables.last_seq(session)
        self._now = clock.now()
        self.first = statement.cut(session).last_seq + 1
        logs = [names.log_table(each.tid) for each in tables.tables(session)]
        self._logs = [name for name in logs if seal_tables.is_there(session, name)]
        self._latest = self._queries()

    def at(self, seq: int) -> int | None:
        """When the change of this number was made, or the last one before it; None where there is none."""
        return self._newest(seq)[0]

    def last_before(self, milliseconds: int) -> int:
        """The last change that is not later than a time."""
        found = 0
        for bit in reversed(range(self.last.bit_length())):
            probe = found + (1 << bit)
            if probe <= self.last and ((at := self.at(probe)) is None or at <= milliseconds):
                found = probe
        return found

    def moment(self, asked: datetime) -> Moment:
        """The place between two transactions that a time stands for."""
        if asked >= self._now or not self.last:
            return replace(self.now(), asked=asked)
        seq = self.last_before(milliseconds(asked))
        whole = self._whole(seq)
        return Moment(asked, whole, self.at(whole), under_way=whole != seq)

    def now(self) -> Moment:
        """After the last change, whatever its clock says."""
        return Moment(self._now, self.last, self.at(self.last))

    def days(self, counted: Sequence[AuditedTable] | None = None, *, most: int = 90) -> tuple[Day, ...]:
        """How many changes each day had, the oldest first, up to today; a few thousand reads whatever the log's size.

        Args:
            counted: only the changes of these versions of a table; else all, and what happened to the audit itself.
            most: days, counted back from today.
        """
        begun = self.at(self.first)
        if self.last < self.first or begun is None:
            return ()
        today = clock.now().astimezone(UTC).date()
        first = max(_day(begun), today - timedelta(days=most - 1))
        found, before = [], self.last_before(milliseconds(_midnight(first)) - 1)
        while first <= today:
            first += timedelta(days=1)
            last = self.last if first > today else self.last_before(milliseconds(_midnight(first)) - 1)
            last = max(last, before)
            changes, exact = self._count(counted, max(before + 1, self.first), last)
            found.append(Day(first - timedelta(days=1), changes, exact))
            before = last
        return tuple(found)

    def _newest(self, seq: int) -> tuple[int | None, int | None]:
        """Time and transaction of the last change up to a number."""
        found = [row for sql in self._latest if (row := self._session.one(sql, (seq,)))]
        newest = max(found, key=lambda row: int(str(row[0])), default=(0, None, None))
        at, txn = (value if isinstance(value, int) else None for value in newest[1:])
        return at, txn

    def _queries(self) -> list[str]:
        arms = [f"SELECT seq, at, txn FROM main.{quote(name)}" for name in self._logs]
        if seal_tables.is_there(self._session, names.EVENT):
            arms.append(f"SELECT seq, at_us / 1000, NULL FROM main.{names.EVENT}")
        newest = [f"SELECT * FROM ({arm} WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1)" for arm in arms]
        return [
            f"{' UNION ALL '.join(newest[start : start + _AT_ONCE])} ORDER BY 1 DESC LIMIT 1"
            for start in range(0, len(newest), _AT_ONCE)
        ]

    def _whole(self, seq: int) -> int:
        """The same place, or the one before the transaction that it would cut in two."""
        (_, here), (_, following) = self._newest(seq), self._newest(seq + 1)
        for txn in (here, following):
            first = self._session.value(
                f"SELECT first_seq FROM main.{names.TXN} WHERE txn = ? AND first_seq <= ? AND last_seq > ?",
                (txn, seq, seq),
            )
            if isinstance(first, int):
                return first - 1
        if here is not None and here == following and self._is_open(here):
            return stretch(self._session, self._logs, seq, self.last, "txn IS NOT ?", here)[0] - 1
        return seq

    def _is_open(self, txn: int) -> bool:
        """Whether a transaction does not say which changes are its own; then they are those that bear its number."""
        sql = f"SELECT 1 FROM main.{names.TXN} WHERE txn = ? AND (first_seq IS NULL OR last_seq IS NULL)"
        return self._session.value(sql, (txn,)) is not None

    def _count(self, counted: Sequence[AuditedTable] | None, first: int, last: int) -> tuple[int, bool]:
        every = max(0, last - first + 1)
        if counted is None or not every:
            return every, True
        logs = [name for each in counted if (name := names.log_table(each.tid)) in self._logs]
        if every <= _COUNTED:
            where = "WHERE seq BETWEEN ? AND ?"
            return sum(self._counted(name, where, (first, last)) for name in logs), True
        probes = json.dumps([first + every * place // _PROBES for place in range(_PROBES)])
        where = "WHERE seq IN (SELECT value FROM json_each(?))"
        hits = sum(self._counted(name, where, (probes,)) for name in logs)
        return round(every * hits / _PROBES), False

    def _counted(self, log: str, where_sql: str, bindings: tuple[int | str, ...]) -> int:
        return self._session.count(f"SELECT count(*) FROM main.{quote(log)} {where_sql}", bindings)


def milliseconds(moment: datetime) -> int:
    """A moment in milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(at: int) -> datetime:
    """The inverse of `milliseconds`. A time that no calendar has becomes the nearest that one has."""
    try:
        return _EPOCH + timedelta(milliseconds=at)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if at > 0 else datetime.min.replace(tzinfo=UTC)


def _day(at: int) -> date:
    return from_milliseconds(at).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
