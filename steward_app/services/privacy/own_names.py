"""Codes that are made of the name of the person whose row it is: QUASTENHOFAN, MUELL/416, jquastenhof.

No list has them and no text is read for them: joined without a space, without accents, cut off. But row by row they
begin as the names beside them do, or those that foreign keys lead to, and not as the names of other rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from steward_app.db import Session
from steward_app.services.privacy.latin_letters import in_latin_letters
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.own_person import MOST_ROWS, Beside, rows_beside
from steward_app.services.privacy.plain_letters import spellings
from steward_app.services.privacy.references import is_beyond_chance
from steward_app.services.schema.model import Schema

NAMES: Final = frozenset({"person_name", "given_name", "family_name"})

_LONGEST: Final = 40  # characters of a code
_LEAST: Final = 5  # rows
_SHARE: Final = 0.05  # of the values
_BEGINNING: Final = 3  # letters of a name that say something
_WHOLE: Final = 4  # letters of one that may stand behind others
_HALF: Final = 0.5
_DIFFERENT: Final = 8  # codes
_CODE: Final = re.compile(r"(?=.*[^\W\d_]{3})[^\s@]+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")

Changed = Callable[[Sequence[str]], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Codes:
    """What a column holds of the names of its rows' own persons.

    Attributes:
        count: values that have a piece of the name of their own person in a word that is no name by itself.
        values: that were looked at.
        alone: most values have no spaces: they are codes and no texts.
    """

    count: int
    values: int
    alone: bool


def codes_of_names(
    session: Session,
    schema: Schema,
    place: Place,
    names: Collection[Place],
    changed: Changed | None = None,
    rows: int = MOST_ROWS,
    called_after: Collection[Place] = (),
) -> Codes | None:
    """The codes of a column that are made of names; None where there are no more than chance gives.

    Args:
        names: columns that hold names of persons.
        changed: what becomes of the values; what is left of the names is counted.
        rows: how many are looked at, at most.
        called_after: columns of places and peoples: a name that begins as they do in its row proves nothing, as
            “spaniard” beside “spain”, from which “spaniards” is made.
    """
    for read in rows_beside(session, schema, place, names, rows, called_after):
        found = _codes(read, changed, bool(called_after)) if len(read) >= _LEAST else None
        if found is not None:
            return found
    return None


def _codes(rows: Sequence[Beside], changed: Changed | None, called_after: bool) -> Codes | None:
    values = [row.text for row in rows]
    codes = [number for number, value in enumerate(values) if _is_code(value)]
    if len({values[number] for number in codes}) < _DIFFERENT:
        return None
    words = {
        number: _called_otherwise(rows[number]) if called_after else _words_of(_texts(rows[number].others))
        for number in codes
    }
    own = [number for number in codes if words[number]]
    after = dict(zip(own, [values[number] for number in own], strict=True))
    if changed is not None:
        after = dict(zip(own, map(str, changed(list(after.values()))), strict=True))
    count = sum(_fits(after[number], words[number]) for number in own)
    if count < max(_LEAST, _SHARE * len(values)):
        return None
    others = Random(len(own)).sample(own, len(own))  # noqa: S311  a comparison, no secret
    by_chance = sum(_fits(after[one], words[other]) for one, other in zip(own, others, strict=True))
    if not is_beyond_chance(len(own), count / len(own), (by_chance + 1) / (len(own) + 2)):
        return None
    return Codes(count, len(values), len(codes) > _HALF * len(values))


def _called_otherwise(row: Beside) -> frozenset[str]:
    """The words of the names of a row that do not begin as the places and peoples do which end it."""
    beginnings = {word[:_BEGINNING] for word in _words_of((row.joined,))}
    return frozenset(word for word in _words_of(_texts(row.others)) if word[:_BEGINNING] not in beginnings)


def _texts(cells: Sequence[object]) -> tuple[str, ...]:
    return tuple(cell for cell in cells if isinstance(cell, str))


def _is_code(value: str) -> bool:
    return len(value) <= _LONGEST and _CODE.fullmatch(value) is not None


def _fits(code: str, words: frozenset[str]) -> bool:
    """Whether a word of a code begins as a name does or holds one whole, and is no name by itself."""
    for run in _LETTERS.findall(code):
        for written in spellings(run):
            if len(written) < _BEGINNING or written in words:
                continue
            beginning = written[:_BEGINNING]
            if any(word.startswith(beginning) or (len(word) >= _WHOLE and word in written) for word in words):
                return True
    return False


@lru_cache(maxsize=4_096)
def _words_of(names: tuple[str, ...]) -> frozenset[str]:
    """The words of names from three letters on, in small letters, without accents and with them written out."""
    return frozenset(
        spelling
        for name in names
        for word in _LETTERS.findall(name)
        for spelling in (*spellings(word), *in_latin_letters(word))
        if len(spelling) >= _BEGINNING
    )
