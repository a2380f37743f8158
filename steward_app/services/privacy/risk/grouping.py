"""Groups of rows that are alike in columns of small integer codes: what every measure here is counted from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Codes: TypeAlias = npt.NDArray[np.int32]  # a row each, a column each
    Whole: TypeAlias = npt.NDArray[np.int64]
    Real: TypeAlias = npt.NDArray[np.float64]

_KEY_LIMIT = 1 << 62
_DENSE = 1 << 22  # keys below this are counted in a table of that length, others are sorted


def keys(columns: Sequence[Codes | Whole], cards: Sequence[int], length: int) -> tuple[Whole, int]:
    """One number for each row, equal where all columns are; and a number that all of them are below.

    Args:
        columns: codes from 0.
        cards: for each column, a number above its codes.
        length: rows, for where there are no columns.
    """
    import numpy as np

    key, card = np.zeros(length, dtype=np.int64), 1
    for codes, many in zip(columns, cards, strict=True):
        if card * max(1, many) >= _KEY_LIMIT:
            different, key = np.unique(key, return_inverse=True)
            card = len(different)
        key = key * many + codes
        card *= many
    return key, card


def labels(columns: Sequence[Codes | Whole], cards: Sequence[int], length: int) -> tuple[Whole, int]:
    """The group of each row, numbered from 0, and how many groups there are."""
    import numpy as np

    if not length:
        return np.zeros(0, dtype=np.int64), 0
    key, card = keys(columns, cards, length)
    if card <= _DENSE:
        seen = np.zeros(card, dtype=np.int64)
        seen[key] = 1
        number = np.cumsum(seen) - 1
        return number[key], int(number[-1]) + 1
    different, label = np.unique(key, return_inverse=True)
    return label.astype(np.int64, copy=False), len(different)


def once(columns: Sequence[Codes | Whole], cards: Sequence[int], length: int) -> Whole:
    """The number of one row of each group: who is there several times counts once."""
    import numpy as np

    label, groups = labels(columns, cards, length)
    found = np.zeros(groups, dtype=np.int64)
    found[label] = np.arange(length)
    return found


def sizes(columns: Sequence[Codes | Whole], cards: Sequence[int], weights: Whole) -> Whole:
    """How much weight each group has, in no order that means anything."""
    import numpy as np

    if not len(weights):
        return np.zeros(0, dtype=np.int64)
    key, card = keys(columns, cards, len(weights))
    if card > _DENSE:
        _, key = np.unique(key, return_inverse=True)
    counted = np.bincount(key, weights=weights)
    return counted[counted > 0].astype(np.int64)
