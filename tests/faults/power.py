"""What is on the disk after a power cut: what was synced, and of the rest nothing or some.

A file's bytes are safe once the file was synced; a name (created, renamed, deleted) once its folder was. This is what
POSIX promises and no more; real file systems are often kinder.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_Change = Callable[[bytearray], None]


@dataclass(eq=False)
class _File:
    """One file, whatever names it has: the bytes that are safe, and what was done to it since."""

    safe: bytes = b""
    pending: list[_Change] = field(default_factory=list)

    def bytes_after(self, survives: Callable[[], bool]) -> bytes:
        content = bytearray(self.safe)
        for change in self.pending:
            if survives():
                change(content)
        return bytes(content)


class Disk:
    """Follows every change to the files under one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        found = {path: _File(path.read_bytes()) for path in root.rglob("*") if path.is_file()}
        self._names = dict(found)
        self._safe_names = found

    def write(self, path: Path, offset: int, data: bytes) -> None:
        def change(content: bytearray) -> None:
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data

        self._file(path).pending.append(change)

    def truncate(self, path: Path, size: int) -> None:
        def change(content: bytearray) -> None:
            content.extend(bytes(max(0, size - len(content))))
            del content[size:]

        self._file(path).pending.append(change)

    def sync(self, path: Path) -> None:
        file = self._file(path)
        file.safe, file.pending = file.bytes_after(lambda: True), []

    def sync_folder(self, folder: Path) -> None:
        """Every name in a folder is safe as it stands now: there or gone."""
        for path in {path for path in (*self._names, *self._safe_names) if path.parent == folder}:
            file = self._names.get(path)
            if file is None:
                self._safe_names.pop(path, None)
            else:
                self._safe_names[path] = file

    def rename(self, source: Path, target: Path) -> None:
        self._names[target] = self._file(source)
        del self._names[source]

    def delete(self, path: Path) -> None:
        self._names.pop(path, None)

    def cut_power(self, seed: int | None) -> None:
        """Leave under the root what survived: without a seed nothing unsynced, else every name and some bytes."""
        chance = random.Random(seed)  # the same damage each time the same point is tried
        survives = (lambda: chance.random() < 0.5) if seed is not None else (lambda: False)
        names = self._names if seed is not None else self._safe_names
        for path in (*self._names, *self._safe_names):
            if path not in names:
                path.unlink(missing_ok=True)
        for path, file in names.items():
            if path.parent.is_dir():
                path.write_bytes(file.bytes_after(survives))

    def _file(self, path: Path) -> _File:
        return self._names.setdefault(path, _File())
