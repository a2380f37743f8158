"""Which columns a name means, and the SQL that reads them: of a table, or up its foreign keys to the person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from steward_app.db import fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place
from steward_app.services.schema.model import Column, ForeignKey, Mismatch, Schema, Table, TableKind

_DEEPEST = 4  # foreign keys one after the other
_MOST_WAYS = 1_000  # up from a table
_MOST_OTHERS = 24  # ways that tell whose a row is


@dataclass(frozen=True, slots=True)
class Reached:
    """A column that a row leads to.

    Attributes:
        name: as it was asked for.
        keys: the foreign keys that lead there, one after the other; () for a column of the table itself.
        table: that the column stands in.
    """

    name: str
    keys: tuple[ForeignKey, ...]
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a question reads: a table, and the tables joined to it, none of which adds a row.

    Attributes:
        columns_sql: one expression for each column that was asked for, in order.
        from_sql: the table and its joins; the table itself is `t`.
        rowid_sql: the rowid of the table, or "" where it has none.
        where_sql: which rows count, or "" for all.
        led: only rows that lead to everything that is asked about count.
        others: the ways that tell whose a row is where the columns that are named do not, in words of `path_of`.
    """

    table: Table
    reached: tuple[Reached, ...]
    columns_sql: tuple[str, ...]
    from_sql: str
    rowid_sql: str
    where_sql: str = ""
    led: bool = False
    others: tuple[str, ...] = ()

    @property
    def rows_sql(self) -> str:
        """What follows FROM for the rows that count."""
        return f"{self.from_sql} WHERE {self.where_sql}" if self.where_sql else self.from_sql

    def but(self, condition_sql: str) -> Source:
        """The same of fewer rows."""
        both = [each for each in (self.where_sql, condition_sql) if each]
        return replace(self, where_sql=" AND ".join(both))


def source(schema: Schema, table: str, names: Sequence[str]) -> Source:
    """How the named columns of a table, or of those it leads to, are read. Raises `UsageError` for unknown ones."""
    found = known_table(schema, table)
    return _source(found, tuple(reach(schema, found, name) for name in names))


def leads_there(schema: Schema, table: str, ways: tuple[str, ...]) -> bool:
    """Whether a row of a table leads to what is named, by columns of it or foreign keys."""
    try:
        source(schema, table, ways)
    except UsageError:
        return False
    return True


def asked_source(
    schema: Schema,
    table: str,
    by: Sequence[str],
    told: Sequence[str] = (),
    person: Sequence[str] = (),
    lost: Collection[Place] = (),
) -> Source:
    """How the rows are read of which somebody who knows some columns learns others.

    Where something is learnt, and columns of other tables are known or told, only rows that lead to all of them count,
    and to somebody: a visit of nobody hides nobody among the others. Where nothing is, every row is somebody who may
    be found.

    Args:
        person: what tells whose row it is; where that is empty, other ways to the same table do.
        lost: columns of which the copy does not tell which rows were alike: no other way goes over them.

    Raises `UsageError` for unknown columns.
    """
    found = known_table(schema, table)
    asked = tuple(reach(schema, found, name) for name in (*by, *told))
    ways = _persons_ways(schema, found, tuple(reach(schema, found, name) for name in person), lost)
    led = bool(told) and any(each.keys for each in asked)
    # Of the person, rows are joined where there are any: another way may lead to somebody.
    read = _source(found, (*asked, *ways[0]), inner=len(asked) if led else 0)
    named = read.columns_sql[len(asked) :]
    others = [tuple(scalar_sql(found, each, "t") for each in way) for way in ways[1:]]
    whose = _first_whole([named, *others])
    read = replace(
        read,
        columns_sql=(*read.columns_sql[: len(asked)], *whose),
        led=led,
        others=tuple(dict.fromkeys(each.name for way in ways[1:] for each in way)),
    )
    return read.but(" AND ".join(f"{sql} IS NOT NULL" for sql in whose)) if led else read


def whose_sql(schema: Schema, table: Table, person: Sequence[str]) -> tuple[str, ...]:
    """What tells whose a row is, as `asked_source` reads it: expressions in a query over that table."""
    return person_sql(schema, table, tuple(reach(schema, table, name) for name in person))


def person_sql(
    schema: Schema, table: Table, named: tuple[Reached, ...], row_sql: str = ""
) -> tuple[str, ...]:
    """What tells whose a row is: what is named or, where that is empty, other ways to the same table.

    Args:
        row_sql: as for `scalar_sql`.
    """
    ways = _persons_ways(schema, table, named)
    return _first_whole([tuple(scalar_sql(table, each, row_sql) for each in way) for way in ways])


