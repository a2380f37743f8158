"""Rows whose number is known: the bridge between a scroll bar, which counts rows, and keys, which do not.

Opening a table must not read it, so the first anchors are estimates: the smallest and largest rowid are known at once,
and a few dozen probes between them tell how densely rowids stand where. For another order or a filter, some hundred
rows spread over the table are put in that order. A walk over all rows, in the background, makes them exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from steward_app.db import Session
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.rows.cells import codec_of, stream_values
from steward_app.services.rows.keyset import KeysetReader
from steward_app.services.rows.model import UNKNOWN_COUNT, Precision, RowCount
from steward_app.services.rows.order import Fragment, order_by, place_key, where
from steward_app.services.rows.source import Term

_STRIDE = 200
_MOST_ANCHORS = 65_536  # some megabytes; a larger table has them farther apart
_COUNTED_AT_ONCE = 5_000
_COUNTED_WITHOUT_ROWID = 50_000
_PROBES = 24
_PROBED_ROWS = 32
_SAMPLED_ROWS = 400
_SAMPLED_FOR_FILTER = 2_000
_ENOUGH_MATCHES = 20
_ANCHORS_BETWEEN_REPORTS = 50


@dataclass(frozen=True, slots=True)
class Anchors:
    """Places in an order with their row numbers, ascending, from the first row to the last.

    Attributes:
        terms: the order.
        places, numbers: one for one; numbers count from 1. Empty where nothing could be told at once.
        total: how many rows there are.
        exact: True when every number is.
        codec: of the file's texts; it decides how texts compare.
    """

    terms: tuple[Term, ...]
    places: tuple[Row, ...]
    numbers: tuple[int, ...]
    total: RowCount
    exact: bool = False
    codec: str = "utf-8"

    def number_of(self, place: Row) -> tuple[int, bool]:
        """The number of the row at a place, and whether that is exact."""
        if not self.places:
            return 1, False
        key = place_key(self.terms, self.codec)
        after = bisect_right(self.places, key(place), key=key)
        if after == 0:
            return 1, False
        below = after - 1
        if self.places[below] == place or after == len(self.places):
            return self.numbers[below], self.exact and self.places[below] == place
        low, high = self.numbers[below], self.numbers[after]
        share = self._share(place, below)
        dense = self._is_integer and abs(self._value(after) - self._value(below)) == high - low
        return low + round(share * (high - low)), self.exact and dense

    def at_or_before(self, number: int) -> tuple[Row, int] | None:
        """The nearest anchor that is not after a row number."""
        below = bisect_right(self.numbers, number) - 1
        return (self.places[below], self.numbers[below]) if below >= 0 else None

    def place_at(self, number: int) -> Row | None:
        """Where a row of that number is, about: a place to read from. None when nothing is known."""
        below = bisect_right(self.numbers, number) - 1
        if below < 0:
            return self.places[0] if self.places else None
        if not self._is_integer or below + 1 == len(self.places):
            return self.places[below]
        low, high = self.numbers[below], self.numbers[below + 1]
        width = self._value(below + 1) - self._value(below)
        return (self._value(below) + width * (number - low) // max(1, high - low),)

    @property
    def _is_integer(self) -> bool:
        return len(self.terms) == 1 and self.terms[0].integer

    def _value(self, index: int) -> int:
        value = self.places[index][0]
        assert isinstance(value, int)
        return value

    def _share(self, place: Row, below: int) -> float:
        if not self._is_integer or not isinstance(place[0], int):
            return 0.5
        width = self._value(below + 1) - self._value(below)
        return (place[0] - self._value(below)) / width if width else 0.0


def estimate_anchors(reader: KeysetReader, *, may_sample: bool = True) -> Anchors:
    """What can be told in milliseconds, whatever the size of the table.

    Args:
        reader: source, order and condition.
        may_sample: False when trying the condition on a row may take long.

    Of a damaged table nothing is told: its rows can be read from the first one to the damage all the same.
    """
    try:
        return _estimated(reader, may_sample)
    except Failure as error:
        if error.code is not ErrorCode.DAMAGED:
            raise
        return Anchors(reader.terms, (), (), UNKNOWN_COUNT)


def _estimated(reader: KeysetReader, may_sample: bool) -> Anchors:
    if not reader.key.rowid:
        return _counted(reader, may_sample)
    lowest, highest = (_edge(reader, descending) for descending in (False, True))
    if lowest is None or highest is None:
        return Anchors(reader.terms, (), (), RowCount(0), exact=True)
    if may_sample and count_up_to(reader, _COUNTED_AT_ONCE) <= _COUNTED_AT_ONCE:
        return build_anchors(reader, Context())
    survey = _survey(reader, lowest, highest)
    if reader.condition or not reader.terms[0].integer:
        return _sampled(reader, survey) if may_sample else Anchors(reader.terms, (), (), UNKNOWN_COUNT)
    return _reversed(survey, reader.terms) if reader.terms[0].descending else survey


def build_anchors(reader: KeysetReader, context: Context, about: int | None = None) -> Anchors:
    """Walk all rows in the order and note every 200th; exact. A job on a large table.

    Progress in rows, of `about` rows where that is given. Raises `Cancelled`.
    """
    with reader.session.under(context):
        places: list[Row] = []
        stride = _STRIDE
        for number, place in enumerate(_every_nth(reader, _STRIDE)):
            context.checkpoint()
            if number % _ANCHORS_BETWEEN_REPORTS == 0:
                context.report(number * _STRIDE, about, unit="rows")
            if number * _STRIDE % stride == 0:
                places.append(place)
            if len(places) > _MOST_ANCHORS:
                del places[1::2]
                stride *= 2
        numbers = [1 + index * stride for index in range(len(places))]
        total = 0
        if places:
            rest = list(reader.places(places[-1], inclusive=True))
            total = numbers[-1] + len(rest) - 1
            if len(rest) > 1:
                places.append(rest[-1])
                numbers.append(total)
        context.report(total, total, unit="rows")
    return Anchors(
        reader.terms, tuple(places), tuple(numbers), RowCount(total), True, codec_of(reader.session)
    )


def even_rowids(reader: KeysetReader, pieces: int) -> list[int]:
    """Rowids that cut the table into pieces of about the same number of rows, the condition left aside."""
    lowest, highest = (_edge(reader, descending) for descending in (False, True))
    if lowest is None or highest is None:
        return []
    survey = _survey(reader, lowest, highest)
    return [rowid for (rowid,) in _spread(survey, pieces) if isinstance(rowid, int)]


def _every_nth(reader: KeysetReader, stride: int) -> Iterator[Row]:
    """The places of rows 1, 1 + stride, ... SQLite does the counting, so that Python sees few of them."""
    names = [f"c{number}" for number in range(len(reader.terms))]
    chosen = ", ".join(f"{term.sql} AS {name}" for term, name in zip(reader.terms, names, strict=True))
    filtered = where(reader.condition)
    inner = (
        f"SELECT {chosen}, row_number() OVER (ORDER BY {order_by(reader.terms)}) AS n "
        f"FROM {reader.source.sql}{filtered.sql}"
    )
    return stream_values(
        reader.session, names, Fragment(f"FROM ({inner}) WHERE n % {stride} = 1", filtered.bindings)
    )


def _edge(reader: KeysetReader, descending: bool) -> int | None:
    term = reader.key.terms[0]
    direction = " DESC" if descending else ""
    value = reader.session.value(
        f"SELECT {term.sql} FROM {reader.source.sql} ORDER BY {term.sql}{direction} LIMIT 1"
    )
    return value if isinstance(value, int) else None


def count_up_to(reader: KeysetReader, limit: int, *, filtered: bool = False) -> int:
    """How many rows there are, but no more than `limit` + 1."""
    condition = where(reader.condition) if filtered else where()
    inner = f"SELECT 1 FROM {reader.source.sql}{condition.sql} LIMIT {limit + 1}"
    return reader.session.count(f"SELECT count(*) FROM ({inner})", condition.bindings)


def _counted(reader: KeysetReader, may_count: bool) -> Anchors:
    """Without rowids there is nothing to interpolate: a small table is counted, a large one is not."""
    limit = _COUNTED_WITHOUT_ROWID
    if not may_count or (reader.condition and count_up_to(reader, limit) > limit):
        return Anchors(reader.terms, (), (), UNKNOWN_COUNT)
    found = count_up_to(reader, limit, filtered=True)
    if found <= limit:
        return build_anchors(reader, Context())
    return Anchors(reader.terms, (), (), _analyzed(reader.session, reader.source.name, limit))


def _analyzed(session: Session, table: str, at_least: int) -> RowCount:
    """The number of rows that ANALYZE left in the file, where it was run."""
    if session.value("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'"):
        stat = session.value("SELECT stat FROM main.sqlite_stat1 WHERE tbl = ? LIMIT 1", (table,))
        first = str(stat or "").partition(" ")[0]
        if first.isdigit() and int(first) > at_least:
            return RowCount(int(first), Precision.ABOUT)
    return RowCount(at_least, Precision.AT_LEAST)


def _survey(reader: KeysetReader, lowest: int, highest: int) -> Anchors:
    """How rows are spread over the rowids, ascending: some rows are counted in each of many stretches.

    Stretches are even in the middle and ever shorter towards both ends, so that rows crowded at one end (ids from 1,
    and one of a billion) are seen.
    """
    places: list[Row] = []
    numbers: list[int] = []
    rows = 0.0
    for start, end in pairwise(_stretches(lowest, highest + 1)):
        places.append((start,))
        numbers.append(1 + round(rows))
        middle = start + (end - start) // 2
        rows += _rows_between(reader, start, middle) + _rows_between(reader, middle, end)
    total = max(1, round(rows))
    places.append((highest,))
    numbers.append(total)
    return Anchors(reader.key.terms, tuple(places), tuple(numbers), RowCount(total, Precision.ABOUT))


def _stretches(start: int, end: int) -> list[int]:
    width = end - start
    cuts = {start, end, *(start + width * piece // _PROBES for piece in range(1, _PROBES))}
    step = 1 << 12
    while step < width:
        cuts |= {start + step, end - step}
        step <<= 1
    return sorted(cuts)


def _rows_between(reader: KeysetReader, start: int, end: int) -> float:
    """About how many rows have a rowid in [start, end): counted from its start on, as far as is cheap."""
    term = reader.key.terms[0].sql
    found = reader.session.all(
        f"SELECT {term} FROM {reader.source.sql} WHERE {term} >= ? AND {term} < ? ORDER BY {term} LIMIT ?",
        (start, end, _PROBED_ROWS),
    )
    if len(found) < _PROBED_ROWS:
        return len(found)
    return len(found) / (int(str(found[-1][0])) + 1 - start) * (end - start)


def _sampled(reader: KeysetReader, survey: Anchors) -> Anchors:
    """Some rows spread over the table, put in the order: each stands for as many as any other."""
    wanted = _SAMPLED_FOR_FILTER if reader.condition else _SAMPLED_ROWS
    term = reader.key.terms[0].sql
    first = f"SELECT {term} FROM {reader.source.sql} WHERE {term} >= ? ORDER BY {term} LIMIT 1"
    sample = {reader.session.value(first, place) for place in _spread(survey, wanted)} - {None}
    matching = list(reader.places_among(sorted(int(str(rowid)) for rowid in sample)))
    total = survey.total
    if reader.condition:
        if len(matching) < _ENOUGH_MATCHES:
            return Anchors(reader.terms, (), (), UNKNOWN_COUNT)
        total = RowCount(round(total.value * len(matching) / len(sample)), Precision.ABOUT)
    numbers = [1 + total.value * (2 * index + 1) // (2 * len(matching)) for index in range(len(matching))]
    return Anchors(reader.terms, tuple(matching), tuple(numbers), total, codec=codec_of(reader.session))


def _spread(survey: Anchors, pieces: int) -> list[Row]:
    """Places that cut a survey into pieces of as many rows each."""
    total = survey.total.value
    found = [survey.place_at(1 + total * piece // pieces) for piece in range(pieces)]
    return [place for place in found if place is not None]


def _reversed(survey: Anchors, terms: tuple[Term, ...]) -> Anchors:
    total = survey.total.value
    return Anchors(
        terms,
        survey.places[::-1],
        tuple(total + 1 - number for number in reversed(survey.numbers)),
        survey.total,
    )
