"""What became of the rows of a table between two times: added, removed, changed, cell by cell.

Only rows that the log tells of since the earlier time are looked at, in SQLite, in the two overlays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from steward_app.db import ReadSession, fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names
from steward_app.services.audit.past.as_of import AsOf, table_as_of
from steward_app.services.audit.past.moments import Moment
from steward_app.services.erasure import Judge
from steward_app.services.rows.cells import Cells, cell_sql, decode_cell, read_values, tolerant
from steward_app.services.rows.order import Fragment
from steward_app.services.schema.model import Generated, Table

PAGE = 100
_numbers = count(1)
_AT_ONCE = 900  # columns: a result has 2,000 at most
_MOST_COLUMNS = 600  # of a page: then, now and whether they differ must fit one result


class Kind(StrEnum):
    """What became of a row between the two times."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that differs.

    Attributes:
        number: its place among those that differ; pages go on by it.
        before, after: its cells, in the order of the columns of the comparison; () where it was not there.
        columns: those that differ, where it was there at both times.
    """

    number: int
    kind: Kind
    key: Cells
    before: Cells
    after: Cells
    columns: tuple[str, ...] = ()


class Comparison:
    """The difference of two times. Made by `compare`.

    Attributes:
        columns: those that are compared.
        key_columns: what names a row.
        counts: how many rows were added, removed, changed.
        earlier, later: the table as it was at the two times.
    """

    def __init__(self, earlier: AsOf, later: AsOf) -> None:
        self._session = earlier.session
        self.earlier, self.later = earlier, later
        self._table = quote(earlier.table.name)
        kepts = (earlier.kept, later.kept)
        left_out = {fold(name) for kept in kepts for name in (*kept.unknown, *kept.added)}
        known = [
            each for each in earlier.table.columns if not each.hidden and fold(each.name) not in left_out
        ]
        self.columns = tuple(each.name for each in known)
        self._compared = [quote(each.name) for each in known if each.generated is Generated.NO]
        self._sides = [side.overlay.source(left_out) for side in (earlier, later)]
        overlay = earlier.overlay
        self._key = [part.partition(".")[2] for part, _ in overlay.key_sql("l")]
        source = self._sides[0]
        if overlay.audited.by_rowid and source.key is not None and not overlay.audited.alias:
            self._key = [source.key.terms[0].sql]
        self._collations = [collation for _, collation in overlay.key_sql("l")]
        self.key_columns = overlay.audited.row_key or ("rowid",)
        self._name = f"temp.{quote(f'{names.PREFIX}differing_{next(_numbers)}')}"
        with self._session.temporary():
            self._fill()
        counted = f"SELECT count(*) FROM {self._name} WHERE kind = ?"
        self.counts = {kind: self._session.count(counted, (kind.value,)) for kind in Kind}

    def page(self, kind: Kind | None = None, *, after: int = 0, limit: int = PAGE) -> tuple[Differing, ...]:
        """Some of the rows that differ, in the order of their keys.

        Args:
            after: the number of the last one of the page before.

        Raises `UsageError` where the table has more columns than fit a page.
        """
        if len(self.columns) > _MOST_COLUMNS:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"A page of rows that differ has at most {_MOST_COLUMNS:,} columns, and this table has more.",
                hint="Look at the table as of each time, with the columns you need.",
            )
        return tolerant(lambda raw: tuple(self._page(kind, after, limit, raw)))

    def whole(self, number: int) -> tuple[Row | None, Row | None]:
        """The values of a row that differs, before and after, however long they are; None where it was not there."""
        names = [f"{self._table}.{quote(name)}" for name in self.columns]
        before, after = (
            read_values(self._session, names, Fragment(self._row(side), (number,))) for side in (0, 1)
        )
        return before, after

    def drop(self) -> None:
        """Give the temporary space back."""
        with self._session.temporary():
            self._session.all(f"DROP TABLE IF EXISTS {self._name}")

    def _fill(self) -> None:
        """List the rows that differ by their keys."""
        keys = [f"k{at}" for at in range(len(self._key))]
        types = ", ".join(keys)
        self._session.all(f"CREATE TABLE {self._name} (n INTEGER PRIMARY KEY, kind, {types})")
        touched = f"SELECT {', '.join(keys)} FROM {self.earlier.overlay.hidden_sql}"
        before, after = (f"SELECT 1 FROM {side.sql} WHERE {self._same('t')}" for side in self._sides)
        kinds = f"CASE WHEN NOT EXISTS ({before}) THEN iif(EXISTS ({after}), 'added', NULL)"
        kinds += f" WHEN NOT EXISTS ({after}) THEN 'removed' WHEN {self._differs_sql()} THEN 'changed' END"
        self._session.all(
            f"INSERT INTO {self._name} (kind, {types}) SELECT kind, {types} FROM"
            f" (SELECT {kinds} AS kind, {types} FROM ({touched}) AS t) WHERE kind IS NOT NULL ORDER BY {types}"
        )

    def _differs_sql(self) -> str:
        """Whether a row that was there at both times differs: EXCEPT compares values, not their types."""
        found = []
        for start in range(0, len(self._compared), _AT_ONCE):
            some = self._compared[start : start + _AT_ONCE]
            told = ", ".join(part for each in some for part in (f"typeof({each})", f"{each} COLLATE BINARY"))
            one, other = (f"SELECT {told} FROM {side.sql} WHERE {self._same('t')}" for side in self._sides)
            found.append(f"EXISTS ({one} EXCEPT {other})")
        return " OR ".join(found) or "0"

    def _same(self, keys: str) -> str:
        parts = zip(self._key, self._collations, strict=True)
        return " AND ".join(
            f"{self._table}.{part} = {keys}.k{at}{f' COLLATE {quote(c)}' * bool(c)}"
            for at, (part, c) in enumerate(parts)
        )

    def _page(self, kind: Kind | None, after: int, limit: int, raw: bool) -> Iterator[Differing]:
        keys = ", ".join(cell_sql(f"k{at}", raw=raw) for at in range(len(self._key)))
        chosen = " AND kind = ?" if kind else ""
        found = self._session.all(
            f"SELECT n, kind, {keys} FROM {self._name} WHERE n > ?{chosen} ORDER BY n LIMIT ?",
            (after, *([kind.value] if kind else []), limit),
        )
        for number, which, *key in found:
            assert isinstance(number, int)
            before, after_cells = (self._cells(at, number, raw) for at in (0, 1))
            of_kind = Kind(str(which))
            columns = self._columns(number) if of_kind is Kind.CHANGED else ()
            yield Differing(number, of_kind, tuple(map(decode_cell, key)), before, after_cells, columns)

    def _cells(self, side: int, number: int, raw: bool) -> Cells:
        if not self.columns:
            return ()
        cells = ", ".join(cell_sql(f"{self._table}.{quote(name)}", raw=raw) for name in self.columns)
        row = self._session.one(f"SELECT {cells} {self._row(side)}", (number,))
        return tuple(map(decode_cell, row)) if row else ()

    def _row(self, side: int) -> str:
        return f"FROM {self._name} AS d CROSS JOIN {self._sides[side].sql} ON {self._same('d')} WHERE d.n = ?"

    def _columns(self, number: int) -> tuple[str, ...]:
        listed = ", ".join(f"{self._table}.{name} AS c{at}" for at, name in enumerate(self._compared))
        before, after = (f"(SELECT {listed} {self._row(side)})" for side in (0, 1))
        differs = ", ".join(
            f"a.c{at} IS NOT b.c{at} COLLATE BINARY OR typeof(a.c{at}) <> typeof(b.c{at})"
            for at in range(len(self._compared))
        )
        row = self._session.one(f"SELECT {differs} FROM {before} AS a, {after} AS b", (number, number)) or ()
        stored = [name for name in self.columns if quote(name) in set(self._compared)]
        return tuple(name for name, differ in zip(stored, row, strict=True) if differ)


@contextmanager
def compare(
    session: ReadSession,
    table: Table,
    earlier: Moment,
    later: Moment,
    context: Context | None = None,
    *,
    judge: Judge | None = None,
) -> Iterator[Comparison]:
    """What became of the rows of a table between two moments. In the block, all is read as of one state of the file.

    Args:
        session: its own, outside a snapshot.
        judge: as for `table_as_of`.

    Raises what `table_as_of` raises.
    """
    if earlier.seq > later.seq:
        earlier, later = later, earlier
    with ExitStack() as stack:
        one = stack.enter_context(table_as_of(session, table, earlier, context, judge=judge))
        other = stack.enter_context(table_as_of(session, table, later, context, judge=judge))
        while True:
            one.refresh()
            with other.at_one_moment():
                if one.is_current():
                    made = Comparison(one, other)
                    try:
                        yield made
                    finally:
                        made.drop()
                    return
