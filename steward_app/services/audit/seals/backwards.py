"""Changes whose own time is earlier than that of the change before: a clock was set back while the log was written.

Nobody forged anything then, and the order of the log is that of its numbers. But who reads the times must know. A seal
looks at the times of what it covers, and writes down where they go back, in an event of the log.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise
from typing import Final

from steward_app.db import Session, WriteSession, quote
from steward_app.kernel.text import plural
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals import seal_tables
from steward_app.services.audit.seals.receipt import moment

WENT_BACK: Final = "clock back"
"""The kind of event that tells of it."""
TOLERATED_MS: Final = 1_000
"""By so much clocks are set right all the time, and computers that write into one file differ."""
_MOST_TOLD = 100  # of what one seal looks at; of the others, how many there are
_MOST_SHOWN = 3  # in one sentence


@dataclass(frozen=True, slots=True)
class Back:
    """A change that says it is older than the one before it; times in milliseconds since 1970."""

    seq: int
    before: int
    at: int


def tell(
    session: WriteSession, logs: Collection[str], written: Collection[str], first: int, last: int
) -> None:
    """Write down where the times of changes and events go back, from one number to another. Quick: reads no values.

    Args:
        logs: of all tables under audit, and of events; `written` are those with anything between the numbers.
    """
    before = max((found for log in logs if (found := _newest(session, log, first))), default=(0, 0))[1]
    told, more = list[Back](), 0
    for seq, at in merge(*(_times(session, log, first, last) for log in written)):
        if at < before - TOLERATED_MS:
            if len(told) < _MOST_TOLD:
                told.append(Back(seq, before, at))
            else:
                more += 1
        before = at
    if told:
        places = [[each.seq, each.before, each.at] for each in told]
        tables.append_event(session, WENT_BACK, None, {"places": places, **({"more": more} if more else {})})


def between(times: Iterable[tuple[int, int]]) -> tuple[Back, ...]:
    """Where times go back among some changes, each with its number and its time; in any order, not all there are."""
    ordered = sorted(times)
    return tuple(
        Back(seq, before, at) for (_, before), (seq, at) in pairwise(ordered) if at < before - TOLERATED_MS
    )


def events(session: Session, *, after: int = 0) -> tuple[Event, ...]:
    """The events that tell of it, after a number; what somebody wrote there that is none is left out."""
    if not seal_tables.is_there(session, names.EVENT):
        return ()
    rows = session.execute(
        f"SELECT seq, at_us, CAST(detail AS BLOB) FROM main.{names.EVENT} WHERE kind = ? AND seq > ? ORDER BY seq",
        (WENT_BACK, after),
    )
    return tuple(each for row in rows if (each := _event(*row)) is not None and places(each)[0])


def places(event: Event) -> tuple[tuple[Back, ...], int]:
    """What an event tells: the places, and how many more there are than it names."""
    listed, more = event.detail.get("places"), event.detail.get("more")
    found = [
        Back(*each)
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, list) and len(each) == 3 and all(type(number) is int for number in each)
    ]
    return tuple(found), more if isinstance(more, int) else 0


def count(found: Sequence[Event]) -> int:
    """At how many places times go back."""
    return sum(len(named) + more for named, more in map(places, found))


def sentence(named: Sequence[Back], more: int = 0) -> str:
    """What it is, for people."""
    told = "; ".join(
        f"change {each.seq:,} says {_shown(each.at)}, one before it {_shown(each.before)}"
        for each in named[:_MOST_SHOWN]
    )
    more += len(named[_MOST_SHOWN:])
    rest = f"; and so at {plural(more, 'other place')}" if more else ""
    return (
        f"Times in the log go back: {told}{rest}. The clock of a computer that wrote was set back. The order of the log"
        " is that of its numbers."
    )


def sentences(session: Session, *, after: int = 0) -> tuple[str, ...]:
    """One for each event that tells of it."""
    return tuple(sentence(*places(each)) for each in events(session, after=after))


def _event(seq: SqlValue, at_us: SqlValue, stored: SqlValue) -> Event | None:
    try:
        detail = json.loads(stored if isinstance(stored, bytes) else b"")
    except ValueError:
        return None
    if not (isinstance(seq, int) and isinstance(at_us, int) and isinstance(detail, dict)):
        return None
    return Event(seq, at_us, WENT_BACK, None, detail)


def _times(session: Session, log: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    sql = f"SELECT seq, {_at(log)} FROM main.{quote(log)} WHERE seq BETWEEN ? AND ? ORDER BY seq"
    for seq, at in session.execute(sql, (first, last)):
        if isinstance(seq, int) and isinstance(at, int):
            yield seq, at


def _newest(session: Session, log: str, before: int) -> tuple[int, int] | None:
    sql = f"SELECT seq, {_at(log)} FROM main.{quote(log)} WHERE seq < ? ORDER BY seq DESC LIMIT 1"
    row = session.one(sql, (before,))
    return (row[0], row[1]) if row and isinstance(row[0], int) and isinstance(row[1], int) else None


def _at(log: str) -> str:
    return "at_us / 1000" if log == names.EVENT else "at"


def _shown(milliseconds: int) -> str:
    text = moment(milliseconds * 1_000)
    return f"{text[:19].replace('T', ' ')} UTC" if text else "no time that a calendar has"
