"""Filters: which rows of a source. All their conditions hold at once.

A filter is a frozen value with a JSON form, for saved filters and for scripts. `docs/filters.md` describes the
language of conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from steward_app.db import fold, quote
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.rows.conditions import Condition, Operator, condition_sql
from steward_app.services.rows.order import Fragment, every, mark
from steward_app.services.rows.source import ROWID_WORDS, Source

_VALUES = {Operator.BETWEEN: 2, Operator.PERIOD: 2, Operator.EMPTY: 0, Operator.NOT_EMPTY: 0}
_MOST_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class RowSet:
    """Certain rows: those of a finding.

    Attributes:
        columns: what names them: columns of the table, or "rowid".
        keys: their values, at most 1,000 rows; or
        query: SQL whose result has those columns, such as `Finding.query`.
        title: what they are, for the words of the filter: "17 diagnoses point to a visit that is gone".
    """

    columns: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    query: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: those that meet all conditions, and are among `rows` where that is given."""

    conditions: tuple[Condition, ...] = ()
    rows: RowSet | None = None

    def __bool__(self) -> bool:
        return bool(self.conditions) or self.rows is not None

    @property
    def is_cheap(self) -> bool:
        """False when a query of its own stands in it, so that trying it on some rows may take long."""
        return self.rows is None or not self.rows.query

    @property
    def words(self) -> str:
        """In words: `value > 0 and taken_at since 1 Nov 2026`. "" for every row."""
        parts = [condition.words for condition in self.conditions]
        if self.rows is not None:
            parts.append(
                self.rows.title or (f"{len(self.rows.keys):,} chosen rows" if self.rows.keys else "a query")
            )
        return " and ".join(parts)

    def with_condition(self, condition: Condition) -> Filter:
        """The filter with one more condition, in place of those on the same column."""
        others = tuple(each for each in self.conditions if each.column != condition.column)
        return Filter((*others, condition), self.rows)

    def without_column(self, column: str) -> Filter:
        """The filter without its conditions on a column."""
        return Filter(tuple(each for each in self.conditions if each.column != column), self.rows)


EVERY_ROW = Filter()


def compile_filter(filter: Filter, source: Source) -> Fragment:  # noqa: A002  the word for it
    """The filter as SQL with bound values; empty for every row.

    A query of the filter stands in it as it is: have it checked by `check_query` first when a steward wrote it.
    Raises `UsageError` for a column the source does not have.
    """
    chosen = [(each, source.column(each.column)) for each in filter.conditions]
    conditions = [condition_sql(each, source.sql_of(column), column.affinity) for each, column in chosen]
    return every(*conditions, *([_among(filter.rows, source)] if filter.rows else []))


def filter_to_json(filter: Filter) -> dict[str, Json]:  # noqa: A002
    """The filter for a file: {"conditions": [...], "rows": {...}}; BLOBs as {"hex": "..."}."""
    result: dict[str, Json] = {
        "conditions": [
            {
                "column": each.column,
                "operator": each.operator.value,
                "values": [_to_json(v) for v in each.values],
            }
            for each in filter.conditions
        ]
    }
    if filter.rows is not None:
        rows = filter.rows
        result["rows"] = {
            "columns": list(rows.columns),
            "keys": [[_to_json(value) for value in key] for key in rows.keys],
            "query": rows.query,
            "title": rows.title,
        }
    return result


def filter_from_json(document: Mapping[str, Any]) -> Filter:
    """The inverse of `filter_to_json`. Raises `UsageError` for anything else."""
    try:
        conditions = tuple(_condition(each) for each in document["conditions"])
        rows = document.get("rows")
        return Filter(conditions, _row_set(rows) if rows is not None else None)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "This saved filter cannot be read.",
            hint="Nothing was changed. Make the filter again and save it.",
        ) from error


def filter_of_finding(finding: Finding) -> Filter:
    """The rows of a finding: what its query lists, or for want of one its sample."""
    columns = finding.key_columns or finding.subject.columns
    keys = () if finding.query else finding.sample_keys
    return Filter(rows=RowSet(columns, keys, finding.query, finding.title))


def _among(rows: RowSet, source: Source) -> Fragment:
    if rows.query and (condition := _condition_of(rows.query, source)):
        return Fragment(f"{condition}\n")  # the line break ends a comment it may end with
    names = [_key_sql(name, source) for name in rows.columns]
    if not names:
        raise UsageError(ErrorCode.BAD_REQUEST, "These rows have no key to find them by.")
    row = f"({', '.join(names)})" if len(names) > 1 else names[0]
    if rows.query:
        wanted = ", ".join(f"steward_rows.{quote(name)}" for name in rows.columns)
        query = rows.query.strip().rstrip(";")
        return Fragment(f"{row} IN (SELECT {wanted} FROM (\n{query}\n) AS steward_rows)")
    if len(rows.keys) > _MOST_KEYS:
        raise UsageError(ErrorCode.BAD_REQUEST, f"A filter takes at most {_MOST_KEYS:,} rows by their keys.")
    listed = [[mark(value) for value in key] for key in rows.keys]
    tuples = ", ".join(f"({', '.join(each.sql for each in key)})" for key in listed)
    bindings = tuple(value for key in listed for each in key for value in each.bindings)
    return Fragment(f"{row} IN (VALUES {tuples})" if listed else "0", bindings)


def _condition_of(query: str, source: Source) -> str:
    """The condition of a query of the form the checks write, which then works on the table itself; else ""."""
    start = f"SELECT * FROM {source.sql} WHERE "
    return query.removeprefix(start) if query.startswith(start) else ""


def _key_sql(name: str, source: Source) -> str:
    key = source.key
    named = {fold(column.name) for column in source.columns}
    if key is not None and key.rowid and fold(name) in set(ROWID_WORDS) - named:
        return key.terms[0].sql
    return source.sql_of(source.column(name))


def _to_json(value: SqlValue) -> Json:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def _from_json(value: Any) -> SqlValue:
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    if isinstance(value, bool) or not isinstance(value, int | float | str | None):
        raise TypeError("not a value")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise ValueError("larger than SQLite's integers")
    return value


def _condition(document: Mapping[str, Any]) -> Condition:
    operator = Operator(document["operator"])
    values = tuple(_from_json(value) for value in document["values"])
    many = operator in (Operator.IN, Operator.EQUAL, Operator.NOT_EQUAL)
    if (many and not values) or (not many and len(values) != _VALUES.get(operator, 1)):
        raise ValueError("wrong number of values")
    if operator is Operator.PERIOD:
        for value in values:
            if value is not None:
                datetime.fromisoformat(str(value))
    return Condition(_text(document["column"]), operator, values)


def _row_set(document: Mapping[str, Any]) -> RowSet:
    return RowSet(
        tuple(_text(name) for name in document["columns"]),
        tuple(tuple(_from_json(value) for value in key) for key in document["keys"]),
        _text(document["query"]),
        _text(document["title"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
