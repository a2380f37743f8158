"""Keyed permutations of the numbers below a size: one to one, without a table of what became of what.

A Feistel network of two unequal halves, whose round function is AES, and cycle walking where the halves together are a
little larger than the size (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002). Small sizes are shuffled
outright. It keeps form and uniqueness; it is not one of the modes that NIST has approved, and does not call itself so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from steward_app.services.privacy.transform.keyed import Prf

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.keyed import Numbers

LARGEST = 1 << 62
"""The largest size of one permutation; what is longer goes through several, each bound to the others."""

_ROUNDS = 10
_SHUFFLED_BELOW = 1 << 12
_PASSES = 3


class Permutation:
    """Permutations of the numbers below any size, for one key and label."""

    def __init__(self, key: bytes, label: str) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        prf = Prf(key, label)
        self._cipher = Cipher(algorithms.AES(prf.digest(b"rounds")), modes.ECB())  # noqa: S305  each block is a number with its round: no two are alike
        self._prf = prf
        self._tables: dict[int, Numbers] = {}

    def one(self, numbers: Numbers, size: int, tweak: Numbers | None = None) -> Numbers:
        """Where each number below `size` goes; below `size` again, each place taken once.

        Args:
            tweak: another permutation for each number here; None: one for all.
        """
        if size <= 1:
            return numbers
        if tweak is None and size <= _SHUFFLED_BELOW:
            return self._table(size)[numbers]
        if size > LARGEST:
            raise ValueError("too large for one permutation")
        return self._walk(numbers, size, tweak)

    def together(self, parts: Sequence[Numbers], sizes: Sequence[int]) -> list[Numbers]:
        """Where each row of numbers goes, together: each number below its size, every row of the whole taken once."""
        if len(parts) == 1:
            return [self.one(parts[0], sizes[0])]
        found = list(parts)
        for turn in range(_PASSES):
            for place, size in enumerate(sizes):
                others = [part for other, part in enumerate(found) if other != place]
                found[place] = self.one(found[place], size, self._bound(others, turn * len(sizes) + place))
        return found

    def _walk(self, numbers: Numbers, size: int, tweak: Numbers | None) -> Numbers:
        import numpy as np

        low = math.isqrt(size - 1) + 1
        high = -(-size // low)
        found = self._feistel(numbers, high, low, size, tweak)
        outside = np.flatnonzero(found >= size)
        while outside.size:
            of = None if tweak is None else tweak[outside]
            found[outside] = self._feistel(found[outside], high, low, size, of)
            outside = outside[found[outside] >= size]
        return found

    def _feistel(self, numbers: Numbers, high: int, low: int, size: int, tweak: Numbers | None) -> Numbers:
        import numpy as np

        left, right = np.divmod(numbers, np.uint64(low))
        moduli = (np.uint64(high), np.uint64(low))
        blocks = np.empty((len(numbers), 2), dtype=np.uint64)
        bound = np.uint64(size) if tweak is None else tweak ^ np.uint64(size)
        for turn in range(_ROUNDS):
            changing, other, modulus = (left, right, moduli[0]) if turn % 2 == 0 else (right, left, moduli[1])
            blocks[:, 0] = other ^ np.uint64(turn << 56)  # halves are below 2**32
            blocks[:, 1] = bound
            changed = (changing + self._aes(blocks)[:, 0] % modulus) % modulus
            left, right = (changed, right) if turn % 2 == 0 else (left, changed)
        return left * np.uint64(low) + right

    def _bound(self, parts: Sequence[Numbers], turn: int) -> Numbers:
        """One number for all of several: AES-CBC-MAC over as many blocks as there are parts."""
        import numpy as np

        state = np.zeros((len(parts[0]), 2), dtype=np.uint64)
        state[:, 0], state[:, 1] = np.uint64(turn | len(parts) << 32), np.uint64(1 << 63)
        state = self._aes(state)
        for part in parts:
            mixed = state.copy()
            mixed[:, 0] ^= part
            state = self._aes(mixed)
        return state[:, 0]

    def _aes(self, blocks: Numbers) -> Numbers:
        import numpy as np

        encrypted = self._cipher.encryptor().update(np.ascontiguousarray(blocks).tobytes())
        return np.frombuffer(encrypted, dtype=np.uint64).reshape(-1, 2)

    def _table(self, size: int) -> Numbers:
        import numpy as np

        if size not in self._tables:
            words, _ = self._prf.words([b"%d/%d" % (number, size) for number in range(size)])
            self._tables[size] = np.argsort(words, kind="stable").astype(np.uint64)
        return self._tables[size]
