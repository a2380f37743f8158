"""A scan of a live file: what it stages is the image that SQLite itself would copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.processes import OtherProgram, program_dies_after
from builders.staged import applied, hashed, without_counters
from builders.stopping import cancelled_when
from steward_app.db.content import table_contents
from steward_app.db.copy import copy_database
from steward_app.db.image import open_image
from steward_app.db.open import open_read
from steward_app.db.schema_hash import schema_hash
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import HASHES, Scanned
from steward_app.storage import process

KEY = bytes(range(32))


def notes(folder: Path, *, wal: bool = True, rows: int = 500) -> Path:
    builder = a_database(folder).with_table(
        "note", "id INTEGER PRIMARY KEY, a, b", rows=[(n, n % 7, f"{n} " * 60) for n in range(rows)]
    )
    return (builder.in_wal_mode() if wal else builder).build()


def large(folder: Path, *, wal: bool) -> Path:
    """Some 40 MB, so that there is time to come in between."""
    builder = (
        a_database(folder)
        .with_table("t", "a")
        .with_sql(
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
            " INSERT INTO t SELECT randomblob(1000000) FROM n"
        )
    )
    return (builder.in_wal_mode() if wal else builder).build()


def begun(do: Callable[[], object]) -> Context:
    """A context that does something when the first pages were read."""
    left = [do]

    def report(progress: Progress) -> None:
        if progress.unit == "pages" and left:
            left.pop()()

    return Context(report)


def children() -> list[int]:
    """Scans that this process began; servers of other tests are none."""
    found = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    every = [int(pid) for pid in " ".join(found).split()]
    return [pid for pid in every if b"scan_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


# What can happen to a database, as statements another program runs.
CHANGES = {
    "update": "UPDATE note SET b = b || 'x' WHERE id % 97 = 3",
    "grow": "INSERT INTO note (a, b) SELECT 1, hex(randomblob(400)) FROM note LIMIT 200",
    "shrink": "DELETE FROM note WHERE id % 3 = 0; VACUUM",
    "delete": "DELETE FROM note WHERE id % 5 = 0",
    "vacuum": "VACUUM",
    "page size": "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM",
    "index": "CREATE INDEX IF NOT EXISTS by_a ON note (a)",
    "drop": "DROP INDEX IF EXISTS by_a",
    "wal": "PRAGMA journal_mode = WAL",
    "rollback": "PRAGMA journal_mode = DELETE",
    "checkpoint": "PRAGMA wal_checkpoint(TRUNCATE)",
    "nothing": "SELECT 1",
    "virtual": "CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(b); INSERT INTO found VALUES ('word')",
}


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(sorted(CHANGES)), min_size=3, max_size=4),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_what_is_staged_makes_the_image_of_the_one_before(
    changes: list[str], wal: bool, keyed: bool, contents: bool
) -> None:
    key = KEY if keyed else None
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = notes(folder, wal=wal)
        held = apsw.Connection(str(path))  # what it commits stays in the -wal
        image, previous = b"", None
        for number, change in enumerate(["nothing", *changes]):
            for statement in CHANGES[change].split("; "):
                held.execute(statement).fetchall()
            staging = folder / f"staging {number}"
            scanned = scan(path, staging, previous, key, Context(), contents=contents)
            copy = folder / f"copy {number}.db"
            copy_database(path, copy, Context())
            image = applied(image, staging, scanned.page_size_bytes, scanned.pages, key)
            assert without_counters(image) == without_counters(copy.read_bytes())
            assert scanned.method == "pages"
            assert scanned.root == hashed((staging / HASHES).read_bytes(), key)
            assert [hashed(p.path.read_bytes(), key) for p in scanned.packs] == [
                p.content_hash for p in scanned.packs
            ]
            if change == "nothing" and number:
                assert scanned.changed_pages == 0
            previous = staging / HASHES
        held.close()


def staged(
    path: Path, folder: Path, before: bytes = b"", previous: Path | None = None
) -> tuple[Scanned, bytes]:
    """A scan, and the image it makes."""
    scanned = scan(path, folder, previous, None, Context(), contents=True)
    return scanned, applied(before, folder, scanned.page_size_bytes, scanned.pages)


@pytest.mark.parametrize("wal", [True, False])
def test_a_scan_tells_what_it_saw(tmp_path: Path, wal: bool) -> None:
    path = notes(tmp_path, wal=wal)
    before = path.read_bytes()
    scanned, image = staged(path, tmp_path / "staging")
    assert image == before == path.read_bytes()
    assert scanned.journal_mode == ("wal" if wal else "delete")
    assert scanned.changed_pages == scanned.pages
    with open_read(path) as session:
        assert scanned.schema_hash == schema_hash(session)
        assert scanned.tables == table_contents(session, Context())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clinic.db", "staging"]
    assert (tmp_path / "staging").stat().st_mode & 0o077 == 0
    assert [p.name for p in (tmp_path / "staging").iterdir() if p.is_dir()] == []


def test_contents_are_of_the_moment_of_the_pages(tmp_path: Path) -> None:
    path = large(tmp_path, wal=True)
    with OtherProgram(path) as other:
        write = (
            "run('UPDATE t SET a = 7 WHERE rowid % 2', 'CREATE TABLE more (a)', 'INSERT INTO t VALUES (1)')"
        )
        context = begun(lambda: other.does(write))
        scanned = scan(path, tmp_path / "staging", None, None, context, contents=True)
    image = tmp_path / "image.db"
    image.write_bytes(applied(b"", tmp_path / "staging", scanned.page_size_bytes, scanned.pages))
    with open_image(image) as session:
        assert scanned.tables == table_contents(session, Context())
        assert scanned.schema_hash == schema_hash(session)
    with open_read(path) as session:
        assert scanned.tables != table_contents(session, Context())


def test_no_row_is_read_while_writers_wait(tmp_path: Path) -> None:
    path = large(tmp_path, wal=False)
    with OtherProgram(path) as other:
        impatient = "c.set_busy_timeout(0); run('INSERT INTO t VALUES (1)')"
        context = begun(lambda: other.does(impatient))
        scanned = scan(path, tmp_path / "staging", None, None, context, contents=True)
    image = tmp_path / "image.db"
    image.write_bytes(applied(b"", tmp_path / "staging", scanned.page_size_bytes, scanned.pages))
    with open_image(image) as session:
        assert scanned.tables == table_contents(session, Context())
        assert session.count("SELECT count(*) FROM t") == 40
    with open_read(path) as live:
        assert live.count("SELECT count(*) FROM t") == 41


def test_contents_are_left_out_where_the_disk_has_no_room_for_a_copy(tmp_path: Path) -> None:
    path, staging = notes(tmp_path, wal=False), tmp_path / "staging"
    staging.mkdir()
    full = (
        "from steward_app.services.backup.store import scan_child as s; s.free_bytes = lambda _: 0; s.main()"
    )
    asked = {"path": str(path), "staging": str(staging), "previous": None, "key": None, "contents": True}
    with subprocess.Popen([sys.executable, "-c", full], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        run.stdin.write(json.dumps(asked).encode() + b"\n")
        run.stdin.flush()
        told = json.loads(run.stdout.read().splitlines()[-1])["scanned"]
        run.stdin.close()
    assert told["tables"] is None
    assert told["changed_pages"] == told["pages"] > 0


def test_a_database_that_became_empty(tmp_path: Path) -> None:
    path = notes(tmp_path, wal=False)
    _, image = staged(path, tmp_path / "one")
    os.truncate(path, 0)
    scanned, image = staged(path, tmp_path / "two", image, tmp_path / "one" / HASHES)
    assert (scanned.pages, scanned.changed_pages, image) == (0, 0, b"")
    (tmp_path / "clinic.db-wal").write_bytes(b"left over from before")
    scanned, image = staged(path, tmp_path / "three")
    assert (scanned.pages, scanned.method, image) == (0, "copy", b"")


def test_a_hot_journal_is_rolled_back_in_a_copy(tmp_path: Path) -> None:
    path = notes(tmp_path, wal=False)
    before = path.read_bytes()
    program_dies_after(path, "run('PRAGMA cache_size = 1', 'BEGIN', 'UPDATE note SET b = zeroblob(3000)')")
    journal = (tmp_path / "clinic.db-journal").read_bytes()
    scanned, image = staged(path, tmp_path / "staging")
    assert scanned.method == "copy"
    assert without_counters(image) == without_counters(before)
    assert scanned.tables is not None
    assert (tmp_path / "clinic.db-journal").read_bytes() == journal
    again, _ = staged(path, tmp_path / "again", image, tmp_path / "staging" / HASHES)
    assert again.changed_pages == 0
    assert not (tmp_path / "staging" / "look").exists()


def test_of_a_file_cut_short_there_is_what_is_left(tmp_path: Path) -> None:
    path = notes(tmp_path, wal=True)
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)
    scanned, image = staged(path, tmp_path / "staging")
    assert scanned.method == "copy"
    assert without_counters(image)[4096:] == path.read_bytes()[4096:]
    assert scanned.tables is not None
    assert scanned.tables[0].problem


def test_a_locked_file_is_told_as_such(tmp_path: Path) -> None:
    path = notes(tmp_path, wal=False)
    with OtherProgram(path) as other:
        other.does("run('BEGIN EXCLUSIVE')")
        with pytest.raises(Failure) as failure:
            staged(path, tmp_path / "staging")
    assert failure.value.code is ErrorCode.LOCKED
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize("wal", [True, False])
def test_a_file_replaced_while_it_is_scanned(tmp_path: Path, wal: bool) -> None:
    path = large(tmp_path, wal=wal)
    other = a_database(tmp_path, "other.db").with_table("t", "a").build()
    with pytest.raises(Failure) as failure:
        scan(path, tmp_path / "staging", None, None, begun(lambda: other.replace(path)))
    assert failure.value.code is ErrorCode.FILE_REPLACED
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize("wal", [True, False])
def test_cancelled_nothing_is_left(tmp_path: Path, wal: bool) -> None:
    path = large(tmp_path, wal=wal)
    with pytest.raises(Cancelled):
        scan(path, tmp_path / "staging", None, None, cancelled_when(lambda p: p.unit == "pages"))
    assert children() == []
    assert list((tmp_path / "staging").iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clinic.db", "staging"]


def test_a_child_that_is_killed_is_an_error_and_nothing_is_left(tmp_path: Path) -> None:
    path = large(tmp_path, wal=True)
    with pytest.raises(Failure) as failure:
        scan(path, tmp_path / "staging", None, None, begun(lambda: os.kill(children()[0], 9)))
    assert "signal 9" in failure.value.message
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clinic.db", "staging"]
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_child_ends_when_this_process_is_killed(tmp_path: Path) -> None:
    path = large(tmp_path, wal=True)
    code = """
