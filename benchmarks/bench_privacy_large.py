"""A large file from the first scan to a copy that was searched: time, and the most memory that each step held.

A clinic whose visits repeat what they know of their patients, with notes that name them, documents and measured values.
Every step runs in a process of its own, so that its memory is its own. `STEWARD_BENCH_GB` says how large the file is;
it is 1 unless that is set. Three times as much must be free in the temporary directory.

The search for original values reads the copy once for every 200,000 of them, so what it needs grows with both.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from harness import peak_megabytes, record

from steward_app.db import open_read
from steward_app.db.building import FileSettings, building
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

MEMORY_MB = 2_000
PERSONS, VISITS, NOTES, DOCUMENTS, MEASURED = 20_000, 2_000_000, 20_000, 15_000, 4_000_000
"""For each gigabyte."""
KEY = b"k" * 32
FIGURES = {
    "scan": "Memory of a large file: first scan",
    "build": "Memory of a large file: building the copy",
    "residue": "Memory of a large file: search for originals",
}
TABLES = (
    "CREATE TABLE patient (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT UNIQUE, phone TEXT, street TEXT,"
    " town TEXT, born TEXT)",
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient, full_name TEXT, email TEXT,"
    " phone TEXT, day TEXT, amount REAL, weight REAL)",
    "CREATE TABLE note (id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient, body TEXT)",
    "CREATE TABLE document (id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient, content BLOB)",
    "CREATE TABLE measured (id INTEGER PRIMARY KEY, visit INTEGER, value REAL, unit TEXT)",
)
INDEXES = ("CREATE INDEX visit_of ON visit (patient)", "CREATE INDEX note_of ON note (patient)")
_KINDS = {"full_name": "person_name", "email": "email", "phone": "phone", "street": "street", "town": "city"}


def rules() -> ReleaseRules:
    """Pseudonyms, dates by person, texts, documents; a shuffle and a microaggregation of the largest tables."""
    named = [
        Rule(Place(table, column), Technique.PSEUDONYM, {"kind": kind})
        for table in ("patient", "visit")
        for column, kind in _KINDS.items()
        if table == "patient" or column not in ("street", "town")
    ]
    return ReleaseRules(
        "large",
        (
            *named,
            Rule(Place("patient", "born"), Technique.GENERALIZE, {"hierarchy": "dates", "level": "year"}),
            Rule(Place("visit", "day"), Technique.SHIFT, {"person": ["patient"]}),
            Rule(Place("visit", "amount"), Technique.SHUFFLE, {}),
            Rule(Place("visit", "weight"), Technique.MICROAGGREGATE, {"k": 5}),
            Rule(Place("note", "body"), Technique.REDACT, {}),
            Rule(Place("document", "content"), Technique.BLOB, {}),
        ),
    )


def person(number: int) -> tuple[str, ...]:
    chance = random.Random(number)
    return (
        f"Given{chance.randrange(9000)} Family{chance.randrange(40000)}",
        f"u{number}@mail.example",
        f"+44 20 {number:08}",
        f"{chance.randrange(200)} Street {chance.randrange(3000)}",
        f"Town {chance.randrange(800)}",
        f"{chance.randrange(1930, 2020)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    )


def database(path: Path, gigabytes: float) -> None:
    """Write the file, some hundred thousand rows at a time."""
    chance = random.Random(7)
    count = max(1, round(PERSONS * gigabytes))
    known = [person(number) for number in range(count)]
    words = [f"word{number}" for number in range(3000)]
    filler = [" ".join(chance.choices(words, k=60)) for _ in range(2000)]
    blob = b"%PDF-1.4\n" + chance.randbytes(39_000)

    def visits(size: int) -> Iterator[tuple[object, ...]]:
        for number in range(size):
            of = chance.randrange(count)
            name, email, phone, *_ = known[of]
            day = f"20{10 + number % 15}-{number % 12 + 1:02}-{number % 28 + 1:02}"
            yield (
                number,
                of,
                name,
                email,
                phone,
                day,
                chance.randrange(1, 10_000) / 100,
                chance.randrange(400, 1200) / 10,
            )

    def notes(size: int) -> Iterator[tuple[object, ...]]:
        for number in range(size):
            of = chance.randrange(count)
            yield number, of, f"{known[of][0]} was seen. {chance.choice(filler)} Call {known[of][2]}."

    tables: tuple[tuple[str, Iterator[tuple[object, ...]]], ...] = (
        ("patient", ((number, *each) for number, each in enumerate(known))),
        ("visit", visits(round(VISITS * gigabytes))),
        ("note", notes(round(NOTES * gigabytes))),
        (
            "document",
            ((n, chance.randrange(count), blob + b"%d" % n) for n in range(round(DOCUMENTS * gigabytes))),
        ),
        ("measured", ((n, n // 2, n % 997 / 7, "mmol") for n in range(round(MEASURED * gigabytes)))),
    )
    path.touch()
    with building(path, FileSettings(4096, "UTF-8", "NONE", 0, 0)) as session:
        for sql in TABLES:
            session.run(sql)
        for table, rows in tables:
            width = len(session.all(f"PRAGMA table_info({table})"))
            with session.transaction():
                session.run_many(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)  # type: ignore[arg-type]
        for sql in INDEXES:
            session.run(sql)


def step(name: str, source: Path, target: Path) -> dict[str, float]:
    """One step, in this process: its seconds, and its memory."""
    start = time.perf_counter()
    found: dict[str, float] = {}
    if name == "database":
        database(source, _gigabytes())
    elif name == "scan":
        from steward_app.services.privacy.discover.scan import scan

        scan(source, Context())
    elif name == "build":
        from bench_privacy_copy import built

        built(source, target, rules())
    elif name == "residue":
        from steward_app.services.privacy.anonymize.along import with_keys
        from steward_app.services.privacy.anonymize.searching import searched
        from steward_app.services.privacy.residue.search import search
        from steward_app.services.privacy.transform.prepare import prepare
        from steward_app.services.schema import read_schema

        with open_read(source) as session, session.snapshot(), open_read(target) as new:
            schema = read_schema(session, Context())
            with prepare(session, schema, rules(), KEY, Context()) as transforms:
                places = with_keys(new, searched(session, schema, transforms))
        report = search(target, source, places, Context())
        assert report.is_clean, report
        found["values"] = report.values
    return {**found, "seconds": time.perf_counter() - start, "megabytes": peak_megabytes()}


def apart(name: str, source: Path, target: Path) -> dict[str, float]:
    """One step in a process of its own."""
    told = subprocess.run(
        [sys.executable, __file__, name, str(source), str(target)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    print(name, found, flush=True)
    return found


def _gigabytes() -> float:
    return float(os.environ.get("STEWARD_BENCH_GB", "1"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "clinic.db", Path(folder) / "copy.db"
        apart("database", source, target)
        size = source.stat().st_size / 1e9
        for name, figure in FIGURES.items():
            found = apart(name, source, target)
            values = f", {found['values']:,.0f} originals" if "values" in found else ""
            record(
                figure,
                found["megabytes"],
                base=f"a limit; {size:.1f} GB in {found['seconds']:,.0f} s{values}",
                limit=MEMORY_MB,
                unit="MB",
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(step(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
    else:
        main()
