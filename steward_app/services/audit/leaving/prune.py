"""Retention: the oldest sealed changes leave for an archive of their own, and the log still verifies.

The archive is a SQLite file with the same tables, so that all that reads or verifies a log reads it too. The seals of
what left stay in the log, as tombstones; a signed event says up to where. Time travel is not touched, since it walks
back from the rows as they are; it ends at the cut.

Two files never share one transaction: the archive is written and verified first, then the changes leave the log. A
crash between leaves an archive of what is still in the log, to be made again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from blake3 import blake3

from steward_app.db import Session, WriteSession, open_read, quote
from steward_app.db.open import create
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import ddl, names
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.seals import chain, seal_tables, statement
from steward_app.services.audit.seals.blocks import Blocks, create_sql
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.commitment import SECRET_BYTES
from steward_app.services.audit.seals.encoding import decoded
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.seal import seal
from steward_app.services.audit.seals.verify import verify
from steward_app.storage import read_chunks
from steward_app.storage.secrets import Secrets

_UNCHANGED = "The log was left as it is."


@dataclass(frozen=True, slots=True)
class Segment:
    """Sealed changes that leave together.

    Attributes:
        first_seq, last_seq: the changes.
        first_seal, last_seal: the numbers of the seals that leave with them.
        changes: how many there are.
    """

    first_seq: int
    last_seq: int
    first_seal: int
    last_seal: int

    @property
    def changes(self) -> int:
        return self.last_seq - self.first_seq + 1


@dataclass(frozen=True, slots=True)
class Archive:
    """A segment in a file of its own, verified. `digest` is BLAKE3 of its bytes, in hex."""

    path: Path
    segment: Segment
    digest: str


def segment_before(session: Session, sealed_before_us: int) -> Segment | None:
    """What was sealed before a moment and is still in the log, in whole seals; None where there is nothing.

    Args:
        sealed_before_us: microseconds since 1970.
    """
    found, cut = None, statement.cut(session)
    for each in chain.seals(session, first=cut.last_seal + 1):
        if each.sealed_us >= sealed_before_us:
            break
        if each.last_seq > cut.last_seq:
            found = Segment(cut.last_seq + 1, each.last_seq, cut.last_seal + 1, each.n)
    return found


def archive(
    session: Session, segment: Segment, target: Path, secrets: Secrets, context: Context | None = None
) -> Archive:
    """Write a segment to a new file and verify it there. The log is only read: run it inside one snapshot.

    Raises `Failure` when the log is not as it was sealed, the disk is full, or the file is there already.
    """
    context = context or Context()
    found = Chain.read(session)
    assert found is not None  # a segment has seals
    with create(target) as made:
        made.run(f"PRAGMA encoding = '{session.value('PRAGMA encoding')!s}'")
        with made.transaction():
            _Copy(session, made, segment).run()
            detail = {**asdict(segment), "seqs": _erased(session, found.log, segment)}
            statement.append(made, found.log, statement.ARCHIVE, None, detail, secrets)
        context.checkpoint()
    with open_read(target) as copied, copied.snapshot():
        verdict = verify(copied, context, live=False)
        sealed = {each.n: each.digest(found.log) for each in chain.seals(copied)}
    kept = {each.n: each.digest(found.log) for each in chain.seals(session) if each.n <= segment.last_seal}
    if verdict.problems or sealed != kept:
        told = verdict.problems[0].sentence if verdict.problems else "Its seals are others."
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"The archive of the log is not what was sealed. {told}",
            hint=f"{_UNCHANGED} Verify the log before anything leaves it. The archive that was begun is at {target}.",
        )
    digest = blake3()
    for chunk in read_chunks(target):
        digest.update(chunk)
    return Archive(target, segment, digest.hexdigest())


def prune(
    session: WriteSession, made: Archive, secrets: Secrets, context: Context | None = None
) -> tuple[Seal, ...]:
    """Take the changes of an archive out of the log, inside the caller's transaction; gives the seals that say so.

    Raises `UsageError` when the archive is not of what comes next in this log.
    """
    found = Chain.read(session)
    segment = made.segment
    if found is None or segment.first_seq != statement.cut(session).last_seq + 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(made.path.name)} is not of the oldest changes of this log.",
            hint=_UNCHANGED,
        )
    for table in seal_tables.audited(session):
        _prune_table(session, table, segment.last_seq)
    for name in (names.EVENT, seal_tables.REDACTED):
        session.run(f"DELETE FROM main.{quote(name)} WHERE seq <= ?", (segment.last_seq,))
    last = next(each for each in chain.seals(session) if each.n == segment.last_seal)
    session.run(
        f"DELETE FROM main.{names.TXN} WHERE txn <= ? AND last_seq <= ?", (last.last_txn, segment.last_seq)
    )
    session.run(f"UPDATE main.{seal_tables.SEAL} SET marks = x'' WHERE n <= ?", (segment.last_seal,))
    detail = {**asdict(segment), "archive": made.path.name, "blake3": made.digest}
    statement.append(session, found.log, statement.PRUNED, None, detail, secrets)
    return seal(session, secrets, context)


def _erased(session: Session, log: bytes, segment: Segment) -> list[int]:
    """The changes of a segment of which signed events tell an erasure; those may stand in later segments."""
    said = (
        event.detail.get("seqs") for event, _ in statement.signed_events(session, log, statement.REDACTED)
    )
    seqs = {seq for each in said if isinstance(each, list) for seq in each if isinstance(seq, int)}
    return sorted(seq for seq in seqs if segment.first_seq <= seq <= segment.last_seq)


def _prune_table(session: WriteSession, table: AuditedTable, last: int) -> None:
    form = Form.of(table)
    log = names.log_table(table.tid)
    rows = quote(seal_tables.rows_table(table.tid))
    if not (
        seal_tables.is_there(session, log)
        and seal_tables.is_there(session, seal_tables.rows_table(table.tid))
    ):
        return
    secrets = Blocks(session, seal_tables.key_table(table.tid), SECRET_BYTES)
    gone = f"SELECT DISTINCT key FROM main.{rows} AS r WHERE seq <= ? AND NOT EXISTS"
    gone += f" (SELECT 1 FROM main.{rows} WHERE key = r.key AND seq > ?)"
    for (key,) in session.all(gone, (last, last)):
        secrets.put(
            *form.place_of(decoded(key) if isinstance(key, bytes) and not form.by_rowid else (key,)), b""
        )
    for _ in secrets.flush():
        pass
    session.run(f"DELETE FROM main.{rows} WHERE seq <= ?", (last,))
    if form.layout.wide:
        values = quote(names.values_table(table.tid))
        session.run(f"DELETE FROM main.{values} WHERE k >= 0 AND k < ?", (4 * (last + 1),))
    session.run(f"DELETE FROM main.{quote(log)} WHERE seq <= ?", (last,))


class _Copy:
    """Copies what a segment needs into its archive."""

    def __init__(self, session: Session, target: WriteSession, segment: Segment) -> None:
        self._session = session
        self._target = target
        self._segment = segment
        self._values = Values(session)

    def run(self) -> None:
        segment, target = self._segment, self._target
        for name, columns_sql in ddl.CORE.items():
            target.run(f"CREATE TABLE main.{quote(name)} {columns_sql}")
        target.run(f"INSERT INTO main.{names.CLOCK} (id, seq) VALUES (1, ?)", (segment.last_seq,))
        seal_tables.ensure(target)
        last = next(each for each in chain.seals(self._session) if each.n == segment.last_seal)
        between = (segment.first_seq, segment.last_seq)
        self._rows(names.TXN, "txn", 1, last.last_txn)
        self._rows(names.TABLE, "tid", 1, last.last_tid)
        self._rows(names.EVENT, "seq", *between)
        self._rows(seal_tables.REDACTED, "seq", *between)
        self._rows(seal_tables.CHAIN, "id", 1, 1)
        self._rows(seal_tables.SEAL, "n", 1, segment.last_seal)
        for table in seal_tables.audited(self._session):
            if table.tid <= last.last_tid and seal_tables.is_there(self._session, names.log_table(table.tid)):
                self._table(table)

    def _table(self, table: AuditedTable) -> None:
        first, last = self._segment.first_seq, self._segment.last_seq
        form, made = Form.of(table), layout(table)
        for statement_sql in ddl.tables(made):
            self._target.run(statement_sql)
        self._rows(names.log_table(table.tid), "seq", first, last)
        if made.wide:
            self._rows(names.values_table(table.tid), "k", 4 * first, 4 * last + 3)
        keys, rows = seal_tables.key_table(table.tid), seal_tables.rows_table(table.tid)
        self._target.run(create_sql(keys, without_rowid=not form.by_rowid))
        self._target.run(seal_tables.rows_sql(table.tid, by_rowid=form.by_rowid))
        if not seal_tables.is_there(self._session, keys):
            return
        of_segment = self._session.execute(
            f"SELECT key, seq FROM main.{quote(rows)} WHERE seq BETWEEN ? AND ?", (first, last)
        )
        self._target.run_many(f"INSERT INTO main.{quote(rows)} (key, seq) VALUES (?, ?)", of_segment)
        self._secrets(form, keys, rows)

    def _secrets(self, form: Form, keys: str, rows: str) -> None:
        """The secrets of the rows that have changes in the segment, and no others."""
        source = Blocks(self._session, keys, SECRET_BYTES)
        target = Blocks(self._target, keys, SECRET_BYTES)
        for (key,) in self._target.all(f"SELECT DISTINCT key FROM main.{quote(rows)}"):
            place = form.place_of(decoded(key) if isinstance(key, bytes) and not form.by_rowid else (key,))
            target.put(*place, source.get(*place))
        for _ in target.flush():
            pass

    def _rows(self, table: str, number: str, first: int, last: int) -> None:
        """Rows of a table, by a column that numbers them, nothing of them lost."""
        columns = [
            quote(str(name))
            for (name,) in self._session.all("SELECT name FROM pragma_table_info(?, 'main')", (table,))
        ]
        rest = f"FROM main.{quote(table)} WHERE {number} >= ? AND {number} <= ? ORDER BY {number}"
        terms = sorted(columns, key=lambda name: name != quote(number))  # the number first
        into = f"INSERT INTO main.{quote(table)} ({', '.join(terms)}) VALUES"
        plain = ", ".join("?" * len(terms))
        for row in self._values.rows(terms, rest, first, last):
            texts = [self._values.stored(value) for value in row]
            marks = (
                ", ".join("?" if text is None else "CAST(? AS TEXT)" for text in texts)
                if any(texts)
                else plain
            )
            bound = [value if text is None else text for value, text in zip(row, texts, strict=True)]
            self._target.run(f"{into} ({marks})", bound)
