"""Forms of address before names: “Frau Birnbaum anrufen”, “Mr Baker”.

“Herr” alone is a form of address. With a word behind it that is written as a name it is somebody, though the name is a
common word, or in no list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from steward_app.services.privacy.discover.key_words import Is, key_words
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.tokens import TITLES, Token

_ALSO_OTHERWISE: Final = frozenset({"don", "dona", "hr", "ms", "pan", "sir", "sr"})
"""What is a word or an abbreviation, too: behind it counts only what lists know as a name."""

_BEHIND_A_TITLE: Final = frozenset(
    {
        "dipl", "ing", "med", "phil", "rer", "nat", "hc", "habil", "jur", "pol", "theol", "oec", "vet",
        "doktor", "doctor", "professor", "professorin", "president", "director", "chairman",
    }
)  # fmt: skip
_WORD: Final = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
_SPAN: Final = re.compile(
    rf"\b(?P<title>{'|'.join(sorted(map(re.escape, TITLES), key=len, reverse=True))})\b\.?\s+"
    rf"(?=(?P<name>(?P<first>{_WORD})(?:-{_WORD})*))",
    re.IGNORECASE,
)


class Addressed:
    """Reads texts with the lists of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words, self._reader = lexicon.words, key_words(lexicon)

    def names(self, words: Sequence[str]) -> bool:
        """Whether a form of address stands before a name in a text, of which these are the words."""
        return any(self.is_name(words[at : at + 2], *two) for at, two in enumerate(self._pairs(words)))

    def is_name(self, written: Sequence[str], before: Token, after: Token) -> bool:
        """Whether the second of two words is a name, and the first the form of address that says so."""
        if not before.title or after.title or not after.capital or after.folded in _BEHIND_A_TITLE:
            return False
        if len(written[0]) > 1 and written[0].isupper() and not written[1].isupper():
            return False  # MS Word
        if before.folded in _ALSO_OTHERWISE and not (after.given or after.family):
            return False
        return len(after.folded) > 1 and self._reader.sort(after) is not Is.ORDINARY

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the names stand behind forms of address, from the start to the end of each."""
        for found in _SPAN.finditer(text):
            written = [found["title"], found["first"]]
            if self.is_name(written, *self._words.tokens(written)):
                yield found.span("name")

    def _pairs(self, words: Sequence[str]) -> Iterator[tuple[Token, Token]]:
        return pairwise(self._words.tokens(words))
