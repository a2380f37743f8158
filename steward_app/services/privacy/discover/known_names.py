"""Values that name persons whom the database itself knows, however they are written there.

Short ones are read as keys of JSON are (`known_keys`): “E. Birnbaum” is somebody where a table has Emil Birnbaum, and a
word that is a town or a setting as well is taken for that. In longer texts several words count that name somebody
together (`names_together`). One name of somebody beside other words (“call Birnbaum back”) may be another person's, or
none: of these all that stands at one place says whether they are persons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy import written_names
from steward_app.services.privacy.discover.folding import apart_at_capitals, fold_all, words_all
from steward_app.services.privacy.discover.key_words import A_WORD_TOO, Is, key_words
from steward_app.services.privacy.discover.known_keys import NAMES, named_by, names_of
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.names_together import LEAST_PERSONS, LEAST_SHARE, NamesTogether
from steward_app.services.privacy.discover.tokens import Token
from steward_app.services.privacy.model import Place

SHORT: Final = 64
"""Characters of a value that may be a name and nothing else."""

_MOST_PERSONS: Final = 200_000
_LEAST_ALONE: Final = 4
_LEAST_SHARE_OF_WORDS: Final = (
    0.5  # where names are common words, too (Koch, Winter), or in texts without capitals
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Values that have one name of somebody beside other words.

    Attributes:
        values: that do.
        sure: they are too many for chance.
    """

    values: frozenset[str]
    sure: bool


class KnownNames:
    """The names of the persons of a database, of each table those of its first rows.

    Attributes:
        together: texts are read by it for persons whom several words name.

    Args:
        session: stays open.
        named: columns of names, each with its type.
    """

    def __init__(
        self,
        session: ReadSession,
        named: Collection[tuple[Place, str]],
        lexicon: Lexicon,
        context: Context,
    ) -> None:
        self._session, self._named, self._lexicon, self._context = session, named, lexicon, context
        self._words: set[str] = set()
        self.together = NamesTogether(lexicon)
        for names in names_of(session, named, context, most=_MOST_PERSONS):
            for words in names:
                self._words.update(word for word in words if len(word) >= _LEAST_ALONE)
                self.together.put(words)
                if len(words) > 1:
                    self._words.update((words[0] + words[-1], words[-1] + words[0]))
                    self._words.update(written_names.together(words))

    def short(self, values: Collection[str]) -> frozenset[str]:
        """Of some short values those that name somebody."""
        some = list(values)
        spaced = words_all(fold_all([" ".join(apart_at_capitals(each)) for each in some]))
        asked = {each for each, words in zip(some, spaced, strict=True) if self._may_name(words)}
        parts = {each: list(key_words(self._lexicon).read(each)) for each in asked}
        several = {each for each in asked if len(parts[each]) > 1}  # of which one may be a title, or a brand
        places = {each for each in asked if any(part.a_place for part in parts[each])}
        named = named_by(
            self._session,
            asked - places - several,
            self._named,
            self._lexicon,
            self._context,
            most=_MOST_PERSONS,
        )
        in_full = (each for each in several if self.together.in_full(each))
        return named.union(in_full, filter(self.together.in_one, asked))

    def beside(self, values: Collection[str]) -> Beside:
        """The values at one place that name somebody by a single word beside others, and whether they surely do."""
        some = list(values)
        names: dict[str, frozenset[str]] = {}
        words: dict[str, frozenset[str]] = {}
        for value, found in zip(some, words_all(some), strict=True):
            tokens = self._lexicon.words.tokens(found)
            if sum(len(token.folded) > 1 for token in tokens) > 1 and any(map(self._is_known, tokens)):
                small = not any(token.capital for token in tokens)
                known = [
                    at
                    for at, token in enumerate(tokens)
                    if (token.capital or small) and self._is_known(token)
                ]
                sure = frozenset(tokens[at].folded for at in known if self._is_a_name(tokens, at))
                if sure and not small:
                    names[value] = sure
                elif sure or (known and not small):
                    words[value] = sure or frozenset(tokens[at].folded for at in known)
        if _are_many(names, len(some), LEAST_SHARE):
            return Beside(frozenset(names), sure=True)
        if _are_many(names | words, len(some), _LEAST_SHARE_OF_WORDS):
            return Beside(frozenset(names | words), sure=True)
        return Beside(frozenset(names), sure=False)

    def takes_out(self, value: str) -> bool:
        """Whether a name stands in a value as a word by itself, as what takes names out of texts needs it."""
        words = words_all(fold_all([value]))[0]
        return any(len(word) >= _LEAST_ALONE and word in self.together for word in words)

    def _is_known(self, token: Token) -> bool:
        """Whether a word is one of somebody's name, or its genitive, and not one that most names have."""
        return any(
            len(name) >= _LEAST_ALONE and self.together.is_somebodys(name)
            for name in (token.folded, token.folded.removesuffix("s"))
        )

    def _is_a_name(self, words: Sequence[Token], at: int) -> bool:
        """Whether a word of somebody's name is nothing else: a given name beside a family name is another person's."""
        sort = key_words(self._lexicon).sort
        word = words[at]
        if at and words[at - 1].title and not word.title:
            return True
        if any(self._lexicon.lists[number] not in NAMES for number in word.lists):
            return False
        if sort(word) is Is.GIVEN:
            return all(not each.capital or sort(each) in A_WORD_TOO for each in words if each is not word)
        return sort(word) in (Is.FAMILY, Is.UNKNOWN)

    def _may_name(self, words: Sequence[str]) -> bool:
        return any(part in self._words for word in words for part in (word, word[1:], word[:-1]))


def _are_many(named: Mapping[str, frozenset[str]], among: int, share: float) -> bool:
    """Whether several values name several persons, in such a share of all."""
    persons = frozenset().union(*named.values())
    return min(len(named), len(persons)) >= LEAST_PERSONS and len(named) >= share * among


def alone(values: Iterable[str]) -> frozenset[str]:
    """The values that are a single word: a brand may be called as somebody is."""
    return frozenset(
        each for each in values if each.isalpha() and (each[1:].islower() or each.isupper() or len(each) == 1)
    )
