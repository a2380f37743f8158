"""Retention as an operation: the oldest sealed changes leave the log for a signed archive file.

    archive    written beside its name, verified by reading it back, put in place
    log        the changes leave in one transaction, the seals stay; verified before the commit
    after      the file is written anew and is smaller then

Two files never share a transaction. A crash before the commit leaves the log as it was: an archive that is there
already is removed when the file is opened next, since the log still holds all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from blake3 import blake3

from steward_app import __version__
from steward_app.catalog import Catalog
from steward_app.catalog.journal import Event
from steward_app.db import Session, WriteSession, open_read, open_write
from steward_app.db.attribution import attributed, this_program
from steward_app.db.emptying import release, write_live_anew
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.plan import Check, Plan, Rehearsal, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.erasing.erase import numbered
from steward_app.services.audit.guard.remove import objects
from steward_app.services.audit.leaving.prune import Archive, Segment, archive, prune
from steward_app.services.audit.leaving.retention import due
from steward_app.services.audit.seals import chain, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.receipt import moment
from steward_app.services.audit.seals.verify import verify
from steward_app.services.backup import take_point
from steward_app.services.operation import (
    Confirmation,
    FileOperation,
    Outcome,
    Scope,
    Settlement,
    fingerprint,
    obstacles,
    promise,
    rehearse,
    rehearse_on_copy,
    run,
)
from steward_app.storage import delete, is_there, read_chunks, staged, sweep
from steward_app.storage.secrets import Secrets, open_secrets

_UNCHANGED = "Nothing was changed."
_MARGIN_BYTES = 1 << 20
_CUT = f"SELECT count(*) FROM main.{names.EVENT} WHERE kind = '{statement.PRUNED}'"


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """Move sealed changes that are older than a period to an archive.

    Attributes:
        to: the archive, a new file.
    """

    path: Path
    database_id: str
    to: Path
    older_than: timedelta


class PruneLog(FileOperation[PruneRequest]):
    """Moves the oldest changes of the log to an archive. Undone by the restore point that is made first."""

    name: ClassVar[str] = "audit.prune"
    changes_database = True

    def __init__(self, catalog: Catalog | None = None) -> None:
        """`catalog` has the secrets, to rehearse."""
        self._catalog = catalog

    def plan(self, request: PruneRequest, context: Context) -> Plan:
        """Raises `Refused` where nothing is that old, or something stands at the archive's place."""
        _require_free(request)
        with open_read(request.path, context) as session, session.snapshot(), session.under(context):
            if not tables.is_audited(session) or statement.cut(session).is_archive:
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"{quoted(request.path.name)} has no audit log of its own.",
                    hint=_UNCHANGED,
                )
            segment = due(session, request.older_than)
            if segment is None:
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"No change that was sealed more than {_days(request.older_than)} ago is in the log.",
                    hint=f"{_UNCHANGED} Changes leave in whole seals, by the day they were sealed.",
                )
            size_bytes = _size(session, segment)
            file_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
            sentences = tuple(_sentences(session, request, segment, size_bytes))
            rests_on = fingerprint.take(session, [_CUT])
            findings = obstacles.cannot_be_written(session)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Move {plural(segment.changes, 'change')} of {quoted(request.path.name)} from the log to an archive",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"to": str(request.to.absolute()), **asdict(segment)},
            sentences=sentences,
            findings=findings,
            reversal=Reversal.RESTORE_POINT,
            reversal_text="The changes come back into the log only with the restore point that is made first.",
            fingerprint=rests_on,
            button=f"Archive {plural(segment.changes, 'change')}",
            disk_bytes=2 * file_bytes + size_bytes + _MARGIN_BYTES,
            disk_path=str(request.to.absolute().parent),
        )

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Move them to an archive in scratch space, on a copy of the file."""
        assert self._catalog is not None, "a rehearsal needs the catalog"
        secrets, segment = open_secrets(self._catalog.directory), _segment(plan.request)

        def change(session: WriteSession, step: Context) -> Sequence[Check]:
            made = archive(session, segment, scratch / "archive.sqlite", secrets, step)
            return _pruned(session, made, secrets, step)

        return rehearse_on_copy(plan, scratch, context, change)

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        secrets, segment = open_secrets(scope.catalog.directory), _segment(plan.request)
        made = _archived(scope.path, segment, _target(plan.request), secrets, context)
        writer = this_program(__version__, reason=plan.title, operation_id=scope.operation_id)
        with open_write(scope.path) as session:
            session.run("PRAGMA secure_delete = ON")
            with session.transaction(context), session.under(context), attributed(session, writer):
                fingerprint.check(plan, session)
                checks = _pruned(session, made, secrets, context)
                promise.require_passed(checks, "The log is as it was before, and the archive was removed.")
                scope.stamp(session)
                scope.confirm_lease()
            left = write_live_anew(session, numbered(session))
        told = f". The file has not become smaller: {left}" if left else ""
        return Outcome(
            f"Moved {plural(segment.changes, 'change')} from the log to {quoted(made.path.name)}{told}",
            result={
                "archive": str(made.path),
                "blake3": made.digest,
                "changes": segment.changes,
                "seals": segment.last_seal - segment.first_seal + 1,
                "left": left,
            },
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        """All was verified before the commit; after it nothing can be taken back."""
        return (
            Check(
                "The archive holds what was sealed",
                True,
                "read back and verified before anything left the log",
            ),
            Check("The log that stays is as it was sealed", True),
        )

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        if scope.has_happened():
            # the disk failed after all; what became of it is settled when the file is opened
            raise Failure(ErrorCode.IO_ERROR, "The changes may have left the log.", hint="The archive stays.")
        _take_back(scope, plan.request)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        asked = started.data["request"]
        assert isinstance(asked, Mapping)
        if scope.has_happened():
            with open_write(scope.path) as session:
                release(session)
            return Settlement(True, f"The changes are in the archive {quoted(_target(asked).name)}.")
        _take_back(scope, asked)
        return Settlement(False, "The log is as it was before.")


def plan_prune_log(catalog: Catalog, request: PruneRequest, context: Context) -> Plan:
    """Plan to move old changes to an archive. Raises as the operation's `plan` does."""
    return PruneLog(catalog).plan(request, context)


