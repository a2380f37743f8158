"""A table's text and rows on their way to another shape, edit by edit, before the table is written anew once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from steward_app.db.names import fold, quote
from steward_app.db.tokens import same_meaning
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import native, text
from steward_app.services.migrate.edit.model import (
    FIRST,
    AddColumn,
    AddConstraint,
    DropColumn,
    DropConstraint,
    MoveColumn,
    RewriteTable,
    SetCollation,
    SetDefault,
    SetGenerated,
    SetNotNull,
    SetOption,
    SetPrimaryKey,
    SetType,
    TableEdit,
)
from steward_app.services.migrate.edit.spans import Clause, ClauseKind, Span
from steward_app.services.schema.model import Table


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table is to become.

    Attributes:
        table: as it is.
        sql: its new text.
        values: what a column of the new table gets, as an expression over an old row, by its folded name; a column that
            is not named gets the value of the old column of its name.
        fresh: folded names of columns that have nothing to do with an old column of their name.
    """

    table: Table
    sql: str
    values: Mapping[str, str] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()

    @classmethod
    def of(cls, table: Table) -> Shape:
        """A table as it is."""
        return cls(table, table.sql)

    @property
    def changed(self) -> bool:
        return self.sql != self.table.sql or bool(self.values)


def is_converted(shape: Shape | None, edit: TableEdit) -> bool:
    """Whether rows get something before an edit that they would not get at once.

    Another type where a column has got one already: 20 becomes 20.0 by way of REAL, and then the text '20.0'. And the
    default that a new column had before it gets another, or none.
    """
    if shape is not None and isinstance(edit, SetDefault):
        return fold(edit.column) in shape.fresh
    if shape is None or not isinstance(edit, SetType):
        return False
    before, now = shape.table.column(edit.column), text.spans(shape.sql)
    found = next((each for each in now.columns if fold(each.name) == fold(edit.column)), None)
    if before is None or found is None or fold(edit.column) in shape.fresh:
        return False
    return not same_meaning(before.declared_type, _at(shape.sql, found.declared_type))


def reshaped(shape: Shape, edit: TableEdit) -> Shape:
    """The shape after one more edit.

    Raises `UsageError` where the edit names what is not there, `Refused` where the text cannot be taken apart.
    """
    sql = shape.sql
    match edit:
        case AddColumn(_, definition, after):
            name = fold(native.definition(definition).name)
            behind = _behind(sql, after)
            return replace(shape, sql=text.add_item(sql, definition, behind), fresh=shape.fresh | {name})
        case DropColumn(_, column):
            found = text.column(text.spans(sql), column)
            values = {name: value for name, value in shape.values.items() if name != fold(column)}
            return replace(
                shape, sql=text.drop_item(sql, found), values=values, fresh=shape.fresh - {fold(column)}
            )
        case MoveColumn(_, column, after):
            return replace(shape, sql=_moved(sql, column, after))
        case SetType(_, column, declared_type, using):
            value = f"({native.expression(using)})" if using else ""
            anew = text.set_type(sql, column, native.declared_type(declared_type))
            return _with_value(shape, anew, column, value)
        case SetDefault(_, column, default):
            clause = f"DEFAULT {native.default(default)}" if default else ""
            return replace(shape, sql=text.set_clause(sql, column, ClauseKind.DEFAULT, clause))
        case SetNotNull():
            return _not_null(shape, edit)
        case SetCollation(_, column, collation):
            clause = f"COLLATE {text.written(collation)}" if collation else ""
            return replace(shape, sql=text.set_clause(sql, column, ClauseKind.COLLATE, clause))
        case SetGenerated():
            return replace(shape, sql=_generated(sql, edit))
        case AddConstraint(_, constraint):
            return replace(shape, sql=text.add_item(sql, constraint, text.spans(sql).items[-1]))
        case DropConstraint():
            return replace(shape, sql=_without_constraint(sql, edit))
        case SetPrimaryKey():
            return replace(shape, sql=_keyed(sql, edit))
        case SetOption(_, option, on):
            untyped = _without_any(sql) if option == "STRICT" and not on else sql
            return replace(shape, sql=text.set_option(untyped, option, on=on))
        case RewriteTable(_, whole, values):
            given = {fold(name): f"({native.expression(said)})" for name, said in values}
            return Shape(shape.table, text.create_statement(whole), given)
    raise TypeError(f"{type(edit).__name__} is no change of a table's shape")


