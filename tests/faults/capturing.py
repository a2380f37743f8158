"""Points of a live database in a store, as the program makes them: catalog, store and journal at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import apsw
import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401  imported once, before the forks
import keyring.backends.chainer  # noqa: F401
import pydantic  # noqa: F401
import pyrage  # noqa: F401

from builders import a_database
from builders.stores import UnsyncedDisk
from faults.points import DATABASE, NEW_FILE, home, settled
from steward_app.catalog import Catalog, points
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write, pages
from steward_app.db import session as sessions
from steward_app.db.copy import copy_database
from steward_app.db.image import same_image
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.connect import reached, stores_of
from steward_app.services.backup.store import reader, scan, scan_child
from steward_app.services.backup.store.keys import KeyMode, NewKeys, make_keys
from steward_app.services.operation import Confirmation
from steward_app.storage.disk import Disk, using

KEYS: NewKeys = make_keys(KeyMode.KEY)
_VFS = apsw.vfs_names()[0]  # the system's: nothing breaks yet


@dataclass(frozen=True)
class Before:
    """A store with one point, of a database that was changed since.

    Attributes:
        first: the id of that point.
        then, now: what the database held when it was made, and holds now, as files.
    """

    first: str
    then: Path
    now: Path


def build(folder: Path, *, encrypted: bool) -> Before:
    """In rollback mode where the store is open, in WAL mode where it is encrypted."""
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    builder = a_database(folder, DATABASE).with_pragma("page_size = 1024")
    builder.with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x" * 200) for n in range(40)])
    path = (builder.in_wal_mode() if encrypted else builder).build()
    with using(UnsyncedDisk()), home(folder) as catalog:
        new = KEYS if encrypted else None
        store, _ = backup.init_store(catalog, path, str(folder / "store"), Context(), new_keys=new)
        first = backup.capture(catalog, path, store, Context()).point
        then = _image(path, "then.db")
        with open_write(path) as session, session.transaction():
            session.run("UPDATE visit SET note = 'later' WHERE id > 20")
            session.run("INSERT INTO visit VALUES (99, hex(zeroblob(2000)))")
    return Before(first, then, _image(path, "now.db"))


def capture(folder: Path, context: Context) -> None:
    """Bring the store up to date."""
    with scanning_in_a_fork(), home(folder) as catalog:
        backup.capture(catalog, folder / DATABASE, _store(catalog, folder), context)


def restore_the_first(folder: Path, context: Context) -> None:
    """Bring the oldest point of the store back to a new file."""
    path = folder / DATABASE
    with home(folder) as catalog:
        oldest = backup.list_points(catalog, path, context)[-1]
        plan = restore.plan_restore(catalog, path, oldest.id, context, to=folder / NEW_FILE)
        restore.restore(catalog, plan, context, Confirmation.of(plan))


def build_without_a_store(folder: Path) -> None:
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    path = a_database(folder, DATABASE).with_table("visit", "id INTEGER PRIMARY KEY").build()
    with using(UnsyncedDisk()), home(folder) as catalog:
        backup.database_id(catalog, path, Context())


def make_a_store(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        backup.init_store(catalog, folder / DATABASE, str(folder / "store"), context, new_keys=KEYS)


def stores(folder: Path) -> int:
    """How many stores the catalog knows once all is settled: each can be opened, read and written."""
    settled(folder)
    with home(folder) as catalog:
        known = stores_of(catalog, folder / DATABASE, Context())
        for store in known:
            with reached(catalog, store, Context(), to_read=True) as found:
                assert found.readable
    return len(known)


def agreed(folder: Path, before: Before) -> list[str]:
    """Settle what is open, and compare store, catalog and journal; the ids of the points, the oldest first.

    Each restores to what the database held when it was made.
    """
    happened = settled(folder)
    with home(folder) as catalog:
        store = _store(catalog, folder)
        with catalog.reading() as session:
            known = points.of_database(session, store.database_id)
        with reached(catalog, store, Context(), to_read=True) as found:
            listing = reader.points(found.store, Context())
            assert listing.damaged == ()
            for point in listing.points:
                target = folder / "compared.db"
                reader.read_point(
                    found.store, point.manifest, found.identity, target, Context(), scratch=catalog.scratch
                )
                made_of = before.then if point.manifest.id == before.first else before.now
                assert same_image(target, made_of, Context())
                target.unlink()
    there = [point.manifest.id for point in listing.points]
    assert {point.id for point in known} == set(there)
    assert all(point.state is PointState.TAKEN for point in known)
    assert sum(done for operation, done in happened if operation == "backup.capture") == len(there)
    return there


def left_over(folder: Path) -> list[str]:
    """What no run may leave in scratch space, or half written in the data directory."""
    return [str(path) for path in (*folder.glob("home/scratch/*"), *folder.glob("home/**/*.part*"))]


def _store(catalog: Catalog, folder: Path) -> Store:
    (store,) = stores_of(catalog, folder / DATABASE, Context())
    return store


def _image(path: Path, name: str) -> Path:
    """A copy of the database beside it, everything of its log in it."""
    copy_database(path, path.with_name(name), Context())
    return path.with_name(name)


@contextmanager
def scanning_in_a_fork() -> Iterator[None]:
    """Scans are made by forks of a process that is begun here: it does not import everything each time anew.

    Its steps are not counted, and nothing breaks them. Where there is no fork (Windows) they are made as always.
    """
    if not hasattr(os, "fork"):
        yield
        return
    asked, answered = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        for unused in (asked[1], answered[0]):
            os.close(unused)
        _serve(os.fdopen(asked[0]), answered[1])
    for unused in (asked[0], answered[1]):
        os.close(unused)
    before = scan._ask
    with os.fdopen(asked[1], "w") as requests, os.fdopen(answered[0]) as answers:
        scan._ask = partial(_ask, requests, answers)
        try:
            yield
        finally:
            scan._ask = before
    os.waitpid(pid, 0)


def _ask(
    requests: TextIO, answers: TextIO, request: dict[str, Any], scratch: Path, path: Path, context: Context
) -> dict[str, Any]:
    context.checkpoint()
    requests.write(json.dumps(request) + "\n")
    requests.flush()
    answer = json.loads(answers.readline())
    context.checkpoint()
    return scan._told(answer, 0, path)


def _serve(requests: TextIO, answers: int) -> None:
    sessions._open_sessions.clear()  # of the process before the fork; its locks did not come along
    apsw.set_default_vfs(_VFS)
    scan_child._tell = lambda progress: None
    for line in requests:
        pid = os.fork()
        if pid == 0:
            _scan(json.loads(line), answers)
        os.waitpid(pid, 0)
    os._exit(0)


def _scan(request: dict[str, Any], answers: int) -> None:
    try:
        pages.ends_with_this_work()
        with using(Disk()):
            told: dict[str, Any] = {"scanned": scan_child.Child(request).run()}
    except StewardError as error:
        told = {"failure": [type(error).__name__, error.code, error.message, error.hint]}
    except BaseException as error:  # noqa: BLE001  told to the one who asked
        told = {"bug": repr(error)}
    sys.stdout.flush()
    os.write(answers, json.dumps(told).encode("ascii") + b"\n")
    os._exit(0)
