"""From what a steward asks for to an expansion that can be kept alike both ways, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, literal, qualified, quote
from steward_app.db.skeleton import in_memory, skeleton
from steward_app.db.tokens import Category, tokenize
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import native
from steward_app.services.migrate.expand.model import PREFIX, Expansion, NewColumn, Wanted, record_name
from steward_app.services.migrate.expand.own_triggers import require_right
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind

_NOTHING = "Nothing was written."


def describe(session: Session, table: str, column: str, into: Sequence[Wanted], back: str = "") -> Expansion:
    """The expansion of a column.

    Args:
        session: the file; only its schema is read.
        into: one column for a new name or type, several for a split.
        back: an expression over the new columns for the old value, or "" where one takes over its value.

    Raises:
        UsageError: a name or expression that does not fit.
        Refused: a column that cannot be kept alike, beside the triggers that the table has.
    """
    schema = read_schema(session)
    here, old = _place(schema, table, column)
    _can_follow(schema, here, old, _renames(old, into, back))
    require_right(here)
    _names_are_free(here, into)
    _says_how(into, back)
    with closing(skeleton(session, triggers=())) as empty:
        new = [_new_column(empty, here, old, each) for each in into]
        given = back or quote(new[0].name)
        for each in new:
            definition = f"{quote(each.name)} {each.declared_type}"
            _accepted(empty, f"ALTER TABLE {qualified(here.name)} ADD COLUMN {definition}")
        _is_expression_over(empty, here, given, [each.name for each in new])
    renames = _renames(old, into, back)
    default, kind, computed = _default(here, old)
    if computed and not old.not_null:
        raise _refused(
            f"The default of {quoted(old.name)} is computed for each row, so a row without a value could not be told"
            " from one whose program does not know the column.",
            "Make the column NOT NULL first, or give it a default that is always the same.",
        )
    if computed and not renames and any(each.value for each in into):
        raise _refused(
            f"The default of {quoted(old.name)} is computed for each row; what it is in the new form is not known.",
            "Take the default away first.",
        )
    if kind == "null" and not computed:
        _passes_without_value(here, old)
    elif not computed:
        new = [_with_default(here, old, each, default) for each in new]
    return Expansion(
        table=here.name,
        old=old.name,
        new=tuple(new),
        back=given,
        back_exact=renames or _keeps_any(here, old.declared_type, old.affinity),
        default=default,
        default_class=kind,
        computed=computed,
        must=old.not_null,
        relaxed=old.not_null and not computed and kind == "null",
        conflict=old.not_null_conflict,
        key=(here.rowid_name,) if here.rowid_name else here.key_columns,
        renames=renames,
    )


def _place(schema: Schema, table: str, column: str) -> tuple[Table, Column]:
    here = schema.table(table)
    if here is None or here.kind is not TableKind.TABLE or here.ours:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT, f"There is no table {quoted(table)} to change.", hint=_NOTHING
        )
    old = here.column(column)
    if old is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT, f"{quoted(here.name)} has no column {quoted(column)}.", hint=_NOTHING
        )
    if schema.table(record_name(here.name, old.name)):
        raise _refused(
            f"{quoted(here.name)}.{quoted(old.name)} is expanded already.",
            "“steward migrate contract” says what it waits for.",
        )
    return here, old


def _can_follow(schema: Schema, here: Table, old: Column, renames: bool) -> None:
    why = ""
    if old.key_position:
        why = "belongs to the primary key, by which the rows are found"
    elif old.generated is not Generated.NO:
        why = "is computed by SQLite and written by nobody"
    elif not here.parsed or not here.key_columns:
        why = "stands in a table whose rows cannot be named"
    elif any(fold(name).startswith(PREFIX) for name in _triggers_about(here, old)):
        why = "takes the place of another column that is not contracted yet"
    elif not renames and any(
        fold(old.name) in map(fold, key.parent_columns) for _, key in schema.referring(here.name)
    ):
        why = "is what foreign keys point to"
    elif _is_unique(here, old) and old.default is not None and old.default.upper() != "NULL":
        why = "is unique and has a default, which only one row could hold"
    if why:
        raise _refused(
            f"{quoted(here.name)}.{quoted(old.name)} {why}.", "Change it by a migration while nobody works."
        )


def _triggers_about(here: Table, old: Column) -> list[str]:
    """Triggers whose change of the column is awaited."""
    return [trigger.name for trigger in here.triggers if fold(old.name) in map(fold, trigger.of_columns)]


def _is_unique(here: Table, old: Column) -> bool:
    keys = [unique.columns for unique in here.uniques]
    keys += [tuple(part.name for part in index.columns) for index in here.indexes if index.unique]
    return any(fold(old.name) in map(fold, key) for key in keys)


def _names_are_free(here: Table, into: Sequence[Wanted]) -> None:
    taken = {fold(column.name) for column in here.columns} | {"rowid", "oid", "_rowid_"}
    for wanted in into:
        if not wanted.name or "\x00" in wanted.name or fold(wanted.name) in taken:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"{quoted(wanted.name)} cannot be the name of a new column of {quoted(here.name)}.",
                hint=f"{_NOTHING} Choose a name that the table does not have.",
            )
        taken.add(fold(wanted.name))


def _says_how(into: Sequence[Wanted], back: str) -> None:
    if not into:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "The new column is missing.", hint=f"{_NOTHING} Say it: --into NAME."
        )
    split = len(into) > 1
    if split and not all(wanted.value for wanted in into):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A column that is split wants an expression for each new one.",
            hint=f"{_NOTHING} Say it: --using NAME=SQL.",
        )
    if not back and any(wanted.value for wanted in into):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Programs that know the old column alone go on, so its value is wanted, too.",
            hint=f"{_NOTHING} Say how it is made from the new one: --back SQL.",
        )


def _renames(old: Column, into: Sequence[Wanted], back: str) -> bool:
    one = into[0] if len(into) == 1 else None
    return one is not None and not back and not one.value and one.declared_type in (None, old.declared_type)


def _new_column(empty: WriteSession, here: Table, old: Column, wanted: Wanted) -> NewColumn:
    declared = old.declared_type if wanted.declared_type is None else wanted.declared_type
    forth = wanted.value or quote(old.name)
    if declared:
        native.declared_type(declared)
    _is_expression_over(empty, here, forth, [old.name])
    renames = not wanted.value and declared == old.declared_type
    return NewColumn(wanted.name, declared, forth, renames or _keeps_any(here, declared, _affinity(declared)))


def _affinity(declared: str) -> str:
    with closing(in_memory()) as empty:
        empty.run(f"CREATE TABLE t (c {declared})")
        found = read_schema(empty).table("t")
        assert found is not None
        return found.columns[0].affinity


def _keeps_any(here: Table, declared: str, affinity: str) -> bool:
    """Whether a column keeps a value of any storage class as it comes."""
    return affinity == "BLOB" or (here.strict and declared.strip().upper() == "ANY")


def _is_expression_over(empty: WriteSession, here: Table, said: str, names: Sequence[str]) -> None:
    """Refuse what is no expression, reads anything but these columns, or gives another value the next time."""
    native.expression(said)
    if any(token.category is Category.COMMENT for token in tokenize(said)):
        raise _bad(said, "it holds a remark")
    try:
        with in_sqlites_words():
            read = {
                access.column
                for access in empty.accesses(f"SELECT {said} FROM {qualified(here.name)}")
                if access.action == "SQLITE_READ"
            }
            empty.run("SAVEPOINT trial")
            empty.run(f"CREATE INDEX {quote(PREFIX)} ON {quote(here.name)} (({said}))")
            empty.run("ROLLBACK TO trial")
            empty.run("RELEASE trial")
    except SqliteSays as says:
        raise _bad(said, str(says).rstrip(".").replace(" in index expressions", "")) from says
    if not {fold(name) for name in read} & {fold(name) for name in names}:
        raise _bad(said, f"it does not use {' or '.join(map(quoted, names))}")
    if {fold(name) for name in read} - {fold(name) for name in names}:
        raise _bad(said, f"it reads other columns than {' and '.join(map(quoted, names))}")


def _default(here: Table, old: Column) -> tuple[str, str, bool]:
    """The old column's default as it is stored, its storage class, and whether it is computed for each row."""
    if old.default is None:
        return "NULL", "null", False
    with closing(in_memory()) as empty:
        strict = " STRICT" if here.strict else ""
        try:
            with in_sqlites_words():
                empty.run(f"CREATE TABLE t (one INTEGER){strict}")
                empty.run("INSERT INTO t VALUES (1)")
                empty.run(f"ALTER TABLE t ADD COLUMN c {old.declared_type} DEFAULT {old.default}")
        except SqliteSays:
            return "NULL", "null", True
        stored = empty.value("SELECT c FROM t")
        return literal(stored), str(empty.value("SELECT typeof(c) FROM t")), False


