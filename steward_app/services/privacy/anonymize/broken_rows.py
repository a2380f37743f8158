"""Rows that break a rule of their own table as they stand: a CHECK or NOT NULL that came after them.

SQLite checks a rule when a row is written, and not the rows that are there. In a copy all are written. Those that
broke a CHECK may break it there, but no other; a missing value of a NOT NULL column is written as an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from steward_app.db import ReadSession, Session, WriteSession, qualified, quote
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.model import Column
from steward_app.services.schema.model import Generated, Table

_EMPTY: Mapping[str, SqlValue] = {"INTEGER": 0, "REAL": 0.0, "BLOB": b""}


def breaking_checks(session: Session, table: Table, where: str = "") -> tuple[int, ...]:
    """How many rows break each CHECK of a table. None where it has no CHECK.

    Args:
        where: over the table by its own name, which the text of a CHECK may say.
    """
    within = f" AND ({where})" if where else ""
    return tuple(
        session.count(f"SELECT count(*) FROM {qualified(table.name)} WHERE NOT ({check.expression}){within}")
        for check in table.checks
    )


def require_no_more(target: WriteSession, table: Table, before: Sequence[int]) -> None:
    """Raise `Failure` where more rows of the copy break a CHECK than of the original."""
    for check, was, now in zip(table.checks, before, breaking_checks(target, table), strict=True):
        if now > was:
            raise Failure(
                ErrorCode.CONSTRAINT,
                f"{plural(now - was, 'changed row')} of {quoted(table.name)} would break "
                f"{quoted(check.name or check.expression)}.",
                hint="The database is unchanged, and no copy was made. Choose another technique for the column.",
            )


def missing_values(source: ReadSession | Session, table: Table) -> tuple[str, ...]:
    """The NOT NULL columns in which some row has no value."""
    return tuple(
        column.name
        for column in table.columns
        if column.not_null
        and column.generated is Generated.NO
        and not column.rowid_alias
        and not column.hidden
        if source.value(f"SELECT 1 FROM {qualified(table.name)} WHERE {_missing(column.name)} LIMIT 1")
    )


def empty_value(table: Table, name: str) -> SqlValue:
    """What stands for a missing value of a NOT NULL column in a copy."""
    column = table.column(name)
    return _EMPTY.get(column.affinity, "") if column else ""


def filled(values: Column, empty: SqlValue) -> Column:
    """The values of a column with an empty one in the place of each that is missing."""
    return [empty if value is None else value for value in values] if None in values else values


def told(session: Session, tables: Sequence[Table]) -> Iterator[Finding]:
    """A warning for each column whose missing values a copy cannot have."""
    for table in tables:
        for name in missing_values(session, table):
            count = session.count(f"SELECT count(*) FROM {qualified(table.name)} WHERE {_missing(name)}")
            yield Finding(
                "missing_in_not_null",
                Severity.WARNING,
                f"{plural(count, 'row')} of {quoted(table.name)} {'has' if count == 1 else 'have'} no value in "
                f"{quoted(name)}, which is NOT NULL",
                Subject("column", table.name, columns=(name,)),
                detail="The copy has an empty value there, since no row can be written without one.",
                count=count,
                alike=("In", "columns that are NOT NULL rows have no value"),
            )


def _missing(column: str) -> str:
    return (
        f"typeof({quote(column)}) = 'null'"  # IS NULL of a NOT NULL column is false to SQLite without a look
    )
