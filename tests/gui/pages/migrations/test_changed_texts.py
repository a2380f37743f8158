"""The schema of a rehearsal as texts: tables with their indexes and triggers, and views, each beside what it was."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from builders.migrating import Migrating
from builders.walk import problems_of
from steward_app.gui.widgets.sql_diff import SqlDiff
from steward_app.gui.widgets.text import Label

BUSY = """CREATE TRIGGER busy AFTER INSERT ON visit BEGIN
    UPDATE patient SET phone = 'busy' WHERE id = new.patient_id;
END;
"""


def _rehearsed(clinic: Migrating, show: Any, sql: str) -> Any:
    clinic.write("V0001__change.sql", sql)
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    ways = shown.page.detail.schema.ways
    next(each for each in ways.buttons if each.text() == "Side by side").click()
    QApplication.processEvents()
    return shown


def _texts(shown: Any) -> dict[str, str]:
    return {
        each.accessibleName(): each.toPlainText()
        for each in shown.page.detail.schema.findChildren(SqlDiff)
        if each.isVisible()
    }


def test_a_view_that_changes_is_shown_as_text_with_its_triggers(clinic: Migrating, show: Any) -> None:
    shown = _rehearsed(
        clinic,
        show,
        "DROP VIEW names;\nCREATE VIEW names AS SELECT id, upper(name) AS name FROM patient;\n"
        "CREATE TRIGGER named INSTEAD OF DELETE ON names BEGIN SELECT 1; END;",
    )
    texts = _texts(shown)
    assert set(texts) == {"names before", "names after"}
    assert "- CREATE VIEW names AS SELECT id, name FROM patient" in texts["names before"]
    assert "+ CREATE VIEW names AS SELECT id, upper(name) AS name FROM patient" in texts["names after"]
    assert "+ CREATE TRIGGER named" in texts["names after"]
    words = "\n".join(each.plain for each in shown.page.detail.schema.findChildren(Label))
    assert "0 of 2 tables change, 1 view changes" in words
    assert "View “names” changed" not in words
    assert problems_of(shown.page) == []


def test_a_trigger_that_changes_is_shown_below_its_table(clinic: Migrating, show: Any) -> None:
    clinic.sql(BUSY)
    shown = _rehearsed(clinic, show, f"DROP TRIGGER busy;\n{BUSY.replace('busy', 'calm')}DROP VIEW names;")
    texts = _texts(shown)
    assert set(texts) == {"visit before", "visit after", "names before", "names after"}
    assert "-     UPDATE patient SET phone = 'busy'" in texts["visit before"]
    assert "+     UPDATE patient SET phone = 'calm'" in texts["visit after"]
    assert "+" not in texts["names after"]


def test_a_view_with_the_same_text_that_gives_more_is_told_in_words(clinic: Migrating, show: Any) -> None:
    clinic.sql("CREATE VIEW everybody AS SELECT * FROM patient")
    shown = _rehearsed(clinic, show, "ALTER TABLE patient ADD COLUMN mail TEXT;")
    assert set(_texts(shown)) == {"patient before", "patient after"}
    words = "\n".join(each.plain for each in shown.page.detail.schema.findChildren(Label))
    assert "The view “everybody” has the same text and gives or reads other columns." in words


def test_what_remarks_say_is_told_without_the_title_again(clinic: Migrating, show: Any) -> None:
    clinic.write(
        "V0001__add_rooms.sql",
        "-- Add rooms\n--\n-- For the new ward. Two things\n-- to know:\n"
        "-- * They have beds\n-- * They have\n--   windows\n"
        "CREATE TABLE room (id INTEGER PRIMARY KEY);\n",
    )
    words = "\n".join(each.plain for each in show().page.detail.findChildren(Label))
    assert "\nFor the new ward. Two things to know: They have beds. They have windows.\n" in words
