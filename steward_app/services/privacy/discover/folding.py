"""Words as lists of words are compared with them: without capitals, accents and the width of letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

_SEPARATOR: Final = "\x1f"
_WRITTEN_OUT: Final = str.maketrans("łŁøØđĐ’ı", "lLoOdD'i", "") | {ord("ß"): "ss"}


def fold(text: str) -> str:
    """A text for comparing: "Straße" and "STRASSE" are the same, "Łukasz" and "lukasz", "José" and "jose"."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.translate(_WRITTEN_OUT))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def encode_all(texts: Sequence[str]) -> list[bytes]:
    """Texts in UTF-8, with a sign in place of half a surrogate pair."""
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) != len(texts) - 1:
        return [text.encode("utf-8", "replace") for text in texts]
    return joined.encode("utf-8", "replace").split(_SEPARATOR.encode())


def fold_all(texts: Sequence[str]) -> list[str]:
    """The same for many at once, in a fraction of the time."""
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) != len(texts) - 1:
        return [fold(text) for text in texts]
    return fold(joined).split(_SEPARATOR)
