"""What window and commands ask of a log as proof: verify it, compare the tables, write receipts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from steward_app.catalog import Catalog, stamp
from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.seals import chain, receipt
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.receipt import AuditReceipt
from steward_app.services.audit.seals.verdict import Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets

Form: TypeAlias = Literal["json", "text", "pdf"]


def verify_with_receipts(
    catalog: Catalog,
    session: ReadSession,
    context: Context,
    *,
    files: Sequence[Path] = (),
    live: bool = True,
    full: bool = False,
) -> Verdict:
    """Verify a log, and compare it with receipts: those in files, and those that this computer has kept.

    Args:
        session: in a snapshot.
        live, full: as for `verify`.

    Raises `Refused` where the file has no audit, `Failure` for a receipt that cannot be read or was changed.
    """
    require_audited(session)
    given = [receipt.read_file(file) for file in files]
    found = Chain.read(session)
    if found is not None:
        given += receipt.all_kept(catalog.directory, found.log.hex())
    return verify(session, context, receipts=given, live=live, full=full)


def receipt_of_seal(session: ReadSession, number: int | None = None) -> AuditReceipt:
    """The receipt of a seal, the newest where none is named.

    Raises `Refused` where the file has no audit or nothing is sealed, `UsageError` for a seal that it has not.
    """
    require_audited(session)
    log, last = Chain.read(session), chain.last_seal(session)
    if log is None or last is None:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The audit of {quoted(session.path.name)} has no seal yet.",
            hint="“steward audit seal” makes one.",
        )
    wanted = last
    if number is not None:
        first = next(chain.seals(session, first=number), None)
        if first is None or first.n != number:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(session.path.name)} has no seal {number:,}.",
                hint=f"The newest is seal {last.n:,}.",
            )
        wanted = first
    return receipt.receipt_of(log, wanted, database_id=stamp.database_id(session), file=session.path.name)


def written(catalog: Catalog, found: AuditReceipt, form: Form) -> bytes:
    """A receipt as a document: signed JSON for `verify`, text to be read, or PDF to be printed."""
    signed = receipt.signed(found, open_secrets(catalog.directory))
    if form == "json":
        return signed
    return receipt.text(found, signed).encode() if form == "text" else receipt.pdf(found, signed)


def require_audited(session: ReadSession) -> None:
    """Raise `Refused` where the file has no audit."""
    if not is_audited(session):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(session.path.name)} is not under audit.",
            hint="“steward audit install” puts its tables under audit.",
        )
