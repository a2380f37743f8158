"""Risk, search and slider: a million rows and the Adult table, beside SQL, pycanon and anjana.

What is in each figure: ours always reads the SQLite file and gives every measure (k, chances, class sizes, what each
column does); "in memory" alone leaves the reading out. pycanon gives k alone, of a DataFrame that was read from the
same file before. SQL is the plain GROUP BY on the same file. anjana starts from a DataFrame in memory, ours from the
file.

pycanon and anjana need other versions of libraries than we do: PEERS_PYTHON names the Python of an environment that has
them; without it those rows are left out, and it is said.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from harness import Comparison, compare, record

from steward_app.db import create, open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import from_file
from steward_app.services.privacy.reach import source
from steward_app.services.privacy.risk import Asked, Question, frontier, measure, search
from steward_app.services.privacy.risk.measure import Records
from steward_app.services.privacy.risk.read import read_tuples
from steward_app.services.privacy.risk.space import space
from steward_app.services.schema import read_schema

ADULT = Path(__file__).parent.parent / "tests" / "data" / "adult"
QUASI = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation")
QUESTION = Question("adult", QUASI)
TOGETHER, ASKED = Question("adult", QUASI, ("salary-class",)), Asked(5, 2, 0.4)
ROWS = 1_000_000
ROUNDS = 5


def adult_rows() -> tuple[list[str], list[list[str]]]:
    with gzip.open(ADULT / "adult.csv.gz", "rt", encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file, delimiter=";")
    return names, rows


def more_rows(names: list[str], rows: list[list[str]]) -> Iterator[list[str]]:
    """A million rows drawn from the table, with ages a little older or younger."""
    chance, age = random.Random(3), names.index("age")
    for _ in range(ROWS):
        row = list(chance.choice(rows))
        row[age] = str(min(90, max(17, int(row[age]) + chance.randint(-2, 2))))
        yield row


def database(path: Path, names: list[str], rows: Iterator[list[str]]) -> Path:
    columns = ", ".join(f'"{name}" {"INTEGER" if name == "age" else "TEXT"}' for name in names)
    with create(path) as session, session.transaction():
        session.run(f"CREATE TABLE adult (id INTEGER PRIMARY KEY, {columns})")
        marks = ", ".join("?" * len(names))
        session.run_many(f"INSERT INTO adult VALUES (NULL, {marks})", rows)
    return path


class Peers:
    """pycanon and anjana in a process of their own, which tells how long each call took."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("peer_risk.py")), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def seconds(self, what: str) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


def beside(ours: object, peers: Peers, what: str) -> Comparison:
    """Take turns with a peer."""
    assert callable(ours)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ours()
        times.append((time.perf_counter() - start, peers.seconds(what)))
    return Comparison(tuple(pair[0] for pair in times), tuple(pair[1] for pair in times))


def main() -> None:
    names, rows = adult_rows()
    hierarchies = {name: from_file(f"adult_hierarchy_{name}.csv", ADULT) for name in QUASI}
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        os.environ["STEWARD_HOME"] = f"{place}/home"
        small = database(Path(place, "adult.db"), names, iter(rows))
        big = database(Path(place, "million.db"), names, more_rows(names, rows))

        session = stack.enter_context(open_read(big))
        columns = ", ".join(f'"{name}"' for name in QUASI)
        sql = f"SELECT min(n), count(*) FROM (SELECT count(*) AS n FROM adult GROUP BY {columns})"
        ours = measure(big, QUESTION, Context())
        assert session.one(sql) == (ours.k, ours.groups)
        record(
            "Risk of a million rows by 8 columns, beside SQL",
            compare(lambda: measure(big, QUESTION, Context()), lambda: session.one(sql), rounds=ROUNDS),
            base="GROUP BY on the same file, which gives k alone",
            limit=1.5,
        )

        ways = frontier(big, QUESTION, Context(), hierarchies)
        moves = []
        for share in (0.0, 0.01, 0.02, 0.05):
            for risk in (0.02, 0.05, 0.1, 0.2, 0.5):
                start = time.perf_counter()
                node = ways.best(risk, share, {"sex": 0})
                points = ways.points(share)
                if node or points:
                    ways.levels(node or points[-1])
                moves.append(1000 * (time.perf_counter() - start))
        record(
            "A move of the slider, a million rows and 6,480 ways",
            max(moves),
            base="a limit",
            limit=50,
            unit="ms",
        )

        together = frontier(big, TOGETHER, Context(), hierarchies, asked=ASKED)
        together.points(0.02)  # what the window does before it shows them
        moves = []
        for risk in (0.02, 0.05, 0.1, 0.2, 0.5):
            start = time.perf_counter()
            assert together.best(risk, 0.02)
            moves.append(1000 * (time.perf_counter() - start))
        record(
            "A move of the slider with l and t asked, a million rows and 6,480 ways",
            max(moves),
            base="a limit",
            limit=50,
            unit="ms",
        )

        python = os.environ.get("PEERS_PYTHON")
        if not python:
            print(
                "pycanon and anjana are left out: PEERS_PYTHON names no Python that has them", file=sys.stderr
            )
            return
        peers = Peers(python)
        stack.callback(peers.close)
        record(
            "Risk of a million rows by 8 columns, beside reading them for pycanon",
            beside(lambda: measure(big, QUESTION, Context()), peers, f"big {big}"),
            base="pandas.read_sql of the 8 columns alone; ours reads and measures",
            limit=1.0,
        )
        record(
            "Risk of a million rows by 8 columns, beside pycanon",
            beside(lambda: measure(big, QUESTION, Context()), peers, "k"),
            base="pycanon's k of that DataFrame, reading not counted; ours reads the file",
            limit=0.5,
        )
        found = Records(
            read_tuples(session, source(read_schema(session), "adult", QUASI), Context()), QUESTION
        )
        record(
            "k of the same in memory, beside pycanon",
            beside(lambda: found.sizes(found.by).min(), peers, "k"),
            base="pycanon's k of that DataFrame; ours of the combinations, both in memory",
            limit=0.05,
        )

        def five() -> None:
            with open_read(small) as reading:
                tuples = read_tuples(reading, source(read_schema(reading), "adult", QUASI), Context())
            assert search(space(QUASI, list(hierarchies.values()), tuples), Asked(5), 0.02, Context())

        record(
            "k = 5 of Adult, 2 % left out, beside anjana",
            beside(five, peers, "search"),
            base="anjana on a DataFrame in memory; ours reads the file, and finds the best of all ways",
            limit=0.1,
        )

        def three() -> None:
            names = (*QUASI, *TOGETHER.sensitive)
            with open_read(small) as reading:
                tuples = read_tuples(reading, source(read_schema(reading), "adult", names), Context())
            assert search(space(QUASI, list(hierarchies.values()), tuples), ASKED, 0.02, Context())

        record(
            "k = 5, l = 2 and t = 0.4 of Adult, 2 % left out, beside anjana's k and t",
            beside(three, peers, "together"),
            base="anjana on a DataFrame in memory; ours reads the file, and finds the best of all ways",
            limit=0.5,
        )


if __name__ == "__main__":
    main()
