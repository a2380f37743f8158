"""The palette: a few letters and Enter reach a table, an action or a page."""

from __future__ import annotations

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.fuzzy import match
from steward_app.gui.palette import Entry, Palette, lines
from steward_app.gui.theme import Theme


def entries(*titles: str, kind: str = "Tables") -> tuple[Entry, ...]:
    return tuple(Entry(kind, title, lambda: None) for title in titles)


def found(query: str, *titles: str) -> list[str]:
    return [line.entry.title for line in lines(query, entries(*titles)) if line.entry is not None]


def test_a_beginning_is_better_than_a_word_than_an_inside_than_letters() -> None:
    assert found("vis", "revised", "very_important_s", "old_visit", "visit") == [
        "visit", "old_visit", "revised", "very_important_s",
    ]  # fmt: skip


def test_every_word_of_the_query_must_be_there() -> None:
    assert found("map visit", "Schema map, focus on visit", "Schema map") == ["Schema map, focus on visit"]


def test_the_letters_that_were_found_are_told() -> None:
    hit = match("vis", "old_visit")
    assert hit is not None and hit.positions == (4, 5, 6)


@given(st.text(max_size=12), st.text(max_size=30))
def test_what_is_found_really_stands_there(query: str, text: str) -> None:
    hit = match(query, text)
    if hit is not None:
        assert all(0 <= position < len(text) for position in hit.positions)
        assert list(hit.positions) == sorted(set(hit.positions))


@given(st.text(min_size=1, max_size=20).filter(str.strip))
def test_a_name_finds_itself(text: str) -> None:
    assert match(text, text) is not None


def test_the_heading_with_the_best_hit_stands_first() -> None:
    shown = lines("con", (*entries("reconcile"), *entries("Constraints", kind="Pages")))
    assert [line.heading for line in shown if line.heading] == ["Pages", "Tables"]


def test_keywords_find_but_come_later() -> None:
    page = Entry("Pages", "Schema map", lambda: None, keywords="erd diagram")
    shown = lines("diag", (page, *entries("diagnosis")))
    assert [line.entry.title for line in shown if line.entry] == ["diagnosis", "Schema map"]
    assert not lines("ram", (page,)), "a keyword is found by its beginning"


def test_two_letters_must_stand_together() -> None:
    assert found("tr", "customer", "track") == ["track"]
    assert found("ctr", "customer") == ["customer"]


def test_one_of_a_thousand_tables_is_found() -> None:
    names = [f"table_{number:04d}_of_things" for number in range(1_000)]
    assert found("0999", *names) == ["table_0999_of_things"]
    assert found("thgs0", *names) == []


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> QWidget:
    made = QWidget()
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    return made


def test_by_keys_alone(window: QWidget, qtbot: QtBot) -> None:
    went: list[str] = []
    items = tuple(
        Entry("Tables", title, lambda title=title: went.append(title))  # type: ignore[misc]
        for title in ("patient", "visit", "visit_note")
    )
    palette = Palette(window)
    palette.open(items)
    qtbot.keyClicks(palette.field, "vis")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert went == ["visit_note"]
    assert not palette.isVisible()


def test_what_cannot_be_done_says_why_and_does_nothing(window: QWidget, qtbot: QtBot) -> None:
    went: list[int] = []
    palette = Palette(window)
    palette.open((Entry("Actions", "Restore", lambda: went.append(1), reason="The file is read-only."),))
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert went == []
    assert palette.isVisible()
    assert "read-only" in palette.list.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_escape_closes_it_and_gives_the_focus_back(window: QWidget, qtbot: QtBot) -> None:
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    palette = Palette(window)
    palette.open(entries("visit"))
    qtbot.waitUntil(palette.field.hasFocus)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert field.hasFocus()


def test_what_had_the_focus_may_be_gone_when_it_closes(window: QWidget, qtbot: QtBot) -> None:
    before, after = QLineEdit(window), QLineEdit(window)
    before.show()
    after.show()
    before.setFocus()
    palette = Palette(window)
    palette.open(entries("visit"))
    palette.open(entries("visit", "patient"))  # its key, pressed once more
    shiboken6.delete(before)
    palette.dismiss()
    after.setFocus()
    palette.dismiss()  # as every change of page does
    assert after.hasFocus()


def test_hostile_names_are_shown_and_not_obeyed(window: QWidget, qtbot: QtBot) -> None:
    palette = Palette(window)
    palette.open(entries("<img src=x onerror=1>", 'a"b', "a␤b"))
    qtbot.keyClicks(palette.field, "img")
    palette.grab()
    assert palette.shown[1].entry is not None
    assert palette.shown[1].entry.title == "<img src=x onerror=1>"
