"""Greek and Cyrillic values in Latin letters, by the ways of writing them that the rules for texts know.

One word is looked for unless it is a word of some language: “Роман” is written as a novel is, and texts keep that.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from steward_app.services.privacy.common_words import is_common
from steward_app.services.privacy.latin_letters import in_latin_letters
from steward_app.services.privacy.residue.matcher import SHORTEST

_LONGEST: Final = 64  # characters: whoever writes more so writes a text


def in_latin(value: str) -> tuple[str, ...]:
    """The Latin spellings of a value that are looked for, in small letters; () of any other value."""
    return () if value.isascii() or len(value) > _LONGEST else _in_latin(value)


def in_latin_as_written(value: str) -> Iterator[str]:
    """Those of one word as it begins, with a capital or without, and in capitals."""
    for each in in_latin(value):
        yield each.upper()
        if not value.isupper():
            yield each.capitalize() if value[:1].isupper() else each


@lru_cache(maxsize=16_384)
def _in_latin(value: str) -> tuple[str, ...]:
    return tuple(
        each
        for each in in_latin_letters(value)
        if len(each) >= SHORTEST and not (each.isalpha() and is_common(each))
    )
