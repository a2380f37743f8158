"""Which values of the log are to be erased: of a row, of columns, of some changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import Session, fold, quote
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names
from steward_app.services.audit.engine.model import AuditedTable, Change, Key, Op
from steward_app.services.audit.engine.values import Values
from steward_app.services.audit.erasing.redact import chosen_cells
from steward_app.services.audit.past.as_of_row import exact_key
from steward_app.services.audit.past.lineage import Lineage, Version, lineage, lineages
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.audit.seals import chain, redacted, seal_tables
from steward_app.services.audit.seals.records import Form, Records

MOST = 100_000
"""Changes that values are erased from at once: they are held in memory, with all others of their rows."""
_UNCHANGED = "Nothing was changed."
_FEW = 500  # changes that are read one by one


@dataclass(frozen=True, slots=True)
class EraseRequest:
    """Erase values inside the log. Everything given narrows it; a row, columns or changes must be.

    Attributes:
        table: its name now; "" for all tables, where changes are given.
        key: a row, as it is named now; all rows that had this key one after another.
        life: the number of a change: only the row that this change is of, from its beginning to its end.
        columns: by their names now; () for all values, except what names the row.
        changes: the first and the last number of each run of changes.
        reason: why; the number of a request, never an identity.
        finish: erase nothing more; write the file anew, so that nothing of what was erased stays in it.
    """

    path: Path
    database_id: str
    table: str = ""
    key: Key | None = None
    life: int | None = None
    columns: tuple[str, ...] = ()
    changes: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    finish: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be erased of one version of a table.

    Attributes:
        seqs: the changes that hold something of it.
        columns: by their names then; None for all values, except what names the row.
        cells: how many hold something.
        names_row: what names the rows goes, too.
    """

    audited: AuditedTable
    seqs: tuple[int, ...]
    columns: frozenset[str] | None
    cells: int
    names_row: bool


