"""What the words of a key in JSON are: of somebody's name, of anything else, or of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from typing import Final

from steward_app.services.privacy.common_words import doubtful, ordinary, words_of_keys
from steward_app.services.privacy.discover.folding import apart_at_capitals, fold, fold_all, words_all
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.tokens import Token
from steward_app.services.privacy.discover.unspaced import Parts, parts

_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^]]*\]")
_GENITIVE: Final = re.compile(r"(?<=\w)['’]s?$")
_PARTS: Final = re.compile(r"[:/|;&+\\]")
_MOST_WORDS: Final = 8
_LEAST_UNKNOWN: Final = 3
_LEAST_OF_A_YEAR: Final = 2
_OTHER_LISTS: Final = ("street_type", "unit", "flag", "state", "colour")
_PLACES: Final = ("city", "region", "country", "street", "company")


class Is(Enum):
    """What a word is."""

    GIVEN = auto()  # a given name, and no word that one would expect in a key
    FAMILY = auto()
    DOUBTFUL = auto()  # a name that is a word, too: May, Florence, Ruby
    NAMED_SO = auto()  # a common word that is a family name, too: Winter, Bauer
    UNKNOWN = auto()  # in no list, as most family names are
    ORDINARY = auto()


A_WORD_TOO: Final = frozenset({Is.DOUBTFUL, Is.NAMED_SO, Is.ORDINARY})
"""What may stand alone and mean nobody."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that could be one of a name."""

    folded: str
    sort: Is
    capital: bool
    cased: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A key, or a part of one between colons and the like, without what stands beside a name.

    Attributes:
        words: of more than one letter; `letters`: those that stand for one, in small letters.
        titled: a title stands before it.
        joined: written without blanks: peter_ahrenskopp; `run_together`: by capitals alone: PeterAhrenskopp.
        dotted: with a point and a blank: P. Ahrenskopp.
        unspaced: a family and a given name without a blank, in letters that have no capitals: 王伟.
        a_place: all of it is a town, a country or a street.
    """

    words: tuple[Word, ...]
    letters: tuple[str, ...]
    titled: bool
    joined: bool
    run_together: bool
    dotted: bool
    a_place: bool
    unspaced: bool = False


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    ordinary: frozenset[str]
    doubtful: frozenset[str]
    names: frozenset[str]
    beside: frozenset[str]
    inside: frozenset[str]
    of_a_year: frozenset[str]


@lru_cache(maxsize=2)
def key_words(lexicon: Lexicon) -> KeyWords:
    """Those of a lexicon, kept for the next that asks."""
    return KeyWords(lexicon)


class KeyWords:
    """Reads keys with the lists of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._said = _vocabulary()
        self._others = frozenset(map(lexicon.lists.index, set(_OTHER_LISTS) & set(lexicon.lists)))
        self._places = frozenset(map(lexicon.lists.index, set(_PLACES) & set(lexicon.lists)))

    def read(self, key: str) -> Iterator[Written]:
        """The parts of a key that could be names."""
        for part in _PARTS.split(_ASIDE.sub(" ", key)):
            found = self._part(part.strip())
            if found is not None:
                yield found

    def are_common(self, texts: Iterable[str]) -> bool:
        """Whether texts are of common words and nothing else: “present”, “ill at home”."""
        words = [each for some in words_all(list(texts)) for each in self._lexicon.words.tokens(some)]
        return bool(words) and all(
            self.sort(word) is Is.ORDINARY
            or (not word.capital and self.sort(word) in (Is.DOUBTFUL, Is.NAMED_SO))
            for word in words
        )

    def is_only_a_name(self, word: str) -> bool:
        """Whether a word of somebody's name is nothing else that one would expect in a text."""
        tokens = self._lexicon.words.tokens(words_all([word])[0])
        return len(tokens) == 1 and self.sort(tokens[0]) not in A_WORD_TOO

    def is_no_grammar(self, word: str) -> bool:
        """Whether a short word of somebody's name is none of those that stand beside names in sentences: An, De, Dr."""
        tokens = self._lexicon.words.tokens(words_all([word])[0])
        return all(
            not each.title and (each.family or each.folded not in self._said.ordinary | self._said.doubtful)
            for each in tokens
        )

    def sort(self, word: Token) -> Is:
        """What a word is by itself."""
        folded, said = word.folded, self._said
        listed = word.given or word.family
        if listed and folded in said.names:
            return Is.GIVEN
        if folded in said.doubtful:
            return Is.DOUBTFUL if listed else Is.ORDINARY
        if folded in said.ordinary or not self._others.isdisjoint(word.lists):
            if word.given and not word.family:
                return Is.DOUBTFUL
            return Is.NAMED_SO if word.family else Is.ORDINARY
        if word.given:
            return Is.GIVEN
        if word.family:
            return Is.FAMILY
        return Is.UNKNOWN if len(folded) >= _LEAST_UNKNOWN or not _has_case(word) else Is.ORDINARY

    def _part(self, part: str) -> Written | None:
        plain = words_all([part])[0]
        apart = parts(plain[0]) if len(plain) == 1 else None
        if apart is not None:
            return _unspaced(apart)
        pieces = [piece for word in plain for piece in apart_at_capitals(_GENITIVE.sub("", word))]
        if not 0 < len(pieces) <= _MOST_WORDS:
            return None
        tokens = self._lexicon.words.tokens(pieces)
        kept = self._without_beside([each for each in tokens if not each.title])
        told = [each for each in kept if len(each.folded) > 1 and each.folded not in self._said.inside]
        return Written(
            words=tuple(Word(each.folded, self.sort(each), each.capital, _has_case(each)) for each in told),
            letters=tuple(each.folded for each in kept if len(each.folded) == 1 and _has_case(each)),
            titled=any(each.title for each in tokens),
            joined=" " not in part and len(pieces) > 1,
            run_together=len(pieces) > len(plain) and " " not in part,
            dotted="." in part and " " in part,
            a_place=not self._places.isdisjoint(self._lexicon.words.entry(fold(part))),
        )

    def _without_beside(self, words: Sequence[Token]) -> Sequence[Token]:
        start, end = 0, len(words)
        while start < end and words[start].folded in self._said.beside:
            start += 1
        while end > start and words[end - 1].folded in self._said.beside:
            end -= 1
        return words[start:end]


def _unspaced(name: Parts) -> Written:
    given = Is.GIVEN if name.listed else Is.UNKNOWN
    words = tuple(
        Word(fold(part), sort, capital=False, cased=False)
        for part, sort in ((name.family, Is.FAMILY), (name.given, given))
        if part
    )
    return Written(
        words,
        (),
        titled=name.titled,
        joined=False,
        run_together=False,
        dotted=False,
        a_place=False,
        unspaced=True,
    )


def _has_case(word: Token) -> bool:
    return word.folded.upper() != word.folded.lower()


def is_of_a_year(keys: Iterable[str]) -> bool:
    """Whether some keys are months or days of the week, and nothing else: “Mar” beside them is no marital status."""
    found = list(map(fold, keys))
    return len(found) >= _LEAST_OF_A_YEAR and _vocabulary().of_a_year.issuperset(found)


@cache
def _vocabulary() -> _Vocabulary:
    """The common words of some languages, and those of the list of ours."""
    said = words_of_keys()
    return _Vocabulary(
        ordinary=frozenset(fold_all(ordinary())),
        doubtful=doubtful(),
        names=frozenset(said["names"].split()),
        beside=frozenset(said["beside"].split()),
        inside=frozenset(said["inside"].split()),
        of_a_year=frozenset(f"{said['doubtful']['months']} {said['doubtful']['days']}".split()),
    )
