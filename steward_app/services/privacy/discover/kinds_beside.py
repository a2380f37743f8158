"""Tables of kinds and values: in rows of “passport” the value is the number of one, whatever else the column has.

A kind stands once for each thing or person, or beside a column that is called “value” and no more. What it is follows
from its words, as the name of a column would tell it; or, where no list knows it, from values that are codes which
hardly stand twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Final

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.dates import read_day
from steward_app.services.privacy.discover.mixed_values import is_of_kinds, stored
from steward_app.services.privacy.json_steps import path_steps
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.own_person import some_sql, standing_at
from steward_app.services.rows.headers import Headers, How
from steward_app.services.schema.model import Schema, TableKind

MOST_ROWS: Final = 5_000
_MOST_COLUMNS: Final = 12
_MOST_KINDS, _LONGEST_KIND = 200, 40
_OFTEN: Final = 4  # rows of each kind, on the average
_SEVERAL: Final = 3
_CODES: Final = 8  # of one kind, that tell what it is
_LONGEST_CODE, _SHORTEST_CODE = 40, 6
_NEARLY_ALL, _HALF, _SOME = 0.95, 0.5, 0.3
_NAMES: Final = frozenset({"person_name", "given_name", "family_name"})
_WORDLESS: Final = frozenset({Technique.REDACT.value, Technique.BLOB.value, Technique.JSON.value})


@dataclass(frozen=True, slots=True)
class KindsBeside:
    """What the values of a column are by the kind that stands beside them.

    Attributes:
        beside: the column of the kinds.
        types: by kind: the type of its values, where they lead to a person by themselves.
    """

    beside: str
    types: Mapping[str, str]


def kinds_beside(session: Session, schema: Schema, place: Place, headers: Headers) -> KindsBeside | None:
    """The kinds beside a column; None where none tells of values that lead to a person by themselves."""
    table = schema.table(place.table)
    if table is None or table.kind is not TableKind.TABLE:
        return None
    columns, called = list(stored(table)), _called(place)
    others = [name for name in columns if name != place.column and is_of_kinds(table, name, place, called)]
    if not others or place.column not in columns or len(others) > _MOST_COLUMNS:
        return None
    rows = with_kinds(session, place, others)
    found = [KindsBeside(name, types) for name, types in _types(rows, others, headers)]
    return max(found, key=lambda each: len(each.types), default=None)


def _called(place: Place) -> str:
    """The name of a column, or of the last key that leads to a path in it."""
    keys = [name for kind, name in path_steps(place.path) if kind == "key"] if place.path else []
    return keys[-1] if keys else place.column


def with_kinds(session: Session, place: Place, others: Sequence[str]) -> list[Row]:
    """The texts of a column, or at a path in its JSON, each with what its row has in the columns of kinds."""
    value = quote(place.column)
    sql = (
        f"SELECT {value}, {', '.join(map(quote, others))} FROM {qualified(place.table)}"
        f" WHERE {some_sql(value, place.path)} LIMIT {MOST_ROWS}"
    )
    try:
        with in_sqlites_words(), closing(legible_rows(session, sql)) as rows:
            each = (
                (text, *kinds_) for cell, *kinds_ in rows for text in standing_at(session, cell, place.path)
            )
            return list(islice((row for row in each if isinstance(row[0], str)), MOST_ROWS))
    except SqliteSays:
        return []


def _types(
    rows: Sequence[Row], others: Sequence[str], headers: Headers
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for at, name in enumerate(others, 1):
        by_kind: dict[str, list[SqlValue]] = {}
        for row in rows:
            kind = row[at]
            if not isinstance(kind, str) or not 0 < len(kind) <= _LONGEST_KIND or len(by_kind) > _MOST_KINDS:
                break
            by_kind.setdefault(kind, []).append(row[0])
        else:
            if _SEVERAL <= len(by_kind) <= min(_MOST_KINDS, len(rows) // _OFTEN):
                types = {
                    kind: said for kind, values in by_kind.items() if (said := _type(kind, values, headers))
                }
                if types:
                    yield name, types


def _type(kind: str, values: Sequence[SqlValue], headers: Headers) -> str:
    """The type of the values of one kind; "" for what leads to nobody by itself, and for texts."""
    texts = [str(value) for value in values if str(value).strip()]
    if not texts:
        return ""
    reading = headers.read(kind, among_people=True)
    for match in reading.matches if not (reading.plain or reading.ended_off or reading.of_thing) else ():
        said = kinds().get(match.kind)
        if said is None or said.identifies is not Identifies.DIRECT or said.technique in _WORDLESS:
            continue
        fitting = sum(_may_be(match.kind, text) for text in texts) >= _HALF * len(texts)
        if fitting and match.how is not How.BONES and reading.covered(match) >= _HALF:
            return match.kind
    return "person_number" if _are_codes(texts) else ""


def _may_be(kind: str, text: str) -> bool:
    """Whether a value has what nearly all of its type have."""
    numbered = any(map(str.isdigit, text))
    if kind in _NAMES:
        return text[0].isupper() and "/" not in text and len(text) >= _SEVERAL and not numbered
    return "@" in text if kind == "email" else numbered


def _are_codes(texts: Sequence[str]) -> bool:
    """Whether values are codes of letters and digits, or long numbers, each for itself."""
    if len(texts) < _CODES or len(set(texts)) < _NEARLY_ALL * len(texts):
        return False
    return sum(map(_is_code, texts)) >= _NEARLY_ALL * len(texts)


def _is_code(text: str) -> bool:
    if not _SHORTEST_CODE <= len(text) <= _LONGEST_CODE or any(map(str.isspace, text)) or read_day(text):
        return False
    digits, letters = sum(map(str.isdigit, text)), sum(map(str.isalpha, text))
    return digits >= _SOME * len(text) and (letters > 0 or digits == len(text)) and "." not in text
