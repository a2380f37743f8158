"""The jobs that guard a file: pages and the schedule begin no second one, and tell of them in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.bridge import JobCenter, Told
from steward_app.gui.format import integer, plural, shown_name, size

if TYPE_CHECKING:
    from steward_app.services.backup.drills import Drill
    from steward_app.services.backup.rounds import Visit
    from steward_app.services.document import Document
    from steward_app.services.restore import Tended


def making(file: Document) -> str:
    """The title of the job that makes restore points of a file."""
    return _tr("Backing up {name}").format(name=shown_name(file.path.name))


def is_making(jobs: JobCenter, file: Document) -> bool:
    """True while restore points of a file are made, whoever began it."""
    title = making(file)
    return any(info.title == title and info.file == file.id for info in jobs.live())


def told_of(visits: Sequence[Visit]) -> tuple[str, str]:
    """A round that got through to every store: what it did, and how much was new."""
    new_bytes = sum(visit.new_bytes for visit in visits)
    stores = plural(len(visits), _tr("store"), _tr("stores"))
    if all(visit.unchanged for visit in visits):
        hold = plural(len(visits), _tr("store holds"), _tr("stores hold"))
        return _tr("Nothing has changed"), _tr("{stores} it as it is").format(stores=hold)
    fed = sum(bool(visit.new_bytes) for visit in visits)
    if 0 < fed < len(visits):  # the others held it already
        stores = _tr("{some} of {all} stores").format(some=integer(fed), all=integer(len(visits)))
    return _tr("Backup finished"), _tr("{size} new in {stores}").format(size=size(new_bytes), stores=stores)


def tell_round(visits: Sequence[Visit]) -> Told:
    """A round in a few words, for the strip."""
    bad = sum(bool(visit.problem) for visit in visits)
    if bad:
        words = _tr("{stores} not reached")
        return Told(words.format(stores=plural(bad, _tr("store"), _tr("stores"))), wrong=True)
    if any(visit.warning for visit in visits):
        return Told(_tr("look at the database"), wrong=True)
    what, how_much = told_of(visits)
    return Told(what.lower() if all(visit.unchanged for visit in visits) else how_much)


def tell_drills(drills: Sequence[Drill]) -> Told:
    """Drills in a few words, for the strip."""
    failed = sum(not drill.passed for drill in drills)
    if failed:
        words = _tr("{some} of {all} failed")
        return Told(words.format(some=integer(failed), all=integer(len(drills))), wrong=True)
    return Told(_tr("all passed") if len(drills) > 1 else _tr("passed"))


def tell_tended(done: Tended) -> Told:
    """What the schedule did, in a few words, for the strip."""
    parts = [tell_round(done.visits)] if done.visits else []
    parts += [tell_drills(done.drills)] if done.drills else []
    if done.problems:
        parts.append(Told(plural(len(done.problems), _tr("problem"), _tr("problems"))))
    text = ", ".join(part.text for part in parts if part.text)
    return Told(text, wrong=done.failed)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
