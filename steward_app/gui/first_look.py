"""The look and the place of the first frame, read before anything else: from a small file, not from the catalog.

A copy of what the catalog's preferences say, written when the window closes; where it is missing or unreadable, the
window begins as for somebody new. Opening the catalog takes longer than showing the window.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QStandardPaths

_NAME = "first-look.json"


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Theme ("system", "light", "dark"), zoom in percent, and where the window stood, in pixels."""

    theme: str = "system"
    zoom: int = 100
    x: int = -1
    y: int = -1
    width: int = 1440
    height: int = 900
    maximized: bool = False


def read() -> FirstLook:
    """What was kept; the defaults where nothing was, or where it cannot be understood."""
    with suppress(OSError, ValueError, TypeError):
        kept = json.loads(_path().read_text("utf-8"))
        look = FirstLook(**kept)
        numbers = (look.zoom, look.x, look.y, look.width, look.height)
        if look.theme in ("system", "light", "dark") and all(type(number) is int for number in numbers):
            return look
    return FirstLook()


def keep(look: FirstLook) -> None:
    """Keep it for the next start; a disk that does not take it is no reason to keep the window open."""
    from steward_app.kernel.errors import Failure
    from steward_app.storage import home, write_whole

    with suppress(Failure):
        write_whole(home() / _NAME, json.dumps(asdict(look)).encode())


def _path() -> Path:
    """The data directory without what making it takes: `storage.home` where it exists already."""
    chosen = os.environ.get("STEWARD_HOME")
    if chosen:
        return Path(chosen).expanduser() / _NAME
    location = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(location)) / "data-steward" / _NAME
