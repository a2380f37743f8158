"""What of a table the audit must know, and what cannot be logged faithfully, with the reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace

from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.model import KeyPart, Shape, ShapeColumn, UniqueKey
from steward_app.services.audit.engine.names import RECIPE, is_ours
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    Generated,
    Index,
    Schema,
    Table,
    TableKind,
    Trigger,
)

ROWID_NAMES = ("rowid", "_rowid_", "oid")
_LITERAL = re.compile(
    r"\s*(?:[-+]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0x[0-9a-f]+|x?'(?:[^']|'')*'|null|true|false"
    r"|current_(?:time|date|timestamp))\s*",
    re.IGNORECASE,
)
_SWALLOWS = re.compile(r"\bRAISE\s*\(\s*(IGNORE|FAIL)\b", re.IGNORECASE)
_KEEPS_THE_ROW = re.compile(r";\s*SELECT\s+RAISE\s*\(\s*IGNORE\s*\)\s*;\s*END\s*;?\s*$", re.IGNORECASE)
_QUALIFIED = re.compile(r"\.\s*[\w\"`\[]")
_MOST_FOR_EXPRESSIONS = 200  # columns of a table whose indexes are over expressions
_ACTS = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})
_NO_AUDIT = {
    TableKind.VIEW: ("is a view: its rows are those of other tables, whose changes are logged there", "view"),
    TableKind.VIRTUAL: ("is a virtual table, on which SQLite allows no triggers", "table"),
    TableKind.SHADOW: ("belongs to a virtual table, which writes to it as it likes", "table"),
    TableKind.SYSTEM: ("belongs to SQLite, which allows no triggers on it", "table"),
}


def shape_of(table: Table, schema: Schema) -> Shape:
    """What the audit must know of a table; its findings say whether it can be audited, and how well.

    Args:
        table: of `schema`.
    """
    columns = tuple(_column(c, table) for c in table.columns if c.generated is Generated.NO and not c.hidden)
    alias = next((column.name for column in table.columns if column.rowid_alias), "")
    rowid = "" if table.without_rowid else alias or table.rowid_name
    key = _primary_key(table)
    uniques = tuple(_uniques(table))
    return Shape(
        table=table.name,
        ddl=table.sql,
        columns=columns,
        rowid=rowid,
        alias=alias,
        key=key,
        readable=tuple(column.name for column in table.columns),
        uniques=uniques,
        unique_columns=_unique_columns(table, rowid, uniques),
        without_rowid=table.without_rowid,
        nested=_nested(table, schema),
        findings=tuple(_findings(table, schema, rowid, key)),
    )


def hash_of(shape: Shape) -> str:
    """Names everything of a shape that the triggers are made from; another hash, other triggers."""
    parts = (
        shape.columns,
        shape.rowid,
        shape.alias,
        shape.key,
        shape.uniques,
        shape.unique_columns,
        shape.nested,
    )
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def as_made(shape: Shape, shape_hash: str) -> Shape:
    """The shape that triggers were made from, where they do as well for the one of now.

    Those of a table whose statements ran inside one another go on telling every change when they do so no more, as
    after another trigger is gone.
    """
    careful = replace(shape, nested=True)
    return careful if hash_of(careful) == shape_hash else shape


def _column(column: Column, table: Table) -> ShapeColumn:
    default = column.default or ""
    filled = default if column.not_null and _LITERAL.fullmatch(default) else ""
    if filled.strip().lower() == "null":
        filled = ""
    return ShapeColumn(
        name=column.name,
        affinity=column.affinity,
        collation=column.collation.upper(),
        exact=(table.strict and column.declared_type.upper() != "ANY") or column.rowid_alias,
        filled_sql=filled,
    )


def _primary_key(table: Table) -> tuple[KeyPart, ...]:
    if table.primary_key is None:
        return ()
    index = next((each for each in table.indexes if each.origin == "primary key"), None)
    told = {fold(term.name): term.collation.upper() for term in index.columns} if index else {}
    return tuple(KeyPart(name, told.get(fold(name), "BINARY")) for name in table.primary_key.columns)


def _uniques(table: Table) -> Iterator[UniqueKey]:
    for index in table.indexes:
        if index.unique and not _too_odd(index, table):
            parts = [KeyPart(term.name, term.collation.upper(), term.expression) for term in index.columns]
            yield UniqueKey(tuple(parts), index.where)


def _too_odd(index: Index, table: Table) -> bool:
    """Whether an index is over expressions that a trigger cannot compute of a row to come."""
    odd = [term.expression for term in index.columns if not term.name]
    return bool(odd) and (
        len(table.columns) > _MOST_FOR_EXPRESSIONS or any(not text or _QUALIFIED.search(text) for text in odd)
    )


def _unique_columns(table: Table, rowid: str, uniques: tuple[UniqueKey, ...]) -> tuple[str, ...]:
    """The columns whose change may bring a row into the place of another, and the names of the rowid."""
    generated = {fold(c.name) for c in table.columns if c.generated is not Generated.NO}
    named = {fold(part.column) for unique in uniques for part in unique.parts}
    wheres = [fold(unique.where_sql) for unique in uniques if unique.where_sql]
    wheres += [
        fold(part.expression_sql) for unique in uniques for part in unique.parts if part.expression_sql
    ]
    taken = [
        column.name
        for column in table.columns
        if column.generated is Generated.NO
        and (
            fold(column.name) in named
            or column.rowid_alias
            or named & generated
            or any(
                _occurs(fold(column.name), where) or any(g in where for g in generated) for where in wheres
            )
        )
    ]
    if not rowid:
        return tuple(taken)
    known = {fold(column.name) for column in table.columns}
    return (*taken, *(name for name in ROWID_NAMES if name not in known))


def _occurs(folded_name: str, folded_sql: str) -> bool:
    """Whether SQL may speak of a column: its name stands in it, as it is or quoted."""
    return folded_name in folded_sql or folded_name.replace('"', '""') in folded_sql


def _refers_to_itself(table: Table) -> list[ForeignKey]:
    return [key for key in table.foreign_keys if fold(key.parent) == fold(table.name)]


def _others(table: Table) -> list[Trigger]:
    return [trigger for trigger in table.triggers if not is_ours(trigger.name)]


def _writes_to(trigger: Trigger, table: Table) -> bool:
    return any(fold(name) == fold(table.name) for name, _ in trigger.writes)


def _nested(table: Table, schema: Schema) -> bool:
    """Whether other statements on the table may run between BEFORE and AFTER of one.

    Foreign keys do that where they lead back to the table, and triggers that write to it, but for its own AFTER
    triggers: those run when ours have.
    """
    if any(fold(name) == fold(table.name) for name in _reached(table, schema)):
        return True
    return any(
        _writes_to(trigger, table)
        for other in schema.tables
        for trigger in _others(other)
        if other.name != table.name or trigger.timing != "AFTER" or trigger.event == "DELETE"
    )


def _reached(table: Table, schema: Schema) -> set[str]:
    """Tables that foreign keys may write to because a row of this one goes or gets another key."""
    reached: set[str] = set()
    waiting = [table.name]
    while waiting:
        for child, key in schema.referring(waiting.pop()):
            if child.name not in reached and {key.on_delete, key.on_update} & _ACTS:
                reached.add(child.name)
                waiting.append(child.name)
    return reached


def _findings(table: Table, schema: Schema, rowid: str, key: tuple[KeyPart, ...]) -> Iterator[Finding]:
    if table.kind in _NO_AUDIT:
        why, kind = _NO_AUDIT[table.kind]
        yield _found("audit_not_a_table", table, f"{quoted(table.name)} {why}", kind=kind, blocks=True)
        return
    if table.ours:
        yield _found(
            "audit_own_record", table, f"{quoted(table.name)} is a record of this program", blocks=True
        )
        return
    if table.problem or not _speakable(table):
        why = table.problem or "a name in it is not valid text"
        yield _found(
            "audit_unusable", table, f"{quoted(table.name)} cannot be used", detail=f"{why}.", blocks=True
        )
        return
    if not rowid and not key:
        yield _found(
            "audit_no_key",
            table,
            f"Rows of {quoted(table.name)} cannot be named",
            detail="Columns took all three names of the rowid, and there is no primary key.",
            blocks=True,
        )
    elif not rowid and table.primary_key and table.primary_key.nullable:
        yield _found(
            "audit_no_key",
            table,
            f"Rows of {quoted(table.name)} cannot be named",
            detail="Columns took all three names of the rowid, and the primary key accepts NULL.",
            blocks=True,
        )
    yield from _of_foreign_keys(table)
    yield from _written_back(table, schema)
    yield from _of_triggers(table)
    yield from _of_uniques(table)
    if rowid and rowid in ROWID_NAMES and not any(column.rowid_alias for column in table.columns):
        yield _found(
            "audit_renumbered_by_vacuum",
            table,
            f"VACUUM may give the rows of {quoted(table.name)} other numbers",
            Severity.WARNING,
            detail="The table has no INTEGER PRIMARY KEY, so the log names its rows by their hidden rowid. After a"
            " VACUUM that gave new ones, its rows no longer match the log: a new version has to begin.",
            remedies=("Give the table an INTEGER PRIMARY KEY.",),
        )


def _of_foreign_keys(table: Table) -> Iterator[Finding]:
    for key in _refers_to_itself(table):
        if key.on_update in _ACTS:
            yield _found(
                "audit_refers_to_itself",
                table,
                f"{quoted(table.name)} refers to itself with ON UPDATE {key.on_update}",
                detail="When the key of a row that refers to itself changes, SQLite carries the change on before it"
                " tells us of the first: the log would say it in the wrong order.",
                columns=key.columns,
                remedies=("Leave ON UPDATE away where keys do not change, then install the audit.",),
                blocks=True,
            )

    for key in _refers_to_itself(table):
        if key.on_delete in ("SET NULL", "SET DEFAULT"):
            yield _found(
                "audit_displaces_its_parent",
                table,
                f"{quoted(table.name)} refers to itself with ON DELETE {key.on_delete}",
                Severity.WARNING,
                detail="Where UPDATE OR REPLACE makes a row displace the very row it refers to, SQLite first changes"
                " that reference and then writes the old one over it, without telling. The log says the first only.",
                columns=key.columns,
            )


def _written_back(table: Table, schema: Schema) -> Iterator[Finding]:
    """Triggers that write to a row again while its new key is being carried to its children."""
    for child, key in schema.referring(table.name):
        for trigger in _others(child):
            if key.on_update in _ACTS and trigger.event == "UPDATE" and _writes_to(trigger, table):
                yield _found(
                    "audit_written_back",
                    table,
                    f"The trigger {quoted(trigger.name)} of {quoted(child.name)} writes to {quoted(table.name)}",
                    Severity.WARNING,
                    detail="Where the key of a row changes, SQLite carries it to its children before it tells us. What"
                    " that trigger then writes to the same row stands in the log before the change of the key.",
                    name=trigger.name,
                )


def _of_triggers(table: Table) -> Iterator[Finding]:
    for trigger in _others(table):
        if _keeps_the_row(trigger):
            continue  # what it writes is told as an UPDATE, and there is no DELETE to tell of
        if trigger.timing == "BEFORE" and _writes_to(trigger, table):
            late = trigger.event != "INSERT"
            yield _found(
                "audit_trigger_writes_before",
                table,
                f"The trigger {quoted(trigger.name)} writes to {quoted(table.name)} before each {trigger.event}",
                Severity.ERROR if late else Severity.WARNING,
                detail=(
                    "SQLite still tells us the row as it was before that, so the log would hold values that were not"
                    " there."
                    if late
                    else "A row that an INSERT OR REPLACE displaces only because of what it wrote is not logged."
                ),
                name=trigger.name,
                remedies=("Make it an AFTER trigger.",),
                blocks=late,
            )
        swallowed = _SWALLOWS.search(trigger.sql) if trigger.timing == "AFTER" else None
        if swallowed:
            yield _found(
                "audit_trigger_swallows",
                table,
                f"The trigger {quoted(trigger.name)} ends with RAISE({swallowed[1].upper()})",
                Severity.NOTE,
                detail="It runs after ours as long as ours is newer. Were it made again, it could keep changes from the"
                " log; the audit then says that it is out of order.",
                name=trigger.name,
            )


def _keeps_the_row(trigger: Trigger) -> bool:
    """Whether a DELETE never comes to pass, nor a REPLACE that fires it: of our own soft delete, which sees to that."""
    before = (trigger.timing, trigger.event) == ("BEFORE", "DELETE") and fold(trigger.name).startswith(RECIPE)
    return before and _KEEPS_THE_ROW.search(trigger.sql) is not None


def _of_uniques(table: Table) -> Iterator[Finding]:
    for index in table.indexes:
        if index.unique and _too_odd(index, table):
            yield _found(
                "audit_unique_expression",
                table,
                f"The index {quoted(index.name)} is unique over an expression",
                Severity.WARNING,
                detail="A row that INSERT OR REPLACE displaces because of it is not logged. Everything else is.",
                name=index.name,
                kind="index",
            )
    named = {fold(term.name) for index in table.indexes if index.unique for term in index.columns}
    for column in table.columns:
        made = column.not_null and column.default and not _LITERAL.fullmatch(column.default)
        if made and fold(column.name) in named:
            yield _found(
                "audit_unique_default",
                table,
                f"{quoted(column.name)} is unique and gets its default from an expression",
                Severity.WARNING,
                detail="A row that INSERT OR REPLACE displaces because a NULL became that default is not logged."
                " Everything else is.",
                columns=(column.name,),
            )


def _speakable(table: Table) -> bool:
    """Whether SQL can say every name."""
    try:
        "\x1f".join((table.name, *(column.name for column in table.columns))).encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in table.name


def _found(
    code: str,
    table: Table,
    title: str,
    severity: Severity = Severity.ERROR,
    *,
    detail: str = "",
    kind: str = "table",
    name: str = "",
    columns: tuple[str, ...] = (),
    remedies: tuple[str, ...] = (),
    blocks: bool = False,
) -> Finding:
    return Finding(
        code,
        severity,
        title,
        Subject("trigger" if name and kind == "table" else kind, table.name, name, columns),
        detail=detail,
        remedies=remedies,
        blocks=blocks,
    )
