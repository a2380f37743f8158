"""Merkle trees as in RFC 9162, section 2.1: SHA-256, leaves marked with 0, nodes with 1.

A leaf of a tree is given as its hash. https://www.rfc-editor.org/rfc/rfc9162#section-2.1
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256

HASH_BYTES = 32


def leaf(data: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash of a whole tree; that of no leaves is the hash of nothing."""
    if not leaves:
        return sha256().digest()
    *_, top = _levels(leaves)
    return top[0]


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """What proves that a leaf stands at its place: the hashes beside its way to the root, from the leaf up."""
    return paths(leaves, (index,))[index]


def paths(leaves: Sequence[bytes], indexes: Collection[int]) -> dict[int, tuple[bytes, ...]]:
    """The same of several leaves, by their places; the tree is hashed once."""
    levels = list(_levels(leaves))
    return {index: tuple(_beside(levels, index)) for index in indexes}


def root_by_path(leaf_hash: bytes, index: int, size: int, beside: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `size` leaves in which this leaf stands at `index`; None where the path does not fit."""
    if not 0 <= index < size:
        return None
    found, last, waiting = leaf_hash, size - 1, iter(beside)
    while last:
        if index & 1 or index < last:
            other = next(waiting, None)
            if other is None:
                return None
            found = _node(other, found) if index & 1 else _node(found, other)
        index >>= 1
        last >>= 1
    return found if next(waiting, None) is None else None


def _beside(levels: Sequence[Sequence[bytes]], index: int) -> Iterator[bytes]:
    for level in levels:
        other = index ^ 1
        if other < len(level):
            yield level[other]
        index >>= 1


def _levels(leaves: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """From the leaves to the root. A node without a neighbour stands for itself one level up."""
    level = leaves
    while True:
        yield level
        if len(level) <= 1:
            return
        # the same as _node, without a call for each of millions
        above = [sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        if len(level) & 1:
            above.append(level[-1])
        level = above


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
