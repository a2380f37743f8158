"""Foreign keys as SQLite resolves them: the parent they mean, why they cannot be used, the index that serves them.

The rules are those of SQLite's own fkey.c (sqlite3FkLocateIndex): one column may name the parent's rowid alias;
else the parent needs a full UNIQUE index over exactly the named columns, in any order, each compared as the
column itself is; a key that names no columns needs the parent's primary key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from steward_app.db.names import fold
from steward_app.db.tokens import unquote
from steward_app.services.schema.model import Column, ForeignKey, Index, Mismatch, Table, TableKind

ROWID_SEARCH = "INTEGER PRIMARY KEY"
"""Stands for the rowid where a column of the key is the rowid alias: the words of SQLite's query plans."""


def resolve(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with parent, parent columns, mismatch and serving index of every foreign key filled in.

    Where SQLite refuses the row of a parent in a damaged schema, nothing is said against the key.
    """
    by_name = {fold(table.name): table for table in reversed(tables)}
    return tuple(
        replace(table, foreign_keys=tuple(_resolved(key, table, by_name) for key in table.foreign_keys))
        if table.foreign_keys
        else table
        for table in tables
    )


def _resolved(key: ForeignKey, child: Table, tables: Mapping[str, Table]) -> ForeignKey:
    parent = tables.get(fold(key.parent))
    if parent is None:
        return replace(
            key, mismatch=Mismatch.NO_TABLE, index=_serving_index(key, key.parent_columns, child, None)
        )
    columns = parent.primary_key.columns if key.implicit and parent.primary_key else ()
    if not key.implicit:
        columns = tuple(_as_declared(name, parent) for name in key.parent_columns)
    return replace(
        key,
        parent_table=parent.name,
        parent_columns=columns,
        mismatch=_mismatch(key, columns, parent),
        index=_serving_index(key, columns, child, parent),
    )


def _as_declared(name: str, table: Table) -> str:
    column = table.column(name)
    return column.name if column else name


def _mismatch(key: ForeignKey, parent_columns: Sequence[str], parent: Table) -> Mismatch:
    if parent.kind is TableKind.VIEW:
        return Mismatch.PARENT_IS_VIEW
    if parent.kind is TableKind.TABLE and parent.problem:
        return Mismatch.NONE
    if key.implicit:
        if not parent_columns:
            return Mismatch.NOT_UNIQUE
        return Mismatch.NONE if len(parent_columns) == len(key.columns) else Mismatch.COLUMN_COUNT
    columns = [parent.column(name) for name in parent_columns]
    found = [column for column in columns if column is not None and not column.hidden]
    if len(found) < len(columns):
        return Mismatch.NO_COLUMN
    if len(found) == 1 and found[0].rowid_alias:
        return Mismatch.NONE
    reason = Mismatch.NOT_UNIQUE
    wanted = {column.name for column in found}
    for index in parent.indexes:
        if not index.unique or len(index.columns) != len(key.columns):
            continue
        if not {term.name for term in index.columns} <= wanted:  # SQLite looks no closer at (a, a)
            continue
        if index.where:
            reason = Mismatch.PARTIAL_INDEX
        elif all(_compares_alike(term.collation, parent.column(term.name)) for term in index.columns):
            return Mismatch.NONE
        elif reason is Mismatch.NOT_UNIQUE:
            reason = Mismatch.COLLATION
    return reason


def _compares_alike(collation: str, column: Column | None) -> bool:
    return column is not None and fold(collation) == fold(column.collation)


def _serving_index(key: ForeignKey, parent_columns: Sequence[str], child: Table, parent: Table | None) -> str:
    """The index SQLite searches for the children of a parent row; the one that narrows by most columns."""
    own = [child.column(name) for name in key.columns]
    if any(column is not None and column.rowid_alias for column in own):
        return ROWID_SEARCH
    usable = _searchable(key, parent_columns, child, parent)
    compared = {fold(name) for name in key.columns}
    best, best_length = "", 0
    for index in child.indexes:
        if index.where and not _is_not_null(index.where, compared):
            continue
        length = _prefix(index, usable)
        if length > best_length:
            best, best_length = index.name, length
    return best


def _searchable(
    key: ForeignKey, parent_columns: Sequence[str], child: Table, parent: Table | None
) -> dict[str, str]:
    """Child columns an index can be searched by, with the collation the comparison uses: the parent's, if any."""
    usable = {}
    for i, name in enumerate(key.columns):
        column = child.column(name)
        if column is None:
            continue
        target = parent.column(parent_columns[i]) if parent and i < len(parent_columns) else None
        if target is not None and not _affinity_fits(column.affinity, target.affinity):
            continue
        judge = column if target is None or target.rowid_alias else target  # a rowid has no collation
        usable[fold(name)] = fold(judge.collation)
    return usable


_NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})


def _affinity_fits(child: str, parent: str) -> bool:
    """Whether a comparison of the two can use the order of an index over the child (sqlite3IndexAffinityOk)."""
    return child in _NUMERIC or parent not in _NUMERIC


def _prefix(index: Index, usable: Mapping[str, str]) -> int:
    """How many of its first columns are among the usable ones, compared as the index is ordered."""
    length = 0
    for term in index.columns:
        if usable.get(fold(term.name)) != fold(term.collation):
            break
        length += 1
    return length


def _is_not_null(where: str, compared: Collection[str]) -> bool:
    """Whether the condition of a partial index is that a compared column is not NULL: it then misses no child."""
    words = where.split()
    if len(words) == 4:
        is_not_null = [word.upper() for word in words[1:]] == ["IS", "NOT", "NULL"]
    else:
        is_not_null = len(words) == 2 and words[1].upper() == "NOTNULL"
    return is_not_null and fold(unquote(words[0])) in compared
