"""Copies of files in use, and putting a copy back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db.content import table_contents
from steward_app.db.copy import clean_copy, copy_database, copy_snapshot, replace_contents
from steward_app.db.image import image_hash, open_image, same_image
from steward_app.db.integrity import integrity_check
from steward_app.db.open import open_read, open_write
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.progress import Context

# Moves money between accounts until it is killed, some hundred times a second: the sum never changes.
WRITER = """
import sys, time, apsw
connection = apsw.Connection(sys.argv[1])
connection.set_busy_timeout(10_000)
number = 0
while True:
    number += 1
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE account SET balance = balance - 1 WHERE id = ?", (number * 7919 % 5000 + 1,))
    connection.execute("UPDATE account SET balance = balance + 1 WHERE id = ?", (number * 104729 % 5000 + 1,))
    connection.execute("COMMIT")
    time.sleep(0.002)
    if number == 5:
        print("writing", flush=True)
"""


@contextmanager
def written_by_another_program(path: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            yield
            assert writer.poll() is None
        finally:
            writer.kill()


def accounts(folder: Path, *, wal: bool, page_size: int = 512) -> Path:
    folder.mkdir(exist_ok=True)
    builder = (
        a_database(folder)
        .with_pragma(f"page_size = {page_size}")
        .with_table(
            "account",
            "id INTEGER PRIMARY KEY, balance, note",
            rows=[(n, 100, "x" * 60) for n in range(1, 5001)],
        )
    )
    return (builder.in_wal_mode() if wal else builder).build()


@contextmanager
def held(path: Path, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """The file as another connection of this process holds it; locks count between connections all the same."""
    other = apsw.Connection(str(path))
    other.execute(begin)
    other.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    try:
        yield
    finally:
        other.close(True)


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize("copy", [copy_database, clean_copy])
def test_a_copy_is_of_one_moment_while_another_program_writes(
    tmp_path: Path, wal: bool, copy: object
) -> None:
    path = accounts(tmp_path, wal=wal)
    with written_by_another_program(path):
        for number in range(4):
            target = tmp_path / f"copy {number}.db"
            copy(path, target, Context())  # type: ignore[operator]
            with open_image(target) as session:
                assert session.value("SELECT sum(balance) FROM account") == 500_000
                assert integrity_check(session, Context()) == ()


@pytest.mark.parametrize("wal", [False, True])
def test_a_copy_is_the_image_of_the_source(tmp_path: Path, wal: bool) -> None:
    path = accounts(tmp_path, wal=wal)
    with open_write(path) as session:
        session.run("PRAGMA user_version = 42")
        session.run("DELETE FROM account WHERE id > 4000")
    target = tmp_path / "copy.db"
    before = path.read_bytes()
    report = copy_database(path, target, Context())
    assert path.read_bytes() == before
    assert same_image(path, target, Context())
    assert image_hash(path, Context()) != image_hash(target, Context())  # the counters
    assert report.size_bytes == target.stat().st_size
    assert report.journal_mode == ("wal" if wal else "delete")
    assert target.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith("clinic.db")] == ["copy.db"]
    with open_read(target) as copied:
        assert copied.value("PRAGMA journal_mode") == report.journal_mode
        assert copied.count("PRAGMA user_version") == 42


def test_a_clean_copy_holds_nothing_that_was_deleted(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "a", rows=[("secret word",)] * 500).build()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("DELETE FROM t")
    connection.close()
    copy_database(path, tmp_path / "copy.db", Context())
    report = clean_copy(path, tmp_path / "clean.db", Context())
    assert b"secret word" in (tmp_path / "copy.db").read_bytes()
    assert b"secret word" not in (tmp_path / "clean.db").read_bytes()
    assert report.size_bytes == (tmp_path / "clean.db").stat().st_size


def test_what_an_open_snapshot_sees_is_copied(tmp_path: Path) -> None:
    path = accounts(tmp_path, wal=True)
    with open_read(path) as session, session.snapshot():
        seen = table_contents(session, Context())
        with open_write(path) as writing, writing.transaction():
            writing.run("DELETE FROM account")
        copy_snapshot(session, tmp_path / "copy.db", Context())
    with open_image(tmp_path / "copy.db") as copied:
        assert table_contents(copied, Context()) == seen


@pytest.mark.parametrize(
    "name", ["clinic.db", "there.db", "clinic.db-wal", "other.sqlite-journal", "stale.db"]
)
def test_no_copy_where_something_is_or_would_be_taken_for_a_side_file(tmp_path: Path, name: str) -> None:
    path = accounts(tmp_path, wal=False)
    (tmp_path / "there.db").write_bytes(b"")
    (tmp_path / "stale.db-wal").write_bytes(b"left over")
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    for copy in (copy_database, clean_copy):
        with pytest.raises(Refused) as refused:
            copy(path, tmp_path / name, Context())
        assert refused.value.code is ErrorCode.BAD_PATH
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_cancelled_copy_leaves_nothing(tmp_path: Path) -> None:
    path = accounts(tmp_path, wal=False)
    before = path.read_bytes()
    halfway = Context(lambda progress: halfway.cancel())
    with pytest.raises(Cancelled):
        copy_database(path, tmp_path / "copy.db", halfway)
    at_once = Context()
    at_once.cancel()
    with pytest.raises(Cancelled):
        clean_copy(path, tmp_path / "copy.db", at_once)
    assert [each.name for each in tmp_path.iterdir()] == ["clinic.db"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("live_wal", [False, True])
@pytest.mark.parametrize("image_wal", [False, True])
def test_contents_are_replaced_in_one_transaction(tmp_path: Path, live_wal: bool, image_wal: bool) -> None:
    live = accounts(tmp_path / "live", wal=live_wal)
    image = (
        a_database(tmp_path, "image.db")
        .with_pragma("page_size = 512")
        .with_table("t", "a", rows=[(1,)] * 9000)
    )
    source = (image.in_wal_mode() if image_wal else image).build()
    kept = source.read_bytes()
    with open_read(live) as other:
        assert other.count("SELECT count(*) FROM account") == 5000
        report = replace_contents(live, source, Context())
        assert other.count("SELECT count(*) FROM t") == 9000
    assert report.pages * 512 == len(kept)
    assert source.read_bytes() == kept
    with open_write(live) as session, open_image(source) as given:
        assert table_contents(session, Context()) == table_contents(given, Context())
        assert integrity_check(session, Context()) == ()
        assert session.value("PRAGMA journal_mode") == ("wal" if live_wal or image_wal else "delete")
        with session.transaction():
            session.run("INSERT INTO t VALUES (2)")
    assert sorted(each.name for each in live.parent.iterdir()) == ["clinic.db"]


@pytest.mark.parametrize("wal", [False, True])
def test_a_smaller_image_makes_the_file_smaller(tmp_path: Path, wal: bool) -> None:
    live = accounts(tmp_path / "live", wal=wal)
    source = a_database(tmp_path, "image.db").with_pragma("page_size = 512").with_table("t", "a").build()
    replace_contents(live, source, Context())
    assert live.stat().st_size == source.stat().st_size == 1024


@pytest.mark.parametrize(
    ("wal", "begin"), [(False, "BEGIN IMMEDIATE"), (False, "BEGIN"), (True, "BEGIN IMMEDIATE")]
)
def test_a_locked_file_keeps_its_contents(tmp_path: Path, wal: bool, begin: str) -> None:
    live = accounts(tmp_path / "live", wal=wal)
    source = a_database(tmp_path, "image.db").with_pragma("page_size = 512").with_table("t", "a").build()
    with held(live, begin), pytest.raises(Failure) as failure:
        replace_contents(live, source, Context())
    assert failure.value.code is ErrorCode.LOCKED
    with open_read(live) as session:
        assert session.count("SELECT count(*) FROM account") == 5000


@pytest.mark.parametrize("wal", [False, True])
def test_another_page_size_and_the_file_itself_are_refused(tmp_path: Path, wal: bool) -> None:
    live = accounts(tmp_path / "live", wal=wal)
    source = a_database(tmp_path, "image.db").with_table("t", "a").build()
    before = live.read_bytes()
    with pytest.raises(Refused, match="pages of 512 bytes"):
        replace_contents(live, source, Context())
    with pytest.raises(Refused, match="its own contents"):
        replace_contents(live, live, Context())
    assert live.read_bytes() == before


def test_a_cancel_before_the_last_pages_keeps_the_old_contents(tmp_path: Path) -> None:
    live = accounts(tmp_path / "live", wal=False)
    source = a_database(tmp_path, "image.db").with_pragma("page_size = 512").with_table("t", "a").build()
    with open_write(source) as session, session.transaction():
        for _ in range(10):
            session.run("INSERT INTO t VALUES (zeroblob(1000000))")
    before = live.read_bytes()
    context = Context(lambda progress: context.cancel())
    with pytest.raises(Cancelled):
        replace_contents(live, source, context)
    assert live.read_bytes() == before
    assert [each.name for each in live.parent.iterdir()] == ["clinic.db"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page_size=st.sampled_from([512, 1024, 4096, 65536]),
    auto_vacuum=st.integers(0, 2),
    encoding=st.sampled_from(["UTF-8", "UTF-16le", "UTF-16be"]),
    rows=st.lists(
        st.one_of(st.none(), st.integers(-9, 9), st.text("aé\x00'", max_size=9), st.binary(max_size=2000))
    ),
    wal=st.booleans(),
    deleted=st.integers(0, 5),
)
def test_a_copy_holds_what_the_source_holds(
    tmp_path: Path,
    page_size: int,
    auto_vacuum: int,
    encoding: str,
    rows: list[object],
    wal: bool,
    deleted: int,
) -> None:
    for each in tmp_path.iterdir():
        each.unlink()
    builder = a_database(tmp_path)
    for setting in (f"page_size = {page_size}", f"auto_vacuum = {auto_vacuum}", f"encoding = '{encoding}'"):
        builder.with_pragma(setting)
    builder.with_table("t", "id INTEGER PRIMARY KEY, a", rows=list(enumerate(rows)))  # type: ignore[arg-type]
    builder.with_sql(f"DELETE FROM t WHERE id < {deleted}")
    path = (builder.in_wal_mode() if wal else builder).build()
    target = tmp_path / "copy.db"
    copy_database(path, target, Context())
    assert same_image(path, target, Context())
    with open_read(path) as session, open_image(target) as copied:
        assert table_contents(session, Context()) == table_contents(copied, Context())
