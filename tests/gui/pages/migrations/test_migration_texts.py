"""What the page says of a file's text: what runs with it, and an applied one as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders import a_database
from builders.migrated import migrated
from builders.migrating import Migrating
from steward_app.gui.pages.migrations.words import result_lines
from steward_app.gui.widgets.sql import SqlView


def test_what_runs_with_a_migration_is_told_as_before_and_after_it(clinic: Migrating, show: Any) -> None:
    for number in (1, 2):
        clinic.write(f"V000{number}__rooms.sql", f"CREATE TABLE room{number} (x);")
    clinic.write("R__views.sql", "CREATE VIEW IF NOT EXISTS every_room AS SELECT x FROM room1;")
    shown = show()
    for version, before, after in ((1, "", ""), (2, "V0001__rooms.sql", "R__views.sql")):
        shown.choose(version, "rooms")
        assert (f"It needs what comes before it: {before}." in shown.words) == bool(before)
        assert (f"What repeats runs after it: {after}." in shown.words) == bool(after)
        assert ("All of it is rehearsed" in shown.words) == bool(before or after)


def test_an_applied_file_is_shown_as_it_is_written(clinic: Migrating, show: Any) -> None:
    text = "CREATE TABLE room (x);\nCREATE TABLE bed (x); -- no last line"
    clinic.write("V0001__rooms.sql", text)
    clinic.write("V0002__program.py", "def migrate(session):\n    session.run('CREATE TABLE ward (x)')")
    clinic.apply()
    shown = show()
    for version, name in ((1, "rooms.sql"), (2, "program.py")):
        shown.choose(version, name.partition(".")[0])
        view = next(each for each in shown.page.detail.schema.findChildren(SqlView))
        assert view.toPlainText() == (clinic.folder / f"V000{version}__{name}").read_text()
        assert "as the file has it" in shown.words and "1 statement" not in shown.words


def test_only_the_views_and_triggers_that_work_are_counted(tmp_path: Path) -> None:
    builder = a_database(tmp_path).with_table("visit", "id INTEGER PRIMARY KEY, day TEXT")
    database = builder.with_sql(
        "CREATE VIEW days AS SELECT day FROM visit",
        "CREATE VIEW old AS SELECT room FROM visit",
        "CREATE TRIGGER late AFTER UPDATE ON visit BEGIN SELECT new.room; END",
        "CREATE TRIGGER seen AFTER INSERT ON visit BEGIN SELECT new.day; END",
    ).build()
    found = migrated(database, "DROP TRIGGER seen")
    assert dict(line[:2] for line in result_lines(found))["Views and triggers"] == "1 and 0 work"
