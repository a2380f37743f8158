"""The program's own log: a few small files in the data directory that never hold values of rows."""

from __future__ import annotations

import logging
import time
import traceback
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from steward_app.storage.local import private_directory
from steward_app.storage.places import home

_ROOT = "steward_app"
_FILE_BYTES = 1 << 20
_FILES_KEPT = 4


def start_log(program: str) -> Path:
    """Write what our loggers say (INFO and above) to a rotating file; a second call changes nothing.

    Args:
        program: "steward" for the command line, "window" for the window: each has its own file, since two programs
            cannot rotate one file.

    Returns the path of the file, which appears with its first line.
    """
    path = private_directory(home() / "log") / f"{program}.log"
    logger = logging.getLogger(_ROOT)
    if not any(isinstance(each, _File) and each.baseFilename == str(path) for each in logger.handlers):
        handler = _File(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", delay=True)
        formatter = logging.Formatter(
            "%(asctime)s.%(msecs)03dZ %(process)d %(name)s %(levelname)s %(message)s"
        )
        formatter.converter = time.gmtime
        formatter.datefmt = "%Y-%m-%dT%H:%M:%S"
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return path


def stop_log() -> None:
    """Close the files of `start_log`."""
    logger = logging.getLogger(_ROOT)
    for handler in [each for each in logger.handlers if isinstance(each, _File)]:
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True


def without_values(error: BaseException) -> str:
    """An exception for the log: its kind and its frames, and those of its causes, without any message.

    The message of an unexpected exception may quote a value of a row.
    """
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < 10:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        parts.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n{frames}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "caused by ".join(parts)


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """A log that cannot be written (the disk is full, the folder gone) troubles nobody at work."""

    def rotate(self, source: str, dest: str) -> None:
        with suppress(OSError):  # another process has it open (Windows): it grows until nobody has
            super().rotate(source, dest)
