"""Gathers what the auditor's report tells, in one snapshot of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.catalog import Catalog, journal
from steward_app.db import Session, open_read, quote
from steward_app.db.attribution import left_behind
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import Mode, Op, Txn
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.guard.status import TableStatus, status_in
from steward_app.services.audit.past.lineage import Lineage, lineages
from steward_app.services.audit.past.moments import Times, from_milliseconds, milliseconds
from steward_app.services.audit.report.events import events_of, key_shown
from steward_app.services.audit.report.model import (
    AuditReport,
    Counted,
    ReceiptKept,
    ReportRequest,
    Signed,
    Watched,
)
from steward_app.services.audit.seals import chain, receipt, seal_tables, statement
from steward_app.services.audit.seals.belonging import Known, receipts_of
from steward_app.services.audit.seals.verify import verify
from steward_app.services.backup import database_id
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_DAY_MS = 86_400_000


def report_on(catalog: Catalog, path: Path, request: ReportRequest, context: Context) -> AuditReport:
    """The report on the audit of a file: verifies the log, compares the tables with it, and counts what is in it.

    Raises `Refused` where the file has no audit, `Failure` where it cannot be read.
    """
    known_as = database_id(catalog, path, context)
    with open_read(path, context) as session, session.under(context), session.snapshot():
        if not tables.is_audited(session):
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(path.name)} is not under audit.",
                hint="“steward audit install” puts its tables under audit.",
            )
        return _Collecting(catalog, session, known_as, request, context).report()


class _Collecting:
    def __init__(
        self, catalog: Catalog, session: Session, known_as: str, request: ReportRequest, context: Context
    ) -> None:
        self._catalog = catalog
        self._session = session
        self._known_as = known_as
        self._request = request
        self._context = context
        self._cut = statement.cut(session)
        self._first, self._last = _span(session, request)

    def report(self) -> AuditReport:
        session, request = self._session, self._request
        schema = read_schema(session, self._context)
        standing = status_in(session, schema)
        found = chain.Chain.read(session)
        log = found.log.hex() if found else ""
        kept, _ = receipts_of(self._catalog, session, Known(self._known_as))
        with self._context.step() as step:
            verdict = verify(session, step, receipts=kept, database_id=self._known_as)
        counts = _Counts(session, self._first, self._last, self._context)
        events = events_of(
            session,
            [each for each in tables.events(session) if self._first <= each.seq <= self._last],
            request,
        )
        behind = tuple(
            (each.table, key_shown(each.key) if request.show_keys else "", each.how.value)
            for each in verdict.differences or ()
        )
        return AuditReport(
            path=str(session.path.absolute()),
            database_id=self._known_as,
            log=log,
            size_bytes=session.count("PRAGMA page_count") * session.count("PRAGMA page_size"),
            made_at=clock.to_text(clock.now()),
            request=request,
            first_seq=self._first,
            last_seq=self._last,
            missing_before=self._cut.last_seq,
            by_writer=counts.by_writer(),
            by_table=counts.by_table(),
            by_day=counts.by_day(),
            tables=tuple(_watched(session, schema, each) for each in standing.tables),
            not_audited=standing.others,
            gaps=events.gaps,
            erasures=events.erasures,
            prunes=events.prunes,
            others=events.others,
            operations=tuple(self._operations(counts)),
            verdict=verdict,
            sealed_at=standing.sealed_at,
            receipts=tuple(ReceiptKept(each.n, each.sealed_at, each.key_id) for each in kept),
            behind=behind,
            context_left_behind=left_behind(session) is not None,
        )

    def _operations(self, counts: _Counts) -> Iterator[Signed]:
        """The transactions of operations of this program, the newest first, with what the journal says of each."""
        with self._catalog.reading() as reading:
            for txn in sorted(counts.signed(), key=lambda each: -each.txn):
                if not txn.operation_id:
                    continue
                record = journal.record(reading, txn.operation_id)
                is_known = record is not None and record.started.database_id == self._known_as
                ended = record.ended.phase.value if record and record.ended else "started"
                yield Signed(
                    txn=txn.txn,
                    at=receipt.moment(txn.begun_us),
                    actor=txn.actor,
                    title=txn.reason,
                    operation_id=txn.operation_id,
                    changes=counts.of_txn.get(txn.txn, 0),
                    undo_of=txn.undo_of,
                    journal=ended if is_known else "",
                )


def _span(session: Session, request: ReportRequest) -> tuple[int, int]:
    times = Times(session)
    first = times.last_before(milliseconds(request.since) - 1) + 1 if request.since else times.first
    last = times.last_before(milliseconds(request.until)) if request.until else times.last
    return max(first, times.first), last


@dataclass(slots=True)
class _Sum:
    """Changes of one writer, table or day."""

    by_op: dict[int, int] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    txns: set[int] = field(default_factory=set)

    def add(self, op: int, count: int, first: int | None, last: int | None, txn: int | None) -> None:
        self.by_op[op] = self.by_op.get(op, 0) + count
        ends = [each for each in (self.first, self.last, first, last) if each is not None]
        self.first, self.last = (min(ends), max(ends)) if ends else (None, None)
        if txn is not None:
            self.txns.add(txn)

    def counted(self, name: str, detail: str = "") -> Counted:
        return Counted(
            name,
            detail,
            inserted=self.by_op.get(Op.INSERT, 0),
            updated=self.by_op.get(Op.UPDATE, 0),
            deleted=self.by_op.get(Op.DELETE, 0),
            replaced=self.by_op.get(Op.DISPLACED, 0),
            transactions=len(self.txns),
            first_at=_shown(self.first),
            last_at=_shown(self.last),
        )


class _Counts:
    """The changes of a span, counted by table, day, kind and transaction: a group each, in C.

    Attributes:
        of_txn: by transaction, how many changes.
    """

    def __init__(self, session: Session, first: int, last: int, context: Context) -> None:
        self._session = session
        self._txns = {each.txn: each for each in tables.txns(session)}
        self._first, self._last = first, last
        self.of_txn: dict[int, int] = {}
        self._by_table: dict[str, _Sum] = {}
        self._by_writer: dict[tuple[str, str], _Sum] = {}
        self._by_day: dict[int, _Sum] = {}
        for line in lineages(session):
            for tid in line.by_tid:
                context.checkpoint()
                self._count(line, tid)

    def by_table(self) -> tuple[Counted, ...]:
        return tuple(each.counted(name) for name, each in sorted(self._by_table.items()))

    def by_writer(self) -> tuple[Counted, ...]:
        """Those with the most changes first; unknown writers have neither name nor application."""
        made = [each.counted(*writer) for writer, each in self._by_writer.items()]
        return tuple(sorted(made, key=lambda each: (-each.changes, each.name, each.detail)))

    def by_day(self) -> tuple[Counted, ...]:
        return tuple(
            each.counted(_shown(day * _DAY_MS)[:10] or "unknown")
            for day, each in sorted(self._by_day.items())
        )

    def signed(self) -> Iterator[Txn]:
        """The signed transactions of the span, also those that logged events alone."""
        for each in self._txns.values():
            begins, ends = each.first_seq or 0, each.last_seq or each.first_seq or 0
            if begins <= self._last and ends >= self._first:
                yield each

    def _count(self, line: Lineage, tid: int) -> None:
        log = names.log_table(tid)
        if not seal_tables.is_there(self._session, log):
            return
        at = "CAST(at AS INTEGER)"
        rows = self._session.execute(
            f"SELECT x.txn, op, {at} / {_DAY_MS}, count(*), min({at}), max({at})"
            f" FROM main.{quote(log)} AS l LEFT JOIN main.{names.TXN} AS x"
            " ON x.txn = l.txn AND (x.last_seq IS NULL OR l.seq <= x.last_seq)"  # after it, whose they are nobody knows
            " WHERE seq BETWEEN ? AND ? GROUP BY 1, 2, 3",
            (self._first, self._last),
        )
        for txn, op, day, count, first, last in rows:
            assert isinstance(count, int)
            of = self._txns.get(txn) if isinstance(txn, int) else None
            told = (
                op if isinstance(op, int) else -1,
                count,
                first if isinstance(first, int) else None,
                last if isinstance(last, int) else None,
                of.txn if of else None,
            )
            writer = (of.actor, of.application) if of else ("", "")
            self._by_table.setdefault(line.name, _Sum()).add(*told)
            self._by_writer.setdefault(writer, _Sum()).add(*told)
            self._by_day.setdefault(day if isinstance(day, int) else -1, _Sum()).add(*told)
            if of is not None:
                self.of_txn[of.txn] = self.of_txn.get(of.txn, 0) + count


def _shown(at: int | None) -> str:
    """RFC 3339 of milliseconds since 1970, which may be anything in a file that was edited."""
    if at is None:
        return ""
    try:
        return clock.to_text(from_milliseconds(at))
    except OverflowError:
        return ""


def _watched(session: Session, schema: Schema, status: TableStatus) -> Watched:
    audited = tables.table(session, status.id)
    table = schema.table(status.table)
    findings = shape_of(table, schema).findings if table is not None else ()
    columns = audited.columns if audited else ()
    return Watched(
        status,
        sum(each.mode is Mode.FULL for each in columns),
        tuple((each.name, each.mode.value) for each in columns if each.mode is not Mode.FULL),
        tuple(each.title for each in findings),
    )