def rehearse_prune_log(catalog: Catalog, plan: Plan, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file, and tell what came of it."""
    return rehearse(PruneLog(catalog), plan, catalog, context)


def prune_log(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan out. Raises as `operation.run` does."""
    return run(PruneLog(catalog), plan, catalog, context, confirmation=confirmation, take_point=take_point)


def _archived(path: Path, segment: Segment, target: Path, secrets: Secrets, context: Context) -> Archive:
    """The archive, in its place: written under another name, verified there, and read once more where it stands."""
    with staged(target) as new:
        with open_read(path) as session, session.snapshot():
            made = archive(session, segment, new.temporary, secrets, context)
        context.checkpoint()
        new.finish(overwrite=False)
    digest = blake3()
    for chunk in read_chunks(target):
        digest.update(chunk)
    if digest.hexdigest() != made.digest:
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"{quoted(target.name)} does not hold what was written to it.",
            hint="The log was left as it is. Check the disk.",
        )
    return replace(made, path=target)


def _pruned(session: WriteSession, made: Archive, secrets: Secrets, context: Context) -> tuple[Check, ...]:
    """Take the changes out inside the transaction, and verify what stays."""
    prune(session, made, secrets, context)
    verdict = verify(session, context, live=False, processes=1)
    told = verdict.problems[0].sentence if verdict.problems else ""
    return (Check("The log that stays is as it was sealed", not told, told),)


def _take_back(scope: Scope, asked: Mapping[str, Any]) -> None:
    """Remove the archive of an operation that did not happen. Whatever else stands there stays."""
    target = _target(asked)
    if not target.parent.is_dir():
        return
    sweep(target)
    if is_there(target) and _is_archive(scope.path, target, _segment(asked)):
        delete(target)


def _is_archive(path: Path, target: Path, segment: Segment) -> bool:
    """Whether a file is the archive of this segment of this log, and the log still holds it."""
    try:
        with open_read(path) as session:
            log, cut = Chain.read(session), statement.cut(session)
        with open_read(target) as session:
            of, found = Chain.read(session), statement.cut(session)
            last = chain.last_seal(session)
    except StewardError:
        return False
    same = log is not None and of is not None and log.log == of.log
    begins = found.is_archive and (found.last_seq, found.last_seal) == (
        segment.first_seq - 1,
        segment.first_seal - 1,
    )
    return (
        same
        and begins
        and last is not None
        and last.n == segment.last_seal
        and cut.last_seq < segment.first_seq
    )


def _target(asked: Mapping[str, Any]) -> Path:
    return Path(str(asked["to"]))


def _segment(asked: Mapping[str, Any]) -> Segment:
    """The changes a plan was made for. Raises `UsageError` where somebody wrote it by hand, and wrongly."""
    try:
        fields = {name: int(asked[name]) for name in ("first_seq", "last_seq", "first_seal", "last_seal")}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "This plan does not say which changes are to leave.", hint=_UNCHANGED
        ) from error
    return Segment(**fields)


def _require_free(request: PruneRequest) -> None:
    hint = f"{_UNCHANGED} Choose another name for the archive."
    if is_there(request.to):
        raise Refused(ErrorCode.BAD_PATH, f"{quoted(request.to.name)} exists already.", hint=hint)
    if not request.to.absolute().parent.is_dir():
        raise Refused(
            ErrorCode.BAD_PATH, f"The folder of {quoted(str(request.to), 200)} is not there.", hint=hint
        )


def _sentences(session: Session, request: PruneRequest, segment: Segment, size_bytes: int) -> Iterator[str]:
    seals = [each for each in chain.seals(session) if segment.first_seal <= each.n <= segment.last_seal]
    last = clock.shown(moment(seals[-1].sealed_us))
    yield (
        f"{plural(segment.changes, 'change leaves', 'changes leave')} the log for {quoted(request.to.name)}, about"
        f" {size(size_bytes)}: {statement.numbers(segment.first_seq, segment.last_seq)}, sealed up to {last} by"
        f" {plural(len(seals), 'seal')}."
    )
    yield "The archive is written and verified by reading it back first. Only then does anything leave the log."
    yield "The seals stay as they are, so that the log verifies across the cut, and a signed event names the archive."
    yield (
        f"History, time travel and undo in this file then reach back to change {segment.last_seq + 1:,}. What was"
        " before can be looked at and verified in the archive; it cannot be undone from there."
    )
    yield "No row of yours changes. The file is written anew and becomes smaller; other programs wait meanwhile."
    yield "The archive holds values of rows, and later erasures do not reach into it: keep it as you keep the database."


def _size(session: Session, segment: Segment) -> int:
    """About how large the archive will be: the part of what the logs take in the file."""
    logs = [
        name
        for name, _ in objects(session)
        if name.startswith((f"{names.PREFIX}log_", f"{names.PREFIX}values_"))
    ]
    pages_sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ? AND aggregate = TRUE"
    taken = sum(session.count(pages_sql, (name,)) for name in logs)
    cut, last = statement.cut(session).last_seq, tables.last_seq(session)
    return taken * segment.changes // max(1, last - cut) + _MARGIN_BYTES // 16


def _days(period: timedelta) -> str:
    return plural(period.days, "day")
