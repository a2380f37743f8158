"""Taking the beginning of a history back: a baseline, or what was adopted from another tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, cast

from blake3 import blake3

from steward_app.catalog.journal import Record
from steward_app.db import Session, WriteSession, open_read
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Origin
from steward_app.services.operation import Outcome, TransactionOperation, fingerprint, obstacles
from steward_app.storage import delete, is_there, read_whole, write_whole

UNDONE_BY_TAKING_OUT = (
    "Undone by taking the history out again, while nothing follows. No table of yours is changed."
)
_LARGEST_BYTES = 64 << 20
Row: TypeAlias = tuple[int, str, str, str]
"""Version, name, file and checksum of a row of the history."""


@dataclass(frozen=True, slots=True)
class UnbeginRequest:
    """Take the beginning of a history back.

    Attributes:
        rows: what began it; nothing else may stand in it.
        origin: how they came into it.
        into: the folder in which files were written for it, or None.
        files: their names with the checksum of what was written.
    """

    path: Path
    database_id: str
    rows: tuple[Row, ...]
    origin: Origin
    into: Path | None = None
    files: tuple[tuple[str, str], ...] = ()


def begun_by(done: Record) -> UnbeginRequest:
    """What a baseline or an adoption wrote, as the journal tells it."""
    request = cast("dict[str, Any]", done.started.data["request"])
    path, known_as = Path(str(done.started.data["path"])), done.started.database_id
    if "rows" not in request:
        row = (int(request["version"]), str(request["name"]), "", "")
        return UnbeginRequest(path, known_as, (row,), Origin.BASELINE)
    rows = tuple(
        (int(row["version"]), str(row["name"]), str(row["file"]), str(row["checksum"]))
        for row in request["rows"]
    )
    into = Path(str(request["into"])) if "into" in request else None
    files = tuple((str(name), str(checksum)) for name, checksum in request.get("files", {}).items())
    return UnbeginRequest(path, known_as, rows, Origin.ADOPTED, into, files)


class Unbegin(TransactionOperation[UnbeginRequest]):
    """Takes out of the file the history that a baseline or an adoption began, while it holds nothing else."""

    name: ClassVar[str] = "migrate.unbegin"

    def plan(self, request: UnbeginRequest, context: Context) -> Plan:
        """Raises `Refused` where the history holds anything else by now."""
        with open_read(request.path, context) as session, session.snapshot():
            _require(session, request.rows, request.origin)
            rests_on = fingerprint.take(session, history.conditions(session))
            findings = obstacles.cannot_be_written(session)
        name, count = quoted(request.path.name), plural(len(request.rows), "migration")
        begun = request.origin is Origin.BASELINE
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Take the history of migrations out of {name}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "begun": cast("Json", [list(row) for row in request.rows]),
                "origin": request.origin.value,
                "into": str(request.into or ""),
                "files": cast("Json", dict(_unchanged(request.into, request.files))),
            },
            sentences=tuple(
                filter(
                    None,
                    (
                        f"{name} has no history of migrations afterwards, as before."
                        if begun
                        else f"{count} that were adopted go out of the history. The other tool's table stays as it is.",
                        _told(request),
                    ),
                )
            ),
            findings=findings,
            reversal=Reversal.NOT_NEEDED,
            reversal_text="No table of yours is changed, only the history of migrations.",
            fingerprint=rests_on,
            button="Take the history out",
            needs_confirmation=bool(request.files),
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        rows = [tuple(cast("list[Any]", row)) for row in cast("list[Json]", plan.request["begun"])]
        try:
            _require(session, cast("tuple[Row, ...]", tuple(rows)), Origin(str(plan.request["origin"])))
        except Refused as error:
            raise fingerprint.stale(plan, "the history went on") from error
        session.run(f"DROP TABLE main.{history.TABLE}")
        return Outcome(f"The history of {quoted(Path(plan.path).name)} is taken out")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        return (Check("The file has no history of migrations", not history.read(session)),)


@contextmanager
def without_files(plan: Plan) -> Iterator[None]:
    """In the block and afterwards, what was written for a history that is taken out is gone. It comes back on an error.

    The files go first: as long as the history names them, another undo, or adopting again, goes on from there.
    """
    files = cast("dict[str, str]", plan.request["files"])
    taken: dict[Path, bytes] = {}
    for path, _ in _unchanged_paths(Path(str(plan.request["into"])), tuple(files.items())):
        with suppress(StewardError):  # one that cannot be deleted is listed as waiting, and told of there
            data = read_whole(path, limit_bytes=_LARGEST_BYTES)
            delete(path)
            taken[path] = data
    with ExitStack() as back:
        for path, data in taken.items():
            back.callback(_put_back, path, data)
        yield
        back.pop_all()


def _put_back(path: Path, data: bytes) -> None:
    with suppress(StewardError):  # the history says that it is missing, and what to do
        write_whole(path, data, overwrite=False)


def _told(request: UnbeginRequest) -> str:
    if request.into is None or not request.files:
        return ""
    there = len(_unchanged(request.into, request.files))
    kept = len(request.files) - there
    told = f"{plural(there, 'file')} in {quoted(str(request.into), 200)} that was written for it goes, too."
    if there != 1:
        told = (
            f"{plural(there, 'file')} in {quoted(str(request.into), 200)} that were written for it go, too."
        )
    return told + (
        f" {plural(kept, 'other')} changed since or gone: nothing is done to those." if kept else ""
    )


def _unchanged(into: Path | None, files: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if into is None:
        return ()
    return tuple((path.name, checksum) for path, checksum in _unchanged_paths(into, files))


def _unchanged_paths(into: Path, files: tuple[tuple[str, str], ...]) -> list[tuple[Path, str]]:
    found = []
    for name, checksum in files:
        path = into / Path(name).name
        if is_there(path):
            with suppress(StewardError):
                if blake3(read_whole(path, limit_bytes=_LARGEST_BYTES)).hexdigest() == checksum:
                    found.append((path, checksum))
    return found


def _require(session: Session, rows: tuple[Row, ...], origin: Origin) -> None:
    found = history.read(session, forgotten=True)
    if tuple(map(_row, found)) != rows or any(row.origin is not origin for row in found):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"The history of {quoted(session.path.name)} holds more than its beginning, or another one.",
            hint="Nothing was changed. Only a history in which nothing happened since can be taken out.",
        )


def _row(applied: Applied) -> Row:
    return (applied.version, applied.name, applied.file, applied.checksum)
