"""A large file is migrated without its write-ahead log, which is set up again at the end, or after a crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from steward_app.db import ReadSession, WriteSession
from steward_app.db.log_aside import LARGE_BYTES, log_aside, set_up_log
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.plan import Json, Plan
from steward_app.services.migrate.lint.acts import Create, read_act
from steward_app.services.migrate.run.course import Step

LOG_ASIDE = "log_aside"
"""In the request of a plan: whether its file is written without its log."""

SENTENCE = (
    "Where no program has the file open, and no window of this one shows it, it is written with a rollback journal in"
    " place of its write-ahead log, which would take every page twice. Nobody can read it while a migration runs then;"
    " a program that does not wait for locks is told that it is locked. The log is set up again behind each."
)
_LATER = "The file has no write-ahead log now; that is set up again when this program opens it next."
_BY_HAND = "it has no write-ahead log now, since the disk failed: “PRAGMA journal_mode = WAL” sets it up"
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


def around(session: WriteSession, plan: Plan) -> AbstractContextManager[None]:
    """What a migration runs in on a session that is closed behind it: without the log where its plan says so."""
    return log_aside(session) if plan.request.get(LOG_ASIDE) else nullcontext()


def is_set_up(path: Path, request: Mapping[str, Json]) -> bool:
    """Whether a file has its log again, which a crash or a disk that failed may have left aside; set up where not."""
    if not request.get(LOG_ASIDE):
        return True
    with suppress(StewardError):
        return set_up_log(path)
    return False


@contextmanager
def telling_of_log(path: Path, request: Mapping[str, Json]) -> Iterator[list[str]]:
    """Around a series: where its log cannot be set up in the end, the error says so, or the list that this gives."""
    told: list[str] = []
    try:
        yield told
    except StewardError as error:
        if not is_set_up(path, request):
            error.hint = f"{error.hint} {_LATER}".lstrip()
        raise
    if not is_set_up(path, request):
        told.append(_BY_HAND)


def require_log(path: Path, request: Mapping[str, Json]) -> None:
    """Raise `Failure` where a log that was left aside cannot be set up now: its operation is to be settled then."""
    if not is_set_up(path, request):
        raise Failure(ErrorCode.IO_ERROR, _LATER)
