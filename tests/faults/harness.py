"""Tries an operation with a fault at every step, or at a sample of the steps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from faults.breaker import POWER_CUTS, Kind

T = TypeVar("T")

ALL_KINDS = tuple(kind for kind in Kind if kind is not Kind.NONE)
SAMPLE = 3
"""How many points of each kind are tried where not all of them are."""

tried: dict[str, int] = {}
"""What was tried in this run, in words, and at how many points."""

_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """How an operation ended.

    Attributes:
        how: "finished", "failed" (a `StewardError`), "cancelled", "killed", or "bug" (anything else).
        message: the error, or the traceback of a bug.
        steps: how many steps on the disk it took; 0 when it was killed.
    """

    how: str
    message: str = ""
    steps: int = 0


@dataclass(frozen=True)
class Trial(Generic[T]):
    """One try: what `prepare` gave, where, what was broken and how it ended."""

    folder: Path
    before: T
    kind: Kind
    at: int
    ended: Ended


def check_ended(trial: Trial[T], happened: bool) -> None:
    """How a try ended fits what is there, for an operation that happens wholly or not at all."""
    ended = trial.ended
    assert ended.how != "bug", ended.message
    if ended.how == "finished":
        assert happened
    if ended.how == "cancelled":
        assert (trial.kind, happened) == (Kind.CANCEL, False)
    if ended.how == "failed":
        assert trial.kind in (Kind.FULL, Kind.SHORT, Kind.IO_ERROR)


class Bench:
    """Runs operations in child processes that may die."""

    def __init__(self, *modules: str) -> None:
        """`modules` are imported once, before the first operation."""
        self._modules = modules
        self._process: subprocess.Popen[str] | None = None

    def run(self, operation: str, folder: Path, kind: Kind = Kind.NONE, at: int = 0) -> Ended:
        """Run `operation` ("module:function", called with the folder and a Context), broken at step `at`."""
        result = folder.with_suffix(".json")
        result.unlink(missing_ok=True)
        process = self._process if self._process and self._process.poll() is None else self._start()
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        job = {"operation": operation, "folder": str(folder), "result": str(result), "kind": kind, "at": at}
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        return Ended(**json.loads(result.read_text("utf-8"))) if result.exists() else Ended("killed")

    def _start(self) -> subprocess.Popen[str]:
        paths = os.pathsep.join([str(_TESTS), str(_TESTS.parent)])
        process = subprocess.Popen(
            [sys.executable, "-m", "faults.child", *self._modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.communicate()


def trials(
    bench: Bench,
    operation: str,
    folder: Path,
    prepare: Callable[[Path], T],
    *,
    kinds: Sequence[Kind] = ALL_KINDS,
    every: bool,
    name: str = "",
) -> Iterator[Trial[T]]:
    """Break the operation at every step, or at a sample of them, each time from a fresh start.

    Args:
        folder: where trials are made.
        prepare: builds the state before in the folder it is given, and tells what it built; called once.
        name: what to call it in the summary.
        every: all steps; else `SAMPLE` of them for each kind, the first and the last among them.
    """
    place = _Place(folder / "place", prepare)
    whole = bench.run(operation, place.folder)
    assert whole.how == "finished", whole.message
    points = 0
    for kind in kinds:
        for at in _points(whole.steps + (kind in POWER_CUTS), every):
            place.renew()
            print(f"{kind} at step {at}")  # shown where the check fails; the folder stays to be looked at
            yield Trial(place.folder, place.before, kind, at, bench.run(operation, place.folder, kind, at))
            points += 1
    place.remove()
    tried[f"{name or operation}: {whole.steps} steps, {points} points"] = points


def _points(steps: int, every: bool) -> Sequence[int]:
    if every or steps <= SAMPLE:
        return range(1, steps + 1)
    return sorted({1 + round(n * (steps - 1) / (SAMPLE - 1)) for n in range(SAMPLE)})


class _Place(Generic[T]):
    """A folder as it was prepared, again and again.

    A database is known by its path and its file, so the path stays, and a file that is still there is written over.

    Attributes:
        before: what preparing it gave.
    """

    def __init__(self, folder: Path, prepare: Callable[[Path], T]) -> None:
        folder.mkdir()
        self.folder = folder
        self.before = prepare(folder)
        found = sorted(folder.rglob("*"))
        self._folders = [path for path in found if path.is_dir()]
        self._files = {path: (path.read_bytes(), path.stat()) for path in found if path.is_file()}

    def renew(self) -> None:
        """Everything is as it was prepared."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_dir():
                if path not in self._folders:
                    path.rmdir()
            elif path not in self._files:
                path.unlink()
        for path in self._folders:
            path.mkdir(exist_ok=True)
        for path, (data, status) in self._files.items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
                path.chmod(status.st_mode)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def remove(self) -> None:
        shutil.rmtree(self.folder)
