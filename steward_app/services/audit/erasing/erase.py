"""Erasing inside the log as an operation: values of a row, of columns or of some changes go for good.

    apply      the ledger is told, then one transaction: sealed, redacted, sealed again, verified
    after      the file is written anew, so that no free page and no side file holds what was erased

Nothing undoes it, and no restore point is made first: it would keep what is to go. Until the transaction commits
nothing has happened, and the ledger's entries are withdrawn. Once it has, whatever fails is told and can be finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from steward_app import __version__
from steward_app.catalog import Catalog, erasure, points
from steward_app.catalog.journal import Event
from steward_app.db import Session, WriteSession, open_read, open_write, quote
from steward_app.db.attribution import attributed, this_program
from steward_app.db.emptying import release, write_live_anew
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Check, Fingerprint, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import harvest, names, tables
from steward_app.services.audit.erasing import erase_words
from steward_app.services.audit.erasing.erase_ledger import entries
from steward_app.services.audit.erasing.erase_select import Chosen, EraseRequest, seals_of, select
from steward_app.services.audit.erasing.redact import redact
from steward_app.services.audit.past.lineage import live_names
from steward_app.services.audit.seals import seal_tables
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.verify import verify
from steward_app.services.erasure import Erasure, own_key
from steward_app.services.operation import (
    Confirmation,
    FileOperation,
    Outcome,
    Scope,
    Settlement,
    fingerprint,
    promise,
    rehearse,
    rehearse_on_copy,
    run,
)
from steward_app.storage.secrets import open_secrets

__all__ = ["EraseLog", "EraseRequest", "erase", "plan_erase", "rehearse_erase"]

_UNCHANGED = "Nothing was changed."
_CLOCK = f"SELECT seq FROM main.{names.CLOCK}"
_FINISH = "“steward audit erase DATABASE --finish” writes the file anew."
_MARGIN_BYTES = 1 << 20
_AT_ONCE = 500  # entries of the ledger


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done inside the transaction."""

    changes: int
    cells: int
    seals: int
    checks: tuple[Check, ...]


