"""The catalog: one SQLite file in the data directory, with what the steward and this program did and chose.

Every write is a unit of work, one BEGIN IMMEDIATE transaction that is rolled back unless it was told to commit:

    with catalog.unit() as unit:
        points.insert(unit, point)
        journal.append(unit, ...)
        unit.commit()

A `Catalog` may be used from any thread; sessions and units belong to the thread that opened them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from types import TracebackType
from typing import Self, TypeVar

from steward_app import db
from steward_app.db import runner, sidefiles
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.storage import delete, home, staged, sweep
from steward_app.storage.disk import translated
from steward_app.storage.lock import exclusive
from steward_app.storage.shipped import migrations

FILE_NAME = "catalog.sqlite"
LOCK = "catalog.lock"
"""Held while the catalog is made or set aside."""
_MIGRATIONS_TABLE = "catalog_migrations"
_BUSY_TIMEOUT_MS = 10_000  # units are short; whoever waits longer has met a stuck process
_DAMAGE = (
    ErrorCode.DAMAGED,
    ErrorCode.MALFORMED_SCHEMA,
    ErrorCode.NOT_A_DATABASE,
    ErrorCode.ENCRYPTED,  # which is what bytes of chance look like
    ErrorCode.TRUNCATED,
)
_UNAFFECTED = "Your databases, restore points and backup stores are not affected."
_ELSEWHERE = "set STEWARD_HOME to another folder."

T = TypeVar("T")


class CatalogDamaged(Failure):
    """The catalog cannot be read. `set_aside` puts it out of the way."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            ErrorCode.DAMAGED,
            f"The catalog, in which this program keeps its journal, cannot be read: {path}",
            hint=f"{_UNAFFECTED} Set the catalog aside (steward journal set-aside): it is kept in a folder of its own,"
            " a new one is made, and restore points and stores are read again from themselves.",
        )


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
        with self._telling_damage(), _opened(self.path) as session:
            unit = Unit(session)
            with suppress(_NotCommitted), session.transaction():
                yield unit
                if not unit.committed:
                    raise _NotCommitted

    @contextmanager
    def reading(self) -> Iterator[db.ReadSession]:
        """A session that reads the catalog as it stands at one moment."""
        with self._telling_damage(), db.open_read(self.path) as session, session.snapshot():
            yield session

    @contextmanager
    def _telling_damage(self) -> Iterator[None]:
        """Damage of the catalog itself is told as that, and not as damage of a steward's file."""
        try:
            yield
        except Failure as failure:
            ours = failure.code in _DAMAGE and not isinstance(failure, CatalogDamaged)
            if ours and is_damaged(self.path):
                raise CatalogDamaged(self.path) from failure
            raise

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

    Raises `CatalogDamaged` when it cannot be read, which `set_aside` mends, and `Failure`: NEWER_FORMAT when a newer
    version of the program has changed it, LOCKED, DISK_FULL, NO_PERMISSION.
    """
    path = (directory or home()) / FILE_NAME
    try:
        if is_missing(path):
            _make(path)
        return Catalog(path, _current(path))
    except Failure as failure:
        raise _explained(failure, path) from failure


def is_missing(path: Path) -> bool:
    """Is there no catalog yet? An empty file is none: what is made here has its name only when it is whole."""
    with translated(path):
        return not os.path.lexists(path) or (S_ISREG(path.lstat().st_mode) and path.lstat().st_size == 0)


def is_damaged(path: Path) -> bool:
    """Whether the catalog there is one that cannot be used. Raises `Failure` when that cannot be told: it is locked."""
    if is_missing(path):
        return _left_beside(path)
    try:
        with _current(path) as session:
            return session.value("PRAGMA quick_check(1)") != "ok"
    except Failure as failure:
        if failure.code in _DAMAGE:
            return True
        raise


def _make(path: Path) -> None:
    """A whole catalog under another name first: a crash or a power cut leaves none, never the beginning of one.

    A log beside no file is of a catalog that was taken away, and would be played over the new one.
    """
    with exclusive(path.with_name(LOCK)):
        if not is_missing(path):
            return  # another process made it meanwhile
        if _left_beside(path):
            raise CatalogDamaged(path)
        for spent in side_files(path):
            delete(spent)
        with staged(path, private=True) as new:
            try:
                with _current(new.reserve()) as session:  # whose close would keep to itself what fails
                    session.run("PRAGMA wal_checkpoint(TRUNCATE)")
            except Failure as failure:
                said = failure.message.replace(new.temporary.name, FILE_NAME)
                raise Failure(failure.code, said, hint=failure.hint) from failure
            new.finish()
        sweep(path)  # what a process that was killed here left, too


def side_files(path: Path) -> list[Path]:
    """What SQLite keeps beside the catalog and is there."""
    each = (sidefiles.WAL, sidefiles.SHM, sidefiles.JOURNAL)
    return [file for file in (sidefiles.beside(path, suffix) for suffix in each) if os.path.lexists(file)]


def _left_beside(path: Path) -> bool:
    return bool(sidefiles.size(path, sidefiles.WAL) or sidefiles.pages_before_journal(path))


def _current(path: Path) -> db.WriteSession:
    """A session on a catalog, brought up to date."""
    session = _opened(path)
    try:
        runner.migrate(session, runner.read_folder(migrations("catalog")), _MIGRATIONS_TABLE)
    except BaseException:
        session.close()
        raise
    return session


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
    if isinstance(failure, CatalogDamaged):
        return failure
    match failure.code:
        case code if code in _DAMAGE:
            return CatalogDamaged(path)
        case ErrorCode.NEWER_FORMAT:
            said = f"The catalog was changed by a newer version of this program: {path}"
            hint = f"Nothing was changed. Install the newer version, or {_ELSEWHERE}"
        case ErrorCode.BAD_MIGRATION:
            said = f"The catalog was made by another edition of this program: {path}"
            hint = f"Nothing was changed. Work with that edition, or {_ELSEWHERE}"
        case ErrorCode.READ_ONLY | ErrorCode.NO_PERMISSION:
            said = f"The catalog, in which this program keeps its journal, cannot be written: {path}"
            hint = f"{_UNAFFECTED} Ask for permission to write to that file and its folder, or {_ELSEWHERE}"
        case _:
            return failure
    return Failure(failure.code, said, hint=hint)
