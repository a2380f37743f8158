"""What restoring from a store alone needs, called on worker threads. No file is open, and none needs to be known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point, PointState
from steward_app.gui.desk import Desk
from steward_app.gui.pages.restore.read import free_name
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import restore
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store_contents import StoreContents, store_contents
from steward_app.storage import free_bytes


@dataclass(frozen=True, slots=True)
class Looked:
    """A store that was looked into, and a name for the new file where nothing is yet."""

    contents: StoreContents
    target: Path

    @property
    def newest_sound(self) -> Point | None:
        """The newest point that no check found to be bad; the newest where each was."""
        points = self.contents.points
        sound = (point for point in points if point.state is not PointState.FAILED)
        return next(sound, next(iter(points), None))


@dataclass(frozen=True, slots=True)
class PlannedFromStore:
    """A plan, the point it is of, and the bytes free where its file will be."""

    plan: Plan
    point: Point
    free_bytes: int


def look(desk: Desk, url: str, given: Unlocking | None, context: Context) -> Looked:
    """Look into a store. Raises as `store_contents` does, and what keeps the catalog from being opened."""
    contents = store_contents(_catalog(desk, context), url, context, given)
    return Looked(contents, _target(contents))


def plan(
    desk: Desk, url: str, point: Point, to: Path, given: Unlocking | None, context: Context
) -> PlannedFromStore:
    """Plan the restore of a point to a new file. Raises as `plan_restore_from_store` does."""
    made = restore.plan_restore_from_store(
        _catalog(desk, context), url, context, to=to, point=point.id, given=given
    )
    return PlannedFromStore(made, point, free_bytes(Path(made.disk_path or made.path)))


def carry_out(desk: Desk, plan: Plan, given: Unlocking | None, context: Context) -> Receipt:
    """Restore as planned."""
    return restore.restore(_catalog(desk, context), plan, context, given=given)


def _catalog(desk: Desk, context: Context) -> Catalog:
    desk.reopen(context)
    return desk.catalog


def _target(contents: StoreContents) -> Path:
    """Where the file lay when it was backed up, if there is such a folder here; else in the home directory."""
    known = next((point.source_path for point in contents.points if point.source_path.name), None)
    name = known.name if known else f"{contents.where.rstrip('/').rpartition('/')[2] or 'restored'}.db"
    folder = known.parent if known and known.parent.is_dir() else Path.home()
    path = folder / name
    return free_name(path) if path.exists() else path
