"""What a damaged schema still tells: objects SQLite refuses, read from their text alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted, visible
from steward_app.services.schema.affinity import affinity
from steward_app.services.schema.ddl import Term, read_view, read_virtual
from steward_app.services.schema.ddl_table import ColumnText, ForeignKeyText, TableText, read_table
from steward_app.services.schema.facts import Stored
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    PrimaryKey,
    Table,
    TableKind,
    Unique,
)


def refused_table(row: Stored) -> Table:
    """A table or view as its text says, with SQLite's complaint; no keys are resolved, no indexes known."""
    if row.type == "view":
        view = read_view(row.sql)
        columns = tuple(Column(name, i, "", "BLOB") for i, name in enumerate(view.columns if view else ()))
        return _bare(row, TableKind.VIEW, columns, parsed=view is not None)
    if row.is_virtual:
        virtual = read_virtual(row.sql)
        module = virtual.module if virtual else ""
        return _bare(row, TableKind.VIRTUAL, (), parsed=virtual is not None, module=module)
    text = read_table(row.sql)
    if text is None:
        return _bare(row, TableKind.TABLE, (), parsed=False)
    return Table(
        name=row.name,
        kind=TableKind.TABLE,
        sql=row.sql,
        columns=tuple(_column(i, column, text) for i, column in enumerate(text.columns)),
        primary_key=_primary_key(text),
        uniques=tuple(Unique(_names(key.terms), "", key.name, key.conflict) for key in text.uniques),
        checks=text.checks,
        foreign_keys=tuple(_foreign_key(i, key) for i, key in enumerate(text.foreign_keys)),
        without_rowid=text.without_rowid,
        strict=text.strict,
        problem=row.refused,
        comment=text.comment,
    )


def problems(stored: Iterable[Stored], tables: Sequence[Table]) -> tuple[Finding, ...]:
    """What could not be read: rows SQLite refuses, and texts our own reading does not follow."""
    found = [
        Finding(
            "schema_row_refused",
            Severity.ERROR,
            f"SQLite refuses the {row.type or 'object'} {quoted(row.name)}",
            Subject(row.type or "object", row.table, row.name),
            detail=f"The stored schema is damaged here: {visible(row.refused, 200)}.",
            remedies=("Restore the file from a backup made before the damage.",),
        )
        for row in stored
        if row.refused
    ]
    found += [
        Finding(
            "text_not_read",
            Severity.NOTE,
            f"The text of {quoted(table.name)} could not be read",
            Subject("table", table.name),
            detail="Constraints and comments that stand only there are missing. The text itself is shown.",
        )
        for table in tables
        if not table.parsed and not table.problem
    ]
    return tuple(found)


def _bare(
    row: Stored, kind: TableKind, columns: tuple[Column, ...], *, parsed: bool, module: str = ""
) -> Table:
    return Table(row.name, kind, row.sql, columns, parsed=parsed, module=module, problem=row.refused)


def _column(position: int, column: ColumnText, text: TableText) -> Column:
    key = [fold(name) for name in _names(text.primary_key.terms)] if text.primary_key else []
    place = key.index(fold(column.name)) + 1 if fold(column.name) in key else 0
    return Column(
        name=column.name,
        position=position,
        declared_type=column.declared_type,
        affinity=affinity(column.declared_type, strict=text.strict),
        not_null=column.not_null or (place > 0 and (text.strict or text.without_rowid)),
        default=column.default,
        key_position=place,
        autoincrement=text.autoincrement and place > 0,
        collation=column.collation or "BINARY",
        generated=column.storage,
        generated_expression=column.generated,
        not_null_conflict=column.not_null_conflict,
        comment=column.comment,
    )


def _primary_key(text: TableText) -> PrimaryKey | None:
    key = text.primary_key
    if key is None:
        return None
    nullable = not (text.strict or text.without_rowid)
    return PrimaryKey(_names(key.terms), key.name, key.conflict, nullable=nullable)


def _foreign_key(place: int, key: ForeignKeyText) -> ForeignKey:
    return ForeignKey(
        id=place,
        columns=key.columns,
        parent=key.parent,
        parent_table="",
        parent_columns=key.parent_columns,
        implicit=not key.parent_columns,
        name=key.name,
        on_delete=key.on_delete,
        on_update=key.on_update,
        match=key.match,
        deferrable=key.deferrable,
    )


def _names(terms: Iterable[Term]) -> tuple[str, ...]:
    return tuple(term.name or term.text for term in terms)
