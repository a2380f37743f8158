"""What the undo of the Audit page says of itself: what stands in the way and what helps, and what a mode does."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import plural
from steward_app.gui.pages.audit.undo_read import UndoRead
from steward_app.gui.pages.audit.words import conflict_words
from steward_app.services.audit.undo import Conflict, ConflictKind, Outlook, UndoMode

_OVERRULED = frozenset({ConflictKind.CHANGED_SINCE, ConflictKind.BEHIND_THE_LOG, ConflictKind.MISSING_THEN})


def chooses(found: UndoRead) -> bool:
    """Whether it matters what becomes of later changes."""
    left = found.left_out
    open_ = [each for each in found.base.conflicts if (each.seq, each.column) not in left]
    open_ += [each for each in found.outlook.conflicts if each not in found.base.conflicts]
    return bool(open_) and (_helps(open_, UndoMode.STRICT) or _leaves_some(found.base, open_))


def in_the_way(found: UndoRead) -> str:
    """Why the undo is blocked, and what can be done about that."""
    outlook = found.outlook
    blocking = outlook.blocking
    some, choice = _leaves_some(outlook, blocking), _helps(blocking, outlook.mode)
    if some and choice:
        return _tr("Something stands in the way. Untick it, or choose what becomes of later changes.")
    if some:
        return _tr("Something stands in the way. Untick it, or leave out what stands in the way.")
    if choice:
        return _tr("Something stands in the way. Choose what becomes of later changes.")
    why = conflict_words(blocking[0], {})
    return _tr("This cannot be undone: {why}.").format(why=why[:1].lower() + why[1:])


def refused(found: UndoRead) -> str:
    """Why there is nothing to be done."""
    if found.erased and not found.outlook.conflicts:
        return _tr("There is nothing to undo: what was changed was erased since.")
    return found.refusal


def about_mode(found: UndoRead | None, about: str) -> str:
    """What is said below the title: of later changes, too, where something becomes of them."""
    outlook = found.outlook if found is not None else None
    if outlook is not None and outlook.mode is UndoMode.DEPENDENT and outlook.added:
        one = _tr("later change is undone, too, with all its cells.")
        return plural(len(outlook.added), one, _tr("later changes are undone, too, with all their cells."))
    if outlook is not None and outlook.mode is UndoMode.FORCE and outlook.conflicts and not outlook.blocking:
        return _tr("What is ticked gets its old value, whatever was changed later. All else stays.")
    return about


def _helps(conflicts: Collection[Conflict], mode: UndoMode) -> bool:
    """Whether undoing later changes, or going over them, would."""
    undoes = all(each.by is not None for each in conflicts) and mode is not UndoMode.DEPENDENT
    return undoes or (all(each.kind in _OVERRULED for each in conflicts) and mode is not UndoMode.FORCE)


def _leaves_some(outlook: Outlook, conflicts: Collection[Conflict]) -> bool:
    """Whether anything is left to be done without what stands in the way."""
    rows = {(each.table, each.key) for each in conflicts if not each.column}
    return any((row.table, row.before or row.after) not in rows for row in outlook.rows)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
