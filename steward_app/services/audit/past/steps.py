"""From one time to the next change of a table, and back: what the keys of a time line need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from steward_app.db import Session, quote
from steward_app.services.audit.engine import names
from steward_app.services.audit.past.lineage import Lineage
from steward_app.services.audit.past.moments import Day, Moment, Times, from_milliseconds
from steward_app.services.audit.seals import seal_tables, statement

_MILLISECOND = timedelta(milliseconds=1)
_MOST_TRIES = 200  # changes that a clock which was set back may stand in the way of


@dataclass(frozen=True, slots=True)
class TimeLine:
    """What is known of the times of a table.

    Attributes:
        begins: from when on it can be told what the table held.
        days: how many changes each day (UTC) had, the oldest first.
    """

    begins: datetime
    days: tuple[Day, ...]


def time_line(session: Session, table: Lineage, *, most_days: int = 366) -> TimeLine:
    """The time line of a table that is under audit, with the days from so many days ago on."""
    times = Times(session)
    versions = [each.audited for each in table.versions]
    days = times.days(versions, most=most_days)
    return TimeLine(_begins(session, table, times), days)


def change_before(session: Session, table: Lineage, moment: Moment) -> datetime | None:
    """Shortly before the last change that had been made at a moment; None where there is none."""
    times, seq = Times(session), moment.seq
    for _ in range(_MOST_TRIES):
        found = _nearest(session, table, seq, before=True)
        if found is None or found[0] <= max(table.begins, statement.cut(session).last_seq):
            return None
        asked = from_milliseconds(found[1]) - _MILLISECOND
        if times.moment(asked).seq < moment.seq:
            return asked
        seq = found[0] - 1
    return None


def change_after(session: Session, table: Lineage, moment: Moment) -> datetime | None:
    """When the next change after a moment was made; None where there is none."""
    times, seq = Times(session), moment.seq
    for _ in range(_MOST_TRIES):
        found = _nearest(session, table, seq + 1, before=False)
        if found is None:
            return None
        asked = from_milliseconds(found[1])
        if times.moment(asked).seq > moment.seq:
            return asked
        seq = found[0]
    return None


def _nearest(session: Session, table: Lineage, seq: int, *, before: bool) -> tuple[int, int] | None:
    """Number and time of the nearest change from a number on, with it."""
    sign, order = ("<=", "DESC") if before else (">=", "ASC")
    found = []
    for each in table.versions:
        log = names.log_table(each.audited.tid)
        if seal_tables.is_there(session, log):
            sql = f"SELECT seq, at FROM main.{quote(log)} WHERE seq {sign} ? ORDER BY seq {order} LIMIT 1"
            if (row := session.one(sql, (seq,))) is not None and isinstance(row[1], int):
                found.append((int(str(row[0])), row[1]))
    return (max if before else min)(found, default=None)


def _begins(session: Session, table: Lineage, times: Times) -> datetime:
    """When the table was put under audit, where that was written down; else shortly before its first change."""
    cut = statement.cut(session).last_seq
    installed = session.value(
        f"SELECT at_us FROM main.{names.EVENT} WHERE kind = 'installed' AND tid = ?",
        (table.versions[-1].audited.tid,),
    )
    if cut > table.begins and (at := times.at(cut + 1)) is not None:
        return from_milliseconds(at)
    if isinstance(installed, int):
        return from_milliseconds(-(-installed // 1_000))
    first = _nearest(session, table, table.begins + 1, before=False)
    return from_milliseconds(first[1]) - _MILLISECOND if first is not None else times.now().asked
