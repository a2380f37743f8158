"""A table of its own that tells each value a column had: of which row, from when, and by whom where the audit knows.

The table is the steward's: it has no constraint, so that no conflict policy of a statement touches it, and stays when
the recipe is removed. What is told: a row that came, a value or a key that changed. A row that is deleted has no status
to tell of; the audit tells of that.
"""

from __future__ import annotations

from steward_app.db import Session, fold, quote
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.names import CLOCK, TXN
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.audit.engine.tables import is_audited
from steward_app.services.audit.engine.triggers import any_of, differs
from steward_app.services.audit.recipes import names, times
from steward_app.services.audit.recipes.model import Form, StatusLog
from steward_app.services.audit.recipes.needs import (
    Needs,
    column_of,
    fits_a_trigger,
    spec_with,
    table_of,
    tell_of_nesting,
    tell_of_swallowing,
)
from steward_app.services.audit.recipes.parts import Parts, there, trigger
from steward_app.services.audit.recipes.pens import capture, pen_sql
from steward_app.services.audit.recipes.rows import Rows, cells
from steward_app.services.schema.model import Schema, Table

_OWN = ("id", "event", "old_value", "new_value", "changed_at", "changed_by")


def needs(session: Session, schema: Schema, spec: StatusLog) -> Needs:
    """What has to be there, and what will be different for programs."""
    table = table_of(schema, spec.table)
    found = Needs(spec)
    column = column_of(table, spec.column).name
    signed = is_audited(session) if spec.signed is None else spec.signed and is_audited(session)
    log = spec.log or f"{table.name}_{column}_log"
    spec_with(found, table=table.name, column=column, log=log, form=spec.form or Form.ISO, signed=signed)
    if not fits_a_trigger(found, table, schema):
        return found
    tell_of_swallowing(found, table)
    tell_of_nesting(found, table)
    _tell_of_hidden_numbers(found, table, schema)
    taken = schema.table(log)
    made = found.spec
    assert isinstance(made, StatusLog)
    if fold(log).startswith("_steward_") or fold(log).startswith("sqlite_"):
        found.refuse("log_name", table, f"{quoted(log)} is no name for a table of yours")
    elif taken is not None and taken.sql != parts(schema, made, 0).log_sql:
        found.refuse("log_taken", table, f"There is a table {quoted(log)} already, which is another one")
    elif taken is None and any(
        fold(index.name) == fold(log) for each in schema.tables for index in each.indexes
    ):
        found.refuse("log_taken", table, f"There is an index {quoted(log)} already")
    return found


def parts(schema: Schema, spec: StatusLog, number: int) -> Parts:
    """Its triggers, the table of the log, and the one that notes whom a REPLACE would displace."""
    assert spec.form is not None
    _, shape = there(schema, spec.table, spec.column)
    rows, cell, pen, log = Rows(shape), quote(spec.column), names.pen(number), quote(spec.log)
    keys = tuple(quote(name) for name in _key_names(rows))
    now = times.NOW[spec.form]
    by = f"(SELECT t.actor FROM {TXN} AS t JOIN {CLOCK} AS c ON c.txn = t.txn)" if spec.signed else "NULL"
    into = f"INSERT INTO {log} ({', '.join(keys)}, event, old_value, new_value, changed_at, changed_by)"
    of_new = f"{cells('new', rows.identity)}"
    before = f"FROM {pen} AS p WHERE {rows.penned_identity('p', 'new')}"
    other = f"(p.v0 IS NOT new.{cell} COLLATE BINARY OR typeof(p.v0) <> typeof(new.{cell}))"
    moved = [f"old.{name} IS NOT new.{name}" for name in rows.identity]
    return Parts(
        (spec.table,),
        (
            trigger(
                number,
                "insert",
                "AFTER INSERT",
                spec.table,
                [
                    f"{into} SELECT {of_new}, 'replaced', p.v0, new.{cell}, {now}, {by} {before} AND {other}",
                    f"{into} SELECT {of_new}, 'inserted', NULL, new.{cell}, {now}, {by}"
                    f" WHERE NOT EXISTS (SELECT 1 {before})",
                ],
            ),
            capture(rows, number, (*rows.identity, cell)),
            trigger(
                number,
                "update",
                "AFTER UPDATE",
                spec.table,
                [f"{into} VALUES ({of_new}, 'changed', old.{cell}, new.{cell}, {now}, {by})"],
                any_of([differs(rows.column(spec.column)), *moved]),
            ),
        ),
        names.pen(number),
        pen_sql(number, len(rows.identity), 1),
        spec.log,
        f"CREATE TABLE {log} (id INTEGER PRIMARY KEY, {', '.join(keys)}, event, old_value, new_value, changed_at,"
        " changed_by)",
    )


def _tell_of_hidden_numbers(found: Needs, table: Table, schema: Schema) -> None:
    if table.primary_key is None and shape_of(table, schema).rowid:
        found.say(
            "renumbered_by_vacuum",
            table,
            f"VACUUM may give the rows of {quoted(table.name)} other numbers",
            detail="The table has no primary key, so the log names its rows by their hidden rowid.",
            remedies=("Give the table an INTEGER PRIMARY KEY.",),
        )


def _key_names(rows: Rows) -> tuple[str, ...]:
    """What the key's columns are called in the log: as in the table, but where that is taken."""
    shape = rows.shape
    keyed = shape.alias or not rows.is_numbered
    own = [shape.alias] if shape.alias else [part.column for part in shape.key] if keyed else ["row_id"]
    taken = {fold(name) for name in own}
    made = []
    for name in own:
        free = name
        while fold(free) in _OWN or (free != name and fold(free) in taken):
            free = f"row_{free}"
        made.append(free)
    return tuple(made)
