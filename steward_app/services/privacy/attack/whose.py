"""Whose the rows of a table are, as risks count persons: by its own columns, or at the end of the way to the person.

A diagnosis is of a visit, and a visit of a patient: who counts visits counts one patient several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.privacy.attack.truth import NOBODY, combined
from steward_app.services.privacy.columns import NULL, Columns, columns_of, distinct, read_columns
from steward_app.services.privacy.reach import Source, asked_source, leads_there
from steward_app.services.schema.model import Schema, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes


def persons_of(before: Columns, columns: tuple[str, ...]) -> Codes:
    """Of each row a code of its person: the values of the columns that lead there; without any, each row its own."""
    import numpy as np

    own = np.arange(before.read, dtype=np.int64) * 2
    if not columns or not all(name in before.codes for name in columns):
        return own
    # even, as are the numbers of rows; those of the copy that are nobody's are odd
    mixed = combined([before.codes[name] for name in columns]).astype(np.uint64) * np.uint64(
        0x9E3779B97F4A7C15
    )
    named = (mixed << np.uint64(1)).astype(np.int64)
    without = np.zeros(before.read, bool)
    for name in columns:
        without |= before.codes[name] == NULL
    return np.where(without, own, named)


def told_by_own(schema: Schema, table: Table, subject: tuple[str, ...]) -> bool:
    """Whether columns of a table say whose a row is, and nothing else does where they are empty."""
    return all(table.column(name) is not None for name in subject) and not (
        subject and asked_source(schema, table.name, (), person=subject).others
    )


def read_persons(
    session: ReadSession,
    schema: Schema,
    table: Table,
    subject: tuple[str, ...],
    made: Mapping[str, str],
    context: Context,
) -> Codes:
    """Of every row of a table, in its order, a code of its person.

    Args:
        subject: columns of the table, or ways; where these lead nowhere in this file, each row is its own. A row that
            they are empty in may be somebody's by another way.
        made: names that are no columns, with the SQL that gives their values.
    """
    rows = session.count(f"SELECT count(*) FROM {qualified(table.name)}")
    if not subject or not leads_there(schema, table.name, subject):
        return persons_of(Columns(table.name, rows, rows), ())
    if told_by_own(schema, table, subject):
        read = read_columns(session, table, subject, context, with_numbers=(), most=max(1, rows), made=made)
    else:
        stream = _at_the_end(session, asked_source(schema, table.name, (), person=subject))
        read = columns_of(*(table.name, rows, subject, stream, context), with_numbers=(), most=max(1, rows))
    return persons_of(read, subject)


def told_apart(persons: Codes, theirs: Codes, rows: NDArray[np.int64]) -> bool:
    """Whether the copy tells which rows are of one person.

    Args:
        persons, theirs: of each row of the original and of the copy, a code of its person.
        rows: of each row of the original its row in the copy, or `NOBODY`.
    """
    import numpy as np

    paired = np.flatnonzero(rows != NOBODY)
    if not len(paired):
        return False
    mine, other = persons[paired], theirs[rows[paired]]
    return distinct(combined([mine, other])) == distinct(mine) == distinct(other)


def _at_the_end(session: ReadSession, found: Source) -> Iterator[Row]:
    """What stands at the end of each way, row by row in the order of the table; texts as bytes, valid or not."""
    key = found.table.primary_key.columns if found.table.primary_key else ()
    order = found.rowid_sql or ", ".join(f"t.{quote(name)}" for name in key)
    listed = ", ".join(
        f"iif(typeof({sql}) = 'text', CAST({sql} AS BLOB), {sql})" for sql in found.columns_sql
    )
    order_by = f" ORDER BY {order}" if order else ""
    yield from session.execute(f"SELECT {listed} FROM {found.from_sql}{order_by}")
