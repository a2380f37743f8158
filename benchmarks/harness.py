"""Ratios measured in one run: ours and what it is compared with take turns, so that a busy machine slows both.

    from harness import compare, record

    record("A page far down", compare(ours=lambda: ..., base=lambda: ...), base="the first page", limit=2.0)

A script prints its figure, writes its row into RESULTS.md and ends with exit code 1 when the limit is passed.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True)
class Comparison:
    """Seconds of every round, ours and the other's, in the order they were run."""

    ours: tuple[float, ...]
    base: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the rounds' own ratios: what disturbs one round counts once."""
        return median(ours / base for ours, base in zip(self.ours, self.base, strict=True))

    @property
    def best_ratio(self) -> float:
        """The quickest of ours over the quickest of the other."""
        return min(self.ours) / min(self.base)


def compare(ours: Callable[[], object], base: Callable[[], object], *, rounds: int = 15) -> Comparison:
    """Time two calls in this process, by the clock, after one round that does not count."""
    return _take_turns(lambda: _seconds(ours), lambda: _seconds(base), rounds)


def compare_processes(ours: Sequence[str], base: Sequence[str], *, rounds: int = 15) -> Comparison:
    """Compare the processor time of two commands, that of their children included."""
    return _take_turns(lambda: _processor_seconds(ours), lambda: _processor_seconds(base), rounds)


def record(figure: str, result: Comparison | float, *, base: str, limit: float, unit: str = "×") -> None:
    """Print a figure and put it into RESULTS.md in the row of that name.

    Args:
        figure: what was measured; names the row.
        result: a comparison, or a number that is measured against its limit directly (milliseconds, megabytes).
        base: what it is compared with.
        limit: the most that is allowed.
        unit: of the number, where it is not a ratio.
    """
    if isinstance(result, Comparison):
        value = result.ratio
        times = f"{_milliseconds(min(result.ours))} / {_milliseconds(min(result.base))}"
    else:
        value, times = result, ""
    verdict = "within" if value <= limit else "MISSED"
    print(f"{figure}: {value:.2f} {unit} of {limit:g} allowed, {verdict}  ({times or base})", flush=True)
    _write_row(figure, f"| {figure} | {base} | {times} | {value:.2f} {unit} | {limit:g} {unit} | {verdict} |")
    if value > limit:
        sys.exit(1)


def record_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table and put it into RESULTS.md under a heading of its own, in the place of an earlier one."""
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    body = [*head, *(f"| {' | '.join(row)} |" for row in rows)]
    print("\n".join([title, *body]), flush=True)
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    heading = f"## {title}"
    start = lines.index(heading) if heading in lines else len(lines)
    following = (at for at in range(start + 1, len(lines)) if lines[at].startswith("## "))
    end = next(following, len(lines))
    before, after = [*lines[:start]], lines[end:]
    while before and not before[-1]:
        before.pop()
    parts = [*before, "", heading, "", *body, *([""] if after else []), *after]
    RESULTS.write_text("\n".join(parts) + "\n", encoding="utf-8")


def peak_megabytes() -> float:
    """The most memory this process held since its program began, and the largest of its children that ended."""
    import resource

    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if sys.platform != "linux":
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return (own + children) / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    # What `getrusage` tells of a process counts that of the process it was started by, before its own program began.
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return (own + children) / 1024


def machine() -> str:
    """What the figures were measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _take_turns(ours: Callable[[], float], base: Callable[[], float], rounds: int) -> Comparison:
    pairs = []
    for number in range(rounds + 1):
        if number % 2:
            first = ours()
            pairs.append((first, base()))
        else:
            first = base()
            pairs.append((ours(), first))
    return Comparison(tuple(pair[0] for pair in pairs[1:]), tuple(pair[1] for pair in pairs[1:]))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _processor_seconds(command: Sequence[str]) -> float:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = _children_seconds()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return _children_seconds() - start


def _children_seconds() -> float:
    """Processor time of the children that have ended; the clock where a system does not tell."""
    if sys.platform == "win32":
        return time.perf_counter()
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def _write_row(figure: str, row: str) -> None:
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    lines = [f"Measured on: {machine()}." if line.startswith("Measured on: ") else line for line in lines]
    place = next((at for at, line in enumerate(lines) if line.startswith(f"| {figure} |")), None)
    if place is None:
        first = next(at for at, line in enumerate(lines) if line.startswith("|"))
        end = next((at for at in range(first, len(lines)) if not lines[at].startswith("|")), len(lines))
        lines.insert(end, row)  # into the first table; the others are of `record_table`
    else:
        lines[place] = row
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
