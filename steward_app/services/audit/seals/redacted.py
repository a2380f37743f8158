"""What is kept of a change when values of it are erased, so that its seal still holds.

The whole commitment keeps the tree of changes valid. The openings keep the tree of cells valid: a commitment for each
cell, with the salt that opens it where the values stay. The path leads from there to the root that was signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steward_app.db import Session, WriteSession
from steward_app.services.audit.seals import seal_tables
from steward_app.services.audit.seals.commitment import COMMITMENT_BYTES, Opening, Sealed
from steward_app.services.audit.seals.merkle import HASH_BYTES

_SALT_BYTES = 16
_OPENING_BYTES = 2 + COMMITMENT_BYTES + _SALT_BYTES
_ERASED = bytes(_SALT_BYTES)  # in the place of the salt


@dataclass(frozen=True, slots=True)
class Redacted:
    """One change of which values were erased.

    Attributes:
        whole: the commitment to all that it held.
        openings: of its cells, in the order in which they were sealed.
        place, leaves, path: where its leaf stands in the tree of cells of its seal, and what proves it.
    """

    whole: bytes
    openings: tuple[Opening, ...]
    place: int
    leaves: int
    path: tuple[bytes, ...]

    def covers(self, cells: Sequence[Sealed]) -> bool:
        """Whether every value that is there was sealed. `cells` are as `Form.cells` gives them."""
        by_number = {opening.number: opening for opening in self.openings}
        kept = {opening.number for opening in self.openings if opening.salt}
        stand = {
            cell.number: cell
            for cell in cells
            if cell.number in kept or any(value is not None for value in cell.values)
        }
        return stand.keys() == kept and all(by_number[number].opens(cell) for number, cell in stand.items())


def between(session: Session, first: int, last: int) -> dict[int, Redacted]:
    """The changes of which values were erased, by number."""
    if not seal_tables.is_there(session, seal_tables.REDACTED):
        return {}
    rows = session.execute(
        f"SELECT seq, whole, openings, place, leaves, path FROM main.{seal_tables.REDACTED}"
        " WHERE seq >= ? AND seq <= ? ORDER BY seq",
        (first, last),
    )
    found = {}
    for seq, whole, openings, place, leaves, path in rows:
        assert isinstance(seq, int)  # the row number
        found[seq] = Redacted(
            whole if isinstance(whole, bytes) else b"",
            _openings(openings if isinstance(openings, bytes) else b""),
            place if isinstance(place, int) else -1,
            leaves if isinstance(leaves, int) else 0,
            tuple(_cut(path if isinstance(path, bytes) else b"", HASH_BYTES)),
        )
    return found


def write(session: WriteSession, seq: int, kept: Redacted, reason: str, at_us: int) -> None:
    """Keep it, in the place of what was kept before."""
    openings = b"".join(
        each.number.to_bytes(2, "big") + each.commitment + (each.salt or _ERASED) for each in kept.openings
    )
    session.run(f"DELETE FROM main.{seal_tables.REDACTED} WHERE seq = ?", (seq,))
    session.run(
        f"INSERT INTO main.{seal_tables.REDACTED} (seq, whole, openings, place, leaves, path, reason, at_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, kept.whole, openings, kept.place, kept.leaves, b"".join(kept.path), reason, at_us),
    )


def _openings(data: bytes) -> tuple[Opening, ...]:
    found = []
    for each in _cut(data, _OPENING_BYTES):
        salt = each[2 + COMMITMENT_BYTES :]
        found.append(
            Opening(
                int.from_bytes(each[:2], "big"),
                each[2 : 2 + COMMITMENT_BYTES],
                b"" if salt == _ERASED else salt,
            )
        )
    return tuple(found)


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
