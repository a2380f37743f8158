"""What restoring needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.services.backup import Point
from steward_app.services.backup.model import Examination
from steward_app.services.erasure import Foreseen


@dataclass(frozen=True, slots=True)
class Held:
    """What a restore point tells of the database it is of.

    Attributes:
        found: what was in it; None where nobody looked.
    """

    page_size_bytes: int
    found: Examination | None


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """A restore point that shall be restored.

    Attributes:
        path: the user's file; it may be gone when the target is another.
        target: the new file, or None to restore in place.
        directory: the data directory, where points and scratch copies lie.
        erased: what was erased since the point was made.
        held: what the point tells of itself; None where that cannot be read, and where nobody needs it.
        url: of its store, where the catalog does not know that; else "".
    """

    path: Path
    database_id: str
    point: Point
    directory: Path
    target: Path | None
    erased: Foreseen
    held: Held | None = None
    url: str = ""
