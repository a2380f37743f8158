"""A database of 559 MB into a store in a folder and back, every page compared with its hash.

`cp` is `cp` of the file to a new one that is brought to the disk, as a copy for safety is. A restore is measured from
the manifest to the file that stands under its name and on the disk. A point after a change is the scan, its map and
packs in the store, and the manifest.
"""

from __future__ import annotations

import filecmp
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import apsw
import shop
from harness import compare, peak_megabytes, record

from steward_app.kernel.ids import new_id, new_uuid
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import keys, reader
from steward_app.services.backup.store.base_point import load_base
from steward_app.services.backup.store.descriptor import create_store
from steward_app.services.backup.store.model import BasePoint, OpenStore, PointRequest, StoredPoint
from steward_app.services.backup.store.scan import scan
from steward_app.services.backup.store.staging import BLOCKS
from steward_app.services.backup.store.writer import write_point
from steward_app.storage.age import Identity
from steward_app.storage.objects.folder import FolderStore

OPEN, SEALED, LARGE = "open", "sealed", "large.db"
CP = "`cp` of the file and `sync`"


def by_cp(source: Path, target: Path) -> None:
    """What a script does: copy the file, and bring it to the disk."""
    target.unlink(missing_ok=True)
    subprocess.run(["cp", "--reflink=never", str(source), str(target)], check=True)
    subprocess.run(["sync", str(target)], check=True)


def write(store: OpenStore, source: Path, staging: Path, base: BasePoint | None = None) -> StoredPoint:
    """A point of the file as it is."""
    scanned = scan(source, staging, base.hashes if base else None, store.naming_key, Context())
    about = PointRequest(new_id("pt"), str(source), "Benchmark", "op_benchmark", "benchmark")
    return write_point(store, scanned, staging, base, about, Context())


def restore(store: OpenStore, point: StoredPoint, identity: Identity | None, target: Path) -> None:
    """The file again, in the place of the last one."""
    target.unlink(missing_ok=True)
    scratch = target.parent / "scratch"
    reader.read_point(store, point.manifest, identity, target, Context(), scratch=scratch)


def restoring(
    source: Path, folder: Path, made: keys.NewKeys | None, figure: str
) -> tuple[OpenStore, StoredPoint]:
    """The restore of a first, full point."""
    place = folder / (SEALED if made else OPEN)
    place.mkdir()
    store = create_store(FolderStore(place), new_uuid(), made, Context())
    point = write(store, source, folder / "staging")
    (folder / "staging" / BLOCKS).replace(place / f".{BLOCKS}")
    ours, copied = folder / "restored.db", folder / "copy.db"
    identity = made.identity if made else None
    restore(store, point, identity, ours)
    assert filecmp.cmp(source, ours, shallow=False)
    result = compare(lambda: restore(store, point, identity, ours), lambda: by_cp(source, copied), rounds=9)
    record(figure, result, base=CP, limit=3.0)
    return store, point


def point_after_a_change(source: Path, folder: Path, store: OpenStore, first: StoredPoint) -> None:
    """One row in a thousand, anywhere in the largest table."""
    connection = apsw.Connection(str(source))
    rows = random.Random(5).sample(range(1, shop.ITEMS_OF_559_MB + 1), shop.ITEMS_OF_559_MB // 1000)
    with connection:
        connection.executemany("UPDATE item SET qty = qty + 1 WHERE id = ?", ((n,) for n in rows))
    connection.close()
    (known := folder / "base").mkdir()
    base = load_base(store, first, None, None, known, Context())
    assert base is not None
    (folder / OPEN / f".{BLOCKS}").replace(base.hashes.with_name(BLOCKS))  # as this machine remembers them
    sizes = []

    def ours() -> None:
        point = write(store, source, folder / "staging", base)
        sizes.append(point.manifest.new_bytes / 1e6)
        for name in {point.name, *point.manifest.objects} - set(first.manifest.objects):
            store.objects.delete(name)

    result = compare(ours, lambda: by_cp(source, folder / "copy.db"), rounds=9)
    record("Point in a store after 0.1 % of the rows changed", result, base=CP, limit=1.2)
    record("Size of that point", sizes[-1], base="a limit", limit=6, unit="MB")


def measure_memory(folder: Path) -> None:
    """In a process of its own: into an encrypted store and back, and print what it took, in MB."""
    made = keys.make_keys(keys.KeyMode.KEY)
    (place := folder / "large store").mkdir()
    store = create_store(FolderStore(place), new_uuid(), made, Context())
    point = write(store, folder / LARGE, folder / "large staging")
    restore(store, point, made.identity, folder / "large restored.db")
    print(peak_megabytes())


def main(arguments: Sequence[str]) -> None:
    """Measure, or be the process whose memory is measured."""
    if arguments[:1] == ["--memory"]:
        measure_memory(Path(arguments[1]))
        return
    with tempfile.TemporaryDirectory() as made:
        shop.build_large(Path(made) / LARGE)
        command = [sys.executable, __file__, "--memory", made]
        used = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figure = "Memory of a point of 5 GB, into an encrypted store and back"
        record(figure, used, base="a limit", limit=300, unit="MB")
    with tempfile.TemporaryDirectory() as made:
        folder, source = Path(made), Path(made) / "shop.db"
        shop.build(source)
        store, first = restoring(source, folder, None, "Restore of 559 MB, every page compared")
        sealed = keys.make_keys(keys.KeyMode.KEY)
        restoring(source, folder, sealed, "Restore of 559 MB from an encrypted store")
        point_after_a_change(source, folder, store, first)


if __name__ == "__main__":
    main(sys.argv[1:])
