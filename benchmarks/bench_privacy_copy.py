"""A copy for release of a million rows with six pseudonymised columns, beside INSERT .. SELECT and dbmask.

Twice: rows about 20,000 persons, as orders or visits are, and rows about a million persons, where every address is
another one: there nothing is gained by making each value once, and the limit is what the plain way costs. "Built" is
the new file with its indexes, by two processes where there are two cores; "made" is what a steward waits for: built,
checked, and searched for every original value. INSERT .. SELECT into a new file checks nothing and searches nothing; it
runs with the same settings of SQLite, and either changes the six columns by a function of SQL, or nothing at all: then
SQLite copies whole records without looking into them. One keyed function call for each cell is the plain way to
pseudonyms: it costs eight of the former, which is how the limit of five is to be read. dbmask changes a copy of the
file in its place; it gets fewer rows, since it needs longer; of the six columns of this table it recognises one.

DBMASK names the program `dbmask` of an environment of its own; without it that row is left out, and it is said.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from harness import Comparison, compare, record

import steward_app
from steward_app.db import create, open_read
from steward_app.db.building import building, file_settings
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.build import build
from steward_app.services.privacy.anonymize.making import make, orders_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

ROWS, PERSONS, FOR_DBMASK = 1_000_000, 20_000, 5_000
ROUNDS = 3
KEY = b"k" * 32
COLUMNS = {
    "full_name": "person_name",
    "email": "email",
    "phone": "phone",
    "street": "street",
    "town": "city",
    "login": "account",
}
TABLE = (
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, phone TEXT, street TEXT, town TEXT,"
    " login TEXT, amount REAL)"
)
RULES = ReleaseRules(
    "bench",
    tuple(
        Rule(Place("visit", column), Technique.PSEUDONYM, {"kind": kind}) for column, kind in COLUMNS.items()
    ),
)


def person(number: int) -> tuple[str, ...]:
    chance = random.Random(number)
    return (
        f"Given{chance.randrange(600)} Family{chance.randrange(1000)}",
        f"u{number}@mail.example",
        f"+44 20 {chance.randrange(10**8):08}",
        f"{chance.randrange(200)} Street {chance.randrange(3000)}",
        f"Town {chance.randrange(800)}",
        f"login{number}",
    )


def rows(count: int, persons: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    known = [person(number) for number in range(persons)]
    for number in range(count):
        yield (
            number,
            *known[number if persons == count else chance.randrange(persons)],
            chance.random() * 100,
        )


def database(path: Path, count: int, persons: int) -> Path:
    with create(path) as session, session.transaction():
        session.run(TABLE)
        session.run_many("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows(count, persons))  # type: ignore[arg-type]
    return path


def fresh(path: Path) -> Path:
    path.unlink(missing_ok=True)
    path.touch()
    return path


def keyed(value: str) -> str:
    return hashlib.blake2b(value.encode(), key=KEY, digest_size=8).hexdigest()


def native(source: Path, target: Path, *, function: str = "") -> None:
    """INSERT .. SELECT into a new file, the six columns by a function of SQL where one is named."""
    changed = ", ".join(f"{function}({column})" for column in COLUMNS)
    chosen = f"id, {changed}, amount" if function else "*"
    with open_read(source) as session:
        settings = file_settings(session)
    with building(fresh(target), settings) as new:
        new._connection.create_scalar_function("keyed", keyed, 1, deterministic=True)
        new.run(TABLE)
        new.run("ATTACH ? AS original", (str(source),))
        with new.transaction():
            new.run(f"INSERT INTO main.visit SELECT {chosen} FROM original.visit")


def with_calls(source: Path, target: Path) -> None:
    native(source, target, function="keyed")


def beside(
    ours: Callable[[Path, Path], None], source: Path, target: Path, *, function: str = ""
) -> Comparison:
    """One way to make a copy, and INSERT .. SELECT of the same file."""
    return compare(
        lambda: ours(source, target), lambda: native(source, target, function=function), rounds=ROUNDS
    )


def built(source: Path, target: Path, rules: ReleaseRules = RULES) -> None:
    context = Context()
    with open_read(source) as session, session.watched() as unchanged, session.snapshot():
        schema = read_schema(session, context)
        orders = orders_of(session, schema, rules, KEY, context)
        with (
            prepare(session, schema, rules, KEY, context) as transforms,
            building(fresh(target), file_settings(session)) as new,
        ):
            build(session, new, orders, transforms, context, unchanged)


def made(source: Path, target: Path) -> None:
    make(source, fresh(target), RULES, KEY, Context())


def with_dbmask(program: str, source: Path, folder: Path) -> float:
    """Seconds that dbmask needs to change a copy of the file."""
    copy, settings = folder / "masked.db", folder / "dbmask.yaml"
    shutil.copyfile(source, copy)
    settings.write_text(
        f'database:\n  url: sqlite:///{copy}\ndetection:\n  skip_column_patterns: ["^id$", "^amount$"]\n'
        "masking:\n  seed: bench\n"
    )
    start = time.perf_counter()
    subprocess.run(
        [program, "mask", "--config", str(settings), "--apply", "--allow-partial"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    return time.perf_counter() - start


def verify(source: Path, target: Path) -> None:
    """No original is left, and as many persons are told apart."""
    built(source, target)
    with open_read(source) as old, open_read(target) as new:
        assert new.count("SELECT count(*) FROM visit") == ROWS
        counted = "SELECT count(DISTINCT email) FROM visit"
        assert new.count(counted) == old.count(counted)
        assert (
            new.value("SELECT 1 FROM visit WHERE email LIKE '%@mail.example' OR full_name LIKE 'Given%'")
            is None
        )


def compiled() -> None:
    """As an installed program is: else the second process translates the source of all modules as it starts."""
    compileall.compile_dir(Path(steward_app.__file__).parent, quiet=1)


def main() -> None:
    compiled()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / "copy.db"
        program = os.environ.get("DBMASK", "")
        if program:
            few = database(folder / "few.db", FOR_DBMASK, FOR_DBMASK)
            taken = min(_seconds(few, target) for _ in range(ROUNDS))
            record(
                "Copy for release and dbmask, 5,000 rows",
                Comparison((taken,), (with_dbmask(program, few, folder),)),
                base="dbmask, which changed the addresses alone",
                limit=0.5,
            )
        else:
            print("DBMASK is not set: dbmask is left out.")
        source = database(folder / "source.db", ROWS, PERSONS)
        verify(source, target)
        with ExitStack() as all_rows:  # written down whether the others are within their limits or not
            all_rows.callback(
                record,
                "Copy built, a million rows of 20,000 persons",
                beside(built, source, target, function="upper"),
                base="INSERT .. SELECT upper(..) of six columns",
                limit=5,
            )
            all_rows.callback(
                record,
                "One keyed function call for each cell, which is the plain way",
                beside(with_calls, source, target, function="upper"),
                base="INSERT .. SELECT upper(..) of six columns",
                limit=30,
            )
            all_rows.callback(
                record,
                "Copy built and INSERT .. SELECT of whole records",
                beside(built, source, target),
                base="INSERT .. SELECT *, which changes nothing",
                limit=30,
            )
            all_rows.callback(
                record,
                "Copy made, a million rows of 20,000 persons",
                beside(made, source, target),
                base="INSERT .. SELECT",
                limit=30,
            )
            source.unlink()
            many = database(folder / "many.db", ROWS, ROWS)
            verify(many, target)
            all_rows.callback(
                record,
                "Copy built, a million rows of a million persons",
                beside(built, many, target, function="upper"),
                base="INSERT .. SELECT upper(..) of six columns",
                limit=8,
            )


def _seconds(source: Path, target: Path) -> float:
    start = time.perf_counter()
    made(source, target)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