class EraseLog(FileOperation[EraseRequest]):
    """Erases values inside the log. Nothing undoes it."""

    name: ClassVar[str] = "audit.erase"
    changes_database = True
    destroys = True

    def __init__(self, catalog: Catalog | None = None) -> None:
        """`catalog` has the points and the secrets, to plan and to rehearse."""
        self._of = catalog

    @property
    def _catalog(self) -> Catalog:
        assert self._of is not None, "an erasure is planned from a catalog"
        return self._of

    def plan(self, request: EraseRequest, context: Context) -> Plan:
        """Raises `UsageError` where the request means nothing, `Refused` where there is nothing to erase."""
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            _require_log(session, request.path)
            size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
            if request.finish:
                return self._finishing(request, size_bytes, erase_words.findings(session, request, ()))
            chosen = select(session, request, context)
            if not chosen:
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    "There is nothing to erase: the log holds no such value.",
                    hint=f"{_UNCHANGED} {_FINISH}",
                )
            sentences = (*erase_words.sentences(session, chosen), *self._elsewhere(request.database_id))
            rests_on = fingerprint.take(session, [_CLOCK])
            obstacles = erase_words.findings(session, request, chosen)
        changes, cells = erase_words.counted(chosen)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Erase {plural(cells, 'value')} from the log of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "parts": [erase_words.as_json(each) for each in chosen],
                "reason": request.reason,
                "cells": cells,
            },
            sentences=sentences,
            findings=obstacles,
            reversal=Reversal.NONE,
            reversal_text="Nothing undoes it. No restore point is made first: it would keep what is to go.",
            fingerprint=rests_on,
            button=f"Erase {plural(cells, 'value')} of {plural(changes, 'change')}",
            disk_bytes=2 * size_bytes + _MARGIN_BYTES,
            disk_path=str(request.path.absolute().parent),
            type_to_confirm=request.path.name,
        )

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Erase on a copy, without a word to the ledger."""

        def change(session: WriteSession, step: Context) -> Sequence[Check]:
            return () if _finishes(plan) else self._redact(plan, session, step).checks

        return rehearse_on_copy(plan, scratch, context, change)

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        writer = this_program(__version__, reason=plan.title, operation_id=scope.operation_id)
        if _finishes(plan):
            return self._finish(scope, context)
        self._tell_ledger(plan, scope, context)
        with open_write(scope.path) as session:
            session.run("PRAGMA secure_delete = ON")
            with session.transaction(context), session.under(context):
                fingerprint.check(plan, session)  # what the ledger was told was read before
                with attributed(session, writer):
                    done = self._redact(plan, session, context)
                    promise.require_passed(
                        done.checks, "Everything was rolled back; the file is as it was before."
                    )
                    scope.stamp(session)
                    scope.confirm_lease()
            self._confirm(scope)
            left = write_live_anew(session, numbered(session))
        return Outcome(
            f"Erased {plural(done.cells, 'value')} of {plural(done.changes, 'change')} from the log"
            + (f". Not all of it is gone from the disk yet: {left} Then: {_FINISH}" if left else ""),
            result={"changes": done.changes, "cells": done.cells, "seals": done.seals, "left": left},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """All was verified before the commit; after it nothing can be taken back."""
        if _finishes(plan):
            return ()
        return (Check("The log is as it was sealed, but for what was erased", True),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        if _finishes(plan):
            return
        if scope.has_happened():
            # the disk failed after all; what became of it is settled when the file is opened
            raise Failure(ErrorCode.IO_ERROR, "The erasure may have happened.", hint=_FINISH)
        _withdraw(scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        if scope.has_happened():
            self._confirm(scope)
            with open_write(scope.path) as session:
                release(session)
            return Settlement(
                True, f"The values are erased. Pages that are free may hold them still: {_FINISH}"
            )
        _withdraw(scope)
        return Settlement(False, "The log is as it was before.")

    # What it consists of

    def _redact(self, plan: Plan, session: WriteSession, context: Context) -> _Done:
        """Erase inside the transaction, and verify the log before it is committed."""
        secrets, parts = open_secrets(self._catalog.directory), erase_words.parts(plan)
        seal(session, secrets, context)
        if not _is_as_planned(plan, session):  # a row waited in a pen, and was logged just now
            raise fingerprint.stale(plan, "its log grew")
        erased = [
            redact(
                session,
                secrets,
                part.seqs,
                columns=part.columns,
                reason=str(plan.request["reason"]),
                context=context,
            )
            for part in parts
        ]
        _empty_beside(session, parts)
        changes, cells = {seq for each in erased for seq in each.seqs}, sum(each.cells for each in erased)
        verdict = verify(session, context, live=False, processes=1)
        told = verdict.problems[0].sentence if verdict.problems else ""
        return _Done(
            len(changes),
            cells,
            seals_of(session, changes),
            (
                Check("As many values were erased as planned", cells == plan.request["cells"], f"{cells:,}"),
                Check("The log is as it was sealed, but for what was erased", not told, told),
            ),
        )

    def _tell_ledger(self, plan: Plan, scope: Scope, context: Context) -> None:
        """Write down what is about to be erased, so that it does not come back from elsewhere."""
        account = Erasure(scope.database_id, scope.operation_id, str(plan.request["reason"]))
        key = own_key(open_secrets(scope.catalog.directory), scope.database_id)
        with open_read(scope.path) as session, session.under(context), session.snapshot():
            by_tid = {each.tid: each for each in seal_tables.audited(session)}
            chosen = [
                Chosen(by_tid[part.tid], part.seqs, part.columns, 0, False)
                for part in erase_words.parts(plan)
                if part.tid in by_tid
            ]
            if not chosen:
                raise fingerprint.stale(plan, "the audit was changed")
            told, found = 0, entries(session, chosen, account, key)
            while some := list(islice(found, _AT_ONCE)):  # the catalog is held for a moment only
                with scope.catalog.unit() as unit:
                    told += erasure.record(unit, some)
                    unit.commit()
                context.checkpoint()
                context.report(told, unit="states of rows", note="Telling the ledger of erasures")

    def _confirm(self, scope: Scope) -> None:
        with scope.catalog.unit() as unit:
            erasure.confirm(unit, scope.operation_id, clock.to_text(clock.now()))
            unit.commit()

    def _finish(self, scope: Scope, context: Context) -> Outcome:
        context.checkpoint()
        with open_write(scope.path) as session:
            left = write_live_anew(session, numbered(session))
        if left:
            raise Failure(
                ErrorCode.LOCKED,
                f"{quoted(scope.path.name)} could not be written anew: {left}",
                hint="What was erased is not in the log, but old pages may hold it. Try again when it is free.",
            )
        return Outcome(f"Wrote {quoted(scope.path.name)} anew: nothing of what was erased is left in it")

    def _finishing(self, request: EraseRequest, size_bytes: int, obstacles: tuple[Finding, ...]) -> Plan:
        name = quoted(request.path.name)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Write {name} anew",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"finish": True},
            sentences=(
                f"{name} is written anew, so that no free page and no file beside it holds what was erased.",
                "No row changes, and no row gets another number. Other programs wait meanwhile.",
            ),
            findings=obstacles,
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No row of yours is changed.",
            fingerprint=Fingerprint(""),
            button="Write the file anew",
            needs_confirmation=False,
            disk_bytes=2 * size_bytes + _MARGIN_BYTES,
            disk_path=str(request.path.absolute().parent),
        )

    def _elsewhere(self, database_id: str) -> tuple[str, ...]:
        """What holds the values, too."""
        with self._catalog.reading() as session:
            known = points.of_database(session, database_id)
        if not known:
            return ()
        return (
            f"{plural(len(known), 'restore point')} of before may still hold the values, in the log and in rows."
            " They are not edited; the ledger of erasures keeps the values from coming back:"
            " a restore leaves such a log out, and empties the rows that held them.",
        )


def plan_erase(catalog: Catalog, request: EraseRequest, context: Context) -> Plan:
    """Plan to erase values inside the log. Raises as the operation's `plan` does."""
    return EraseLog(catalog).plan(request, context)


