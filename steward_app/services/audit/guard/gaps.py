"""Gaps: what the log says of changes that it missed, and which of that a steward has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, journal, preferences
from steward_app.catalog.journal import Phase, Record
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
from steward_app.services.audit.seals.unwind import How

SEEN = "audit.gaps_seen"
"""What is journalled when a steward has seen the gaps there are."""
_OF_MIGRATIONS = ("migrate.step", "migrate.open_step")
"""The operations, as `services.migrate.run.steps` calls them, that name the rows of which no trigger told."""

_WENT = "No trigger tells of a table that is dropped."
_ANEW = "No trigger tells of a table that is written anew. What another program changed before is among it."


def since(session: Session, seq: int) -> tuple[Finding, ...]:
    """What the log says of changes it missed, in events after a number: one finding, or none."""
    told = _told(session, seq)
    return (_finding(session, told),) if told else ()


def unseen(catalog: Catalog, session: Session, database_id: str) -> tuple[Finding, ...]:
    """The same for what no steward has said to have seen, nor was told by arming a table again.

    A table that a migration of ours dropped is a note of its own: the journal knows it, and it is no alarm. Nor is one
    that it wrote anew, but there what another program changed before cannot be told from it.
    """
    with catalog.reading() as reading:
        kept = preferences.value(reading, f"{SEEN}.{database_id}")
    found = Chain.read(session)
    seen = 0
    if isinstance(kept, dict) and found is not None and kept.get("log") == found.log.hex():
        seen = number if isinstance(number := kept.get("seq"), int) else 0
    told = _told(session, seen)
    known = _of_own(catalog, session, seen) if told else ()
    new, by_migration = list[Event](), dict[str, tuple[Record, list[Event]]]()
    for event in told:
        own = next((each for each in known if event.seq in each.numbers), None)
        if own is None or not own.tells(event):
            new.append(event)
        elif own.record.started.operation != Rearm.name:
            by_migration.setdefault(own.record.started.operation_id, (own.record, []))[1].append(event)
    return (
        *((_finding(session, new),) if new else ()),
        *(_of_migration(session, record, events) for record, events in by_migration.values()),
    )


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


@dataclass(frozen=True, slots=True)
class _Own:
    """A transaction of an operation of this computer that told itself what was missed: arming again, a migration.

    Attributes:
        numbers: those of the log that it gave.
        tids: versions of tables that it armed again, or took out of the audit.
    """

    record: Record
    numbers: range
    tids: frozenset[int | None]

    def tells(self, event: Event) -> bool:
        """Whether a gap follows from the operation: of a migration, one of a table that it dropped or wrote anew."""
        return self.record.started.operation == Rearm.name or event.tid in self.tids


def _of_own(catalog: Catalog, session: Session, seq: int) -> list[_Own]:
    found = []
    with catalog.reading() as reading:
        for txn in tables.txns(session, first_seq=seq + 1):
            record = journal.record(reading, txn.operation_id) if txn.operation_id else None
            if record is not None and record.started.operation in (Rearm.name, *_OF_MIGRATIONS):
                first, last = txn.first_seq or 0, txn.last_seq or 0
                found.append(_Own(record, range(first, last + 1), _armed_in(session, first, last)))
    return found


def _armed_in(session: Session, first: int, last: int) -> frozenset[int | None]:
    """The versions of which other events than gaps tell, and those before them."""
    found: set[int | None] = set()
    for event in tables.events(session, first_seq=first, last_seq=last):
        if event.kind != GAP and event.tid is not None:
            earlier = event.detail.get("earlier")
            found |= {event.tid, *([earlier] if isinstance(earlier, int) else [])}
    return frozenset(found)


def _of_migration(session: Session, record: Record, told: Sequence[Event]) -> Finding:
    """What a migration of ours changed without the log: its own rows, named in the transaction that changed them."""
    rows, how = _rows(session, told), _how(told)
    request = record.started.data.get("request")
    file = str(request.get("file", "")) if isinstance(request, dict) else ""
    went = how == How.REMOVED.value
    return Finding(
        "audit_gap_of_migration",
        Severity.NOTE if went else Severity.WARNING,
        f"{_sentence([_named(rows)])} {how} by the migration {quoted(file)}, without the log",
        Subject("audit", table=next(iter(rows)) if len(rows) == 1 else "", name=file),
        detail=f"{_WENT if went else _ANEW} The log names the rows, and not what they held; the restore point that was"
        " made before the migration has them.",
        count=sum(rows.values()),
        remedies=("Say that you have seen it: “steward audit status --seen”.",),
    )


def _rows(session: Session, told: Sequence[Event]) -> dict[str, int]:
    """How many rows of each table gaps name."""
    rows: dict[str, int] = {}
    known = {table.tid: table.name for table in tables.tables(session)}
    for event in told:
        listed = event.detail.get("rows")
        if isinstance(listed, list):
            name = known.get(event.tid or 0, "")
            rows[name] = rows.get(name, 0) + len(listed)
    return rows


def _how(told: Sequence[Event]) -> str:
    """What became of the rows that gaps name, where it is the same of all; else "changed"."""
    listed = [rows for event in told if isinstance(rows := event.detail.get("rows"), list)]
    hows = {str(row.get("how")) for rows in listed for row in rows if isinstance(row, dict)}
    return hows.pop() if len(hows) == 1 else "changed"


def _named(rows: Mapping[str, int]) -> str:
    """ "2 rows of “visit” were"."""
    named = ", ".join(f"{plural(count, 'row')} of {quoted(name)}" for name, count in sorted(rows.items()))
    return f"{named} {_was(sum(rows.values()))}"


def _finding(session: Session, told: Sequence[Event]) -> Finding:
    rows, numbers = _rows(session, told), 0
    known = {table.tid: table.name for table in tables.tables(session)}
    for event in told:
        missing = event.detail.get("missing")
        if isinstance(missing, list):
            numbers += sum(last - first + 1 for first, last in missing)
    total = sum(rows.values()) + numbers
    parts = []
    if rows:
        parts.append(f"{_named(rows)} changed behind the log's back")
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
