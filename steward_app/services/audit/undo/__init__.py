"""Undoing logged changes: a cell, a row, a transaction, a range, everything by one writer, or all of it."""

from steward_app.services.audit.undo.model import (
    ONLY_ROW,
    Conflict,
    ConflictKind,
    Foresight,
    LaterChange,
    Outlook,
    RowUndo,
    Selection,
    UndoMode,
    UndoRequest,
)
from steward_app.services.audit.undo.operation import (
    UndoChanges,
    foresee,
    plan_undo,
    preview,
    rehearse_undo,
    undo_changes,
    undoable,
)

__all__ = [
    "ONLY_ROW",
    "Conflict",
    "ConflictKind",
    "Foresight",
    "LaterChange",
    "Outlook",
    "RowUndo",
    "Selection",
    "UndoChanges",
    "UndoMode",
    "UndoRequest",
    "foresee",
    "plan_undo",
    "preview",
    "rehearse_undo",
    "undo_changes",
    "undoable",
]
