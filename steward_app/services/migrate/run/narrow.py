"""The session that a migration in Python is given: what a program may do inside the transaction opened for it."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Self
from weakref import WeakSet

from steward_app.db import WriteSession
from steward_app.db.migration_script import NOTHING_APPLIED, reaches_ours
from steward_app.db.script import Statement, split
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.migrate.run.texts_taken import takes_a_text
from steward_app.services.migrate.run.under_audit import UnderAudit

_SHAPES = frozenset({"CREATE", "ALTER", "DROP"})
_MAY_SHAPE = re.compile(rf"\b(?:{'|'.join(sorted(_SHAPES))})\b", re.IGNORECASE)


class Narrow:
    """What a program may do with the file.

    A program may catch the error of a statement and go on. Not where SQLite answered it by rolling everything back
    (ON CONFLICT ROLLBACK, OR ROLLBACK, RAISE(ROLLBACK)): then each statement behind it would be kept by itself.
    """

    def __init__(self, session: WriteSession, shaped: list[str], file: str, audit: UnderAudit) -> None:
        """`shaped` gets the statements that change what tables are and are called, as they run."""
        self._session = session
        self._audit = audit
        self._shaped = shaped
        self._file = file
        self._open: WeakSet[_Rows] = WeakSet()
        self._over = ""

    def execute(self, sql: str, bindings: Sequence[SqlValue] = ()) -> Iterator[Row]:
        """Run one statement and give its rows one by one. It runs whether they are asked for or not."""
        with self._kept(sql):
            rows = _Rows(self._session.execute(sql, bindings))
        if rows.open:
            self._open.add(rows)
        return rows

    def run(self, sql: str, bindings: Sequence[SqlValue] = ()) -> int:
        """Run one statement to its end; how many rows it changed itself."""
        with self._kept(sql):
            return self._session.run(sql, bindings)

    def run_many(self, sql: str, rows: Iterator[Sequence[SqlValue]] | Sequence[Sequence[SqlValue]]) -> None:
        """Run one statement once for each row of bindings."""
        with self._kept(sql):
            self._session.run_many(sql, rows)

    def all(self, sql: str, bindings: Sequence[SqlValue] = ()) -> list[Row]:
        """Every row of one statement."""
        with self._kept(sql):
            return self._session.all(sql, bindings)

    def value(self, sql: str, bindings: Sequence[SqlValue] = ()) -> SqlValue:
        """The first value of the first row, or None."""
        with self._kept(sql):
            return self._session.value(sql, bindings)

    def count(self, sql: str, bindings: Sequence[SqlValue] = ()) -> int:
        """The first value of the first row, which must be a whole number."""
        with self._kept(sql):
            return self._session.count(sql, bindings)

    def end(self) -> None:
        """Close what is still being read. Raises `Failure` with the place where everything was rolled back, if so."""
        for rows in tuple(self._open):
            rows.close()
        self._look()

    @contextmanager
    def _kept(self, sql: str) -> Iterator[None]:
        """Around each statement: none runs outside the transaction, or on a table that is still being read."""
        self._look()
        shaping = _shaping(sql)
        for statement in shaping:
            if refused := reaches_ours(statement) or takes_a_text(self._session, statement):
                hint = f"{NOTHING_APPLIED} {refused.hint}"
                raise Failure(ErrorCode.BAD_SQL, f"{self._place()}: {refused.message}", hint=hint)
        may_shape = shaping or self._audit.waits
        for rows in tuple(self._open) if may_shape else ():  # SQLite changes no table that is being read
            rows.take_the_rest()
        for statement in shaping or (_statements(sql) if may_shape else ()):
            self._audit.ahead_of(statement)
        try:
            yield
        finally:
            if self._session.rolled_back:
                self._over = self._over or self._place()
        self._shaped += [statement.sql for statement in shaping]

    def _look(self) -> None:
        if self._session.rolled_back:
            place = self._over or self._place()
            raise Failure(
                ErrorCode.BAD_MIGRATION,
                f"{place}: SQLite rolled everything back here, and the program went on.",
                hint=f"{NOTHING_APPLIED} Let the error end the program, or write ABORT where it says ROLLBACK.",
            )

    def _place(self) -> str:
        """The line of the program that is running."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        line = f", line {frame.f_lineno}" if frame.f_code.co_filename == self._file else ""
        return f"{quoted(self._file)}{line}"


def _shaping(sql: str) -> list[Statement]:
    """The statements of a text that change what tables are and are called."""
    if not _MAY_SHAPE.search(sql):
        return []
    return [each for each in _statements(sql) if each.verb in _SHAPES]


def _statements(sql: str) -> tuple[Statement, ...]:
    try:
        return split(sql)
    except UsageError:  # SQLite says it better
        return ()


class _Rows:
    """The rows of a statement that has run, read as they are asked for."""

    def __init__(self, rows: Generator[Row]) -> None:
        self._rows = rows
        self._read: deque[Row] = deque()
        self.open = True
        self._read_one()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Row:
        if not self._read:
            self._read_one()
        if not self._read:
            raise StopIteration
        return self._read.popleft()

    def take_the_rest(self) -> None:
        """Read what is left, so that SQLite is done with it."""
        self._read.extend(self._rows)
        self.open = False

    def close(self) -> None:
        """Read nothing more."""
        self._rows.close()
        self.open = False

    def _read_one(self) -> None:
        try:
            self._read.append(next(self._rows))
        except StopIteration:
            self.open = False
