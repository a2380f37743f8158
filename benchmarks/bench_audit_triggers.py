"""What audit triggers cost whoever writes: processor time and bytes a change, against the same table without triggers.

A table of ten columns (a number, four texts, two integers, two reals, a date); an UPDATE changes two of them. Row by
row is a prepared statement a row from Python, in one transaction; at once is one statement for all rows. Our log holds
every value before and after.

Beside it stand the packages sqlite-history and sqlite-history-json, fetched into an environment of their own that is
thrown away; without a package index they are left out, and that is said. The first logs new values of changed columns
and misses changes to and from NULL; the second logs them as JSON.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import apsw
from harness import Comparison, record

from steward_app.db import open_write
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.arm import arm
from steward_app.services.audit.engine.shape import shape_of
from steward_app.services.schema import read_schema

ROWS = 40_000
ROUNDS = 5
NO_TRIGGERS = "the same without triggers, processor time"
MADE = (
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT, street TEXT, note TEXT, visits INTEGER,"
    " points INTEGER, weight REAL, height REAL, born TEXT)"
)
ONE_BY_ONE = (
    "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "UPDATE person SET city = ?, visits = ? WHERE id = ?",
    "DELETE FROM person WHERE id = ?",
)
AT_ONCE = (
    "INSERT INTO person SELECT * FROM source WHERE id > 0",  # without WHERE SQLite copies bytes
    "UPDATE person SET city = 'Jena', visits = visits + 1",
    "DELETE FROM person WHERE id > 0",
)
CITIES = ("Berlin", "Potsdam", "Cottbus", "Dresden", "Leipzig", "Halle", "Erfurt", "Weimar")
PACKAGES = {
    "sqlite-history": "import sqlite_history as h; h.configure_history(c, 'person')",
    "sqlite-history-json": "import sqlite_history_json as h; h.enable_tracking(c, 'person')",
}


@dataclass
class Taken:
    """Processor seconds and bytes of all INSERTs, all UPDATEs, all DELETEs."""

    seconds: list[float]
    sizes: list[int]


def rows() -> list[tuple[object, ...]]:
    """The same people on every run."""
    rnd = random.Random(4)
    word = [f"{rnd.getrandbits(40):x}" for _ in range(997)]
    return [
        (
            number,
            f"{word[number % 991]} {word[number % 983]}",
            CITIES[number % len(CITIES)],
            f"{word[number % 977]} street {number % 200}",
            f"{word[number % 971]} {word[number % 967]}",
            number * 7,
            number % 1_000,
            40 + rnd.random() * 60,
            1.5 + rnd.random() / 2,
            f"{1940 + number % 70}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        )
        for number in range(1, ROWS + 1)
    ]


def ours(path: Path) -> None:
    """Put the table under our audit."""
    with open_write(path) as session, session.transaction():
        schema = read_schema(session)
        table = schema.table("person")
        assert table is not None
        arm(session, shape_of(table, schema))


def peer(python: Path, code: str) -> Callable[[Path], None]:
    """Put the table under the audit of a package."""

    def install(path: Path) -> None:
        script = f"import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); {code}; c.commit()"
        subprocess.run([python, "-c", script, path], check=True, stdout=subprocess.DEVNULL)

    return install


def peers(folder: Path) -> dict[str, Callable[[Path], None]]:
    """The packages that can be had."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [python, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    found = {}
    for name, code in PACKAGES.items():
        if subprocess.run([*pip, name], check=False, capture_output=True).returncode == 0:
            found[name] = peer(python, code)
        else:
            print(f"{name} cannot be fetched and is left out.")
    return found


