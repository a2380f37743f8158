"""Pictures of every page, for `steward tour` and for documentation: visit, wait until all is read, grab."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from steward_app.gui.shell.window import Window
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.text import quoted

_LONGEST_S = 180.0
_FIRST = (
    ("personal", "personal.scan"),
    ("anonymize", "anonymize.onward"),
    ("anonymize", "anonymize.onward"),
)  # without which these pages have nothing to show: a scan, and the two steps before the balance
_QUIET_MS = 120


def take_pictures(
    window: Window, file: Path, folder: Path, *, width: int = 1440, height: int = 900
) -> Iterator[Path]:
    """Open a file, visit each page in light and dark, and save a picture of each; gives each path when it is there.

    Personal data is looked for first, which changes nothing in the file: without it two pages are empty.

    Raises `Failure` when a page does not come to rest, and the `StewardError` of a file that does not open.
    """
    folder.mkdir(parents=True, exist_ok=True)
    window.resize(width, height)
    window.show()
    _open(window, file)
    _fill_pages(window)
    for mode in ("light", "dark"):
        window.theme.set_mode(mode)
        for spec in window.specs:
            window.navigate(spec.id)
            _rest(window, spec.id)
            path = folder / f"{spec.id}{'' if mode == 'light' else '-dark'}.png"
            if not window.grab().save(str(path)):
                raise OSError(f"the picture {path.name} could not be written")
            yield path


def _open(window: Window, file: Path) -> None:
    failed: list[StewardError] = []
    window.opening.failed.connect(failed.append)
    window.opening.open(file)
    _until(lambda: window.jobs.idle and (window.file is not None or bool(failed)), file.name)
    window.opening.failed.disconnect(failed.append)
    if failed:
        raise failed[0]


def _fill_pages(window: Window) -> None:
    """Do on pages what they show the result of."""
    for page, action in _FIRST:
        if any(spec.id == page for spec in window.specs):
            window.navigate(page)
            _rest(window, page)
            shown = window.pages.page
            for each in shown.commands() if shown is not None else ():
                if each.id == action:
                    each.trigger()
            _rest(window, page)
    window.toasts.clear()


def _rest(window: Window, page: str) -> None:
    """Wait until no job runs, twice in a row: a page may start one with what another found."""
    for _ in range(2):
        _until(lambda: window.jobs.idle, page)
        _wait(_QUIET_MS)
    _until(lambda: window.jobs.idle, page)


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _LONGEST_S
    while not condition():
        if time.monotonic() > end:
            raise Failure(
                ErrorCode.TOO_LARGE,
                f"{quoted(what)} was not read in {_LONGEST_S:g} seconds: no more pictures were taken.",
                hint="The pictures before it are there. Try again while the computer has less to do.",
            )
        _wait(10)
    QApplication.processEvents()


def _wait(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
