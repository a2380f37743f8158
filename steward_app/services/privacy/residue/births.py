"""Days of birth in texts: there days are no originals that must be gone, since many happened on the same one.

But where texts of a copy hold days on which somebody was born more often than days near them, whoever reads them knows
what the rules hid, and the report says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import legible
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.dates import clock_of, day_of, has_month_first, read_day, usual_months
from steward_app.services.privacy.days_beyond_chance import days_beside_words, held_beyond_chance
from steward_app.services.privacy.json_values import nested
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.residue.at_path import AtPath
from steward_app.services.privacy.residue.model import NotSearched, Searched
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.values import originals_of
from steward_app.services.privacy.written_days import days_in

_MOST_BIRTHS: Final = 200_000
_FIRST, _MOST = 1_000, 50_000  # texts of a column
_SHORTEST, _LONGEST = 12, 20_000  # characters of a text with more than a day in it
_TEXTS: Final = (
    "SELECT CAST({0} AS BLOB) FROM {1} WHERE typeof({0}) = 'text'"
    f" AND length({{0}}) BETWEEN {_SHORTEST:d} AND {_LONGEST:d} AND {{0}} GLOB '*[0-9]*[0-9][0-9]*' LIMIT {_MOST:d}"
)


def births_in_texts(
    target: ReadSession, source: ReadSession, places: Sequence[Searched], context: Context
) -> Iterator[NotSearched]:
    """The columns of texts that hold days of birth more often than chance would.

    Args:
        places: where days of birth stand whose rules hide them.
    """
    births = [(each, found) for each in places if (found := _births(source, each, context))]
    for table, columns in Objects(target).tables() if births else ():
        for name, _ in columns if not table.startswith("sqlite_") else ():
            context.checkpoint()
            at_paths = [each for each, _ in births if each.place.path and _is_in(each.place, table, name)]
            days = _days(target, Place(table, name), at_paths, context)
            for each, born in births:
                count = held_beyond_chance(days, born)
                if count:
                    yield NotSearched(
                        f"days of birth of {place_id(each.place)} in the texts of {table}.{name}",
                        "they stand there, and days stay in texts unless a rule says “dates: true”",
                        count,
                    )


def _births(source: ReadSession, searched: Searched, context: Context) -> frozenset[int]:
    try:
        values = list(islice(originals_of(source, searched, context), _MOST_BIRTHS))
    except Failure:
        return frozenset()
    clock = clock_of(value for value in values if isinstance(value, int | float))
    texts = [legible(value) for value in values if isinstance(value, str)]
    first, months = has_month_first(texts), usual_months(texts)
    read = (read_day(text, month_first=first, months=months) for text in texts)
    numbers = (day_of(value, clock) for value in values if clock and isinstance(value, int | float))
    return frozenset((*(each.ordinal for each in read if each), *(each for each in numbers if each)))


def _is_in(place: Place, table: str, column: str) -> bool:
    return (fold(place.table), fold(place.column)) == (fold(table), fold(column))


def _days(
    target: ReadSession, place: Place, at_paths: Sequence[Searched], context: Context
) -> list[frozenset[int]]:
    """The days of each text that has some and says more than these.

    Args:
        at_paths: of the column, with days that their rules made: what a document has there is none of its texts.
    """
    raw, found = RawRows(target, kept=()), list[frozenset[int]]()
    made = [AtPath(each.place.path, each.apart) for each in at_paths]
    try:
        with target.under(context), readable(place.table):
            rows = target.execute(_TEXTS.format(quote(place.column), qualified(place.table)))
            for number, (cell,) in enumerate(rows):
                if number == _FIRST and not found:
                    break
                text = _unescaped(legible(raw.text(cell))) if isinstance(cell, bytes) else ""
                if days := days_beside_words(text):
                    at_them = (str(value) for each in made for value in each.values(text))
                    own = (day.ordinals for value in at_them for day in days_in(value))
                    found.append(days.difference(*own))
    except Failure:
        pass  # what SQLite cannot read is told where the whole of it is searched
    return found


def _unescaped(text: str) -> str:
    """A text; of JSON with its letters as such, since the names of months are not read by their numbers."""
    document = nested(text) if "\\" in text else None
    return text if document is None else json.dumps(document, ensure_ascii=False)
