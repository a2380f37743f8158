"""The folder of the tour. What stands there under the tour's names is replaced when an earlier tour made it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from steward_app import __version__
from steward_app.db import holders
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.storage import delete, read_whole, write_whole
from steward_app.storage.disk import translated

_SCHEMA = "steward/tour-folder/v1"
_MARK_LIMIT_BYTES = 10_000
_SIDE_FILES = ("-journal", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Place:
    """Where each thing stands that the tour makes."""

    folder: Path

    @property
    def report(self) -> Path:
        return self.folder / "index.html"

    @property
    def sample(self) -> Path:
        return self.folder / "riverside.db"

    @property
    def restored(self) -> Path:
        return self.folder / "riverside-restored.db"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def diagram(self) -> Path:
        return self.folder / "schema-map.svg"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def home(self) -> Path:
        """The tour's own data directory, where no other was named."""
        return self.folder / "home"

    @property
    def mark(self) -> Path:
        """Says that a tour made what stands here. Written first, so that an unfinished tour is replaced, too."""
        return self.folder / "tour.json"

    @property
    def made(self) -> tuple[Path, ...]:
        """Everything a tour makes but its mark."""
        return (
            self.report,
            self.sample,
            self.restored,
            self.store,
            self.diagram,
            self.pictures,
            self.home,
        )


def prepare(folder: Path) -> Place:
    """A folder for a new tour: made when it is not there, freed of what an earlier tour left.

    Raises:
        UsageError: something else stands under a name of the tour.
        Refused: a database of the earlier tour is open in some program.
        Failure: the folder cannot be used.
    """
    place = Place(folder.absolute())
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    there = [path for path in place.made if path.exists() or path.is_symlink()]
    if there and not _is_of_a_tour(place.mark):
        raise UsageError(
            ErrorCode.BAD_PATH,
            f"{quoted(folder.name)} holds {quoted(there[0].name)}, which no tour has made.",
            hint="Nothing was changed. Choose another folder for the tour.",
        )
    for database in (place.sample, place.restored):
        _refuse_open(database)
    for path in there:
        _remove(path)
    mark = {
        "schema": _SCHEMA,
        "begun_at": clock.to_text(clock.now()),
        "application": f"data-steward {__version__}",
    }
    write_whole(place.mark, json.dumps(mark, indent=2).encode("ascii") + b"\n")
    return place


def _is_of_a_tour(mark: Path) -> bool:
    try:
        read = json.loads(read_whole(mark, limit_bytes=_MARK_LIMIT_BYTES))
    except (Failure, ValueError):
        return False
    return isinstance(read, dict) and read.get("schema") == _SCHEMA


def _refuse_open(database: Path) -> None:
    """A program that goes on with a deleted database would leave its journal beside the new one of that name."""
    open_in = holders(database, own=True)
    if open_in:
        raise Refused(
            ErrorCode.LOCKED,
            f"{quoted(database.name)} of the earlier tour is open in {quoted(open_in[0].name)}"
            f" (process {open_in[0].pid}).",
            hint="Nothing was changed. Close it there, or choose another folder for the tour.",
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        with translated(path):
            shutil.rmtree(path)
    else:
        delete(path)
        for suffix in _SIDE_FILES:
            delete(path.with_name(path.name + suffix))
