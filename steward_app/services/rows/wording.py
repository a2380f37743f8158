"""Names of columns and tables as words, whatever script and habit they are written in.

A name is cut where a capital, a digit or a sign begins a new word, without accents and capitals: FirstName, first_name
and "First Name" are "first name". Scripts that write no blanks between words (Chinese, Japanese, Thai, compounds of
Korean) stay in one piece, and are compared by their ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias

Words: TypeAlias = tuple[str, ...]
Phrases: TypeAlias = str | Mapping[str, str]  # "first name, forename", or such by language

_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W\d_]+")
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "đ": "d", "Đ": "D", "ı": "i",
     "œ": "oe", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ə": "e", "Ə": "E"}
)  # fmt: skip
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)
_LEAST_PIECE, _LEAST_LAST, _LEAST_JOINED = (
    3,
    4,
    7,
)  # letters of a word in a joined one, of the last, of the whole
_MOST_PIECES = 4

_PLURALS = ("s", "es", "n", "en", "e", "er")
_LONGEST = 5  # words of a phrase
VOWELS: Final = frozenset("aeiouy")


def split_words(name: str) -> Words:
    """A name as words in small letters without accents and digits: `homePhone2` is ("home", "phone")."""
    if not name.isascii():
        apart = unicodedata.normalize("NFKD", name.translate(_LETTERS))
        name = unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.category(c)[0] != "M"))
    return tuple(piece.casefold() for piece in _PIECE.findall(name))


def is_unspaced(word: str) -> bool:
    """Whether it is of a script that writes no blanks between words."""
    return not word.isascii() and _UNSPACED.search(word) is not None


def phrases(said: Phrases | None) -> Iterator[tuple[str, str]]:
    """The phrases of a list with their language, "" where none is named."""
    for language, text in ({"": said} if isinstance(said, str) else said or {}).items():
        for phrase in text.split(","):
            if phrase.strip():
                yield language, " ".join(phrase.split())


def spellings(language: str, phrase: str) -> tuple[str, ...]:
    """A phrase as it stands where vowels lost their dots or are one letter: fuehrer and fuhrer, laege and læge."""
    if language == "de":
        return tuple(dict.fromkeys((phrase, phrase.replace("ae", "a").replace("oe", "o").replace("ue", "u"))))
    if language in ("da", "nb"):
        return tuple(dict.fromkeys((phrase, phrase.replace("ae", "æ"))))
    return (phrase,)


def spelt(said: Phrases | None) -> Iterator[tuple[str, str]]:
    """Phrases as names are cut into words, each with its language."""
    for language, phrase in phrases(said):
        for each in spellings(language, phrase):
            plain = each.isascii() and each.replace(" ", "").isalnum()
            yield language, each if plain else " ".join(split_words(each)) or each


def parted(word: str, *known: Collection[str]) -> Words:
    """A word that is known words without a blank between: "streetaddress" is street, address; () where it is none."""
    if len(word) < _LEAST_JOINED or not word.isascii():
        return ()
    best: dict[int, Words] = {0: ()}  # by where the words end: the fewest words until there
    for end in range(_LEAST_PIECE, len(word) + 1):
        for start in range(end - _LEAST_PIECE + 1):
            piece = word[start:end]
            if start in best and any(piece in each for each in known):
                words = (*best[start], piece)
                if end not in best or len(words) < len(best[end]):
                    best[end] = words
    found = best.get(len(word), ())
    short = sum(len(piece) == _LEAST_PIECE for piece in found)
    return found if 1 < len(found) <= _MOST_PIECES and short < 2 and len(found[-1]) > _LEAST_PIECE else ()


def parts(words: Words) -> Iterator[tuple[int, int, str]]:
    """Every run of words, joined, with where it starts and ends."""
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _LONGEST) + 1):
            yield start, end, "".join(words[start:end])


def bones(joined: str) -> str:
    """The first letter and the consonants, none twice in a row."""
    kept = [letter for at, letter in enumerate(joined) if at == 0 or letter not in VOWELS]
    return "".join(letter for at, letter in enumerate(kept) if at == 0 or kept[at - 1] != letter)


def stands_in(part: str, known: Collection[str]) -> bool:
    """Whether a list of words holds a word, or the one that it is several of."""
    if part in known or (part.endswith("ies") and part[:-3] + "y" in known):
        return True
    return any(part.endswith(s) and part.removesuffix(s) in known for s in _PLURALS)
