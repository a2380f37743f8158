"""Words that stand for nothing: a cell with one of them is not filled."""

from __future__ import annotations

from typing import Final

MISSING: Final = frozenset({"na", "n/a", "#n/a", "null", "none", "nan", "nil", "-", "--", "?"})
"""As exports write nothing."""
LONGEST_MISSING: Final = max(map(len, MISSING))


def is_missing(text: str) -> bool:
    """Whether a text says nothing, or that there is nothing."""
    bare = text.strip()
    return not bare or (len(bare) <= LONGEST_MISSING and bare.casefold() in MISSING)