def _persons_ways(
    schema: Schema, table: Table, named: tuple[Reached, ...], lost: Collection[Place] = ()
) -> tuple[tuple[Reached, ...], ...]:
    """The ways that tell whose a row is: the one that is named, then others to the same table, the shortest first."""
    end = _persons_table(schema, named)
    if end is None:
        return (named,)
    taken, person, key_columns = end
    return (
        named,
        *islice(
            (
                tuple(_named_by_way(schema, table, keys, person, column) for column in key_columns)
                for keys, tables in ways_up(schema, table)
                if keys and tables[-1] is person and keys != taken and not _over(keys, tables, lost)
            ),
            _MOST_OTHERS,
        ),
    )


def _persons_table(
    schema: Schema, named: Sequence[Reached]
) -> tuple[tuple[ForeignKey, ...], Table, tuple[str, ...]] | None:
    """Where that ends which tells whose a row is: the way there, the table, and its columns; None where nobody says."""
    if len({each.keys for each in named}) != 1:
        return None
    keys, at = named[0].keys, known_table(schema, named[0].table)
    columns = tuple(each.column for each in named)
    for key, parent in _parents(schema, at):
        if set(key.columns) == set(columns):
            there = dict(zip(key.columns, key.parent_columns, strict=True))
            return (*keys, key), parent, tuple(there[name] for name in columns)
    return (keys, at, columns) if keys else None


def _named_by_way(
    schema: Schema, table: Table, keys: tuple[ForeignKey, ...], end: Table, column: str
) -> Reached:
    """A column at the end of a way, named by the way alone."""
    found = Reached("", keys, end.name, column)
    return replace(found, name=path_of(schema, table, found).rpartition(">")[0])


def _over(keys: Sequence[ForeignKey], tables: Sequence[Table], lost: Collection[Place]) -> bool:
    return any(
        Place(table.name, name) in lost
        for key, table in zip(keys, tables, strict=False)
        for name in key.columns
    )


