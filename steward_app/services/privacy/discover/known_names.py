"""Values that name persons whom the database itself knows, however they are written there.

Short ones are read as keys of JSON are (`known_keys`): “E. Birnbaum” is somebody where a table has Emil Birnbaum, and a
word that is a town or a setting as well is taken for that. In longer texts a given and a family name side by side
count, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.folding import apart_at_capitals, fold_all, words_all
from steward_app.services.privacy.discover.key_words import A_WORD_TOO, key_words
from steward_app.services.privacy.discover.known_keys import named_by, names_of
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.model import Place

SHORT: Final = 64
"""Characters of a value that may be a name and nothing else."""

_MOST_PERSONS: Final = 200_000
_LEAST_ALONE: Final = 4


class KnownNames:
    """The names of the persons of a database, of each table those of its first rows.

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
        self._full: set[str] = set()
        for names in names_of(session, named, context, most=_MOST_PERSONS):
            for words in names:
                self._words.update(word for word in words if len(word) >= _LEAST_ALONE)
                if len(words) > 1:
                    self._put(words)

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
        return named.union(each for each in several if self.full([each]))

    def full(self, texts: Sequence[str]) -> int:
        """How many texts have a given and a family name of somebody side by side."""
        found = 0
        for text, words in zip(texts, words_all(fold_all(texts)), strict=True):
            pairs = [at for at, pair in enumerate(_pairs(words)) if pair in self._full]
            found += any(self._is_meant(text, words, at) for at in pairs)
        return found

    def _put(self, words: Sequence[str]) -> None:
        given, family = words[0], words[-1]
        for one, other in ((given, family), (words[-2], family)):
            self._full.update((f"{one} {other}", f"{other} {one}"))
        self._words.update((given + family, family + given))

    def _may_name(self, words: Sequence[str]) -> bool:
        return any(part in self._words for word in words for part in (word, word[1:], word[:-1]))

    def _is_meant(self, text: str, words: Sequence[str], at: int) -> bool:
        """Whether two words are a name: in small letters, “mark price” is none."""
        written = words_all([text])[0]
        if len(written) == len(words) and any(word[:1].isupper() for word in written[at : at + 2]):
            return True
        tokens = self._lexicon.words.tokens(list(words[at : at + 2]))
        return any(key_words(self._lexicon).sort(each) not in A_WORD_TOO for each in tokens)


def _pairs(words: Sequence[str]) -> Iterator[str]:
    return (f"{one} {other}" for one, other in pairwise(words))


def alone(values: Iterable[str]) -> frozenset[str]:
    """The values that are a single word: a brand may be called as somebody is."""
    return frozenset(
        each for each in values if each.isalpha() and (each[1:].islower() or each.isupper() or len(each) == 1)
    )