import os, sys
from pathlib import Path
from steward_app.kernel.progress import Context
from steward_app.services.backup.store.scan import scan
def die(progress):
    if progress.unit == "pages":
        print(*(each.read_text() for each in Path("/proc/self/task").glob("*/children")), flush=True)
        os.kill(os.getpid(), 9)
scan(Path(sys.argv[1]), Path(sys.argv[2]), None, None, Context(die))
"""
    command = [sys.executable, "-c", code, str(path), str(tmp_path / "staging")]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    child = int(ran.stdout)
    until = time.monotonic() + 10
    while process.mark(child):
        assert time.monotonic() < until


@pytest.mark.parametrize("wal", [True, False])
def test_a_full_disk_is_an_error_and_nothing_is_left(tmp_path: Path, wal: bool) -> None:
    import resource

    path = large(tmp_path, wal=wal)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(Failure) as failure:
            scan(path, tmp_path / "staging", None, None, Context())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failure.value.code is ErrorCode.DISK_FULL
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_key_is_not_shown_to_other_users(tmp_path: Path) -> None:
    path = large(tmp_path, wal=True)
    seen = []

    def look() -> None:
        child = Path(f"/proc/{children()[0]}")
        seen.append((child / "cmdline").read_bytes() + (child / "environ").read_bytes())

    scan(path, tmp_path / "staging", None, KEY, begun(look))
    assert len(seen) == 1
    assert KEY.hex().encode() not in seen[0]


@pytest.mark.parametrize("wal", [True, False])
def test_the_locks_of_this_process_stay(tmp_path: Path, wal: bool) -> None:
    path = large(tmp_path, wal=wal)
    held = apsw.Connection(str(path))
    held.execute("BEGIN")
    held.execute("SELECT count(*) FROM t").fetchall()
    with OtherProgram(path) as other:
        if wal:  # who reads keeps the log from being begun anew
            tried = (
                "run('INSERT INTO t VALUES (1)')\nassert run('PRAGMA wal_checkpoint(TRUNCATE)')[0][0][0] == 1"
            )
        else:
            tried = "try:\n    run('INSERT INTO t VALUES (1)')\nexcept apsw.BusyError: pass\nelse: raise SystemExit"
        other.does("c.set_busy_timeout(10)").does(tried)
        scanned = scan(path, tmp_path / "staging", None, None, begun(lambda: other.does(tried)))
        other.does(tried)
        assert scanned.changed_pages == scanned.pages
        held.execute("ROLLBACK")
        other.does("run('INSERT INTO t VALUES (1)', 'PRAGMA wal_checkpoint(TRUNCATE)')")
    held.close()


def test_writers_wait_only_while_pages_are_read(tmp_path: Path) -> None:
    """Outside WAL mode: when the first pages are being packed, a writer may go on."""
    path = large(tmp_path, wal=False)
    done = []

    def write(progress: Progress) -> None:
        if progress.unit == "pages" and progress.done == progress.total and not done:
            done.append(other.does("run('INSERT INTO t VALUES (1)')"))

    with OtherProgram(path) as other:
        before = path.read_bytes()
        scanned = scan(path, tmp_path / "staging", None, None, Context(write))
    assert done
    assert applied(b"", tmp_path / "staging", scanned.page_size_bytes, scanned.pages) == before
