"""The catalog: one SQLite file in the data directory, with what the steward and this program did and chose.

Every write is a unit of work, one BEGIN IMMEDIATE transaction that is rolled back unless it was told to commit:

    with catalog.unit() as unit:
        points.insert(unit, point)
        journal.append(unit, ...)
        unit.commit()

A `Catalog` may be used from any thread; sessions and units belong to the thread that opened them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from steward_app import db
from steward_app.db import runner
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.storage import home
from steward_app.storage.disk import disk, translate
from steward_app.storage.shipped import migrations

FILE_NAME = "catalog.sqlite"
_MIGRATIONS_TABLE = "catalog_migrations"
_BUSY_TIMEOUT_MS = 10_000  # units are short; whoever waits longer has met a stuck process


T = TypeVar("T")


class Unit:
    """A unit of work in progress. What it wrote is kept only when `commit()` was called and the block ends well."""

    def __init__(self, session: db.WriteSession) -> None:
        self.session = session
        self.committed = False

    def commit(self) -> None:
        """Keep what was written. Committed together when the block ends without an error."""
        self.committed = True


class Catalog:
    """An open catalog. Make one with `open_catalog`; close it at the end of the program."""

    def __init__(self, path: Path, keeper: db.WriteSession) -> None:
        self.path = path
        self._keeper = (
            keeper  # stays open: the last connection to close would move the WAL into the file each time
        )
        self._until_closed = ExitStack()

    @property
    def directory(self) -> Path:
        """The data directory; restore points and scratch copies lie in folders of it."""
        return self.path.parent

    @property
    def scratch(self) -> Path:
        """The folder for `storage.scratch_directory`."""
        return self.directory / "scratch"

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One transaction that writes, rolled back unless `unit.commit()` was called."""
        with _opened(self.path) as session:
            unit = Unit(session)
            with suppress(_NotCommitted), session.transaction():
                yield unit
                if not unit.committed:
                    raise _NotCommitted

    @contextmanager
    def reading(self) -> Iterator[db.ReadSession]:
        """A session that reads the catalog as it stands at one moment."""
        with db.open_read(self.path) as session, session.snapshot():
            yield session

    def until_closed(self, resource: AbstractContextManager[T]) -> T:
        """Enter a context that ends when the catalog is closed: scratch space for a session of work."""
        return self._until_closed.enter_context(resource)

    def close(self) -> None:
        """Close it. Closing twice is harmless."""
        try:
            self._until_closed.close()
        finally:
            self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _NotCommitted(Exception):
    """Leaves the transaction so that it is rolled back."""


def open_catalog(directory: Path | None = None) -> Catalog:
    """Open the catalog of a data directory (the user's own by default), made and brought up to date as needed.

    Raises `Failure`: NEWER_FORMAT when a newer version of the program has changed it, DAMAGED when it cannot be
    read, LOCKED, DISK_FULL, NO_PERMISSION.
    """
    path = (directory or home()) / FILE_NAME
    _make(path)
    try:
        keeper = _opened(path)
        try:
            runner.migrate(keeper, runner.read_folder(migrations("catalog")), _MIGRATIONS_TABLE)
        except BaseException:
            keeper.close()
            raise
    except Failure as failure:
        raise _explained(failure, path) from failure
    return Catalog(path, keeper)


def _make(path: Path) -> None:
    """An empty file, which SQLite takes for an empty database, private from its first moment."""
    try:
        disk().close(disk().open_new(path, private=True))
    except FileExistsError:
        return
    except OSError as error:
        raise translate(error, path) from error


def _opened(path: Path) -> db.WriteSession:
    session = db.open_write(path)
    session.run(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    try:
        if session.value("PRAGMA journal_mode") != "wal":
            session.run("PRAGMA journal_mode = WAL")
    except Failure as failure:
        if (
            failure.code is not ErrorCode.LOCKED
        ):  # then another process uses it already: whoever opens it next asks
            session.close()
            raise
    return session


def _explained(failure: Failure, path: Path) -> Failure:
    match failure.code:
        case ErrorCode.DAMAGED | ErrorCode.MALFORMED_SCHEMA | ErrorCode.NOT_A_DATABASE | ErrorCode.TRUNCATED:
            return Failure(
                ErrorCode.DAMAGED,
                f"The catalog, in which this program keeps its journal, cannot be read: {path}",
                hint="Your databases and restore points are not affected. Move that file to another folder and "
                "start again: restore points are found again from their own folders.",
            )
        case ErrorCode.NEWER_FORMAT:
            return Failure(
                ErrorCode.NEWER_FORMAT,
                f"The catalog was changed by a newer version of this program: {path}",
                hint="Nothing was changed. Install the newer version, or set STEWARD_HOME to another folder.",
            )
        case _:
            return failure
