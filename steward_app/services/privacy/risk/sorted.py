"""Measures a table whose combinations are too many for memory: SQLite sorts them on disk, and groups pass by in order.

The figures are those of `measure`; it takes several times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, cast

from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.reach import Source
from steward_app.services.privacy.risk.chances import chances, size_table
from steward_app.services.privacy.risk.model import Pull, Question, Risk, SensitiveRisk
from steward_app.services.privacy.risk.sensitive import Shares, blank_of, in_order, sensitive_risk

if TYPE_CHECKING:
    from steward_app.services.privacy.risk.grouping import Whole

_GROUPS_AT_ONCE = 50_000
_MOST_SENSITIVE = 1_000_000


def measure_sorted(session: ReadSession, wanted: Source, question: Question, context: Context) -> Risk:
    """The risk of one table, with memory for the sizes of groups alone."""
    if question.population:
        raise Refused(
            ErrorCode.TOO_LARGE,
            "The table has too many different combinations to compare with a population.",
            hint="Nothing was changed. Take fewer or coarser columns.",
        )
    many = len(question.by)
    by = [f"{column_sql} COLLATE BINARY" for column_sql in wanted.columns_sql[:many]]
    person_sql = _counted(wanted.columns_sql[many + len(question.sensitive) :])
    with session.under(context), session.temporary():
        groups = _sizes(session, wanted, by, person_sql)
        prosecutor = chances(groups, question.threshold)
        sensitive = tuple(
            _sensitive(session, wanted, by, wanted.columns_sql[at], name, person_sql, context)
            for at, name in enumerate(question.sensitive, start=many)
        )
        pulls = [
            _pull(session, wanted, by, at, name, prosecutor.average, person_sql)
            for at, name in enumerate(question.by)
        ]
    return Risk(
        question.table,
        question.by,
        int(groups.sum()),
        len(groups),
        int(groups.min()),
        int((groups == 1).sum()),
        size_table(groups),
        question.threshold,
        prosecutor,
        prosecutor.average,
        sensitive=sensitive,
        columns=tuple(sorted(pulls, key=lambda pull: -pull.drop)),
    )


def _counted(person: Sequence[str]) -> str:
    """What counts records: rows, or different persons."""
    return f"count(DISTINCT json_array({', '.join(person)}))" if person else "count(*)"


def _sizes(session: ReadSession, wanted: Source, by: Sequence[str], counted_sql: str) -> Whole:
    import numpy as np

    group_sql = f"GROUP BY {', '.join(by)}" if by else ""
    found = session.all(
        f"SELECT n, count(*) FROM (SELECT {counted_sql} AS n FROM {wanted.rows_sql} {group_sql}) GROUP BY n"
    )
    return np.repeat(
        np.array([cast(int, size) for size, _ in found], dtype=np.int64),
        [cast(int, many) for _, many in found],
    )


def _pull(
    session: ReadSession,
    wanted: Source,
    by: Sequence[str],
    at: int,
    name: str,
    average: float,
    counted_sql: str,
) -> Pull:
    groups = _sizes(session, wanted, [*by[:at], *by[at + 1 :]], counted_sql)
    column_sql = by[at]
    distinct = session.count(f"SELECT count(*) FROM (SELECT DISTINCT {column_sql} FROM {wanted.rows_sql})")
    without = len(groups) / int(groups.sum())
    return Pull(name, distinct, int(groups.min()), int((groups == 1).sum()), without, average - without)


def _sensitive(
    session: ReadSession,
    wanted: Source,
    by: Sequence[str],
    column_sql: str,
    name: str,
    counted_sql: str,
    context: Context,
) -> SensitiveRisk:
    # As bytes: text of the file may not be valid, and here values are only told apart.
    value_sql = f"iif(typeof({column_sql}) = 'text', CAST({column_sql} AS BLOB), {column_sql})"
    values = [
        row[0]
        for row in session.execute(
            f"SELECT {value_sql} FROM {wanted.rows_sql} GROUP BY 1 LIMIT {_MOST_SENSITIVE + 1}"
        )
    ]
    if len(values) > _MOST_SENSITIVE:
        raise Refused(
            ErrorCode.TOO_LARGE,
            "A sensitive column has more than a million different values.",
            hint="Nothing was changed. A column that tells every row apart is no sensitive column: take another.",
        )
    ranks, numbers = in_order(values)
    blank = blank_of(values)
    rank = {value: int(at) for value, at in zip(values, ranks, strict=True)}
    rows = session.execute(
        f"SELECT json_array({', '.join(f'quote({each})' for each in by)}), {value_sql}, {counted_sql} "
        f"FROM {wanted.rows_sql} GROUP BY {', '.join(by)}, {value_sql}"
    )
    parts = []
    for part in _parts(rows, rank):
        context.checkpoint()
        parts.append(part)
    whole = sum(part.whole for part in parts)
    return sensitive_risk(
        name,
        [Shares(part.group, part.rank, part.count, cast("Whole", whole), blank) for part in parts],
        numbers,
    )


def _parts(rows: Iterator[tuple[SqlValue, ...]], rank: dict[SqlValue, int]) -> Iterator[Shares]:
    """Complete groups, so many at once."""
    import numpy as np

    numbered = enumerate(groupby(rows, key=lambda row: row[0]))
    while batch := [
        (at % _GROUPS_AT_ONCE, rank[value], cast(int, count))
        for at, (_, group) in islice(numbered, _GROUPS_AT_ONCE)
        for _, value, count in group
    ]:
        batch.sort()
        group, place, count = (np.array(column, dtype=np.int64) for column in zip(*batch, strict=True))
        yield Shares(group, place, count, np.bincount(place, count, len(rank)).astype(np.int64))
