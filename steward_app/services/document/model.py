"""What is known of an open file, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app import db


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it is. Another file of the same name has another `id`.

    Attributes:
        path: as it was asked for.
        file: absolute, with links followed.
        size_bytes, modified_ns: when it was opened or last looked at anew.
    """

    path: Path
    file: Path
    id: db.FileId
    size_bytes: int
    modified_ns: int


class ChangeKind(StrEnum):
    """What happened to the file. In order of weight: sort with `rank`."""

    DATA = "data"  # rows were changed
    SCHEMA = "schema"  # tables, views, indexes or triggers were changed, and perhaps rows
    RETURNED = "returned"  # the file that was missing is at its path again
    DELETED = "deleted"  # deleted or moved away; what is open can still be read
    REPLACED = "replaced"  # another file has its name

    @property
    def rank(self) -> int:
        return list(ChangeKind).index(self)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened since the last look.

    Attributes:
        own: True when all of it was done by this document.
        tables: names of the tables touched, or None where that is not known.
    """

    kind: ChangeKind
    own: bool = False
    tables: frozenset[str] | None = None

    def and_then(self, other: Change) -> Change:
        """Two changes in one: the weightier kind; own only when both are."""
        known = self.tables is not None and other.tables is not None
        return Change(
            max(self.kind, other.kind, key=lambda kind: kind.rank),
            self.own and other.own,
            (self.tables or frozenset()) | (other.tables or frozenset()) if known else None,
        )
