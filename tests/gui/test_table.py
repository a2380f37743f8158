"""Tables of values, lists, findings, plans: what they show, keep and tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders.walk import problems_of
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.findings import FindingList, FindingRow
from steward_app.gui.widgets.lists import Bar, BarList, Task, TaskList
from steward_app.gui.widgets.plan_view import PlanView, changes_table
from steward_app.gui.widgets.sql import SqlEditor, SqlView, spans
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Fingerprint, Plan, Rehearsal, Reversal, TableChange


@dataclass(frozen=True)
class Row:
    key: int
    name: str
    size: int


ROWS = (Row(1, "visit", 30), Row(2, "Staff", 10), Row(3, "patient", 20))
COLUMNS = (
    Column[Row]("Name", lambda row: Cell(row.name, mono=True), width=120),
    Column[Row]("Size", lambda row: str(row.size), width=80, right=True, order=lambda row: row.size),
    Column[Row]("Note", lambda row: "=1+1" if row.key == 1 else ""),
)


@pytest.fixture
def table(qtbot: QtBot, theme: Theme) -> SimpleTable[Row]:
    made = SimpleTable[Row]("Tables", COLUMNS, key=lambda row: row.key, several=True)
    qtbot.addWidget(made)
    made.resize(500, 200)
    made.show()
    made.set_rows(ROWS)
    return made


def test_sorting_is_by_what_is_meant_and_keeps_the_chosen_row(table: SimpleTable[Row]) -> None:
    table.choose(ROWS[0])
    table.sort_by(1)
    assert [row.size for row in table.rows] == [10, 20, 30]
    assert table.current == ROWS[0]
    table.sort_by(0, descending=True)
    assert [row.name for row in table.rows] == ["visit", "Staff", "patient"]
    assert table.selected == (ROWS[0],)


def test_a_row_that_changed_is_still_the_chosen_one(table: SimpleTable[Row]) -> None:
    table.choose(ROWS[1])
    table.set_rows((Row(2, "Staff", 99), Row(5, "new", 1)))
    assert table.current == Row(2, "Staff", 99)
    told: list[Row | None] = []
    table.chosen.connect(told.append)
    table.set_rows((Row(5, "new", 1),))
    assert table.current is None and told == [None]


def test_a_click_on_a_head_sorts_and_turns(table: SimpleTable[Row]) -> None:
    table._header.sectionClicked.emit(1)
    table._header.sectionClicked.emit(1)
    assert [row.size for row in table.rows] == [30, 20, 10]


def test_keys_open_and_copy(table: SimpleTable[Row], qtbot: QtBot) -> None:
    opened: list[Row] = []
    table.opened.connect(opened.append)
    table.choose(ROWS[2])
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [ROWS[2]]
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[0] == "visit\t30\t=1+1"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 9), st.integers(0, 2), st.booleans())
def test_what_is_chosen_stays_chosen_whatever_comes(
    table: SimpleTable[Row], keys: list[int], chosen: int, column: int, descending: bool
) -> None:
    rows = tuple(Row(key, f"t{key}", key * 7 % 5) for key in dict.fromkeys(keys))
    table.set_rows(rows)
    table.choose(Row(chosen, "", 0))
    before = table.current
    table.sort_by(column, descending=descending)
    assert table.current == before
    assert set(table.rows) == set(rows)


def test_lists_open_by_click_and_by_keys(qtbot: QtBot, theme: Theme) -> None:
    tasks, bars, opened = TaskList("What to do next"), BarList("Where the space is"), []
    for made in (tasks, bars):
        qtbot.addWidget(made)
        made.resize(600, 100)
        made.opened.connect(opened.append)
        made.show()
    tasks.set_items(
        (Task("a", "Look at 17 diagnoses", "They point nowhere.", "17 rows"), Task("b", "Back up"))
    )
    bars.set_items((Bar("visit", "visit", 5.0, "5 MB"), Bar("staff", "staff", 0.0, "0 B")))
    qtbot.keyClick(tasks, Qt.Key.Key_Down)
    qtbot.keyClick(tasks, Qt.Key.Key_Return)
    place = bars.visualRect(bars.model().index(1, 0)).center()
    qtbot.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened[-1] == "staff" and opened[0] in ("a", "b")
    spoken = tasks.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Look at 17 diagnoses. They point nowhere.. 17 rows"
    tasks.grab()
    bars.grab()
    narrow = bars.name_width(600)
    bars.set_items((Bar("x", "<b>CustomerCustomerDemo", 5.0, "5 MB"),))
    assert narrow < bars.name_width(600) <= 600 * 0.4
    assert "&lt;b&gt;" in bars.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


ORPHANS = Finding(
    "foreign_key_orphans", Severity.ERROR, "17 diagnoses point to a visit that is gone",
    Subject("foreign key", "diagnosis", columns=("visit_id",)), detail="They cannot be joined.", count=17,
    query='SELECT * FROM "diagnosis"', remedies=("Bring the visits back.", "Delete the diagnoses."),
)  # fmt: skip
NOTE = Finding("note", Severity.NOTE, "The file shrinks", Subject("database"))


def texts(widget: object) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisible())  # type: ignore[attr-defined]


def test_findings_stand_worst_first_and_open(qtbot: QtBot, theme: Theme) -> None:
    listed = FindingList((NOTE, ORPHANS))
    qtbot.addWidget(listed)
    listed.resize(400, 400)
    listed.show()
    QApplication.processEvents()
    rows = listed.findChildren(FindingRow)
    assert [row.finding for row in rows] == [ORPHANS, NOTE]
    assert "Bring the visits back." not in texts(listed)
    wanted: list[Finding] = []
    listed.rows_wanted.connect(wanted.append)
    rows[0].toggle()
    QApplication.processEvents()
    assert "1. Bring the visits back." in texts(listed)
    next(button for button in rows[0].findChildren(Button) if button.text() == "Open rows").click()
    assert wanted == [ORPHANS]
    assert problems_of(listed) == []
    rows[0].toggle()
    assert "1. Bring the visits back." not in texts(listed)
    assert (rows[0]._toggle.isChecked(), rows[0]._toggle._icon_name) == (False, "chevron-right")
    rows[0].toggle()
    assert (rows[0]._toggle.isChecked(), rows[0]._toggle._icon_name) == (True, "chevron-down")


def test_of_very_many_findings_the_first_are_shown_and_the_others_asked_for(
    qtbot: QtBot, theme: Theme
) -> None:
    many = [replace(NOTE, code=f"note_{n}", title=f"Note {n}") for n in range(5)]
    listed = FindingList(many, most=2)
    qtbot.addWidget(listed)
    listed.resize(400, 400)
    listed.show()
    listed.activateWindow()
    qtbot.waitUntil(listed.isActiveWindow)
    assert len(listed.findChildren(FindingRow)) == 2
    (more,) = (each for each in listed.findChildren(Button) if each.text() == "Show 3 more findings")
    assert problems_of(listed) == []
    more.click()
    QApplication.processEvents()
    rows = listed.findChildren(FindingRow)
    assert [row.finding for row in rows] == many
    assert not more.isVisible()
    assert rows[2].isAncestorOf(QApplication.focusWidget()), "who came by keys goes on with the next"
    listed.set_findings(many[:3])
    QApplication.processEvents()
    assert len([row for row in listed.findChildren(FindingRow) if not row.isHidden()]) == 3, (
        "one more has its room"
    )


PLAN = Plan(
    "pl_1", "archive.apply", "Archive 3 visits", "/clinic.db", "u", "2026-11-20T10:00:00.000Z", {},
    ("The 3 visits move to the archive.",), Reversal.RESTORE_POINT, "By the restore point taken just before.",
    Fingerprint("h"), "Archive 3 visits",
    changes=(TableChange("visit", 10, 7, deleted=3, why="chosen"), TableChange('we"ird\n', 5, 4, deleted=1)),
    sql=('DELETE FROM "visit" WHERE id < 4',), findings=(NOTE,), disk_bytes=1_300_000_000,
)  # fmt: skip


def test_a_plan_is_read_in_one_order_and_adds_up(qtbot: QtBot, theme: Theme) -> None:
    view = PlanView()
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.show()
    view.show_plan(PLAN, disk_free=212_000_000_000)
    view.show_rehearsal(
        Rehearsal("pl_1", PLAN.made_at, 38.0, (Check("Rows as planned", True), Check("Links", False)))
    )
    view.show_state(True)
    QApplication.processEvents()
    shown = texts(view)
    for words in ("What will happen", "Rows, by table", "Rehearsal", "none blocks", "How it can be undone",
                  "1.3 GB of 212 GB", "Fits the file as it is now", "Failed"):  # fmt: skip
        assert words in shown
    table = view.findChildren(SimpleTable)[0]
    total = table.rows[-1]
    assert (total.deleted, total.rows_before, total.rows_after) == (4, 15, 11)
    assert problems_of(view) == []


def test_another_plan_takes_the_place_of_the_first(qtbot: QtBot, theme: Theme) -> None:
    view = PlanView()
    qtbot.addWidget(view)
    view.show()
    view.show_plan(PLAN)
    view.show_plan(Plan("pl_2", "x", "Make a point", "/c.db", "u", PLAN.made_at, {}, ("A copy is made.",),
                        Reversal.NOT_NEEDED, "Nothing is changed.", Fingerprint("h"), "Make a point"))  # fmt: skip
    QApplication.processEvents()
    assert "A copy is made." in texts(view)
    assert "The 3 visits" not in texts(view)


@given(st.text(max_size=80))
def test_any_text_can_be_coloured_as_sql(text: str) -> None:
    end = 0
    for start, stop, _ in spans(text):
        assert end <= start < stop <= len(text)
        end = stop


def test_sql_is_copied_as_it_is_and_shown_without_tricks(qtbot: QtBot, theme: Theme) -> None:
    view = SqlView("SELECT '\u202e' -- x")
    qtbot.addWidget(view)
    view.show()
    assert "\u202e" not in view.toPlainText()
    view.copy_all()
    assert QGuiApplication.clipboard().text() == "SELECT '\u202e' -- x"


def test_the_editor_runs_by_ctrl_enter(qtbot: QtBot, theme: Theme) -> None:
    editor = SqlEditor("Query")
    qtbot.addWidget(editor)
    with qtbot.waitSignal(editor.run_wanted):
        qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == ""


@pytest.mark.parametrize(
    ("done", "heads"), [(False, ["In file now", "In file after"]), (True, ["Before", "In file now"])]
)
def test_what_is_done_is_told_as_done(qtbot: QtBot, theme: Theme, done: bool, heads: list[str]) -> None:
    table = changes_table(PLAN.changes, done=done)
    qtbot.addWidget(table)
    assert isinstance(table, SimpleTable)
    shown = [
        table.model().headerData(n, Qt.Orientation.Horizontal) for n in range(table.model().columnCount())
    ]
    assert [head for head in shown if head in ("Before", "In file now", "In file after")] == heads
