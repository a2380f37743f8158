"""How a database is guarded, from the catalog alone: what the Backups page shows before any store has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from steward_app.catalog import Catalog, points, schedules, stores
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.schedules import Schedule
from steward_app.catalog.stores import Store
from steward_app.db.content import TableContent
from steward_app.kernel import clock
from steward_app.services.backup import drills, retention
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.protection import Protection, protection
from steward_app.services.backup.retention import Rule

DRILLS_DAYS = 30
"""How far back drills are shown."""


class StoreStanding(StrEnum):
    """How a store stands, worst first."""

    SILENT = "silent"  # it could not be reached the last time
    EMPTY = "empty"  # nothing lies in it yet
    BEHIND = "behind"  # the last run that reached a store did not get through to this one
    IN_STEP = "in_step"


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """A store, and what of this database lies in it. `id` is the store's."""

    id: str
    store: Store
    standing: StoreStanding
    points: int
    newest: Point | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the time line: the points that a rule reaches, oldest first. `rule` is None for older ones."""

    title: str
    rule: Rule | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How a database is guarded.

    Attributes:
        points: all of them, newest first.
        lines: the same, by the rules of the schedule, the finest first; empty lines are left out.
        rules: what stays how long.
        next_run_at: RFC 3339, UTC; "" when points are made by hand only.
        drills: of the last `DRILLS_DAYS` days, newest first.
    """

    database_id: str
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    stores: tuple[StoreStatus, ...]
    schedule: Schedule
    rules: tuple[Rule, ...]
    next_run_at: str
    drills: tuple[Drill, ...]
    protection: Protection

    @property
    def alarms(self) -> tuple[Drill, ...]:
        """Drills that failed and still stand, that of the newest point first."""
        broken = [point.id for point in self.points if point.state is PointState.FAILED]
        return drills.newest_first(drills.unanswered(self.drills, [each.id for each in self.stores], broken))


def status(catalog: Catalog, database_id: str) -> Status:
    """What the catalog knows of the backups of a database. Reaches no store."""
    now = clock.now()
    with catalog.reading() as session:
        found = points.of_database(session, database_id)
        known = stores.of_database(session, database_id)
        schedule = schedules.get(session, database_id) or unset(database_id)
        done = drills.last_days(session, database_id, DRILLS_DAYS)
    rules = retention.from_text(schedule.keep)
    last_run_id = _last_run(known, clock.to_text(now))
    now_held = _held(known, found, last_run_id)
    return Status(
        database_id,
        found,
        lines(found, rules, now),
        tuple(_standing(store, found, last_run_id, now_held) for store in known),
        schedule,
        rules,
        next_run(schedule),
        done,
        protection(found),
    )


def unset(database_id: str) -> Schedule:
    """The schedule of a database nobody set one for: by hand, with the default rules for what stays."""
    return Schedule(database_id, 0, retention.to_text(retention.DEFAULT))


def next_run(schedule: Schedule) -> str:
    """When the next point is due; RFC 3339, UTC; "" when points are made by hand only. It may lie in the past.

    Where the clock went back since the last run, the next is due at once: nobody can say how long ago that was.
    """
    if not schedule.every_minutes:
        return ""
    now = clock.to_text(clock.now())
    if not schedule.ran_at or schedule.ran_at > now:
        return now
    return clock.to_text(clock.from_text(schedule.ran_at) + timedelta(minutes=schedule.every_minutes))


def is_over(moment: str, length: timedelta) -> bool:
    """Whether so much time has passed since a moment; "" is never. Also where it lies ahead: the clock went back."""
    return not moment or not timedelta() <= clock.now() - clock.from_text(moment) < length


def lines(found: Sequence[Point], rules: Sequence[Rule], now: datetime) -> tuple[Line, ...]:
    """Points by the rule that reaches their age: what a time line is drawn from."""
    finest_first = sorted(rules, key=lambda rule: rule.every_minutes)
    decisions = retention.decide(found, rules, now)
    drawn = []
    for number, rule in [*enumerate(finest_first), (None, None)]:
        on_it = tuple(decision.point for decision in reversed(decisions) if decision.rule == number)
        if on_it:
            title = retention.every(rule).capitalize() if rule else "Older"
            drawn.append(Line(title, rule, on_it))
    return tuple(drawn)


def _last_run(known: Sequence[Store], now: str) -> str:
    """The run that found a store current last; one that a wrong clock set in the future counts least."""
    newest = max(known, key=lambda store: store.current_at if store.current_at <= now else "", default=None)
    return newest.run_id if newest else ""


def _held(known: Sequence[Store], found: Sequence[Point], last_run_id: str) -> tuple[TableContent, ...]:
    """What the tables held when a store was found current last; () where nobody looked."""
    newest = {store.id for store in known if store.run_id == last_run_id}
    return next((point.tables for point in found if point.store_id in newest), ())


def _standing(
    store: Store, found: Sequence[Point], last_run_id: str, now_held: Sequence[TableContent]
) -> StoreStatus:
    ours = [point for point in found if point.store_id == store.id]
    if store.problem:
        standing = StoreStanding.SILENT
    elif not ours:
        standing = StoreStanding.EMPTY
    elif ours[0].state in (PointState.FAILED, PointState.MISSING) or (
        store.run_id != last_run_id and not (now_held and ours[0].tables == now_held)
    ):
        standing = StoreStanding.BEHIND
    else:
        standing = StoreStanding.IN_STEP
    return StoreStatus(store.id, store, standing, len(ours), ours[0] if ours else None)
