"""How many rows a table has, and where the space in a file goes. Estimates say that they are estimates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, qualified
from steward_app.db.safe_mode import schema_rows
from steward_app.db.session import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.schema.model import Schema, Table, TableKind

_LOOKS = 16  # places of the rowid range whose density is measured
_WINDOW = 64  # rowids a look is wide
_COUNTED_AT_ONCE = 4_096  # rows up to which counting costs less than guessing


class Certainty(StrEnum):
    EXACT = "exact"
    ABOUT = "about"  # an estimate
    AT_LEAST = "at least"  # counting stopped there


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows of a table; `source` says where the number comes from, in words."""

    table: str
    rows: int
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True)
class RowidRange:
    """The rowids in use: `name` to reach them by, first and last."""

    name: str
    first: int
    last: int

    @property
    def span(self) -> int:
        """Rows there are if no rowid is left out: never fewer than there are."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Space:
    """What a table takes in the file. Its indexes are not in `table_bytes`; `unused_bytes` are within both."""

    table: str
    table_bytes: int
    index_bytes: int
    unused_bytes: int

    @property
    def bytes(self) -> int:
        return self.table_bytes + self.index_bytes


def rowid_range(session: Session, table: Table) -> RowidRange | None:
    """First and last rowid, in two seeks; None for a table that has none or whose rowid has no name left.

    An empty table gives a range of no rows.
    """
    name = table.rowid_name if table.kind is not TableKind.VIRTUAL else ""
    if not name:
        return None
    source = qualified(table.name)
    row = session.one(f"SELECT (SELECT min({name}) FROM {source}), (SELECT max({name}) FROM {source})")
    first, last = row or (None, None)
    if not isinstance(first, int) or not isinstance(last, int):
        return RowidRange(name, 1, 0)
    return RowidRange(name, first, last)


def estimate_rows(session: Session, table: Table) -> RowCount | None:
    """About how many rows a table has, in a few seeks; None where only counting can tell (views, broken tables).

    Small tables are counted. Else ANALYZE's statistics are believed where they fit the rowids in use; else the
    density of the rowids is measured in a few places.
    """
    if table.kind in (TableKind.VIEW, TableKind.VIRTUAL) or table.problem:
        return None
    try:
        with in_sqlites_words():
            extent = rowid_range(session, table)
            if extent is not None and extent.span > _COUNTED_AT_ONCE:
                return _about(session, table, extent)
            return _counted_a_little(session, table)
    except SqliteSays:
        return None


def count_rows(session: Session, table: Table, context: Context | None = None) -> RowCount:
    """The exact number of rows of a table or view. Reads it whole; cancelling stops it at once.

    Raises:
        Cancelled: when the context was cancelled.
    """
    with session.under(context or Context()):
        rows = session.count(f"SELECT count(*) FROM {qualified(table.name)}")
    return RowCount(table.name, rows, Certainty.EXACT, "counted")


def measure_space(session: Session, schema: Schema, context: Context | None = None) -> tuple[Space, ...]:
    """Bytes per table with its indexes, largest first. Reads every page of the file: a job.

    Raises:
        Cancelled: when the context was cancelled.
        Failure: DAMAGED, and what else hinders reading.
    """
    context = context or Context()
    owners = _owners(session)
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    total = schema.settings.page_count * schema.settings.page_size_bytes
    read = 0
    with session.under(context):
        for tree, (table, is_index) in owners.items():
            context.checkpoint()
            context.report(read, total, unit="bytes", note=table)
            pages, unused = _taken(session, tree)
            read += pages
            sizes[table][is_index] += pages
            sizes[table][2] += unused
    found = [Space(table, own, indexes, unused) for table, (own, indexes, unused) in sizes.items()]
    return tuple(sorted(found, key=lambda space: (-space.bytes, space.table)))


def _taken(session: Session, tree: str) -> tuple[int, int]:
    """Bytes of a b-tree, and those of them that hold nothing.

    Of a page number beyond the end of the file SQLite says here that the disk is full; reading needs no disk.
    """
    try:
        row = session.one("SELECT pgsize, unused FROM dbstat WHERE name = ? AND aggregate = TRUE", (tree,))
    except Failure as failure:
        if failure.code is not ErrorCode.DISK_FULL:
            raise
        raise Failure(
            ErrorCode.DAMAGED,
            f"“{visible(session.path.name)}” is damaged: it refers to pages that it does not have.",
            hint="The file is unchanged. Run the check to see what can still be read, and restore it from a backup.",
        ) from failure.__cause__
    pages, unused = (value if isinstance(value, int) else 0 for value in row or (0, 0))
    return pages, unused


def _owners(session: Session) -> dict[str, tuple[str, bool]]:
    """Every b-tree of the file by name, with the table it belongs to and whether it is an index."""
    owners: dict[str, tuple[str, bool]] = {"sqlite_schema": ("sqlite_schema", False)}
    for row in schema_rows(session):
        if row.root_page > 0:
            owners[row.name] = (row.table, row.type == "index")
    return owners


def _counted_a_little(session: Session, table: Table) -> RowCount | None:
    analyzed = _from_statistics(session, table)
    rows = session.count(
        f"SELECT count(*) FROM (SELECT 1 FROM {qualified(table.name)} LIMIT ?)", (_COUNTED_AT_ONCE + 1,)
    )
    if rows <= _COUNTED_AT_ONCE:
        return RowCount(table.name, rows, Certainty.EXACT, "counted")
    if analyzed is not None and analyzed >= rows:
        return RowCount(table.name, analyzed, Certainty.ABOUT, "from the statistics of ANALYZE")
    return RowCount(table.name, _COUNTED_AT_ONCE, Certainty.AT_LEAST, "counted so far")


def _about(session: Session, table: Table, extent: RowidRange) -> RowCount:
    """Rows by the density of the rowids; the statistics where they are near it, since a count is better."""
    step = max(1, (extent.span - _WINDOW) // (_LOOKS - 1))
    starts = [extent.first + i * step for i in range(_LOOKS)]
    name, source = extent.name, qualified(table.name)
    look = f"SELECT count(*) FROM {source} WHERE {name} BETWEEN ? AND ?"
    hits = sum(session.count(look, (start, min(start + _WINDOW - 1, extent.last))) for start in starts)
    measured = max(1, round(extent.span * hits / (_LOOKS * _WINDOW)))
    analyzed = _from_statistics(session, table)
    if analyzed is not None and measured / 2 <= analyzed <= measured * 2:
        return RowCount(table.name, analyzed, Certainty.ABOUT, "from the statistics of ANALYZE")
    return RowCount(table.name, measured, Certainty.ABOUT, "from the rowids in use")


def _from_statistics(session: Session, table: Table) -> int | None:
    """Rows as ANALYZE counted them, if it ever ran; indexes over some rows only say less."""
    partial = {fold(index.name) for index in table.indexes if index.where}
    try:
        with in_sqlites_words():
            rows = session.all(
                "SELECT idx, stat FROM main.sqlite_stat1 WHERE tbl = ? COLLATE NOCASE", (table.name,)
            )
    except SqliteSays:
        return None
    counts = []
    for index, stat in rows:
        number = str(stat or "").partition(" ")[0]
        if number.isdecimal() and (index is None or fold(str(index)) not in partial):
            counts.append(int(number))
    return max(counts, default=None)
