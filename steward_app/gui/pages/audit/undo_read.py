"""What an undo needs, called on worker threads: what would come of it, its plan, its rehearsal, carrying it out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from steward_app.catalog import Catalog
from steward_app.catalog.identity import IdentityQuestion, recognise
from steward_app.db import fold, open_read
from steward_app.gui.pages.audit.read import Seen
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.audit.undo import (
    ONLY_ROW,
    ConflictKind,
    Outlook,
    RowUndo,
    UndoMode,
    UndoRequest,
    foresee,
    plan_undo,
    preview,
    rehearse_undo,
    undo_changes,
)
from steward_app.services.backup import database_id
from steward_app.services.operation import Confirmation

Excluded = frozenset[tuple[int, str]]
"""What is left out: (number of a change, column), or `ONLY_ROW` for the whole change."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What is done to the rows of one table. `leaves` is what leaves all of it out."""

    table: str
    came: int
    changed: int
    gone: int
    leaves: Excluded

    @property
    def rows(self) -> int:
        """How many rows these are."""
        return self.came + self.changed + self.gone


@dataclass(frozen=True, slots=True)
class UndoRead:
    """What would come of an undo.

    Attributes:
        base: with nothing left out but what was erased; `outlook`: with what was unticked, or is as before already,
            left out, too.
        plan: None where there is nothing to be done; `refusal` says why.
        unsure: why it can be looked at and not be done yet: the steward has not said which database this is.
        already: what is as before already, though it was changed since: by an earlier undo, or by hand.
        erased: cells that were erased since, so that they do not come back.
        sums: what `base` does, by table.
        whole: what leaves all of it out.
    """

    base: Outlook
    outlook: Outlook
    plan: Plan | None
    refusal: str = ""
    already: Excluded = frozenset()
    erased: Excluded = frozenset()
    sums: tuple[Sum, ...] = ()
    whole: Excluded = frozenset()
    unsure: str = ""

    @property
    def left_out(self) -> Excluded:
        """What is left out without being asked."""
        return self.already | self.erased


def look(
    catalog: Catalog, request: UndoRequest, before: UndoRead | None, seen: Seen | None, context: Context
) -> UndoRead:
    """What would come of an undo, and its plan. `before`: of the same undo, with something else left out.

    Args:
        seen: the change, where it is a single one.

    Raises what `services.audit.undo.foresee` raises.
    """
    unsure = ""
    if not request.database_id:
        named, unsure = _which(catalog, request.path, context)
        request = replace(request, database_id=named)
    found = _looked(catalog, request, before, seen, context)
    return replace(found, unsure=unsure)


def _which(catalog: Catalog, path: Path, context: Context) -> tuple[str, str]:
    """Which database a file is, or may be; and what is to be answered first."""
    with open_read(path, context) as session:
        known = recognise(catalog, path, session)
    if isinstance(known, IdentityQuestion):
        return known.known.id, _tr("Say first which database this is.")
    return known.database.id, ""


def _looked(
    catalog: Catalog, request: UndoRequest, before: UndoRead | None, seen: Seen | None, context: Context
) -> UndoRead:
    if before is None:
        first = foresee(catalog, replace(request, excluded=frozenset()), context)
        base = first.outlook
        already = _already(catalog, request, base, context)
        if seen is not None and seen.back_by is not None and seen.back_by.by_undo:
            already |= {(seen.entry.change.seq, ONLY_ROW)}
        whole = frozenset((seq, ONLY_ROW) for seq in base.selected)
        found = UndoRead(
            base, base, first.plan, first.refusal, already, _erased(base), tuple(_sums(base)), whole
        )
    else:
        found = before
    excluded = request.excluded | found.left_out
    if found.whole and found.whole <= excluded:
        nothing = replace(found.base, rows=(), conflicts=(), added=())
        why = _tr("There is nothing to undo: every row is as it was before.")
        return replace(found, outlook=nothing, plan=None, refusal=why)
    if before is None and not excluded:
        return found
    now = foresee(catalog, replace(request, excluded=excluded), context)
    return replace(found, outlook=now.outlook, plan=now.plan, refusal=now.refusal)


def _sums(outlook: Outlook) -> Iterator[Sum]:
    by_table: dict[str, list[RowUndo]] = {}
    for row in outlook.rows:
        by_table.setdefault(row.table, []).append(row)
    for table, rows in by_table.items():
        came, gone = sum(row.before is None for row in rows), sum(row.after is None for row in rows)
        leaves = frozenset((seq, ONLY_ROW) for row in rows for seq in row.seqs)
        yield Sum(table, came, len(rows) - came - gone, gone, leaves)


def _erased(base: Outlook) -> Excluded:
    """Cells of which the log holds no value any more."""
    return frozenset(
        (each.seq, each.column)
        for each in base.conflicts
        if each.kind is ConflictKind.ERASED and each.seq is not None and each.column
    )


def _already(catalog: Catalog, request: UndoRequest, base: Outlook, context: Context) -> Excluded:
    """Cells in the way of an undo that hold what it would give them, and rows it would remove that are gone."""
    gone = {
        (each.seq, ONLY_ROW)
        for each in base.conflicts
        if each.kind is ConflictKind.ROW_GONE and each.seq is not None and not each.column
    }
    changed = [each for each in base.conflicts if each.kind is ConflictKind.CHANGED_SINCE and each.column]
    if changed:
        forced = base
        if base.mode is not UndoMode.FORCE:
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


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
