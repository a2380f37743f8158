"""Rows whose group is small, by their keys: which rows pull k down, and which a copy has to leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from steward_app.db import ReadSession, open_read, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key
from steward_app.services.privacy.reach import Source, asked_source
from steward_app.services.privacy.risk.measure import check_question
from steward_app.services.privacy.risk.model import Question, SmallRows
from steward_app.services.schema import read_schema


def smallest_rows(
    path: Path, question: Question, context: Context, *, below: int = 0, limit: int = 100
) -> SmallRows:
    """The rows of the smallest groups, smallest first.

    Args:
        below: only groups of fewer records; 0 for those of the size k.
        limit: most rows that are named.
    """
    check_question(question)
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        wanted = _source(session, question)
        key = wanted.table.key_columns
        if not key:
            return SmallRows((), (), False)
        most = below - 1 if below else _k(session, wanted, question)
        rows = list(islice(_rows(session, wanted, question, most, ordered=True), limit + 1))
        return SmallRows(key, tuple(rows[:limit]), len(rows) > limit)


def small_rows(session: ReadSession, question: Question, k: int) -> Iterator[Key]:
    """Keys of all rows whose group has fewer than k records. Raises ValueError for a table without a key.

    For a copy that is being made: the session is of the copy, whose values are coarsened already.
    """
    check_question(question)
    wanted = _source(session, question)
    if not wanted.table.key_columns:
        raise ValueError("the table has no key")
    for key, _ in _rows(session, wanted, question, k - 1, ordered=False):
        yield key


def _source(session: ReadSession, question: Question) -> Source:
    """What is read; the columns of whose row it is come last."""
    return asked_source(
        read_schema(session), question.table, question.by, question.sensitive, question.person
    )


def _rows(
    session: ReadSession, wanted: Source, question: Question, most: int, *, ordered: bool
) -> Iterator[tuple[Key, int]]:
    groups_sql, by = _groups(wanted, question)
    keys = ", ".join(f"t.{quote(column)}" for column in wanted.table.key_columns)
    same = " AND ".join(f"g.c{at} IS {column_sql}" for at, column_sql in enumerate(by))
    order = f" ORDER BY g.n, {keys}" if ordered else ""
    rows = session.execute(
        f"WITH g AS MATERIALIZED ({groups_sql} HAVING n <= ?) "
        f"SELECT {keys}, g.n FROM {replace(wanted, from_sql=f'{wanted.from_sql} JOIN g ON {same}').rows_sql}{order}",
        (most,),
    )
    for *key, size in rows:
        assert isinstance(size, int)
        yield tuple(key), size


def _k(session: ReadSession, wanted: Source, question: Question) -> int:
    groups_sql, _ = _groups(wanted, question)
    found = session.value(f"SELECT min(n) FROM ({groups_sql})")
    return found if isinstance(found, int) else 0


def _groups(wanted: Source, question: Question) -> tuple[str, list[str]]:
    """The query for all groups with their size `n`, and the expressions they are alike in."""
    many = len(question.by)
    by = [f"{column_sql} COLLATE BINARY" for column_sql in wanted.columns_sql[:many]]
    person = wanted.columns_sql[many + len(question.sensitive) :]
    counted = f"count(DISTINCT json_array({', '.join(person)}))" if person else "count(*)"
    columns = ", ".join(f"{column_sql} AS c{at}" for at, column_sql in enumerate(by))
    return f"SELECT {columns}, {counted} AS n FROM {wanted.rows_sql} GROUP BY {', '.join(by)}", by
