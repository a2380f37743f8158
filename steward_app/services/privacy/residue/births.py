"""Days of birth in texts: there days are no originals that must be gone, since many happened on the same one.

But where texts of a copy hold days on which somebody was born more often than days near them, whoever reads them knows
what the rules hid, and the report says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from random import Random
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import legible
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.dates import clock_of, day_of, has_month_first, read_day, usual_months
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.references import is_beyond_chance
from steward_app.services.privacy.residue.model import NotSearched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.written_days import days_in

_MOST_BIRTHS: Final = 200_000
_FIRST, _MOST = 1_000, 50_000  # texts of a column
_LEAST: Final = 3
_SHORTEST, _LONGEST = 12, 20_000  # characters of a text with more than a day in it
_LETTERS: Final = 4
_NEAR: Final = 300  # days
_TEXTS: Final = (
    "SELECT CAST({0} AS BLOB) FROM {1} WHERE typeof({0}) = 'text'"
    f" AND length({{0}}) BETWEEN {_SHORTEST:d} AND {_LONGEST:d} AND {{0}} GLOB '*[0-9]*[0-9][0-9]*' LIMIT {_MOST:d}"
)


def births_in_texts(
    target: ReadSession, source: ReadSession, places: Sequence[Place], context: Context
) -> Iterator[NotSearched]:
    """The columns of texts that hold days of birth more often than chance would.

    Args:
        places: columns of days of birth whose rules hide them.
    """
    births = [(place, found) for place in places if (found := _births(source, place, context))]
    for table, columns in Objects(target).tables() if births else ():
        for name, _ in columns if not table.startswith("sqlite_") else ():
            context.checkpoint()
            days = _days(target, Place(table, name), context)
            for place, born in births:
                count = _held(days, born)
                if count:
                    yield NotSearched(
                        f"days of birth of {place_id(place)} in the texts of {table}.{name}",
                        "they stand there, and days stay in texts unless a rule says “dates: true”",
                        count,
                    )


def _births(source: ReadSession, place: Place, context: Context) -> frozenset[int]:
    column = quote(place.column)
    sql = f"SELECT DISTINCT {column} FROM {qualified(place.table)} WHERE {column} IS NOT NULL LIMIT {_MOST_BIRTHS:d}"
    try:
        with source.under(context), readable(place.table):
            values = [value for (value,) in source.execute(sql)]
    except Failure:
        return frozenset()
    clock = clock_of(value for value in values if isinstance(value, int | float))
    texts = [value for value in values if isinstance(value, str)]
    first, months = has_month_first(texts), usual_months(texts)
    read = (read_day(text, month_first=first, months=months) for text in texts)
    numbers = (day_of(value, clock) for value in values if clock and isinstance(value, int | float))
    return frozenset((*(each.ordinal for each in read if each), *(each for each in numbers if each)))


def _days(target: ReadSession, place: Place, context: Context) -> list[frozenset[int]]:
    """The days of each text that has some and says more than these."""
    raw, found = RawRows(target, kept=()), list[frozenset[int]]()
    try:
        with target.under(context), readable(place.table):
            rows = target.execute(_TEXTS.format(quote(place.column), qualified(place.table)))
            for number, (cell,) in enumerate(rows):
                if number == _FIRST and not found:
                    break
                text = legible(raw.text(cell)) if isinstance(cell, bytes) else ""
                written = list(days_in(text))
                letters = sum(map(str.isalpha, text)) - sum(
                    sum(map(str.isalpha, text[each.start : each.end])) for each in written
                )
                if written and letters >= _LETTERS:
                    found.append(frozenset().union(*(each.ordinals for each in written)))
    except Failure:
        pass  # what SQLite cannot read is told where the whole of it is searched
    return found


def _held(days: Sequence[Collection[int]], born: frozenset[int]) -> int:
    """How many of some texts hold a day of birth; 0 where chance would give so many."""
    drawn = Random(len(days))  # noqa: S311  a comparison, no secret
    count = sum(not born.isdisjoint(each) for each in days)
    near = sum(any(day + drawn.randint(1, _NEAR) in born for day in each) for each in days)
    by_chance = (near + 1) / (len(days) + 2)
    return count if count >= _LEAST and is_beyond_chance(len(days), count / len(days), by_chance) else 0
