"""Doing what the schedule says is due, and no more: for the window's clock, `steward backup run`, and the system's own.

    a point in every store     when so many minutes have passed since the last
    a plain copy there         once a week, as the way out that needs nothing but zstd
    thinning                   a few times a day, when the rules let a point go
    a check                    once a day, of a seventh of every store, hash by hash
    a drill                    once a day, where this machine can read its stores

Whoever calls, and however often, what is not due is not done. What fails keeps nothing else from being done, and is
told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from steward_app.catalog import Catalog, journal, points, schedules, stores
from steward_app.catalog.schedules import Schedule
from steward_app.catalog.stores import Store
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.known import database_id
from steward_app.services.backup.plain_point import PLAIN_EVERY, create_plain, plain_due
from steward_app.services.backup.prune import PrunePoints, plan_prune, prune
from steward_app.services.backup.prune_plan import something_goes
from steward_app.services.backup.rounds import Visit, go_round
from steward_app.services.backup.status import is_over, next_run, unset
from steward_app.services.backup.store.watch_version import VersionWatch
from steward_app.services.backup.verify_store import verify_store
from steward_app.services.operation import Confirmation
from steward_app.services.restore.drill import SOUND, drill

REASON = "By schedule"
DRILL_EVERY = timedelta(days=1)
VERIFY_EVERY = timedelta(days=1)
THIN_EVERY = timedelta(hours=6)
NIGHTS = 7
"""So many checks read a whole store."""
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tended:
    """What was done.

    Attributes:
        visits: what became of each store; () when no point was due.
        done: what else was done, a sentence each.
        drills: that were made.
        problems: what could not be done and why, a sentence each; a visit tells of its own.
    """

    visits: tuple[Visit, ...] = ()
    done: tuple[str, ...] = ()
    drills: tuple[Drill, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether somebody should look."""
        return bool(
            self.problems
            or any(visit.problem or visit.warning for visit in self.visits)
            or any(not each.passed for each in self.drills)
        )


@dataclass(frozen=True, slots=True)
class Due:
    """When something is to be done next.

    Attributes:
        next_run_at: when the next point is made; RFC 3339, UTC; "" where points are made by hand only.
        now: something is due.
    """

    next_run_at: str = ""
    now: bool = False


def due(catalog: Catalog, known_as: str) -> Due:
    """What the schedule of a database says, from the catalog alone: for a clock that asks every few seconds."""
    with catalog.reading() as session:
        schedule = schedules.get(session, known_as) or unset(known_as)
        known = stores.of_database(session, known_as)
    if not known or not schedule.every_minutes:
        return Due()
    at = next_run(schedule)
    return Due(at, at <= clock.to_text(clock.now()) or _drill_is_due(catalog, schedule))


def tend(catalog: Catalog, path: Path, context: Context, *, unchanged: bool = False) -> Tended:
    """Do what is due for the database at a path.

    Args:
        unchanged: whoever calls has watched the database since all its stores held it, and nobody wrote to it: it is
            not scanned then.

    Raises `UsageError` when points are made by hand only or there is no store, `Cancelled`.
    """
    schedule = _schedule(catalog, path, context)
    _require_due(catalog, path, schedule)
    told: list[str] = []
    problems: list[str] = []
    visits: tuple[Visit, ...] = ()
    drills: tuple[Drill, ...] = ()
    is_due = next_run(schedule) <= clock.to_text(clock.now())
    if is_due and unchanged and _all_current(catalog, schedule):
        _nothing_changed(catalog, schedule)
    elif is_due:
        with _told(problems, "No restore point was made"), context.step() as step:
            visits = go_round(catalog, path, step, reason=REASON, keep_days=0)
    may_thin = _may_thin(catalog, schedule)
    for store in _stores(catalog, schedule):
        if _plain_is_due(catalog, store):
            with _told(problems, f"{quoted(store.name)}: no plain copy was written"), context.step() as step:
                told.append(create_plain(catalog, path, store, step, reason=REASON).sentence)
        if may_thin and something_goes(catalog, store):
            with _told(problems, f"{quoted(store.name)} was not thinned out"), context.step() as step:
                plan = plan_prune(catalog, path, step, store=store.name)
                told.append(prune(catalog, plan, step, Confirmation.of(plan)).sentence)
        if (visits or unchanged) and is_over(store.verified_at, VERIFY_EVERY):
            with _told(problems, f"{quoted(store.name)} was not verified"), context.step() as step:
                told.append(_verified(catalog, store, problems, step))
    if _drill_is_due(catalog, schedule):
        for store in _drillable(catalog, schedule):
            with _told(problems, f"{quoted(store.name)}: the drill was not made"), context.step() as step:
                drills += drill(catalog, path, step, store=store.name)
    return Tended(visits, tuple(told), drills, tuple(problems))


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
            if next_run(schedule) <= clock.to_text(clock.now()) or _drill_is_due(catalog, schedule):
                now = _version(version)
                same = now is not None and now == seen
                done = tend(catalog, path, context, unchanged=same)
                seen = None if done.failed else now
                if done != Tended():
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


