"""Puts one table together: rows of the pragmas first, then what its text says, where the two agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold
from steward_app.db.session import Session
from steward_app.kernel.values import Row
from steward_app.services.schema.affinity import affinity
from steward_app.services.schema.ddl import IndexText, read_index, read_trigger, read_view, read_virtual
from steward_app.services.schema.ddl_table import ColumnText, ForeignKeyText, KeyText, TableText, read_table
from steward_app.services.schema.facts import Facts, Listed, Stored
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    Generated,
    Index,
    IndexColumn,
    PrimaryKey,
    Table,
    TableKind,
    Trigger,
    Unique,
)

_GENERATED = {2: Generated.VIRTUAL, 3: Generated.STORED}
_ROWID, _EXPRESSION = -1, -2  # what index_xinfo gives for the place of a column
_ORIGINS = {"c": "create", "u": "unique", "pk": "primary key"}


def table(session: Session, facts: Facts, row: Stored) -> Table:
    """An ordinary, shadow or system table."""
    text = read_table(row.sql) if row.sql else None
    pragma_columns = facts.columns.get(row.name, [])
    if text and [c.name for c in text.columns] != [str(c[0]) for c in pragma_columns]:
        text = None  # the text says something else than SQLite: it is shown, not believed
    if text and len(text.foreign_keys) != _key_count(facts, row.name):
        text = None
    listed = facts.listed.get(row.name) or Listed(
        "table", bool(text and text.without_rowid), bool(text and text.strict)
    )
    indexes = _indexes(facts, row.name)
    columns = _columns(session, row, pragma_columns, text, listed, indexes)
    return Table(
        name=row.name,
        kind=_kind(row.name, listed.type),
        sql=row.sql,
        columns=columns,
        primary_key=_primary_key(columns, text),
        uniques=_uniques(indexes, text, columns),
        checks=text.checks if text else (),
        foreign_keys=_foreign_keys(facts.foreign_keys.get(row.name, []), text),
        indexes=indexes,
        triggers=_triggers(facts, row.name),
        without_rowid=listed.without_rowid,
        strict=listed.strict,
        parsed=text is not None or not row.sql,
        problem=facts.problems.get(row.name, ""),
        comment=text.comment if text else "",
    )


def view(facts: Facts, row: Stored) -> Table:
    """A view. Where it is broken, the names of its columns come from its text, if they stand there."""
    text = read_view(row.sql)
    columns = tuple(
        _plain_column(i, column) for i, column in enumerate(facts.columns.get(row.name, []))
    ) or tuple(Column(name, i, "", "BLOB") for i, name in enumerate(text.columns if text else ()))
    return Table(
        name=row.name,
        kind=TableKind.VIEW,
        sql=row.sql,
        columns=columns,
        triggers=_triggers(facts, row.name),
        parsed=text is not None,
        problem=facts.problems.get(row.name, ""),
    )


def virtual_table(facts: Facts, row: Stored) -> Table:
    """A virtual table; without columns where its module is missing."""
    text = read_virtual(row.sql)
    return Table(
        name=row.name,
        kind=TableKind.VIRTUAL,
        sql=row.sql,
        columns=tuple(_plain_column(i, column) for i, column in enumerate(facts.columns.get(row.name, []))),
        triggers=_triggers(facts, row.name),
        parsed=text is not None,
        module=text.module if text else "",
        problem=facts.problems.get(row.name, ""),
    )


def owned(shadow: Table, owner: str) -> Table:
    """The shadow table with the virtual table it belongs to."""
    return replace(shadow, owner=owner)


def hazardous(named: Table, hazards: tuple[str, ...]) -> Table:
    """The table with what is odd about its name."""
    return replace(named, hazards=hazards)


def _kind(name: str, listed: str) -> TableKind:
    if fold(name).startswith("sqlite_"):
        return TableKind.SYSTEM
    return TableKind.SHADOW if listed == "shadow" else TableKind.TABLE


def _key_count(facts: Facts, name: str) -> int:
    return len({row[0] for row in facts.foreign_keys.get(name, [])})


def _columns(
    session: Session,
    row: Stored,
    found: Sequence[Row],
    text: TableText | None,
    listed: Listed,
    indexes: Sequence[Index],
) -> tuple[Column, ...]:
    alias = _rowid_alias(found, listed, indexes)
    columns = []
    for i, column in enumerate(found):
        words = text.columns[i] if text else None
        ask = bool(row.sql)
        if text and words:  # only what the text declares can be declared
            ask = bool(words.collation) or (text.autoincrement and i == alias)
        columns.append(_column(session if ask else None, row.name, i, column, words, listed, i == alias))
    return tuple(columns)


def _rowid_alias(found: Sequence[Row], listed: Listed, indexes: Sequence[Index]) -> int:
    """Place of the column that is another name for the rowid, or -1.

    It is the one primary key column of type INTEGER for which SQLite made no index: INTEGER PRIMARY KEY DESC
    and INT PRIMARY KEY have one.
    """
    key = [i for i, column in enumerate(found) if column[4]]
    if listed.without_rowid or len(key) != 1 or str(found[key[0]][1]).upper() != "INTEGER":
        return -1
    return -1 if any(index.origin == "primary key" for index in indexes) else key[0]


def _column(
    session: Session | None,
    table_name: str,
    position: int,
    row: Row,
    text: ColumnText | None,
    listed: Listed,
    rowid_alias: bool,
) -> Column:
    name, declared, not_null, default, key, hidden = row
    collation, autoincrement = "BINARY", False
    if session is not None:
        try:
            with in_sqlites_words():
                told = session.column_metadata(table_name, str(name))
            collation, autoincrement = told.collation, told.autoincrement
        except SqliteSays:
            collation = text.collation or "BINARY" if text else "BINARY"
    declared_type = str(declared or "")
    return Column(
        name=str(name),
        position=position,
        declared_type=declared_type,
        affinity=affinity(declared_type, strict=listed.strict),
        not_null=bool(not_null),
        default=None if default is None else str(default),
        key_position=key if isinstance(key, int) else 0,
        rowid_alias=rowid_alias,
        autoincrement=autoincrement,
        collation=collation,
        generated=_GENERATED.get(hidden, Generated.NO) if isinstance(hidden, int) else Generated.NO,
        generated_expression=text.generated if text else "",
        hidden=hidden == 1,
        not_null_conflict=text.not_null_conflict if text else "",
        comment=text.comment if text else "",
    )


def _plain_column(position: int, row: Row) -> Column:
    name, declared, not_null, default, key, hidden = row
    declared_type = str(declared or "")
    return Column(
        name=str(name),
        position=position,
        declared_type=declared_type,
        affinity=affinity(declared_type),
        not_null=bool(not_null),
        default=None if default is None else str(default),
        key_position=key if isinstance(key, int) else 0,
        hidden=hidden == 1,
    )


def _primary_key(columns: Sequence[Column], text: TableText | None) -> PrimaryKey | None:
    key = sorted((c for c in columns if c.key_position), key=lambda c: c.key_position)
    if not key:
        return None
    written = text.primary_key if text else None
    return PrimaryKey(
        columns=tuple(column.name for column in key),
        name=written.name if written else "",
        conflict=written.conflict if written else "",
        nullable=any(not column.not_null and not column.rowid_alias for column in key),
    )


def _indexes(facts: Facts, table_name: str) -> tuple[Index, ...]:
    """Oldest first."""
    sql = {row.name: row.sql for row in facts.stored_indexes.get(table_name, ())}
    return tuple(
        _index(row, table_name, sql.get(str(row[0]), ""), facts)
        for row in reversed(facts.indexes.get(table_name, []))
    )


def _index(row: Row, table_name: str, sql: str, facts: Facts) -> Index:
    name, unique, origin, partial = str(row[0]), bool(row[1]), str(row[2]), bool(row[3])
    terms = facts.index_terms.get(name, [])
    tells_more = partial or any(term[0] == _EXPRESSION for term in terms)  # than the pragmas do
    text = read_index(sql) if sql and tells_more else None
    if text and len(text.terms) != len(terms):
        text = None
    return Index(
        name=name,
        table=table_name,
        columns=tuple(_index_column(i, term, text) for i, term in enumerate(terms)),
        unique=unique,
        origin=_ORIGINS.get(origin, origin),
        where=text.where if text else sql if partial else "",
        sql=sql,
    )


def _index_column(place: int, row: Row, text: IndexText | None) -> IndexColumn:
    cid, name, descending, collation = row
    expression = text.terms[place].text if text and cid == _EXPRESSION else ""
    return IndexColumn(
        name="rowid" if cid == _ROWID else str(name or ""),
        expression=expression,
        descending=bool(descending),
        collation=str(collation),
    )


def _uniques(
    indexes: Sequence[Index], text: TableText | None, columns: Sequence[Column]
) -> tuple[Unique, ...]:
    """The UNIQUE constraints as written; without a text, one for every automatic index."""
    if text is None:
        return tuple(
            Unique(tuple(term.name for term in index.columns), index.name)
            for index in indexes
            if index.origin == "unique"
        )
    collations = {fold(column.name): column.collation for column in columns}
    return tuple(_unique(written, indexes, collations) for written in text.uniques)


def _unique(written: KeyText, indexes: Sequence[Index], collations: dict[str, str]) -> Unique:
    """SQLite makes one index for several constraints over the same columns."""
    wanted = [
        (fold(t.name), fold(t.collation or collations.get(fold(t.name), "BINARY"))) for t in written.terms
    ]
    for index in indexes:
        if index.origin != "create" and [(fold(t.name), fold(t.collation)) for t in index.columns] == wanted:
            names = tuple(term.name for term in index.columns)
            return Unique(names, index.name, written.name, written.conflict)
    return Unique(tuple(term.name for term in written.terms), "", written.name, written.conflict)


def _foreign_keys(rows: Sequence[Row], text: TableText | None) -> tuple[ForeignKey, ...]:
    """In order of declaration; the pragma gives them newest first."""
    grouped = [list(group) for _, group in groupby(rows, key=lambda row: row[0])]
    written: Sequence[ForeignKeyText | None] = text.foreign_keys if text else [None] * len(grouped)
    return tuple(
        _foreign_key(place, group, words)
        for place, (group, words) in enumerate(zip(reversed(grouped), written, strict=True))
    )


def _foreign_key(place: int, rows: Sequence[Row], text: ForeignKeyText | None) -> ForeignKey:
    _, parent, _, to, on_update, on_delete = rows[0]
    return ForeignKey(
        id=place,
        columns=tuple(str(row[2]) for row in rows),
        parent=str(parent),
        parent_table="",
        parent_columns=() if to is None else tuple(str(row[3]) for row in rows),
        implicit=to is None,
        name=text.name if text else "",
        on_delete=str(on_delete),
        on_update=str(on_update),
        match=text.match if text else "",
        deferrable=text.deferrable if text else "",
    )


def _triggers(facts: Facts, table_name: str) -> tuple[Trigger, ...]:
    folded = fold(table_name)
    stored = [(row, False) for row in facts.stored_triggers.get(folded, ())]
    stored += [(row, True) for row in facts.temporary if fold(row.table) == folded]
    return tuple(_trigger(row, table_name, temporary) for row, temporary in stored)


def _trigger(row: Stored, table_name: str, temporary: bool) -> Trigger:
    text = read_trigger(row.sql)
    return Trigger(
        name=row.name,
        table=table_name,
        timing=text.timing if text else "",
        event=text.event if text else "",
        sql=row.sql,
        of_columns=text.of_columns if text else (),
        when=text.when if text else "",
        temporary=temporary,
        problem=row.refused,
    )