def select(session: Session, request: EraseRequest, context: Context) -> tuple[Chosen, ...]:
    """What a request means, as the log stands.

    Raises `UsageError` where it says too little or names what the log does not know, `Refused` where it is too much.
    """
    _require_said(request)
    found: list[Chosen] = []
    known = [lineage(session, request.table)] if request.table else list(lineages(session))
    columns = [_columns(each, request.columns) for each in known]
    missing = {fold(name) for name in request.columns} - {name for each in columns for name in each.known}
    if missing:
        told = ", ".join(quoted(name) for name in request.columns if fold(name) in missing)
        raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"The log has no column {told}.", hint=_UNCHANGED)
    for line, of_line in zip(known, columns, strict=True):
        of_row = _of_row(session, line, request) if request.key is not None else None
        for version in line.by_tid.values():
            among = None if of_row is None else of_row.get(version.audited.tid, frozenset())
            made = _chosen(session, version.audited, of_line.of(version, request), among, request, context)
            if made is not None:
                found.append(made)
        if sum(len(each.seqs) for each in found) > MOST:
            raise Refused(
                ErrorCode.TOO_LARGE,
                f"Values of more than {MOST:,} changes cannot be erased at once.",
                hint=f"{_UNCHANGED} Erase them run by run, with --change.",
            )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns that were named are called in each version of a table."""

    by_tid: dict[int, frozenset[str]]

    @property
    def known(self) -> frozenset[str]:
        return frozenset(name for each in self.by_tid.values() for name in each)

    def of(self, version: Version, request: EraseRequest) -> frozenset[str] | None:
        """By their names then; None where none were named."""
        if not request.columns:
            return None
        wanted = {fold(name) for name in request.columns}
        return frozenset(
            each.name
            for each in version.audited.columns
            if fold(version.columns.get(each.name, each.name)) in wanted
        )


def _columns(line: Lineage, wanted: Sequence[str]) -> _Columns:
    folded = {fold(name) for name in wanted}
    return _Columns(
        {
            tid: frozenset(
                name
                for each in version.audited.columns
                if (name := fold(version.columns.get(each.name, each.name))) in folded
            )
            for tid, version in line.by_tid.items()
        }
    )


def _require_said(request: EraseRequest) -> None:
    if request.key is not None and not request.table:
        raise UsageError(ErrorCode.BAD_REQUEST, "A row is of a table.", hint="Name the table, too.")
    if request.life is not None and request.key is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "A change tells which row; name its key, too.", hint=_UNCHANGED
        )
    if request.key is None and not request.changes and not (request.table and request.columns):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Which values? Neither a row nor columns nor changes were named.",
            hint=f"{_UNCHANGED} Name a table and a row, a table and columns, or the numbers of changes.",
        )


def _of_row(session: Session, line: Lineage, request: EraseRequest) -> dict[int, frozenset[int]]:
    """The changes of the rows that had a key, by version of the table."""
    assert request.key is not None
    rows = RowChanges(session, line)
    walked = [change for change, _ in rows.backward(exact_key(session, line, request.key))]
    lives: list[list[Change]] = []
    for change in reversed(walked):
        if not lives or change.op is Op.INSERT or lives[-1][-1].new_key is None:
            lives.append([])
        lives[-1].append(change)
    for life in lives:
        last = life[-1]
        if last.new_key is not None:  # it may have gone on under another key
            version = line.by_tid[last.tid]
            life += list(rows.forward(version.key_now(last.new_key), last.seq))
    for version in line.unlinked:  # an audit that was ended before this one began
        key = request.key if version.key_order is None else version.key_then(request.key)
        if len(key) == (1 if version.audited.by_rowid else len(version.audited.primary_key)):
            lives.append(list(rows.later(version.audited, key, 0)))
    if request.life is not None:
        lives = [life for life in lives if any(change.seq == request.life for change in life)]
        if not lives:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT, f"Change {request.life:,} is not of this row.", hint=_UNCHANGED
            )
    found: dict[int, set[int]] = {}
    for change in (change for life in lives for change in life):
        found.setdefault(change.tid, set()).add(change.seq)
    return {tid: frozenset(seqs) for tid, seqs in found.items()}


def _chosen(
    session: Session,
    audited: AuditedTable,
    columns: frozenset[str] | None,
    among: Collection[int] | None,
    request: EraseRequest,
    context: Context,
) -> Chosen | None:
    if (among is not None and not among) or not seal_tables.is_there(session, names.log_table(audited.tid)):
        return None
    form = Form.of(audited)
    numbers = chosen_cells(audited, form, None if columns is None else {fold(name) for name in columns})
    if not numbers:
        return None
    seqs, cells = [], 0
    for record in _records(session, form, among, request):
        seq = record[0]
        assert isinstance(seq, int)
        held = {cell.number for cell in form.cells(record)} & numbers
        if 0 in held and _is_erased(session, seq, 0):
            held.discard(0)
        if held:
            seqs.append(seq)
            cells += len(held)
        if len(seqs) > MOST:
            break
        if len(seqs) % 1_000 == 0:
            context.checkpoint()
    return Chosen(audited, tuple(seqs), columns, cells, 0 in numbers) if seqs else None


def _records(
    session: Session, form: Form, among: Collection[int] | None, request: EraseRequest
) -> Iterator[Row]:
    """The records of one log that may be meant."""
    records = Records(Values(session), form)
    if among is not None and len(among) <= _FEW:
        for seq in sorted(among):
            if _is_in(seq, request.changes):
                yield from records.between(seq, seq)
        return
    last = session.count(f"SELECT coalesce(max(seq), 0) FROM main.{quote(names.log_table(form.tid))}")
    for first, until in sorted(request.changes) or [(1, last)]:
        for record in records.between(first, min(until, last)):
            if among is None or record[0] in among:
                yield record


def _is_in(seq: int, runs: Sequence[tuple[int, int]]) -> bool:
    return not runs or any(first <= seq <= last for first, last in runs)


def _is_erased(session: Session, seq: int, number: int) -> bool:
    kept = redacted.between(session, seq, seq).get(seq)
    return kept is not None and any(each.number == number and not each.salt for each in kept.openings)


def seals_of(session: Session, seqs: Collection[int]) -> int:
    """How many seals cover these changes."""
    wanted = sorted(seqs)
    return sum(
        bisect_left(wanted, each.first_seq) < bisect_right(wanted, each.last_seq)
        for each in chain.seals(session)
    )
