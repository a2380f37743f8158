"""Texts that name persons of the database by more than one word, so that no single word has to tell who is meant.

A given and a family name side by side are somebody, and a name beside the initial of the same person (“Lindvik A.”,
“A. Lindvik”). A text that has several of them lists persons, however long it is; so does one of which most words are
names and nothing else: a register, a crew, who was there. Lists of towns, of teams and of other people stay what they
are: a word that is something else as well is no sure name, and “Karl Stamitz” is not the Karl whom the database knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import pairwise
from typing import Final

from steward_app.services.privacy import written_names
from steward_app.services.privacy.discover.folding import fold, fold_all, words_all
from steward_app.services.privacy.discover.key_words import A_WORD_TOO, Is, key_words
from steward_app.services.privacy.discover.known_keys import NAMES
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.tokens import Token

LEAST_PERSONS: Final = 3
"""Of a list; and of several texts, so that it is no chance."""

LEAST_SHARE: Final = 0.05
"""Of the texts at one place."""

_LEAST_NAMES, _MOST_OF_NAMES = 10, 0.5  # a word that most of several names have tells nobody: GmbH, Test
_LEAST_OF_A_LIST: Final = 0.5  # of its words that are names
_MOST_INITIALS: Final = 2  # beside a name: J.-P. Martin
_OF_MANY: Final = frozenset({Is.GIVEN, Is.DOUBTFUL})


class Listed(Enum):
    """Whether a text lists persons."""

    NOT = auto()
    LIKELY = auto()  # most words are names, several of them no other words
    SURELY = auto()  # several names have the other one or the initial of the same person beside them


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a text names by more than one word.

    Attributes:
        full: a given and a family name stand side by side.
        persons: each by both names, or by one and the initial of the other.
    """

    full: bool
    persons: frozenset[str]
    listed: Listed

    @property
    def names_somebody(self) -> bool:
        """Whether it does."""
        return bool(self.persons) or self.listed is not Listed.NOT


_NOBODY: Final = Named(full=False, persons=frozenset(), listed=Listed.NOT)


@dataclass(slots=True)
class Together:
    """What the texts at one place name by more than one word.

    Attributes:
        texts: how many there are; `lists`: how many list persons.
    """

    texts: int = 0
    lists: int = 0
    _naming: int = 0
    _persons: set[str] = field(default_factory=set)
    _surely: bool = False

    def add(self, named: Named) -> None:
        """One more text."""
        self.texts += 1
        self.lists += named.listed is not Listed.NOT
        self._naming += bool(named.persons)
        self._persons |= named.persons
        self._surely |= named.listed is Listed.SURELY

    @property
    def sure(self) -> bool:
        """Whether they list persons, or name too many for chance."""
        several = min(self._naming, len(self._persons)) >= LEAST_PERSONS
        most = max(self.lists, self._naming if several else 0)
        return self._surely or (most > 0 and most >= LEAST_SHARE * self.texts)


