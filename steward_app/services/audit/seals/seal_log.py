"""Sealing as an operation of its own, when a steward asks for it. What is sealed unasked is in `own_seals`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, keys
from steward_app.db import Session, WriteSession, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.plan import Check, Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard import going_on
from steward_app.services.audit.seals import chain, receipt, statement
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.receipt import AuditReceipt
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.verify_seals import SealVerifier, stretches
from steward_app.services.operation import Outcome, TransactionOperation, run
from steward_app.storage.secrets import Secrets, open_secrets

_OTHERS_SIGNED = (
    "The seals so far are signed with keys of other computers. This computer goes on with the chain under its own key,"
    " and from then on seals it by itself, too."
)


@dataclass(frozen=True, slots=True)
class SealRequest:
    """Seal what the log of a database has gained."""

    path: Path
    database_id: str


class SealLog(TransactionOperation[SealRequest]):
    """Seals what is not sealed. Asks nothing: no row of the steward's is changed."""

    name = "audit.seal"

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def plan(self, request: SealRequest, context: Context) -> Plan:
        with open_read(request.path, context) as session, session.snapshot():
            if not tables.is_audited(session) or statement.cut(session).is_archive:
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"{quoted(request.path.name)} is not under audit.",
                    hint="Nothing was changed. Put its tables under audit first.",
                )
            unsealed = chain.unsealed(session)
            signers, known = chain.signers(session), keys.known_signing_key_id(self._secrets)
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Seal the audit log of {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={},
            sentences=(
                f"{plural(unsealed, 'change')} that nothing protects yet are hashed, chained and signed.",
                "Rows that were changed behind the log are named in it.",
                *((_OTHERS_SIGNED,) if signers and known not in signers else ()),
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No row of yours is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Seal the log",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        made = seal(session, self._secrets, context)
        if not made:
            return Outcome(
                "Nothing to seal: the audit log is sealed to its end", result={"seals": 0, "changes": 0}
            )
        changes = made[-1].last_seq - made[0].first_seq + 1
        return Outcome(
            f"Sealed {plural(changes, 'change')} of the audit log",
            result={"seals": len(made), "changes": changes, "seal": made[-1].n},
        )

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        """The new seals are read again, and what they cover is hashed again."""
        number, last = outcome.result["seals"], outcome.result.get("seal")
        if not isinstance(number, int) or not isinstance(last, int):
            return ()
        problems = list(_problems(session, last - number + 1, context))
        return (Check("The new seals fit the log", not problems, problems[0] if problems else ""),)


def seal_log(catalog: Catalog, request: SealRequest, context: Context) -> Receipt:
    """Seal a log through the pipeline, which keeps its receipt outside the file.

    Raises `Refused` when the file is not under audit or another operation works on it, and `Failure`.
    """
    operation = SealLog(open_secrets(catalog.directory))
    return run(operation, operation.plan(request, context), catalog, context)


def keep_newest(catalog: Catalog, request: SealRequest, context: Context) -> None:
    """Keep the receipt of the newest seal outside the file, where there is one and it is not kept yet."""
    with open_read(request.path, context) as session, session.snapshot():
        newest, found = newest_receipt(session, database_id=request.database_id), Chain.read(session)
        kept = going_on.kept(catalog, newest.log, request.database_id) if newest is not None else None
        follows = found is None or going_on.fits(session, found, kept)
        restored = not follows and going_on.was_restored(catalog, session, kept)
    if newest is None or (isinstance(kept, AuditReceipt) and kept.seal == newest.seal):
        return
    receipt.keep(
        catalog.directory, newest, open_secrets(catalog.directory), follows=follows, restored=restored
    )


def newest_receipt(session: Session, *, database_id: str) -> AuditReceipt | None:
    """The receipt of the newest seal of a file, or None where nothing is sealed."""
    found, last = Chain.read(session), chain.last_seal(session)
    if found is None or last is None:
        return None
    return receipt.receipt_of(found, last, database_id=database_id, file=session.path.name)


def _problems(session: Session, first: int, context: Context) -> Iterator[str]:
    before, new = None, list[Seal]()
    for each in chain.seals(session, first=first - 1):
        if each.n < first:
            before = each
        else:
            new.append(each)
    verifier = SealVerifier(session)
    for number, stretch in enumerate(stretches(new, before=before)):
        context.report(number, unit="seals")
        for problem in verifier.verify(stretch, context):
            yield problem.sentence
