"""Columns that nobody asked for, and that tell what one tells by which somebody is found.

Whoever knows such a column knows that one, and perhaps more. It is told and not counted: a person is to say whether
somebody knows it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy.following import COUNTS_DAYS, Values, days_of, first_values, leads, part_of
from steward_app.services.privacy.reach import known_table
from steward_app.services.privacy.risk.model import Question
from steward_app.services.privacy.risk.suggest import is_key
from steward_app.services.schema import Schema


@dataclass(frozen=True, slots=True)
class Telling:
    """A column, and the quasi-identifier that it tells; `how`, in words that stand between them."""

    column: str
    how: str
    of: str


def telling(
    session: ReadSession, schema: Schema, question: Question, but: Collection[str], context: Context
) -> tuple[Telling, ...]:
    """The columns of the table that do, keys apart, as its first rows show. Inside `snapshot()`.

    Args:
        but: columns that are not looked at.
    """
    table = known_table(schema, question.table)
    by = [column.name for name in question.by if (column := table.column(name)) is not None]
    asked = {*by, *question.sensitive, *question.person, *but}
    others = [
        each.name
        for each in table.columns
        if each.name not in asked and not each.hidden and not is_key(table, each)
    ]
    if not by or not others:
        return ()
    with session.under(context):
        values = dict(zip((*by, *others), first_values(session, table.name, [*by, *others]), strict=False))
    found = []
    for name in others if values else ():
        context.checkpoint()
        ways = (Telling(name, how, of) for of in by if (how := _how(values[name], values[of])))
        found += [first for first in [next(ways, None)] if first is not None]
    return tuple(found)


def _how(one: Values, other: Values) -> str:
    if leads(one, other):
        return "goes one to one with" if leads(other, one) else "tells"
    days = days_of(other)
    return COUNTS_DAYS if days is not None and part_of(one, days) == COUNTS_DAYS else ""
