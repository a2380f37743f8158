"""A file that takes a migration back loses what the migration made: that is said and accepted, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.db.migration_files import read_any
from steward_app.db.migration_script import read_script
from steward_app.db.runner import run_script
from steward_app.kernel.progress import Context
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save
from steward_app.services.migrate.lint import Problem, lint
from steward_app.services.migrate.run import service

from .linting import Bench

LOSSES = ("table_dropped", "column_dropped", "column_not_copied", "unique_dropped")


def taken_back(where: Path, forth: str, back: str) -> list[tuple[str, str, bool]]:
    """What lint says of a file that takes back what has run: code, what stands behind its title, whether accepted."""
    bench = Bench(where).write(forth, "V0001__change.sql").write(back, "U0001__change.sql")
    with open_write(bench.database) as session, session.transaction():
        run_script(session, read_script(read_any(bench.folder / "V0001__change.sql")), Context())
    with open_read(bench.database) as session:
        found = lint(session, [read_any(bench.folder / "U0001__change.sql")]).problems
    return [
        (each.finding.code, each.finding.title.partition(": ")[2], each.accepted)
        for each in found
        if each.finding.code in LOSSES
    ]


MADE = "“V0001__change.sql” made it"
ANEW = """
CREATE TABLE visit_new (id INTEGER PRIMARY KEY, person INT REFERENCES person (id), {more} fee INT) STRICT;
INSERT INTO visit_new (id, person, {copied} fee) SELECT id, person, {copied} fee FROM visit;
DROP TABLE visit;
ALTER TABLE visit_new RENAME TO visit;
CREATE INDEX visit_person ON visit (person);
"""
ASIDE = """
ALTER TABLE visit RENAME TO visit_old;
CREATE TABLE visit (id INTEGER PRIMARY KEY, person INT REFERENCES person (id), day TEXT, fee INT, note TEXT) STRICT;
INSERT INTO visit {columns} SELECT id, person, day, fee{note} FROM visit_old;
DROP TABLE visit_old;
"""


@pytest.mark.parametrize(
    ("forth", "back", "expected"),
    [
        (
            "ALTER TABLE visit ADD COLUMN paid INT; UPDATE visit SET paid = 0;",
            "ALTER TABLE visit DROP COLUMN paid;",
            [("column_dropped", MADE, True)],
        ),
        (
            "CREATE TABLE room (id INT) STRICT; INSERT INTO room VALUES (1);",
            "DROP TABLE room;",
            [("table_dropped", MADE, True)],
        ),
        (
            "ALTER TABLE visit ADD COLUMN paid INT DEFAULT 0; ALTER TABLE visit RENAME COLUMN paid TO due;"
            "ALTER TABLE visit RENAME TO stay;",
            "ALTER TABLE stay RENAME TO visit; ALTER TABLE visit RENAME COLUMN due TO paid;"
            "ALTER TABLE visit DROP COLUMN paid;",
            [("column_dropped", MADE, True)],
        ),
        (
            ANEW.format(more="day TEXT, note TEXT DEFAULT 'x',", copied="day,"),
            ANEW.format(more="day TEXT,", copied="day,"),
            [("column_not_copied", MADE, True)],
        ),
        (
            "ALTER TABLE visit ADD COLUMN note TEXT DEFAULT 'x';"
            + ANEW.format(more="day TEXT, note TEXT,", copied="day, note,"),
            "ALTER TABLE visit DROP COLUMN note;",
            [("column_dropped", MADE, True)],
        ),
        (
            "CREATE UNIQUE INDEX of_day ON visit (id, day);",
            "DROP INDEX of_day;",
            [],  # the primary key keeps it
        ),
        (
            "CREATE UNIQUE INDEX of_card ON person (card);",
            "DROP INDEX of_card;",
            [("unique_dropped", MADE, True)],
        ),
        # what the migration did not make is a loss as ever
        ("SELECT 1;", "ALTER TABLE visit DROP COLUMN day;", [("column_dropped", "", False)]),
        ("CREATE TABLE IF NOT EXISTS visit (id INT);", "DROP TABLE visit;", [("table_dropped", "", False)]),
        (
            ANEW.format(more="day TEXT,", copied="day,"),
            "DROP TABLE visit;",
            [("table_dropped", "", False)],
        ),
        (
            ANEW.format(more="day TEXT, note TEXT DEFAULT 'x',", copied="day,"),
            "ALTER TABLE visit DROP COLUMN day; ALTER TABLE visit DROP COLUMN note;",
            [("column_dropped", "", False), ("column_dropped", MADE, True)],
        ),
        (
            ASIDE.format(columns="(id, person, day, fee)", note=""),
            "DROP TABLE visit;",
            [("table_dropped", "", False)],
        ),
        (
            ASIDE.format(columns="", note=", 'x'"),
            "ALTER TABLE visit DROP COLUMN day; ALTER TABLE visit DROP COLUMN note;",
            [("column_dropped", "", False), ("column_dropped", MADE, True)],
        ),
        (
            "ALTER TABLE visit ADD COLUMN note TEXT DEFAULT 'x';" + ASIDE.format(columns="", note=", note"),
            "ALTER TABLE visit DROP COLUMN note;",
            [("column_dropped", MADE, True)],
        ),
        (
            ASIDE.format(columns="", note=", day"),
            "ALTER TABLE visit DROP COLUMN note;",
            [("column_dropped", "", False)],
        ),
        (
            "ALTER TABLE visit RENAME TO visit_2025; CREATE TABLE visit (id INTEGER PRIMARY KEY) STRICT;"
            " INSERT INTO visit VALUES (1);",
            "DROP TABLE visit; ALTER TABLE visit_2025 RENAME TO visit;",
            [("table_dropped", MADE, True)],
        ),
        (
            "ALTER TABLE visit ADD COLUMN paid INT DEFAULT 0;",
            "DROP TABLE visit;",
            [("table_dropped", "", False)],
        ),
    ],
)
def test_what_the_migration_made_may_go_with_it(
    tmp_path: Path, forth: str, back: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert taken_back(tmp_path, forth, back) == expected


def test_without_the_migration_beside_it_nothing_is_taken_for_meant(tmp_path: Path) -> None:
    bench = Bench(tmp_path).write("ALTER TABLE visit DROP COLUMN day;", "U0001__change.sql")
    with open_read(bench.database) as session:
        (found,) = lint(session, [read_any(bench.folder / "U0001__change.sql")]).problems
    assert not found.accepted


def test_that_a_table_is_otherwise_again_is_what_the_file_is_for(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog)
    anew = (
        "ALTER TABLE visit RENAME TO visit_old; CREATE TABLE visit (id INTEGER PRIMARY KEY, patient_id INT REFERENCES"
        " patient (id), note TEXT {rule});"
        " INSERT INTO visit (id, patient_id, note) SELECT id, patient_id, note FROM visit_old; DROP TABLE visit_old;"
    )
    clinic.write("V0001__rule.sql", anew.format(rule="CHECK (note <> '')"))
    clinic.write("U0001__rule.sql", anew.format(rule=""))
    clinic.apply()
    plan = service.plan_undo(catalog, clinic.wanted(), Context())
    assert not [each for each in plan.findings if each.code == "rebuilt_otherwise"]


def test_a_plan_to_take_back_warns_of_nothing_that_is_meant(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN ${column!identifier} TEXT DEFAULT 'x';")
    clinic.write(
        "U0001__mail.sql", "ALTER TABLE patient DROP COLUMN mail; ALTER TABLE visit DROP COLUMN note;"
    )
    clinic.apply(values={"column": "mail"})
    wanted = clinic.wanted(values={"column": "mail"})
    plan = service.plan_undo(catalog, wanted, Context())
    told = [each.title for each in plan.findings if each.code in LOSSES]
    assert told == ["U0001__mail.sql:1:39: DROP COLUMN loses “note” of “visit” with 2 values"]
    assert "“patient”.“mail” goes, with 2 values." in plan.sentences


@pytest.mark.parametrize(
    ("table", "column", "into"),
    [
        ("person", "name", Wanted("called")),
        ("visit", "fee", Wanted("price", "REAL")),
        ("visit", "person", Wanted("who")),
    ],
)
def test_an_expansion_goes_back_and_forth_with_nothing_to_say(
    tmp_path: Path, table: str, column: str, into: Wanted
) -> None:
    bench = Bench(tmp_path)
    with open_read(bench.database) as session:
        made = expand(session, table, column, [into], bench.folder)
    save(made.expand)
    save(made.fill)
    said: list[Problem] = []
    with open_write(bench.database) as session:
        for name in ("V0001", "V0002", "U0002", "U0001"):
            (path,) = bench.folder.glob(f"{name}__*")
            with open_read(bench.database) as reader:
                said += lint(reader, [read_any(path)]).problems
            if name.startswith("V"):
                run_script(session, read_script(read_any(path)), Context(), sparing_ours=True)
    assert [each for each in said if not each.accepted] == []
    assert {each.finding.code for each in said} >= {"table_dropped", "column_dropped"}