def _drill_is_due(catalog: Catalog, schedule: Schedule) -> bool:
    """A first point comes first."""
    if not schedule.ran_at or not is_over(schedule.drilled_at, DRILL_EVERY):
        return False
    return bool(_drillable(catalog, schedule))


def _drillable(catalog: Catalog, schedule: Schedule) -> tuple[Store, ...]:
    """The stores that have a point to drill. One that needs a key, or is away, keeps no other from its drill."""
    with catalog.reading() as session:
        every = points.of_database(session, schedule.database_id)
        known = stores.of_database(session, schedule.database_id)
    sound = {point.store_id for point in every if point.state in SOUND}
    return tuple(store for store in known if store.id in sound)


def _may_thin(catalog: Catalog, schedule: Schedule) -> bool:
    """A point that stays some hours too long costs little; looking through every store each time costs more."""
    with catalog.reading() as session:
        last = journal.events(session, database_id=schedule.database_id, operation=PrunePoints.name, limit=1)
    return not last or is_over(last[0].at, THIN_EVERY)


def _stores(catalog: Catalog, schedule: Schedule) -> tuple[Store, ...]:
    """Those that answered when they were reached last."""
    with catalog.reading() as session:
        known = stores.of_database(session, schedule.database_id)
    return tuple(store for store in known if not store.problem)


def _plain_is_due(catalog: Catalog, store: Store) -> bool:
    """The first is a week younger than the store: until then its points are as young as a plain copy would be."""
    return is_over(store.added_at, PLAIN_EVERY) and plain_due(catalog, store)


def _verified(catalog: Catalog, store: Store, problems: list[str], context: Context) -> str:
    verdicts, told = verify_store(catalog, store, context, part=NIGHTS)
    problems += [f"{quoted(store.name)}: {problem}" for problem in told.problems]
    problems += [
        f"{quoted(store.name)}, the point of {clock.shown(verdict.made_at)}: {problem}"
        for verdict in verdicts
        for problem in verdict.problems
    ]
    return told.sentence


@contextmanager
def _told(problems: list[str], what: str) -> Iterator[None]:
    """What is in the way of one thing keeps nothing else from being done."""
    try:
        yield
    except (Failure, Refused) as error:
        if error.code is not ErrorCode.NEEDS_KEY:  # without the key points are checked, as was chosen
            problems.append(f"{what}: {error.message}")


def _version(watched: VersionWatch) -> tuple[int, ...] | None:
    try:
        return watched.version()
    except Failure:  # the file is gone or cannot be read; the round will say so
        return None


def _all_current(catalog: Catalog, schedule: Schedule) -> bool:
    """Whether every store holds the database; one that a key was let into waits for the first point it opens."""
    with catalog.reading() as session:
        return all(each.current_at for each in stores.of_database(session, schedule.database_id))


def _nothing_changed(catalog: Catalog, schedule: Schedule) -> None:
    """The stores hold the database as it is: that is known now, and is said as of now."""
    now = clock.to_text(clock.now())
    with catalog.unit() as unit:
        schedules.ran(unit, schedule, now)
        for store in stores.of_database(unit.session, schedule.database_id):
            stores.still_current(unit, store, now)
        unit.commit()
