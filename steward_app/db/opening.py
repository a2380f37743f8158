"""One look at one file: the way of reading it that changes nothing, and what a steward should know about it.

    NORMAL     an ordinary reader; side files it made are removed when it is closed
    COPY       a hot journal, a -wal that cannot be shared, or overwritten first bytes: a scratch copy is read
    IMMUTABLE  a WAL file in a place where no side files can be made, or an empty file with something beside it
    SAFE       a damaged schema or a missing end, read as far as it goes

`docs/opening-files.md` has the table of all cases.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack

import apsw

from steward_app.db import connect, drives, notices, safe_mode, scratch, sidefiles, sniff
from steward_app.db.copying import Moved, copy_to_look, pinned
from steward_app.db.errors import extended
from steward_app.db.header import (
    MAGIC,
    NEWEST_FORMAT,
    NEWEST_SCHEMA_FORMAT,
    Header,
    has_plain_sizes,
    parse,
    parse_without_magic,
    read_start,
)
from steward_app.db.names import quote
from steward_app.db.place import Place
from steward_app.db.state import OpenMode, OpenState
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context

_HEADER_BYTES = 100
_SPOILED = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError)  # the last: "unsupported file format"


class Opening:
    """One look at one file: chooses the way, connects, and collects what a steward should know."""

    def __init__(self, place: Place, context: Context, resources: ExitStack) -> None:
        self._place = place
        self._context = context
        self._resources = resources
        self._start = read_start(place.file)
        self._header = parse(self._start)
        self._file = place.file
        self._immutable = False
        self._safe = False
        self._notices: list[Finding] = []

    def run(self) -> tuple[apsw.Connection, OpenState]:
        """The first connection, and how the file was opened."""
        self._resources.callback(sidefiles.using(self._place))
        self._choose()
        connection = self._first_connection()
        self._look_around()
        return connection, self._state()

    def connect(self, waits: bool = True) -> apsw.Connection:
        """One more connection to what this opening looks at."""
        return connect.reader(self._file, immutable=self._immutable, safe=self._safe, waits=waits)

    # Choosing a way that changes nothing

    def _choose(self) -> None:
        place = self._place
        if not self._start:
            left = left_beside(place)
            self._immutable = sidefiles.size(place.file, sidefiles.WAL) is not None
            self._notices.append(notices.empty(place, left))
        elif checked_header(place, self._start) is None:
            self._look_at_copy(sidefiles.WAL if self._wal_bytes else "", notices.mended_magic(place))
            self._header = parse(read_start(self._file))
        else:
            self._choose_for_wal()

    def _choose_for_wal(self) -> None:
        wal_bytes = sidefiles.size(self._place.file, sidefiles.WAL)
        is_wal = self._header is not None and self._header.is_wal
        if wal_bytes and not is_wal:
            self._notices.append(notices.stray_wal(self._place))
        if (is_wal or wal_bytes is not None) and not self._place.may_write:
            self._do_without_side_files(wal_bytes or 0)

    def _do_without_side_files(self, wal_bytes: int) -> None:
        """SQLite reads a -wal here only when the -shm exists already; else it would have to make one."""
        readable = {s: _may_read(self._place, s) for s in (sidefiles.WAL, sidefiles.SHM)}
        if wal_bytes and not readable[sidefiles.WAL]:
            raise notices.wal_not_readable(self._place)
        if wal_bytes and not readable[sidefiles.SHM]:
            self._look_at_copy(sidefiles.WAL, notices.wal_copied(self._place))
        elif not wal_bytes:
            self._immutable = True
            self._notices.append(notices.immutable())

    def _look_at_copy(self, side_file: str, notice: Finding) -> None:
        directory = self._resources.enter_context(scratch.directory())
        self._resources.enter_context(pinned(self._place))
        self._file = copy_to_look(
            self._place,
            directory,
            self._context,
            side_file=side_file,
            mend_magic=not self._start.startswith(MAGIC),
        )
        self._notices.append(notice)

    # Connecting, and what SQLite has to say to it

    def _first_connection(self) -> apsw.Connection:
        try:
            return self._connect_and_read()
        except _SPOILED as error:
            return self._connect_safely(error)
        except (apsw.ReadOnlyError, apsw.CantOpenError) as error:
            self._find_another_way(error)
        try:
            return self._connect_and_read()
        except _SPOILED as error:
            return self._connect_safely(error)

    def _find_another_way(self, error: apsw.ReadOnlyError | apsw.CantOpenError) -> None:
        """Choose again, now that SQLite has said what the file system did not tell. Raises when there is no way."""
        if self._is_copy or self._immutable:
            raise error
        if _may_read(self._place, sidefiles.JOURNAL) is False:
            raise notices.journal_not_readable(self._place) from error
        if extended(error) == apsw.SQLITE_READONLY_ROLLBACK:
            self._look_at_copy(sidefiles.JOURNAL, notices.hot_journal(self._place))
        elif self._wal_bytes or (self._header and self._header.is_wal):
            self._do_without_side_files(self._wal_bytes)
        else:
            raise error

    def _connect_and_read(self) -> apsw.Connection:
        """Connect, and read the list of tables: nothing else tells whether SQLite accepts the file."""
        connection = self.connect()
        try:
            connection.execute("BEGIN")
            what = "1" if self._safe else "count(*)"  # safe mode does with the beginning of the list
            connection.execute(f"SELECT {what} FROM main.sqlite_schema").fetchone()
            if not self._safe and not self._wal_bytes:
                self._compare_length()
            connection.execute("ROLLBACK")
        except BaseException:
            connection.close(True)
            raise
        return connection

    def _connect_safely(self, error: apsw.Error) -> apsw.Connection:
        if sniff.looks_encrypted(self._start, self._place.size_bytes):
            raise notices.encrypted(self._place) from error
        self._safe = True
        try:
            connection = self._connect_and_read()
        except _SPOILED as still:
            raise notices.nothing_left(self._place, self._header) from still
        try:
            self._say_what_is_left(connection)
        except BaseException:
            connection.close(True)
            raise
        return connection

    # What a steward should know

    def _compare_length(self) -> None:
        """Under the lock of a reader the header and the length of the file agree, or never will."""
        self._header = parse(read_start(self._file))
        expected = self._header.expected_bytes if self._header else None
        extra = self._file.stat().st_size - expected if expected else 0
        if extra > 0:
            self._notices.append(notices.longer_than_told(extra))

    def _say_what_is_left(self, connection: apsw.Connection) -> None:
        rows = safe_mode.judged(connection)
        readable = _readable(connection, rows)
        page_count = connection.pragma("page_count")
        header = self._header
        if header and header.page_count_holds and page_count < header.page_count and not self._wal_bytes:
            self._notices.append(notices.cut_short(self._place, header, page_count, readable))
        elif any(row.problem for row in rows):
            self._notices.append(notices.bad_schema(self._place, rows, readable))
        else:
            self._notices.append(notices.unreadable_parts(self._place, readable))

    def _look_around(self) -> None:
        if self._place.is_link:
            self._notices.append(notices.link(self._place))
        if kind := drives.network_drive(self._place.file, self._place.id.device):
            self._notices.append(notices.network_drive(kind))
        if self._header and self._header.write_version > NEWEST_FORMAT:
            self._notices.append(notices.newer_writer(self._header))

    def _state(self) -> OpenState:
        modes = {OpenMode.SAFE: self._safe, OpenMode.COPY: self._is_copy, OpenMode.IMMUTABLE: self._immutable}
        wal_bytes = self._wal_bytes
        is_wal = bool(wal_bytes) or (self._header is not None and self._header.is_wal)
        return OpenState(
            mode=next((mode for mode, holds in modes.items() if holds), OpenMode.NORMAL),
            file=self._place.file,
            looked_at=self._file,
            id=self._place.id,
            size_bytes=self._place.size_bytes,
            wal_bytes=wal_bytes,
            journal_mode="wal" if is_wal else "delete",
            header=self._header,
            live=not self._is_copy and not self._immutable,
            writable=self._is_writable,
            notices=tuple(sorted(self._notices, key=lambda finding: finding.severity.rank)),
        )

    @property
    def _is_writable(self) -> bool:
        """A hot journal does not forbid writing: the first writer undoes the unfinished change."""
        newer = self._header is not None and self._header.write_version > NEWEST_FORMAT
        mended = bool(self._start) and not self._start.startswith(MAGIC)
        return self._place.may_write and not (newer or mended or self._safe or self._immutable)

    @property
    def _is_copy(self) -> bool:
        return self._file != self._place.file

    @property
    def _wal_bytes(self) -> int:
        return sidefiles.size(self._place.file, sidefiles.WAL) or 0


def checked_header(place: Place, start: bytes) -> Header | None:
    """The header of a database, or None for an empty file or one whose first 16 bytes alone are overwritten.

    Raises `Failure` for everything that is no database this SQLite can read.
    """
    header = parse(start)
    if not start:
        return None
    if start.startswith(MAGIC) and len(start) > _HEADER_BYTES and start[19] > NEWEST_FORMAT:
        raise notices.newer_format(place, f"file format {start[19]}")
    if header is not None:
        if header.schema_format > NEWEST_SCHEMA_FORMAT:
            raise notices.newer_format(place, f"schema format {header.schema_format}")
        return header
    if MAGIC.startswith(start[: len(MAGIC)]) and len(start) <= _HEADER_BYTES:
        raise notices.nothing_left(place, None)
    if start.startswith(MAGIC):
        raise notices.header_damaged(place)
    if kind := sniff.recognise(start):
        raise notices.not_a_database(place, kind)
    if sniff.looks_encrypted(start, place.size_bytes):
        raise notices.encrypted(place)
    if parse_without_magic(start) is not None:
        return None
    raise notices.encrypted(place) if has_plain_sizes(start) else notices.not_a_database(place, "")


def left_beside(place: Place) -> list[str]:
    """Side files with content of another time beside an empty file. SQLite deletes a -wal there even when it only
    reads, and a journal when it writes. Raises `Moved` when the file was only about to be made by another program.
    """
    left = []
    if sidefiles.size(place.file, sidefiles.WAL):
        left.append(sidefiles.WAL)
    if sidefiles.pages_before_journal(place.file):
        left.append(sidefiles.JOURNAL)
    if left and place.file.stat().st_size:
        raise Moved
    return left


def _may_read(place: Place, suffix: str) -> bool | None:
    """May the side file be read? None where there is none."""
    file = sidefiles.beside(place.file, suffix)
    return os.access(file, os.R_OK) if file.exists() else None


def _readable(connection: apsw.Connection, rows: Sequence[safe_mode.SchemaRow]) -> notices.Readable:
    """How many of the stored tables have a first row that can be reached, or are empty."""
    stored = [row.name for row in rows if row.type == "table" and row.root_page]
    reached = sum(_reaches_a_row(connection, name) for name in stored)
    return notices.Readable(reached, len(stored), ends_early=safe_mode.ends_early(connection))


def _reaches_a_row(connection: apsw.Connection, table: str) -> bool:
    try:
        connection.execute(f"SELECT 1 FROM main.{quote(table)} NOT INDEXED LIMIT 1").fetchone()
    except apsw.Error:
        return False
    return True
