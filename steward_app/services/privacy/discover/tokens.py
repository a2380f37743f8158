"""The words of texts, and what they are in the lists of the packs.

What a word is stands in the bits of a number, so that one "or" over the words of a text tells what it is all together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Final, TypeAlias, TypeVar

from steward_app.services.privacy.discover.folding import fold

T = TypeVar("T")

GIVEN, FAMILY = 1 << 0, 1 << 1
NOT_OF_A_NAME = 1 << 2
"""A word that no name of a person has."""
BEFORE_A_NAME = 1 << 3
"""A title, or a given name with a capital."""
TITLED = 1 << 4
"""A title."""
_BEGINS = 1 << 5  # entries of several words
_FIRST_LIST = 6  # the bit of the first list; those of the others are above it

_MOST_KNOWN = 200_000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "herr",
        "herrn",
        "frau",
        "mme",
        "mlle",
        "monsieur",
        "madame",
        "sr",
        "sra",
        "srta",
        "don",
        "dona",
        "sig",
        "signor",
        "signora",
        "sig.ra",
        "dhr",
        "mevr",
        "mevrouw",
        "pan",
        "pani",
        "hr",
        "fru",
    ]
)
_AFTER_NAMES = frozenset(
    {"jr", "ii", "iii", "iv", "md", "phd", "esq", "dds", "dvm", "rn", "cpa", "mba", "obe", "cbe"}
)

Longer: TypeAlias = Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]
_NONE: Longer = {}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, and what it is in the lists.

    Attributes:
        lists: numbers of the lists it stands in by itself.
        longer: by the word after it, entries of several words that begin so, with the number of their list.
        capital: begins with a capital.
        title: as stands before a name.
    """

    folded: str
    lists: tuple[int, ...]
    longer: Longer
    given: bool
    family: bool
    capital: bool
    title: bool

    @property
    def before_a_name(self) -> bool:
        return self.title or (self.given and self.capital)

    @property
    def of_a_name(self) -> bool:
        beside = self.title or len(self.folded) == 1 or self.folded in _AFTER_NAMES
        return self.given or self.family or beside

    @property
    def marks(self) -> int:
        """All that counts where words are not looked at one by one."""
        return (
            GIVEN * self.given
            | FAMILY * self.family
            | NOT_OF_A_NAME * (not self.of_a_name)
            | BEFORE_A_NAME * self.before_a_name
            | TITLED * self.title
            | _BEGINS * bool(self.longer)
            | _bits(self.lists)
        )


class Words:
    """Knows the words of some lists.

    Args:
        given, family: numbers of the lists of names, or -1.
    """

    def __init__(self, lists: Sequence[Iterable[str]], given: int, family: int) -> None:
        self._given, self._family = given, family
        self._lists_of, self._longer = _gathered(lists)
        self._known = _Learned(self._token)
        self._marks = _Learned(lambda word: self._known[word].marks)

    def entry(self, folded: str) -> tuple[int, ...]:
        """The lists that a whole value stands in."""
        return self._lists_of.get(folded, ())

    def entries(self, folded: Iterable[str]) -> Iterator[tuple[int, ...] | None]:
        """The same for many; None for what stands in none."""
        return map(self._lists_of.get, folded)

    def tokens(self, words: Iterable[str]) -> list[Token]:
        """What the words of a text are, as `folding.words_all` gives them."""
        return list(map(self._known.__getitem__, words))

    def marks(self, texts: Sequence[Sequence[str]]) -> list[int]:
        """What the words of each text are together, and its entries of several words."""
        if len(self._marks) > _MOST_KNOWN:
            self._known.clear()
            self._marks.clear()
        mark = self._marks.__getitem__
        found = [reduce(or_, map(mark, words), 0) for words in texts]
        return [
            marks | self._entries(words) if marks & _BEGINS else marks
            for words, marks in zip(texts, found, strict=True)
        ]

    def names_a_person(self, words: Sequence[str]) -> bool:
        """Whether a given name stands before a family name, or a title before a name."""
        return any(
            before.before_a_name and (before.title or after.family) and after.capital and not after.title
            for before, after in pairwise(self.tokens(words))
        )

    def _entries(self, words: Sequence[str]) -> int:
        """The lists with entries of several words that stand there."""
        known, marks, found = self._known, self._marks, 0
        for place in [place for place, word in enumerate(words[:-1]) if marks[word] & _BEGINS]:
            if entries := known[words[place]].longer.get(known[words[place + 1]].folded):
                rest = tuple([token.folded for token in self.tokens(words[place:])])
                found |= _bits(number for entry, number in entries if entry == rest[: len(entry)])
        return found

    def _token(self, word: str) -> Token:
        bare = word.strip("'’")
        folded = fold(bare)
        lists = self._lists_of.get(folded, ())
        return Token(
            folded,
            lists,
            self._longer.get(folded, _NONE),
            self._given in lists,
            self._family in lists,
            bare[:1].isupper(),
            folded in TITLES,
        )


class _Learned(dict[str, T]):
    """What was asked for once is known."""

    def __init__(self, learn: Callable[[str], T]) -> None:
        self._learn = learn

    def __missing__(self, word: str) -> T:
        self[word] = found = self._learn(word)
        return found


def lists_of(marks: int) -> Iterator[int]:
    """The numbers of the lists in some marks."""
    lists = marks >> _FIRST_LIST
    while lists:
        yield (lists & -lists).bit_length() - 1
        lists &= lists - 1


def _bits(lists: Iterable[int]) -> int:
    return reduce(or_, (1 << (_FIRST_LIST + number) for number in lists), 0)


def _gathered(lists: Sequence[Iterable[str]]) -> tuple[dict[str, tuple[int, ...]], dict[str, Longer]]:
    """By entry its lists; by the first word of entries of several words what `Token.longer` is."""
    found: dict[str, list[int]] = defaultdict(list)
    longer: dict[str, dict[str, tuple[tuple[tuple[str, ...], int], ...]]] = defaultdict(dict)
    for number, entries in enumerate(lists):
        for entry in entries:
            if number not in found[entry]:
                found[entry].append(number)
            if not entry.isalpha():
                words = tuple(_WORD.findall(entry))
                if len(words) > 1 and max(map(len, words)) > 1:  # not "m5s", whose letters are those of times
                    known = longer[words[0]].get(words[1], ())
                    longer[words[0]][words[1]] = (*known, (words, number))
    return {entry: tuple(numbers) for entry, numbers in found.items()}, dict(longer)
