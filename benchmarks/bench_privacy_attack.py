"""Attacks and usefulness on 300,000 persons, beside plainly reading the same columns of both files, and hashing.

Then attacks on four million, of whom 200,000 are drawn at random.

The copy keeps birth date, postcode and sex, so that linkage finds nearly everybody; that is checked before timing. What
it is compared with reads the same columns of both files row by row and does nothing with them. Brute force has hashes
of 5,000 birth dates; what it is compared with hashes all dates that it tries in a bare loop.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from harness import compare, peak_megabytes, record

from steward_app.db import create, open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.attack import AttackKind, Knowledge, run
from steward_app.services.privacy.attack.brute import enumerate_domains
from steward_app.services.privacy.attack.domains import domains
from steward_app.services.privacy.hashes import looks_hashed
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.utility import measure

PERSONS = 300_000
LARGE = 4_000_000
HASHES = 5_000
ROUNDS = 3
QUASI = ("birth_date", "postcode", "sex")
NAMES = ("id", "name", *QUASI, "diagnosis", "cost")
TABLE = (
    "id INTEGER PRIMARY KEY, name TEXT, birth_date TEXT, postcode TEXT, sex TEXT, diagnosis TEXT, cost REAL"
)
RULES = ReleaseRules(
    "bench", (Rule(Place("person", "name"), Technique.REMOVE),), quasi_identifiers={"person": QUASI}
)


def build(path: Path, *, copy: bool, persons: int = PERSONS) -> Path:
    """The original, or the copy without names."""
    choose = random.Random(7)
    start = date(1930, 1, 1)
    with create(path) as session, session.transaction():
        session.run(f"CREATE TABLE person ({TABLE})")
        rows = (
            (
                number,
                None if copy else f"Person {number}",
                (start + timedelta(days=choose.randrange(33_000))).isoformat(),
                f"{choose.randrange(10_000, 99_999)}",
                choose.choice("fm"),
                choose.choice(("asthma", "gout", "none", "flu")),
                round(choose.uniform(5, 900), 2),
            )
            for number in range(persons)
        )
        session.run_many("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return path


def read_both(paths: tuple[Path, Path], columns: tuple[str, ...]) -> None:
    """The columns of both files, row by row."""
    for path in paths:
        with open_read(path) as session:
            for _ in session.execute(f"SELECT {', '.join(columns)} FROM person"):
                pass


def link(paths: tuple[Path, Path]) -> int:
    """Persons named rightly by birth date, postcode and sex."""
    found = run(*paths, RULES, Context(), [Knowledge("person", QUASI)])
    return max(attack.reidentified for attack in found.attacks if attack.kind is AttackKind.LINKAGE)


def hash_plainly(many: int) -> None:
    """So many dates, in a bare loop."""
    targets: set[bytes] = set()
    for value in islice(domains()[1].values(), many):
        if hashlib.sha256(value.encode()).digest() in targets:
            return


def large(folder: Path) -> None:
    """A table of which persons are drawn at random: the attacker still has the whole copy."""
    paths = (
        build(folder / "a.db", copy=False, persons=LARGE),
        build(folder / "b.db", copy=True, persons=LARGE),
    )
    found = run(*paths, RULES, Context(), [Knowledge("person", QUASI)])
    attack = next(each for each in found.attacks if each.kind is AttackKind.LINKAGE)
    assert attack.persons == LARGE
    assert attack.interval.high - attack.interval.low < 0.005
    record(
        "All attacks on 4,000,000 persons, 200,000 of them drawn at random",
        compare(lambda: link(paths), lambda: read_both(paths, NAMES), rounds=1),
        base="reading the same columns of both files, row by row",
        limit=12,
    )
    record(
        "Memory of attacks on 4,000,000 persons",
        peak_megabytes(),
        base="a limit",
        limit=800,
        unit="MB",
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        paths = (build(Path(folder) / "a.db", copy=False), build(Path(folder) / "b.db", copy=True))
        assert link(paths) > 0.95 * PERSONS
        record(
            "All attacks on 300,000 persons by what the copy shows",
            compare(lambda: link(paths), lambda: read_both(paths, NAMES), rounds=ROUNDS),
            base="reading the same columns of both files, row by row",
            limit=12,
        )
        assert measure(*paths, Context()).kept < 1
        record(
            "What a copy of 300,000 rows is good for",
            compare(lambda: measure(*paths, Context()), lambda: read_both(paths, NAMES), rounds=ROUNDS),
            base="reading both files, row by row",
            limit=15,
        )
    dates = random.Random(3).sample(list(islice(domains()[1].values(), 36_525)), HASHES)
    hashes = [hashlib.sha256(value.encode()).hexdigest() for value in dates]
    looks = looks_hashed(hashes)
    assert looks is not None
    targets = {bytes.fromhex(each) for each in hashes}
    turned = enumerate_domains(targets, looks, Context())
    assert len(turned.found) == HASHES
    print(turned.how[0])
    record(
        "Turning back 5,000 unsalted hashes of birth dates",
        compare(
            lambda: enumerate_domains(targets, looks, Context()),
            lambda: hash_plainly(turned.tried),
            rounds=15,
        ),
        base="hashing as many dates in a bare loop",
        limit=1.5,
    )
    record(
        "Memory of attacks and measures",
        peak_megabytes(),
        base="a limit",
        limit=600,
        unit="MB",
    )
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder))
