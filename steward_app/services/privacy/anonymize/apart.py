"""The last part of a large table is built by another process meanwhile: one Python uses one core.

It opens the database as any reader does, is told the rules and the key through a pipe, and builds its rows by the same
code into a file of its own beside the copy: changed rows alone, none of the original. When this process comes to where
the other one began, it tells it to stop, takes its rows over by one statement of SQLite, and copies what is left. So
neither waits for the other for long, and where the other one fails, this one does it all. A computer that is busy
already is not asked for a second process.

Its file is made here before it is started, and it makes none itself: what was swept away after this process was killed
does not come back. It ends by itself when this process is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from time import sleep
from typing import Any

from steward_app.db import OpenMode, ReadSession, WriteSession, qualified, quote
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.filling import Filling, How, Told
from steward_app.services.privacy.anonymize.rules_json import rules_to_json
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.transform.model import ROW, Asked, Transforms
from steward_app.services.schema.model import Generated, Schema
from steward_app.storage import beside, free_bytes

FROM_CELLS = 2_000_000
"""Changed cells of a table from which it is worth while to start a process, which takes half a second."""

_IDLE = 0.5  # of a core
_LOAD = Path("/proc/loadavg")
_LOOKS, _LOOK_SECONDS = 9, 0.001
_LATER_ROWS = 150_000  # rows that this process copies while the other one starts
_CHILD = Path(__file__).with_name("apart_child.py")
_ROWS = "steward_rows"  # the schema under which its file is attached
_NEED_WHOLE_TABLES = frozenset({Technique.SHUFFLE, Technique.MICROAGGREGATE, Technique.REDACT})


@dataclass(frozen=True, slots=True)
class Part:
    """What the other process builds.

    Attributes:
        schema_hash: of the schema that this process read.
        first: number of the first row.
    """

    schema_hash: str
    table: str
    asked: Asked
    first: int
    how: How

    def told(self, path: Path, file: Path) -> dict[str, Any]:
        """What it is told: `path` is the database, `file` its own."""
        return {
            "path": str(path.absolute()),
            "file": str(file.absolute()),
            "schema": self.schema_hash,
            "table": self.table,
            "rules": rules_to_json(self.asked.rules),
            "key": self.asked.key.hex(),
            "first": self.first,
            "how": asdict(replace(self.how, remembered_bytes=self.how.remembered_bytes // 2)),
        }


def worth(
    source: ReadSession, target: WriteSession, filling: Filling, transforms: Transforms, rows: int
) -> bool:
    """Whether a second process pays for a table, and can build rows of it by itself."""
    table, transform = filling.table.name, transforms.table(filling.table.name)
    size_bytes = source.count("PRAGMA main.page_count") * source.count("PRAGMA main.page_size")
    return (
        transform is not None
        and rows * len(transform.steps) >= FROM_CELLS
        and filling.numbered
        and not any(
            rule.place.table == table and rule.technique in _NEED_WHOLE_TABLES
            for rule in transforms.rules.rules
        )
        and source.state.mode is OpenMode.NORMAL
        and _idle_cores() >= _IDLE
        and free_bytes(target.path) > 2 * size_bytes
    )


def part_of(source: ReadSession, schema: Schema, filling: Filling, asked: Asked, rows: int) -> Part:
    """What the other process builds: a bit less than half, if the numbers of rows are spread evenly."""
    number, name = filling.number_sql, qualified(filling.table.name)
    lowest = source.count(f"SELECT min({number}) FROM {name} AS {ROW}")
    highest = source.count(f"SELECT max({number}) FROM {name} AS {ROW}")
    share = min(1.0, (rows + _LATER_ROWS) / (2 * rows))
    return Part(
        schema.hash, filling.table.name, asked, lowest + int((highest - lowest) * share) + 1, filling.how
    )


def fill(
    source: ReadSession,
    target: WriteSession,
    filling: Filling,
    part: Part,
    unchanged: Callable[[], bool],
    told: Told,
    context: Context,
) -> int:
    """Copy all rows of a table, the last ones in the other process; how many.

    Args:
        unchanged: whether a session that began to read since then sees what `source` sees.
    """
    with _other(source.path, target.path, part, unchanged) as other, context.on_cancel(other.kill):
        with target.transaction():
            try:
                copied = _from_both(target, filling, part, other, told)
            except UnicodeDecodeError:  # text that is not valid, which is copied in one go
                copied = filling.anew(told)
        if other.taken_over:
            target.run(f"DETACH {_ROWS}")
    return copied


def _from_both(target: WriteSession, filling: Filling, part: Part, other: _Other, told: Told) -> int:
    copied = filling.between(lambda count: told(count + other.copied), before=part.first)
    built, last = other.stop()
    following = part.first
    if built:
        target.run(f"ATTACH ? AS {_ROWS}", (str(other.file.absolute()),))
        other.taken_over = True
        filling.insert(_take_over_sql(filling))
        copied, following = copied + built, last + 1
    before = copied
    return before + filling.between(lambda count: told(before + count), first=following)


def _take_over_sql(filling: Filling) -> str:
    """Whole records where SQLite can take them as they are, else column by column."""
    name = qualified(filling.table.name)
    source = f"{_ROWS}.{quote(filling.table.name)}"
    as_they_are = not filling.rowid and not any(
        column.generated is not Generated.NO or column.hidden for column in filling.table.columns
    )
    if as_they_are:
        return f"INSERT INTO {name} SELECT * FROM {source}"
    names, number = filling.names_sql, filling.number_sql
    return f"INSERT INTO {name} ({names}) SELECT {names} FROM {source} AS {ROW} ORDER BY {number}"


class _Other:
    """The other process.

    Attributes:
        file: what it builds its rows into.
        copied: rows that it built.
        taken_over: its file is attached to the copy.
    """

    def __init__(self, file: Path, said: dict[str, Any], unchanged: Callable[[], bool]) -> None:
        self.file, self.copied, self.taken_over = file, 0, False
        self._unchanged = unchanged
        self._done = (0, 0)
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],  # -P: nothing is imported from the current folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self._say(json.dumps(said))

    def stop(self) -> tuple[int, int]:
        """Let it end with the batch it is at; how many rows it built, and the number of the last. (0, 0) for none."""
        self._say("stop")
        self._listening.join()
        return self._done

    def kill(self) -> None:
        """End it at once, from any thread."""
        self._child.kill()

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self.kill()
        self._listening.join()
        self._child.communicate()

    def _say(self, line: str) -> None:
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # it is gone already, and what it did not build is built here
            self._child.stdin.write(line.encode("ascii") + b"\n")
            self._child.stdin.flush()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            match json.loads(line) if line.endswith(b"\n") else {}:
                case {"reads": True} if not self._sees_the_same():
                    self.kill()
                    return
                case {"copied": int(copied)}:
                    self.copied = copied
                case {"done": [int(copied), int(last)]}:
                    self._done = (copied, last)

    def _sees_the_same(self) -> bool:
        """Whether no other program wrote before it began to read."""
        try:
            return self._unchanged()
        except StewardError:  # nobody can tell
            return False


@contextmanager
def _other(path: Path, target: Path, part: Part, unchanged: Callable[[], bool]) -> Iterator[_Other]:
    with beside(target, ".rows") as file:
        other = _Other(file, part.told(path, file), unchanged)
        try:
            yield other
        finally:
            other.close()


def _idle_cores() -> float:
    """How many cores stand idle beside the one that this process uses; on a busy computer a second one only costs."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return cores - max(1.0, _busy_cores())


def _busy_cores() -> float:
    """How many cores have something to do now.

    Where the system tells it at any moment, that is asked for a few times, not its average of the last minute: what
    this program did until now is over.
    """
    try:
        running = [_running() for _ in range(_LOOKS)]
    except (OSError, ValueError, IndexError):  # no Linux
        return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return float(median(running))


def _running() -> int:
    """Threads of all programs that run or could run now, this one among them. proc_loadavg(5)"""
    sleep(_LOOK_SECONDS)
    return int(_LOAD.read_text("ascii").split()[3].partition("/")[0])
