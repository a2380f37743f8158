"""Undoing logged changes through the pipeline: planned, verified, logged itself, and undone in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import Session, WriteSession, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Json, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.undo import words
from steward_app.services.audit.undo.look import Look, Wish, look
from steward_app.services.audit.undo.model import (
    Foresight,
    Outlook,
    Selection,
    UndoMode,
    UndoRequest,
    blocking,
)
from steward_app.services.audit.undo.write import changes, compared, linked, statements, write
from steward_app.services.backup import take_point
from steward_app.services.operation import (
    Confirmation,
    Outcome,
    TransactionOperation,
    Undo,
    fingerprint,
    promise,
    rehearse,
    run,
)
from steward_app.services.schema.introspect import read_schema

_UNCHANGED = "Nothing was changed."
_CLOCK = f"SELECT seq FROM main.{names.CLOCK}"


@dataclass(frozen=True)
class UndoChanges(TransactionOperation[Any]):
    """Takes logged changes back. `catalog` has the erasure ledger, which is asked about every row that changes."""

    catalog: Catalog

    name: ClassVar[str] = "audit.undo"

    def plan(self, request: UndoRequest, context: Context) -> Plan:
        """Raises `Refused` where there is nothing to undo, `UsageError` where the selection makes no sense."""
        with _reading(request, context) as session:
            looked = _look(self.catalog, session, request, context)
            return self._plan(session, request, looked, looked.outlook(session))

    def _plan(self, session: Session, request: UndoRequest, looked: Look, outlook: Outlook) -> Plan:
        _require_something(looked)
        counted = changes(session, looked.rows)
        undone = _undone(looked)
        lost = sorted({row.family.name for row in looked.rows if not row.exists and row.family.loses})
        title = words.title(len(undone) or len(outlook.selected), [change.table for change in counted])
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Take back an undo: {title[0].lower()}{title[1:]}"
            if _takes_back(session, looked, undone)
            else title,
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request=_as_json(request),
            sentences=tuple(words.sentences(outlook, counted)),
            changes=counted,
            sql=tuple(f"-- {plural(n, 'row')}\n{sql}" for sql, n in statements(looked.rows).items()),
            findings=words.findings(outlook),
            reversal=Reversal.RESTORE_POINT if lost else Reversal.INVERSE,
            reversal_text=(
                f"By the restore point that is made first: the log does not hold all of {words.listed(lost)}."
                if lost
                else "Undone in the same way: the undo is in the log, too."
            ),
            fingerprint=fingerprint.take(session, [_CLOCK]),
            button=f"Undo {plural(len(undone), 'change')}",
            needs_confirmation=bool(lost) or not request.selection.operation,
        )

    def outlook(self, request: UndoRequest, context: Context) -> Outlook:
        """What would come of each row, with values, for choosing before a plan is made."""
        with _reading(request, context) as session:
            return _look(self.catalog, session, request, context).outlook(session)

    def foresee(self, request: UndoRequest, context: Context) -> Foresight:
        """The outlook and the plan from one look: of many changes it takes most of the time."""
        with _reading(request, context) as session:
            looked = _look(self.catalog, session, request, context)
            outlook = looked.outlook(session)
            try:
                return Foresight(outlook, self._plan(session, request, looked, outlook))
            except Refused as error:
                return Foresight(outlook, None, error.message)

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        request = _request(plan)
        looked = _look(self.catalog, session, request, context)
        _require_something(looked)
        if blocking(looked.mode, looked.conflicts) or changes(session, looked.rows) != plan.changes:
            raise fingerprint.stale(plan, "its data was changed")
        with session.verbatim():
            write(session, looked.rows, context)
        checks = (
            *compared(session, looked.rows),
            *linked(session, looked.schema, looked.rows, looked.conflicts),
        )
        promise.require_passed(checks, "Everything was rolled back; the file is as it was before.")
        undone = _undone(looked)
        taken_back = _takes_back(session, looked, undone)
        _tell_what(session, looked, undone)
        return Outcome(
            words.done(
                len(undone),
                [change.table for change in plan.changes],
                len(looked.rows),
                taken_back=taken_back,
            ),
            plan.changes,
            {"changes": len(undone), "rows": len(looked.rows), "left": len(looked.conflicts)},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """Everything was read again before `apply` came back."""
        return (Check("Every row is as before", True, f"{outcome.result['rows']} compared"),)

    def orphans(self, plan: Plan) -> Mapping[str, int]:
        """Those that pointed to nothing at the time they go back to."""
        return words.orphans(plan.findings)

    def inverse(self, done: Record) -> Undo | None:
        """The undo of the transaction it was logged as, be it an undo or another operation that the log undoes."""
        if done.started.data.get("reversal") != Reversal.INVERSE.value:
            return None
        request = UndoRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            Selection(operation=done.started.operation_id),
        )
        return Undo(self, lambda context: self.plan(request, context))


def undoable(catalog: Catalog) -> tuple[UndoChanges]:
    """The operations of this capability that `operation.undo` can take back."""
    return (UndoChanges(catalog),)


def plan_undo(catalog: Catalog, request: UndoRequest, context: Context) -> Plan:
    """Plan to undo changes. Raises as the operation's `plan` does."""
    return UndoChanges(catalog).plan(request, context)


