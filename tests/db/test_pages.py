"""Pages read beside SQLite are the pages that SQLite sees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from builders import a_database
from builders.processes import OtherProgram
from steward_app.db import pages
from steward_app.db.open import open_read

# Moves money about, grows, shrinks and checkpoints in every way, until it is killed.
WRITER = """
import random, sys, apsw
path, seed = sys.argv[1], int(sys.argv[2])
R = random.Random(seed)
c = apsw.Connection(path)
c.set_busy_timeout(20_000)
c.execute("PRAGMA synchronous = OFF")
c.execute(f"PRAGMA wal_autocheckpoint = {R.choice([50, 200, 1000])}").fetchall()
print("writing", flush=True)
while True:
    c.execute("BEGIN IMMEDIATE")
    a, b, amount = R.randint(1, 2000), R.randint(1, 2000), R.randint(1, 50)
    c.execute("UPDATE account SET balance = balance - ?, note = randomblob(300) WHERE id = ?", (amount, a))
    c.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (amount, b))
    if R.random() < 0.2:
        c.execute("INSERT INTO account (balance, note) VALUES (0, randomblob(?))", (R.randint(1, 20_000),))
    if R.random() < 0.05:
        c.execute("DELETE FROM account WHERE id > 2000 AND id % 7 = ?", (R.randint(0, 6),))
    if R.random() < 0.02:
        c.execute("PRAGMA incremental_vacuum(20)").fetchall()
    c.execute("COMMIT")
    if R.random() < 0.05:
        how = R.choice(["passive", "full", "restart", "truncate"])
        try:
            c.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
        except apsw.BusyError:
            pass
"""

# Takes snapshots, each by its pages and by SQLite's backup API in the same transaction, and compares.
READER = """
import json, sys
from pathlib import Path
from steward_app.db import pages
from steward_app.db.copy import copy_snapshot
from steward_app.db.image import open_image
from steward_app.db.open import open_read
from steward_app.kernel.progress import Context
path, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
COUNTERS = ((24, 32), (40, 44), (92, 100))
def plain(image):
    image = bytearray(image)
    for start, end in COUNTERS:
        image[start:end] = bytes(end - start)
    return image
pages.ends_with_this_work()
told = {"same": 0, "overlaid": 0, "copies": 0, "tries": 0, "locks": 0, "sums": []}
real_try, real_lock = pages._try, pages._commits_kept_out
def counted(*arguments):
    told["tries"] += 1
    return real_try(*arguments)
def locked(*arguments):
    told["locks"] += 1
    return real_lock(*arguments)
pages._try, pages._commits_kept_out = counted, locked
for number in range(count):
    target = folder / f"copy {number}.db"
    with open_read(path) as session:
        try:
            with pages.hold(session) as held:
                image = bytearray(held.pages * held.page_size_bytes)
                step = 7
                for first in range(1, held.pages + 1, step):
                    n = min(step, held.pages + 1 - first)
                    start = (first - 1) * held.page_size_bytes
                    held.read(first, memoryview(image)[start : start + n * held.page_size_bytes])
                told["overlaid"] += held._log is not None
                copy_snapshot(session, target, Context())
        except pages.CannotBeRead:
            told["copies"] += 1
            continue
    told["same"] += plain(image) == plain(target.read_bytes())
    with open_image(target) as copied:
        told["sums"].append(copied.value("SELECT sum(balance) FROM account"))
    target.unlink()
