"""Columns of a table as arrays: what measures and attacks of a copy count with. No value stays in memory as it is.

A value becomes a code of 64 bits, the same for equal values in both files within one run; where it is a number or a
date it becomes a number, too. Codes are Python's own hashes: of two different values, one pair in 18 million million
million shares one, and a text and a BLOB of the same ASCII characters do.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import compress, islice
from typing import TYPE_CHECKING, Final

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.dates import has_month_first, whole_day
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Numbers = NDArray[np.float64]

MOST_ROWS: Final = 3_000_000
"""Rows of a table that are looked at: 24 MB a column."""
NULL: Final = hash(None)
_MINUS_ONE: Final = hash((-1,))
_NOTHING: Final = hash(("",))
_CELLS_AT_ONCE = 40_000
_LONGEST = 4_096
_EPOCH = date(1970, 1, 1).toordinal()
_LOOKED_AT = 1_000
_REMEMBERED = 100_000  # dates of a column
_LEAST_ISO = len("2004-03-19")
_SEED: Final = 20_260_101
_NONE: Final[Mapping[str, str]] = {}


class Form(StrEnum):
    """What the values of a column are, by most of those looked at."""

    NUMBER = "number"
    DATE = "date"  # text
    TEXT = "text"
    BLOB = "blob"
    EMPTY = "empty"


@dataclass(slots=True)
class Columns:
    """Some columns of a table.

    Attributes:
        table: as in the file.
        rows: of the table; at most so many were read.
        read: rows read: the length of every array.
        codes: of each column.
        forms: of each column.
        numbers: of columns of numbers and dates (in days since 1970), NaN where a value is neither.
    """

    table: str
    rows: int
    read: int
    codes: dict[str, Codes] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)


def read_columns(
    session: Session,
    table: Table,
    names: Sequence[str],
    context: Context,
    *,
    with_numbers: Collection[str] | None = None,
    most: int = MOST_ROWS,
    spread: bool = False,
    only: NDArray[np.bool_] | None = None,
    made: Mapping[str, str] = _NONE,
) -> Columns:
    """Read columns of a table in the order of its rows.

    Args:
        with_numbers: the columns whose numbers are wanted; None for all.
        most: rows to read. A larger table is cut off there, or
        spread: so many, drawn at random from all of it.
        only: of every row of the table, whether it is read.
        made: names that are no columns, with the SQL that gives their values.
    """
    rows = session.count(f"SELECT count(*) FROM {qualified(table.name)}")
    step = -(-rows // most) if spread and rows > most else 1
    stream = cells(session, table, names, step=step, made=made)
    stream = islice(stream, most) if only is None else compress(stream, only.tobytes())
    return columns_of(table.name, rows, names, stream, context, with_numbers=with_numbers, most=most)


def columns_of(
    table: str,
    rows: int,
    names: Sequence[str],
    stream: Iterator[Row],
    context: Context,
    *,
    with_numbers: Collection[str] | None = None,
    most: int = MOST_ROWS,
) -> Columns:
    """Rows that are read elsewhere as columns; `names` says what their values are."""
    import numpy as np

    found = Columns(table, rows, 0)
    codes: dict[str, list[Codes]] = {name: [] for name in names}
    numbers: dict[str, list[Numbers]] = {name: [] for name in names}
    days: dict[str, _Days] = {}
    at_once = max(20, _CELLS_AT_ONCE // max(1, len(names)))
    while batch := list(islice(stream, at_once)):
        context.checkpoint()
        for name, column in zip(names, zip(*batch, strict=True), strict=True):
            if name not in found.forms or found.forms[name] is Form.EMPTY:
                days[name] = _Days(column)
                found.forms[name] = _form_of(column, days[name])
            codes[name].append(codes_of(column))
            if with_numbers is None or name in with_numbers:
                numbers[name].append(_numbers(column, found.forms[name], days[name]))
        found.read += len(batch)
        context.report(found.read, min(rows, most), unit="rows", note=table)
    for name in names:
        found.forms.setdefault(name, Form.EMPTY)
        found.codes[name] = np.concatenate(codes[name]) if codes[name] else np.empty(0, np.int64)
        if numbers[name] and found.forms[name] in (Form.NUMBER, Form.DATE):
            found.numbers[name] = np.concatenate(numbers[name])
    return found


def codes_of(values: Sequence[SqlValue]) -> Codes:
    """The codes of some values."""
    import numpy as np

    found = np.fromiter(map(hash, values), np.int64, len(values))
    for place in np.flatnonzero((found == hash(-1)) | (found == 0)).tolist():
        found[place] = code_of(values[place])
    return found


def code_of(value: SqlValue) -> int:
    """The code of one value. Python gives -1 and -2 one hash, and nothing written the hash of 0."""
    if value == -1:
        return _MINUS_ONE
    return _NOTHING if value in ("", b"") else hash(value)


def different(codes: Codes) -> Codes:
    """The different ones in order. `numpy.unique` hashes them, which is slow for what is in order already."""
    import numpy as np

    ordered = np.sort(codes)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def distinct(codes: Codes) -> int:
    """How many different ones there are."""
    import numpy as np

    ordered = np.sort(codes)
    return int((ordered[1:] != ordered[:-1]).sum()) + 1 if len(ordered) else 0


def _numbers(column: Sequence[SqlValue], form: Form, days: _Days) -> Numbers:
    import numpy as np

    if form not in (Form.NUMBER, Form.DATE):
        return np.full(len(column), np.nan)
    if form is Form.NUMBER:
        try:
            return np.array(column, np.float64)  # NULL becomes NaN
        except (TypeError, ValueError, OverflowError):
            pass  # a text among them: one by one
    return np.fromiter((days.number(value) for value in column), np.float64, len(column))


def cells(
    session: Session,
    table: Table,
    names: Sequence[str],
    *,
    step: int = 1,
    made: Mapping[str, str] = _NONE,
) -> Iterator[Row]:
    """The cells of columns, row by row in the order of the table; of one row in `step`, drawn at random.

    Names that are in `made` stand for its SQL.

    Of long values the first 4,096 characters or bytes. A text that is not UTF-8 comes with its odd bytes as halves of
    surrogate pairs.
    """
    if not names:
        return
    begins = [_shortened(made[each]) if each in made else _beginning(table, each) for each in names]
    order = order_sql(table)
    drawn = _drawn_sql(table, step)
    taken = f" WHERE {drawn}" if drawn else ""
    chance = random.Random(_SEED)  # noqa: S311  a sample
    for row in rows_of_any_text(
        session, f"SELECT {', '.join(begins)} FROM {qualified(table.name)}{taken}{order}"
    ):
        if taken or step == 1 or chance.random() * step < 1:
            yield row


def _drawn_sql(table: Table, step: int) -> str:
    """Whether a row is one of those drawn: its number, mixed twice (Knuth's multiplicative hash); "" for all rows."""
    if step == 1 or not table.rowid_name:
        return ""
    once = f"((({table.rowid_name} & 2147483647) * 2654435761 + {_SEED}) & 4294967295) >> 7"
    return f"((({once}) * 2246822519) & 4294967295) >> 12 < {(1 << 20) // step}"


def _beginning(table: Table, name: str) -> str:
    column, column_sql = table.column(name), f"{quote(table.name)}.{quote(name)}"
    if column is not None and column.affinity in ("INTEGER", "REAL"):
        return column_sql  # hardly ever long, and what is looked at most
    return _shortened(column_sql)


def _shortened(value_sql: str) -> str:
    long = f"typeof({value_sql}) IN ('text', 'blob') AND octet_length({value_sql}) > {_LONGEST}"
    return f"CASE WHEN {long} THEN substr({value_sql}, 1, {_LONGEST}) ELSE {value_sql} END"


def order_sql(table: Table) -> str:
    """The order of a table as a clause, so that no index gives its rows in another one; "" where it has no name."""
    if table.rowid_name:
        return f" ORDER BY {table.rowid_name}"
    key = table.primary_key.columns if table.primary_key and table.without_rowid else ()
    return f" ORDER BY {', '.join(map(quote, key))}" if key else ""


def _form_of(values: Iterable[SqlValue], days: _Days) -> Form:
    """What most of some values are."""
    counts = dict.fromkeys(Form, 0)
    for value in islice((value for value in values if value is not None and value != ""), _LOOKED_AT):
        counts[_form(value, days)] += 1
    most = max(counts, key=lambda form: counts[form])
    return most if counts[most] else Form.EMPTY


def _form(value: SqlValue, days: _Days) -> Form:
    if isinstance(value, int | float):
        return Form.NUMBER
    if isinstance(value, bytes):
        return Form.BLOB
    return Form.TEXT if math.isnan(days.number(value)) else Form.DATE


class _Days:
    """Reads the dates of a column, in the order of day and month in which its first ones are written."""

    def __init__(self, first: Sequence[SqlValue]) -> None:
        self._month_first = has_month_first(islice(first, _LOOKED_AT))
        self._known: dict[str, float] = {}

    def number(self, value: SqlValue) -> float:
        """A number as it is, a date as days since 1970, with the time of ISO 8601; NaN for everything else."""
        if isinstance(value, str):
            found = self._known.get(value)
            if found is None:
                if len(self._known) > _REMEMBERED:
                    self._known.clear()
                found = self._known[value] = self._days(value)
            return found
        return float(value) if isinstance(value, int | float) else math.nan

    def _days(self, text: str) -> float:
        if len(text) >= _LEAST_ISO and text[4:5] == "-" == text[7:8]:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                return math.nan
            seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
            return moment.toordinal() - _EPOCH + seconds / 86_400
        day = None if text.isdecimal() else whole_day(text, month_first=self._month_first)
        return math.nan if day is None else float(day - _EPOCH)
