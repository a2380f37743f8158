"""What a diff asks of tables that exist only once a migration has run that waits."""

from __future__ import annotations

from pathlib import Path

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.migrate.ahead import ahead
from steward_app.services.migrate.desired.counting import Held
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Desired
from steward_app.services.migrate.desired.read import desired_schema

FIRST = "CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT UNIQUE, note TEXT);" + (
    "INSERT INTO item VALUES (1, 'a', 'x'), (2, 'b', NULL), (3, 'c', 'z');"
)
RENAMED = "ALTER TABLE item RENAME TO thing; ALTER TABLE thing RENAME COLUMN note TO remark;"
UNKNOWN = (
    "CREATE TRIGGER t AFTER UPDATE OF code ON thing BEGIN UPDATE thing SET remark = 't' WHERE id = 1; END;"
    "UPDATE thing SET code = code || 'x'; DROP TRIGGER t;"
)


def asked(folder: Path, catalog: Catalog, waiting: str, wanted: str) -> Desired:
    here = Migrating(folder, catalog, FIRST)
    here.write("V0001__waits.sql", waiting)
    (folder / "wanted.sql").write_text(wanted, encoding="utf-8")
    with (
        open_read(here.path) as session,
        desired_schema(folder / "wanted.sql") as other,
        ahead(session, here.folder) as begin,
    ):
        return diff(begin.schema, other, held=Held.after(session, begin.waiting, Context()))


def test_values_are_counted_under_the_names_that_they_have_by_then(tmp_path: Path, catalog: Catalog) -> None:
    wanted = "CREATE TABLE thing (id INTEGER PRIMARY KEY, code TEXT UNIQUE);"
    (question,) = asked(tmp_path, catalog, RENAMED, wanted).questions
    assert "holds 2 values" in question.sentence


def test_what_cannot_be_counted_is_asked_without_a_number(tmp_path: Path, catalog: Catalog) -> None:
    wanted = "CREATE TABLE thing (id INTEGER PRIMARY KEY, code TEXT UNIQUE);"
    (question,) = asked(tmp_path, catalog, RENAMED + UNKNOWN, wanted).questions
    assert question.rows is None
    assert question.sentence == (
        "Column “remark” of “thing” is not wanted any more, and holds values that cannot be counted before what waits"
        " has run. Does it go with them?"
    )


def test_gaps_that_cannot_be_counted_are_asked_for(tmp_path: Path, catalog: Catalog) -> None:
    wanted = "CREATE TABLE thing (id INTEGER PRIMARY KEY, code TEXT UNIQUE, remark TEXT NOT NULL);"
    (question,) = asked(tmp_path, catalog, RENAMED + UNKNOWN, wanted).questions
    assert question.sentence == (
        "Rows of “thing” may have no value for “remark”, which must have one. What do they get?"
    )


def test_rows_that_a_trigger_adds_are_not_taken_for_none(tmp_path: Path, catalog: Catalog) -> None:
    waiting = (
        "CREATE TABLE neu (id INTEGER PRIMARY KEY, a TEXT);"
        "CREATE TRIGGER t AFTER UPDATE ON item BEGIN INSERT INTO neu (a) VALUES (NEW.code); END;"
        "UPDATE item SET note = 'x'; DROP TRIGGER t;"
    )
    (question,) = asked(tmp_path, catalog, waiting, f"{FIRST.partition(';')[0]};").questions
    assert "Table “neu” is not wanted any more, and holds rows that cannot be counted" in question.sentence


def test_a_table_that_waits_without_rows_goes_unasked(tmp_path: Path, catalog: Catalog) -> None:
    waiting = "CREATE TABLE neu (id INTEGER PRIMARY KEY, a TEXT);"
    assert asked(tmp_path, catalog, waiting, f"{FIRST.partition(';')[0]};").questions == ()
