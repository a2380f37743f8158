"""Setting when restore points are made by themselves and how long they stay, and handing that to the system."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog import Catalog, journal, schedules
from steward_app.catalog.journal import Phase
from steward_app.catalog.schedules import Schedule
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import retention
from steward_app.services.backup.known import database_id
from steward_app.services.backup.retention import Rule
from steward_app.services.backup.schedule_files import ScheduleFiles, System, schedule_files
from steward_app.services.backup.status import unset
from steward_app.storage import write_whole
from steward_app.storage.places import HOME
from steward_app.storage.secrets import PASSPHRASE_FILE

MOST_MINUTES = 7 * 24 * 60
_PATHS = (HOME, PASSPHRASE_FILE)
_NAMES = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")  # keys are no business of these files


def set_schedule(
    catalog: Catalog,
    path: Path,
    context: Context,
    *,
    every_minutes: int | None = None,
    keep: Sequence[Rule] | None = None,
) -> Schedule:
    """Set how often points are made and how long they stay; what is not given stays as it is.

    Nothing is thinned out by this: the next run does that, and the plan of `prune` shows it before.

    Args:
        every_minutes: 0 for by hand only, at most a week.

    Raises `UsageError` for a number of minutes that is none.
    """
    if every_minutes is not None and not 0 <= every_minutes <= MOST_MINUTES:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Restore points cannot be made every {every_minutes:,} minutes.",
            hint=f"Give a number from 1 to {MOST_MINUTES:,}, or 0 to make them by hand only.",
        )
    known_as = database_id(catalog, path, context)
    with catalog.unit() as unit:
        before = schedules.get(unit.session, known_as) or unset(known_as)
        now = Schedule(
            known_as,
            before.every_minutes if every_minutes is None else every_minutes,
            before.keep if keep is None else retention.to_text(keep),
            before.ran_at,
            before.drilled_at,
        )
        schedules.save(unit, now)
        journal.append(
            unit,
            Phase.NOTE,
            "backup.schedule",
            database_id=known_as,
            details={"sentence": told(now), "every_minutes": now.every_minutes, "keep": now.keep},
        )
        unit.commit()
    return now


def get_schedule(catalog: Catalog, path: Path, context: Context) -> Schedule:
    """The schedule of the database at a path; by hand only where none was ever set."""
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        return schedules.get(session, known_as) or unset(known_as)


def told(schedule: Schedule) -> str:
    """A schedule in a sentence."""
    rules = retention.from_text(schedule.keep)
    every = f"Every {plural(schedule.every_minutes, 'minute')}" if schedule.every_minutes else "By hand only"
    kept = "; ".join(map(retention.told, rules)) if rules else "Everything stays"
    return f"{every}. {kept}"


def system_files(catalog: Catalog, path: Path, system: System, context: Context) -> ScheduleFiles:
    """What makes a system run the schedule of a database. Raises `UsageError` when points are made by hand only."""
    schedule = get_schedule(catalog, path, context)
    if not schedule.every_minutes:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Restore points of {quoted(path.name)} are made by hand only.",
            hint="Nothing was written. Say how often with --every.",
        )
    command = (sys.executable, "-m", "steward_app.cli")
    return schedule_files(
        system, command, path.absolute(), schedule.database_id, schedule.every_minutes, _environment()
    )


def _environment() -> dict[str, str]:
    """What a run by the system needs to find the catalog and the secrets that are used here. It holds no secret."""
    told = {name: os.environ[name] for name in (*_PATHS, *_NAMES) if os.environ.get(name)}
    return told | {name: str(Path(told[name]).expanduser().absolute()) for name in _PATHS if name in told}


def write_system_files(told: ScheduleFiles, folder: Path) -> tuple[Path, ...]:
    """Write the files into a folder, each over the one of the same name; where they lie.

    Raises `Failure` when there is no such folder.
    """
    if not folder.is_dir():
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"There is no folder {quoted(str(folder), 200)}.",
            hint="Nothing was written. Make the folder, or choose another.",
        )
    for name, content in told.files.items():
        write_whole(folder / name, content)
    return tuple(folder / name for name in told.files)
