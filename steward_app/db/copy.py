"""Consistent copies of a file that may be in use, and putting a copy back.

Never a copy of the file's bytes: those of a file in use are of several moments, and without its `-wal` the newest
commits are missing. SQLite's backup API copies page by page inside one read transaction.

    journal mode    how a copy is taken                         other programs meanwhile
    WAL             in steps, inside one read transaction       read and write as ever
    all others      in steps, inside one read transaction       read; whoever writes waits until it is done

In steps means that it can be cancelled and tells how far it is; inside one read transaction means that it ends, since
no write of another program makes it begin afresh.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw

from steward_app.db.errors import translated
from steward_app.db.image import open_image
from steward_app.db.open import open_read, open_write
from steward_app.db.session import ReadSession, Session
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.storage import staged

_BYTES_PER_STEP = 4 << 20  # some milliseconds: a cancel is answered at once
_SIDE_FILES = ("-journal", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was copied.

    Attributes:
        pages: pages of the image.
        page_size_bytes: size of each.
        journal_mode: of the source: "wal", "delete", ...; the copy has it too, WAL or not.
    """

    pages: int
    page_size_bytes: int
    journal_mode: str

    @property
    def size_bytes(self) -> int:
        return self.pages * self.page_size_bytes


def copy_database(source: Path, target: Path, context: Context, *, lasting: bool = True) -> CopyReport:
    """Copy a database that may be in use to a new file, of one moment, page by page.

    The copy is readable by its owner alone. It appears whole or not at all, and is on the disk when this returns.
    Free pages and everything in them are copied as they are; only the counters in the header are new.

    Args:
        lasting: False for a copy that is only looked at, and goes with its scratch folder: nothing waits for the disk.

    Raises:
        Refused: when `target` exists, or side files of an earlier database of that name do.
        Failure: locked, disk full, damaged beyond reading.
        Cancelled: nothing was left behind.
    """
    with open_read(source) as session, session.snapshot():
        return copy_snapshot(session, target, context, lasting=lasting)


def copy_snapshot(
    session: ReadSession, target: Path, context: Context, *, lasting: bool = True
) -> CopyReport:
    """`copy_database` of what an open session sees. Inside `snapshot()`, the copy is of the snapshot's moment."""
    refuse_target(target, session.path)
    with session.snapshot(), staged(target, private=True) as new:
        report = _report(session)  # reads, which begins the snapshot
        temporary = new.reserve()
        with translated(target):
            connection = apsw.Connection(str(temporary), flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                # Nobody sees this file before it is whole, and `finish` syncs it.
                for setting in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
                    connection.execute(f"PRAGMA {setting}")
                _backup(connection, session._connection, report, context)
            finally:
                connection.close()
        context.checkpoint()
        new.finish(overwrite=False, lasting=lasting)
    return report


def clean_copy(source: Path, target: Path, context: Context) -> CopyReport:
    """Copy a database that may be in use to a new file, without free pages and deleted rows (VACUUM INTO).

    As `copy_database`, but the pages are written anew: smaller, in order, and with none of what was deleted. Other
    programs wait or not just as there. Space for the whole copy is needed once.
    """
    refuse_target(target, source)
    with open_read(source) as session, staged(target, private=True) as new:
        temporary = new.reserve()
        with session.under(context), translated(target):
            session._connection.execute("PRAGMA query_only = OFF")  # it forbids the new file, too
            session._connection.execute("VACUUM main INTO ?", (str(temporary),))
        with open_image(temporary) as made:
            report = _report(made)
        context.checkpoint()
        new.finish(overwrite=False)
    return report


def replace_contents(
    target: Path, source: Path, context: Context, then: Callable[[Session, bool], None] | None = None
) -> CopyReport:
    """Give a live database the contents of an image, in one transaction of SQLite.

    The file is never replaced by another: whoever has it open sees the old contents or the new, and a side file that
    lies beside it cannot be taken for one of the new contents. A crash leaves the old contents, which the next
    program to open the file puts right from its journal. The file keeps WAL mode, or takes it over from the image.

    Args:
        target: the live database; other programs may have it open.
        source: an image nobody writes (a restore point).
        then: called after the commit, in one read transaction, with a session on the live file and whether another
            program has written to it since.

    Raises:
        Refused: `source` and `target` are the same file, or their page sizes differ.
        Failure: locked by another program (nothing was changed), disk full, damaged.
        Cancelled: nothing was changed. Not possible any more once the last pages are written.
    """
    if target.exists() and source.samefile(target):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"{quoted(target.name)} cannot be given its own contents.",
            hint="Nothing was changed.",
        )
    with open_image(source) as image, open_write(target) as live:
        report = _report(image)
        page_size_bytes = live.count("PRAGMA page_size")
        if page_size_bytes != report.page_size_bytes and live.count("PRAGMA page_count"):
            raise Refused(
                ErrorCode.BLOCKED,
                f"{quoted(target.name)} has pages of {page_size_bytes:,} bytes and the copy has pages of "
                f"{report.page_size_bytes:,}; SQLite cannot put one in the place of the other.",
                hint="The file is unchanged. Restore to a new file instead.",
            )
        with translated(target):
            version = live.data_version()
            _backup(live._connection, image._connection, report, context, before_commit=context.finishing)
            if then is not None:
                live._connection.execute("BEGIN")
                then(live, live.data_version() != version)
                live._connection.execute("ROLLBACK")
    return report


