"""The last rows of a large table are built by another process meanwhile: one Python uses one core.

It opens the database as any reader does, is told the rules and the key through a pipe, and builds rows by the same code
into files of its own beside the copy: changed rows alone, none of the original. This process takes rows from the front
of the table, the other one from its end, ever fewer at a time, until no row is left between them. Then this process
tells it to stop, takes over what it built, each file by one statement of SQLite, and copies what is missing. So neither
waits for the other for long, however fast each of them is, and where the other one fails, this one does it all. A
computer that is busy already is not asked for a second process.

Its files are made here before it is started, and it makes none itself: what was swept away after this process was
killed does not come back. It ends by itself when this process is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
from steward_app.services.schema.model import Generated
from steward_app.storage import beside, free_bytes

FROM_CELLS = 2_000_000
"""Changed cells of a table from which it is worth while to start a process, which takes half a second."""

_IDLE = 0.5  # of a core
_LOAD = Path("/proc/loadavg")
_LOOKS, _LOOK_SECONDS = 9, 0.001
_FILES = 8  # SQLite attaches 10; a hundredth of the rows is left then, where both processes are equally fast
_SHARE = 4  # the other process takes this part of the rows that are left,
_OWN_SHARE = 16  # and this one, which needs no file for them, fewer at a time;
_LEAST_SHARE = 100  # neither takes less than this part of all rows
_CHILD = Path(__file__).with_name("apart_child.py")
_ROWS = "steward_rows"  # the schemas under which its files are attached begin with it
_NEED_WHOLE_TABLES = frozenset({Technique.SHUFFLE, Technique.MICROAGGREGATE, Technique.REDACT})


@dataclass(frozen=True, slots=True)
class Part:
    """What the other process is told before it begins.

    Attributes:
        schema_hash: of the schema that this process read.
    """

    schema_hash: str
    table: str
    asked: Asked
    how: How

    def told(self, path: Path) -> dict[str, Any]:
        """The same as JSON; `path` is the database."""
        return {
            "path": str(path.absolute()),
            "schema": self.schema_hash,
            "table": self.table,
            "rules": rules_to_json(self.asked.rules),
            "key": self.asked.key.hex(),
            "how": asdict(replace(self.how, remembered_bytes=self.how.remembered_bytes // 2)),
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows from one number to another, both among them."""

    first: int
    last: int