def _without_any(sql: str) -> str:
    """A STRICT table's text without the type ANY, which elsewhere makes numbers of texts; no type keeps all values."""
    table = text.spans(sql)
    if any(option == "STRICT" for option, _ in table.options):
        for column in table.columns:
            declared = _at(table.sql, column.declared_type)
            sql = text.set_type(sql, column.name, "") if declared.upper() == "ANY" else sql
    return sql


def _at(sql: str, span: Span) -> str:
    """What stands at a place."""
    return sql[span.start : span.end]


def _behind(sql: str, after: str) -> Span | None:
    """The column a new one is to stand behind."""
    table = text.spans(sql)
    if after == FIRST:
        return None
    return text.column(table, after) if after else table.columns[-1]


def _moved(sql: str, column: str, after: str) -> str:
    found = text.column(text.spans(sql), column)
    if fold(after) == fold(column):
        return sql
    definition, remark = sql[found.start : found.end], text.remark_beside(sql, found)
    _behind(sql, after)  # it is there
    without = text.drop_item(sql, found)
    return text.add_item(without, definition, _behind(without, after), remark)


def _with_value(shape: Shape, sql: str, column: str, value: str) -> Shape:
    values = {**shape.values, fold(column): value} if value else shape.values
    return replace(shape, sql=sql, values=values)


def _not_null(shape: Shape, edit: SetNotNull) -> Shape:
    conflict = f" ON CONFLICT {edit.conflict}" if edit.conflict else ""
    clause = f"NOT NULL{conflict}" if edit.on else ""
    bare = text.set_clause(shape.sql, edit.column, ClauseKind.NULL, "") if edit.on else shape.sql
    sql = text.set_clause(bare, edit.column, ClauseKind.NOT_NULL, clause)
    value = ""
    if edit.on and edit.fill:
        now = shape.values.get(fold(edit.column), quote(edit.column))
        value = f"coalesce({now}, {edit.fill})"
        if fold(edit.column) in shape.fresh:  # a new column has its default, or nothing yet
            given = text.column(text.spans(sql), edit.column).clause(ClauseKind.DEFAULT)
            value = "" if given else f"({native.expression(edit.fill)})"
    return _with_value(shape, sql, edit.column, value)


def _generated(sql: str, edit: SetGenerated) -> str:
    clause = ""
    if edit.expression:
        clause = f"GENERATED ALWAYS AS ({native.expression(edit.expression)}) {'STORED' if edit.stored else 'VIRTUAL'}"
        sql = text.set_clause(sql, edit.column, ClauseKind.DEFAULT, "")
    return text.set_clause(sql, edit.column, ClauseKind.GENERATED, clause)


def _without_constraint(sql: str, edit: DropConstraint) -> str:
    table = text.spans(sql)
    if not edit.column:
        for clause in table.clauses:
            if _is_meant(sql, clause, edit):
                return text.drop_item(sql, clause)
    for column in table.columns:
        if not edit.column or fold(column.name) == fold(edit.column):
            for clause in column.clauses:
                if _is_meant(sql, clause, edit):
                    return text.drop_clause(sql, clause)
    said = quoted(edit.name or edit.text)
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"{quoted(edit.table)} has no constraint {said}.",
        hint="Nothing was changed.",
    )


def _is_meant(sql: str, clause: Clause, edit: DropConstraint) -> bool:
    if edit.name:
        return fold(clause.name) == fold(edit.name)
    return same_meaning(bare(sql, clause), edit.text)


def bare(sql: str, clause: Clause) -> str:
    """The text of a constraint without CONSTRAINT and its name."""
    said = sql[clause.start : clause.end]
    if not clause.name:
        return said
    words = text.significant_offsets(said)
    return said[words[2] :]


def _keyed(sql: str, edit: SetPrimaryKey) -> str:
    table = text.spans(sql)
    for clause in table.clauses:
        if clause.kind is ClauseKind.PRIMARY_KEY:
            sql = text.drop_item(sql, clause)
    for column in table.columns:
        sql = text.set_clause(sql, column.name, ClauseKind.PRIMARY_KEY, "")
    if len(edit.columns) == 1:
        counting = " AUTOINCREMENT" if edit.autoincrement else ""
        return text.add_clause(sql, edit.columns[0], f"PRIMARY KEY{counting}")
    if not edit.columns:
        return sql
    named = ", ".join(text.written(text.column(text.spans(sql), name).name) for name in edit.columns)
    return text.add_item(sql, f"PRIMARY KEY ({named})", text.spans(sql).items[-1])