class NamesTogether:
    """Names of persons by their words, and the texts in which several words of them stand."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._single: Counter[str] = Counter()
        self._names = 0
        self._full: set[str] = set()
        self._joined: set[str] = set()
        self._initials: dict[str, set[str]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._single or word in self._joined

    def put(self, words: Sequence[str]) -> None:
        """One name, by its words in small letters, the given name first."""
        self._names += 1
        self._single.update({word for word in words if len(word) > 1})
        if len(words) > 1 and not _has_capitals(words):
            self._single.update([words[-1] + words[0]])  # 王伟, 김민수
        if len(words) > 1:
            given, family = words[0], words[-1]
            for one, other in ((given, family), (words[-2], family)):
                self._full.update((f"{one} {other}", f"{other} {one}"))
            self._joined.update(written_names.together(words))
            self._joined.update(written_names.together((family, *words[:-1])))
            for at, word in enumerate(words):
                others = (*words[:at], *words[at + 1 :])
                self._initials.setdefault(word, set()).update(other[0] for other in others)

    def is_somebodys(self, word: str) -> bool:
        """Whether somebody's name has a word, and not most names have."""
        count = self._single.get(word, 0)
        return count > 0 and (self._names < _LEAST_NAMES or count <= _MOST_OF_NAMES * self._names)

    def in_full(self, text: str) -> bool:
        """Whether a text has a given and a family name of somebody side by side."""
        return any(named.full for named in self.read([text]))

    def in_one(self, text: str) -> bool:
        """Whether the name of a file, or a link, has somebody's whole name written as one word."""
        return any(self._in_runs(words_all([fold(text)])[0], text))

    def read(self, texts: Sequence[str]) -> list[Named]:
        """Of each text whom it names by more than one word."""
        folded, written = words_all(fold_all(texts)), words_all(texts)
        return [
            _NOBODY
            if self._single.keys().isdisjoint(words) and self._joined.isdisjoint(words)
            else self._read(words, as_written if len(as_written) == len(words) else words, text)
            for words, as_written, text in zip(folded, written, texts, strict=True)
        ]

    def _read(self, words: Sequence[str], written: Sequence[str], text: str) -> Named:
        pairs = self._pairs(words, written)
        small = not any(map(_is_large, written))
        large = [small or _is_large(word) for word in written]
        names = {
            at: self._token(written[at])
            for at, word in enumerate(words)
            if large[at] and self.is_somebodys(word)
        }
        only_names = {at for at, token in names.items() if self._is_only_a_name(token)}
        initials = {at: found for at in names if (found := self._initial(words, large, at))}
        in_pairs = (" ".join(sorted(words[at : at + 2])) for at in pairs)
        full = frozenset((*in_pairs, *self._in_runs(words, text)))
        with_initial = full.union(f"{words[at]} {initial}" for at, initial in initials.items())
        persons = full.union(f"{words[at]} {initials[at]}" for at in only_names & initials.keys())

        beside = initials.keys() | {one for at in pairs for one in (at, at + 1)}
        of_a_list = beside.union(at for at in names if self._stands_alone(words, large, at, names))
        most = len(of_a_list) >= _LEAST_OF_A_LIST * sum(len(word) > 1 for word in words)
        if len(with_initial if most else persons) >= LEAST_PERSONS:
            return Named(bool(full), persons, Listed.SURELY)
        several = len({words[at] for at in only_names & of_a_list}) >= LEAST_PERSONS
        return Named(bool(full), persons, Listed.LIKELY if most and several else Listed.NOT)

    def _in_runs(self, words: Sequence[str], text: str) -> Iterator[str]:
        """Whole names that stand as one word in a text, of which these are the words, and not in a sentence."""
        for word in self._joined.intersection(words):
            if written_names.stands_in_a_run(fold(text), word):
                yield word

    def _pairs(self, words: Sequence[str], written: Sequence[str]) -> list[int]:
        """Where a given and a family name of somebody stand side by side."""
        return [
            at
            for at, (one, other) in enumerate(pairwise(words))
            if f"{one} {other}" in self._full and self._is_meant(written[at : at + 2])
        ]

    def _is_meant(self, written: Sequence[str]) -> bool:
        """Whether two words are a name: in small letters, “mark price” is none."""
        if any(word[:1].isupper() for word in written):
            return True
        return any(key_words(self._lexicon).sort(self._token(word)) not in A_WORD_TOO for word in written)

    def _token(self, word: str) -> Token:
        return self._lexicon.words.tokens([word])[0]

    def _is_only_a_name(self, word: Token) -> bool:
        """Whether a word of a name is in no other list, and none that one would expect in a text."""
        other = any(self._lexicon.lists[number] not in NAMES for number in word.lists)
        return not other and key_words(self._lexicon).sort(word) not in A_WORD_TOO

    def _initial(self, words: Sequence[str], large: Sequence[bool], at: int) -> str:
        """The initial of the same person beside a name, "" for none."""
        known = self._initials.get(words[at], ())
        for beside in (range(at - 1, at - 1 - _MOST_INITIALS, -1), range(at + 1, at + 1 + _MOST_INITIALS)):
            for place in beside:
                if not 0 <= place < len(words) or len(words[place]) > 1 or not large[place]:
                    break
                if words[place] in known:
                    return words[place]
        return ""

    def _stands_alone(
        self, words: Sequence[str], large: Sequence[bool], at: int, names: Mapping[int, Token]
    ) -> bool:
        """Whether a name is more than a given name beside a name that nobody has: that is other people, or a team."""
        if key_words(self._lexicon).sort(names[at]) not in _OF_MANY:
            return True
        return not any(
            0 <= other < len(words) and len(words[other]) > 1 and large[other] and other not in names
            for other in (at - 1, at + 1)
        )


def _has_capitals(words: Sequence[str]) -> bool:
    return any(word.upper() != word.lower() for word in words)


def _is_large(word: str) -> bool:
    """Whether a word has a capital, or is of letters that have none."""
    return not word[:1].islower()
