"""Sealing by itself: after each operation of ours, when a file is opened, from time to time, and when it is closed.

Nothing asks, since it was agreed to with the plan that put the tables under audit, and nothing of the steward's is
changed. It never makes anything else fail: what is in the way is told, the changes stay "not yet protected", and the
next time seals them. It holds the lock for one stretch of changes at a time, and gives up at once where another program
has it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, Unit, identity, journal, lease
from steward_app.catalog.journal import Phase
from steward_app.catalog.lease import Lease
from steward_app.db import WriteSession, open_read, open_write
from steward_app.kernel import ids
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard import gaps, going_on, went_back
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.chain import Seal
from steward_app.services.audit.seals.lookahead import look_ahead
from steward_app.services.audit.seals.renumbered import is_untold
from steward_app.services.audit.seals.seal import seal, seal_stretch
from steward_app.services.audit.seals.seal_log import SealLog, SealRequest, keep_newest
from steward_app.storage.secrets import Secrets, open_secrets

SEALING = "Sealing the audit log"
"""What it reports to be doing."""
_WAITS_MS = 1_000  # for another program that writes just now
_PAUSE_SECONDS = (
    0.1  # between two stretches; SQLite lets who waits for a lock sleep that long at most between two tries
)
_LATER = (ErrorCode.LOCKED, ErrorCode.BUSY_ELSEWHERE)  # somebody works there: the next time is soon enough

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnSeal:
    """What sealing by itself did.

    Attributes:
        changes: sealed now, in `seals` seals.
        left: not protected yet; more may have come meanwhile.
        findings: what a steward should know: rows changed behind the log's back, or why nothing was sealed.
    """

    changes: int = 0
    seals: int = 0
    left: int = 0
    findings: tuple[Finding, ...] = ()


def after_operation(catalog: Catalog, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """Seal what an operation of ours logged, and keep the receipt of the newest seal. For `services.afterwards`."""
    path = Path(done.path)
    if not path.exists():
        return ()
    if done.operation != SealLog.name:
        return seal_new(catalog, path, done.database_id, context, after=done.operation_id).findings
    return _went_back(path, done, context) + _kept(catalog, SealRequest(path, done.database_id), context)


def seal_new(catalog: Catalog, path: Path, database_id: str, context: Context, *, after: str = "") -> OwnSeal:
    """Seal what is not sealed, where the steward wants that and this computer may go on with the chain.

    Costs a few reads where there is nothing to do. What is in the way is told and raises nothing.

    Args:
        after: id of the operation that was just carried out.

    Raises `Cancelled`: what was sealed until then stays sealed.
    """
    sealing = _OwnSealing(catalog, path, database_id, context, after)
    try:
        return sealing.run()
    except Cancelled:
        raise
    except StewardError as error:
        left = sealing.left()
        if error.code in _LATER:
            _log.info("the audit log is sealed another time: %s", error.code)
            return replace(sealing.done(), left=left)
        found = _not_sealed(path, left, error)
        sealing.journal_once(found, error)
        return replace(sealing.done(), left=left, findings=(*sealing.findings, found))


class _OwnSealing:
    def __init__(self, catalog: Catalog, path: Path, database_id: str, context: Context, after: str) -> None:
        self._catalog = catalog
        self._path = path
        self._database_id = database_id
        self._context = context
        self._after = after
        self._made: list[Seal] = []
        self._start = 0  # the last change before
        self.findings: tuple[Finding, ...] = ()

    def run(self) -> OwnSeal:
        with open_read(self._path, self._context) as session, session.snapshot():
            if not going_on.is_sealable(session):
                return OwnSeal()
            self._start, unsealed = tables.last_seq(session), chain.unsealed(session)
            found = going_on.in_the_way(self._catalog, session, self._database_id)
            news = unsealed > 0 or is_untold(session)
        if found is not None:
            return OwnSeal(left=unsealed, findings=(found,) if unsealed or found.severity.rank == 0 else ())
        request = SealRequest(self._path, self._database_id)
        if news and going_on.seals_by_itself(self._catalog, self._database_id):
            self._seal(open_secrets(self._catalog.directory))
            with open_read(self._path, self._context) as session, session.snapshot():
                self.findings += gaps.since(session, self._start) + went_back.since(session, self._start)
        self.findings += _kept(self._catalog, request, self._context)
        return replace(self.done(), left=self.left())

    def done(self) -> OwnSeal:
        """What was done until now."""
        return OwnSeal(sum(each.changes for each in self._made), len(self._made), findings=self.findings)

    def left(self) -> int:
        """How many changes are not sealed; 0 where that cannot be told."""
        with suppress(StewardError), open_read(self._path) as session, session.snapshot():
            return chain.unsealed(session) if tables.is_audited(session) else 0
        return 0

    def journal_once(self, found: Finding, error: StewardError) -> None:
        """Say in the journal why nothing was sealed, unless that is the last thing it says of it."""
        details: dict[str, Json] = {"sentence": found.title, "error": error.code.value}
        with suppress(StewardError), self._catalog.unit() as unit:
            last = journal.events(
                unit.session, database_id=self._database_id, operation=SealLog.name, limit=1
            )
            if not last or last[0].data.get("error") != error.code.value:
                self._note(unit, details)
                unit.commit()

    def _seal(self, secrets: Secrets) -> None:
        """One stretch after the other; between two, others may write, and begin operations."""
        known = self._last_event()
        with open_read(self._path, self._context) as session, session.under(self._context):
            ahead = look_ahead(session, self._context)
        try:
            for stretch in (*ahead, None):
                if self._made:
                    self._context.wait(_PAUSE_SECONDS)
                with self._alone(known), self._writing() as (writing, step):
                    if stretch is None:
                        made = seal(writing, secrets, step)
                    else:
                        made = seal_stretch(writing, secrets, stretch, step)
                self._made += made
                if stretch is not None:
                    if not made:  # somebody else sealed meanwhile: the rest is looked at anew, another time
                        return
                    self._context.report(stretch.last, unit="changes", note=SEALING)
        finally:
            if self._made:
                self._journal()

    @contextmanager
    def _alone(self, known: int) -> Iterator[None]:
        """In the block no operation works on the database; nor did one since, for it may have replaced the file."""
        held = lease.when_brief_is_over(self._catalog, self._database_id, self._lease, self._context)
        try:
            if self._last_event() != known:
                raise Refused(ErrorCode.BUSY_ELSEWHERE, "Another operation has worked on this database.")
            yield
        finally:
            lease.over(held)
            with self._catalog.unit() as unit:
                lease.release(unit, held)
                unit.commit()

    def _lease(self) -> Lease:
        with self._catalog.unit() as unit:
            identity.check_place(unit.session, self._database_id, self._path)
            held = lease.take(unit, self._database_id, ids.new_id("op"), lease.BRIEF)
            unit.commit()
        return held

    @contextmanager
    def _writing(self) -> Iterator[tuple[WriteSession, Context]]:
        """One transaction, which may commit without all having begun to."""
        with self._context.step() as step, open_write(self._path) as session:
            session.value(f"PRAGMA busy_timeout = {_WAITS_MS}")
            with session.under(step), session.transaction(step):
                yield session, step

    def _last_event(self) -> int:
        """The last that an operation began or ended."""
        phases = (Phase.STARTED, *journal.ENDS)
        with self._catalog.reading() as session:
            last = journal.events(session, database_id=self._database_id, phases=phases, limit=1)
        return last[0].seq if last else 0

    def _journal(self) -> None:
        """One line for all that was sealed. The seals stand in the file, whether or not it can be written."""
        done = self.done()
        details: dict[str, Json] = {
            "sentence": f"The audit log sealed itself: {plural(done.changes, 'change')}",
            "seals": done.seals,
            "changes": done.changes,
            "seal": self._made[-1].n,
            **({"after": self._after} if self._after else {}),
        }
        try:
            with open_read(self._path) as session, self._catalog.unit() as unit:
                self._note(unit, details)
                identity.seen(unit, self._database_id, self._path, session)
                unit.commit()
        except StewardError as error:
            _log.warning("that the audit log was sealed could not be journalled: %s", error.code)

    def _note(self, unit: Unit, details: dict[str, Json]) -> None:
        journal.append(unit, Phase.NOTE, SealLog.name, database_id=self._database_id, details=details)


def _went_back(path: Path, done: Receipt, context: Context) -> tuple[Finding, ...]:
    """What the seals that a steward made say of clocks."""
    number, last = (done.result or {}).get("seals"), (done.result or {}).get("seal")
    if not isinstance(number, int) or not isinstance(last, int):
        return ()
    with open_read(path, context) as session, session.snapshot():
        first = next(chain.seals(session, first=last - number + 1), None)
        return went_back.since(session, first.first_seq - 1) if first is not None else ()


def _kept(catalog: Catalog, request: SealRequest, context: Context) -> tuple[Finding, ...]:
    """Keep the newest receipt; what is to be told where that cannot be done."""
    try:
        keep_newest(catalog, request, context)
    except (Failure, Refused) as error:
        return (
            Finding(
                "audit_receipt_not_kept",
                Severity.WARNING,
                f"The receipt of the newest seal of {quoted(request.path.name)} was not kept outside the file",
                Subject("audit", name=request.path.name),
                detail=f"{error.message} {error.hint}".strip(),
                remedies=(
                    "The next seal tries again.",
                    "“steward audit receipt” writes one where you want it.",
                ),
            ),
        )
    return ()


def _not_sealed(path: Path, left: int, error: StewardError) -> Finding:
    what = plural(left, "change") if left else "What is new"
    return Finding(
        "audit_not_sealed",
        Severity.WARNING,
        f"{what} of {quoted(path.name)} {'is' if left < 2 else 'are'} not protected by a seal yet",
        Subject("audit", name=path.name),
        detail=f"Sealing did not succeed: {error.message} Everything else was done.",
        remedies=("It is tried again by itself.", "“steward audit seal” seals it by hand."),
    )
