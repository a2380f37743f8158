"""Sessions: the only way to run SQL on a user's file. Reading and writing are different types.

A session is one connection and belongs to one thread at a time. Every statement is bound, run alone and drained
or closed. Cancelling a `Context` the session works under interrupts the statement that runs.
"""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw
import apsw.ext

from steward_app.db import lifting, writers
from steward_app.db.accesses import Access, ColumnMetadata
from steward_app.db.cancelling import Cancelling
from steward_app.db.errors import preparing, translated
from steward_app.db.names import quote
from steward_app.db.place import FileId, check_same
from steward_app.db.rolled_back import roll_back
from steward_app.db.state import OpenState
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row, SqlValue

Bindings = Sequence[SqlValue]


class Session:
    """What reading and writing have in common. Made by `db.open`, never directly."""

    def __init__(
        self,
        connection: apsw.Connection,
        path: Path,
        *,
        file_id: FileId | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection = connection
        self.path = path
        self._file_id = file_id
        self._on_close = on_close
        self._closed = False
        self._cancelling = Cancelling(connection)
        _open_sessions.add(self)

    def execute(self, sql: str, bindings: Bindings = ()) -> Generator[Row]:
        """Run one statement and give its rows one by one. Close the iterator or exhaust it."""
        with translated(self.path):
            cursor = self._connection.execute(sql, tuple(bindings))
            try:
                yield from cursor
            finally:
                cursor.close()

    def all(self, sql: str, bindings: Bindings = ()) -> list[Row]:
        """Every row of one statement. For results that are known to be small."""
        return list(self.execute(sql, bindings))

    def one(self, sql: str, bindings: Bindings = ()) -> Row | None:
        """The first row of one statement, or None."""
        with closing(self.execute(sql, bindings)) as rows:
            return next(rows, None)

    def value(self, sql: str, bindings: Bindings = ()) -> SqlValue:
        """The first value of the first row, or None when there is no row."""
        row = self.one(sql, bindings)
        return row[0] if row else None

    def count(self, sql: str, bindings: Bindings = ()) -> int:
        """The first value of the first row, which must be an integer (a count, a size)."""
        value = self.value(sql, bindings)
        if not isinstance(value, int):
            raise TypeError(f"expected an integer, got {type(value).__name__}")
        return value

    def run_many(self, sql: str, rows: Iterator[Bindings] | Sequence[Bindings]) -> None:
        """Run one statement once for each row of bindings. Of a reading session, on tables of `temp` only."""
        with translated(self.path):
            for _ in self._connection.executemany(sql, rows):
                pass

    def column_names(self, sql: str) -> tuple[str, ...]:
        """The names of the columns a query would give. The query is prepared, not run."""
        with preparing(self.path):
            info = apsw.ext.query_info(self._connection, sql)
        return tuple(column[0] for column in info.description)

    def accesses(self, sql: str) -> tuple[Access, ...]:
        """What a statement would read and write, through views and triggers too. Prepared, not run."""
        with preparing(self.path):
            info = apsw.ext.query_info(self._connection, sql, actions=True)
        return tuple(
            Access(
                action=action.action_name,
                table=action.table_name or "",
                column=action.column_name or "",
                through=action.trigger_or_view or "",
            )
            for action in info.actions or ()
        )

    def column_metadata(self, table: str, column: str, schema: str = "main") -> ColumnMetadata:
        """What SQLite says of one declared column of a table (not of a view)."""
        with translated(self.path):
            # of a virtual table that nothing has asked for yet, SQLite would end the process
            for _ in self._connection.execute(f"PRAGMA {quote(schema)}.table_xinfo({quote(table)})"):
                break
            return ColumnMetadata(*self._connection.column_metadata(schema, table, column))

    def read_bytes(self, table: str, column: str, rowid: int, length: int, offset: int = 0) -> bytes | None:
        """A part of one stored TEXT or BLOB value, without reading the rest of it.

        TEXT comes in the encoding of the file. None where SQLite cannot read it piecewise: a number, NULL, a
        generated column's table, a view, a row that is gone.
        """
        with translated(self.path):
            try:
                blob = self._connection.blob_open("main", table, column, rowid, False)
            except apsw.SQLError:
                return None
            try:
                blob.seek(min(offset, blob.length()))
                return blob.read(length)
            finally:
                blob.close()

    def data_version(self) -> int:
        """Changes when another connection commits; not for our own commits on this connection."""
        return self.count("PRAGMA data_version")

    @property
    def in_transaction(self) -> bool:
        """True inside `snapshot()` or `transaction()`."""
        return self._connection.in_transaction

    def check_identity(self) -> None:
        """Raise `Failure` when the path leads to another file by now than the one that is open here, or to none."""
        if self._file_id is not None:
            check_same(self.path, self._file_id)

    def interrupt(self) -> None:
        """Stop the statement that runs, from any thread."""
        self._connection.interrupt()

    @contextmanager
    def under(self, context: Context) -> Iterator[None]:
        """Run the block's statements so that cancelling `context` stops them within milliseconds."""
        with self._cancelling.under(context):
            yield

    @property
    def closed(self) -> bool:
        """Whether it is closed: what was in `temp` is gone with it."""
        return self._closed

    def close(self) -> None:
        """Close the connection. Closing twice is harmless."""
        if not self._closed:
            self._connection.close(True)
            self._closed = True
            self._on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_open_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Whoever forgot to close leaves no side files beside the user's file."""
    for session in tuple(_open_sessions):
        with suppress(apsw.Error):  # a thread still reads: it dies with the process
            session.close()


class ReadSession(Session):
    """A connection that cannot change the file."""

    def __init__(
        self,
        connection: apsw.Connection,
        path: Path,
        state: OpenState | None = None,
        *,
        again: Callable[[bool], ReadSession] | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(connection, path, file_id=state.id if state else None, on_close=on_close)
        self._state = state
        self._again = again

    @property
    def state(self) -> OpenState:
        """How the file was opened. A session on a file of ours that was not looked at has none."""
        if self._state is None:
            raise RuntimeError("this session was not made by open_read")
        return self._state

    def sibling(self, *, waits: bool = True) -> ReadSession:
        """Another session on what this one looks at (the same scratch copy, too), for another thread. Cheap.

        Args:
            waits: for other programs that hold the file locked; else what it does fails at once.
        """
        if self._again is None:
            raise RuntimeError("this session was not made by open_read")
        return self._again(waits)

    @contextmanager
    def watched(self) -> Iterator[Callable[[], bool]]:
        """Begin it before `snapshot()`: the call it gives says whether nothing was committed to the file since.

        As long as that is so, a session that begins to read now, of another process too, sees what the snapshot sees.
        From any thread.
        """
        with self.sibling() as other:
            before = other.data_version()
            yield lambda: other.data_version() == before

    def reset(self) -> bool:
        """Make it as new for another piece of work; False when it is not, and should be closed.

        Ends a transaction that was left open. Rows that were not read to the end, tables left in `temp` and attached
        files make it unfit.
        """
        connection = self._connection
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if connection.txn_state() != apsw.SQLITE_TXN_NONE or len(connection.db_names()) > 2:
                return False
            return connection.execute("SELECT 1 FROM temp.sqlite_schema LIMIT 1").fetchone() is None
        except apsw.Error:
            return False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read in the block is of one moment, whatever other programs write meanwhile.

        A block inside another is of the outer one's moment. Temporary tables made in it stay.
        """
        inside = self._connection.in_transaction
        if inside:
            yield
            return
        with translated(self.path):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                with suppress(apsw.Error):  # of a damaged file, which was told already
                    self._connection.execute("COMMIT")  # of `temp` alone: a rollback would take it back
            if self._connection.in_transaction:
                with suppress(apsw.InterruptError):  # rows not read to the end hold it up until it closes
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def temporary(self) -> Iterator[None]:
        """In the block, tables of the `temp` schema may be made, filled and dropped.

        They live in a file of SQLite's own that goes with the connection, outside memory. The user's file is
        opened for reading alone and stays as it is.
        """
        with suppress(apsw.SQLError):  # within a transaction it stays as SQLite was built: a file, too
            self._connection.execute("PRAGMA temp_store = FILE")
        with translated(self.path):
            self._connection.execute("PRAGMA query_only = OFF")
        try:
            yield
        finally:
            if not self._closed:
                self._connection.execute("PRAGMA query_only = ON")


class WriteSession(Session):
    """A connection that may change the file, inside `transaction()` only."""

    def __init__(
        self,
        connection: apsw.Connection,
        path: Path,
        *,
        file_id: FileId | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(connection, path, file_id=file_id, on_close=on_close)
        self._ending = writers.begin(file_id, connection) if file_id is not None else lambda: None
        self._inside = False

    def close(self) -> None:
        """Close the connection. Closing twice is harmless."""
        if not self._closed:
            self._ending()
        super().close()

    @contextmanager
    def transaction(self, context: Context | None = None) -> Iterator[None]:
        """One BEGIN IMMEDIATE transaction: committed when the block ends, rolled back when it raises.

        Never `with connection:`, which hides a cancel that SQLite already rolled back. Once COMMIT begins the
        context cannot be cancelled any more. For some errors SQLite itself rolls back (ON CONFLICT ROLLBACK, a full
        disk). Where the block goes on, its next statement raises `Failure`, and its end: each would be kept by itself.
        """
        connection = self._connection
        with translated(self.path):
            connection.execute("BEGIN IMMEDIATE")
        self._inside = True
        try:
            yield
            self._require_transaction()
            if context is not None:
                context.finishing()
            with translated(self.path):
                connection.execute("COMMIT")
        except BaseException as error:
            roll_back(connection)
            if isinstance(error, apsw.InterruptError):
                raise Cancelled() from error
            raise
        finally:
            self._inside = False

    @property
    def rolled_back(self) -> bool:
        """Whether SQLite ended the transaction of the block around this, with everything in it."""
        return self._inside and not self._connection.in_transaction

    def execute(self, sql: str, bindings: Bindings = ()) -> Generator[Row]:
        """As of any session. Raises `Failure` in a `transaction()` that was rolled back."""
        self._require_transaction()
        return super().execute(sql, bindings)

    def run_many(self, sql: str, rows: Iterator[Bindings] | Sequence[Bindings]) -> None:
        """As of any session. Raises as `execute`."""
        self._require_transaction()
        super().run_many(sql, rows)

    def _require_transaction(self) -> None:
        if self.rolled_back:
            raise Failure(
                ErrorCode.VERIFY_FAILED,
                f"SQLite rolled the change of {quoted(self.path.name)} back before it came to its end.",
                hint="The file is as it was before.",
            )

    def run(self, sql: str, bindings: Bindings = ()) -> int:
        """Run one statement to its end and return how many rows it changed itself (not through triggers)."""
        for _ in self.execute(sql, bindings):
            pass
        return self._connection.changes()

    @contextmanager
    def verbatim(self) -> Iterator[None]:
        """In the block, a statement changes the rows it names and no others.

        No trigger runs, and no foreign key is enforced or acts on other rows. Whoever uses it looks at the foreign keys
        before the commit. Where the file has an audit, its triggers go on telling what changes: the others are taken
        away and made again, and the block must stand inside a transaction.
        """
        connection, switches = self._connection, [apsw.SQLITE_DBCONFIG_ENABLE_FKEY]
        with translated(self.path):
            audited = lifting.has_audit(connection)
            if audited and not connection.in_transaction:
                raise RuntimeError("verbatim on an audited file works inside a transaction")
            lifted = lifting.lift(connection) if audited else ()
        if not audited:
            switches.append(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER)
        before = [connection.config(switch, -1) for switch in switches]
        for switch in switches:
            connection.config(switch, 0)
        try:
            yield
        finally:
            for switch, value in zip(switches, before, strict=True):
                connection.config(switch, value)
            if connection.in_transaction:  # else they are back as they were
                with translated(self.path):
                    lifting.put_back(connection, lifted)