print(json.dumps(told))
"""


@contextmanager
def written_by(path: Path, programs: int) -> Iterator[None]:
    """Other programs write to the file all the time."""
    started = []
    try:
        for seed in range(programs):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(path), str(seed)], stdout=subprocess.PIPE
            )
            started.append(writer)
            assert writer.stdout is not None
            writer.stdout.readline()
        yield
        assert [writer.poll() for writer in started] == [None] * programs
    finally:
        for writer in started:
            writer.kill()
            writer.communicate()


def snapshots(path: Path, folder: Path, count: int, before: str = "") -> dict[str, Any]:
    code = READER.replace("for number in", f"{before}\nfor number in", 1)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path), str(folder), str(count)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def accounts(folder: Path, *, wal: bool = True, page_size: int = 1024) -> Path:
    builder = (
        a_database(folder)
        .with_pragma(f"page_size = {page_size}")
        .with_pragma("auto_vacuum = INCREMENTAL")
        .with_table(
            "account",
            "id INTEGER PRIMARY KEY, balance, note",
            rows=[(n, 100, "x" * 300) for n in range(1, 2001)],
        )
        .with_sql("CREATE INDEX by_balance ON account (balance)")
    )
    return (builder.in_wal_mode() if wal else builder).build()


COUNT = int(os.environ.get("STEWARD_SNAPSHOTS", "15"))  # more by hand


@pytest.mark.parametrize("wal", [True, False])
def test_pages_are_those_of_the_backup_api_while_others_write(tmp_path: Path, wal: bool) -> None:
    path = accounts(tmp_path, wal=wal)
    with written_by(path, 2 if wal else 1):
        told = snapshots(path, tmp_path, COUNT if wal else 4)
    assert told["copies"] == 0
    assert told["same"] == len(told["sums"]) == (COUNT if wal else 4)
    assert set(told["sums"]) == {200_000}
    assert not wal or told["overlaid"] > 0


@pytest.mark.parametrize("size", [512, 65_536])
def test_pages_of_any_size(tmp_path: Path, size: int) -> None:
    path = accounts(tmp_path, page_size=size)
    with written_by(path, 1):
        told = snapshots(path, tmp_path, 3)
    assert told["same"] == 3


def test_the_write_lock_is_taken_where_the_index_does_not_stand_still(tmp_path: Path) -> None:
    path = accounts(tmp_path)
    with OtherProgram(path) as other:
        other.does("run('PRAGMA wal_autocheckpoint = 0', 'UPDATE account SET note = 7 WHERE id = 7')")
        told = snapshots(path, tmp_path, 2, "pages._ATTEMPTS = 0")
        assert (told["same"], told["locks"], told["overlaid"]) == (2, 2, 2)
        other.does("run('BEGIN IMMEDIATE')")
        begin = "from steward_app.db import connect\nconnect.BUSY_TIMEOUT_MS = 10\npages._ATTEMPTS = 0"
        told = snapshots(path, tmp_path, 2, begin)
        assert (told["copies"], told["same"]) == (2, 0)
        other.does("run('ROLLBACK')")


def in_a_process_of_its_own(path: Path, code: str) -> str:
    """What the code prints, with `held` the pages of the file and `session` the session on it."""
    begin = "from steward_app.db import open_read, pages\nfrom pathlib import Path\nimport sys\n"
    begin += "pages.ends_with_this_work()\ntry:\n"
    begin += "  with open_read(Path(sys.argv[1])) as session, pages.hold(session) as held:\n"
    end = "\nexcept Exception as error: print(type(error).__name__, getattr(error, 'code', ''))"
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    ran = subprocess.run(
        [sys.executable, "-c", begin + lines + end, str(path)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_writer_without_locks_is_noticed(tmp_path: Path) -> None:
    path = accounts(tmp_path, wal=False)
    write = "with open(sys.argv[1], 'r+b') as file: file.seek(5000), file.write(b'x')"
    assert in_a_process_of_its_own(path, write) == "Failure changed_on_disk"


@pytest.mark.parametrize("wal", [True, False])
def test_a_file_that_is_replaced_is_noticed(tmp_path: Path, wal: bool) -> None:
    path = accounts(tmp_path, wal=wal)
    other = a_database(tmp_path, "other.db").with_table("t", "a").build()
    replace = f"Path({str(other)!r}).replace(sys.argv[1])"
    assert in_a_process_of_its_own(path, replace) == "Failure file_replaced"


def test_a_file_cut_short_is_left_to_a_copy(tmp_path: Path) -> None:
    path = accounts(tmp_path)
    code = "import os\nos.truncate(sys.argv[1], 5000)\nheld.read(1, memoryview(bytearray(10 * held.page_size_bytes)))"
    assert in_a_process_of_its_own(path, code) == "NotAsExpected"


def test_a_log_that_is_not_the_index_s_is_left_to_a_copy(tmp_path: Path) -> None:
    path = accounts(tmp_path)
    code = """
import os
size = held.page_size_bytes
with open(sys.argv[1] + "-wal", "r+b") as log:
    log.seek(32 + 8)
    log.write(b"no salt!")
held.read(1, memoryview(bytearray(held.pages * size)))
"""
    with OtherProgram(path) as other:
        other.does("run('PRAGMA wal_autocheckpoint = 0', 'UPDATE account SET balance = 0 WHERE id = 7')")
        assert in_a_process_of_its_own(path, code) == "NotAsExpected"


def test_the_page_of_the_lock_bytes_is_zeros(tmp_path: Path) -> None:
    path, size = tmp_path / "large.bin", 65_536
    with path.open("wb") as file:
        file.seek((1 << 30) - size)
        file.write(b"x" * size * 3)
    code = f"""
from steward_app.db import pages
from pathlib import Path
held = pages.of_copy(Path({str(path)!r}), {size}, 16386, "delete")
buffer = bytearray(3 * {size})
held.read(16384, memoryview(buffer))
assert buffer == b"x" * {size} + bytes({size}) + b"x" * {size}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_raw_pages_are_refused_in_a_process_that_goes_on(tmp_path: Path) -> None:
    with open_read(accounts(tmp_path)) as session:
        with pytest.raises(RuntimeError, match="sessions open"):
            pages.ends_with_this_work()
        with pytest.raises(RuntimeError, match="ends afterwards"), pages.hold(session):
            pass


def test_what_is_read_in_the_block_is_of_the_same_moment(tmp_path: Path) -> None:
    path = accounts(tmp_path)
    with OtherProgram(path) as other:
        other.does("run('PRAGMA wal_autocheckpoint = 0', 'UPDATE account SET balance = 5')")
        code = """
import apsw
print(session.value("SELECT sum(balance) FROM account"))
apsw.Connection(sys.argv[1]).execute("DELETE FROM account")
print(session.value("SELECT sum(balance) FROM account"), held.pages == session.count("PRAGMA page_count"))
"""
        assert in_a_process_of_its_own(path, code).split() == ["10000", "10000", "True"]
