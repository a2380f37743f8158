"""What the user chose for the window, and the files opened last.

A value that cannot be understood (another version wrote it) is taken for not chosen. Values are checked by hand:
they are read before the first window appears, and pydantic alone takes longer to import than that window to open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.plan import Json
from steward_app.storage import is_there

MOST_RECENT_FILES = 20
ZOOM_PERCENT = (50, 300)


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the window stood, in pixels of the screen without its scale."""

    x: int
    y: int
    width: int
    height: int
    maximized: bool = False


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the user chose; each has the value it has until then."""

    theme: Theme = Theme.SYSTEM
    zoom_percent: int = 100
    window: Geometry | None = None


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file opened before. `opened_at` is RFC 3339 in UTC; `missing` when nothing lies at its path any more."""

    path: Path
    opened_at: str
    missing: bool


def load(session: Session) -> Preferences:
    """All of them."""
    return Preferences(
        theme=_theme(value(session, "theme")),
        zoom_percent=_zoom(value(session, "zoom_percent")),
        window=_geometry(value(session, "window")),
    )


def save(unit: Unit, chosen: Preferences) -> None:
    """Keep all of them."""
    keep(unit, "theme", chosen.theme.value)
    keep(unit, "zoom_percent", _zoom(chosen.zoom_percent))
    window = chosen.window
    keep(unit, "window", {name: getattr(window, name) for name in window.__slots__} if window else None)


def value(session: Session, name: str) -> Json:
    """A choice by name, or None; for what only one page knows of ("page.schema_map.<database id>")."""
    text = session.value("SELECT value FROM preferences WHERE name = ?", (name,))
    try:
        return cast("Json", json.loads(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def keep(unit: Unit, name: str, chosen: Json) -> None:
    """Keep a choice by name; None forgets it."""
    if chosen is None:
        unit.session.run("DELETE FROM preferences WHERE name = ?", (name,))
    else:
        text = json.dumps(chosen, separators=(",", ":"))
        unit.session.run("INSERT OR REPLACE INTO preferences (name, value) VALUES (?, ?)", (name, text))


def recent_files(session: Session) -> tuple[RecentFile, ...]:
    """The files opened last, the newest first."""
    rows = session.all("SELECT path, opened_at FROM recent_files ORDER BY opened_at DESC, rowid DESC")
    return tuple(RecentFile(Path(str(path)), str(at), not is_there(Path(str(path)))) for path, at in rows)


def remember_file(unit: Unit, path: Path) -> None:
    """Put a file at the top of the list; the oldest beyond the twentieth goes."""
    unit.session.run("DELETE FROM recent_files WHERE path = ?", (str(path),))
    unit.session.run(
        "INSERT INTO recent_files (path, opened_at) VALUES (?, ?)", (str(path), clock.to_text(clock.now()))
    )
    unit.session.run(
        "DELETE FROM recent_files WHERE rowid NOT IN"
        " (SELECT rowid FROM recent_files ORDER BY opened_at DESC, rowid DESC LIMIT ?)",
        (MOST_RECENT_FILES,),
    )


def forget_file(unit: Unit, path: Path) -> None:
    """Take a file off the list."""
    unit.session.run("DELETE FROM recent_files WHERE path = ?", (str(path),))


def _theme(stored: Json) -> Theme:
    return Theme(stored) if stored in tuple(Theme) else Theme.SYSTEM


def _zoom(stored: Json) -> int:
    least, most = ZOOM_PERCENT
    return min(most, max(least, stored)) if type(stored) is int else 100


def _geometry(stored: Json) -> Geometry | None:
    if not isinstance(stored, dict):
        return None
    numbers = [number for name in ("x", "y", "width", "height") if type(number := stored.get(name)) is int]
    if len(numbers) < 4:
        return None
    x, y, width, height = numbers
    return Geometry(x, y, width, height, stored.get("maximized") is True) if min(width, height) > 0 else None
