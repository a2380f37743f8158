"""A point of a changed database of 559 MB beside restic and borg, which copy the file as it lies.

They cannot take a consistent copy of a database in use, so here nobody writes meanwhile. Sizes are what a repository
grew by; times are those of the whole command, ours in a process of its own as well. Needs Debian's `restic` and
`borgbackup`; what is not there is left out, and said.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import shop
from harness import Comparison, record

TIMES = {
    "restic": "Point after a change of 0.1 %, beside restic",
    "borg": "Point after a change of 0.1 %, beside borg",
}
SIZES = {
    "restic": "Bytes that this change adds, beside restic",
    "borg": "Bytes that this change adds, beside borg",
}


@dataclass(frozen=True)
class Peer:
    """A program that backs files up. `repository` is the folder whose growth is measured."""

    name: str
    repository: Path
    make: Sequence[str]
    back_up: Sequence[str]


def peers(folder: Path, source: Path) -> list[Peer]:
    """Those that are on this machine."""
    restic, borg = folder / "restic", folder / "borg"
    known = [
        Peer(
            "restic",
            restic,
            ("restic", "-q", "-r", str(restic), "init"),
            ("restic", "-q", "-r", str(restic), "backup", str(source)),
        ),
        Peer(
            "borg",
            borg,
            ("borg", "init", "-e", "repokey", str(borg)),
            ("borg", "create", f"{borg}::{{now}}", str(source)),
        ),
    ]
    for peer in known:
        if not shutil.which(peer.name):
            print(f"{peer.name} is not on this machine and is left out", file=sys.stderr)
    return [peer for peer in known if shutil.which(peer.name)]


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def change(source: Path, number: int) -> None:
    """One row in a thousand, anywhere in the largest table."""
    connection = apsw.Connection(str(source))
    rows = random.Random(number).sample(range(1, shop.ITEMS_OF_559_MB + 1), shop.ITEMS_OF_559_MB // 1000)
    with connection:
        connection.executemany("UPDATE item SET qty = qty + 1 WHERE id = ?", ((n,) for n in rows))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def measured(call: Callable[[], object], repository: Path) -> tuple[float, int]:
    """Seconds a call takes, and bytes that a repository grows by."""
    before, began = size_bytes(repository), time.perf_counter()
    call()
    return time.perf_counter() - began, size_bytes(repository) - before


def command(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder, source = Path(made), Path(made) / "shop.db"
        os.environ.update(
            STEWARD_HOME=str(folder / "home"),
            RESTIC_PASSWORD="benchmark",
            BORG_PASSPHRASE="benchmark",
            BORG_BASE_DIR=str(folder / "borg home"),
            XDG_CACHE_HOME=str(folder / "cache"),
        )
        (folder / "home").mkdir()
        shop.build(source)
        us = (sys.executable, "-m", "steward_app.cli", "backup")
        command(*us, "init", str(source), "--store", str(folder / "store"))()
        point = command(*us, "create", str(source), "--no-check")
        point()
        others = peers(folder, source)
        for peer in others:
            command(*peer.make)()
            command(*peer.back_up)()
        rounds = []
        for number in range(3):
            change(source, number)
            rounds.append(
                [
                    measured(point, folder / "store"),
                    *(measured(command(*peer.back_up), peer.repository) for peer in others),
                ]
            )
        for at, peer in enumerate(others, start=1):
            ours, theirs = ([each[place] for each in rounds] for place in (0, at))
            times = Comparison(tuple(s for s, _ in ours), tuple(s for s, _ in theirs))
            record(TIMES[peer.name], times, base=f"`{peer.name}`", limit=1.0)
            sizes = sum(size for _, size in ours) / sum(size for _, size in theirs)
            told = f"`{peer.name}`: {theirs[-1][1] / 1e6:.1f} MB, ours {ours[-1][1] / 1e6:.1f} MB"
            record(SIZES[peer.name], sizes, base=told, limit=1.0)


if __name__ == "__main__":
    main()
