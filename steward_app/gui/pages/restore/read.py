"""What restoring needs, called on worker threads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.gui.pages.backups.read import PointsRead, read_points
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services import restore
from steward_app.storage import free_bytes


@dataclass(frozen=True, slots=True)
class Choices:
    """The points there are, and a name for a new file where nothing is yet."""

    read: PointsRead
    target: Path


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the bytes free where it needs room."""

    plan: Plan
    free_bytes: int


def read_choices(catalog: Catalog, file: Any, context: Context) -> Choices:
    """What can be restored. Settles first what an interrupted operation left open."""
    restore.settle(catalog, file.path, context)
    return Choices(read_points(catalog, file, context), free_name(file.path))


def free_name(path: Path) -> Path:
    """A name beside the file where nothing is: "riverside-restored.db"."""
    number = 1
    while True:
        told = "-restored" if number == 1 else f"-restored-{number}"
        candidate = path.with_name(f"{path.stem}{told}{path.suffix}")
        if not candidate.exists():
            return candidate
        number += 1


def make_plan(catalog: Catalog, file: Any, point: str, to: Path | None, context: Context) -> Planned:
    """Plan the restore; raises as `plan_restore` does."""
    plan = restore.plan_restore(catalog, file.path, point, context, to=to)
    return Planned(plan, free_bytes(Path(plan.disk_path or plan.path)))
