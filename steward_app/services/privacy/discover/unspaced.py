"""Names of persons that are written without a blank, the family name first: 王伟, 田中太郎, 김민수.

Their letters have no capitals, so nothing but the lists of family and given names tells where the one ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from steward_app.services.privacy.faker_lists import entries, provider
from steward_app.services.privacy.written_names import FIRST_UNSPACED

_LOCALES: Final = ("zh_CN", "zh_TW", "ja_JP", "ko_KR")
_GIVEN: Final = ("first_names", "first_names_male", "first_names_female")
_WRITTEN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3々]{2,6}")
_TITLE: Final = re.compile(
    "先生|女士|小姐|太太|医生|醫生|老师|老師|教授|さん|さま|様|くん|ちゃん|선생님|님|씨"
)
_LONGEST_TITLE: Final = 3
_LONGEST_FAMILY: Final = 3
_LETTERS_OF_GIVEN: Final = 2
"""Of a given name that no list has; with one, every other word would be a name."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A name taken apart.

    Attributes:
        given: "" where a title stands behind the family name.
        listed: a list has the given name, too; else all that follows the family name is taken for one.
        titled: a title stands behind it: 王医生, 田中さん, 김민수님.
    """

    family: str
    given: str
    listed: bool
    titled: bool = False


def parts(word: str) -> Parts | None:
    """The family and the given name in a word; None where it is of other letters, or begins with no family name.

    Of several ways to take it apart, the longest family name before a given name that lists have.
    """
    if word[:1] < FIRST_UNSPACED or word in _common():
        return None
    title = _TITLE.search(word, max(1, len(word) - _LONGEST_TITLE))
    if title is not None and title.end() == len(word):
        return _titled(word[: title.start()])
    return _apart(word) if _WRITTEN.fullmatch(word) else None


def _titled(word: str) -> Parts | None:
    if word in _families():
        return Parts(word, "", listed=True, titled=True)
    name = _apart(word) if _WRITTEN.fullmatch(word) else None
    return replace(name, titled=True) if name is not None else None


def _apart(word: str) -> Parts | None:
    families, found = _families(), None
    for size in range(min(_LONGEST_FAMILY, len(word) - 1), 0, -1):
        family, rest = word[:size], word[size:]
        for given in families.get(family, ()):
            if rest in given:
                return Parts(family, rest, listed=True)
            if found is None and _may_be_given(rest):
                found = Parts(family, rest, listed=False)
    return found


def _may_be_given(rest: str) -> bool:
    """Whether what follows a family name is written as given names are, though no list has it."""
    return len(rest) == _LETTERS_OF_GIVEN and not _letters_of_given().isdisjoint(rest)


@cache
def _names() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """The family and the given names of each locale."""
    found = []
    for locale in _LOCALES:
        person = provider("person", locale)
        families = frozenset(each for each in entries(person, "last_names") if isinstance(each, str))
        given = frozenset(each for name in _GIVEN for each in entries(person, name) if isinstance(each, str))
        found.append((families, given))
    return tuple(found)


@cache
def _families() -> dict[str, tuple[frozenset[str], ...]]:
    """By family name the given names of each locale that has it."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    for families, given in _names():
        for family in families:
            found[family] = (*found.get(family, ()), given)
    return found


@cache
def _letters_of_given() -> frozenset[str]:
    return frozenset("".join(name for _, given in _names() for name in given))


@cache
def _common() -> frozenset[str]:
    return frozenset(
        word
        for locale in _LOCALES
        for word in entries(provider("lorem", locale), "word_list")
        if isinstance(word, str)
    )
