"""Whether short texts are names of persons by the lists, where nothing else tells: “Lena”, “becker”, “call lena back”.

A word counts that is a given or a family name and nothing else. Words that are towns, months, colours or brands as well
(Florence, April, Ruby) do not, so that most of the different texts at one place must be such names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from steward_app.services.privacy.discover.folding import words_all
from steward_app.services.privacy.discover.key_words import Is, key_words
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.tokens import Token

MOST: Final = 64
"""Different texts of which it is asked."""

_LONGEST: Final = 64
_MOST_WORDS: Final = 6
_MOST_OF_THEM: Final = 0.5
_LONGEST_CODE: Final = 4  # letters of what may be a code in capitals: ITA
_LEAST_BESIDE: Final = 3  # letters of a name beside other words
_LEAST: Final = 2
_NAMES: Final = frozenset({Is.GIVEN, Is.FAMILY})


def may_be_names(texts: Collection[str], lexicon: Lexicon) -> bool:
    """Whether most of some different texts have a word that is a name: alone, or a given name beside other words."""
    some = [text for text in islice(texts, MOST) if len(text) <= _LONGEST]
    words = key_words(lexicon)
    named: list[tuple[Is, bool]] = []
    for text, written in zip(some, words_all(some), strict=True):
        tokens = lexicon.words.tokens(written)
        if len(tokens) > 1:
            names = (each for each in _beside_words(tokens) if words.sort(each) is Is.GIVEN)
        else:
            is_code = text.isupper() and len(text) <= _LONGEST_CODE
            names = (each for each in tokens if not is_code and words.sort(each) in _NAMES)
        if name := next(names, None):
            named.append((words.sort(name), name.capital))
    enough = len(named) >= _LEAST or (Is.GIVEN, True) in named
    return enough and len(named) >= _MOST_OF_THEM * len(some)


def _beside_words(tokens: Sequence[Token]) -> Iterator[Token]:
    """The words beside which all others are written small, as in a sentence: no firm has such a name, and no place."""
    for token in tokens if len(tokens) <= _MOST_WORDS else ():
        alone = not any(other.capital for other in tokens[1:] if other is not token)
        if alone and len(token.folded) >= _LEAST_BESIDE:
            yield token
