"""Gaps: what the log says of changes that it missed, and which of that a steward has seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steward_app.catalog import Catalog, journal, preferences
from steward_app.catalog.journal import Phase
from steward_app.db import Session, open_read
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit import tables
from steward_app.services.audit.chain import Chain
from steward_app.services.audit.model import Event
from steward_app.services.audit.seal import GAP

SEEN = "audit.gaps_seen"
"""What is journalled when a steward has seen the gaps there are."""


def since(session: Session, seq: int) -> tuple[Finding, ...]:
    """What the log says of changes it missed, in events after a number: one finding, or none."""
    told = [event for event in tables.events(session, first_seq=seq + 1) if event.kind == GAP]
    return (_finding(session, told),) if told else ()


def unseen(catalog: Catalog, session: Session, database_id: str) -> tuple[Finding, ...]:
    """The same for what no steward has said to have seen."""
    with catalog.reading() as reading:
        kept = preferences.value(reading, f"{SEEN}.{database_id}")
    found = Chain.read(session)
    seen = 0
    if isinstance(kept, dict) and found is not None and kept.get("log") == found.log.hex():
        seen = number if isinstance(number := kept.get("seq"), int) else 0
    return since(session, seen)


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
        details = {"sentence": f"{plural(new, 'gap')} of the audit log seen", "seq": last}
        journal.append(unit, Phase.NOTE, SEEN, database_id=database_id, details=details)
        unit.commit()
    return new


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
        numbers += "clock" in event.detail
    total = sum(rows.values()) + numbers
    parts = []
    if rows:
        named = ", ".join(f"{plural(count, 'row')} of {quoted(name)}" for name, count in sorted(rows.items()))
        parts.append(f"{named} {_was(sum(rows.values()))} changed behind the log's back")
    if numbers:
        parts.append(f"{plural(numbers, 'change')} {_was(numbers)} taken out of the log")
    return Finding(
        "audit_gap",
        Severity.ERROR,
        ", and ".join(parts),
        Subject("audit", table=next(iter(rows)) if len(rows) == 1 else "", name=session.path.name),
        detail="The log names the rows, and not what they held: another program switched triggers off, or wrote into"
        " the file by other means.",
        count=total,
        remedies=(
            "Look at what changed in the audit of these rows, and compare with a restore point.",
            "Say that you have seen it: “steward audit status --seen”.",
        ),
    )


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
