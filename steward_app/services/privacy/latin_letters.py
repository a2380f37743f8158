"""Greek and Cyrillic words as they are written in Latin letters: in addresses, names of files and short messages.

Nobody writes by one rule. For Greek these are the road signs' (ELOT 743: Lamprinoulakou), letter for letter (oy) and by
the look of the letters (Greeklish: w, h, 8); for Cyrillic passports (ICAO 9303), English maps (BGN/PCGN) and libraries
(ISO 9 without its signs), with what Ukrainian, Bulgarian and Serbian have of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_OTHERS: Final = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u1f00-\u1fff]")

_GREEK: Final = dict(zip("αβγδεζηικλμνοπρστυφω", "avgdeziiklmnoprstyfo", strict=True)) | {
    "θ": "th", "ξ": "x", "σ": "s", "ς": "s", "χ": "ch", "ψ": "ps",
}  # fmt: skip
_SIGNS: Final = _GREEK | {
    "ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch", "αυ": "av", "ευ": "ev",
}  # fmt: skip
_HEARD: Final = _SIGNS | {
    "μπ": "b",
    "ντ": "d",
    "γκ": "g",
    "χ": "h",
    "ει": "i",
    "οι": "i",
    "υ": "i",
    "αι": "e",
}
_LOOKS: Final = _GREEK | {"η": "h", "ω": "w", "χ": "x", "υ": "u", "ξ": "ks", "β": "b"}

_MESSAGES: Final = _SIGNS | {"ξ": "ks", "χ": "x", "υ": "u"}

_CYRILLIC: Final = dict(zip("абвгдезийклмнопрстуф", "abvgdeziiklmnoprstuf", strict=True)) | {
    "ё": "e", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "",
    "э": "e", "ю": "iu", "я": "ia", "ѓ": "g", "ђ": "dj", "є": "ie", "ѕ": "dz", "і": "i", "ї": "i", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "ќ": "k", "џ": "dz", "ґ": "g", "ў": "u", "'": "", "’": "",
}  # fmt: skip
_MAPS: Final = _CYRILLIC | {
    "й": "y",
    "ё": "yo",
    "ъ": "",
    "ю": "yu",
    "я": "ya",
    "є": "ye",
    "ї": "yi",
    "ий": "y",
}
_UKRAINIAN: Final = _MAPS | {"г": "h", "и": "y", "ий": "yi"}
_UKRAINIAN_PASSPORT: Final = _CYRILLIC | {"г": "h", "и": "y", "зг": "zgh"}
_BULGARIAN: Final = _MAPS | {"щ": "sht", "х": "h", "ъ": "a", "ий": "iy"}
_LIBRARIES: Final = _CYRILLIC | {
    "ж": "z", "х": "h", "ц": "c", "ч": "c", "ш": "s", "щ": "sc", "й": "j", "ю": "ju", "я": "ja", "ё": "e", "ъ": "",
}  # fmt: skip


def _ready(*schemes: Mapping[str, str]) -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    return tuple((re.compile("|".join(sorted(scheme, key=len, reverse=True))), scheme) for scheme in schemes)


_WAYS_OF_GREEK: Final = _ready(_GREEK, _SIGNS, _HEARD, _LOOKS, _MESSAGES)
_WAYS_OF_CYRILLIC: Final = _ready(_CYRILLIC, _MAPS, _UKRAINIAN, _UKRAINIAN_PASSPORT, _BULGARIAN, _LIBRARIES)
_BETWEEN: Final = re.compile("([ -])")
_SHORTEST: Final = 4  # letters: a shorter name is many a Latin word


@lru_cache(maxsize=16_384)
def in_latin_letters(word: str) -> tuple[str, ...]:
    """The Latin spellings of a word or some in Greek or Cyrillic letters, small; () of any other, and of short ones."""
    other = _OTHERS.search(word)
    if other is None:
        return ()
    signed = unicodedata.normalize("NFC", word.casefold())
    is_greek = not "\u0400" <= other[0] <= "\u04ff"
    words = (_in_each_way(each, is_greek) for each in _BETWEEN.split(signed))
    found = dict.fromkeys(map("".join, zip(*words, strict=True)))
    return tuple(each for each in found if each.isascii() and len(each) >= _SHORTEST)


@lru_cache(maxsize=16_384)
def _in_each_way(word: str, is_greek: bool) -> tuple[str, ...]:
    """A word by each scheme: many persons share their names."""
    ways = _WAYS_OF_GREEK if is_greek else _WAYS_OF_CYRILLIC
    return tuple(_written(word, letters, scheme) for letters, scheme in ways)


def _written(word: str, letters: re.Pattern[str], scheme: Mapping[str, str]) -> str:
    """A word by a scheme; its signs go, but for those that make another letter of one (й, ї, ё)."""
    bare = "".join(sign if sign in scheme else _without_signs(sign) for sign in word)
    return letters.sub(lambda found: scheme[found[0]], bare)


@lru_cache(maxsize=1_024)
def _without_signs(sign: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
