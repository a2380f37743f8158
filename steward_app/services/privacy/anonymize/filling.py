"""The rows of one table of a copy: read, changed and inserted by the batch.

They stand in the order of the original, or in one that is drawn (`row_order`). Of a large table whose numbers stay,
another process builds some rows meanwhile (`apart`). The file is the same to the byte either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice

from steward_app.db import ReadSession, WriteSession, qualified, quote
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.anonymize import row_order
from steward_app.services.privacy.anonymize.broken_rows import empty_value, filled
from steward_app.services.privacy.transform.joined import Joined
from steward_app.services.privacy.transform.model import ROW, Column, TableTransform, nothing_collected
from steward_app.services.schema.model import Generated, Table

_BATCH_ROWS = 1_000  # which stay in the cache of a processor, and in the memory that Python has already
_BATCH_CELLS = 500_000
_BATCH_BYTES = 64 << 20
_LEAST_ROWS = 10
_ROWS_TOGETHER = 10
_MOST_TOGETHER = 16_000  # values of one statement; SQLite takes 32,766

Told = Callable[[int], None]
"""Is told before every batch how many rows are in the copy."""


@dataclass(frozen=True, slots=True)
class How:
    """How the rows of a table are copied.

    Attributes:
        where: SQL over the table called `ROW`, or "" for all rows.
        renumbered: hidden row numbers are new.
        checked: SQLite looks whether the changed rows keep the CHECKs.
        missing: the NOT NULL columns in which some row has no value; an empty one stands there instead.
        batch: rows at a time.
        remembered_bytes: memory for values that were changed.
    """

    where: str = ""
    renumbered: bool = False
    checked: bool = True
    missing: Sequence[str] = ()
    batch: int = _BATCH_ROWS
    remembered_bytes: int = 256 << 20


class Filling:
    """Copies the rows of one table.

    Attributes:
        rowid: the name of a hidden rowid that is kept, or "".
        last: the number of the row that was copied last, where `numbered`.
    """

    def __init__(
        self,
        source: ReadSession,
        target: WriteSession,
        table: Table,
        transform: TableTransform | None,
        how: How,
        order_key: bytes | None = None,
    ) -> None:
        """`order_key` draws the order of the rows, where they are `renumbered`; None for that of the original."""
        self._source, self._target, self._transform = source, target, transform
        self.table, self.how = table, how
        self._order_key = order_key if how.renumbered and row_order.has_hidden_numbers(table) else None
        own = tuple(c.name for c in table.columns if c.generated is Generated.NO and not c.hidden)
        self._columns = transform.columns if transform else own
        self._reads = transform.reads if transform else tuple(f"{ROW}.{quote(name)}" for name in own)
        self.rowid = _kept_rowid(table, how.renumbered)
        self._number = self._place_of_number()
        self._is_utf_8 = source.value("PRAGMA main.encoding") == "UTF-8"
        self.last: int | None = None

    @property
    def numbered(self) -> bool:
        """Whether rows have numbers, in whose order they are read, and which the copy has too."""
        return self._number is not None

    @property
    def number_sql(self) -> str:
        """The number of a row of the table called `ROW`, where `numbered`."""
        assert self._number is not None
        return f"{ROW}.{self.rowid or quote(self._columns[self._number])}"

    @property
    def names_sql(self) -> str:
        """What is written of each row."""
        return ", ".join([*map(quote, self._columns), *([self.rowid] if self.rowid else [])])

    @contextmanager
    def ready(self) -> Iterator[None]:
        """In the block rows can be copied, outside of a transaction or in it."""
        self.check_as_told()
        with ExitStack() as stack:
            if self._order_key is not None:
                stack.enter_context(
                    row_order.drawn(self._source, self.table, self.how.where, self._order_key)
                )
            if self._transform is not None:
                stack.enter_context(self._transform.remembering(self.how.remembered_bytes))
            yield

    def check_as_told(self) -> None:
        """Let SQLite look whether rows keep the CHECKs, or not."""
        self._target.all(f"PRAGMA ignore_check_constraints = {'OFF' if self.how.checked else 'ON'}")

    def everything(self, told: Told) -> int:
        """Copy all rows; how many."""
        try:
            return self.between(told)
        except UnicodeDecodeError:  # text that is not valid, which SQLite keeps all the same
            return self.anew(told)

    def anew(self, told: Told) -> int:
        """Copy all rows, texts that are not valid byte for byte; how many. What was copied of them is removed."""
        self._target.run(f"DELETE FROM {qualified(self.table.name)}")
        raw = RawRows(self._source, kept=self._kept())
        return self._copy(None, None, told, raw=raw)

    def between(self, told: Told, first: int | None = None, last: int | None = None) -> int:
        """Copy the rows with these numbers; how many. Raises `UnicodeDecodeError` for text that is not valid."""
        return self._copy(first, last, told, raw=None)

    def insert(self, sql: str, rows: Iterator[Sequence[SqlValue]] | None = None) -> int:
        """Run an INSERT, once or for each row of values; how many rows it changed.

        Raises `Failure` where they break a rule of the table.
        """
        try:
            if rows is None:
                return self._target.run(sql)
            self._target.run_many(sql, rows)
        except Failure as error:
            if error.code is not ErrorCode.CONSTRAINT:
                raise
            raise Failure(
                ErrorCode.CONSTRAINT,
                f"The changed rows break a rule of {quoted(self.table.name)}: {_rule(error)}.",
                hint="The database is unchanged, and no copy was made. Choose another technique for the column.",
            ) from None
        return 0

    def _place_of_number(self) -> int | None:
        """Where the number of a row stands among what is written, when it stays."""
        if self.rowid:
            return len(self._columns)
        named = (column.name for column in self.table.columns if column.rowid_alias)
        alias = next((self._columns.index(name) for name in named), None)
        return None if self._transform and alias in self._transform.steps else alias

    def _kept(self) -> frozenset[int]:
        """The places of the columns that stay as they are."""
        changed = self._transform.steps if self._transform else {}
        return frozenset(at for at in range(len(self._columns)) if at not in changed)

    def _joined(self) -> Joined | None:
        """How to read the next rows with fewer values, where that can begin at any row."""
        anywhere = self._order_key is not None or (self.numbered and not self.how.where)
        return self._transform.joined() if self._transform and anywhere and self._is_utf_8 else None

    def _read(
        self, first: int | None, last: int | None, raw: RawRows | None, joined: Joined | None
    ) -> Iterator[Row]:
        terms = [
            *(joined.reads if joined else self._reads),
            *([f"{ROW}.{self.rowid}"] if self.rowid else []),
        ]
        selected = raw.terms(terms) if raw else ", ".join(terms)
        rows = self._source.execute(f"SELECT {selected} FROM {self._from_sql(first, last)}")
        return map(raw.read, rows) if raw else rows

    def _from_sql(self, first: int | None, last: int | None) -> str:
        """Which rows, by their numbers or their places in the drawn order, and in which order."""
        name = f"{qualified(self.table.name)} AS {ROW}"
        if self._order_key is not None:  # a CROSS JOIN goes through the tables as they are written
            return (
                f"{row_order.DRAWN} AS drawn CROSS JOIN {name} ON {ROW}.{self.table.rowid_name} = drawn.n"
                f" WHERE drawn.place >= {first or 1} ORDER BY drawn.place"
            )
        conditions = [self.how.where] if self.how.where else []
        conditions += [f"{self.number_sql} >= {first}"] if first is not None else []
        conditions += [f"{self.number_sql} <= {last}"] if last is not None else []
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        order = f" ORDER BY {self.number_sql}" if self.numbered and not self.how.where else ""
        return f"{name}{where}{order}"

    def _copy(self, first: int | None, last: int | None, told: Told, *, raw: RawRows | None) -> int:
        width = len(self._columns) + bool(self.rowid)
        into = f"INSERT OR FAIL INTO {qualified(self.table.name)} ({self.names_sql}) VALUES "
        joined = None if raw else self._joined()
        rows = self._read(first, last, raw, joined)
        copied = 0
        while True:
            with nothing_collected():
                batch = list(islice(rows, self.how.batch))
                told(copied)
                if not batch:
                    return copied
                made = self._made(batch, joined)
                if made:
                    if raw:
                        given = map(raw.given, zip(*made, strict=True))
                        self.insert(f"{into}({raw.bindings(width)})", given)
                    else:
                        self._insert_together(into, made, len(batch))
                    copied += len(batch)
                    if self._order_key is not None:
                        first = copied + 1
                    elif self._number is not None:
                        self.last = int(made[self._number][-1] or 0)
                        first = self.last + 1
                del batch, made  # before Python looks for cycles again, and before the next rows are read
                if not raw and joined is not (now := self._joined()):
                    joined, rows = now, self._read(first, last, raw, now)

    def _made(self, batch: list[Row], joined: Joined | None) -> list[Column] | None:
        """The columns as the copy has them, the row numbers last where they are kept. None as `changed_joined`."""
        if self._transform is None:
            columns: list[Column] = list(zip(*batch, strict=True))
        else:
            changed = (
                self._transform.changed_joined(batch, joined)
                if joined
                else self._transform.changed_columns(batch)
            )
            if changed is None:
                return None
            columns = [*changed[: len(self._columns)], *(changed[-1:] if self.rowid else [])]
        for at, name in enumerate(self._columns):
            if name in self.how.missing:
                columns[at] = filled(columns[at], empty_value(self.table, name))
        return columns

    def _insert_together(self, into: str, columns: Sequence[Column], count: int) -> None:
        """Some rows by each statement, since starting one costs as much as a row; then the few that are left."""
        one = f"({', '.join('?' * len(columns))})"
        many = max(1, min(_ROWS_TOGETHER, _MOST_TOGETHER // len(columns)))
        even = count // many * many
        together = zip(*(column[at:even:many] for at in range(many) for column in columns), strict=True)
        self.insert(into + ", ".join([one] * many), together)
        self.insert(into + one, zip(*(column[even:] for column in columns), strict=True))


def batch_rows(rows: int, width: int, file_bytes: int) -> int:
    """Rows at a time, so that a batch stays some tens of megabytes: by its columns, and by how large rows can be."""
    by_bytes = _BATCH_BYTES * max(1, rows) // max(1, file_bytes)
    return max(_LEAST_ROWS, min(_BATCH_ROWS, _BATCH_CELLS // max(1, width), by_bytes))


def _rule(error: Failure) -> str:
    """Which rule SQLite says was broken; it names columns and never values."""
    return visible(str(error.__cause__ or "").strip(), 200)


def _kept_rowid(table: Table, renumbered: bool) -> str:
    """The name of a hidden rowid that is kept, or ""."""
    named = any(column.rowid_alias for column in table.columns)
    return "" if renumbered or named or table.without_rowid else table.rowid_name
