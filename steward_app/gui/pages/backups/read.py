"""What the window shows of restore points, read on a worker thread; and the job that makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from steward_app.catalog import Catalog, journal
from steward_app.catalog.points import Point, PointState
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import shown_name
from steward_app.gui.page import Page
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.storage import free_bytes

_NOTES = 500  # of the journal are looked at for what was found wrong


@dataclass(frozen=True, slots=True)
class PointsRead:
    """The restore points of the open file.

    Attributes:
        points: newest first.
        wrong: what the last look found wrong, by id of the point, a sentence each.
        free_bytes: on the disk where points are kept.
    """

    database_id: str
    points: tuple[Point, ...]
    wrong: Mapping[str, tuple[str, ...]]
    free_bytes: int


def read_points(catalog: Catalog, file: Any, context: Context) -> PointsRead:
    """All points of the open file. Raises `Refused` when the catalog cannot tell which database it is."""
    database_id = backup.database_id(catalog, file.path, context)
    found = backup.list_points(catalog, file.path, context)
    wrong = any(point.state is PointState.FAILED for point in found)
    problems = _problems(catalog, database_id) if wrong else {}
    return PointsRead(database_id, found, problems, free_bytes(catalog.directory))


def make_point(
    page: Page,
    done: Callable[[Receipt], None],
    *,
    on_progress: Callable[[Progress], None],
    on_failure: Callable[[StewardError], None],
    on_end: Callable[[], None],
) -> JobHandle:
    """Make, check and prove a restore point of the page's file, as a job of the page."""
    file, catalog = page.context.file, page.context.catalog

    def work(context: Context) -> Receipt:
        return backup.create(catalog, backup.plan_create(catalog, file.path, context), context)

    return page.run(
        making(file), work, done, on_progress=on_progress, on_failure=on_failure, on_end=on_end, writes=True
    )


def making(file: Any) -> str:
    """The title of the job that makes a restore point of a file."""
    return _tr("Backing up {name}").format(name=shown_name(file.path.name))


def is_making(page: Page) -> bool:
    """True while a restore point of the page's file is made, whichever page began it."""
    file = page.context.file
    title = making(file)
    return any(info.title == title and info.file == file.id for info in page.context.jobs.live())


def _problems(catalog: Catalog, database_id: str) -> dict[str, tuple[str, ...]]:
    """What the newest verification of each point said."""
    with catalog.reading() as session:
        notes = journal.events(session, database_id=database_id, operation="backup.verify", limit=_NOTES)
    found: dict[str, tuple[str, ...]] = {}
    for note in notes:
        match note.data:
            case {"point": str(point), "problems": list(problems)} if point not in found:
                found[point] = tuple(str(problem) for problem in problems)
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
