"""Verifying seals in other processes, each with a session of its own.

What they find doubtful is looked at again by who asked, so that nothing depends on the moment at which they read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from steward_app.services.audit.seals.verify_seals import Stretch

_CHILD = Path(__file__).with_name("verify_main.py")


@contextmanager
def verify_apart(
    path: Path, parts: Sequence[Stretch], pruned: int, processes: int
) -> Iterator[Callable[[], list[Stretch]]]:
    """Begin to verify; the call that is given waits, and gives the stretches in which something is not right.

    A process that fails gives all its stretches. None outlives the block.
    """
    shares = [list(parts[at::processes]) for at in range(processes)] if processes > 0 else []
    started = [(share, _start(path, share, pruned)) for share in shares if share]
    try:
        yield lambda: [part for share, child in started for part in _doubtful(share, child)]
    finally:
        for _, child in started:
            child.kill()
            child.communicate()


def _start(path: Path, share: Sequence[Stretch], pruned: int) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-P", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    ranges = [[part.seals[0].n, part.seals[-1].n] for part in share]
    request = {"path": str(path.absolute()), "ranges": ranges, "pruned": pruned}
    with suppress(BrokenPipeError):  # it is gone already, which its end tells
        child.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        child.stdin.flush()
    return child


def _doubtful(share: Sequence[Stretch], child: subprocess.Popen[bytes]) -> list[Stretch]:
    assert child.stdout is not None
    told = child.stdout.readline()
    try:
        holds = json.loads(told)["holds"]
        return [part for part, right in zip(share, holds, strict=True) if right is not True]
    except (ValueError, KeyError, TypeError):
        return list(share)
