"""Whose rows they are: where several rows of a table are of one person, a group of them counts persons."""

from __future__ import annotations

from typing import Final

from steward_app.db import ReadSession
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.reach import asked_source, leads_there
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Schema

TELLS_APART: Final = (Technique.KEEP, Technique.PERMUTE, Technique.TOKEN, Technique.PSEUDONYM)
"""After these, rows of one person still have one value, and those of others another."""


def person_columns(
    session: ReadSession,
    schema: Schema,
    rules: ReleaseRules,
    name: str,
    *,
    led: bool = False,
    where_sql: str = "",
) -> tuple[str, ...]:
    """What tells whose row of a table it is: columns of it, or of a table that it leads to (“visit_id>patient_id”).

    () where no two rows are of one person, or nobody knows.

    Args:
        led: rows of nobody do not count, so that it is asked for where no two rows are of one person, too.
        where_sql: which rows of the table, `t`, there are; "" for all.
    """
    said = rules.persons.get(name, ())
    return (
        said
        if said
        and (leads_there(schema, name, said) if led else shared(session, schema, name, said, where_sql))
        else ()
    )


def shared(
    session: ReadSession, schema: Schema, table: str, columns: tuple[str, ...], where_sql: str = ""
) -> bool:
    """Whether two rows of a table are of one, as these columns say; False where there are no such columns."""
    if not leads_there(schema, table, columns):
        return False
    wanted = asked_source(schema, table, (), person=columns).but(where_sql)
    wanted = wanted.but(" AND ".join(f"{sql} IS NOT NULL" for sql in wanted.columns_sql))
    listed = ", ".join(wanted.columns_sql)
    found = session.value(
        f"SELECT EXISTS (SELECT 1 FROM {wanted.rows_sql} GROUP BY {listed} HAVING count(*) > 1)"
    )
    return bool(found)
