"""A store whose keeper lies: manifests, maps and details that are sealed and named as they must be, and wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import zstandard
from blake3 import blake3

from steward_app.services.backup.store import documents, layout

T = TypeVar("T")


@dataclass(frozen=True)
class HostileStore:
    """A store in a folder that is not encrypted, so that whoever keeps it can seal everything anew."""

    folder: Path

    def told(self) -> dict[str, Any]:
        """What the manifest of the last honest point says, without its seal."""
        honest = (path for path in (self.folder / "points").iterdir() if "pt_lie" not in path.name)
        names = [path for path in honest if layout.read_point(f"points/{path.name}")]
        return documents.from_json(max(names).read_bytes())[0]

    def lie(self, number: int, **changed: Any) -> None:
        """Add a point that is told to be the last one again, but for what is changed."""
        before = self.told()
        told = before | {"id": f"pt_lie{number}", "sequence": before["sequence"] + 1} | changed
        try:
            name = layout.point(told["id"], told["sequence"], told["made_at"])
        except (ValueError, TypeError, OverflowError):
            name = ""
        if not 0 < len(name) < 200 or ".." in name:
            name = layout.point(f"pt_lie{number}", before["sequence"] + 1, before["made_at"])
        (self.folder / name).write_bytes(documents.to_json(told, None))

    def describe(self, **changed: Any) -> None:
        """Have the store's description say something else."""
        path = self.folder / layout.DESCRIPTOR
        path.write_bytes(documents.to_json(documents.from_json(path.read_bytes())[0] | changed, None))

    def put(self, folder: str, contents: bytes) -> str:
        """An object under the name that its contents give it."""
        hashed = blake3(contents).hexdigest()
        start = layout.pack_prefix(hashed) if folder == layout.PACKS else folder + hashed
        name = layout.finished(start, "")
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(contents)
        return name

    def map(self, header: dict[str, Any], records: bytes = b"") -> str:
        """A map with that header."""
        line = json.dumps(
            {"format": "data-steward-map/1", "kind": "keyframe", "page_size_bytes": 4096} | header
        )
        return self.put(layout.MAPS, zstandard.compress(line.encode() + b"\n" + records))


def zeros(size_bytes: int, *, first: bytes = b"") -> bytes:
    """A zstd frame that unpacks to so many zeros, and is a ten-thousandth of that."""
    chunk = bytes(1 << 20)
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    parts = [packer.compress(first)] + [packer.compress(chunk) for _ in range(size_bytes >> 20)]
    return b"".join(parts) + packer.flush()


def with_little_memory(work: Callable[[], T], most_bytes: int = 1 << 30) -> T:
    """What `work` gives while this process may take only so much more memory than it has. Not on Windows."""
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + most_bytes, before[1]))
    try:
        return work()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def files_outside(root: Path, *inside: Path) -> dict[Path, bytes]:
    """Everything under a folder but what lies in some of its folders."""
    return {
        path: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not any(path.is_relative_to(each) for each in inside)
    }
