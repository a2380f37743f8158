"""Columns that are computed when they are read: whether each row of them can be, where a migration brings one.

SQLite computes none when such a column is added. One that it cannot compute for a row, since its text is no JSON or the
expression asks for the time, makes every query fail that comes by it. https://www.sqlite.org/gencol.html
"""

from __future__ import annotations

from typing import TypeAlias

from steward_app.db import WriteSession, fold, qualified, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.run.course import Step
from steward_app.services.schema.model import Generated, Schema, Table

Computed: TypeAlias = frozenset[tuple[str, str]]
"""Folded names of tables, each with the expression of a column."""


def computed(schema: Schema) -> Computed:
    """What is computed as the schema is."""
    return frozenset(
        (fold(table.name), each.generated_expression)
        for table in schema.tables
        for each in table.columns
        if each.generated is Generated.VIRTUAL
    )


def can_be_computed(
    session: WriteSession, schema: Schema, step: Step, before: Computed, context: Context
) -> tuple[Check, ...]:
    """Whether every row has a value for what is computed and was not before."""
    told, looked = [], False
    for table in schema.tables:
        was = fold(step.name_before(table.name))
        new = [
            each.name
            for each in table.columns
            if each.generated is Generated.VIRTUAL and (was, each.generated_expression) not in before
        ]
        for name in new if not table.ours else ():
            looked = True
            if problem := _problem(session, table, name, context):
                told.append(
                    f"{quoted(name)} of {quoted(table.name)} cannot be computed ({visible(problem, 200)})"
                )
    return (
        (Check("Computed columns have a value for every row", not told, "; ".join(told)),) if looked else ()
    )


def _problem(session: WriteSession, table: Table, name: str, context: Context) -> str:
    """What SQLite says against computing a column for each row; "" where it does."""
    context.checkpoint()
    try:
        with session.under(context), in_sqlites_words():
            session.value(f"SELECT count({quote(name)}) FROM {qualified(table.name)}")
    except SqliteSays as said:
        return str(said)
    return ""
