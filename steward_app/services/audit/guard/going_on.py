"""Whether this computer seals a log by itself: what the steward chose, and whether the chain is one to go on with.

The choice is kept in the catalog, for each database; it is on until it is turned off, since the plan that puts tables
under audit says so. A chain that this computer never signed, that is gone, or that is not the one it kept a receipt of,
is not gone on with unseen: then a steward says so once, by sealing it by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, journal, keys, preferences
from steward_app.catalog.journal import Phase
from steward_app.db import Session, open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.seals import chain, receipt, statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.storage.secrets import open_secrets

RESTORED = "restored"
"""The kind of event that says that the file was restored, by which operation."""
CHOICE = "audit.seals_itself"
"""What the choice is journalled as."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a file seals itself, for whoever shows the switch.

    Attributes:
        on: what was chosen.
        able: it is on, and nothing is in the way.
        why: a sentence, where something is.
        unsealed: changes and events that no seal protects yet.
    """

    on: bool
    able: bool
    why: str = ""
    unsealed: int = 0


def seals_by_itself(catalog: Catalog, database_id: str) -> bool:
    """Whether the steward wants new changes of a database sealed while its file is open. On until turned off."""
    with catalog.reading() as session:
        return preferences.value(session, f"{CHOICE}.{database_id}") is not False


def choose(catalog: Catalog, database_id: str, *, on: bool) -> None:
    """Keep the choice, and have the journal say so where it is another one."""
    with catalog.unit() as unit:
        if (preferences.value(unit.session, f"{CHOICE}.{database_id}") is not False) == on:
            return
        preferences.keep(unit, f"{CHOICE}.{database_id}", None if on else False)
        said = "New changes are sealed by themselves" if on else "New changes are sealed by hand only"
        journal.append(
            unit, Phase.NOTE, CHOICE, database_id=database_id, details={"sentence": said, "on": on}
        )
        unit.commit()


def standing(catalog: Catalog, path: Path, database_id: str, context: Context) -> Standing:
    """Whether a file seals itself now. Raises `Failure` where it cannot be read."""
    on = seals_by_itself(catalog, database_id)
    with open_read(path, context) as session, session.snapshot():
        if not is_sealable(session):
            return Standing(on, False, "No table is under audit.")
        unsealed, found = chain.unsealed(session), hindrance(catalog, session, database_id)
    return Standing(on, on and found is None, f"{found.title}." if found else "", unsealed)


def hindrance(catalog: Catalog, session: Session, database_id: str) -> Finding | None:
    """As `in_the_way`; that the keys or receipts of this computer cannot be read is in the way, too."""
    try:
        return in_the_way(catalog, session, database_id)
    except Failure as failure:
        return Finding(
            "audit_cannot_sign",
            Severity.WARNING,
            failure.message.removesuffix("."),
            Subject("audit", name=session.path.name),
            detail="So new changes are not sealed.",
            remedies=(failure.hint,) if failure.hint else (),
        )


def is_sealable(session: Session) -> bool:
    """Whether a file has a log of its own: not an archive, whose chain goes on where it comes from."""
    return tables.is_audited(session) and not statement.cut(session).is_archive


def in_the_way(catalog: Catalog, session: Session, database_id: str) -> Finding | None:
    """Why this computer does not go on with the chain of a file unseen, or None. In a snapshot.

    Raises `Failure` where the keys of this computer cannot be reached.
    """
    name, found, last = quoted(session.path.name), Chain.read(session), chain.last_seal(session)
    subject = Subject("audit", name=session.path.name)
    by_hand = "“steward audit seal” seals it by hand; from then on it is sealed by itself here."
    if found is None or last is None:
        return Finding(
            "audit_no_seal",
            Severity.ERROR,
            f"The audit log of {name} has no seal",
            subject,
            detail="The first is made when tables are put under audit. It is gone, and the proof with it.",
            remedies=("A restore point may hold the log with its seals.", by_hand),
        )
    known = keys.known_signing_key_id(open_secrets(catalog.directory))
    if known not in chain.signers(session):
        return Finding(
            "audit_other_key",
            Severity.NOTE,
            f"The seals of {name} are signed with keys of other computers",
            subject,
            detail=f"The newest is by the key {last.signature.key_id}. This computer does not sign it unasked.",
            remedies=("Seal it on a computer that has such a key.", by_hand),
        )
    before = kept(catalog, found.log.hex(), database_id)
    if fits(session, found, before) or was_restored(catalog, session, before):
        return None
    when = f" of {clock.shown(before.sealed_at)}" if isinstance(before, receipt.AuditReceipt) else ""
    return Finding(
        "audit_receipt_does_not_fit",
        Severity.ERROR,
        f"The audit log of {name} is not the one this computer kept a receipt{when} of",
        subject,
        detail="The file was put back to an older state by other means, its log was written anew, or the receipt was"
        " edited.",
        remedies=("“steward audit verify” says what does not fit.", by_hand),
    )


def fits(session: Session, found: Chain, before: receipt.AuditReceipt | Failure | None) -> bool:
    """Whether the log has the seal that a receipt is of."""
    if before is None:
        return True
    if isinstance(before, Failure):  # it was edited
        return False
    then = next((each for each in chain.seals(session, first=before.n) if each.n == before.n), None)
    return then is not None and then.digest(found.log).hex() == before.seal


def kept(catalog: Catalog, log: str, database_id: str) -> receipt.AuditReceipt | Failure | None:
    """The receipt this computer kept of a database and its log, or why it cannot be believed.

    Raises `Failure` where it cannot be read.
    """
    try:
        return receipt.kept(catalog.directory, log, database_id)
    except Failure as failure:
        if failure.code not in (ErrorCode.DAMAGED, ErrorCode.VERIFY_FAILED):
            raise
        return failure


def was_restored(catalog: Catalog, session: Session, before: receipt.AuditReceipt | Failure | None) -> bool:
    """Whether the log says that it was restored, by an operation that the journal knows and that is younger than a
    receipt: that explains why the receipt does not fit."""
    if not isinstance(before, receipt.AuditReceipt):
        return False
    told = [
        str(event.detail.get("operation", "")) for event in tables.events(session) if event.kind == RESTORED
    ]
    with catalog.reading() as reading:
        records = [journal.record(reading, each) for each in told]
    return any(
        record is not None and record.happened and record.ended is not None
        and record.ended.at >= before.sealed_at
        for record in records
    )  # fmt: skip
