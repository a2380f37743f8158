"""How it stands with the audit of a file: what is armed, logged, not sealed yet, and what was missed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import Session, open_read, quote
from steward_app.db.attribution import left_behind
from steward_app.kernel.errors import UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import Event, Mode
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard import armed, going_on, verified
from steward_app.services.audit.guard.alarm import audit_alarms
from steward_app.services.audit.guard.armed import Armed, State
from steward_app.services.audit.guard.remove import objects
from steward_app.services.audit.guard.versions import REARMED
from steward_app.services.audit.leaving.retention import due, keep_days
from steward_app.services.audit.recipes import RecipeStatus, recipes_in
from steward_app.services.audit.seals import anew, backwards, chain, seal_tables
from steward_app.services.audit.seals.receipt import moment
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind


@dataclass(frozen=True, slots=True)
class TableStatus:
    """How it stands with one table under audit.

    Attributes:
        id: the number of its version in the log.
        table: its name now, or the one it had when it is gone.
        state: "armed", or what is wrong: "order", "stale", "bypassed", "disarmed".
        why: what is not as it should be, a sentence each.
        changes: of rows, in this version's log.
        since: when this version was put under audit; RFC 3339, UTC, "" where the log does not tell.
        columns: what is logged of the columns that are not logged in full.
    """

    id: int
    table: str
    state: State
    why: tuple[str, ...]
    changes: int
    since: str
    columns: Mapping[str, Mode]


@dataclass(frozen=True, slots=True)
class AuditStatus:
    """How it stands with the audit of a file.

    Attributes:
        path: of the file.
        audited: it has a log, whether or not a table is under audit now.
        tables: those under audit.
        others: tables with rows of their own that are not, and can be.
        last_seq: number of the last change or event.
        unsealed: changes and events that no seal protects yet.
        seals: how many there are, and `sealed_at` when the last was made.
        gaps: events that tell of changes which the log missed; `last_gap_at` the newest.
        went_back: at how many places of the log times go back: a clock was set back. The last is `went_back_at`, as its
            change says it.
        anonymized_at: when the log began anew, since the database was anonymized in its place; "" where it did not.
        bytes: what the audit takes in the file.
        keep_days: for how many days the log is kept, as the policy says; None where nobody has decided.
        due: sealed changes that are older than that, and may leave for an archive.
        context_left_behind: a program did not clear its name from the audit: changes since then are signed with it.
        recipes: rules that triggers in the file keep, whether or not a table is under audit.
        seals_itself: new changes are sealed by themselves; where they are not, `why_not` says why.
        verified_at: when the log was last verified, "" where nobody did, and `problems` how many were found then.
        behind: rows that were not what the log says when the tables were last compared, and of which it tells nothing.
        alarms: what is wrong with it, the worst first. Like those from `seals_itself` on, known to `audit_standing`
            alone; the three before to `with_verification`, too.
    """

    path: str
    audited: bool
    tables: tuple[TableStatus, ...] = ()
    others: tuple[str, ...] = ()
    last_seq: int = 0
    unsealed: int = 0
    seals: int = 0
    sealed_at: str = ""
    gaps: int = 0
    last_gap_at: str = ""
    went_back: int = 0
    went_back_at: str = ""
    anonymized_at: str = ""
    bytes: int = 0
    keep_days: int | None = None
    due: int = 0
    context_left_behind: bool = False
    recipes: tuple[RecipeStatus, ...] = ()
    seals_itself: bool = False
    why_not: str = ""
    verified_at: str = ""
    problems: int = 0
    behind: int = 0
    alarms: tuple[Finding, ...] = ()

    @property
    def state(self) -> State:
        """The worst of its tables."""
        order = list(State)
        return min((each.state for each in self.tables), key=order.index, default=State.ARMED)


def audit_status(path: Path, context: Context | None = None) -> AuditStatus:
    """How it stands with the audit of a file. Counts changes; reads no row of the audited tables.

    Raises `Failure` when the file cannot be read, or the list of tables in it was edited.
    """
    context = context or Context()
    days = None
    with suppress(UsageError):  # a policy that cannot be understood is told where it is read for its own sake
        days = keep_days(path)
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        found = status_in(session, read_schema(session, context))
        old = due(session, timedelta(days=days)) if days and found.audited else None
    return replace(found, keep_days=days, due=old.changes if old else 0)


def audit_standing(
    catalog: Catalog, path: Path, database_id: str, context: Context | None = None
) -> AuditStatus:
    """The same, with what only this computer knows: whether new changes are sealed by themselves, and the alarms."""
    context = context or Context()
    found = audit_status(path, context)
    if not found.audited:
        return replace(found, alarms=audit_alarms(catalog, path, database_id, context))
    sealing = going_on.standing(catalog, path, database_id, context)
    why = sealing.why or ("" if sealing.on else "It was turned off.")
    alarms = audit_alarms(catalog, path, database_id, context)
    found = with_verification(catalog, found, database_id)
    return replace(found, seals_itself=sealing.able, why_not=why, alarms=alarms)


def with_verification(catalog: Catalog, found: AuditStatus, database_id: str) -> AuditStatus:
    """The same, with what verifying it on this computer last gave."""
    if not found.audited:
        return found
    with open_read(Path(found.path)) as session, session.snapshot():
        last = verified.last(catalog, session, database_id)
        behind = sum(verified.behind(catalog, session, database_id).values())
    return replace(found, verified_at=last.at, problems=last.problems, behind=behind)


def status_in(session: Session, schema: Schema) -> AuditStatus:
    """The same, in a snapshot that is open."""
    path = str(session.path.absolute())
    standing = armed.status(session, schema) if seal_tables.audited(session) else ()
    known = {each.table for each in standing}
    others = tuple(
        table.name for table in schema.tables if table.name not in known and _can_be(table, schema)
    )
    has_clock = tables.is_audited(session)
    if not has_clock and not standing:
        return AuditStatus(path, False, others=others, recipes=recipes_in(session, schema))
    events = list(tables.events(session))
    since = _since(events)
    last = chain.last_seal(session)
    gaps = [event for event in events if event.is_gap]
    back = [event for event in events if event.kind == backwards.WENT_BACK]
    return AuditStatus(
        path=path,
        audited=True,
        tables=tuple(_of_table(session, each, since) for each in standing),
        others=others,
        last_seq=tables.last_seq(session),
        unsealed=chain.unsealed(session) if has_clock else 0,
        seals=last.n if last else 0,
        sealed_at=moment(last.sealed_us) if last else "",
        gaps=len(gaps),
        last_gap_at=moment(gaps[-1].at_us) if gaps else "",
        went_back=backwards.count(back),
        went_back_at=moment(backwards.places(back[-1])[0][-1].at * 1_000) if backwards.count(back) else "",
        anonymized_at=moment(began.at_us) if (began := anew.event(session)) else "",
        bytes=_bytes(session),
        context_left_behind=left_behind(session) is not None,
        recipes=recipes_in(session, schema),
    )


def _can_be(table: Table, schema: Schema) -> bool:
    return table.kind is TableKind.TABLE and not table.ours and not shape_of(table, schema).refused


def _since(events: list[Event]) -> dict[int, str]:
    """By version of a table, when it was put under audit."""
    found: dict[int, str] = {}
    for event in events:
        if event.tid is not None and event.kind in ("installed", REARMED):
            found.setdefault(event.tid, moment(event.at_us))
    return found


def _of_table(session: Session, found: Armed, since: Mapping[int, str]) -> TableStatus:
    audited = found.audited
    log = names.log_table(audited.tid)
    there = seal_tables.is_there(session, log)
    return TableStatus(
        id=audited.tid,
        table=found.table or audited.name,
        state=found.state,
        why=tuple(drift.why for drift in found.drifts),
        changes=session.count(f"SELECT count(*) FROM main.{quote(log)}") if there else 0,
        since=since.get(audited.tid, ""),
        columns={name: mode for name, mode in audited.modes.items() if mode is not Mode.FULL},
    )


def _bytes(session: Session) -> int:
    """Bytes of the pages of all our tables."""
    pages_sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ? AND aggregate = TRUE"
    return sum(session.count(pages_sql, (name,)) for name, kind in objects(session) if kind == "table")
