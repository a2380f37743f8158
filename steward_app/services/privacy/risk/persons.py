"""Whose rows they are: where several rows of a table are of one person, a group of them counts persons."""

from __future__ import annotations

from steward_app.db import ReadSession, qualified, quote
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Schema


def person_columns(session: ReadSession, schema: Schema, rules: ReleaseRules, name: str) -> tuple[str, ...]:
    """The columns of a table that tell whose row it is; () where no two rows are of one person, or nobody knows."""
    table, said = schema.table(name), rules.persons.get(name, ())
    if not said or table is None or any(table.column(each) is None for each in said):
        return ()
    return said if shared(session, name, said) else ()


def shared(session: ReadSession, table: str, columns: tuple[str, ...]) -> bool:
    """Whether two rows of a table have the same values there."""
    listed = ", ".join(map(quote, columns))
    there = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
    found = session.value(
        f"SELECT EXISTS (SELECT 1 FROM {qualified(table)} WHERE {there} GROUP BY {listed} HAVING count(*) > 1)"
    )
    return bool(found)
