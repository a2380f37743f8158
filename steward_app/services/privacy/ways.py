"""The way from a row to its person.

Rows may belong to rows of a person: a diagnosis to a visit, a visit to a patient. Who counts persons by the number of
the visit counts one patient several times, so the way is followed to its end.
"""

from __future__ import annotations

from collections.abc import Mapping

from steward_app.db import ReadSession
from steward_app.services.privacy.reach import leads_there, source
from steward_app.services.schema.model import Schema, Table


def persons_of(
    session: ReadSession, schema: Schema, subjects: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Of each table that is about persons, what tells whose a row is; () where a row is a person.

    Columns of its own, where one leads straight to the person, and for as many rows as the way over other rows; else
    that way as risks are asked about it: "visit_id>patient_id".

    Args:
        subjects: of each table that is about persons, the foreign key to the person, or to a row of theirs; () where a
            row is one.
    """
    return {table: _way(session, schema, subjects, table, frozenset())[0] for table in subjects}


def _way(
    session: ReadSession,
    schema: Schema,
    subjects: Mapping[str, tuple[str, ...]],
    name: str,
    seen: frozenset[str],
) -> tuple[tuple[str, ...], str]:
    """What tells whose a row of a table is, and the table of persons where that ends, or ""."""
    columns, table = subjects.get(name, ()), schema.table(name)
    if not columns:
        return (), name
    key = next((each for each in table.foreign_keys if each.columns == columns), None) if table else None
    parent = schema.table(key.parent_table) if key else None
    if table is None or parent is None or parent.name not in subjects or parent.name in seen | {name}:
        return columns, ""
    names, person = _way(session, schema, subjects, parent.name, seen | {name})
    if not names:
        return columns, person
    over = tuple(f"{columns[0]}>{each}" for each in names)
    straight = [
        each.columns for each in table.foreign_keys if person and each.parent_table.lower() == person.lower()
    ]
    if len(straight) == 1 and _as_full(session, schema, table, straight[0], over):
        return straight[0], person
    return over, person


def _as_full(
    session: ReadSession, schema: Schema, table: Table, straight: tuple[str, ...], over: tuple[str, ...]
) -> bool:
    """Whether a foreign key says of as many rows whose they are as a way over other rows.

    One that is often empty tells something else: who checked a row, or sent somebody.
    """
    own = [table.column(name) for name in straight]
    if all(each is not None and each.not_null for each in own) or not leads_there(schema, table.name, over):
        return True
    read = source(schema, table.name, (*straight, *over))
    here, there = (
        " AND ".join(f"{sql} IS NOT NULL" for sql in columns_sql)
        for columns_sql in (read.columns_sql[: len(straight)], read.columns_sql[len(straight) :])
    )
    found = session.value(f"SELECT total({here}) >= total({there}) FROM {read.from_sql}")
    return bool(found)
