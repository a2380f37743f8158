"""Capturing a point of a live database of 559 MB: what it takes, what it leaves in the way of others, its memory.

`cp` is `cp` of the file to a new one that is brought to the disk, as a copy for safety is. Our scan is measured from
the call to what is staged, the start of its process included; sealing and sending it to a store is apart.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import apsw
import shop
from harness import compare, record

from steward_app.kernel.progress import Context
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import HASHES, Scanned
from steward_app.services.backup.store.watch_version import VersionWatch

LARGE_BYTES = 5 << 30
COMMITS_A_SECOND = 20

# Commits at an even pace until its input ends, and tells how long each took, in milliseconds.
WRITER = """
import select, sys, time, apsw
c = apsw.Connection(sys.argv[1])
c.set_busy_timeout(10_000)
number, next_at = 0, time.perf_counter()
print("writing", flush=True)
waits = []
while not select.select([sys.stdin], [], [], max(0, next_at - time.perf_counter()))[0]:
    begun = time.perf_counter()
    c.execute("UPDATE item SET qty = qty + 1 WHERE id = ?", (number * 7919 % 500_000 + 1,))
    waits.append((time.perf_counter() - begun) * 1000)
    number, next_at = number + 1, next_at + 1 / float(sys.argv[2])
print(*waits)
"""


def staged(source: Path, staging: Path, previous: Path | None = None) -> Scanned:
    """One scan, as the schedule makes it."""
    return scan(source, staging, previous, None, Context())


def by_cp(source: Path, target: Path) -> None:
    """What a script does: copy the file, and bring it to the disk."""
    target.unlink(missing_ok=True)
    subprocess.run(["cp", "--reflink=never", str(source), str(target)], check=True)
    subprocess.run(["sync", str(target)], check=True)


def by_zstd(source: Path, target: Path) -> None:
    """What a script does: compress the file with two threads."""
    subprocess.run(["zstd", "-q", "-f", "-3", "-T2", str(source), "-o", str(target)], check=True)


def change_scattered_rows(connection: apsw.Connection) -> None:
    """One row in a thousand, anywhere in the largest table."""
    rows = random.Random(5).sample(range(1, shop.ITEMS_OF_559_MB + 1), shop.ITEMS_OF_559_MB // 1000)
    with connection:
        connection.executemany(
            "UPDATE item SET qty = qty + 1, comment = comment || 'x' WHERE id = ?", ((n,) for n in rows)
        )


def waits_of_a_writer(source: Path, seconds: float, folder: Path) -> list[float]:
    """How long the commits of another process took while scans were made, one after another."""
    command = [sys.executable, "-c", WRITER, str(source), str(COMMITS_A_SECOND)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        until, previous = time.monotonic() + seconds, None
        while time.monotonic() < until:  # a full one, then those of what the writer did
            staged(source, folder / "under writers", previous)
            previous = (folder / "under writers" / HASHES).replace(folder / HASHES)
        waits, _ = writer.communicate("")
    return sorted(map(float, waits.split()))


def a_large_database(path: Path) -> None:
    """5 GB, most of it holes, an eighth of it noise."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with path.open("r+b") as file:
        file.truncate(LARGE_BYTES)
        file.seek(28)
        file.write((LARGE_BYTES // 4096).to_bytes(4, "big"))
        for megabyte in range(8, LARGE_BYTES >> 20, 8):
            file.seek(megabyte << 20)
            file.write(os.urandom(1 << 20))


def peak_memory(path: Path, folder: Path) -> float:
    """The most that this program and its child held, in MB, over a full scan and one of no change."""
    command = [sys.executable, __file__, "--memory", str(path), str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(path: Path, folder: Path) -> None:
    """In a process of its own: scan, and print what it took."""
    import resource

    staged(path, folder / "large")
    staged(path, folder / "again", folder / "large" / HASHES)
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(sum(used) / 1024)


def measure(folder: Path) -> None:
    """All figures, in order of the work."""
    source, base, again = folder / "shop.db", folder / "base", folder / "again"
    shop.build(source)

    first = staged(source, base)
    packs = [str(pack.path) for pack in first.packs]
    same = f"cat {' '.join(packs)} | zstd -dc | cmp - {source}"
    subprocess.run(["sh", "-c", same], check=True)
    result = compare(lambda: staged(source, again), lambda: by_zstd(source, folder / "shop.zst"), rounds=3)
    record("First scan of 559 MB", result, base="`zstd -3 -T2` of the file", limit=1.3)

    held = apsw.Connection(str(source))
    held.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    copied, previous = folder / "copy.db", base / HASHES
    assert staged(source, again, previous).changed_pages == 0
    result = compare(lambda: staged(source, again, previous), lambda: by_cp(source, copied), rounds=9)
    record(
        "Scan that finds no change, from a cold start", result, base="`cp` of the file and `sync`", limit=1.0
    )

    with VersionWatch(source) as watch:
        seen = watch.version()
        assert seen == watch.version()
        result = compare(watch.version, lambda: by_cp(source, copied), rounds=5)
        record("No change, while watching", result, base="`cp` of the file and `sync`", limit=0.02)
        change_scattered_rows(held)  # in the log: the scan lays it over the file
        assert seen != watch.version()

    changed = staged(source, again, previous)
    record(
        "New bytes after 0.1 % of the rows changed",
        changed.packed_bytes / 1e6,
        base="a limit",
        limit=6,
        unit="MB",
    )
    result = compare(lambda: staged(source, again, previous), lambda: by_cp(source, copied), rounds=9)
    record("Scan after 0.1 % of the rows changed", result, base="`cp` of the file and `sync`", limit=1.2)
    held.close()

    waits = waits_of_a_writer(source, 20, folder)
    print(f"{len(waits)} commits, the longest {waits[-1]:.1f} ms, the median {waits[len(waits) // 2]:.1f} ms")
    at_99 = waits[len(waits) * 99 // 100]
    record(
        "A commit of another program while scans run, 99th percentile",
        at_99,
        base="a limit",
        limit=50,
        unit="ms",
    )

    source.unlink()
    a_large_database(folder / "large.db")
    peak = peak_memory(folder / "large.db", folder)
    record("Memory of scanning 5 GB, both processes", peak, base="a limit", limit=300, unit="MB")


def main(arguments: Sequence[str]) -> None:
    """Measure, or be the process whose memory is measured."""
    if arguments[:1] == ["--memory"]:
        measure_memory(Path(arguments[1]), Path(arguments[2]))
        return
    with tempfile.TemporaryDirectory() as made:
        measure(Path(made))


if __name__ == "__main__":
    main(sys.argv[1:])
