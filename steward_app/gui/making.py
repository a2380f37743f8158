"""The job that makes restore points, known by its title: pages and the schedule must not begin a second one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.bridge import JobCenter
from steward_app.gui.format import shown_name

if TYPE_CHECKING:
    from steward_app.services.document import Document


def making(file: Document) -> str:
    """The title of the job that makes restore points of a file."""
    return QCoreApplication.translate("backups", "Backing up {name}").format(name=shown_name(file.path.name))


def is_making(jobs: JobCenter, file: Document) -> bool:
    """True while restore points of a file are made, whoever began it."""
    title = making(file)
    return any(info.title == title and info.file == file.id for info in jobs.live())
