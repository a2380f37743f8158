"""The alarm: does the audit of a file still tell every change, and can its proof be believed?

Asked when a file is opened and when its schema changes, without reading rows of the audited tables. What only comparing
every row finds, `verify` and `reconcile` find, and it is told here from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import Session, open_read, quote
from steward_app.db.attribution import left_behind
from steward_app.kernel.errors import Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import names, own_tables, tables
from steward_app.services.audit.guard import armed, gaps, going_on, verified
from steward_app.services.audit.guard.armed import Armed, Drift, State
from steward_app.services.audit.guard.recipe_alarm import of_recipes
from steward_app.services.audit.seals import chain, seal_tables
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_TITLES = {
    State.DISARMED: "Changes of {table} are not logged",
    State.BYPASSED: "Changes of {table} may be kept from the log",
    State.RENUMBERED: "The rows of {table} were renumbered by VACUUM",
    State.STALE: "The audit of {table} is that of an earlier shape of the table",
    State.ORDER: "The log may tell changes of {table} in the wrong order",
}
_REARM = "Arm it again (“steward audit rearm”): that also finds and logs the rows that were missed."


def audit_alarms(
    catalog: Catalog, path: Path, database_id: str, context: Context | None = None
) -> tuple[Finding, ...]:
    """What is wrong with the audit of a file, and with its recipes, the worst first; nothing where it has none.

    Raises `Failure` where the file or the list of audited tables cannot be read.
    """
    context = context or Context()
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        if not tables.is_audited(session) and not seal_tables.audited(session, strict=False):
            return (*_unlisted(session), *of_recipes(session, context))
        found = [
            *of_schema(session, read_schema(session, context)),
            *of_log(session),
            *of_recipes(session, context),
        ]
        if going_on.is_sealable(session):
            found += gaps.unseen(catalog, session, database_id)
            hindrance = going_on.hindrance(catalog, session, database_id)
            found += [hindrance] if hindrance is not None else []
        known = {each.subject.table for each in found if each.subject.kind == "table"}
        found += [
            each
            for each in verified.alarms(catalog, session, database_id)
            if each.code != verified.BEHIND or each.subject.table not in known
        ]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))


def disarmed(path: Path, context: Context | None = None) -> tuple[Finding, ...]:
    """Tables whose changes are not all logged, or only by their former shape: what to say before anything is changed.

    Costs two reads where the file has no audit. Nothing is said of a file that cannot be read.
    """
    context = context or Context()
    try:
        with open_read(path, context) as session, session.snapshot():
            if not tables.is_audited(session):
                return ()
            return tuple(of_schema(session, read_schema(session, context)))
    except Failure:
        return ()


def of_schema(session: Session, schema: Schema) -> Iterator[Finding]:
    """Tables that are not armed as they should be."""
    if not seal_tables.audited(session):
        return
    standing = armed.status(session, schema)
    of_file = {drift: None for each in standing for drift in each.drifts if drift.of_file}
    yield from (_of_all(session, drift) for drift in of_file)
    for each in standing:
        own = tuple(drift for drift in each.drifts if not drift.of_file)
        if own:
            yield _not_armed(replace(each, drifts=own))


def of_log(session: Session) -> Iterator[Finding]:
    """What the log's unsealed end tells by itself."""
    if not tables.is_audited(session):
        return
    subject = Subject("audit", name=session.path.name)
    if left_behind(session) is not None:
        yield Finding(
            "audit_context_left_behind",
            Severity.WARNING,
            "A program left its name behind in the audit: changes since then are signed with it",
            subject,
            detail="It committed without clearing its context, on a connection that does not enforce foreign keys.",
            remedies=("The next operation of this program clears it, and the log says so.",),
        )
    yield from _unlisted(session)
    missing = _missing(session)
    if missing < 0:
        yield Finding(
            "audit_numbers_twice",
            Severity.ERROR,
            f"{plural(-missing, 'number')} of the log {_are(-missing)} given twice since the last seal",
            subject,
            detail="Every change has a number, and none is given twice. Somebody set the clock of the log back, or put"
            " log entries in.",
            count=-missing,
            remedies=("“steward audit verify” names them.", "A restore point may hold the log as it was."),
        )
    if missing > 0:
        yield Finding(
            "audit_numbers_missing",
            Severity.ERROR,
            f"{plural(missing, 'change')} that {'was' if missing == 1 else 'were'} logged since the last seal"
            f" {_are(missing)} missing from the log",
            subject,
            detail="Every change has a number, and none is given twice. Somebody removed log entries, or set the"
            " clock of the log.",
            count=missing,
            remedies=(
                "The next seal writes down which numbers are missing.",
                "A restore point may hold the log as it was.",
            ),
        )


def _of_all(session: Session, drift: Drift) -> Finding:
    return Finding(
        drift.of_file,
        Severity.ERROR,
        f"{drift.why[:1].upper()}{drift.why[1:]}",
        Subject("audit", name=session.path.name),
        detail="Somebody wrote into the tables of the audit by hand.",
        remedies=(_REARM,),
    )


def _unlisted(session: Session) -> Iterator[Finding]:
    logs = own_tables.unlisted(session, seal_tables.audited(session, strict=False))
    if logs:
        yield Finding(
            "audit_list_edited",
            Severity.ERROR,
            f"{plural(len(logs), 'log')} of {quoted(session.path.name)} {_are(len(logs))} not in the list of audited"
            " tables",
            Subject("audit", name=session.path.name),
            detail="Somebody took tables out of the list by hand. What triggers there are go on logging.",
            count=len(logs),
            remedies=(
                "A restore point holds the list as it was.",
                "“steward audit remove --drop-log” removes what is left of the audit.",
            ),
        )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _not_armed(found: Armed) -> Finding:
    name = found.table or found.audited.name
    worst = found.state
    return Finding(
        f"audit_{worst.value}",
        Severity.ERROR if worst in (State.DISARMED, State.BYPASSED) else Severity.WARNING,
        _TITLES[worst].format(table=quoted(name)),
        Subject("table", table=name),
        detail=" ".join(f"{drift.why[:1].upper()}{drift.why[1:]}." for drift in found.drifts),
        remedies=(_REARM,) if found.table else ("Take it out of the audit, or restore the table.", _REARM),
    )


def _missing(session: Session) -> int:
    """Numbers that the clock gave since the last seal, and that the log has not; below 0, how many it has too many."""
    last = chain.last_seal(session)
    first, end = (last.last_seq if last else 0) + 1, tables.last_seq(session)
    present = seal_tables.present(session)
    logs = {names.EVENT, *(names.log_table(each.tid) for each in seal_tables.audited(session, strict=False))}
    counts = (
        session.count(f"SELECT count(*) FROM main.{quote(log)} WHERE seq >= ? AND seq <= ?", (first, end))
        for log in sorted(logs & present)
    )
    return max(0, end - first + 1) - sum(counts)
