"""What SQLite changes itself, without writing the table anew: ALTER TABLE, as far as its answer does not rest on luck.

SQLite accepts some changes on an empty table only (a new column that must have a value and has no default); those are
left to a table written anew, whatever rows there are. https://www.sqlite.org/lang_altertable.html
"""

from __future__ import annotations

from steward_app.db.names import fold, qualified, quote
from steward_app.db.tokens import Category, significant, tokenize
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.model import (
    AddColumn,
    AddConstraint,
    DropColumn,
    DropConstraint,
    RenameColumn,
    RenameTable,
    SetNotNull,
    TableEdit,
)
from steward_app.services.migrate.edit.spans import ClauseKind, ColumnSpan, read_spans
from steward_app.services.migrate.edit.text import written
from steward_app.services.schema.model import Table

_LITERALS = frozenset({Category.NUMBER, Category.STRING})


def statements(table: Table, edit: TableEdit) -> tuple[str, ...] | None:
    """The ALTER TABLE that makes an edit, or None where a table must be written anew for it.

    SQLite may still say no, to a column that an index uses or to a constraint it cannot drop.
    """
    alter = f"ALTER TABLE {qualified(table.name)}"
    match edit:
        case RenameTable(_, name):
            return (f"{alter} RENAME TO {written(name)}",)
        case RenameColumn(_, column, name):
            return (f"{alter} RENAME COLUMN {quote(column)} TO {written(name)}",)
        case DropColumn(_, column):
            return (f"{alter} DROP COLUMN {quote(column)}",)
        case AddColumn(_, definition, after):
            last = table.columns[-1].name
            if after and fold(after) != fold(last):
                return None
            return (f"{alter} ADD COLUMN {definition}",) if _can_be_added(definition) else None
        case SetNotNull():
            return _not_null(table, alter, edit) if _is_another(table, edit) else ()
        case AddConstraint(_, clause) if _is_check(clause):
            return (f"{alter} ADD {clause}",)
        case DropConstraint(_, name) if name and _named_once(table, name):
            return (f"{alter} DROP CONSTRAINT {quote(name)}",)
    return None


def filled(edit: TableEdit) -> str:
    """The column whose NULLs get a value by what `statements` gives; "" for none."""
    return edit.column if isinstance(edit, SetNotNull) and edit.on and edit.fill else ""


def definition(said: str) -> ColumnSpan:
    """A column's definition that stands alone. Raises `UsageError` where it is not one column."""
    head = "CREATE TABLE t("
    found = read_spans(f"{head}{said}\n)")
    if found is None or len(found.items) != 1 or not found.columns:
        raise UsageError(
            ErrorCode.BAD_SQL,
            f"This is not the definition of one column: {quoted(said)}.",
            hint="Nothing was changed.",
        )
    return found.columns[0]


def expression(said: str) -> str:
    """An expression as it is, once it is sure to be one and no more. Raises `UsageError` where it is not."""
    _only(f"x AS ({said}\n)", ClauseKind.GENERATED, said)
    depth = 0
    for token in significant(tokenize(said)):
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            raise _not_there(said)
    return said


def default(said: str) -> str:
    """What stands behind DEFAULT, once it is sure to be no more. Raises `UsageError` where it is not."""
    _only(f"x DEFAULT {said}", ClauseKind.DEFAULT, said)
    return said


def declared_type(said: str) -> str:
    """A type, once it is sure to be no more. Raises `UsageError` where it is not."""
    _only(f"x {said}", None, said)
    return said


def _only(whole: str, kind: ClauseKind | None, said: str) -> None:
    found = read_spans(f"CREATE TABLE t({whole}\n)")
    kinds = (
        [clause.kind for clause in found.columns[0].clauses] if found and len(found.items) == 1 else [None]
    )
    if found is None or found.options or kinds != ([kind] if kind else []):
        raise _not_there(said)


def _not_there(said: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_SQL, f"This cannot stand there: {quoted(said)}.", hint="Nothing was changed."
    )


def _can_be_added(said: str) -> bool:
    """Whether SQLite adds such a column to a table with rows.

    A remark to the end of its line in the definition would, in the text that SQLite stores, hide what follows.
    """
    column = definition(said)
    kinds = {clause.kind for clause in column.clauses}
    if kinds & {ClauseKind.PRIMARY_KEY, ClauseKind.UNIQUE}:
        return False
    tokens = tokenize(said)
    if any(token.category is Category.COMMENT and token.text.startswith("--") for token in tokens):
        return False
    whole = f"CREATE TABLE t({said}"
    generated, given = column.clause(ClauseKind.GENERATED), column.clause(ClauseKind.DEFAULT)
    if generated is not None:
        return not whole[generated.start : generated.end].upper().endswith("STORED")
    if given is None:
        return ClauseKind.NOT_NULL not in kinds
    value = significant(tokenize(whole[given.inside.start : given.inside.end]))
    null = [token.word for token in value] == ["NULL"]
    if null:
        return ClauseKind.NOT_NULL not in kinds
    constant = [token for token in value if token.text not in ("(", ")", "+", "-")]
    return len(constant) == 1 and constant[0].category in _LITERALS


def _is_another(table: Table, edit: SetNotNull) -> bool:
    """Whether a column is to be NOT NULL that is not, or not like this, or the other way round.

    Of the column of a key that is NOT NULL it may not stand in the text.
    """
    column = table.column(edit.column)
    if column is None or edit.fill or (edit.on and column.key_position):
        return True
    wanted = (edit.on, edit.conflict.upper() if edit.on else "")
    return (column.not_null, column.not_null_conflict.upper()) != wanted


def _not_null(table: Table, alter: str, edit: SetNotNull) -> tuple[str, ...]:
    column = quote(edit.column)
    if not edit.on:
        return (f"{alter} ALTER COLUMN {column} DROP NOT NULL",)
    conflict = f" ON CONFLICT {edit.conflict}" if edit.conflict else ""
    filled = f"UPDATE {qualified(table.name)} SET {column} = ({edit.fill}) WHERE {column} IS NULL"
    return (
        *((filled,) if edit.fill and expression(edit.fill) else ()),
        f"{alter} ALTER COLUMN {column} SET NOT NULL{conflict}",
    )


def _is_check(said: str) -> bool:
    found = read_spans(f"CREATE TABLE t(a, {said}\n)")
    return (
        found is not None
        and len(found.clauses) == 1
        and found.clauses[0].kind is ClauseKind.CHECK
        and not any(token.category is Category.COMMENT for token in tokenize(said))
    )


def _named_once(table: Table, name: str) -> bool:
    found = read_spans(table.sql)
    if found is None:
        return False
    clauses = [*found.clauses, *(clause for column in found.columns for clause in column.clauses)]
    return sum(fold(clause.name) == fold(name) for clause in clauses) == 1