def preview(catalog: Catalog, request: UndoRequest, context: Context) -> Outlook:
    """What undoing would do to each row, and what stands in the way: for ticking changes and cells off."""
    return UndoChanges(catalog).outlook(request, context)


def foresee(catalog: Catalog, request: UndoRequest, context: Context) -> Foresight:
    """What undoing would do to each row, and its plan, looked at once."""
    return UndoChanges(catalog).foresee(request, context)


def rehearse_undo(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what differs there."""
    return rehearse(UndoChanges(catalog), plan, catalog, context)


def undo_changes(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does."""
    return run(UndoChanges(catalog), plan, catalog, context, confirmation=confirmation, take_point=take_point)


@contextmanager
def _reading(request: UndoRequest, context: Context) -> Iterator[Session]:
    """A session of one moment."""
    with open_read(request.path, context) as session, session.snapshot(), session.under(context):
        yield session


def _look(catalog: Catalog, session: Session, request: UndoRequest, context: Context) -> Look:
    if not tables.is_audited(session):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(request.path.name)} has no audit, so no change of it can be undone.",
            hint=_UNCHANGED,
        )
    schema = read_schema(session, context)
    wish = Wish(request.selection, request.mode, request.excluded)
    return look(session, schema, catalog, request.database_id, wish, context)


def _require_something(looked: Look) -> None:
    """Raise `Refused` where there is nothing to do."""
    if looked.rows or (looked.conflicts and looked.mode is not UndoMode.SKIP):
        return
    why = "every row is as it was before"
    if not looked.chosen.changes:
        why = "the log has no such change"
    elif looked.conflicts:
        why = "something stands in the way of all of it"
    raise Refused(ErrorCode.NOT_ALLOWED, f"There is nothing to undo: {why}.", hint=_UNCHANGED)


def _undone(looked: Look) -> list[int]:
    return sorted({seq for row in looked.rows for seq in row.seqs})


def _takes_back(session: Session, looked: Look, undone: list[int]) -> bool:
    """Whether all that is undone was itself done by an undo."""
    txns = {looked.chosen.changes[seq].txn for seq in undone}
    if not txns or None in txns:
        return False
    among = ", ".join(map(str, txns))
    found = session.count(f"SELECT count(*) FROM main.{names.TXN} WHERE undo_of <> '' AND txn IN ({among})")
    return found == len(txns)


def _tell_what(session: WriteSession, looked: Look, undone: list[int]) -> None:
    """Say in the log what this transaction takes back: another one of ours by its id, else changes by their numbers."""
    txns = {looked.chosen.changes[seq].txn for seq in undone}
    row = None
    if len(txns) == 1:
        row = session.value(f"SELECT operation_id FROM main.{names.TXN} WHERE txn = ?", (next(iter(txns)),))
    session.run(
        f"UPDATE main.{names.TXN} SET undo_of = ? WHERE undo_of = '' AND txn = (SELECT txn FROM main.{names.CLOCK})",
        (str(row) if row else words.runs(undone),),
    )


def _as_json(request: UndoRequest) -> dict[str, Json]:
    excluded: list[Json] = [[seq, column] for seq, column in sorted(request.excluded)]
    return {
        "selection": words.as_json(request.selection),
        "mode": request.mode.value,
        "excluded": excluded,
    }


def _request(plan: Plan) -> UndoRequest:
    """What a plan was made for. Raises `UsageError` where somebody wrote it by hand, and wrongly."""
    told: dict[str, Any] = plan.request
    try:
        return UndoRequest(
            Path(plan.path),
            plan.database_id,
            words.from_json(told["selection"]),
            UndoMode(str(told["mode"])),
            frozenset((int(seq), str(column)) for seq, column in told["excluded"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "This plan does not say what is to be undone.", hint=_UNCHANGED
        ) from error
