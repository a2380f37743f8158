"""The two hashes of the ledger. docs/erasure.md describes them byte by byte.

    identity     who it was: over the table and the values of its key
    commitment   what it was: over the table and all its values, in order of declaration

Both are BLAKE3 keyed with a secret that never stands in the database it speaks of: without it nobody can try all row
numbers, or all names, until one fits. Values are taken as the content hash takes them, each with its storage class.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from blake3 import blake3

from steward_app.catalog.erasure import Shape
from steward_app.db import fold

_IDENTITY = b"steward/erasure/identity/v1"
_COMMITMENT = b"steward/erasure/row/v1"
_KEY_ID = "steward 2026-11-20 the name of an erasure ledger's key"
KEY_BYTES = 32
MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """The secret of a ledger. `id` names it and tells nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return blake3(self.secret, derive_key_context=_KEY_ID).hexdigest(8)

    @classmethod
    def new(cls) -> LedgerKey:
        """A key nobody has."""
        return cls(secrets.token_bytes(KEY_BYTES))


class Hasher:
    """Hashes rows of one shape with one key. Values come encoded (`db.content.ValueReader`)."""

    def __init__(self, key: LedgerKey, shape: Shape) -> None:
        table = fold(shape.table).encode("utf-8", "surrogatepass")
        start = struct.pack("<I", len(table)) + table
        self.key_id = key.id
        self._identity = blake3(_IDENTITY + start, key=key.secret)
        self._commitment = blake3(_COMMITMENT + start, key=key.secret)

    def identity(self, key_values: Sequence[bytes]) -> str:
        """Of a row, by the values of its key in the key's order (of its rowid where it has no key)."""
        return _with(self._identity, key_values)

    def commitment(self, values: Sequence[bytes]) -> str:
        """Of a row, by all its stored values in order of declaration."""
        return _with(self._commitment, values)

    def marks(self, *, by_key: bool) -> Callable[[Sequence[bytes]], bytes]:
        """What gives the mark of a row's identity, or of its commitment. Called once a row, so it is quick."""
        copy = (self._identity if by_key else self._commitment).copy

        def of(values: Sequence[bytes]) -> bytes:
            digest = copy()
            digest.update(b"".join(values))
            return digest.digest(MARK_BYTES)

        return of


def mark(digest: str) -> bytes:
    """The beginning of a hash: a set of these takes little memory, and finds all that may be meant."""
    return bytes.fromhex(digest[: 2 * MARK_BYTES])


def _with(start: blake3, values: Sequence[bytes]) -> str:
    digest = start.copy()
    digest.update(b"".join(values))
    return digest.hexdigest()
