"""Doing what the schedule says is due, and no more: for the window's clock, `steward backup run`, and the system's own.

    a point in every store     when so many minutes have passed since the last
    a drill                    once a day, where this machine can read its stores

Whoever calls, and however often, what is not due is not done. What fails keeps nothing else from being done, and is
told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from steward_app.catalog import Catalog, schedules, stores
from steward_app.catalog.schedules import Schedule
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.known import database_id
from steward_app.services.backup.rounds import Visit, go_round
from steward_app.services.backup.status import next_run, unset
from steward_app.services.backup.store.watch_version import VersionWatch
from steward_app.services.restore.drill import drill

REASON = "By schedule"
DRILL_EVERY = timedelta(days=1)
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done.

    Attributes:
        visits: what became of each store; () when no point was due.
        drills: that were made.
        problems: what could not be done and why, a sentence each; a visit tells of its own.
    """

    visits: tuple[Visit, ...] = ()
    drills: tuple[Drill, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether somebody should look."""
        return bool(
            self.problems
            or any(visit.problem for visit in self.visits)
            or any(not each.passed for each in self.drills)
        )


def tend(catalog: Catalog, path: Path, context: Context) -> Tended:
    """Do what is due for the database at a path.

    Raises `UsageError` when points are made by hand only or there is no store, `Cancelled`.
    """
    schedule = _schedule(catalog, path, context)
    _require_due(catalog, path, schedule)
    visits: tuple[Visit, ...] = ()
    problems: list[str] = []
    if next_run(schedule) <= clock.to_text(clock.now()):
        try:
            with context.step() as step:
                visits = go_round(catalog, path, step, reason=REASON)
        except (Failure, Refused) as error:
            problems.append(f"No restore point was made: {error.message}")
    done: tuple[Drill, ...] = ()
    if _drill_is_due(schedule):
        try:
            with context.step() as step:
                done = drill(catalog, path, step)
        except StewardError as error:
            if (
                error.code is not ErrorCode.NEEDS_KEY
            ):  # without the key points are checked, never proven, as was chosen
                problems.append(f"The drill was not made: {error.message}")
    return Tended(visits, done, tuple(problems))


def watch(catalog: Catalog, path: Path, context: Context, *, on_tended: Callable[[Tended], None]) -> None:
    """Tend a database until somebody asks to stop: each time something is due.

    While nobody writes to it, looking costs microseconds, and nothing is scanned.

    Args:
        on_tended: told each time something was done.

    Raises `Cancelled` when asked to stop, `UsageError` as `tend`.
    """
    seen = None
    with VersionWatch(path) as version:
        while True:
            schedule = _schedule(catalog, path, context)
            _require_due(catalog, path, schedule)
            if next_run(schedule) <= clock.to_text(clock.now()) or _drill_is_due(schedule):
                now = _version(version)
                if now is not None and now == seen and not _drill_is_due(schedule):
                    _nothing_changed(catalog, schedule)
                else:
                    done = tend(catalog, path, context)
                    seen = None if done.failed else now
                    on_tended(done)
            context.wait(_LOOK_SECONDS)


def _schedule(catalog: Catalog, path: Path, context: Context) -> Schedule:
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        return schedules.get(session, known_as) or unset(known_as)


def _require_due(catalog: Catalog, path: Path, schedule: Schedule) -> None:
    with catalog.reading() as session:
        known = stores.of_database(session, schedule.database_id)
    if known and schedule.every_minutes:
        return
    what = "are made by hand only" if known else "have no store to go to"
    hint = (
        "steward backup schedule DATABASE --every 5" if known else "steward backup init DATABASE --store URL"
    )
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"Restore points of {quoted(path.name)} {what}.",
        hint=f"Nothing was done. Set it with: {hint}",
    )


def _drill_is_due(schedule: Schedule) -> bool:
    if not schedule.drilled_at:
        return bool(schedule.ran_at)  # a first point comes first
    return clock.now() - clock.from_text(schedule.drilled_at) >= DRILL_EVERY


def _version(watched: VersionWatch) -> tuple[int, ...] | None:
    try:
        return watched.version()
    except Failure:  # the file is gone or cannot be read; the round will say so
        return None


def _nothing_changed(catalog: Catalog, schedule: Schedule) -> None:
    """The stores hold the database as it is: that is known now, and is said as of now."""
    now = clock.to_text(clock.now())
    with catalog.unit() as unit:
        schedules.ran(unit, schedule, now)
        for store in stores.of_database(unit.session, schedule.database_id):
            stores.still_current(unit, store, now)
        unit.commit()
