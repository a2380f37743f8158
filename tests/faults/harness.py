"""Tries an operation with a fault at every step, or at a sample of the steps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
        folder: where trials are made, one folder each.
        prepare: builds the state before in the folder it is given, and tells what it built.
        name: what to call it in the summary.
        every: all steps; else `SAMPLE` of them for each kind, the first and the last among them.
    """
    with _fresh(folder, "counted") as counted:
        prepare(counted)
        whole = bench.run(operation, counted)
    assert whole.how == "finished", whole.message
    points = 0
    for kind in kinds:
        for at in _points(whole.steps + (kind in POWER_CUTS), every):
            with _fresh(folder, f"{kind}-{at}") as place:
                before = prepare(place)
                yield Trial(place, before, kind, at, bench.run(operation, place, kind, at))
            points += 1
    tried[f"{name or operation}: {whole.steps} steps, {points} points"] = points


def _points(steps: int, every: bool) -> Sequence[int]:
    if every or steps <= SAMPLE:
        return range(1, steps + 1)
    return sorted({1 + round(n * (steps - 1) / (SAMPLE - 1)) for n in range(SAMPLE)})


@contextmanager
def _fresh(folder: Path, name: str) -> Iterator[Path]:
    place = folder / name
    place.mkdir()
    yield place
    shutil.rmtree(place)  # kept when the check failed, to look at
