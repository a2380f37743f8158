"""The process that reads a database for a point. It ends afterwards, and can be killed at any moment.

In:   a line of JSON: what to do. Then nothing: when the parent is gone, this ends.
Out:  lines of JSON: {"progress": [done, total, unit, note]}, at last {"scanned": ...}, {"failure": ...} or
      {"bug": ...}.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from steward_app.db import open_read, pages
from steward_app.db.content import table_contents
from steward_app.db.copy import copy_snapshot
from steward_app.db.image import open_image
from steward_app.db.schema_hash import schema_hash
from steward_app.db.session import ReadSession, Session
from steward_app.db.state import OpenMode
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.backup.store.scan_packs import Packs, Sink, Spool
from steward_app.services.backup.store.scan_pages import Base, Scan
from steward_app.services.backup.store.staging import LOOK, clear
from steward_app.storage import disk, free_bytes

_REPORT_EVERY_S = 0.05
_COPY_BYTES = 1 << 20
_SWITCH_S = 0.0002  # the thread that hashes gives way to those that compress


class Child:
    """One scan, as it was asked for."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._path = Path(request["path"])
        self.staging = Path(request["staging"])
        self._previous = Path(request["previous"]) if request["previous"] else None
        self._key = bytes.fromhex(request["key"]) if request["key"] else None
        self._contents = bool(request["contents"])
        self._context = Context(_throttled(_tell))

    def run(self) -> dict[str, Any]:
        """Scan beside SQLite where that can be, else by way of a copy."""
        with open_read(self._path, self._context) as session:
            problem = _problem(session)
            with suppress(pages.CannotBeRead):
                return self._from_live(session) | {"problem": problem}
            clear(self.staging)
            return self._from_copy(session) | {"problem": problem}

    def _from_live(self, session: ReadSession) -> dict[str, Any]:
        """In WAL mode nobody waits, and pages are packed as they come; else only once writers may go on."""
        copy = self.staging / LOOK / "copy.db"
        with pages.hold(session) as held:
            if held.journal_mode == "wal":
                packs = Packs(self.staging, self._key)
                told = self._scan(held, packs, session, "pages")
                return told | {"tables": self._tables(session), "packs": packs.finish()}
            moment = clock.now()
            copied = self._contents and self._has_room(held)
            if copied:  # rows take longer to read than pages: they are read of a copy, when writers go on
                self._copy_pages(held, copy)
            else:
                spool = Spool(self.staging)
                told = self._scan(held, spool, session, "pages")
        if copied:
            same = pages.of_copy(copy, held.page_size_bytes, held.pages, held.journal_mode)
            return self._of_copy(copy, same, moment, "pages")
        packs = Packs(self.staging, self._key)
        for group in spool.drain():
            packs.add(group)
        return told | {"packs": packs.finish()}

    def _has_room(self, held: pages.Pages) -> bool:
        """Whether the disk takes a whole copy, and in the worst case as much again in packs."""
        return free_bytes(self.staging) > 2 * held.pages * held.page_size_bytes

    def _copy_pages(self, held: pages.Pages, copy: Path) -> None:
        """The very bytes: a copy that SQLite makes has counters of its own, which would count as a change."""
        step = _COPY_BYTES // held.page_size_bytes
        buffer = memoryview(bytearray(step * held.page_size_bytes))
        with copy.open("wb", buffering=0) as out:
            for first in range(1, held.pages + 1, step):
                part = buffer[: min(step, held.pages + 1 - first) * held.page_size_bytes]
                held.read(first, part)
                out.write(part)

    def _from_copy(self, session: ReadSession) -> dict[str, Any]:
        copy = self.staging / LOOK / "copy.db"
        page_size_bytes, count = session.count("PRAGMA page_size"), session.count("PRAGMA page_count")
        moment = clock.now()
        if count:
            made = copy_snapshot(session, copy, self._context)
            page_size_bytes, count = made.page_size_bytes, made.pages
        else:  # of an empty file SQLite would make one with a page
            copy.touch()
        held = pages.of_copy(copy, page_size_bytes, count, session.state.journal_mode)
        return self._of_copy(copy, held, moment, "copy")

    def _of_copy(self, copy: Path, held: pages.Pages, moment: datetime, method: str) -> dict[str, Any]:
        packs = Packs(self.staging, self._key)
        with open_image(copy) as image:
            told = self._scan(held, packs, image, method)
            told |= {"tables": self._tables(image), "made_at": clock.to_text(moment)}
        return told | {"packs": packs.finish()}

    def _scan(self, held: pages.Pages, sink: Sink, session: Session, method: str) -> dict[str, Any]:
        made_at = clock.to_text(clock.now())
        with Base.of(self._previous, held.page_size_bytes, self._key) as base:
            scan = Scan(held, base, self._key, self.staging, sink)
            root = scan.run(lambda done, total: self._context.report(done, total, unit="pages"))
        return {
            "page_size_bytes": held.page_size_bytes,
            "pages": held.pages,
            "journal_mode": held.journal_mode,
            "made_at": made_at,
            "root": root.hex(),
            "changed_pages": scan.changed,
            "method": method,
            "tables": None,
            "schema_hash": _schema_hash(session),
        }

    def _tables(self, session: Session) -> list[list[Any]] | None:
        if not self._contents:
            return None
        self._context.report(0, note="reading every table")
        return [[t.name, t.rows, t.hash, t.problem] for t in table_contents(session, self._context)]


def _schema_hash(session: Session) -> str:
    try:
        return schema_hash(session)
    except (Failure, UnicodeDecodeError):  # the schema is damaged, which opening it has told
        return ""


def _problem(session: ReadSession) -> str:
    """What is wrong with the file as a whole. Pages that lie in a WAL alone are missing nowhere."""
    state, header = session.state, session.state.header
    safe = state.mode is OpenMode.SAFE
    with session.snapshot():
        expected = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
        there = state.looked_at.stat().st_size
    if safe and header and header.page_count_holds:
        expected = header.page_count * header.page_size_bytes
    if there < expected and not state.wal_bytes:
        told = f"{there:,} of {expected:,} bytes were there"
        return f"The database was cut short when this was made: {told}"
    return "The database was damaged when this was made: it could be read in part only" if safe else ""


def _throttled(tell: Callable[[Progress], None]) -> Callable[[Progress], None]:
    last = 0.0

    def told(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_EVERY_S or progress.done == progress.total:
            last = now
            tell(progress)

    return told


def _tell(progress: Progress) -> None:
    _say(progress=[progress.done, progress.total, progress.unit, progress.note])


def _say(**what: Any) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _end_with_the_parent() -> None:
    """Wait until nobody holds the other end of the input any more."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Do what the first line of the input asks for, tell what came of it, and end."""
    pages.ends_with_this_work()
    sys.setswitchinterval(_SWITCH_S)
    child = Child(json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        with disk.translated(child.staging):
            _say(scanned=child.run())
    except StewardError as error:
        _say(failure=[type(error).__name__, error.code, error.message, error.hint])
    except Exception as error:  # noqa: BLE001  # a bug, told without what it holds
        place = traceback.extract_tb(error.__traceback__)[-1]
        _say(
            bug=f"{type(error).__name__} in {place.name}, line {place.lineno} of {Path(place.filename).name}"
        )
    os._exit(0)  # everything is closed but the descriptors that must not be
