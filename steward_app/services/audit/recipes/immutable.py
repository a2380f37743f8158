"""Columns whose values never change, or not any more once they are set.

BEFORE UPDATE ends a statement that would change one. REPLACE fires no UPDATE: what stands in its way is noted BEFORE
the INSERT in a table of ours, and AFTER it a row that came with the same key and another value ends the statement.
Who was told to ignore the conflict, or to update instead, never comes that far.
"""

from __future__ import annotations

from steward_app.db import Session, fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Severity
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.triggers import any_of, differs
from steward_app.services.audit.recipes import names
from steward_app.services.audit.recipes.model import Immutable
from steward_app.services.audit.recipes.needs import (
    UNCHANGED,
    Needs,
    column_of,
    fits_a_trigger,
    others,
    spec_with,
    table_of,
    tell_of_nesting,
    tell_of_swallowing,
)
from steward_app.services.audit.recipes.parts import Parts, abort, there, trigger
from steward_app.services.audit.recipes.pens import capture, pen_sql
from steward_app.services.audit.recipes.rows import Rows
from steward_app.services.schema.model import Schema, Table

_ACTS = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


def needs(session: Session, schema: Schema, spec: Immutable) -> Needs:
    """What has to be there, and what will be different for programs."""
    table = table_of(schema, spec.table)
    found = Needs(spec)
    if not spec.columns:
        raise UsageError(ErrorCode.BAD_REQUEST, "Say which columns never change.", hint=UNCHANGED)
    columns = tuple(dict.fromkeys(column_of(table, name).name for name in spec.columns))
    spec_with(found, table=table.name, columns=columns)
    if not fits_a_trigger(found, table, schema):
        return found
    tell_of_swallowing(found, table)
    tell_of_nesting(found, table)
    _tell_of_writers(found, table, columns, schema)
    found.say(
        "not_deletes",
        table,
        "A row can still be deleted, and another one inserted in its place",
        Severity.NOTE,
        detail="A REPLACE that gives another value to the row of the same key is refused.",
    )
    return found


def parts(schema: Schema, spec: Immutable, number: int) -> Parts:
    """Its triggers, and the table that notes whom a REPLACE would displace."""
    _, shape = there(schema, spec.table, *spec.columns)
    rows = Rows(shape)
    columns = [rows.column(name) for name in spec.columns]
    changes = [
        f"{differs(each)}{f' AND old.{quote(each.name)} IS NOT NULL' if spec.once_set else ''}"
        for each in columns
    ]
    stops = [abort(_message(spec, each.name), change) for each, change in zip(columns, changes, strict=True)]
    replaced = [abort(_message(spec, name), _replaced(rows, number, spec, name)) for name in spec.columns]
    own = tuple(quote(name) for name in spec.columns)
    return Parts(
        (spec.table,),
        (
            trigger(
                number,
                "replaced",
                "AFTER INSERT",
                spec.table,
                replaced,
                f"EXISTS (SELECT 1 FROM {names.pen(number)})",
            ),
            capture(rows, number, (*rows.identity, *own)),
            trigger(
                number,
                "update",
                "BEFORE UPDATE",
                spec.table,
                stops,
                any_of([f"({change})" for change in changes]),
            ),
        ),
        names.pen(number),
        pen_sql(number, len(rows.identity), len(own)),
    )


def _replaced(rows: Rows, number: int, spec: Immutable, name: str) -> str:
    """Whether the row that came took the place of one with another value."""
    at = spec.columns.index(name)
    cell = quote(name)
    terms = [
        rows.penned_identity("p", "new"),
        f"(p.v{at} IS NOT new.{cell} COLLATE BINARY OR typeof(p.v{at}) <> typeof(new.{cell}))",
        *([f"p.v{at} IS NOT NULL"] if spec.once_set else []),
    ]
    return f"EXISTS (SELECT 1 FROM {names.pen(number)} AS p WHERE {' AND '.join(terms)})"


def _message(spec: Immutable, column: str) -> str:
    once = " once it is set" if spec.once_set else ""
    return f"{column} of {spec.table} cannot be changed{once}: the column is immutable"


def _tell_of_writers(found: Needs, table: Table, columns: tuple[str, ...], schema: Schema) -> None:
    wanted = {fold(name) for name in columns}
    for other in schema.tables:
        for each in others(other):
            if {fold(name) for of, name in each.writes if fold(of) == fold(table.name)} & wanted:
                found.say(
                    "writer_stopped",
                    table,
                    f"The trigger {quoted(each.name)} of {quoted(other.name)} writes to such a column",
                    detail="The statement that fires it fails where it would change a value.",
                    name=each.name,
                )
    for key in table.foreign_keys:
        acts = [f"ON UPDATE {key.on_update}"] * (key.on_update in _ACTS)
        acts += [f"ON DELETE {key.on_delete}"] * (key.on_delete in ("SET NULL", "SET DEFAULT"))
        if acts and {fold(name) for name in key.columns} & wanted:
            found.say(
                "parent_stopped",
                table,
                f"Rows of {quoted(key.parent)} that rows of {quoted(table.name)} point to stay as they are",
                detail=f"{' and '.join(acts)} would change a column that may not change, so the statement fails.",
                columns=key.columns,
            )
