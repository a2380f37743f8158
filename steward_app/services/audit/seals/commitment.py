"""What is hashed of a logged change, and how: docs/audit-format.md has every byte of it.

A change is bound twice. Its *whole commitment* is one keyed hash over all it holds, which is quick to compute again for
a million changes. Its *cell commitments* are one keyed hash for each column, which let some values be erased later
while the others stay proven. Both are keyed with the secret of the row: when that is destroyed, nobody can find out a
short value by trying.

Values are encoded as `encoding` does; its call is repeated here, since a call more for each of a million is felt.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, shake_256

from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.seals import merkle
from steward_app.services.audit.seals.encoding import VERSION

SECRET_BYTES = 16
COMMITMENT_BYTES = 32
KEY_CELL = 0
"""The number of the cell that holds the row's key; column `i` of the log is cell `i + 1`."""

_SALT_BYTES = 16

CHANGE, EVENT, TRANSACTION, TABLE, MISSING = b"C", b"E", b"T", b"D", b"M"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What has a commitment of its own in a change.

    Attributes:
        number: `KEY_CELL`, or the column's place in the log plus 1.
        values: of a column the value before and after; of the key all that names the row.
    """

    number: int
    values: Row


@dataclass(frozen=True, slots=True)
class Opening:
    """A cell commitment and, where the values stay, the salt that opens it; `salt` is empty where they are erased."""

    number: int
    commitment: bytes
    salt: bytes = b""

    def opens(self, cell: Sealed) -> bool:
        """Whether these are the values that were sealed."""
        return bool(self.salt) and _cell(self.salt, cell) == self.commitment


def header(tid: int, values: Sequence[SqlValue]) -> bytes:
    """What of a change always stays readable: seq, at, op, txn and the masks."""
    return CHANGE + tid.to_bytes(8, "big") + marshal.dumps(tuple(values), VERSION)


def whole(secret: bytes, header_bytes: bytes, values: Sequence[SqlValue]) -> bytes:
    """The commitment to all that a change holds: its key, its old values, its new values."""
    data = header_bytes + marshal.dumps(tuple(values), VERSION)
    return blake2b(data, digest_size=COMMITMENT_BYTES, key=secret).digest()


def change_leaf(header_bytes: bytes, commitment: bytes) -> bytes:
    """The leaf of a change in the tree of changes."""
    return merkle.leaf(header_bytes + commitment)


def openings(secret: bytes, seq: int, cells: Sequence[Sealed]) -> tuple[Opening, ...]:
    """The commitments to the cells of a change, in their order, each with its salt."""
    highest = max((cell.number for cell in cells), default=0)
    stream = shake_256(secret + seq.to_bytes(8, "big", signed=True)).digest(_SALT_BYTES * (highest + 1))
    salts = (stream[cell.number * _SALT_BYTES :][:_SALT_BYTES] for cell in cells)
    return tuple(
        Opening(cell.number, _cell(salt, cell), salt) for cell, salt in zip(cells, salts, strict=True)
    )


def cells_leaf(header_bytes: bytes, found: Sequence[Opening]) -> bytes:
    """The leaf of a change in the tree of cells."""
    told = b"".join(each.number.to_bytes(2, "big") + each.commitment for each in found)
    return merkle.leaf(header_bytes + told)


def plain_leaf(kind: bytes, values: Sequence[SqlValue]) -> bytes:
    """The leaf, in both trees, of what holds no values of rows: an event, a transaction, a table's definition."""
    return merkle.leaf(kind + marshal.dumps(tuple(values), VERSION))


def missing_leaf(seq: int) -> bytes:
    """The leaf of a change that was not there any more when it was to be sealed."""
    return merkle.leaf(MISSING + seq.to_bytes(8, "big", signed=True))


def _cell(salt: bytes, cell: Sealed) -> bytes:
    data = marshal.dumps(cell.values, VERSION)
    return blake2b(data, digest_size=COMMITMENT_BYTES, key=salt).digest()
