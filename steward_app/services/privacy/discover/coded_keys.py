"""Keys that are codes written alike, which end with a number: “MRN-248205”, “00107922”.

Elsewhere the number may stand without the rest: 248205, “MRN 248205”. So such a key is compared with numbers as one of
whole numbers is; the code of each is looked up.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.any_text import rows_of_any_text
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import NumberKey, number_of_code

WITHOUT_THE_REST: Final = "without the rest of the code"
"""How the number of a code is written that stands alone, in words."""

_FIRST_ROWS: Final = 200
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Codes:
    """How the codes of a key are written.

    Attributes:
        before: what stands before each number; `width`: digits of all, with zeros before them, or 0 where it varies.
    """

    place: Place
    before: str
    width: int

    def among(self, session: ReadSession, numbers: Collection[int]) -> set[int]:
        """Which of some numbers the key has a code of."""
        by_code = {f"{self.before}{number:0{max(1, self.width)}d}": number for number in numbers}
        column = quote(self.place.column)
        table = qualified(self.place.table)
        sql = f"SELECT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
        try:
            with in_sqlites_words():
                rows = session.all(sql, (json.dumps(list(by_code)),))
        except SqliteSays:
            return set()
        return {by_code[code] for (code,) in rows if isinstance(code, str) and code in by_code}

    def key(self, session: ReadSession, count: int) -> NumberKey | None:
        """The key with the bounds of its numbers."""
        column, table = quote(self.place.column), qualified(self.place.table)
        number = column if self.width else f"CAST(substr({column}, {len(self.before) + 1:d}) AS INTEGER)"
        try:
            with in_sqlites_words():
                ends_sql = f"SELECT (SELECT min({number}) FROM {table}), (SELECT max({number}) FROM {table})"
                row = next(rows_of_any_text(session, ends_sql))
        except SqliteSays:
            return None
        bounds = [_number(value) for value in row or ()]
        if len(bounds) < _FEWEST or None in bounds:
            return None
        least, greatest = (each or 0 for each in bounds)
        return NumberKey(self.place, max(1, least), greatest, count, of_codes=True) if greatest else None


def codes_of(session: ReadSession, place: Place) -> Codes | None:
    """How the codes of a column are written, as its first rows say; None where they are not all written alike."""
    column = quote(place.column)
    first_sql = f"SELECT {column} FROM {qualified(place.table)} WHERE {column} IS NOT NULL"
    try:
        with in_sqlites_words():
            rows = list(rows_of_any_text(session, f"{first_sql} LIMIT {_FIRST_ROWS:d}"))
    except SqliteSays:
        return None
    parts = {number_of_code(value) for (value,) in rows}
    codes = [part for part in parts if part is not None]
    if len(codes) < max(_FEWEST, len(parts)) or len({before for before, _ in codes}) > 1:
        return None
    digits = [digits for _, digits in codes]
    lengths, zeros = {len(each) for each in digits}, any(each[0] == "0" for each in digits)
    before = codes[0][0]
    if (zeros and len(lengths) > 1) or not (before or zeros):
        return None
    return Codes(place, before, lengths.pop() if len(lengths) == 1 else 0)


def _number(value: object) -> int | None:
    code = number_of_code(value)
    return value if isinstance(value, int) else int(code[1]) if code else None
