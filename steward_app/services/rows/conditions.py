"""Conditions on one column: as frozen values, as SQL in which every value is bound, and in words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from steward_app.kernel.text import visible
from steward_app.kernel.values import SqlValue
from steward_app.services.rows.dates import period_sql, period_words
from steward_app.services.rows.order import Fragment, every, mark
from steward_app.services.schema.model import Column

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})


class Operator(StrEnum):
    """What a condition asks.

    Comparing with a number looks at numbers alone, with a text at texts alone. `NOT_EQUAL` is true of a cell without
    a value. Empty is a cell without a value (NULL), or with a text or BLOB of length 0. Where letters are compared by
    `CONTAINS` and `STARTS_WITH`, capitals do not matter; accents do. `PERIOD` has two values, the start and the end
    (not included) in time; either may be None.
    """

    EQUAL = "="
    NOT_EQUAL = "≠"
    LESS = "<"
    LESS_EQUAL = "≤"
    GREATER = ">"
    GREATER_EQUAL = "≥"
    BETWEEN = "between"
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    IN = "in"
    EMPTY = "is empty"
    NOT_EMPTY = "is not empty"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Condition:
    """A column, an operator and its values. `IN`, `EQUAL` and `NOT_EQUAL` take any number of values."""

    column: str
    operator: Operator
    values: tuple[SqlValue, ...] = ()

    @property
    def words(self) -> str:
        """In words, with the values as they were typed: `value > 0`, `taken_at since 1 Nov 2026`."""
        column = visible(self.column, 60)
        if self.operator is Operator.PERIOD:
            start, end = (None if value is None else str(value) for value in self.values)
            return f"{column} {period_words(start, end)}"
        shown = [_shown(value) for value in self.values]
        match self.operator:
            case Operator.BETWEEN:
                return f"{column} between {shown[0]} and {shown[1]}"
            case Operator.IN:
                return f"{column} in {', '.join(dict.fromkeys(shown))}"
            case Operator.EMPTY | Operator.NOT_EMPTY:
                return f"{column} {self.operator}"
            case _:
                return f"{column} {self.operator} {shown[0]}"


def is_numeric(column: Column) -> bool:
    """True where SQLite turns what looks like a number into one."""
    return column.affinity in _NUMERIC


def condition_sql(condition: Condition, column_sql: str, affinity: str) -> Fragment:
    """The condition as SQL over a column."""
    values = condition.values
    match condition.operator:
        case Operator.EQUAL | Operator.IN:
            return _one_of(column_sql, values)
        case Operator.NOT_EQUAL:
            equal = _one_of(column_sql, values)
            return Fragment(f"{column_sql} IS NULL OR NOT ({equal.sql})", equal.bindings)
        case Operator.BETWEEN:
            return every(
                _compared(column_sql, ">=", values[0]),
                _compared(column_sql, "<=", values[1]),
            )
        case Operator.CONTAINS | Operator.STARTS_WITH:
            start = "" if condition.operator is Operator.STARTS_WITH else "%"
            return like(column_sql, str(values[0]), start)
        case Operator.EMPTY:
            return Fragment(f"{column_sql} IS NULL OR {column_sql} IN ('', x'')")
        case Operator.NOT_EMPTY:
            return Fragment(f"{column_sql} IS NOT NULL AND {column_sql} NOT IN ('', x'')")
        case Operator.PERIOD:
            start_text, end_text = (None if value is None else str(value) for value in values)
            return period_sql(column_sql, affinity, start_text, end_text)
    sign = condition.operator.value.replace("≤", "<=").replace("≥", ">=")
    return _compared(column_sql, sign, values[0])


def like(column_sql: str, text: str, start: str = "%") -> Fragment:
    """A condition: the column, as text, contains (or with `start` "" begins with) a text; BLOBs do not.

    LIKE knows the capitals of A to Z. For other letters the text is tried in its forms.
    """
    patterns = [pattern(form, start) for form in forms(text)]
    tried = " OR ".join(f"{column_sql} LIKE ? ESCAPE '\\'" for _ in patterns)
    return Fragment(f"typeof({column_sql}) <> 'blob' AND ({tried})", tuple(patterns))


def forms(text: str) -> tuple[str, ...]:
    """The ways a text may be stored: as it is, in small letters, in capitals, capitalised; accents joined or apart."""
    if text.isascii():
        return (text,)
    cased = (text, text.lower(), text.upper(), text.title())
    return tuple(
        dict.fromkeys(unicodedata.normalize(form, each) for each in cased for form in ("NFC", "NFD"))
    )


def pattern(text: str, start: str = "%") -> str:
    """A pattern for LIKE ... ESCAPE '\\' that means the text itself, wherever it stands."""
    return start + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def read_number(text: str) -> int | float | None:
    """A number as typed, without separators, as SQLite would store it; None for anything else."""
    if not _NUMBER.fullmatch(text):
        return None
    if re.fullmatch(r"[+-]?\d+", text) and -(1 << 63) <= int(text) < 1 << 63:
        return int(text)
    return float(text)


def _compared(column_sql: str, sign: str, value: SqlValue) -> Fragment:
    """A comparison within numbers, texts or BLOBs; SQLite's own puts every text above every number."""
    match value:
        case int() | float():
            kinds = "IN ('integer', 'real')"
        case bytes():
            kinds = "= 'blob'"
        case _:
            kinds = "= 'text'"
    bound = mark(value)
    return Fragment(f"typeof({column_sql}) {kinds} AND {column_sql} {sign} {bound.sql}", bound.bindings)


def _one_of(column_sql: str, values: tuple[SqlValue, ...]) -> Fragment:
    marks = [mark(value) for value in values if value is not None]
    bindings = tuple(value for bound in marks for value in bound.bindings)
    listed = Fragment(f"{column_sql} IN ({', '.join(bound.sql for bound in marks)})", bindings)
    if len(marks) == len(values):
        return listed
    return (
        Fragment(f"{column_sql} IS NULL OR {listed.sql}", bindings)
        if marks
        else Fragment(f"{column_sql} IS NULL")
    )


def _shown(value: SqlValue) -> str:
    match value:
        case None:
            return "nothing"
        case bytes():
            return f"a BLOB of {len(value):,} bytes"
        case str():
            return visible(value, 60) if value.strip() == value and value else f"“{visible(value, 60)}”"
        case _:
            return str(value)
