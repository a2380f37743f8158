"""Words as lists of words are compared with them: without capitals, accents and the width of letters.

And what is written as one word, though capitals show that it is several: EmilBirnbaum, ИванПетров.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

_SEPARATOR: Final = "\x1f"
_WRITTEN_OUT: Final = str.maketrans("łŁøØđĐ’ı", "lLoOdD'i", "") | {ord("ß"): "ss"}


def fold(text: str) -> str:
    """A text for comparing: "Straße" and "STRASSE" are the same, "Łukasz" and "lukasz", "José" and "jose"."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.translate(_WRITTEN_OUT))
    return bare.translate(_WITHOUT_ACCENTS).casefold()


class Joined:
    """Many texts as one, so that one call changes them all, in a fraction of the time of a call for each.

    Attributes:
        text: all of them, one after the other.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self.text = _SEPARATOR.join(texts)
        self._can_be_split = self.text.count(_SEPARATOR) == len(texts) - 1

    def each(self, change: Callable[[str], str]) -> list[str]:
        """What becomes of each text. `change` does the same to a letter wherever it stands."""
        if self._can_be_split:
            return change(self.text).split(_SEPARATOR)
        return [change(text) for text in self._texts]

    def encoded(self, change: Callable[[bytes], bytes] = bytes) -> list[bytes]:
        """Each text in UTF-8, changed, with a sign in place of half a surrogate pair."""
        if self._can_be_split:
            return change(self.text.encode("utf-8", "replace")).split(_SEPARATOR.encode())
        return [change(text.encode("utf-8", "replace")) for text in self._texts]


def words_all(texts: Sequence[str]) -> list[list[str]]:
    """The words of many texts: letters, and apostrophes beside them."""
    return [text.split() for text in Joined(texts).each(lambda text: text.translate(_BETWEEN_WORDS))]


class _WithoutAccents(dict[int, int | None]):
    """Letters as they are, nothing for what is set above or below them."""

    def __missing__(self, code: int) -> int | None:
        self[code] = found = None if unicodedata.combining(chr(code)) else code
        return found


_WITHOUT_ACCENTS: Final = _WithoutAccents()


class _BetweenWords(dict[int, str]):
    """Letters as they are, all that stands between words as a blank."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kept = letter in f"'’{_SEPARATOR}" or unicodedata.category(letter)[0] in "LM"
        self[code] = found = letter if kept else " "
        return found


_BETWEEN_WORDS: Final = _BetweenWords()


def fold_all(texts: Sequence[str]) -> list[str]:
    """The same for many at once."""
    return Joined(texts).each(fold)


def apart_at_capitals(word: str) -> list[str]:
    """The words in one that is written without blanks, in any letters that have capitals; of HTTPStatus two, too."""
    if word[1:].islower():
        return [word]
    starts = [at for at in range(1, len(word)) if word[at].isupper() and _begins(word, at)]
    return [word[start:end] for start, end in pairwise((0, *starts, len(word)))]


def _begins(word: str, at: int) -> bool:
    """Whether a capital begins a word: behind a letter that is none, or as the last of several."""
    if word[at - 1].isupper():
        return word[at + 1 : at + 2].islower()
    return word[at - 1].isalpha()
