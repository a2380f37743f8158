"""One hash for a set of many things that is brought up to date when one of them changes: LtHash.

Each thing is hashed to 1,024 numbers of 16 bits; the hash of the set is their sum, number by number. Order makes no
difference, taking one away is subtraction, and finding another set with the same sum is a problem of short vectors in
lattices (Bellare and Micciancio 1997; Lewi, Kim, Maykov, Weis, "Securing Update Propagation with Homomorphic
Hashing", 2019). BLAKE3 gives the 2,048 bytes.
"""

from __future__ import annotations

from blake3 import blake3

STATE_BYTES = 2048
EMPTY = bytes(STATE_BYTES)

_LANES = STATE_BYTES // 4
_EVEN = int.from_bytes(
    b"\xff\xff\x00\x00" * _LANES, "little"
)  # every second number, with room to carry above it
_ODD = _EVEN << 16
_CARRY = int.from_bytes(b"\x00\x00\x01\x00" * _LANES, "little")


class LatticeHash:
    """The sum, as it is now.

    Args:
        state: as `state` gave it; of the empty set by default.
    """

    def __init__(self, state: bytes = EMPTY) -> None:
        if len(state) != STATE_BYTES:
            raise ValueError(f"the state of a lattice hash has {STATE_BYTES} bytes, not {len(state)}")
        self._sum = int.from_bytes(state, "little")

    def add(self, thing: bytes) -> None:
        """Put a thing into the set."""
        one = _spread(thing)
        even = (self._sum & _EVEN) + (one & _EVEN)
        odd = (self._sum & _ODD) + (one & _ODD)
        self._sum = even & _EVEN | odd & _ODD

    def remove(self, thing: bytes) -> None:
        """Take a thing out of the set, which it must be in."""
        one = _spread(thing)
        even = (self._sum & _EVEN | _CARRY) - (one & _EVEN)
        odd = (self._sum & _ODD | _CARRY << 16) - (one & _ODD)
        self._sum = even & _EVEN | odd & _ODD

    @property
    def state(self) -> bytes:
        """The 1,024 numbers, each as two bytes, the lower first."""
        return self._sum.to_bytes(STATE_BYTES, "little")

    @property
    def digest(self) -> bytes:
        """32 bytes that stand for the set: BLAKE3 of the state."""
        return blake3(self.state).digest()


def _spread(thing: bytes) -> int:
    return int.from_bytes(blake3(thing).digest(length=STATE_BYTES), "little")
