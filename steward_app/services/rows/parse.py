"""The language of conditions, as typed into a filter field or after `--where`.

What is typed alone means: the number, in a column of numbers; the day, in a column of dates; else the text that the
cell contains. In quotes it is always text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from steward_app.db import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, visible
from steward_app.kernel.values import SqlValue
from steward_app.services.rows.conditions import Condition, Operator, is_numeric, read_number
from steward_app.services.rows.dates import parse_period, read_period
from steward_app.services.schema.model import Column

_SIGNS: tuple[tuple[str, Operator], ...] = (  # the longer first
    ("<=", Operator.LESS_EQUAL),
    (">=", Operator.GREATER_EQUAL),
    ("<>", Operator.NOT_EQUAL),
    ("!=", Operator.NOT_EQUAL),
    ("==", Operator.EQUAL),
    ("≤", Operator.LESS_EQUAL),
    ("≥", Operator.GREATER_EQUAL),
    ("≠", Operator.NOT_EQUAL),
    ("=", Operator.EQUAL),
    ("<", Operator.LESS),
    (">", Operator.GREATER),
)
_EMPTY = frozenset({"empty", "is empty", "null", "is null", "is missing"})
_NOT_EMPTY = frozenset({"not empty", "is not empty", "not null", "is not null"})
_WORD = re.compile(
    r"(contains|starts with|between|from|in|since|after|before|until|on|is not|is|not)(?=[\s(\"'])\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_BOOLEANS = {"true": 1, "yes": 1, "false": 0, "no": 0}
_AND = re.compile(r"\s+and\s+|\s*\.\.\.?\s*|\s+to\s+", re.IGNORECASE)
_ITEM = re.compile(r"""\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|[^,]*)\s*(?:,|$)""")
_LONGEST_TEXT = 10_000  # characters; LIKE takes patterns of 50,000 bytes
_MOST_ITEMS = 1_000


def parse_condition(column: Column, text: str) -> Condition:
    """What was typed for a column, as a condition. Raises `UsageError` with a sentence for beside the field.

    `> 0`, `≠ pulse`, `since 2026-11-01`, `on 1 Nov 2026`, `between 1 and 5`, `in a, b, c`, `contains x`,
    `starts with x`, `is empty`, `is not empty`, or a value alone.
    """
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        raise _problem("This is too long for a filter.", f"Write at most {_LONGEST_TEXT:,} characters.")
    if not text:
        raise _problem("There is nothing to look for.", "Write a value, or “is empty”.")
    words = " ".join(text.lower().split())
    if words in _EMPTY:
        return Condition(column.name, Operator.EMPTY)
    if words in _NOT_EMPTY:
        return Condition(column.name, Operator.NOT_EMPTY)
    for sign, operator in _SIGNS:
        if text.startswith(sign):
            return _compare(column, operator, text[len(sign) :].strip())
    if found := _WORD.fullmatch(text):
        return _by_word(column, found[1].lower(), found[2].strip())
    return _alone(column, text)


def parse_where(columns: Sequence[Column], text: str) -> Condition:
    """A column and a condition in one: `value > 0`, `"first name" contains x`. Raises `UsageError`."""
    text = text.strip()
    if found := re.match(r'"((?:[^"]|"")+)"', text):
        name = found[1].replace('""', '"')
        for column in columns:
            if fold(column.name) == fold(name):
                return parse_condition(column, text[found.end() :])
    for column in sorted(columns, key=lambda column: -len(column.name)):
        rest = text[len(column.name) :]
        if fold(text[: len(column.name)]) == fold(column.name) and re.match(r"[\s<>=!≠≤≥]", rest):
            return parse_condition(column, rest)
    raise _problem(
        f"“{visible(text, 60)}” does not begin with the name of a column.",
        'Write the column, then the condition: value > 0. A name with spaces stands in quotes: "first name" = Ada.',
    )


def _by_word(column: Column, word: str, rest: str) -> Condition:
    match word:
        case "contains":
            return Condition(column.name, Operator.CONTAINS, (_some(_unquoted(rest)),))
        case "starts with":
            return Condition(column.name, Operator.STARTS_WITH, (_some(_unquoted(rest)),))
        case "between" | "from":
            return _between(column, rest)
        case "in":
            return _in(column, rest)
        case "is":
            return _compare(column, Operator.EQUAL, rest)
        case "is not" | "not":
            return _compare(column, Operator.NOT_EQUAL, rest)
    start, end = read_period(_unquoted(rest))
    period = {
        "since": (start, None),
        "after": (end, None),
        "before": (None, start),
        "until": (None, end),
        "on": (start, end),
    }[word]
    return Condition(column.name, Operator.PERIOD, period)


def _compare(column: Column, operator: Operator, text: str) -> Condition:
    if not text:
        raise _problem(f"Something is missing after {operator}.", f"Write for example {operator} 10.")
    if operator in (Operator.EQUAL, Operator.NOT_EQUAL):
        return Condition(column.name, operator, _values(column, text))
    if _is_quoted(text):
        return Condition(column.name, operator, (_unquoted(text),))
    if (period := parse_period(text)) and not _is_number(text):
        start, end = period
        bounds = {
            Operator.LESS: (None, start),
            Operator.LESS_EQUAL: (None, end),
            Operator.GREATER: (end, None),
            Operator.GREATER_EQUAL: (start, None),
        }[operator]
        return Condition(column.name, Operator.PERIOD, bounds)
    return Condition(column.name, operator, (_ordered(column, text),))


def _between(column: Column, text: str) -> Condition:
    parts = _AND.split(text, maxsplit=1)
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise _problem("Between what and what?", "Write for example: between 10 and 20.")
    low, high = (part.strip() for part in parts)
    first, last = parse_period(low), parse_period(high)
    if first and last and not (_is_number(low) or _is_number(high)):
        return Condition(column.name, Operator.PERIOD, (first[0], last[1]))
    return Condition(column.name, Operator.BETWEEN, (_ordered(column, low), _ordered(column, high)))


def _in(column: Column, text: str) -> Condition:
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    items = [item for item in _items(text) if item]
    if not items:
        raise _problem("In which list?", "Write the values with commas between them: in a, b, c.")
    if len(items) > _MOST_ITEMS:
        raise _problem(f"The list has {len(items):,} values.", f"Write at most {_MOST_ITEMS:,}.")
    values = tuple(value for item in items for value in _values(column, item))
    return Condition(column.name, Operator.IN, values)


def _alone(column: Column, text: str) -> Condition:
    if _is_quoted(text):
        return Condition(column.name, Operator.CONTAINS, (_some(_unquoted(text)),))
    if _holds_dates(column) and not _is_number(text):
        if period := parse_period(text):
            return Condition(column.name, Operator.PERIOD, period)
        return Condition(column.name, Operator.CONTAINS, (text,))
    if not is_numeric(column):
        return Condition(column.name, Operator.CONTAINS, (text,))
    if text.lower() in _BOOLEANS or _is_number(text):
        return Condition(column.name, Operator.EQUAL, _values(column, text))
    raise _not_a_number(column, text)


def _values(column: Column, text: str) -> tuple[SqlValue, ...]:
    """What equals the typed text: in a column without a type, the number and the text it looks like."""
    plain = _unquoted(text)
    if _is_quoted(text) or column.affinity == "TEXT":
        return (plain,)
    if (number := read_number(text)) is not None:
        return (number,) if is_numeric(column) else (number, text)
    if is_numeric(column) and text.lower() in _BOOLEANS and "BOOL" in column.declared_type.upper():
        return (_BOOLEANS[text.lower()], text)
    return (plain,)


def _ordered(column: Column, text: str) -> SqlValue:
    """A value to compare by size: a number, except in a column of text."""
    if _is_quoted(text) or column.affinity == "TEXT":
        return _unquoted(text)
    if (number := read_number(text)) is not None:
        return number
    if is_numeric(column) and not _holds_dates(column):
        raise _not_a_number(column, text)
    return text


def _is_number(text: str) -> bool:
    return read_number(text) is not None


def _holds_dates(column: Column) -> bool:
    declared = column.declared_type.upper()
    return "DATE" in declared or "TIME" in declared


def _items(text: str) -> list[str]:
    return [found[1].strip() for found in _ITEM.finditer(text)]


def _is_quoted(text: str) -> bool:
    return len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"


def _unquoted(text: str) -> str:
    return text[1:-1].replace(text[0] * 2, text[0]) if _is_quoted(text) else text


def _some(text: str) -> str:
    if not text:
        raise _problem("There is nothing to look for.", "Write a text, or “is empty”.")
    return text


def _not_a_number(column: Column, text: str) -> UsageError:
    return _problem(
        f"“{visible(text, 60)}” is not a number, and {quoted(column.name)} holds numbers.",
        "Write for example > 0, or 1.5. To look for text write: contains abc.",
    )


def _problem(message: str, hint: str) -> UsageError:
    return UsageError(ErrorCode.BAD_REQUEST, message, hint=hint)
