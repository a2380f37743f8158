"""What restoring needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.services.backup import Point
from steward_app.services.erasure import Foreseen


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """A restore point that shall be restored.

    Attributes:
        path: the user's file; it may be gone when the target is another.
        target: the new file, or None to restore in place.
        directory: the data directory, where points and scratch copies lie.
        erased: what was erased since the point was made.
    """

    path: Path
    database_id: str
    point: Point
    directory: Path
    target: Path | None
    erased: Foreseen
