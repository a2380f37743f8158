"""A column that says when its row was last changed.

AFTER triggers set it: one for rows that come without a value, one for updates that change another column and leave this
one as it was. Whoever writes a value of its own keeps it. What the trigger itself writes changes no other column, so it
ends there, with `recursive_triggers` on, too.
"""

from __future__ import annotations

from steward_app.db import Session, fold, quote
from steward_app.kernel.finding import Severity
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.triggers import any_of, differs
from steward_app.services.audit.recipes import times
from steward_app.services.audit.recipes.model import UpdatedAt
from steward_app.services.audit.recipes.needs import (
    Needs,
    fits_a_trigger,
    others,
    spec_with,
    table_of,
    time_column,
)
from steward_app.services.audit.recipes.parts import Parts, there, trigger
from steward_app.services.audit.recipes.rows import Rows
from steward_app.services.schema.model import Schema, Table


def needs(session: Session, schema: Schema, spec: UpdatedAt) -> Needs:
    """What has to be there, and what will be different for programs."""
    table = table_of(schema, spec.table)
    found = Needs(spec)
    if not fits_a_trigger(found, table, schema, written=True):
        return found
    column, form = time_column(found, session, table, spec.column, spec.form)
    spec_with(found, table=table.name, column=column, form=form)
    _tell_of_triggers(found, table, column)
    found.say(
        "returning",
        table,
        "A program that asks for RETURNING gets the row as it was before the stamp",
        Severity.NOTE,
        detail="The stamp is written after the statement's own change, as a second change of the row. The audit logs"
        " both.",
    )
    return found


def parts(schema: Schema, spec: UpdatedAt, number: int) -> Parts:
    """Its triggers."""
    assert spec.form is not None
    _, shape = there(schema, spec.table, spec.column)
    rows, cell, now = Rows(shape), quote(spec.column), times.NOW[spec.form]
    same = rows.same("", "new")
    moved = [f"old.{name} IS NOT new.{name}" for name in rows.place]
    changed = [differs(each) for each in shape.columns if each.name != spec.column]
    untouched = f"NOT {differs(rows.column(spec.column))}"
    stamp = f"UPDATE {rows.sql} SET {cell} = {now} WHERE {same}"
    return Parts(
        (spec.table,),
        (
            trigger(number, "insert", "AFTER INSERT", spec.table, [stamp], f"new.{cell} IS NULL"),
            trigger(
                number,
                "update",
                "AFTER UPDATE",
                spec.table,
                [f"{stamp} AND {cell} IS NOT {now}"],
                f"{untouched} AND ({any_of([*moved, *changed])})",
            ),
        ),
    )


def _tell_of_triggers(found: Needs, table: Table, column: str) -> None:
    for each in others(table):
        if each.event not in ("UPDATE", "INSERT"):
            continue
        writes = {fold(name) for of, name in each.writes if fold(of) == fold(table.name)}
        if fold(column) in writes and each.timing == "AFTER":
            found.refuse(
                "same_already",
                table,
                f"The trigger {quoted(each.name)} writes {quoted(column)} already",
                detail="Two triggers would write the same column one after the other.",
                name=each.name,
                remedies=("Remove that trigger first, if this one is to take its place.",),
            )
        elif each.event == "UPDATE" and (not each.of_columns or fold(column) in map(fold, each.of_columns)):
            found.say(
                "fires_again",
                table,
                f"The trigger {quoted(each.name)} runs for the stamp, too",
                detail="It waits for an UPDATE of any column, and setting the stamp is one.",
                name=each.name,
                remedies=(f"Let it wait for UPDATE OF the columns it is about, without {quoted(column)}.",),
            )