def rehearse_erase(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what came of it."""
    return rehearse(EraseLog(catalog), plan, catalog, context)


def erase(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does."""
    return run(EraseLog(catalog), plan, catalog, context, confirmation=confirmation)


def _require_log(session: Session, path: Path) -> None:
    if not tables.is_audited(session):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(path.name)} has no audit log.",
            hint=f"{_UNCHANGED} “steward audit install” puts its tables under audit.",
        )


def _withdraw(scope: Scope) -> None:
    """Take back what the ledger was told."""
    with scope.catalog.unit() as unit:
        erasure.withdraw(unit, scope.operation_id)
        unit.commit()


def _finishes(plan: Plan) -> bool:
    return plan.request.get("finish") is True


def _is_as_planned(plan: Plan, session: Session) -> bool:
    """Whether no change was logged since the plan; events of the audit may have been."""
    known = [each.expected for each in plan.fingerprint.conditions if each.sql == _CLOCK]
    if not known or not isinstance(known[0], int):
        return False
    present = seal_tables.present(session)
    logs = [names.log_table(each.tid) for each in seal_tables.audited(session)]
    newer = "SELECT 1 FROM main.{} WHERE seq > ? LIMIT 1"
    return not any(session.value(newer.format(quote(log)), (known[0],)) for log in logs if log in present)


def _empty_beside(session: WriteSession, chosen: Sequence[erase_words.Part]) -> None:
    """Empty what holds copies of rows beside the log: the pens, and samples that ANALYZE took of its lists."""
    present = seal_tables.present(session)
    for each in seal_tables.audited(session):
        if any(part.tid == each.tid for part in chosen) and names.pen_table(each.tid) in present:
            harvest.empty(session, each)
    if seal_tables.is_there(session, "sqlite_stat4"):
        session.run(
            "DELETE FROM main.sqlite_stat4 WHERE substr(tbl, 1, ?) = ?", (len(names.PREFIX), names.PREFIX)
        )


def numbered(session: Session) -> tuple[tuple[str, str], ...]:
    """The tables whose hidden row numbers the log knows, each with one of its columns."""
    now = live_names(session)
    return tuple(
        (now[each.tid], each.columns[0].name)
        for each in seal_tables.audited(session, current=True, strict=False)
        if each.by_rowid and not each.alias and each.tid in now
    )
