"""What window and commands ask of a log as proof: verify it, compare the tables, write receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from steward_app.catalog import Catalog, stamp
from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.seals import anew, chain, receipt
from steward_app.services.audit.seals.belonging import database_of, receipts_of
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
    """Verify a log, and compare it with receipts: those in files, and those that this computer has kept of it.

    Args:
        session: in a snapshot.
        live, full: as for `verify`.

    Raises `Refused` where the file has no audit, `Failure` for a receipt that cannot be read or was changed.
    """
    require_audited(session)
    given, explained = anew.explained(catalog, session, [receipt.read_file(file) for file in files])
    known = database_of(catalog, session)
    kept, notes = receipts_of(catalog, session, known)
    told = verify(
        session, context, receipts=(*given, *kept), database_id=known.database_id, live=live, full=full
    )
    return replace(told, notes=(*told.notes, *explained, *notes))


def receipt_of_seal(catalog: Catalog, session: ReadSession, number: int | None = None) -> AuditReceipt:
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
    database_id = database_of(catalog, session).database_id or stamp.database_id(session)
    return receipt.receipt_of(log, wanted, database_id=database_id, file=session.path.name)


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
