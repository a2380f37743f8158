"""What a change of a table costs: a million rows by twelve columns with two indexes, beside copying its rows barely.

The change goes the way of every migration, in one transaction with the commit: foreign keys, views, triggers and pages
are looked at before and after. A column gets NOT NULL, which SQLite does itself; and for what it has no ALTER for, the
table is written anew: for another default, where SQLite takes each record apart, and for a type of the same affinity,
where it copies records whole. Beside them stands CREATE TABLE .. AS SELECT of the same rows with its commit, no index
and no check, by the same kind of connection, each on a fresh copy of one file with a write-ahead log. The rehearsal of
a change is that of the command line, journal included, with the comparison of all rows.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from harness import Comparison, record

from steward_app.catalog import Catalog, open_catalog
from steward_app.db import create, open_read, open_write
from steward_app.db.copy import copy_database
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.migrate import files
from steward_app.services.migrate.edit.model import Edit, SetDefault, SetNotNull, SetType
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.carry import Trace, carry
from steward_app.services.migrate.run.course import Wanted, forward
from steward_app.services.migrate.run.without_log import around

ROWS, ROUNDS = 1_000_000, 5
BUILD = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c REAL, d TEXT, e INT, f TEXT, g TEXT, h INT, i REAL,"
    " j TEXT, k TEXT)",
    f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {ROWS}) INSERT INTO t SELECT x, x % 97,"
    " 'name' || x, x * 1.5, CASE WHEN x % 7 = 0 THEN NULL ELSE 'city' || (x % 200) END, x % 1000,"
    " 'user' || x || '@mail.example', date('2020-01-01', '+' || (x % 1500) || ' days'), x * 7919 % 1000000, x * 1e-12,"
    " CASE x % 5 WHEN 0 THEN '' ELSE 'v' || (x % 50) END, '2020-0' || (1 + x % 9) || '-11' FROM n",
    "CREATE INDEX t_a ON t(a)",
    "CREATE INDEX t_f ON t(f)",
    "CREATE VIEW v AS SELECT a, b FROM t",
)


class Bench:
    """One file, a folder of migrations beside it, and a catalog."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.catalog, self.context = catalog, Context()
        self.live, self.copy, self.scripts = folder / "live.db", folder / "copy.db", folder / "migrations"
        with create(self.live) as session:
            session.run("PRAGMA journal_mode = WAL")
            session.run("PRAGMA synchronous = OFF")
            with session.transaction():
                for statement in BUILD:
                    session.run(statement)
        self.wanted = Wanted(self.live, database_id(catalog, self.live, self.context), self.scripts)

    def renew(self) -> None:
        """A copy of the file, with its pages on the disk."""
        for end in ("", "-wal", "-shm"):
            Path(f"{self.copy}{end}").unlink(missing_ok=True)
        copy_database(self.live, self.copy, self.context)
        with open_write(self.copy) as session:
            session.run("PRAGMA journal_mode = WAL")
        os.sync()

    def write(self, edit: Edit) -> bool:
        """The next migration, of one edit; whether it writes the table anew."""
        with open_read(self.live) as session:
            files.save(new := files.from_edits(session, [edit], self.scripts, "Change"))
        return "INSERT" in new.text

    def as_select(self) -> float:
        """Seconds of a bare copy of the rows."""
        self.renew()
        began = time.perf_counter()
        with open_write(self.copy) as session, session.transaction():
            session.run("CREATE TABLE n AS SELECT * FROM t")
        return time.perf_counter() - began

    def migration(self) -> float:
        """Seconds of the one migration that waits, with all that is looked at, to its commit."""
        self.renew()
        with open_read(self.live) as session:
            (step,) = forward(session, self.wanted).steps
        plan = service.plan_apply(self.catalog, self.wanted, self.context)
        began = time.perf_counter()
        with (
            open_write(self.copy) as session,
            around(session, plan),
            session.transaction(),
            session.under(self.context),
        ):
            carry(session, step, plan, self.catalog, self.context, Trace())
        return time.perf_counter() - began

    def rehearsal(self) -> float:
        """Seconds of a rehearsal of the one migration that waits, in all: copies, the migration, and what it did."""
        os.sync()
        plan = service.plan_apply(self.catalog, self.wanted, self.context)
        began = time.perf_counter()
        assert service.rehearse_fully(self.catalog, plan, self.context).rehearsal.passed
        return time.perf_counter() - began


def in_turns(ours: Callable[[], float], base: Callable[[], float]) -> Comparison:
    """Rounds of both by the clock, without what each prepares; the first does not count."""
    pairs = [(ours(), base()) if number % 2 else (base(), ours())[::-1] for number in range(ROUNDS + 1)][1:]
    return Comparison(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def measure(edit: Edit, *, anew: bool, rehearsal: bool = False) -> Comparison:
    """A change beside a bare copy, or its rehearsal beside the change, on a file and a catalog of their own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["STEWARD_HOME"] = folder
        with open_catalog() as catalog:
            bench = Bench(Path(folder), catalog)
            assert bench.write(edit) is anew
            if rehearsal:
                return in_turns(bench.rehearsal, bench.migration)
            return in_turns(bench.migration, bench.as_select)


if __name__ == "__main__":
    bare = "CREATE TABLE .. AS SELECT of the rows, no index and no check; both with their commit"
    default, alike = SetDefault("t", "e", "5"), SetType("t", "b", "VARCHAR(40)")
    native = measure(SetNotNull("t", "e", on=True), anew=False)
    record("A column of a million rows NOT NULL natively, all checks", native, base=bare, limit=0.15)
    record(
        "Rehearsal of a table written anew, in all",
        measure(default, anew=True, rehearsal=True),
        base="the same migration with its checks and its commit, no restore point",
        limit=2.5,
    )
    whole, apart = measure(alike, anew=True), measure(default, anew=True)
    with ExitStack() as both:  # written down whether the other is within its limit or not
        both.callback(
            record,
            "A table of 1 million by 12 written anew for a default, two indexes, all checks",
            apart,
            base=bare,
            limit=2.2,
        )
        record(
            "A table of 1 million by 12 written anew for a type alike, two indexes, all checks",
            whole,
            base=bare,
            limit=2.2,
        )
