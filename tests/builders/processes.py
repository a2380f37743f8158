"""Other programs, for tests: real processes, with SQLite of their own."""

from __future__ import annotations

import codecs
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")

NOBODY = 65534
_START = "import apsw, os, sys\npath = {path!r}\nc = apsw.Connection(path)\nc.set_busy_timeout(20_000)\n"
_RUN = "def run(*statements):\n    return [list(c.execute(s)) for s in statements]\n"


class OtherProgram:
    """A process with the file open. It does what it is told, one piece of Python at a time, and waits.

    In the code, `c` is its connection, `run(sql, ...)` runs statements, `path` is the file.
    """

    def __init__(self, path: Path) -> None:
        loop = "for line in sys.stdin:\n    exec(eval(line))\n    print('done', flush=True)\n"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=str(path)) + _RUN + loop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def does(self, code: str) -> Self:
        """Have it run the code, and wait until it has."""
        self.begins(code)
        return self.has_done()

    def begins(self, code: str) -> Self:
        """Have it run the code; do not wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(repr(code) + "\n")
        self._process.stdin.flush()
        return self

    def has_done(self) -> Self:
        """Wait until it has run what it was told."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "done\n", "the other program failed"
        return self

    def dies(self) -> None:
        """Kill it: nothing is closed, nothing is tidied up."""
        self._process.kill()
        self._process.communicate()

    def ends(self) -> None:
        """Let it close its connection and end."""
        self.does("c.close()")
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.dies()


def program_dies_after(path: Path, code: str) -> None:
    """A process opens the file, runs the code, and is gone in the middle of it all."""
    subprocess.run(
        [sys.executable, "-c", _START.format(path=str(path)) + _RUN + code + "\nos._exit(0)"], check=True
    )


@contextmanager
def common_folder() -> Iterator[Path]:
    """A folder every user of the machine may enter, unlike a test's own."""
    folder = Path(tempfile.mkdtemp(prefix="steward-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def as_nobody(work: Callable[[], T]) -> T:
    """What `work` gives when an ordinary user does it, who is not the owner of what root has made.

    Root may write everything, so for root it is done in a child process as the user "nobody"; anybody else is an
    ordinary user already.
    """
    if os.name != "posix" or os.geteuid() != 0:
        return work()
    codecs.lookup("ascii")  # nobody may be unable to read Python's own library
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads: the child only runs `work`
        pid = os.fork()
    if pid == 0:
        _child(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    worked, result = pickle.loads(said)
    if not worked:
        raise AssertionError(result)
    return result  # type: ignore[no-any-return]


def _child(work: Callable[[], object], writing: int) -> None:
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        said = pickle.dumps((True, work()))
    except BaseException as error:  # noqa: BLE001  # told to the parent, which fails
        said = pickle.dumps((False, repr(error)))
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(said)
    os._exit(0)
