"""Is the audit armed: do the triggers stand as they should, and does each change still reach the log?

Looks at the schema, and at one row of a table whose rows VACUUM may number anew. That rows were changed behind the
log's back, by a connection without triggers for one, is found by comparing log and rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from steward_app.db import Session, fold
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import ddl, names, own_tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable, Shape
from steward_app.services.audit.engine.own_tables import Planted
from steward_app.services.audit.engine.shape import as_made, hash_of, shape_of
from steward_app.services.audit.engine.triggers import triggers
from steward_app.services.audit.seals import chain, endings
from steward_app.services.audit.seals.renumbered import renumbering
from steward_app.services.schema.model import Schema

_SWALLOWS = re.compile(r"\bRAISE\s*\(\s*(IGNORE|FAIL)\b", re.IGNORECASE)


CLOCK: Final = "audit_clock"
PLANTED: Final = "audit_planted"
"""Codes of alarms that concern all tables of a file."""


class State(StrEnum):
    """How it stands with one table. In order: the worst first."""

    DISARMED = "disarmed"  # changes do not reach the log
    BYPASSED = "bypassed"  # some may be kept from it
    RENUMBERED = "renumbered"  # the rows have other numbers than in the log, as VACUUM gives them
    STALE = "stale"  # the triggers are those of another shape of the table
    ORDER = "order"  # others fire before ours: the log may tell changes in the wrong order
    ARMED = "armed"


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as it should be: a sentence that holds names, and no values of rows.

    Attributes:
        of_file: where it is the same for all tables of the file, the code of its alarm.
    """

    state: State
    why: str
    of_file: str = ""