def _first_whole(ways: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Of ways to tell the same, with an expression for each column, the first that says all of it."""
    first, *others = ways
    if not others:
        return tuple(first)
    if len(first) == 1:  # the same, and each is looked up once
        return (f"coalesce({', '.join(sql for way in ways for sql in way)})",)
    whole = [" AND ".join(f"{sql} IS NOT NULL" for sql in way) for way in ways]
    return tuple(
        f"CASE {' '.join(f'WHEN {test} THEN {way[at]}' for test, way in zip(whole, ways, strict=True))}"
        f" ELSE {sql} END"
        for at, sql in enumerate(first)
    )


def _source(found: Table, reached: tuple[Reached, ...], inner: int = 0) -> Source:
    """How columns are read.

    Args:
        inner: rows count alone that lead to so many of the first columns.
    """
    aliases: dict[tuple[tuple[str, int], ...], str] = {(): "t"}
    joins, columns = [f"{quote(found.name)} AS t"], []
    for number, each in enumerate(reached):
        at: tuple[tuple[str, int], ...] = ()
        child = found.name
        # CROSS JOIN keeps the order of the rows that is asked for: SQLite does not turn it round.
        join = "CROSS JOIN" if number < inner else "LEFT JOIN"
        for key in each.keys:
            step = (*at, (child, key.id))
            if step not in aliases:
                aliases[step] = f"p{len(aliases)}"
                joins.append(_join(key, aliases[at], aliases[step], join))
            at, child = step, key.parent_table
        columns.append(f"{aliases[at]}.{quote(each.column)}")
    rowid = f"t.{found.rowid_name}" if found.rowid_name and found.kind is TableKind.TABLE else ""
    return Source(found, reached, tuple(columns), " ".join(joins), rowid)


def known_table(schema: Schema, name: str) -> Table:
    """The table or view of that name. Raises `UsageError` where there is none that can be read."""
    found = schema.table(name)
    if found is None or found.problem:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no table {quoted(name)} that can be read.",
            hint="`steward schema show` lists the tables of the file.",
        )
    return found


def reach(schema: Schema, table: Table, name: str) -> Reached:
    """The column that a name means for rows of a table. Raises `UsageError` where it means none, or several."""
    own = table.column(name)
    if own is not None:
        return Reached(name, (), table.name, own.name)
    ways = _through(schema, table, name) if ">" in name else _anywhere(schema, table, name)
    if len(ways) == 1:
        return ways[0]
    if ways:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"Several foreign keys lead from {quoted(table.name)} to {quoted(name)}.",
            hint=f"Name the one you mean: {', '.join(quoted(path_of(schema, table, way)) for way in ways[:4])}.",
        )
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"No column {quoted(name)} can be reached from the table {quoted(table.name)}.",
        hint="Name a column of the table, or TABLE.COLUMN of one that its foreign keys lead to.",
    )


def scalar_sql(table: Table, reached: Reached, row_sql: str = "") -> str:
    """The value that a row of a table has or leads to, as an expression in a query over that table.

    Args:
        row_sql: what the query calls the table, where not by its name.
    """
    row = row_sql or quote(table.name)
    if not reached.keys:
        return f"{row}.{quote(reached.column)}"
    first, *others = reached.keys
    joins = [f"{quote(first.parent_table)} AS p1"]
    for number, key in enumerate(others, start=1):
        joins.append(_join(key, f"p{number}", f"p{number + 1}"))
    same = " AND ".join(
        f"p1.{quote(there)} = {row}.{quote(here)}"
        for here, there in zip(first.columns, first.parent_columns, strict=True)
    )
    column = f"p{len(reached.keys)}.{quote(reached.column)}"
    return f"(SELECT {column} FROM {' '.join(joins)} WHERE {same} LIMIT 1)"


def leads_sql(table: Table, keys: tuple[ForeignKey, ...]) -> str:
    """1 where a row of a table leads to another one by foreign keys, else NULL, in a query over that table."""
    last = keys[-1]
    end = Reached("", keys, last.parent_table, last.parent_columns[0])
    return f"CASE WHEN {scalar_sql(table, end)} IS NOT NULL THEN 1 END"


def path_of(schema: Schema, table: Table, reached: Reached) -> str:
    """The name that means this column alone: "clinic_id>town"."""
    steps, at = [], table
    for key in reached.keys:
        steps.append(_own_column(at, key))
        at = known_table(schema, key.parent_table)
    return ">".join((*steps, reached.column))


def _own_column(table: Table, key: ForeignKey) -> str:
    """A column of a foreign key that no other of the table has, where there is one: a tenant is part of each."""
    others = {fold(name) for each in table.foreign_keys if each != key for name in each.columns}
    return next((name for name in key.columns if fold(name) not in others), key.columns[0])


def _through(schema: Schema, table: Table, name: str) -> list[Reached]:
    """Along the foreign keys that are named by a column of each: "visit_id>patient_id>postcode"."""
    *steps, last = name.split(">")
    ways: list[tuple[Table, tuple[ForeignKey, ...]]] = [(table, ())]
    for step in steps:
        ways = [
            (parent, (*keys, key))
            for at, keys in ways
            for key, parent in _parents(schema, at)
            if (column := at.column(step)) is not None and column.name in key.columns
        ]
    return [Reached(name, keys, at.name, column.name) for at, keys in ways if (column := at.column(last))]


def ways_up(schema: Schema, table: Table) -> Iterator[tuple[tuple[ForeignKey, ...], tuple[Table, ...]]]:
    """All ways up the foreign keys of a table, with the tables on them, the shortest first; none meets a table twice.

    The first is no step at all. Of a net of tables that has more of them, the shortest 1,000 are given.
    """
    return islice(_ways_up(schema, table), _MOST_WAYS)


def _ways_up(schema: Schema, table: Table) -> Iterator[tuple[tuple[ForeignKey, ...], tuple[Table, ...]]]:
    level: list[tuple[tuple[ForeignKey, ...], tuple[Table, ...]]] = [((), (table,))]
    for _ in range(_DEEPEST):
        yield from level
        level = [
            ((*keys, key), (*met, parent))
            for keys, met in level
            for key, parent in _parents(schema, met[-1])
            if all(parent is not each for each in met)
        ]
    yield from level


def _anywhere(schema: Schema, table: Table, name: str) -> list[Reached]:
    """Every nearest way to "table.column" up the foreign keys."""
    ways = _nearest(schema, table, lambda at: _column_of(at, name) is not None)
    return [
        Reached(name, keys, at.name, column.name) for at, keys in ways if (column := _column_of(at, name))
    ]


def _nearest(
    schema: Schema, table: Table, fits: Callable[[Table], bool]
) -> list[tuple[Table, tuple[ForeignKey, ...]]]:
    level: list[tuple[Table, tuple[ForeignKey, ...]]] = [(table, ())]
    for _ in range(_DEEPEST):
        level = [
            (parent, (*keys, key))
            for at, keys in level
            for key, parent in _parents(schema, at)
            if key not in keys
        ]
        if found := [each for each in level if fits(each[0])]:
            return found
    return []


def _column_of(table: Table, name: str) -> Column | None:
    start = f"{table.name}."
    return table.column(name[len(start) :]) if name.casefold().startswith(start.casefold()) else None


def _parents(schema: Schema, table: Table) -> list[tuple[ForeignKey, Table]]:
    """Foreign keys that lead to at most one row, with the table they lead to."""
    return [
        (key, parent)
        for key in table.foreign_keys
        if key.mismatch is Mismatch.NONE and (parent := schema.table(key.parent_table)) is not None
    ]


def _join(key: ForeignKey, from_alias: str, to_alias: str, join: str = "LEFT JOIN") -> str:
    # The parent's column stands first: SQLite compares a foreign key by the parent's collation.
    same = " AND ".join(
        f"{to_alias}.{quote(there)} = {from_alias}.{quote(here)}"
        for here, there in zip(key.columns, key.parent_columns, strict=True)
    )
    return f"{join} {quote(key.parent_table)} AS {to_alias} ON {same}"