def take(install: Callable[[Path], None] | None, people: list[tuple[object, ...]], *, at_once: bool) -> Taken:
    """Write, change and delete all rows of a new file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "people.db")
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(MADE)
        if at_once:
            connection.execute(MADE.replace("person", "source"))
            connection.executemany(ONE_BY_ONE[0].replace("person", "source"), people)
        connection.close()
        if install:
            install(path)
        connection = apsw.Connection(str(path))
        for setting in ("synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {setting}")
        sizes, seconds = [_bytes(connection)], []
        changed = [(CITIES[(row[0] * 5 + 1) % 8], row[0] * 11, row[0]) for row in people]  # type: ignore[operator]
        bindings = (people, changed, [(row[0],) for row in people])
        for number in range(3):
            seconds.append(_processor(connection, number, bindings[number], at_once))
            sizes.append(_bytes(connection))
        connection.close()
        if install is ours:
            _verify(path)
    return Taken(seconds, [after - before for before, after in pairwise(sizes)])


def _processor(connection: apsw.Connection, number: int, bindings: list, at_once: bool) -> float:  # type: ignore[type-arg]
    connection.execute("BEGIN")
    began = time.process_time()
    if at_once:
        connection.execute(AT_ONCE[number]).fetchall()
    else:
        statement, execute = ONE_BY_ONE[number], connection.execute
        for each in bindings:
            execute(statement, each)
    took = time.process_time() - began
    connection.execute("COMMIT")
    return took


def _bytes(connection: apsw.Connection) -> int:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    used = "SELECT (p.page_count - f.freelist_count) * s.page_size"
    from_pragmas = " FROM pragma_page_count AS p, pragma_freelist_count AS f, pragma_page_size AS s"
    return int(connection.execute(used + from_pragmas).fetchone()[0])  # type: ignore[index]


def _verify(path: Path) -> None:
    with open_write(path) as session:
        (audited,) = tables.tables(session)
        assert sum(1 for _ in log.rows(session, audited)) == 3 * ROWS


def main() -> None:
    people = rows()
    with tempfile.TemporaryDirectory() as folder:
        others = peers(Path(folder, "peers"))
        _row_by_row(people, others)
    _at_once(people)


def _row_by_row(people: list[tuple[object, ...]], others: dict[str, Callable[[Path], None]]) -> None:
    runs: dict[str, list[Taken]] = {}
    for number in range(ROUNDS + 1):
        for name, install in {"none": None, "ours": ours, **others}.items():
            taken = take(install, people, at_once=False)
            if number:
                runs.setdefault(name, []).append(taken)
    none, mine = runs["none"], runs["ours"]
    record("INSERT into a table under audit, row by row", _ratio(mine, none, 0), base=NO_TRIGGERS, limit=3.5)
    record("UPDATE of two columns under audit, row by row", _ratio(mine, none, 1), base=NO_TRIGGERS, limit=4)
    record("DELETE from a table under audit, row by row", _ratio(mine, none, 2), base=NO_TRIGGERS, limit=3.5)
    for number, (figure, limit) in enumerate(
        {
            "Bytes of an INSERT in the log, data of 100 bytes": 180,
            "Bytes of an UPDATE of two columns in the log": 70,
            "Bytes of a DELETE in the log": 180,
        }.items()
    ):
        added = (mine[0].sizes[number] - none[0].sizes[number]) / ROWS
        record(figure, added, base="a limit", limit=limit, unit="bytes")
    for name in others:
        whole = _ratio(mine, runs[name], 0, 1, 2)
        figures = {"sqlite-history": "Insert, update, delete under audit, beside sqlite-history"}
        figures["sqlite-history-json"] = "Insert, update, delete under audit, beside sqlite-history-json"
        record(figures[name], whole, base=f"the triggers of {name}, processor time", limit=1)


def _at_once(people: list[tuple[object, ...]]) -> None:
    pairs = [(take(ours, people, at_once=True), take(None, people, at_once=True)) for _ in range(ROUNDS)]
    mine, none = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    record(
        "INSERT ... SELECT under audit, all rows at once", _ratio(mine, none, 0), base=NO_TRIGGERS, limit=7
    )
    record("UPDATE under audit, all rows at once", _ratio(mine, none, 1), base=NO_TRIGGERS, limit=11)
    record("DELETE under audit, all rows at once", _ratio(mine, none, 2), base=NO_TRIGGERS, limit=9)


def _ratio(mine: list[Taken], other: list[Taken], *which: int) -> Comparison:
    def seconds(runs: list[Taken]) -> tuple[float, ...]:
        return tuple(sum(run.seconds[number] for number in which) for run in runs)

    return Comparison(seconds(mine), seconds(other))


if __name__ == "__main__":
    main()
