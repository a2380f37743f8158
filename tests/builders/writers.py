"""Whoever writes to an audited file: three SQLites of different age, each in its own way.

Statements that fail are passed over, as a program does that was told no.

They do not make the same text of a number. An older SQLite (3.40 was tried) writes 15 digits of a REAL, the one here
17: `0.1 + 0.2 || ''` is '0.3' there and '0.30000000000000004' here, and `1e15 || ''` is '1.0e+15' there and
'1000000000000000.0' here. So an index over such a text that one has written does not fit its table in the eyes of the
other, whatever triggers there are. `differing_texts_sql` finds the numbers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import apsw

from steward_app.db import quote

_PYTHON = """
import json, sqlite3, sys
for line in sys.stdin:
    path, statements = json.loads(line)
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        try:
            connection.execute(statement).fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            pass
    connection.close()
    print("done", flush=True)
"""


def differing_texts_sql(table: str, column: str) -> str:
    """Counts the numbers of a column of which an older SQLite makes another text than the one here."""
    cell = quote(column)
    return (
        f"SELECT count(*) FROM {quote(table)} WHERE typeof({cell}) = 'real'"
        f" AND CAST({cell} AS TEXT) <> format('%!.15g', {cell})"
    )


class Writer(Protocol):
    """Runs statements on a file, one after the other, over one connection."""

    def write(self, path: Path, statements: Sequence[str]) -> None: ...


class Bundled:
    """The SQLite of this program, with its switches as they come."""

    def write(self, path: Path, statements: Sequence[str]) -> None:
        connection = apsw.Connection(str(path))
        for statement in statements:
            try:
                connection.execute(statement).fetchall()
            except apsw.Error:
                continue
        connection.close()


class Python:
    """Python's own sqlite3, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PYTHON], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def write(self, path: Path, statements: Sequence[str]) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(path), list(statements)]) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n", "the other program failed"

    def close(self) -> None:
        self._process.communicate()


class Shell:
    """The `sqlite3` shell of the system."""

    def write(self, path: Path, statements: Sequence[str]) -> None:
        script = "".join(f"{statement};\n" for statement in statements)
        subprocess.run(
            ["sqlite3", "-batch", str(path)],
            input=script.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )


NAMES = ("bundled", "python", "shell")


@contextmanager
def writer(name: str) -> Iterator[Writer]:
    """One of them by its name."""
    if name != "python":
        yield Bundled() if name == "bundled" else Shell()
        return
    python = Python()
    try:
        yield python
    finally:
        python.close()


def shell_is_there() -> bool:
    return shutil.which("sqlite3") is not None
