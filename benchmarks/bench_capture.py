"""Capturing a point of a live database of 559 MB: what it takes, what it leaves in the way of others, its memory.

`cp` is `cp` of the file to a new one that is brought to the disk, as a copy for safety is. Our scan is measured from
the call to what is staged, the start of its process included; sealing and sending it to a store is apart.

Compressing keeps every core busy for seconds, so the first scan is compared by processor time, too, which what else
runs on the machine hardly changes.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import shop
from harness import Comparison, compare, peak_megabytes, record

from steward_app.kernel.progress import Context
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import HASHES, Scanned
from steward_app.services.backup.store.watch_version import VersionWatch

COMMITS_A_SECOND = 20
CP = "`cp` of the file and `sync`"

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


def processor_seconds(call: Callable[[], object]) -> float:
    """What a call takes of the processors, in this process and in those it starts and waits for."""
    before = os.times()
    call()
    return sum(os.times()[:4]) - sum(before[:4])


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


def peak_memory(path: Path, folder: Path) -> float:
    """The most that a scanning program and its child held, in MB, over a full scan and one of no change."""
    command = [sys.executable, __file__, "--memory", str(path), str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(path: Path, folder: Path) -> None:
    """In a process of its own: scan, and print what it took."""
    staged(path, folder / "large")
    staged(path, folder / "again", folder / "large" / HASHES)
    print(peak_megabytes())


def first_scan(source: Path, base: Path, folder: Path) -> None:
    """Everything is new. What is staged, in order, is the file."""
    packs = [str(pack.path) for pack in staged(source, base).packs]
    subprocess.run(["sh", "-c", f"cat {' '.join(packs)} | zstd -dc | cmp - {source}"], check=True)
    ours, theirs = folder / "again", folder / "shop.zst"
    rounds = [
        (processor_seconds(lambda: staged(source, ours)), processor_seconds(lambda: by_zstd(source, theirs)))
        for _ in range(3)
    ]
    result = Comparison(tuple(pair[0] for pair in rounds), tuple(pair[1] for pair in rounds))
    base = "`zstd -3 -T2` of the file"
    record("First scan of 559 MB, processor time", result, base=base, limit=1.3)
    result = compare(lambda: staged(source, ours), lambda: by_zstd(source, theirs), rounds=7)
    record("First scan of 559 MB", result, base=base, limit=1.3)


def no_change(source: Path, base: Path, folder: Path) -> None:
    """Nothing is new, told by every page, and by the version while watching."""
    ours, copied = folder / "again", folder / "copy.db"
    assert staged(source, ours, base / HASHES).changed_pages == 0
    result = compare(lambda: staged(source, ours, base / HASHES), lambda: by_cp(source, copied), rounds=9)
    record("Scan that finds no change, from a cold start", result, base=CP, limit=1.0)
    with VersionWatch(source) as watch:
        assert watch.version() == watch.version()
        result = compare(watch.version, lambda: by_cp(source, copied), rounds=5)
    record("No change, while watching", result, base=CP, limit=0.02)


def scattered_changes(source: Path, base: Path, folder: Path) -> None:
    """A row in a thousand is new, and lies in the log: the scan lays it over the file."""
    held = apsw.Connection(str(source))
    held.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    change_scattered_rows(held)
    ours, copied = folder / "again", folder / "copy.db"
    new = staged(source, ours, base / HASHES).packed_bytes / 1e6
    record("New bytes after 0.1 % of the rows changed", new, base="a limit", limit=6, unit="MB")
    result = compare(lambda: staged(source, ours, base / HASHES), lambda: by_cp(source, copied), rounds=9)
    record("Scan after 0.1 % of the rows changed", result, base=CP, limit=1.2)
    held.close()


def other_writers(source: Path, folder: Path) -> None:
    """Scans one after another, the first a full one, while another program commits."""
    waits = waits_of_a_writer(source, 20, folder)
    print(f"{len(waits)} commits, the median {waits[len(waits) // 2]:.1f} ms, the longest {waits[-1]:.1f} ms")
    at_99 = waits[len(waits) * 99 // 100]
    figure = "A commit of another program while scans run, 99th percentile"
    record(figure, at_99, base="a limit", limit=50, unit="ms")


def memory(folder: Path) -> None:
    """Of both processes."""
    large = folder / "large.db"
    shop.build_large(large)
    record("Memory of scanning 5 GB", peak_memory(large, folder), base="a limit", limit=300, unit="MB")


def main(arguments: Sequence[str]) -> None:
    """Measure, or be the process whose memory is measured."""
    if arguments[:1] == ["--memory"]:
        measure_memory(Path(arguments[1]), Path(arguments[2]))
        return
    with tempfile.TemporaryDirectory() as made:
        folder, source, base = Path(made), Path(made) / "shop.db", Path(made) / "base"
        shop.build(source)
        first_scan(source, base, folder)
        no_change(source, base, folder)
        scattered_changes(source, base, folder)
        other_writers(source, folder)
        source.unlink()
        memory(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