def drop_tail(path: Path, scratch: Path, context: Context) -> bool:
    """Take away what stands in a file behind its last page; whether anything did. The pages stay as they are.

    A program that is killed between its commit and the cut leaves pages of before there, which SQLite never reads and
    never takes away by itself.

    Args:
        scratch: a folder of ours, where a copy of the pages stands meanwhile.

    Raises:
        Failure: locked by another program, disk full, damaged; nothing was changed then.
    """
    with open_read(path) as session:
        size_bytes = _report(session).size_bytes
    if path.stat().st_size <= size_bytes:
        return False
    image = scratch / "pages.sqlite"
    copy_database(path, image, context)
    replace_contents(path, image, context)
    return True


def refuse_target(target: Path, source: Path) -> None:
    """Refuse to make a database where something stands already, or where a side file would become part of it."""
    hint = "Choose another name. Nothing was written."
    if os.path.lexists(target):
        raise Refused(ErrorCode.BAD_PATH, f"{quoted(target.name)} exists already.", hint=hint)
    for suffix in _SIDE_FILES:
        if os.path.lexists(target.with_name(target.name + suffix)):
            raise Refused(
                ErrorCode.BAD_PATH,
                f"{quoted(target.name + suffix)} lies there; SQLite would take it for a part of the copy.",
                hint="Choose another name, or move that file away first. Nothing was written.",
            )
        if target.name.endswith(suffix):
            raise Refused(
                ErrorCode.BAD_PATH,
                f"{quoted(target.name)} is a name that SQLite gives to its own files.",
                hint=hint,
            )


def _report(session: Session) -> CopyReport:
    return CopyReport(
        pages=session.count("PRAGMA page_count"),
        page_size_bytes=session.count("PRAGMA page_size"),
        journal_mode=str(session.value("PRAGMA journal_mode")),
    )


def _backup(
    target: apsw.Connection,
    source: apsw.Connection,
    report: CopyReport,
    context: Context,
    before_commit: Callable[[], None] = lambda: None,
) -> None:
    """Copy all pages in steps. The last step commits; until then, leaving rolls back."""
    pages = max(1, _BYTES_PER_STEP // report.page_size_bytes)
    backup = target.backup("main", source, "main")
    remaining = report.pages
    try:
        while not backup.done:
            context.checkpoint()
            if remaining <= pages:
                before_commit()
            backup.step(pages)
            remaining = backup.remaining
            context.report(report.pages - remaining, report.pages, unit="pages")
    except BaseException:
        backup.close(True)  # its own complaint would hide the error that matters
        raise
    backup.close()
