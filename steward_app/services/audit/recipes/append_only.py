"""A table to which rows are only added.

BEFORE UPDATE and BEFORE DELETE end the statement. REPLACE fires neither (but with `recursive_triggers` on): whom it
would displace is noted before the INSERT, and who is gone after it ends the statement. INSERT OR IGNORE and ON
CONFLICT DO NOTHING go on working.
"""

from __future__ import annotations

from steward_app.db import Session, fold
from steward_app.kernel.finding import Severity
from steward_app.kernel.text import quoted
from steward_app.services.audit.recipes import names
from steward_app.services.audit.recipes.model import AppendOnly, Trigger
from steward_app.services.audit.recipes.needs import (
    Needs,
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


def needs(session: Session, schema: Schema, spec: AppendOnly) -> Needs:
    """What has to be there, and what will be different for programs."""
    table = table_of(schema, spec.table)
    found = Needs(spec)
    spec_with(found, table=table.name)
    if not fits_a_trigger(found, table, schema):
        return found
    tell_of_swallowing(found, table)
    tell_of_nesting(found, table)
    _tell_of_writers(found, table, schema)
    for key in table.foreign_keys:
        acts = [f"ON DELETE {key.on_delete}"] * (key.on_delete in ("CASCADE", "SET NULL", "SET DEFAULT"))
        acts += [f"ON UPDATE {key.on_update}"] * (key.on_update in ("CASCADE", "SET NULL", "SET DEFAULT"))
        if acts:
            found.say(
                "parent_stopped",
                table,
                f"Rows of {quoted(key.parent)} that rows of {quoted(table.name)} point to stay as they are",
                detail=f"{' and '.join(acts)} would change or remove rows here, so the statement fails.",
                columns=key.columns,
            )
    found.say(
        "upsert_stopped",
        table,
        "A REPLACE of a row, and ON CONFLICT DO UPDATE, fail",
        Severity.NOTE,
        detail="INSERT OR IGNORE and ON CONFLICT DO NOTHING work as before. DROP TABLE is not stopped by a trigger.",
    )
    return found


def parts(schema: Schema, spec: AppendOnly, number: int) -> Parts:
    """Its triggers, and the table that notes whom a REPLACE would displace."""
    _, shape = there(schema, spec.table)
    rows, pen = Rows(shape), names.pen(number)
    gone = f"NOT EXISTS (SELECT 1 FROM {rows.sql} AS x WHERE {rows.penned('p', 'x')})"
    displaced = f"EXISTS (SELECT 1 FROM {pen} AS p WHERE {gone} OR ({rows.penned('p', 'new')}))"

    def stop(what: str, event_sql: str, done: str, when_sql: str = "") -> Trigger:
        message = f"rows of {spec.table} are never {done}: the table is append-only"
        return trigger(number, what, event_sql, spec.table, [abort(message)], when_sql)

    return Parts(
        (spec.table,),
        (
            stop("replaced", "AFTER INSERT", "replaced", displaced),
            capture(rows, number, rows.place),
            stop("update", "BEFORE UPDATE", "changed"),
            stop("delete", "BEFORE DELETE", "deleted"),
        ),
        names.pen(number),
        pen_sql(number, len(rows.place)),
    )


def _tell_of_writers(found: Needs, table: Table, schema: Schema) -> None:
    for other in schema.tables:
        for each in others(other):
            updates = [name for of, name in each.writes if fold(of) == fold(table.name) and name]
            if not updates:
                continue
            if other.name == table.name and each.event == "INSERT":
                found.refuse(
                    "insert_stopped",
                    table,
                    f"The trigger {quoted(each.name)} changes rows when they are inserted",
                    detail="No row could be inserted any more.",
                    name=each.name,
                )
            else:
                found.say(
                    "writer_stopped",
                    table,
                    f"The trigger {quoted(each.name)} of {quoted(other.name)} changes rows here",
                    detail="The statement that fires it fails.",
                    name=each.name,
                )
