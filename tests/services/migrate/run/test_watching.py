"""What is looked at when a migration has run: the rows that it could write, and what programs break."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.migrating import Migrating, register_forms
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import Session
from steward_app.db.integrity import table_check
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import service, watch

DROPS = "def migrate(session):\n    session.run('ALTER TABLE visit DROP COLUMN note')\n"


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("ALTER TABLE visit ADD COLUMN room TEXT DEFAULT 'x';", []),
        ("ALTER TABLE visit RENAME COLUMN note TO said;", []),
        ("CREATE TABLE room (id INTEGER PRIMARY KEY);", ["room"]),
        ("UPDATE visit SET note = 'x';", ["visit"]),
        ("ALTER TABLE visit ADD COLUMN room TEXT; UPDATE visit SET room = 1;", ["visit"]),
        ("ALTER TABLE visit DROP COLUMN note;", ["visit"]),
        ("ALTER TABLE visit RENAME TO encounter;", ["encounter"]),
        ("CREATE INDEX by_note ON visit (note);", ["visit"]),
        ("DELETE FROM quiet;", ["quiet"]),
        ("UPDATE loud SET x = 2;", ["loud", "quiet"]),
        ("UPDATE shown SET x = 2 WHERE 0;", ["loud", "quiet"]),
    ],
)
def test_the_pages_of_what_it_can_write_are_read_and_of_no_other(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, sql: str, read: list[str]
) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.sql(
        "CREATE TABLE quiet (x)",
        "CREATE TABLE loud (x)",
        "CREATE VIEW shown AS SELECT x FROM loud",
        "CREATE TRIGGER loudly AFTER UPDATE ON loud BEGIN DELETE FROM quiet; END",
        "CREATE TRIGGER through INSTEAD OF UPDATE ON shown BEGIN UPDATE loud SET x = NEW.x; END",
    )
    looked: list[str] = []

    def checked(session: Session, table: str, context: Context) -> tuple[str, ...]:
        if session.path == clinic.path:
            looked.append(table)
        return tuple(table_check(session, table, context))

    monkeypatch.setattr(watch, "table_check", checked)
    clinic.write("V0001__m.sql", sql)

    clinic.apply()

    assert sorted(looked) == read


def test_a_row_that_its_table_does_not_allow_is_for_the_constraints_page_and_stops_nothing(
    clinic: Migrating,
) -> None:
    clinic.sql(
        "CREATE TABLE fee (x CHECK (x > 0))",
        "PRAGMA ignore_check_constraints = 1",
        "INSERT INTO fee VALUES (-1)",
    )
    clinic.write("V0001__rows.sql", "INSERT INTO fee VALUES (2);")
    clinic.apply()
    assert clinic.all("SELECT x FROM fee") == [(-1,), (2,)]


@pytest.mark.parametrize("registered", [False, True])
def test_a_program_that_breaks_a_promise_is_rolled_back(
    clinic: Migrating, catalog: Catalog, registered: bool
) -> None:
    _promise(clinic, "backward")
    if registered:
        register_forms(catalog, clinic.path)
    clinic.write("V0001__drop.py", DROPS)
    plan = clinic.plan()

    rehearsal = service.rehearse(catalog, plan, Context())
    with pytest.raises(Failure, match="“visit” breaks the promise “backward”: “note” is gone") as failed:
        clinic.apply(plan)

    assert not rehearsal.passed
    assert failed.value.code is ErrorCode.VERIFY_FAILED
    assert clinic.history() == ()


def test_a_program_that_takes_back_is_held_to_the_promise_too(clinic: Migrating) -> None:
    clinic.write("V0001__room.sql", "ALTER TABLE visit ADD COLUMN room TEXT;")
    clinic.write("U0001__room.py", DROPS.replace("note", "room"))
    clinic.apply()
    _promise(clinic, "backward")

    with pytest.raises(Failure, match="“room” is gone"):
        clinic.undo()

    _promise(clinic, "forward")
    clinic.undo()
    assert clinic.all("SELECT name FROM pragma_table_info('visit')") == [("id",), ("patient_id",), ("note",)]


def test_what_was_broken_before_a_program_is_not_its_fault(clinic: Migrating, catalog: Catalog) -> None:
    register_forms(catalog, clinic.path)
    clinic.sql("ALTER TABLE visit DROP COLUMN note")
    _promise(clinic, "backward")
    clinic.write("V0001__a.py", "def migrate(session):\n    session.run('CREATE TABLE a (x)')\n")

    clinic.apply()

    assert "a" in clinic.objects()


def _promise(clinic: Migrating, mode: str) -> None:
    text = f"version: 1\ncompatibility:\n  tables:\n    visit: {mode}\n"
    policy_path(clinic.path).write_text(text, encoding="utf-8")


def test_a_name_that_is_no_text_stops_no_migration_of_others(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.sql("CREATE TABLE odd (odd_name_here)")
    clinic.path.write_bytes(clinic.path.read_bytes().replace(b"odd_name_here", b"odd_name_\xff\xfe\xfd\xfc"))
    clinic.write("V0001__m.sql", "CREATE TABLE room (x); UPDATE visit SET note = 'x';")
    clinic.apply()
    assert clinic.all("SELECT count(*) FROM visit WHERE note = 'x'") == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE visit RENAME TO encounter;",
        "ALTER TABLE visit DROP COLUMN note;",
        "ALTER TABLE visit RENAME COLUMN note TO said;",
    ],
)
def test_a_full_text_index_that_would_lose_its_texts_is_told_and_nothing_is_kept(
    tmp_path: Path, catalog: Catalog, sql: str
) -> None:
    clinic = Migrating(tmp_path, catalog)
    clinic.sql(
        "CREATE VIRTUAL TABLE found USING fts5(note, content='visit', content_rowid='id')",
        "CREATE VIRTUAL TABLE lost USING fts5(note, content='gone')",
        "INSERT INTO found (found) VALUES ('rebuild')",
    )
    clinic.write("V0001__m.sql", sql)
    before = clinic.path.read_bytes()
    with pytest.raises(Failure, match="“found” cannot be read any more"):
        clinic.apply()
    assert clinic.path.read_bytes() == before
    anew = (
        sql
        + """
        DROP TABLE found;
        CREATE VIRTUAL TABLE found USING fts5(id);
    """
    )
    clinic.write("V0001__m.sql", anew)
    clinic.apply()


def test_a_trigger_that_counts_the_columns_of_its_insert_is_told_with_what_mends_it(
    clinic: Migrating,
) -> None:
    clinic.sql(
        "CREATE TABLE log (at, what)",
        "CREATE TRIGGER gone AFTER DELETE ON patient BEGIN INSERT INTO log VALUES ('t', OLD.name); END",
        "CREATE TRIGGER came AFTER INSERT ON patient BEGIN INSERT INTO log VALUES ('t', NEW.name); END",
    )
    clinic.write("V0001__more.sql", "ALTER TABLE log ADD COLUMN who TEXT;")

    failed = [
        each for each in service.rehearse(clinic.catalog, clinic.plan(), Context()).checks if not each.passed
    ]

    assert (
        "“came”, “gone” do not work (table log has 3 columns but 2 values were supplied)" in failed[0].detail
    )
    assert "with an INSERT that names its columns" in failed[0].detail
    drop = "DROP TRIGGER {0}; CREATE TRIGGER {0} AFTER {1} ON patient BEGIN INSERT INTO log (at) VALUES ('t'); END;"
    clinic.write(
        "V0001__more.sql",
        f"{drop.format('gone', 'DELETE')}\n{drop.format('came', 'INSERT')}\nALTER TABLE log ADD COLUMN who TEXT;",
    )
    clinic.apply()


PAGES = "CREATE TABLE page (id INTEGER PRIMARY KEY, visit_id INTEGER, next_id REFERENCES visit (id))"
"""Without a row, so that none of it points to nothing."""


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE visit;",
        "ALTER TABLE page RENAME TO leaf; ALTER TABLE leaf RENAME COLUMN next_id TO then_id; DROP TABLE visit;",
        "ALTER TABLE visit RENAME TO visit_old; CREATE TABLE visit (id INTEGER PRIMARY KEY); DROP TABLE visit_old;",
        "ALTER TABLE visit RENAME TO visit_old; CREATE VIEW visit AS SELECT 1 AS id; DROP TABLE visit_old;",
    ],
)
@pytest.mark.parametrize("head", ["", "-- steward: no-transaction\n"])
def test_a_table_that_others_point_to_does_not_go_though_no_row_points_to_it(
    clinic: Migrating, sql: str, head: str
) -> None:
    clinic.sql(PAGES)
    clinic.write("V0001__m.sql", head + sql)
    plan = clinic.plan()

    rehearsal = service.rehearse(clinic.catalog, plan, Context())
    with pytest.raises(Failure, match=r"the table “visit(_old)?” does not exist"):
        clinic.apply(plan)

    assert not rehearsal.passed
    assert ("page" in clinic.objects()) == (not head or "leaf" not in sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE visit; CREATE TABLE visit (id INTEGER PRIMARY KEY);",
        "DROP TABLE visit; DROP TABLE page;",
        "DROP TABLE page; DROP TABLE visit;",
        "ALTER TABLE visit RENAME TO encounter; ALTER TABLE page RENAME COLUMN next_id TO then_id;",
        "DROP TABLE visit; DROP TABLE page; CREATE TABLE page (id INTEGER PRIMARY KEY, next_id);",
        "CREATE TABLE later (x REFERENCES not_yet (id));",
        "DROP TABLE lost; CREATE TABLE lost (id INTEGER, a REFERENCES nowhere, b REFERENCES plain (x));",
        "DROP TABLE plain;",
    ],
)
def test_what_still_has_what_it_points_to_or_never_had_it_stops_nothing(clinic: Migrating, sql: str) -> None:
    clinic.sql(
        PAGES,
        "CREATE TABLE plain (x)",
        "CREATE TABLE lost (id INTEGER, a REFERENCES nowhere, b REFERENCES plain (x))",
    )
    clinic.write("V0001__m.sql", sql)
    clinic.apply()


def test_a_table_that_others_waited_for_is_taken_back(clinic: Migrating) -> None:
    clinic.write("V0001__page.sql", "CREATE TABLE page (id INTEGER PRIMARY KEY, x REFERENCES paper (id));")
    clinic.write("V0002__paper.sql", "CREATE TABLE paper (id INTEGER PRIMARY KEY);")
    clinic.write("U0002__paper.sql", "DROP TABLE paper;")
    clinic.apply()
    clinic.undo()
    assert "paper" not in clinic.objects()
