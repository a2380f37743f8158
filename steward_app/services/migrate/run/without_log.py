"""A large file is migrated without its write-ahead log, which is set up again at the end, or after a crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.db.log_aside import LARGE_BYTES, put_aside, put_back
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Json
from steward_app.services.migrate.lint.acts import Create, read_act
from steward_app.services.migrate.run.course import Step

LOG_ASIDE = "log_aside"
"""In the request of a plan: whether its file is written without its log."""

SENTENCE = (
    "Where no program has the file open, and no window of this one shows it, it is written with a rollback journal in"
    " place of its write-ahead log, which would take every page twice; who wants to read it meanwhile waits. The log is"
    " set up again at the end."
)
_NO_LOG = "another program is at work in it, so it has no write-ahead log now: “PRAGMA journal_mode = WAL” sets it up"
_WRITES_ROWS = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"})


def is_worth_it(session: ReadSession, steps: Sequence[Step], size_bytes: int) -> bool:
    """Whether these steps may write so much of a file with a log that they do better without it."""
    large = session.state.journal_mode == "wal" and size_bytes >= LARGE_BYTES
    return large and any(map(_writes_rows, steps))


def _writes_rows(step: Step) -> bool:
    """Whether a migration writes rows or indexes, so far as its statements tell; a program may."""
    if step.script is None:
        return True
    return any(
        each.verb in _WRITES_ROWS or (isinstance(act := read_act(each), Create) and act.kind == "index")
        for each in step.script.statements
    )


@contextmanager
def without_log(path: Path, request: Mapping[str, Json]) -> Iterator[list[str]]:
    """In the block, a file stands without its log where its plan says so, and nobody else has it open.

    Gives a list that is empty, and after the block says what is to be told: that the log could not be set up again.
    """
    told: list[str] = []
    aside = bool(request.get(LOG_ASIDE)) and put_aside(path)
    try:
        yield told
    finally:
        if aside:
            told += _again(path)


def set_up_again(path: Path, request: Mapping[str, Json]) -> str:
    """Set up the log that a crash left aside; what is to be told, or ""."""
    return "; ".join(_again(path)) if request.get(LOG_ASIDE) else ""


def _again(path: Path) -> list[str]:
    with suppress(StewardError):  # what was migrated stands, whatever holds up the log
        if put_back(path):
            return []
    return [_NO_LOG]
