"""What an undo needs, called on worker threads: what would come of it, its plan, its rehearsal, carrying it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from steward_app.catalog import Catalog
from steward_app.db import fold
from steward_app.gui.pages.audit.read import Seen
from steward_app.kernel.errors import Refused
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.undo import (
    ONLY_ROW,
    ConflictKind,
    Outlook,
    UndoMode,
    UndoRequest,
    plan_undo,
    preview,
    rehearse_undo,
    undo_changes,
)
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation


@dataclass(frozen=True, slots=True)
class UndoRead:
    """What would come of an undo.

    Attributes:
        base: with nothing left out; `outlook`: with what was unticked, or is as before already, left out.
        plan: None where there is nothing to be done; `refusal` says why.
        already: what is as before already, though it was changed since: by an earlier undo, or by hand.
    """

    base: Outlook
    outlook: Outlook
    plan: Plan | None
    refusal: str = ""
    already: frozenset[tuple[int, str]] = frozenset()


def look(
    catalog: Catalog, request: UndoRequest, before: UndoRead | None, seen: Seen | None, context: Context
) -> UndoRead:
    """What would come of an undo, and its plan. `before`: of the same undo, with something else left out.

    Args:
        seen: the change, where it is a single one.

    Raises what `services.audit.undo.preview` raises, and `Refused` where it is not known which database this is.
    """
    if not request.database_id:
        request = replace(request, database_id=database_id(catalog, request.path, context))
    if before is None:
        base = preview(catalog, replace(request, excluded=frozenset()), context)
        already = _already(catalog, request, base, context)
        if seen is not None and seen.back_by is not None and seen.back_by.by_undo:
            already |= {(seen.entry.change.seq, ONLY_ROW)}
    else:
        base, already = before.base, before.already
    request = replace(request, excluded=request.excluded | already)
    outlook = preview(catalog, request, context) if request.excluded else base
    try:
        return UndoRead(base, outlook, plan_undo(catalog, request, context), "", already)
    except Refused as error:
        return UndoRead(base, outlook, None, error.message, already)


def _already(
    catalog: Catalog, request: UndoRequest, base: Outlook, context: Context
) -> frozenset[tuple[int, str]]:
    """Cells in the way of an undo that hold what it would give them, and rows it would remove that are gone."""
    gone = {
        (each.seq, ONLY_ROW)
        for each in base.conflicts
        if each.kind is ConflictKind.ROW_GONE and each.seq is not None and not each.column
    }
    changed = [each for each in base.conflicts if each.kind is ConflictKind.CHANGED_SINCE and each.column]
    if changed:
        forced = preview(catalog, replace(request, mode=UndoMode.FORCE, excluded=frozenset()), context)
        differ = {(seq, fold(name)) for row in forced.rows for seq in row.seqs for name in row.then}
        gone |= {
            (each.seq, each.column)
            for each in changed
            if each.seq is not None and (each.seq, fold(each.column)) not in differ
        }
    return frozenset(gone)


def plan_of(catalog: Catalog, request: UndoRequest, context: Context) -> Plan:
    """Plan an undo. Raises as `plan_undo` does."""
    if not request.database_id:
        request = replace(request, database_id=database_id(catalog, request.path, context))
    return plan_undo(catalog, request, context)


def rehearse_of(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry it out on a copy."""
    return rehearse_undo(catalog, plan, context)


def carry_out(
    catalog: Catalog, plan: Plan, context: Context, said: Confirmation, done: Callable[[], None]
) -> Receipt:
    """Carry it out; `done` is called when it was."""
    receipt = undo_changes(catalog, plan, context, said)
    done()
    return receipt
