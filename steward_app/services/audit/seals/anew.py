"""A log that began anew when its database was anonymized in its place: the log before held originals, and went.

The first event of the new log says so, signed like an erasure: which operation, how many rows, and which logs came
before. A receipt of one of those fits the restore point alone; where the journal of this computer knows the operation,
verifying says that, and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from steward_app.catalog import Catalog, journal
from steward_app.db import Session, WriteSession
from steward_app.kernel import clock
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals import statement
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.receipt import AuditReceipt, moment
from steward_app.storage.secrets import Secrets

ANONYMIZED: Final = "anonymized"
"""The kind of the signed event."""
_TABLES_TOLD = 5


def tell(
    session: WriteSession, operation_id: str, rows: Mapping[str, int], before: Sequence[str], secrets: Secrets
) -> None:
    """Write the event, inside a transaction.

    Args:
        rows: how many of each table were anonymized.
        before: the logs that went, in hex, the newest first.
    """
    detail = {"operation": operation_id, "rows": dict(rows), "logs": list(before)}
    statement.append(session, Chain.begin(session).log, ANONYMIZED, None, detail, secrets)


def event(session: Session) -> Event | None:
    """The event, where the log has one that a key of its seals signed."""
    found = Chain.read(session) if tables.is_audited(session) and tables.has_events(session) else None
    signed = statement.signed_events(session, found.log, ANONYMIZED) if found else iter(())
    number = next((each.seq for each, _ in signed), None)
    if number is None:
        return None
    return next(tables.events(session, first_seq=number, last_seq=number), None)


def logs_before(session: Session) -> tuple[str, ...]:
    """The names of the logs that this one came after, in hex, the newest first."""
    found = event(session)
    told = found.detail.get("logs") if found else None
    return tuple(map(str, told)) if isinstance(told, list) else ()


def sentence(told: Event) -> str:
    """What the event says, for people."""
    rows = counts(told)
    what = f": {rows}" if rows else ""
    return (
        f"The log began anew on {clock.shown(moment(told.at_us))}, when the database was anonymized in its place"
        f" (operation {visible(str(told.detail.get('operation') or ''), 80)}), as event {told.seq:,} says{what}."
    )


def counts(told: Event) -> str:
    """How many rows of which tables the event says were anonymized."""
    rows = told.detail.get("rows")
    known = {str(name): n for name, n in rows.items() if isinstance(n, int)} if isinstance(rows, dict) else {}
    parts = [f"{plural(n, 'row')} of {quoted(name)}" for name, n in list(known.items())[:_TABLES_TOLD]]
    if len(known) > _TABLES_TOLD:
        parts.append(plural(len(known) - _TABLES_TOLD, "more table"))
    return ", ".join(parts)


def explained(
    catalog: Catalog, session: Session, receipts: Sequence[AuditReceipt]
) -> tuple[tuple[AuditReceipt, ...], tuple[str, ...]]:
    """The receipts that the log must fit, and a sentence for each of a log that went, as the journal knows."""
    found = event(session)
    logs = logs_before(session)
    if found is None or not any(each.log in logs for each in receipts) or not _is_known(catalog, found):
        return tuple(receipts), ()
    return tuple(each for each in receipts if each.log not in logs), tuple(
        _sentences(each for each in receipts if each.log in logs)
    )


def _is_known(catalog: Catalog, told: Event) -> bool:
    """Whether the journal of this computer knows that the operation happened."""
    with catalog.reading() as reading:
        record = journal.record(reading, str(told.detail.get("operation") or ""))
    return record is not None and record.happened


def _sentences(receipts: Iterator[AuditReceipt]) -> Iterator[str]:
    for each in receipts:
        yield (
            f"The receipt of {quoted(each.file)} for seal {each.n:,} is of the log that went when the database was"
            " anonymized. What it proves can be verified in the restore point that was made then, not here."
        )
