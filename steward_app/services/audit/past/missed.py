"""What the log missed, as entries of the history: rows that were found to be changed behind its back, and changes that
were taken out of it. They stand where they were found; when they were made, by whom, and what they held is not known.

    page = history.page(asked)
    found = missed(session, history, asked, after=None, until=page.next)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from steward_app.db import Session
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event, Key
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.past.as_of_row import exact_key
from steward_app.services.audit.past.history import Asked, History
from steward_app.services.audit.past.lineage import Lineage, Version, lineage, lineages
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals.oddities import sentences


@dataclass(frozen=True, slots=True)
class MissedRow:
    """A row that differed from the log. `how` is "changed", "added" or "removed"."""

    key: Key
    how: str


@dataclass(frozen=True, slots=True)
class Missed:
    """One thing that the log missed.

    Attributes:
        seq: its number in the file.
        at_ms: when it was found.
        table: as it is called now; "" where it concerns no table.
        tid: the version of it by which rows are named; None where it concerns no table.
        columns: that name its rows; () where a number does that nobody sees.
        rows: those that differed, as far as they are named.
        taken: how many changes were taken out of the log.
        by_hand: what somebody wrote into tables of the audit, as a sentence without a full stop.
        unlogged: columns that came and were filled before the log knew them.
    """

    seq: int
    at_ms: int
    table: str
    tid: int | None
    columns: tuple[str, ...] = ()
    rows: tuple[MissedRow, ...] = ()
    taken: int = 0
    by_hand: str = ""
    unlogged: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """How its rows differ: one word where it is the same of all."""
        ways = {row.how for row in self.rows}
        return ways.pop() if len(ways) == 1 else "changed, added or removed"

    @property
    def sentence(self) -> str:
        """What it is, without a full stop."""
        if self.rows:
            return f"{plural(len(self.rows), 'row')} of {quoted(self.table)} {self.how} behind the log's back"
        if self.taken:
            were = "it was" if self.taken == 1 else "they were"
            return f"{plural(self.taken, 'change')} taken out of the log before {were} sealed"
        if self.by_hand:
            return self.by_hand
        if self.unlogged:
            named = ", ".join(map(quoted, self.unlogged))
            return f"What {named} of {quoted(self.table)} held meanwhile is not known"
        return f"Changes of {quoted(self.table)} were missed, and it could not be compared with the log"


def missed(
    session: Session,
    history: History,
    asked: Asked,
    *,
    after: int | None = None,
    until: int | None = None,
    newest_first: bool = True,
) -> tuple[Missed, ...]:
    """What the log missed, in the order of a page of the history, between its borders.

    A row is looked for by the key it had then. A named writer or a transaction never has a part in this.

    Args:
        history: which gave the page.
        after, until: what the page was asked with, and its `next`.
    """
    if asked.writer is not None or asked.txn is not None:
        return ()
    first, last = history.span(asked, after, newest_first=newest_first)
    if until is not None:
        first, last = (until + 1, last) if newest_first else (first, until - 1)
    gaps = [event for event in tables.events(session, first_seq=first, last_seq=last) if event.is_gap]
    if not gaps:
        return ()
    looked = [lineage(session, asked.table)] if asked.table else list(lineages(session))
    found = [each for event in reversed(gaps) for each in _of(event, looked)]
    if asked.key is not None:
        found = list(_of_row(session, looked[0], asked.key, found))
    return tuple(found if newest_first else reversed(found))


def removed_unseen(session: Session, table: str = "") -> int:
    """How many rows, of a table or of all, were found to be removed behind the log's back."""
    found = missed(session, History(session), Asked(table))
    return sum(row.how == "removed" for each in found for row in each.rows)


def _of(event: Event, looked: Sequence[Lineage]) -> Iterator[Missed]:
    detail, table, columns = event.detail, "", tuple[str, ...]()
    if event.tid is not None:
        of = next((each for each in looked if event.tid in each.by_tid), None)
        if of is None:
            return
        table, columns = of.name, of.by_tid[event.tid].audited.row_key
    yield Missed(
        event.seq,
        event.at_us // 1_000,
        table,
        event.tid,
        columns,
        rows=tuple(_rows(detail)),
        taken=_taken(detail),
        by_hand="; ".join(sentences(detail, quoted(table))),
        unlogged=tuple(map(str, _listed(detail.get("unlogged")))) if detail.get("compared") else (),
    )


def _rows(detail: Mapping[str, object]) -> Iterator[MissedRow]:
    listed = detail.get("rows")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("key"), list):
            yield MissedRow(tuple(map(_value, each["key"])), str(each.get("how", "")))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _value(part: Any) -> Any:
    return from_plain(part) if isinstance(part, dict) else part


def _taken(detail: Mapping[str, object]) -> int:
    runs = detail.get("missing")
    runs = [run for run in runs if isinstance(run, list) and len(run) == 2] if isinstance(runs, list) else []
    return sum(int(last) - int(first) + 1 for first, last in runs)


def _of_row(session: Session, table: Lineage, key: Key, found: Sequence[Missed]) -> Iterator[Missed]:
    """Of these, the newest first, what concerns a row: what names it, and what names no row."""
    key = exact_key(session, table, key)
    walked, text = RowChanges(session, table).backward(key), Values(session).text
    change = next(walked, None)
    for each in found:
        while change is not None and change[0].seq > each.seq:
            key = change[1]
            change = next(walked, None)
        version = table.by_tid[each.tid] if each.tid is not None else None
        if version is None or not each.rows:
            yield each
        elif version.key_order is not None:
            rows = tuple(row for row in each.rows if _is(version, row.key, tuple(map(text, key))))
            if rows:
                yield replace(each, rows=rows)


def _is(version: Version, then: Key, now: Key) -> bool:
    return len(then) == len(now) and bool(plain(version.key_now(then)) == plain(now))
