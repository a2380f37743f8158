"""The residue scan beside a plain reading of the file, pyahocorasick and grep; and up to a million values.

A million people with real names, addresses of the net, telephone numbers and notes, 260 MB. The values that are looked
for are of other people, so that nothing is found: what a clean copy costs. "Plain reading" reads every byte of the file
once and makes its letters small. pyahocorasick and grep look for the same strings, in one encoding, and say nothing of
places.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import ahocorasick
from faker.providers.person.de_DE import Provider as Names
from harness import compare, peak_megabytes, record

from steward_app.db import create
from steward_app.db.image import read_image
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.search import search_values

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
ROUNDS = 5
WORDS = "the patient came with his mother and was sent home after a short talk about sleep and food".split()  # noqa: SIM905
FIRST, LAST = sorted(Names.first_names), sorted(Names.last_names)


def people() -> Iterator[tuple[object, ...]]:
    chance = random.Random(3)
    for number in range(PEOPLE):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        yield (
            number,
            f"{first} {last}",
            f"{first}.{last}{number % 9973}@mail.example".lower(),
            f"+49 {chance.randint(100, 999)} {chance.randint(10**6, 10**7)}",
            " ".join(chance.choice(WORDS) for _ in range(25)),
        )


def values(count: int) -> list[str]:
    """E-mail addresses, telephone numbers and names in three parts, of nobody in the file."""
    chance = random.Random(9)
    found = set()
    while len(found) < count:
        first, last = chance.choice(FIRST), chance.choice(LAST)
        found.add(f"{first}.{last}{chance.randint(10**4, 10**8)}@orig.example".lower())
        found.add(f"+48 {chance.randint(10, 99)} {chance.randint(10**7, 10**9)}")
        if len(found) < count // 2:
            found.add(f"{first} {last}-{chance.choice(LAST)}")
    return sorted(found)[:count]


def build(path: Path) -> None:
    with create(path) as session:
        session.run("PRAGMA synchronous = OFF")
        with session.transaction():
            session.run(
                "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, note TEXT)"
            )
            session.run_many("INSERT INTO person VALUES (?, ?, ?, ?, ?)", people())  # type: ignore[arg-type]
            session.run("CREATE INDEX person_email ON person (email)")


def plain(path: Path) -> None:
    for chunk in read_image(path, Context()):
        chunk.lower()


def automaton(path: Path, wanted: list[str]) -> int:
    found = ahocorasick.Automaton()
    for value in wanted:
        found.add_word(value.lower(), value)
    found.make_automaton()
    return sum(1 for chunk in read_image(path, Context()) for _ in found.iter(chunk.lower().decode("latin1")))


def scan(path: Path, wanted: list[str]) -> None:
    report = search_values(path, wanted, Context())
    assert report.is_clean, report.found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.db"
        build(path)
        thousand = values(1_000)
        size = path.stat().st_size
        scan(path, thousand)

        taken = compare(lambda: scan(path, thousand), lambda: plain(path), rounds=ROUNDS)
        record("Residue, 1,000 values", taken, base="reading the file once", limit=12)
        record(
            "Residue and pyahocorasick",
            compare(lambda: scan(path, thousand), lambda: automaton(path, thousand), rounds=1),
            base="pyahocorasick, one encoding",
            limit=0.5,
        )
        if shutil.which("grep"):
            listed = Path(folder) / "values.txt"
            listed.write_text("\n".join(thousand), encoding="utf-8")
            command = ["grep", "-c", "-a", "-i", "-F", "-f", str(listed), str(path)]
            record(
                "Residue and grep",
                compare(
                    lambda: scan(path, thousand),
                    lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False),
                    rounds=1,
                ),
                base="grep -a -i -F, one encoding",
                limit=2.0,
            )
        hundred, million = values(100_000), values(1_000_000)
        start = time.perf_counter()
        scan(path, hundred)
        middle = time.perf_counter()
        scan(path, million)
        ten_times = (time.perf_counter() - middle) / (middle - start)
        record("Residue, a million values", ten_times, base="a hundred thousand values", limit=14)
        record(
            "Residue, memory for a million values", peak_megabytes(), base="2,000 MB", limit=2000, unit="MB"
        )

        record(
            "Residue, seconds for 400 MB", 400 * min(taken.ours) / (size / 1e6), base="1,000 values", limit=1.0,
            unit="s",
        )  # fmt: skip


if __name__ == "__main__":
    main()
