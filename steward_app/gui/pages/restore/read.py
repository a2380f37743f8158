"""What restoring needs, called on worker threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from steward_app.catalog import Catalog
from steward_app.gui.pages.backups.read import PointsRead, read_points
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.erasure import Decision, Verdict, WaitingRow, decide_row, list_waiting
from steward_app.services.operation import Confirmation
from steward_app.services.restore import AtMoment
from steward_app.storage import free_bytes

Rehearse: TypeAlias = Callable[[Context], Rehearsal]
Apply: TypeAlias = Callable[[Context, Confirmation], Receipt]


@dataclass(frozen=True, slots=True)
class Choices:
    """The points there are, a name for a new file where nothing is yet, and rows that wait for a person."""

    read: PointsRead
    target: Path
    waiting: tuple[WaitingRow, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the bytes free where it needs room, and how it is rehearsed and carried out.

    Attributes:
        changes_file: whether the open file is changed by it.
    """

    plan: Plan
    free_bytes: int
    changes_file: bool
    rehearse: Rehearse
    apply: Apply


def read_choices(catalog: Catalog, file: Any, context: Context) -> Choices:
    """What can be restored. Settles first what an interrupted operation left open."""
    restore.settle(catalog, file.path, context)
    found = read_points(catalog, file, context)
    return Choices(found, free_name(file.path), list_waiting(catalog, found.database_id))


def free_name(path: Path) -> Path:
    """A name beside the file where nothing is: "riverside-restored.db"."""
    number = 1
    while True:
        told = "-restored" if number == 1 else f"-restored-{number}"
        candidate = path.with_name(f"{path.stem}{told}{path.suffix}")
        if not candidate.exists():
            return candidate
        number += 1


def plan_file(
    catalog: Catalog, file: Any, point: str, to: Path | None, given: Unlocking | None, context: Context
) -> Planned:
    """Plan the restore of a whole file; raises as `plan_restore` does."""
    plan = restore.plan_restore(catalog, file.path, point, context, to=to, given=given)
    return Planned(
        plan,
        free_bytes(Path(plan.disk_path or plan.path)),
        plan.operation == restore.RestoreInPlace.name,
        lambda context: restore.rehearse(catalog, plan, context, given=given),
        lambda context, said: restore.restore(catalog, plan, context, said, given=given),
    )


def point_before(catalog: Catalog, path: Path, typed: str, context: Context) -> AtMoment:
    """The newest point that is not later than a moment, as a steward types it in local time.

    Raises `UsageError` for what is no moment, and where every point is later.
    """
    return restore.point_at(catalog, path, moment_typed(typed).isoformat(), context)


def moment_typed(typed: str) -> datetime:
    """A moment in local time: "2026-11-20 10:05", or "10:05" of today. Raises `UsageError`."""
    text = typed.strip()
    try:
        if len(text) <= len("10:05:00") and ":" in text:
            text = f"{datetime.now().astimezone().date().isoformat()} {text.rjust(5, '0')}"
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.astimezone()
    except (ValueError, OverflowError):
        raise UsageError(ErrorCode.BAD_REQUEST, "Write it as 2026-11-20 10:05, or 10:05 for today.") from None


def decide(catalog: Catalog, database_id: str, verdicts: Mapping[str, Verdict]) -> tuple[Decision, ...]:
    """Settle rows that wait for a person, by their ids. Raises `UsageError` for one that does not wait any more."""
    return tuple(decide_row(catalog, database_id, row, verdict) for row, verdict in verdicts.items())