class Unclaimed:
    """The rows that no process copies yet; either takes some, from any thread."""

    def __init__(self, rows: Stretch) -> None:
        self._first, self._last = rows.first, rows.last
        self._least = (rows.last - rows.first) // _LEAST_SHARE + 1
        self._lock = threading.Lock()

    def from_front(self) -> Stretch | None:
        """The next rows for this process; None when there are none any more."""
        with self._lock:
            if self._first > self._last:
                return None
            taken = Stretch(self._first, self._first + self._some(_OWN_SHARE) - 1)
            self._first = taken.last + 1
            return taken

    def from_end(self) -> Stretch | None:
        """The next rows for the other process; None when there are none any more."""
        with self._lock:
            if self._first > self._last:
                return None
            taken = Stretch(self._last - self._some(_SHARE) + 1, self._last)
            self._last = taken.first - 1
            return taken

    def _some(self, share: int) -> int:
        left = self._last - self._first + 1
        return min(left, max(self._least, left // share))


@dataclass(slots=True)
class Built:
    """What the other process built into one file.

    Attributes:
        rows: how many; 0 as long as nothing of them can be taken over.
        reached: the number up to which it looked at every row of the stretch.
    """

    stretch: Stretch
    file: Path
    rows: int = 0
    reached: int = 0


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
        and not filling.how.where  # tables of `temp` are seen by one connection alone
        and not any(
            rule.place.table == table and rule.technique in _NEED_WHOLE_TABLES
            for rule in transforms.rules.rules
        )
        and source.state.mode is OpenMode.NORMAL
        and _idle_cores() >= _IDLE
        and free_bytes(target.path) > 2 * size_bytes
    )


def all_rows(source: ReadSession, filling: Filling) -> Stretch:
    """The first and the last row of a table that is not empty."""
    number, name = filling.number_sql, qualified(filling.table.name)
    return Stretch(
        source.count(f"SELECT min({number}) FROM {name} AS {ROW}"),
        source.count(f"SELECT max({number}) FROM {name} AS {ROW}"),
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
    left = Unclaimed(all_rows(source, filling))
    with _other(source.path, target.path, part, left, unchanged) as other, context.on_cancel(other.kill):
        with target.transaction():
            try:
                copied = _from_both(target, filling, left, other, told)
            except UnicodeDecodeError:  # text that is not valid, which is copied in one go
                copied = filling.anew(told)
        for schema in other.taken_over:
            target.run(f"DETACH {schema}")
    return copied


def _from_both(target: WriteSession, filling: Filling, left: Unclaimed, other: _Other, told: Told) -> int:
    copied = 0

    def so_far(count: int) -> None:
        told(copied + count + other.copied)

    while mine := left.from_front():
        copied += filling.between(so_far, mine.first, mine.last)
    for built in other.stop():
        if built.rows:
            filling.insert(_take_over_sql(filling, other.attached_to(target, built)))
        if built.reached < built.stretch.last:
            copied += filling.between(so_far, built.reached + 1, built.stretch.last)
    return copied + other.copied


def _take_over_sql(filling: Filling, schema: str) -> str:
    """Whole records where SQLite can take them as they are, else column by column."""
    name = qualified(filling.table.name)
    source = f"{schema}.{quote(filling.table.name)}"
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
        copied: rows that it built.
        taken_over: the schemas under which files of it are attached to the copy.
    """

    def __init__(
        self, files: Sequence[Path], said: dict[str, Any], left: Unclaimed, unchanged: Callable[[], bool]
    ) -> None:
        self._files, self._left, self._unchanged = files, left, unchanged
        self._built: list[Built] = []
        self.taken_over: list[str] = []
        self._copied_before = self._copied_now = 0
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],  # -P: nothing is imported from the current folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self._say(said)

    @property
    def copied(self) -> int:
        return self._copied_before + self._copied_now

    def stop(self) -> list[Built]:
        """Let it end with the batch it is at; what it built, in the order of the rows, and what it left out of that."""
        self._say("stop")
        self._listening.join()
        self._copied_now = 0  # what it did not tell to be done is lost
        return self._built[::-1]

    def attached_to(self, target: WriteSession, built: Built) -> str:
        """Attach a file of it; the schema under which its table can be read."""
        schema = f"{_ROWS}_{len(self.taken_over)}"
        target.run(f"ATTACH ? AS {schema}", (str(built.file.absolute()),))
        self.taken_over.append(schema)
        return schema

    def kill(self) -> None:
        """End it at once, from any thread."""
        self._child.kill()

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self.kill()
        self._listening.join()
        self._child.communicate()

    def _say(self, document: Any) -> None:
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # it is gone already, and what it did not build is built here
            self._child.stdin.write(json.dumps(document).encode("ascii") + b"\n")
            self._child.stdin.flush()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            match json.loads(line) if line.endswith(b"\n") else {}:
                case {"reads": True}:
                    if not self._sees_the_same():
                        self.kill()
                        return
                    self._give_more()
                case {"copied": int(copied)}:
                    self._copied_now = copied
                case {"done": [int(rows), int(reached)]}:
                    built = self._built[-1]
                    built.rows, built.reached = rows, reached
                    self._copied_before, self._copied_now = self._copied_before + rows, 0
                    self._give_more()
                case {"end": True}:  # what Python does when it ends takes a while
                    return

    def _give_more(self) -> None:
        """Tell it the rows to build next, or that there are none."""
        stretch = self._left.from_end() if len(self._built) < len(self._files) else None
        if stretch is None:
            self._say("stop")
            return
        built = Built(stretch, self._files[len(self._built)], reached=stretch.first - 1)
        self._built.append(built)
        self._say({"first": stretch.first, "last": stretch.last, "file": str(built.file.absolute())})

    def _sees_the_same(self) -> bool:
        """Whether no other program wrote before it began to read."""
        try:
            return self._unchanged()
        except StewardError:  # nobody can tell
            return False


@contextmanager
def _other(
    path: Path, target: Path, part: Part, left: Unclaimed, unchanged: Callable[[], bool]
) -> Iterator[_Other]:
    with ExitStack() as stack:
        files = [stack.enter_context(beside(target, f".rows{number}")) for number in range(_FILES)]
        other = _Other(files, part.told(path), left, unchanged)
        stack.callback(other.close)
        yield other


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
