"""What the window needs from the floors below, in one narrow seam: open a file, remember it, keep choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from steward_app.gui.context import OpenFile
from steward_app.gui.tokens import Tone
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file opened before. `missing` is True when nothing lies at its path any more."""

    path: Path
    opened_at: datetime
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Protection:
    """What the header says of restore points: "Proven backup" and "22 min ago"."""

    words: str
    age: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the header and the palette show of a file. `tables` are names of tables and views, in their order."""

    size_bytes: int
    tables: tuple[str, ...]
    safe_mode: bool = False
    protection: Protection | None = None


class Desk(Protocol):
    """Made in `app.py` of services and catalog. Methods that take a `Context` run on worker threads."""

    catalog: Any

    def open(self, path: Path, context: Context) -> OpenFile:
        """Open a file, read-only. Raises a `StewardError` that names it."""

    def facts(self, file: Any, context: Context) -> FileFacts:
        """What the header shows."""

    def changed_outside(self, file: Any) -> bool:
        """True when another program changed the file since this was last asked."""

    def sample(self, context: Context) -> Path:
        """The sample database, built when it is not there yet."""

    def recent(self) -> tuple[RecentFile, ...]:
        """Files opened before, the last one first."""

    def forget(self, path: Path) -> None:
        """Take a file off the list."""

    def preference(self, name: str) -> Json:
        """A choice kept from the last time, or None."""

    def prefer(self, name: str, value: Json) -> None:
        """Keep a choice."""

    def page_state(self, file: Any, page: str) -> dict[str, Json]:
        """What the page kept for this file."""

    def keep_page_state(self, file: Any, page: str, state: dict[str, Json]) -> None:
        """Keep it for the next time."""
