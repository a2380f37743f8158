"""Keys of an object or array that a rule changes, each its own, so that no reader loses a member."""

from __future__ import annotations


def own_key(key: str, taken: set[str]) -> str:
    """The key, with a number where another one there is the same already. What is chosen is taken from then on."""
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key} {number}"
    taken.add(found)
    return found