def _with_default(here: Table, old: Column, new: NewColumn, default_sql: str) -> NewColumn:
    """The new column with what the old default is in it."""
    with closing(in_memory()) as empty:
        strict = " STRICT" if here.strict else ""
        definitions = f"{quote(old.name)} {old.declared_type}, {quote(new.name)} {new.declared_type}"
        _accepted(empty, f"CREATE TABLE t ({definitions}){strict}")
        _accepted(empty, f"INSERT INTO t ({quote(old.name)}) VALUES ({default_sql})")
        _accepted(empty, f"UPDATE t SET {quote(new.name)} = ({new.value_sql})")
        stored = empty.one(f"SELECT {quote(new.name)}, typeof({quote(new.name)}) FROM t")
    assert stored is not None
    return NewColumn(
        new.name, new.declared_type, new.value_sql, new.exact, literal(stored[0]), str(stored[1])
    )


def _passes_without_value(here: Table, old: Column) -> None:
    """Refuse a CHECK of the column that a row does not meet whose program names the new column alone."""
    names = ", ".join(quote(column.name) for column in here.columns)
    for check in here.checks:
        with closing(in_memory()) as empty, suppress(SqliteSays), in_sqlites_words():
            empty.run(f"CREATE TABLE t ({names})")
            empty.run("INSERT INTO t DEFAULT VALUES")
            query_sql = f"SELECT ({check.expression}) FROM t"
            read = {access.column for access in empty.accesses(query_sql) if access.action == "SQLITE_READ"}
            if read == {old.name} and empty.value(query_sql) == 0:
                raise _refused(
                    f"A CHECK of {quoted(here.name)} refuses a row that has no {quoted(old.name)} yet, and programs"
                    f" that know the new column do not name it: {quoted(check.expression, 200)}.",
                    "Write it as NOT NULL, or so that NULL passes it.",
                )


def _accepted(empty: WriteSession, statement: str) -> None:
    try:
        with in_sqlites_words():
            empty.run(statement)
    except SqliteSays as says:
        raise UsageError(
            ErrorCode.BAD_SQL, f"SQLite does not accept this change: {str(says).rstrip('.')}.", hint=_NOTHING
        ) from says


def _bad(said: str, why: str) -> UsageError:
    return UsageError(
        ErrorCode.BAD_SQL, f"This expression cannot be used: {quoted(said, 200)}; {why}.", hint=_NOTHING
    )


def _refused(message: str, hint: str) -> Refused:
    return Refused(ErrorCode.BLOCKED, message, hint=f"{_NOTHING} {hint}")
