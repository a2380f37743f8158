"""Pictures of the window, taken in a child process: this floor has no Qt, and a system may lack its libraries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import steward_app
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.tour.model import Picture

_LONGEST_SECONDS = 600.0
_LINES_KEPT = 20
_MISSING_LIBRARY = re.compile(r"([\w.+-]+\.so[.\d]*): cannot open shared object file")


@dataclass(frozen=True, slots=True)
class Taken:
    """The pictures in the order they were taken, and why there are not more, a sentence, or ""."""

    pictures: tuple[Picture, ...]
    problem: str = ""


def take_pictures(file: Path, folder: Path, home: Path, context: Context) -> Taken:
    """Open a file in a window nobody sees and take a picture of each page, light and dark.

    Args:
        folder: where the pictures go; made when it is not there.
        home: the data directory the window shall use.

    A window that cannot be shown is no error: `Taken.problem` says why. Raises `Cancelled`; the child is gone then.
    """
    command = [sys.executable, "-m", "steward_app", str(file), "--tour", "--out", str(folder)]
    pictures: list[Picture] = []
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=Path(steward_app.__file__).parents[1],  # nothing is imported from the folder the steward is in
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as child:
        watchdog = threading.Timer(_LONGEST_SECONDS, child.kill)
        try:
            watchdog.start()
            with context.on_cancel(child.kill):
                context.checkpoint()
                for line in child.stdout or ():
                    picture = _picture(line.rstrip("\n"), folder)
                    if picture is None:
                        said = [*said, line.strip()][-_LINES_KEPT:]
                        continue
                    pictures.append(picture)
                    context.report(len(pictures), unit="pictures", note=picture.path.name)
                child.wait()
        finally:
            in_time = watchdog.is_alive()
            watchdog.cancel()
            child.kill()
    context.checkpoint()
    return Taken(
        tuple(pictures), "" if child.returncode == 0 else _problem(said, child.returncode, in_time=in_time)
    )


def _environment(home: Path) -> dict[str, str]:
    unseen = {"QT_QPA_PLATFORM": "offscreen"} if sys.platform == "linux" else {}
    return {**unseen, **os.environ, "STEWARD_HOME": str(home), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def _picture(line: str, folder: Path) -> Picture | None:
    """The picture that a line of the child names, or None for anything else it says."""
    path = Path(line)
    if path.parent != folder or path.suffix != ".png":
        return None
    return Picture(path, path.stem.removesuffix("-dark"), path.stem.endswith("-dark"))


def _problem(said: Iterable[str], code: int, *, in_time: bool) -> str:
    told = [line for line in said if line]
    missing = next((match for line in told if (match := _MISSING_LIBRARY.search(line))), None)
    if missing:
        return f"The library {visible(missing[1])}, which the window needs, is not on this system."
    if not in_time:
        return f"The window did not come to rest within {_LONGEST_SECONDS / 60:.0f} minutes."
    last = (
        told[-1:] if code > 0 else told
    )  # Qt gives several lines before it gives up, Python says it in the last
    words = visible(" ".join(last), 400) or "It gave no reason."
    return f"The window ended early. {words}"
