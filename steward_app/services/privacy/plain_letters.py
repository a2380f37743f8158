"""Words without what is set above or below their letters, as people write them in a hurry or in capitals.

“Périer” is written Perier, “Müller” Muller or Mueller, and “Λαμπρινουλάκου” Lamprinoulakou (`latin_letters`).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from steward_app.services.privacy.latin_letters import in_latin_letters

_WRITTEN_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss", "œ": "oe"}
)
_BARE: Final = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


@lru_cache(maxsize=16_384)
def spellings(word: str) -> tuple[str, str]:
    """A word in plain small letters: with its signs written out, and without them."""
    small = unicodedata.normalize("NFC", word.casefold())
    return _without_accents(small.translate(_WRITTEN_OUT)), _without_accents(small.translate(_BARE))


def in_plain_letters(word: str) -> tuple[str, ...]:
    """A word in small letters as it is written in plain ones; none where it is plain itself."""
    if word.isascii():
        return ()
    found = dict.fromkeys((*spellings(word), *in_latin_letters(word)))
    return tuple(each for each in found if each != word)


def _without_accents(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
