"""What came of the work of the page in a few words, for the strip: where something could not be done, it says so."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.bridge import Told
from steward_app.gui.format import integer, plural
from steward_app.gui.making import tell_drills
from steward_app.gui.pages.backups.outcomes import Mended, unread
from steward_app.services.backup.model import Verification
from steward_app.services.restore import Drilled


def tell_verified(found: Verification) -> Told:
    """Points and stores that were read again."""
    missed = unread(found)
    wrong = found.wrong - len(missed)
    parts = []
    if wrong:
        parts.append(_tr("{count} wrong").format(count=integer(wrong)))
    if missed:
        words = _tr("{some} of {all} stores not verified")
        parts.append(words.format(some=integer(len(missed)), all=integer(len(found.stores))))
    return Told(", ".join(parts), wrong=bool(wrong), partly=bool(missed))


def tell_mended(mended: Mended) -> Told:
    """A repair."""
    left = len(mended.done.left) if mended.done else 0
    if not left:
        return Told("")
    chunks = plural(left, _tr("chunk"), _tr("chunks"))
    return Told(_tr("{chunks} not copied").format(chunks=chunks), partly=True)


def tell_drilled(done: Drilled) -> Told:
    """Drills, and the stores that could not be drilled."""
    told = tell_drills(done.items) if done.items else Told("")
    missed = sum(bool(each.failed) for each in done.stores)
    if not missed:
        return told
    stores = plural(missed, _tr("store"), _tr("stores"))
    text = ", ".join(filter(None, (told.text, _tr("{stores} not drilled").format(stores=stores))))
    return Told(text, wrong=told.wrong, partly=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
