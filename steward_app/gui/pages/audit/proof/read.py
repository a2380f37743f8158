"""What the proof shows, read on worker threads by calling services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog
from steward_app.db import ReadSession, fold
from steward_app.gui.pages.audit.shown import key_text
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import AuditedTable, Event, Key
from steward_app.services.audit.guard import verified
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.key_recovery import SigningKey, signing_key
from steward_app.services.audit.seals.proving import Form, receipt_of_seal, verify_with_receipts, written
from steward_app.services.audit.seals.receipt import moment
from steward_app.services.audit.seals.reconcile import reconcile
from steward_app.services.audit.seals.seal_log import SealRequest, seal_log
from steward_app.services.audit.seals.unwind import Difference, How
from steward_app.services.audit.seals.verdict import Problem, Verdict
from steward_app.services.rows.personal import hidden_columns
from steward_app.services.schema.model import Schema
from steward_app.services.schema.snapshot import schema_of
from steward_app.storage import write_whole

SOME_SEALS = 500
MOST_ROWS = 10_000  # rows that differ are listed one by one; of more, how many there are


@dataclass(frozen=True, slots=True)
class SealLine:
    """A seal, as the list shows it."""

    n: int
    first_seq: int
    last_seq: int
    changes: int
    sealed_at: str
    key_id: str


@dataclass(frozen=True, slots=True)
class ProofRead:
    """How far the history is proved.

    Attributes:
        seals: the newest first, `more` where there are older ones.
        unsealed: changes and events that no seal protects yet.
        events: what happened to the audit itself, the newest first.
        names: of tables, by the number of their version.
        key: of this computer; None where its keys cannot be read now, and `key_problem` says why.
    """

    seals: tuple[SealLine, ...]
    more: bool
    unsealed: int
    events: tuple[Event, ...]
    names: Mapping[int, str]
    key: SigningKey | None
    key_problem: str = ""

    @property
    def last(self) -> SealLine | None:
        """The newest seal, or None."""
        return self.seals[0] if self.seals else None


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row that differs from what the log says.

    Attributes:
        masked: its key without what looks personal; `shown` with it.
        key: as people name it; () where a number does that no column holds.
    """

    table: str
    masked: str
    shown: str
    how: str
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows that differ: how many of each table, and the first of them one by one.

    Attributes:
        renumbered: tables whose rows VACUUM gave other numbers than those in the log.
    """

    counts: Mapping[tuple[str, str], int]
    rows: tuple[RowLine, ...]
    renumbered: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Verified:
    """A verdict, with the rows that differ; None where the tables were not compared.

    Attributes:
        rows: by problem, the row whose change it is, as the log names it; of the first problems.
    """

    verdict: Verdict
    compared: Compared | None
    files: tuple[Path, ...]
    rows: Mapping[Problem, RowLine] = field(default_factory=dict)


def read_proof(catalog: Catalog, file: Any, context: Context, *, older_than: int | None = None) -> ProofRead:
    """How far the history is proved.

    Args:
        older_than: seals before this one; the newest where none is named.
    """
    with file.read() as session, session.snapshot(), session.under(context):
        last = chain.last_seal(session)
        end = (last.n if last else 0) if older_than is None else older_than - 1
        first = max(1, end - SOME_SEALS + 1)
        seals = tuple(
            SealLine(
                each.n,
                each.first_seq,
                each.last_seq,
                each.changes,
                moment(each.sealed_us),
                each.signature.key_id,
            )
            for each in chain.seals(session, first=first)
            if each.n <= end
        )
        audited = tables.is_audited(session)
        unsealed = chain.unsealed(session) if audited else 0
        events = tuple(reversed(tuple(tables.events(session)))) if audited else ()
        names = {each.tid: each.name for each in tables.tables(session)} if audited else {}
    key, problem = _key(catalog)
    return ProofRead(tuple(reversed(seals)), first > 1, unsealed, events, names, key, problem)


def seal_now(catalog: Catalog, file: Any, context: Context) -> Receipt:
    """Seal what is not sealed."""
    known = backup.database_id(catalog, file.path, context)
    return seal_log(catalog, SealRequest(file.path, known), context)


def verify(
    catalog: Catalog,
    file: Any,
    files: Sequence[Path],
    context: Context,
    *,
    live: bool,
    full: bool,
    database_id: str = "",
) -> Verified:
    """Verify the whole log, compare it with receipts, and keep what came of it."""
    schema = schema_of(file, context)
    with file.read() as session, session.snapshot(), session.under(context):
        verdict = verify_with_receipts(catalog, session, context, files=files, live=live, full=full)
        verified.keep_verdict(catalog, database_id, session, verdict, full=full)
        found = verdict.differences
        compared = _compared(iter(found), session, schema) if found is not None else None
        rows = dict(_rows_of(verdict.problems[:MOST_ROWS], session, schema))
    return Verified(verdict, compared, tuple(files), rows)


def compare(catalog: Catalog, file: Any, database_id: str, context: Context, *, full: bool) -> Compared:
    """The rows that differ from what the log says, which is kept."""
    schema = schema_of(file, context)
    with file.read() as session, session.snapshot(), session.under(context):
        tally = verified.Tally()
        found = _compared(tally.of(reconcile(session, context, full=full)), session, schema)
        verified.keep_compared(catalog, database_id, session, tally)
    return found


def document(catalog: Catalog, file: Any, number: int, form: Form, context: Context) -> bytes:
    """The receipt of a seal, as a document."""
    with file.read() as session, session.snapshot(), session.under(context):
        found = receipt_of_seal(catalog, session, number)
    return written(catalog, found, form)


def save(catalog: Catalog, file: Any, number: int, form: Form, target: Path, context: Context) -> Path:
    """Write the receipt of a seal to a file; gives its path."""
    write_whole(target, document(catalog, file, number, form, context))
    return target


def _key(catalog: Catalog) -> tuple[SigningKey | None, str]:
    try:
        return signing_key(catalog), ""
    except StewardError as error:
        return None, f"{error.message} {error.hint}".strip()


def _compared(found: Iterator[Difference], session: ReadSession, schema: Schema) -> Compared:
    known: dict[int, tuple[AuditedTable | None, frozenset[str]]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    rows: list[RowLine] = []
    renumbered: list[str] = []
    for each in found:
        if each.how is How.RENUMBERED:
            renumbered.append(each.table)
            continue
        counts[(each.table, each.how.value)] += 1
        if len(rows) >= MOST_ROWS:
            continue
        if each.tid not in known:
            known[each.tid] = (tables.table(session, each.tid), _personal(session, schema, each.table))
        audited, personal = known[each.tid]
        columns = audited.row_key if audited is not None else ()
        rows.append(_line(each.table, columns, each.key, personal, each.how.value))
    by_table = dict(sorted(counts.items(), key=lambda item: fold(item[0][0])))
    return Compared(by_table, tuple(rows), tuple(renumbered))


def _rows_of(
    problems: Sequence[Problem], session: ReadSession, schema: Schema
) -> Iterator[tuple[Problem, RowLine]]:
    """The rows that problems are about, where the log can still name them."""
    for each in problems:
        audited = tables.table(session, each.tid) if each.tid is not None and each.seq else None
        if audited is None:
            continue
        try:
            change = next(log.changes_at(session, audited, [each.seq]), None)
        except (StewardError, TypeError, ValueError):  # edited so that it cannot be read
            continue
        if change is not None and change.key:
            personal = _personal(session, schema, audited.name)
            yield each, _line(audited.name, audited.row_key, change.key, personal, "")


def _line(table: str, columns: Collection[str], key: Key, personal: Collection[str], how: str) -> RowLine:
    masked, plain = (key_text(key, columns, hidden) for hidden in (personal, ()))
    return RowLine(table, masked, plain, how, key if columns else ())


def _personal(session: ReadSession, schema: Schema, name: str) -> frozenset[str]:
    table = schema.table(name)
    return hidden_columns(table, session.path) if table is not None else frozenset()
