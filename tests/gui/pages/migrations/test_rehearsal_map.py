"""The map of a rehearsal: it opens on what changes, tells of what is chosen, and is saved and shown larger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from builders.migrating import Migrating
from steward_app.gui.pages.migrations.plan_shown import MigrationPlan
from steward_app.gui.pages.schema_map.before_after import ChangesMap, MapDialog, summary
from steward_app.gui.pages.schema_map.items import Emphasis
from steward_app.gui.pages.schema_map.read import Places
from steward_app.gui.widgets.controls import Segments
from steward_app.kernel.progress import Context
from steward_app.services.schema.erd.model import Diagram, Point
from steward_app.services.schema.snapshot import schema_of

CHANGES = """
CREATE TABLE room (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id));
ALTER TABLE patient ADD COLUMN mail TEXT;
"""
FAR = "CREATE TABLE far (id INTEGER PRIMARY KEY); CREATE TABLE farther (id INTEGER PRIMARY KEY);"


def drawn(shown: Any, found: ChangesMap, tables: set[str]) -> None:
    """Wait until these tables stand on the map."""
    shown.qtbot.waitUntil(
        lambda: set(found.scene.boxes) == tables and found.scene.settled and shown.opened.jobs.idle
    )


def pick(segments: Segments, words: str) -> None:
    """Click one of them."""
    next(button for button in segments.buttons if button.text() == words).click()


@pytest.fixture
def mapped(clinic: Migrating, show: Callable[[], Any]) -> Any:
    """The page with a rehearsal, on its map."""
    clinic.sql(*filter(None, map(str.strip, FAR.split(";"))))
    clinic.write("V0001__rooms.sql", CHANGES)
    clinic.write("V0002__rows.sql", "UPDATE patient SET phone = '3';")
    shown = show()
    shown.choose(1, "rooms")
    shown.does(shown.page.own.rehearse.trigger)
    pick(shown.page.detail.schema.ways, "Map")
    drawn(shown, shown.page.detail.schema.map, {"patient", "room", "visit"})
    return shown


def test_it_opens_on_what_changes_and_shows_the_rest_when_asked(mapped: Any) -> None:
    found: ChangesMap = mapped.page.detail.schema.map
    assert found.isVisible()
    boxes = found.scene.boxes
    assert boxes["room"].box.mark is not None and boxes["room"].box.mark.word == "added"
    assert boxes["visit"].emphasis is Emphasis.DIMMED and boxes["patient"].emphasis is Emphasis.PLAIN
    assert "patient: changed\nmail: added" in boxes["patient"].toolTip()
    assert found.told.plain == "On the map: 1 table added, 1 table changed, 1 link added."
    assert found.view.accessibleDescription() == found.told.plain

    pick(found.shown, "All tables")
    drawn(mapped, found, {"patient", "room", "visit", "far", "farther"})
    assert boxes is not found.scene.boxes


def test_all_tables_stand_where_the_schema_map_has_them(clinic: Migrating, show: Callable[[], Any]) -> None:
    clinic.sql(*filter(None, map(str.strip, FAR.split(";"))), "CREATE TABLE still (id INTEGER PRIMARY KEY)")
    clinic.write("V0001__rooms.sql", f"{CHANGES} ALTER TABLE far RENAME TO distant; DROP TABLE farther;")
    shown = show()
    shown.choose(1, "rooms")
    shown.does(shown.page.own.rehearse.trigger)
    places = {
        "patient": Point(600, 40),
        "visit": Point(40, 300),
        "far": Point(2000, 900),
        "farther": Point(-700, 20),
    }
    schema = schema_of(shown.opened.document, Context())
    keeper = Places(clinic.catalog, shown.page.context.database_id)
    keeper.save(schema, places)
    pick(shown.page.detail.schema.ways, "Map")
    found: ChangesMap = shown.page.detail.schema.map
    drawn(shown, found, {"patient", "room", "visit", "distant", "farther"})

    pick(found.shown, "All tables")
    drawn(shown, found, {"patient", "room", "visit", "distant", "farther", "still"})

    stand = found.scene.positions()
    assert (stand["patient"], stand["visit"]) == (places["patient"], places["visit"])
    assert (stand["distant"], stand["farther"]) == (places["far"], places["farther"])
    near = found.scene.layout().rect(found.scene.boxes["patient"].box)
    assert abs(stand["room"].x - near.right) < 200 and abs(stand["room"].y - near.y) < 200
    assert keeper.load(schema) == places  # looking moves nothing


def test_what_is_chosen_is_told_in_words(mapped: Any) -> None:
    found: ChangesMap = mapped.page.detail.schema.map
    found.scene.choose("patient")
    assert found.told.plain == "patient: changed; mail: added."
    found.scene.choose("visit")
    assert found.told.plain == "visit: stays as it is."
    (key,) = (key for key, item in found.scene.links.items() if item.link.mark)
    found.scene.choose_link(key)
    assert found.told.plain == "room to patient: added."
    assert found.scene.links[key].tone == "success" and found.scene.links[key].words == "+ added"
    found.scene.choose("")
    assert found.told.plain.startswith("On the map")


def test_it_is_saved_as_a_picture_that_has_the_marks(
    mapped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(parent: object, title: str, start: str, kinds: str) -> tuple[str, str]:
        asked.extend((start, kinds))
        return str(tmp_path / "changes.svg"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    mapped.does(mapped.page.detail.schema.map.save.click)
    assert asked[0].endswith("clinic-changes.svg") and "Mermaid" not in asked[1]
    assert "+ added" in (tmp_path / "changes.svg").read_text(encoding="utf-8")


def test_it_is_shown_larger_and_a_late_answer_finds_nobody(mapped: Any) -> None:
    mapped.page.detail.schema.map.larger.click()
    dialog = mapped.dialog(MapDialog)
    drawn(mapped, dialog.map, {"patient", "room", "visit"})
    assert not dialog.map.larger.isVisible()
    dialog.accept()
    mapped.page.detail.schema.map.larger.click()
    mapped.dialog(MapDialog).accept()  # before anything is drawn
    mapped.rest()


def test_a_rehearsal_that_leaves_the_schema_as_it_is_has_no_map(clinic: Migrating, mapped: Any) -> None:
    page = mapped.page
    mapped.does(page.own.apply.trigger)
    mapped.choose(2, "rows")
    mapped.does(page.own.rehearse.trigger)
    assert page.detail.schema.ways.value == "map"
    assert not page.detail.schema.map.isVisible()
    mapped.qtbot.waitUntil(lambda: "The schema stays as it is." in mapped.words)
    clinic.write("V0003__views.sql", "DROP VIEW names; CREATE VIEW names AS SELECT id FROM patient;")
    mapped.does(page.read_again)
    mapped.choose(3, "views")
    mapped.does(page.own.rehearse.trigger)
    mapped.qtbot.waitUntil(lambda: "No table and no link changes." in mapped.words)
    mapped.choose(1, "rooms")
    assert page.detail.schema.map.isVisible()
    drawn(mapped, page.detail.schema.map, {"patient", "room", "visit"})


def test_nothing_has_no_words() -> None:
    assert summary(Diagram((), ())) == ""


def test_what_taking_back_does_to_the_schema_is_shown_as_a_map(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__mail.sql", "ALTER TABLE patient ADD COLUMN mail TEXT;")
    clinic.write("U0001__mail.sql", "ALTER TABLE patient DROP COLUMN mail;")
    clinic.apply()
    shown = show()
    shown.does(shown.page.own.take_back.trigger)
    dialog = shown.dialog(MigrationPlan)
    assert not dialog.map.isVisible()
    shown.does(dialog.rehearse)
    shown.does(dialog.map.click)
    found = shown.dialog(MapDialog)
    drawn(shown, found.map, {"patient", "visit"})
    assert found.map.told.plain == "On the map: 1 table changed."
    assert not found.map.shown.isVisible()
    found.accept()
    dialog.map.click()
    dialog.reject()  # before the map is read
    shown.rest()


def test_taking_back_what_changed_rows_alone_has_no_map(clinic: Migrating, show: Any) -> None:
    clinic.write("V0001__phones.sql", "UPDATE patient SET phone = '7';")
    clinic.write("U0001__phones.sql", "UPDATE patient SET phone = '8';")
    clinic.apply()
    shown = show()
    shown.does(shown.page.own.take_back.trigger)
    dialog = shown.dialog(MigrationPlan)
    shown.does(dialog.rehearse)
    shown.does(dialog.map.click)
    assert shown.opened.said.toasts[-1].title == "The schema stays as it is"
