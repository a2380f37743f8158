"""The way from a row to its person.

Rows may belong to rows of a person: a diagnosis to a visit, a visit to a patient. Who counts persons by the number of
the visit counts one patient several times, so the way is followed to its end.
"""

from __future__ import annotations

from collections.abc import Mapping

from steward_app.services.schema.model import Schema


def persons_of(schema: Schema, subjects: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Of each table that is about persons, what tells whose a row is; () where a row is a person.

    Columns of its own, where one leads straight to the person; else the way as risks are asked about it:
    "visit_id>patient_id".

    Args:
        subjects: of each table that is about persons, the foreign key to the person, or to a row of theirs; () where a
            row is one.
    """
    return {table: _way(schema, subjects, table, frozenset())[0] for table in subjects}


def _way(
    schema: Schema, subjects: Mapping[str, tuple[str, ...]], name: str, seen: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    """What tells whose a row of a table is, and the table of persons where that ends, or ""."""
    columns, table = subjects.get(name, ()), schema.table(name)
    if not columns:
        return (), name
    key = next((each for each in table.foreign_keys if each.columns == columns), None) if table else None
    parent = schema.table(key.parent_table) if key else None
    if table is None or parent is None or parent.name not in subjects or parent.name in seen | {name}:
        return columns, ""
    names, person = _way(schema, subjects, parent.name, seen | {name})
    if not names:
        return columns, person
    straight = [
        each.columns for each in table.foreign_keys if person and each.parent_table.lower() == person.lower()
    ]
    if len(straight) == 1:
        return straight[0], person
    return tuple(f"{columns[0]}>{each}" for each in names), person
