"""Pictures of every page, for `steward tour` and for documentation: visit, wait until all is read, grab."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from steward_app.gui.shell.window import Window

_LONGEST_S = 60.0
_QUIET_MS = 120


def take_pictures(
    window: Window, file: Path, folder: Path, *, width: int = 1440, height: int = 900
) -> list[Path]:
    """Open a file, visit each page in light and dark, and save a picture of each; gives their paths.

    Raises `TimeoutError` when a page does not come to rest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    window.resize(width, height)
    window.show()
    window.opening.open(file)
    _until(lambda: window.file is not None and window.jobs.idle)
    made: list[Path] = []
    for mode in ("light", "dark"):
        window.theme.set_mode(mode)
        for spec in window.specs:
            window.navigate(spec.id)
            _rest(window)
            path = folder / f"{spec.id}{'' if mode == 'light' else '-dark'}.png"
            if not window.grab().save(str(path)):
                raise OSError(f"the picture {path.name} could not be written")
            made.append(path)
    return made


def _rest(window: Window) -> None:
    """Wait until no job runs, twice in a row: a page may start one with what another found."""
    for _ in range(2):
        _until(lambda: window.jobs.idle)
        _wait(_QUIET_MS)
    _until(lambda: window.jobs.idle)


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _LONGEST_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a page did not come to rest")
        _wait(10)
    QApplication.processEvents()


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
