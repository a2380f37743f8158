"""Techniques that need nothing but the value: remove, fixed, mask, token, and BLOBs that become empty ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform.cells import CellStep, Many, as_text_in_bytes, every_class
from steward_app.services.privacy.transform.empty_files import empty_of_its_kind
from steward_app.services.privacy.transform.keyed import Prf, packed
from steward_app.services.privacy.transform.model import Batch, Column

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_WORD_SIGN = re.compile(r"[^\W_]")


class Constant:
    """The same value in every row, for `fixed` and `remove`.

    Args:
        nulls: NULL becomes it too.
    """

    def __init__(self, value: SqlValue, *, nulls: bool) -> None:
        self._value = value
        self._nulls = nulls

    def __call__(self, values: Column, batch: Batch) -> Column:
        del batch
        if self._nulls or self._value is None:
            return [self._value] * len(values)
        return [None if value is None else self._value for value in values]


def mask(keep_first: int, keep_last: int, sign: str) -> CellStep:
    """Letters and digits become a sign, but for the first and last ones. Never are all of them kept.

    Whole numbers keep their count of digits, the hidden ones being 0; other numbers and bytes become empty ones.
    """

    def text(value: str) -> str:
        places = [found.start() for found in _WORD_SIGN.finditer(value)]
        first, last = keep_first, keep_last
        if first + last >= len(places):
            first, last = 0, 0
        hidden = places[first : len(places) - last]
        letters = list(value)
        for place in hidden:
            letters[place] = sign
        return "".join(letters)

    def integer(value: int) -> int:
        digits = str(abs(value))
        first, last = (keep_first, keep_last) if keep_first + keep_last < len(digits) else (0, 0)
        kept = digits[:first] + "0" * (len(digits) - first - last) + digits[len(digits) - last :]
        return int(kept) * (1 if value >= 0 else -1)

    texts = each(text)
    return CellStep(
        every_class(
            texts,
            integers=each(integer),
            reals=each(lambda value: 0.0),
            blobs=as_text_in_bytes(texts, each(lambda value: bytes(len(value)))),
        )
    )


def token(prf: Prf, prefix: str, length: int, canonical: Callable[[str], str]) -> CellStep:
    """A keyed sign that says nothing: of the same storage class as the value, and never taken for a number.

    Args:
        length: characters after the prefix; each is worth about 5 bits.
        canonical: what stands for a text: values that the column's collation takes for one have one token.
    """

    def texts(values: Sequence[str]) -> list[SqlValue]:
        return [prefix + _signs(prf.digest(packed((canonical(value),))), length) for value in values]

    def integers(values: Sequence[int | float]) -> list[SqlValue]:  # 53 bits: exact as a float, and in JSON
        words, _ = prf.words([packed((_as_number(value),)) for value in values])
        return [type(value)((word >> 11) + 1) for value, word in zip(values, words.tolist(), strict=True)]

    def blobs(values: Sequence[bytes]) -> list[SqlValue]:
        return [prf.digest(packed((value,))) for value in values]

    return CellStep(every_class(texts, integers=integers, reals=integers, blobs=blobs))


def blob() -> CellStep:
    """A picture or document becomes an empty one of its kind; other bytes become none, text an empty text."""
    return CellStep(
        every_class(
            each(lambda value: ""),
            integers=each(lambda value: 0),
            reals=each(lambda value: 0.0),
            blobs=each(empty_of_its_kind),
        ),
        blanks=True,
        remember=False,
    )


def each(one: Callable[[Any], SqlValue]) -> Many:
    """A function of one value as a function of many."""
    return lambda values: [one(value) for value in values]


def token_bits(length: int) -> float:
    """How many bits a token of that length has."""
    return min(length, 25) * 4.95


def _as_number(value: int | float) -> int | float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _signs(digest: bytes, length: int) -> str:
    number, signs = int.from_bytes(digest, "big"), []
    for _ in range(length):
        number, place = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[place])
    return "".join(signs)
