"""What rows are read from: a table, a view, a virtual table or a query, and what names one of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.query import Query, check_query
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.text import quoted, visible
from steward_app.services.schema.model import Column, IndexColumn, Table, TableKind

ROWID_WORDS = ("rowid", "_rowid_", "oid")
_MODULES_WITH_ROWID = frozenset({"fts3", "fts4", "fts5", "rtree", "rtree_i32", "geopoly"})
_COLLATIONS = frozenset({"BINARY", "NOCASE", "RTRIM"})  # the ones every SQLite has
_MOST_COLUMNS = 1_900  # SQLite gives at most 2,000 in one result; the key and the order need some


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order: an SQL expression over the source, and how its values compare."""

    sql: str
    collation: str = "BINARY"
    descending: bool = False
    integer: bool = False  # a rowid: never NULL, always an integer


@dataclass(frozen=True, slots=True)
class RowKey:
    """What names a row and gives the source its own order.

    Attributes:
        columns: names as a steward reads them: the primary key, or "rowid".
        terms: the same as an order, as the table or an index of it stands.
        rowid: True when the key is the rowid, whatever the column is called.
    """

    columns: tuple[str, ...]
    terms: tuple[Term, ...]
    rowid: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from.

    Attributes:
        name: of the table or view; "" for a query.
        sql: what stands after FROM.
        columns: those a steward sees, in order; hidden ones of virtual tables are left out.
        key: None for views, queries and the few tables without one: their rows are numbered as they come.
        table: the table or view of the schema; None for a query.
        stored: False where the rows of a table are not those that it holds now.
    """

    name: str
    sql: str
    columns: tuple[Column, ...]
    key: RowKey | None = None
    table: Table | None = None
    query: Query | None = None
    stored: bool = True
    _by_name: dict[str, Column] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for column in reversed(self.columns):
            self._by_name[fold(column.name)] = column

    @property
    def label(self) -> str:
        """The source in a sentence: “visits”, or "the query"."""
        return quoted(self.name) if self.table else "the query"

    def column(self, name: str) -> Column:
        """The column of that name as SQLite compares names. Raises `UsageError`."""
        found = self._by_name.get(fold(name))
        if found is None:
            names = ", ".join(visible(column.name, 40) for column in self.columns[:12])
            more = ", …" if len(self.columns) > 12 else ""
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no column {quoted(name)} in {self.label}.",
                hint=f"Its columns are: {names}{more}.",
            )
        return found

    def sql_of(self, column: Column) -> str:
        """The column as SQL over this source. With the table's name before it, so that a column which is gone since
        is an error: SQLite would take "x" alone for a piece of text."""
        return _column_sql(self.table, column.name)

    def choose(self, names: Sequence[str] | None) -> tuple[Column, ...]:
        """The columns of those names, in that order; all (as many as fit a result) for None."""
        if names is None:
            return self.columns[:_MOST_COLUMNS]
        chosen = tuple(self.column(name) for name in names)
        if not chosen or len(chosen) > _MOST_COLUMNS:
            raise UsageError(ErrorCode.BAD_REQUEST, f"Choose between 1 and {_MOST_COLUMNS:,} columns.")
        return chosen


def source_of(table: Table) -> Source:
    """The rows of a table, view or virtual table.

    Raises `Failure` when the table cannot be read (a view on a column that is gone, a missing module).
    """
    if table.problem:
        raise Failure(
            ErrorCode.MALFORMED_SCHEMA,
            f"{quoted(table.name)} cannot be read: {visible(table.problem, 200)}.",
            hint="The file is unchanged. The check (Constraints, “steward schema check”) says what is wrong with it.",
        )
    columns = tuple(column for column in table.columns if not column.hidden)
    return Source(table.name, qualified(table.name), columns, _key(table), table)


def source_of_query(session: Session, sql: str) -> Source:
    """The rows of a query a steward wrote. Raises what `check_query` raises."""
    return source_of_checked(check_query(session, sql))


def source_of_checked(query: Query) -> Source:
    """The rows of a query that `check_query` passed. Raises `Refused` for EXPLAIN and PRAGMA."""
    if not query.nests:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "The result of EXPLAIN and PRAGMA cannot be sorted, filtered or exported.",
            hint="Use SELECT, for example: SELECT * FROM pragma_table_info('t').",
        )
    names = _unlike(query.columns)
    sql = f"(\n{query.sql}\n)"
    if names != query.columns:  # columns of one name could not be told apart outside the brackets
        listed = ", ".join(map(quote, names))
        sql = f'(WITH "steward query" ({listed}) AS {sql} SELECT * FROM "steward query")'
    return Source(
        "", sql, tuple(Column(name, place, "", "BLOB") for place, name in enumerate(names)), query=query
    )


def column_term(table: Table | None, column: Column, *, descending: bool = False) -> Term:
    """A column as a term of an order. A collation that only another program has is replaced by BINARY."""
    column_sql = _column_sql(table, column.name)
    if column.collation.upper() in _COLLATIONS:
        return Term(column_sql, column.collation.upper(), descending, column.rowid_alias)
    return Term(f"{column_sql} COLLATE BINARY", "BINARY", descending)


def _column_sql(table: Table | None, name: str) -> str:
    return f"{quote(table.name)}.{quote(name)}" if table else quote(name)


def _key(table: Table) -> RowKey | None:
    if table.kind is TableKind.VIEW or (
        table.kind is TableKind.VIRTUAL and table.module.lower() not in _MODULES_WITH_ROWID
    ):
        return None
    if not table.without_rowid:
        alias = next((column for column in table.columns if column.rowid_alias), None)
        if alias:
            return RowKey((alias.name,), (Term(_column_sql(table, alias.name), integer=True),), rowid=True)
        taken = {fold(column.name) for column in table.columns}
        word = next((word for word in ROWID_WORDS if word not in taken), None)
        if word:
            return RowKey((word,), (Term(word, integer=True),), rowid=True)
    return _indexed_key(table)


def _indexed_key(table: Table) -> RowKey | None:
    """The primary key, or for want of one a full UNIQUE index, over columns that hold no NULL."""
    unique = [index for index in table.indexes if index.unique and not index.where]
    for index in sorted(unique, key=lambda index: index.origin != "primary key"):
        found = [term for part in index.columns if (term := _index_term(table, part))]
        if len(found) == len(index.columns):
            return RowKey(tuple(part.name for part in index.columns), tuple(found))
    key = table.primary_key
    columns = [table.column(name) for name in key.columns] if key and table.without_rowid else []
    terms = tuple(column_term(table, column) for column in columns if column is not None)
    return RowKey(key.columns, terms) if key and terms else None


def _index_term(table: Table, part: IndexColumn) -> Term | None:
    """A column of an index as a term of an order; None where it is no good for a key."""
    column = table.column(part.name) if part.name else None
    collation = part.collation.upper()
    if column is None or not column.not_null or collation not in _COLLATIONS:
        return None
    sql = _column_sql(table, column.name)
    if collation != column.collation.upper():
        sql += f" COLLATE {collation}"
    return Term(sql, collation, part.descending)


def _unlike(names: Sequence[str]) -> tuple[str, ...]:
    """The names with a number where one is there already: a, a (2)."""
    taken: set[str] = set()
    found = []
    for name in names:
        chosen, number = name, 1
        while fold(chosen) in taken:
            number += 1
            chosen = f"{name} ({number})"
        taken.add(fold(chosen))
        found.append(chosen)
    return tuple(found)
