"""Scanning for personal data: cells a second on two cores, beside a bare RE2 set, and beside presidio.

The table has 16 columns of what databases hold: addresses, names, numbers, dates, sentences, keys. The RE2 set is what
the quickest of programs could do that knows eight patterns and nothing else: each value matched once. Ours reads the
file, matches some hundred patterns, checks digits, looks words up in lists, looks into texts, and judges.

What counts is the processor time of the busier of two processes, which is the time it takes on two idle cores; a busy
machine says nothing about ours. presidio runs in an environment of its own, since it needs other versions:
STEWARD_PEERS names its python. It has no model here, as nothing may be downloaded.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness import record

from steward_app.db import create
from steward_app.services.privacy.discover.scan import scan

ROWS = 200_000
ROUNDS = 3
PRESIDIO_CELLS = 2_000
PATTERNS = (
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    r"\b\d(?:[ -]?\d){12,18}\b",
    r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b",
    r"\b\d{3}-\d{2}-\d{4}\b",
    r"\+?\(?\d[\d ().x-]{6,20}\d",
    r"\b\d{4}-\d{2}-\d{2}\b",
    r"https?://\S+",
)
PRESIDIO = """
import json, sys, time
import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
    def load(self): pass
engine = Blank()
registry = RecognizerRegistry()
registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])
cells = json.load(sys.stdin)
start = time.process_time()
for cell in cells:
    analyzer.analyze(cell, language="en")
print(len(cells) / (time.process_time() - start))
"""


def makers(chance: random.Random) -> dict[str, Callable[[], object]]:
    """A maker of values for each column."""
    from faker.providers.address.en_US import Provider as Address
    from faker.providers.lorem.en_US import Provider as Lorem
    from faker.providers.person.en_US import Provider as Person

    given, family = list(Person.first_names), list(Person.last_names)
    cities, words = (
        list(Address.cities) if hasattr(Address, "cities") else ["Springfield"],
        list(Lorem.word_list),
    )

    def digits(count: int) -> str:
        return str(chance.randrange(10 ** (count - 1), 10**count))

    def name() -> str:
        return f"{chance.choice(given)} {chance.choice(family)}"

    def sentence() -> str:
        return " ".join(chance.choices(words, k=7)).capitalize() + "."

    return {
        "email": lambda: f"{chance.choice(given)}.{chance.choice(family)}{digits(3)}@example.org".lower(),
        "name": name,
        "phone": lambda: f"({digits(3)}) {digits(3)}-{digits(4)}",
        "card": lambda: digits(16),
        "iban": lambda: f"GB{digits(2)}WEST{digits(14)}",
        "ip": lambda: ".".join(str(chance.randrange(256)) for _ in range(4)),
        "address": lambda: (
            f"{digits(4)} {chance.choice(family)} Street Apt. {digits(3)}, {chance.choice(cities)}"
        ),
        "ssn": lambda: f"{digits(3)}-{digits(2)}-{digits(4)}",
        "day": lambda: (
            f"{chance.randrange(1950, 2024)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        ),
        "number": lambda: chance.randrange(1, 10**9),
        "word": lambda: chance.choice(words),
        "sentence": sentence,
        "amount": lambda: round(chance.random() * 1_000, 2),
        "uuid": lambda: f"{digits(8)}-{digits(4)}-{digits(4)}-{digits(4)}-{digits(12)}",
        "url": lambda: f"https://www.{chance.choice(words)}.example/{digits(4)}",
        "status": lambda: chance.choice(["active", "closed", "pending"]),
    }


def build(path: Path) -> list[tuple[object, ...]]:
    """The file, and its rows."""
    columns = makers(random.Random(7))
    rows = [tuple(make() for make in columns.values()) for _ in range(ROWS)]
    with create(path) as session, session.transaction():
        session.run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(columns)})")
        session.run_many(
            f"INSERT INTO t ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            rows,  # type: ignore[arg-type]
        )
    return rows


def scanned(path: Path) -> float:
    """Cells a second of a full scan, by the processor time of the busier process."""
    own, others = time.process_time(), _children_seconds()
    start = time.perf_counter()
    found = scan(path, full=True)
    busier = (_children_seconds() - others) / 2
    taken = time.process_time() - own + busier
    print(
        f"{found.cells:,} cells in {time.perf_counter() - start:.1f} s by the clock, {taken:.1f} s of a core"
    )
    return found.cells / taken


def matched(rows: list[tuple[object, ...]]) -> float:
    """Cells a second of a bare RE2 set, on one core."""
    import re2

    patterns = re2.Set.SearchSet()
    for pattern in PATTERNS:
        patterns.Add(pattern)
    patterns.Compile()
    some = rows[:20_000]
    start = time.process_time()
    for row in some:
        for value in row:
            patterns.Match(str(value))
    return len(some) * len(some[0]) / (time.process_time() - start)


def presidio(rows: list[tuple[object, ...]], python: str) -> float:
    """Cells a second of presidio's recognizers that need no model, on one core."""
    cells = [str(value) for row in rows for value in row][:PRESIDIO_CELLS]
    ran = subprocess.run(
        [python, "-c", PRESIDIO], input=json.dumps(cells), capture_output=True, text=True, check=True
    )
    return float(ran.stdout.split()[-1])


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["STEWARD_HOME"] = f"{place}/home"
        path = Path(place) / "people.db"
        rows = build(path)
        scan(path)  # libraries are loaded
        ours = max(scanned(path) for _ in range(ROUNDS))
        alone = max(matched(rows) for _ in range(ROUNDS))
        print(f"ours {ours:,.0f}, a bare RE2 set {alone:,.0f} cells a second")
        python = os.environ.get("STEWARD_PEERS", "")
        peer = presidio(rows, python) if python else 0.0
        if peer:
            print(f"presidio {peer:,.0f} cells a second")
            record(
                "Scan for personal data, beside presidio",
                peer / ours,
                base=f"`presidio` without a model, one core: {peer:,.0f} cells a second, ours {ours:,.0f}",
                limit=0.01,
            )
        record(
            "Scan for personal data, every cell, on two cores",
            alone / ours,
            base=f"eight patterns in one RE2 set, one core: {alone:,.0f} cells a second, ours {ours:,.0f}",
            limit=2.3,
        )
