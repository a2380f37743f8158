"""What somebody wrote by hand into the tables of the audit that no seal holds: ends of versions, the clock, triggers on
them, events that no key signed, lists that were emptied. Nothing of it costs more than counting."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from steward_app.db import Session, quote
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import ddl, names, own_tables, tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.seals import anew, endings, redacted, seal_tables, statement
from steward_app.services.audit.seals.baseline import Baseline
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.verdict import Problem, ProblemKind

_SIGNED = (statement.REDACTED, statement.PRUNED, statement.ARCHIVE, endings.REMOVED, anew.ANONYMIZED)
_SAYS = {
    statement.REDACTED: "that values were erased",
    statement.PRUNED: "that changes left the log",
    statement.ARCHIVE: "that this is an archive",
    endings.REMOVED: "that a table was taken out of the audit",
    anew.ANONYMIZED: "that the database was anonymized",
}


def own_tables_problems(
    session: Session, last: Seal | None, pruned: int, *, lists: bool
) -> Iterator[Problem]:
    """What is not as the audit left it, of a file that is no archive.

    Args:
        last: the newest seal.
        pruned: the last change that has left for an archive.
        lists: count the lists of which changes concern which row; they are not read as a whole.
    """
    known = seal_tables.audited(session, strict=False)
    yield from _versions(session, known)
    yield from _objects(session, known)
    yield from _unsigned(session)
    for table in known:
        if last is not None and lists:
            yield from _short_list(session, table, pruned, last)
    for table in endings_open(session, known):
        yield from _shape(session, table)
        yield from _penned(session, table)


def clock_problems(session: Session, sealed: int) -> tuple[Problem, ...]:
    """What is wrong with the clock. Where there is something, the log itself says how far it goes.

    Args:
        sealed: the last change that is sealed.
    """
    if not tables.is_audited(session):
        return ()
    now, end = own_tables.clock(session), own_tables.highest(session)
    if now is None:
        told = f"The clock of the log is gone, so that nothing is logged. The log goes to {end:,}."
        return (Problem(ProblemKind.CHANGED, told),)
    if now < sealed:
        told = f"The clock of the log was set back: it stands at {now:,}, and {sealed:,} is sealed."
        return (Problem(ProblemKind.CHANGED, told, 0, now),)
    if now < end and _beyond(session, now) >= end - now:
        told = (
            f"The clock of the log stands at {now:,}, and the log goes to {end:,}: it was set back, or changes were put"
            " in by hand."
        )
        return (Problem(ProblemKind.CHANGED, told, 0, now),)
    return ()


def endings_open(session: Session, known: Collection[AuditedTable]) -> Sequence[AuditedTable]:
    """The versions under audit; none where the list of tables cannot be read."""
    return endings.under_audit(session) if known else ()


def _beyond(session: Session, seq: int) -> int:
    present = seal_tables.present(session)
    logs = {names.log_table(each.tid) for each in seal_tables.audited(session, strict=False)} | {names.EVENT}
    return sum(
        session.count(f"SELECT count(*) FROM main.{quote(log)} WHERE seq > ?", (seq,))
        for log in sorted(logs & present)
    )


def _versions(session: Session, known: Collection[AuditedTable]) -> Iterator[Problem]:
    for table in endings.by_hand(session):
        told = f"{quoted(table.name)} was taken out of the audit by hand: no signed event says so."
        yield Problem(ProblemKind.TABLE, told, 0, 0, table.tid)
    for table in endings.resumed(session):
        told = f"{quoted(table.name)} was put under audit again by hand: a signed event says that it was taken out."
        yield Problem(ProblemKind.TABLE, told, 0, 0, table.tid)
    for tid in own_tables.unlisted(session, known) if known else ():
        told = f"The list of audited tables says nothing of log {tid:,}, which stands in the file."
        yield Problem(ProblemKind.TABLE, told, 0, 0, tid)


def _objects(session: Session, known: Collection[AuditedTable]) -> Iterator[Problem]:
    found = endings_open(session, known)
    for each in own_tables.planted(session, found):
        told = f"{each.why[:1].upper()}{each.why[1:]}."
        yield Problem(ProblemKind.OBJECT, told, tid=each.tid)
    names_told = {name: table.tid for table in found for name in own_tables.altered(session, table)}
    for name, tid in names_told.items():
        told = f"The table {quoted(name)} is not as the audit made it."
        yield Problem(ProblemKind.OBJECT, told, tid=None if name in ddl.CORE else tid)


def _unsigned(session: Session) -> Iterator[Problem]:
    """Events that change what verifying expects count only where a key signed them."""
    found = Chain.read(session)
    if found is None or not seal_tables.is_there(session, names.EVENT):
        return
    for kind in _SIGNED:
        signed = {event.seq for event, _ in statement.signed_events(session, found.log, kind)}
        rows = session.all(f"SELECT seq FROM main.{names.EVENT} WHERE kind = ? ORDER BY seq", (kind,))
        for (seq,) in rows:
            if isinstance(seq, int) and seq not in signed:
                told = f"Event {seq:,} says {_SAYS[kind]}, and no key that signed a seal signed it."
                yield Problem(ProblemKind.INSERTED, told, 0, seq)


def _short_list(session: Session, table: AuditedTable, pruned: int, last: Seal) -> Iterator[Problem]:
    """The list of which changes concern which row has at least one entry for each. Only `--full` reads it."""
    log, rows = names.log_table(table.tid), seal_tables.rows_table(table.tid)
    present = seal_tables.present(session)
    if log not in present:
        return
    sql = f"SELECT count(*) FROM main.{quote(log)}"
    changes = session.count(sql) - session.count(f"{sql} WHERE seq > ?", (last.last_seq,))
    changes -= session.count(f"{sql} WHERE seq <= ?", (pruned,))
    changes -= len(redacted.between(session, pruned + 1, last.last_seq))  # some may have no name any more
    listed = session.count(f"SELECT count(*) FROM main.{quote(rows)}") if rows in present else 0
    if changes > 0 and listed < changes:
        told = (
            f"The list of which changes concern which row of {quoted(table.name)} leaves out"
            f" {plural(changes - listed, 'change')} at least."
        )
        yield Problem(ProblemKind.LIST, told, tid=table.tid)


def _shape(session: Session, table: AuditedTable) -> Iterator[Problem]:
    """The shape that a version is compared with is the one that it was armed with, where an event says which."""
    told = [
        str(event.detail["shape"])
        for event in tables.events(session)
        if event.tid == table.tid and event.kind in ("installed", "rearmed") and "shape" in event.detail
    ]
    if told and told[-1] != table.shape_hash:
        what = f"What the list of audited tables says of the shape of {quoted(table.name)} was edited."
        yield Problem(ProblemKind.TABLE, what, 0, 0, table.tid)


def _penned(session: Session, table: AuditedTable) -> Iterator[Problem]:
    """Rows that wait to be logged as displaced, and that the table never had."""
    pen = names.pen_table(table.tid)
    found, form = Chain.read(session), Form.of(table)
    if (
        found is None
        or not form.by_rowid
        or layout(table).wide
        or not {pen, seal_tables.base_table(table.tid)} <= seal_tables.present(session)
        or not seal_tables.is_there(session, table.name)
    ):
        return
    rowid, log = quote(table.rowid), quote(names.log_table(table.tid))
    gone = (
        f"SELECT p.rid FROM main.{quote(pen)} AS p WHERE p.told IS NULL AND NOT EXISTS"
        f" (SELECT 1 FROM main.{quote(table.name)} AS x WHERE x.{rowid} = p.rid) AND NOT EXISTS"
        f" (SELECT 1 FROM main.{log} AS l WHERE l.seq > p.seq AND (l.rid = p.rid OR l.nrid = p.rid))"
    )
    baseline = Baseline(session, form, found.base_key)
    for (number,) in session.all(gone):
        if not isinstance(number, int) or not baseline.of((number,)):
            told = f"A row was put among those of {quoted(table.name)} that wait to be logged, by hand."
            yield Problem(ProblemKind.INSERTED, told, 0, 0, table.tid)