@dataclass(frozen=True, slots=True)
class Armed:
    """How it stands with one table under audit.

    Attributes:
        table: the name it has now; "" where it is gone.
        drifts: what is not as it should be, the worst first.
        altered: a table of its log is not as the audit made it: it cannot be logged into any more.
    """

    audited: AuditedTable
    table: str
    drifts: tuple[Drift, ...] = ()
    altered: bool = False

    @property
    def state(self) -> State:
        """The worst of it."""
        return self.drifts[0].state if self.drifts else State.ARMED

    @property
    def renewable(self) -> bool:
        """Whether the triggers can be made again for this version; else a new version begins."""
        anew = (State.STALE, State.RENUMBERED)
        return bool(self.table) and all(drift.state not in anew for drift in self.drifts)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A trigger of the file; `at` is its table as `fold` writes it, `ours` whether the audit made it."""

    number: int
    name: str
    table: str
    sql: str
    at: str
    ours: bool


def status(session: Session, schema: Schema) -> tuple[Armed, ...]:
    """How it stands with every table under audit.

    Args:
        schema: of the file as it is.
    """
    stored, versions = _triggers(session), endings.under_audit(session)
    found, of_file = own_tables.planted(session, versions), tuple(_of_file(session)) if versions else ()
    return tuple(_of(session, each, schema, stored, (*of_file, *_put(each, found))) for each in versions)


def status_of(session: Session, audited: AuditedTable, schema: Schema) -> Armed:
    """How it stands with one table under audit."""
    found = own_tables.planted(session, endings.under_audit(session))
    return _of(session, audited, schema, _triggers(session), (*_of_file(session), *_put(audited, found)))


def _triggers(session: Session) -> list[_Stored]:
    rows = session.execute(
        "SELECT rowid, name, tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
    )
    return [
        _Stored(
            number,  # type: ignore[arg-type]  # a row number
            str(name),
            str(table),
            str(sql),
            fold(str(table)),
            own_tables.is_own_trigger(str(name), str(table)),
        )
        for number, name, table, sql in rows
    ]


def _of_file(session: Session) -> Iterator[Drift]:
    """What keeps the changes of every table from the log."""
    known = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    if session.value(known, (names.CLOCK,)) is None:
        return  # told as a table that is gone
    now, last = own_tables.clock(session), chain.last_seal(session)
    end = max(own_tables.highest(session), last.last_seq if last else 0)
    if now is None:
        yield Drift(State.DISARMED, "the clock of the log is gone, so that nothing is logged", of_file=CLOCK)
    elif now < end:
        why = f"the clock of the log was set back to {now:,}; the log goes to {end:,}, so that writes fail or are lost"
        yield Drift(State.DISARMED, why, of_file=CLOCK)


def _put(audited: AuditedTable, found: Sequence[Planted]) -> Iterator[Drift]:
    """What somebody put on the tables of the audit."""
    for each in found:
        if each.tid in (None, audited.tid):
            yield Drift(State.BYPASSED, each.why, of_file="" if each.tid else PLANTED)


def _of(
    session: Session, audited: AuditedTable, schema: Schema, stored: list[_Stored], known: Sequence[Drift]
) -> Armed:
    start = names.trigger(audited.tid, "")
    ours = {each.name: each for each in stored if each.ours and each.name.startswith(start)}
    now = {each.table for each in ours.values() if not names.is_ours(each.table)}
    table = schema.table(audited.name)
    if table is None or (now and fold(table.name) not in map(fold, now)):
        table = schema.table(next(iter(now), ""))
    if table is None:
        return Armed(audited, "", (Drift(State.DISARMED, f"{quoted(audited.name)} is gone"),))
    shape, altered = (
        as_made(shape_of(table, schema), audited.shape_hash),
        own_tables.altered(session, audited),
    )
    drifts = [
        *known,
        *_ended(audited, table.name),
        *(Drift(State.DISARMED, f"{quoted(each)} is not as the audit made it") for each in altered),
        *_missing(audited, schema, ours, shape),
        *_renumbered(session, audited, table.name),
        *_swallowing(table.name, ours, stored),
        *_stale(audited, shape, ours),
        *_order(table.name, ours, stored),
    ]
    order = list(State)
    worst_first = tuple(sorted(drifts, key=lambda drift: order.index(drift.state)))
    return Armed(audited, table.name, worst_first, bool(altered))


def _ended(audited: AuditedTable, table: str) -> Iterator[Drift]:
    if audited.to_seq is not None:
        why = f"the list of audited tables says that {quoted(table)} was taken out, and no signed event does"
        yield Drift(State.DISARMED, why)


def _missing(
    audited: AuditedTable, schema: Schema, ours: dict[str, _Stored], shape: Shape
) -> Iterator[Drift]:
    places = layout(audited)
    for each in (*ddl.CORE, *ddl.table_names(places)):
        if schema.table(each) is None:
            why = f"{quoted(each)} is gone, so that every write to {quoted(shape.table)} fails"
            yield Drift(State.DISARMED, why if ours else f"{quoted(each)} is gone")
    if all(names.is_ours(each.table) for each in ours.values()):
        why = f"the triggers on {quoted(shape.table)} are gone, as after the table was rebuilt"
        yield Drift(State.DISARMED, why)
        return
    if [column.name for column in shape.columns] != [column.name for column in audited.columns]:
        return
    expected = {trigger.name for trigger in triggers(shape, places)}
    for name in sorted(expected - ours.keys()):
        yield Drift(State.DISARMED, f"the trigger {quoted(name)} is gone")


def _renumbered(session: Session, audited: AuditedTable, table: str) -> Iterator[Drift]:
    if renumbering(session, audited, name=table) is not None:
        why = f"VACUUM gave the rows of {quoted(table)} other numbers than those by which the log names them"
        yield Drift(State.RENUMBERED, why)


def _stale(audited: AuditedTable, shape: Shape, ours: dict[str, _Stored]) -> Iterator[Drift]:
    if shape.table != audited.name:
        yield Drift(State.STALE, f"{quoted(audited.name)} is called {quoted(shape.table)} now")
    before = [column.name for column in audited.columns]
    after = [column.name for column in shape.columns]
    if before != after:
        yield from _columns_changed(shape.table, before, after)
        return
    if shape.table != audited.name:
        return
    for finding in shape.findings:
        if finding.blocks:
            yield Drift(State.STALE, f"{finding.title}: it cannot be logged faithfully any more")
    if hash_of(shape) != audited.shape_hash:
        yield Drift(State.STALE, _shape_changed(audited, shape))
        return
    for trigger in triggers(shape, layout(audited)):
        stored = ours.get(trigger.name)
        if stored is not None and stored.sql != trigger.sql:
            yield Drift(State.STALE, f"the trigger {quoted(trigger.name)} was changed")


def _shape_changed(audited: AuditedTable, shape: Shape) -> str:
    if hash_of(replace(shape, nested=False)) == audited.shape_hash:
        return f"another trigger or foreign key writes to {quoted(shape.table)} now while it is written"
    return f"keys, types or foreign keys of {quoted(shape.table)} were changed"


def _columns_changed(table: str, before: list[str], after: list[str]) -> Iterator[Drift]:
    if sorted(before) == sorted(after):
        yield Drift(State.STALE, f"the columns of {quoted(table)} stand in another order")
    elif len(before) == len(after):  # triggers follow a rename, so it is logged on, under the name of before
        for old, new in zip(before, after, strict=True):
            if old != new:
                yield Drift(
                    State.STALE, f"the column {quoted(old)} of {quoted(table)} is called {quoted(new)} now"
                )
    else:
        for name in after:
            if name not in before:
                yield Drift(State.STALE, f"the column {quoted(name)} of {quoted(table)} is not logged")
        for name in before:
            if name not in after:
                yield Drift(State.STALE, f"{quoted(table)} has no column {quoted(name)} any more")


def _newer(table: str, ours: dict[str, _Stored], stored: list[_Stored]) -> Iterator[_Stored]:
    """AFTER triggers of others on the table that fire before one of ours."""
    oldest = min((each.number for each in ours.values() if not names.is_ours(each.table)), default=0)
    at = fold(table)
    for each in stored:
        if each.at == at and not each.ours and each.number > oldest:
            yield each


def _swallowing(table: str, ours: dict[str, _Stored], stored: list[_Stored]) -> Iterator[Drift]:
    for each in _newer(table, ours, stored):
        if _SWALLOWS.search(each.sql):
            yield Drift(
                State.BYPASSED,
                f"the trigger {quoted(each.name)} fires before ours and may keep a change from the log",
            )


def _order(table: str, ours: dict[str, _Stored], stored: list[_Stored]) -> Iterator[Drift]:
    for each in _newer(table, ours, stored):
        yield Drift(
            State.ORDER,
            f"the trigger {quoted(each.name)} is newer than ours: the log may tell changes in the wrong order",
        )
