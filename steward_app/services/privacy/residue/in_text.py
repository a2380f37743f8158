"""Columns of texts with whole numbers in them: lists of the numbers of a key, or one behind a word or in a sentence.

The first rows say whether a column is read: one of their numbers must be in some key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Final, NamedTuple

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.json_steps import step
from steward_app.services.privacy.json_values import nested
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import whole_number
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.written_numbers import LONGEST, numbers_inside

_FIRST_ROWS: Final = 1_000
_AT_ONCE: Final = 5_000
_MOST_NUMBERS: Final = 50_000  # different ones of a column
_SHORT: Final = (
    f"CASE WHEN typeof({{0}}) = 'text' AND length({{0}}) <= {LONGEST:d}"
    " AND ({0} GLOB '*[0-9][0-9]*' OR {0} GLOB '*0[xX][0-9a-fA-F][0-9a-fA-F]*') THEN CAST({0} AS BLOB) END"
)


class Inside(NamedTuple):
    """The numbers inside the texts of a column, each with how often it stands there.

    Attributes:
        behind: those behind a name of a key, by this name as a path.
    """

    numbers: Counter[int]
    behind: dict[str, Counter[int]]


InKeys = Callable[[Collection[int]], bool]
"""Whether some numbers have one that is in a key."""


def numbers_in_texts(
    session: ReadSession,
    objects: Objects,
    own: Collection[tuple[str, str]],
    in_keys: InKeys,
    called: re.Pattern[str] | None,
    context: Context,
) -> Iterator[tuple[Place, Inside]]:
    """The columns whose texts have numbers of keys inside, with all such numbers and how often each stands there.

    Args:
        own: folded names of tables and columns that are left out.
        called: finds what stands behind the name of a key (`references.called`).
    """
    raw = RawRows(session, kept=())
    for table, columns in objects.tables():
        names = [name for name, _ in columns if (fold(table), fold(name)) not in own]
        if not names or table.startswith("sqlite_"):
            continue
        try:
            with session.under(context), readable(table):
                for name in _holding(session, raw, table, names, in_keys):
                    context.checkpoint()
                    yield Place(table, name), _numbers(session, raw, table, name, called, context)
        except Failure:
            continue  # what SQLite cannot read is told where the whole of it is searched


def _holding(
    session: ReadSession, raw: RawRows, table: str, names: Collection[str], in_keys: InKeys
) -> list[str]:
    """The columns whose first rows have a number of a key inside a text."""
    terms = ", ".join(_SHORT.format(quote(name)) for name in names)
    columns = ", ".join(map(quote, names))
    rows = session.all(f"SELECT {terms} FROM (SELECT {columns} FROM {qualified(table)} LIMIT {_FIRST_ROWS})")
    found = []
    for name, cells in zip(names, zip(*rows, strict=True), strict=False):
        numbers = {each for cell in cells if isinstance(cell, bytes) for each in _inside(raw.text(cell))}
        if numbers and in_keys(numbers):
            found.append(name)
    return found


def _numbers(
    session: ReadSession,
    raw: RawRows,
    table: str,
    name: str,
    called: re.Pattern[str] | None,
    context: Context,
) -> Inside:
    """The numbers inside the texts of a column."""
    term = _SHORT.format(quote(name))
    rows = session.execute(f"SELECT {term} AS short FROM {qualified(table)} WHERE short IS NOT NULL")
    found = Inside(Counter(), {})
    while batch := list(islice(rows, _AT_ONCE)):
        context.checkpoint()
        for (cell,) in batch:
            text = raw.text(cell) if isinstance(cell, bytes) else ""
            if inside := _inside(text):
                found.numbers.update(inside)
                for path, number in _behind_names(text, called) if called else ():
                    found.behind.setdefault(path, Counter())[number] += 1
        if len(found.numbers) >= _MOST_NUMBERS:
            break
    return found


def _behind_names(text: str, called: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """The numbers behind names of keys, each with such a name as a path: “$.patient”, or “$.patient_no”."""
    for name, word, digits in called.findall(text):
        if (number := whole_number(digits.lstrip("0"))) is not None:
            yield f"${step(name.casefold() + ('_no' if word else ''))}", number


def _inside(text: str) -> list[int]:
    """The numbers inside a text; those of JSON are found at its paths."""
    if nested(text) is not None:
        return []
    return [each for each in numbers_inside(text) if whole_number(each) is not None]
