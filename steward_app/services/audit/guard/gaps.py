"""Gaps: what the log says of changes that it missed, and which of that a steward has seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog import Catalog, journal, preferences
from steward_app.catalog.journal import Phase
from steward_app.db import Session, open_read
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.guard.rearm import Rearm
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.oddities import GAP, sentences

SEEN = "audit.gaps_seen"
"""What is journalled when a steward has seen the gaps there are."""


def since(session: Session, seq: int) -> tuple[Finding, ...]:
    """What the log says of changes it missed, in events after a number: one finding, or none."""
    told = _told(session, seq)
    return (_finding(session, told),) if told else ()


def unseen(catalog: Catalog, session: Session, database_id: str) -> tuple[Finding, ...]:
    """The same for what no steward has said to have seen, nor was told by arming a table again."""
    with catalog.reading() as reading:
        kept = preferences.value(reading, f"{SEEN}.{database_id}")
    found = Chain.read(session)
    seen = 0
    if isinstance(kept, dict) and found is not None and kept.get("log") == found.log.hex():
        seen = number if isinstance(number := kept.get("seq"), int) else 0
    told = _told(session, seen)
    known = _of_rearming(catalog, session, seen) if told else ()
    new = [event for event in told if not any(event.seq in numbers for numbers in known)]
    return (_finding(session, new),) if new else ()


def see(catalog: Catalog, path: Path, database_id: str, context: Context) -> int:
    """Keep that a steward has seen the gaps there are, and journal it; how many were new to them.

    Raises `Failure` where the file cannot be read.
    """
    with open_read(path, context) as session, session.snapshot():
        found, last = Chain.read(session), tables.last_seq(session)
        new = sum(one.count or 1 for one in unseen(catalog, session, database_id))
    if found is None or not new:
        return 0
    with catalog.unit() as unit:
        preferences.keep(unit, f"{SEEN}.{database_id}", {"log": found.log.hex(), "seq": last})
        details: dict[str, Json] = {"sentence": f"{plural(new, 'gap')} of the audit log seen", "seq": last}
        journal.append(unit, Phase.NOTE, SEEN, database_id=database_id, details=details)
        unit.commit()
    return new


def _told(session: Session, seq: int) -> list[Event]:
    return [event for event in tables.events(session, first_seq=seq + 1) if event.kind == GAP]


def _of_rearming(catalog: Catalog, session: Session, seq: int) -> list[range]:
    """The numbers that were given by operations of this computer that armed tables again, and told what was missed."""
    found = []
    with catalog.reading() as reading:
        for txn in tables.txns(session, first_seq=seq + 1):
            record = journal.record(reading, txn.operation_id) if txn.operation_id else None
            if record is not None and record.started.operation == Rearm.name:
                found.append(range(txn.first_seq or 0, (txn.last_seq or 0) + 1))
    return found


def _finding(session: Session, told: Sequence[Event]) -> Finding:
    rows: dict[str, int] = {}
    numbers = 0
    known = {table.tid: table.name for table in tables.tables(session)}
    for event in told:
        listed = event.detail.get("rows")
        if isinstance(listed, list):
            name = known.get(event.tid or 0, "")
            rows[name] = rows.get(name, 0) + len(listed)
        missing = event.detail.get("missing")
        if isinstance(missing, list):
            numbers += sum(last - first + 1 for first, last in missing)
    total = sum(rows.values()) + numbers
    parts = []
    if rows:
        named = ", ".join(f"{plural(count, 'row')} of {quoted(name)}" for name, count in sorted(rows.items()))
        parts.append(f"{named} {_was(sum(rows.values()))} changed behind the log's back")
    if numbers:
        parts.append(f"{plural(numbers, 'change')} {_was(numbers)} taken out of the log")
    parts += dict.fromkeys(
        sentence[:1].lower() + sentence[1:]
        for event in told
        for sentence in sentences(event.detail, quoted(known.get(event.tid or 0, "")))
    )
    if not parts:
        parts.append(f"the log says {plural(len(told), 'time')} that something was missed")
    return Finding(
        "audit_gap",
        Severity.ERROR,
        _sentence(parts),
        Subject("audit", table=next(iter(rows)) if len(rows) == 1 else "", name=session.path.name),
        detail="The log names the rows, and not what they held: another program switched triggers off, or wrote into"
        " the file by other means.",
        count=total or len(told),
        remedies=(
            "Look at what changed in the audit of these rows, and compare with a restore point.",
            "Say that you have seen it: “steward audit status --seen”.",
        ),
    )


def _sentence(parts: Sequence[str]) -> str:
    whole = ", and ".join(parts)
    return whole[:1].upper() + whole[1:]


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
