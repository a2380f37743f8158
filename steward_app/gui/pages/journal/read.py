"""The journal as the page needs it, read on worker threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog, chain, identity, journal
from steward_app.catalog.chain import Verification
from steward_app.catalog.journal import ENDS, Event, Phase
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.undo import Offer, offers

PAGE = 200
_UNDOABLE = (Phase.FINISHED, Phase.SETTLED)
OUTCOMES = (*ENDS, Phase.NOTE)
"""What is shown unless asked otherwise: how things ended, not that they began."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted.

    Attributes:
        every_file: those of all files, not of the open one alone.
        operation: a capability ("backup"), or "" for all.
        passed: as `journal.events` has it.
        before: events older than this one; None for the newest.
    """

    every_file: bool = False
    operation: str = ""
    phases: tuple[Phase, ...] = OUTCOMES
    passed: bool | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first.

    Attributes:
        more: there are older ones.
        files: names databases by their id.
        offers: those of their operations that can be undone by themselves, or were, by their ids.
    """

    events: tuple[Event, ...]
    more: bool
    files: Mapping[str, Path]
    offers: Mapping[str, Offer]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: an event, or the day that the events below it are of.

    Attributes:
        day: in local time; for a day's head alone.
        count: events of that day, or None where not all of them were read.
    """

    event: Event | None = None
    day: str = ""
    count: int | None = None

    @property
    def key(self) -> object:
        return self.event.seq if self.event else self.day


def read_events(catalog: Catalog, file: Any, wanted: Wanted, context: Context) -> Page:
    """The events that are wanted, a page of them. Raises `Refused` when it is not known which database this is."""
    database_id = None if wanted.every_file else backup.database_id(catalog, file.path, context)
    with catalog.reading() as session:
        found = journal.events(
            session,
            database_id=database_id,
            operation=wanted.operation or None,
            phases=wanted.phases,
            passed=wanted.passed,
            before=wanted.before,
            limit=PAGE + 1,
        )
        files = {known.id: known.path for known in identity.every(session)}
    ended = (event.operation_id for event in found[:PAGE] if event.phase in _UNDOABLE)
    return Page(found[:PAGE], len(found) > PAGE, files, offers(catalog, ended))


def verify(catalog: Catalog, context: Context) -> Verification:
    """Recompute the whole chain."""
    with catalog.reading() as session:
        return chain.verify(session, context)


def export(catalog: Catalog, target: Path, context: Context) -> None:
    """Write the whole journal as JSON Lines, whole or not at all."""
    with catalog.reading() as session:
        chain.export(session, target, context, overwrite=True)


def by_day(events: Sequence[Event], *, more: bool) -> tuple[Line, ...]:
    """The events with a head for each day. The count of the last day is left open where more may follow."""
    days: dict[str, list[Event]] = {}
    for event in events:
        days.setdefault(clock.from_text(event.at).astimezone().date().isoformat(), []).append(event)
    last = next(reversed(days), "")
    lines: list[Line] = []
    for day, of_day in days.items():
        lines.append(Line(day=day, count=None if more and day == last else len(of_day)))
        lines += [Line(event) for event in of_day]
    return tuple(lines)
