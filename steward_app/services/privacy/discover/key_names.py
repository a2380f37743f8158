"""Which keys of the objects at one path in JSON are names of persons, judged by all of them together.

A full name, however it is written (“Emil Birnbaum”, “birnbaum_emil”, “EmilBirnbaum”), is one by itself. A given or a
family name alone may be a word, a town or a month: of these it needs several that are nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.folding import words_all
from steward_app.services.privacy.discover.key_words import Is, KeyWords, Word, Written, key_words
from steward_app.services.privacy.discover.lexicon import Lexicon

_MOST_WORDS: Final = 4
_LEAST_LETTERS: Final = 4  # of a word in no list beside a given name: max_qps is a setting
_LEAST_GIVEN = 2
_LEAST_FAMILY = 3
_LISTED_FAMILY = 2
_MOST_OF_THEM: Final = 0.5
_AND: Final = re.compile(r"\s(?:&|and|und|et|och|og)\s")
_MOST_INITIALS: Final = 3
_OF_COMPANIES: Final = frozenset(
    {"srl", "spa", "sa", "sl", "ag", "kg", "bv", "nv", "ev", "ek", "ou", "sc", "as", "doo"}
)
_NEARLY_ALL: Final = 0.8


class Sure(IntEnum):
    """How much a key by itself is the name of a person."""

    NOT = 0
    UNKNOWN = 1  # of words in no list, written as a name is
    DOUBTFUL = 2  # a name that is a word or a town, too
    FAMILY = 3
    GIVEN = 4
    HALF = 5  # “P. Ahrenskopp”: a name where others are
    FULL = 6


@dataclass(frozen=True, slots=True)
class Named:
    """Keys that are names of persons.

    Attributes:
        kind: person_name, given_name or family_name; "" where none is one.
        keys: those that are, and others beside them that may be.
    """

    kind: str = ""
    keys: frozenset[str] = frozenset()


def named(keys: Collection[str], lexicon: Lexicon, known: frozenset[str] = frozenset()) -> Named:
    """The keys that are names of persons.

    Args:
        known: keys that name persons whom the database knows.
    """
    found = _told(keys, lexicon)
    also = known.intersection(keys)
    return Named(found.kind or "person_name", found.keys | also) if also else found


def alone(keys: Collection[str], rare: Collection[str], lexicon: Lexicon) -> frozenset[str]:
    """The rare keys that are one word with a capital in no list, where no other key is written so: family names may be.

    Beside “Size”, “Wattage” is a word of the same sort.
    """
    words = key_words(lexicon)
    capital = [key for key in keys if key.isalpha() and key[:1].isupper()]
    if not set(rare).issuperset(capital):
        return frozenset()
    sure = {key: max(map(_sure, words.read(key)), default=Sure.NOT) for key in capital}
    found = {key for key in capital if key[1:].islower() and sure[key] in (Sure.UNKNOWN, Sure.FAMILY)}
    return frozenset(found) if len(found) == len(capital) else frozenset()


def is_full_name(text: str, lexicon: Lexicon) -> bool:
    """Whether a short text is a full name by itself: a given name that lists have, or initials, and no common word.

    Of several with “and” between them all must be; a firm is called “Birnbaum, Emil and Lovelace”.
    """
    return all(_has_full_name(each, key_words(lexicon)) for each in _AND.split(text))


def _has_full_name(text: str, words: KeyWords) -> bool:
    return any(_sure(part) is Sure.FULL or _has_initials(part) for part in words.read(text))


def _has_initials(part: Written) -> bool:
    """Whether it is a family name, perhaps, and points behind letters: L. Quastenhof; no company."""
    if not part.dotted or len(part.words) != 1 or not 0 < len(part.letters) <= _MOST_INITIALS:
        return False
    word = part.words[0]
    may_be = word.sort in (Is.FAMILY, Is.UNKNOWN) and len(word.folded) >= _LEAST_LETTERS
    return may_be and word.capital and "".join(part.letters) not in _OF_COMPANIES


def _told(keys: Collection[str], lexicon: Lexicon) -> Named:
    words = key_words(lexicon)
    parts = {key: list(words.read(key)) for key in keys}
    sure = {key: max(map(_sure, parts[key]), default=Sure.NOT) for key in keys}
    run_together = {key for key, found in parts.items() if any(part.run_together for part in found)}
    if sum(sure[key] is Sure.FULL for key in run_together) < _MOST_OF_THEM * len(run_together):
        sure |= dict.fromkeys(
            run_together, Sure.NOT
        )  # names of a program, one of which looks like one of a person
    addressed = Addressed(lexicon)
    sure |= {
        key: Sure.FULL
        for key, written in zip(keys, words_all(list(keys)), strict=True)
        if addressed.names(written)
    }
    by = {each: {key for key, found in sure.items() if found is each} for each in Sure}
    full = by[Sure.FULL] | (by[Sure.HALF] if by[Sure.FULL] or len(by[Sure.HALF]) > 1 else set())
    if full:
        return Named("person_name", _with_alike(full | by[Sure.GIVEN], by))
    given = by[Sure.GIVEN]
    if _are_given(given, keys, by):
        doubtful = by[Sure.DOUBTFUL]
        also = doubtful if len(doubtful) <= len(given) or _are_all_names(keys, by) else set()
        return Named("given_name", _with_alike(given | also, by))
    family = _families(by, keys)
    return Named("family_name", frozenset(family)) if family else Named()


def _with_alike(found: set[str], by: dict[Sure, set[str]]) -> frozenset[str]:
    """Names, and beside them what may be one and is written in the same way."""
    ways = set(map(_way, found))
    alike = by[Sure.HALF] | by[Sure.FAMILY] | by[Sure.UNKNOWN]
    return frozenset(found | {key for key in alike if _way(key) in ways})


def _way(key: str) -> tuple[bool, bool]:
    return key[:1].islower(), key.isalpha()


def _are_given(given: set[str], keys: Collection[str], by: dict[Sure, set[str]]) -> bool:
    """Whether given names alone are those of persons: several, or one that is written as no other key is."""
    if not given:
        return False
    capital = {key for key in given if key[:1].isupper() or not key[:1].islower()}
    if len(capital) == len(given):
        others = [key for key in keys if key[:1].isalpha() and not key[:1].islower() and key not in given]
        if len(given) >= _LEAST_GIVEN:
            return len(given) >= _MOST_OF_THEM * (len(given) + len(others) - len(by[Sure.UNKNOWN]))
        if _are_all_names(keys, by):
            return True
        doubtful = sum(key in by[Sure.DOUBTFUL] for key in others)
        return len(others) <= len(by[Sure.UNKNOWN]) + doubtful and doubtful <= len(given)
    like = len(given) + len(by[Sure.UNKNOWN])
    return len(given) >= _LEAST_GIVEN and like >= _MOST_OF_THEM * len(keys)


def _are_all_names(keys: Collection[str], by: dict[Sure, set[str]]) -> bool:
    """Whether each key is a given name, though most are words, too: Faith and Hope beside Emma."""
    return all(key in by[Sure.GIVEN] or (key in by[Sure.DOUBTFUL] and key[:1].isupper()) for key in keys)


def _families(by: dict[Sure, set[str]], keys: Collection[str]) -> set[str]:
    """Family names alone: several that lists know, and hardly another key with a capital."""
    listed = {key for key in by[Sure.FAMILY] if not key[:1].islower()}
    others = {key for key in by[Sure.UNKNOWN] if not key[:1].islower()}
    capital = sum(not key[:1].islower() for key in keys if key[:1].isalpha())
    found = listed | others
    enough = len(listed) >= _LISTED_FAMILY and len(found) >= _LEAST_FAMILY
    return found if enough and len(found) >= _NEARLY_ALL * capital else set()


def _sure(part: Written) -> Sure:
    if not part.words or part.a_place or len(part.words) + len(part.letters) > _MOST_WORDS:
        return Sure.NOT
    sorts = [word.sort for word in part.words]
    if Is.ORDINARY in sorts:
        return Sure.NOT
    if len(part.words) == 1:
        return _of_one(part, part.words[0])
    written_so = all(word.capital or not word.cased for word in part.words)
    if not written_so and any(word.capital for word in part.words):
        return Sure.NOT
    given, family = Is.GIVEN in sorts, Is.FAMILY in sorts
    if part.titled and written_so and not part.joined:
        return Sure.FULL
    if not written_so or part.joined:
        if not all(map(_is_of_a_name, part.words)):
            return Sure.NOT
        return Sure.FULL if given else Sure.UNKNOWN
    if given or (Is.DOUBTFUL in sorts and family):
        return Sure.FULL
    if part.unspaced:
        return Sure.FAMILY
    if Is.NAMED_SO in sorts or Is.UNKNOWN not in sorts:
        return Sure.NOT
    return Sure.HALF if Is.DOUBTFUL in sorts else Sure.UNKNOWN


def _of_one(part: Written, word: Word) -> Sure:
    """A single word, with a title or initials beside it."""
    capital = word.capital or not word.cased
    if part.titled and not part.joined:
        return Sure.FULL if capital and word.sort is not Is.DOUBTFUL else Sure.HALF
    if part.letters:
        listed = word.sort in (Is.FAMILY, Is.GIVEN)
        if part.dotted and capital:
            return Sure.FULL if listed else Sure.HALF
        if listed and part.joined:
            return Sure.HALF
        return Sure.UNKNOWN if capital or len(word.folded) > _LEAST_LETTERS else Sure.NOT
    match word.sort:
        case Is.GIVEN:
            return Sure.GIVEN
        case Is.DOUBTFUL:
            return Sure.DOUBTFUL
        case Is.FAMILY:
            return Sure.FAMILY if capital else Sure.NOT
        case Is.UNKNOWN if word.cased and len(word.folded) >= _LEAST_LETTERS:
            return Sure.UNKNOWN
    return Sure.NOT


def _is_of_a_name(word: Word) -> bool:
    if word.sort is Is.UNKNOWN:
        return len(word.folded) >= _LEAST_LETTERS
    return word.sort in (Is.GIVEN, Is.FAMILY)
