"""Codes inside short texts: in lists (A100,B101), behind a word (patient:A100), in a sentence.

A code is one piece of letters and digits, both; signs may stand between them (P-100/7). Texts that are codes themselves
are compared as any other values, but for those of up to four signs, of which chance must be asked, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice
from random import Random
from typing import Final

from steward_app.services.privacy.written_numbers import LONGEST

_IN_LISTS: Final = "in lists"
_WHOLE: Final = ""
_LONGEST_WHOLE: Final = 4
_BESIDE_OTHERS: Final = "with other signs beside them"
_MOST: Final = 256
_TEXTS: Final = 512
_DRAWN: Final = 512
_PIECE: Final = re.compile(r"[^\W_]+(?:[-_./][^\W_]+)*")
_CODE: Final = re.compile(r"(?=.*[0-9])(?=.*[^\W\d_]).{2,32}")


def codes_inside(text: str) -> list[str]:
    """The codes inside a short text; none of a text that is one itself."""
    if len(text) > LONGEST:
        return []
    return [each for each in _PIECE.findall(text) if _CODE.fullmatch(each) and len(each) < len(text)]


class CodesInside:
    """Gathers the codes inside the first texts of a place, and the short ones that a text is."""

    def __init__(self) -> None:
        self._found: set[str] = set()
        self._read = 0
        self._written: Counter[str] = Counter()

    def add(self, texts: Collection[str]) -> None:
        """Read some texts, as long as there is use for more."""
        if len(self._found) >= _MOST:
            return
        for text in islice(texts, max(0, _TEXTS - self._read)):
            self._read += 1
            if len(text) <= _LONGEST_WHOLE and _CODE.fullmatch(text) and _PIECE.fullmatch(text):
                self._written[_WHOLE] += 1
                self._found.add(text)
            elif codes := codes_inside(text):
                self._written[_IN_LISTS if len(codes) > 1 else _BESIDE_OTHERS] += 1
                self._found.update(codes[:_MOST])

    def told(self) -> tuple[frozenset[str], str]:
        """The codes, and how most are written, in words: "" where they are whole texts.

        None where fewer than half of the texts have some.
        """
        if self._written.total() * 2 <= self._read:
            return frozenset(), ""
        return frozenset(self._found), self._written.most_common(1)[0][0]


def codes_like(codes: Collection[str]) -> list[str]:
    """Other codes that are written as these are: any digits, no zero before others, letters that some have there."""
    ordered = sorted(codes)
    chance = Random("/".join(ordered))  # noqa: S311  a comparison, no secret
    letters = _letters(ordered)
    return [_drawn(ordered[turn % len(ordered)], letters, chance) for turn in range(_DRAWN)]


def _letters(codes: Iterable[str]) -> dict[tuple[int, int], str]:
    """By length of the code and place in it, the letters that stand there."""
    found: dict[tuple[int, int], set[str]] = {}
    for code in codes:
        for at, sign in enumerate(code):
            if sign.isalpha():
                found.setdefault((len(code), at), set()).add(sign)
    return {at: "".join(sorted(signs)) for at, signs in found.items()}


def _drawn(code: str, letters: dict[tuple[int, int], str], chance: Random) -> str:
    drawn = []
    for at, sign in enumerate(code):
        if sign.isdecimal():
            begins = at == 0 or not code[at - 1].isdecimal()
            drawn.append(chance.choice("123456789" if begins and sign != "0" else "0123456789"))
        else:
            drawn.append(chance.choice(letters[len(code), at]) if sign.isalpha() else sign)
    return "".join(drawn)
