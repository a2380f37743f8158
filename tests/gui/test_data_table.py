"""The data table: any number of rows, a few loaded; what is chosen is what a command acts on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.db import open_write
from steward_app.gui.bridge import JobCenter
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.data_table import DataTable, RowRef, TableStatus
from steward_app.gui.widgets.grid.columns import short_type
from steward_app.gui.widgets.grid.model import MOST_PAGES
from steward_app.gui.widgets.grid.text import cell_text, copied_text
from steward_app.gui.widgets.text import Label
from steward_app.jobs import JobRunner
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.document import Document, open_document
from steward_app.services.rows import Preview, Sort, Source, Storage, parse_condition, source_of
from steward_app.services.schema.snapshot import schema_of

ROWS = 5_000


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    path = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(200)])
        .with_table(
            "observation",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit(id), kind TEXT, value REAL, note TEXT",
            rows=[
                (n, n % 200, f"kind {n % 7}", (n * 37 % 1000) / 10, None if n % 3 else f"note {n}")
                for n in range(1, ROWS + 1)
            ],
        )
        .with_table("nothing", "id INTEGER PRIMARY KEY")
        .with_table(
            "=cmd|' /C calc'!A0", '"a""b" TEXT, "<img src=x onerror=1>" TEXT', rows=[("x", "\u202ey")]
        )
        .build()
    )
    opened = open_document(path)
    yield opened
    opened.close()


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[JobCenter]:
    made = JobCenter(JobRunner())
    yield made
    made.close()


@pytest.fixture
def table(document: Document, jobs: JobCenter, qtbot: QtBot, theme: Theme) -> DataTable:
    def run(title: str, work: Callable[[Context], Any], done: Any = None, **more: Any) -> Any:
        return jobs.run(made, title, work, done, **more)

    made = DataTable("Rows of observation", run, document.read)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


@pytest.fixture
def source(document: Document) -> Callable[[str], Source]:
    schema = schema_of(document, Context())

    def of(name: str) -> Source:
        found = schema.table(name)
        assert found is not None
        return source_of(found)

    return of


def rest(table: DataTable, jobs: JobCenter, qtbot: QtBot) -> TableStatus:
    qtbot.waitUntil(lambda: table.idle and jobs.idle)
    return table.status()


def ids(table: DataTable) -> list[Any]:
    return [row[0] for row in table._model.rows]


def test_the_first_rows_are_there_and_the_rest_within_reach(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    status = rest(table, jobs, qtbot)
    assert status.first == 1 and status.exact
    assert ids(table)[:3] == [1, 2, 3]
    assert problems_of(table) == []


def test_scrolling_down_and_up_again_keeps_rows_in_order_and_memory_constant(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    bar = table.view.verticalScrollBar()
    seen = set()
    while table._model.has_after or bar.value() < bar.maximum():
        first, last = table.view.visible_rows()
        seen.update(ids(table)[first : last + 1])
        before = ids(table)[first]
        bar.setValue(bar.value() + 300)
        rest(table, jobs, qtbot)
        first = table.view.visible_rows()[0]
        assert ids(table)[first] >= before
        assert ids(table) == list(range(ids(table)[0], ids(table)[0] + len(ids(table))))
        assert len(table._model.pages) <= MOST_PAGES
    seen.update(ids(table))
    assert seen == set(range(1, ROWS + 1))
    while table._model.has_before or bar.value() > 0:
        bar.setValue(bar.value() - 2_000)
        rest(table, jobs, qtbot)
    assert table.status().first == 1


def test_the_last_rows_are_one_action_away(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    qtbot.keyClick(table.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    rest(table, jobs, qtbot)
    assert ids(table)[-1] == ROWS
    qtbot.keyClick(table.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    rest(table, jobs, qtbot)
    assert ids(table)[0] == 1


def test_the_bar_leads_to_any_row(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    table._bar.setSliderDown(True)
    for share in (0.2, 0.9, 0.5):
        table._bar.setSliderPosition(round(table._bar.maximum() * share))
    table._bar.setSliderDown(False)
    qtbot.waitUntil(lambda: 2_000 < table.status().first < 3_000)
    rest(table, jobs, qtbot)
    assert table._bar.value() == table.status().first - 1


def test_sorting_by_the_head_and_back(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    with qtbot.waitSignal(table.sort_changed):
        table.head.sectionClicked.emit(3)
    status = rest(table, jobs, qtbot)
    assert status.sort == Sort("value")
    values = [row[3] for row in table._model.rows]
    assert values == sorted(values)
    table.head.sectionClicked.emit(3)
    assert rest(table, jobs, qtbot).sort == Sort("value", descending=True)
    table.head.sectionClicked.emit(3)
    assert rest(table, jobs, qtbot).sort is None
    assert ids(table)[0] == 1


def test_a_filter_is_typed_under_the_name(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    field = table.head._fields[3]
    qtbot.keyClicks(field, "> 99")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    status = rest(table, jobs, qtbot)
    assert status.filter.words == "value > 99"
    assert all(row[3] > 99 for row in table._model.rows)
    assert field.property("active")
    field.selectAll()
    qtbot.keyClicks(field, "between 3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.property("wrong") and field.toolTip()
    assert rest(table, jobs, qtbot).filter.words == "value > 99"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "> 99"
    field.clear()
    field.editingFinished.emit()
    assert not rest(table, jobs, qtbot).filter


def test_a_filter_that_finds_nothing_can_still_be_changed(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    wanted = source("observation")
    table.show_source(wanted)
    rest(table, jobs, qtbot)
    table.set_filter(table.status().filter.with_condition(parse_condition(wanted.column("id"), "= 99999")))
    assert rest(table, jobs, qtbot).first == 0
    assert table.head.isVisible()


def test_an_empty_table_says_so(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("nothing"))
    status = rest(table, jobs, qtbot)
    assert (status.first, status.last) == (0, 0)
    assert table._empty.isVisible()


def test_hidden_columns_are_not_read_nor_copied(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"), hidden={"note", "kind"})
    rest(table, jobs, qtbot)
    assert all(len(row) == 3 for row in table._model.rows)
    table.view.selectAll()
    table.copy()
    copied = QGuiApplication.clipboard().text()
    assert "note 3" not in copied and "kind" not in copied and "hidden" in copied
    assert not table.head._fields[4].isEnabled() and table.head._fields[4].toolTip()
    table.grab()


def test_what_is_chosen_is_what_is_acted_on(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    told: list[RowRef | None] = []
    table.chosen.connect(told.append)
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    table.view.choose_row(7)
    assert table.current == told[-1]
    assert table.current is not None and table.current.key == (8,) and table.current.number == 8
    opened: list[RowRef] = []
    table.opened.connect(opened.append)
    qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert opened == [table.current]
    table.set_sort(Sort("value"))
    rest(table, jobs, qtbot)
    assert table.current is None and told[-1] is None


def test_a_chosen_row_that_leaves_what_is_loaded_is_no_longer_chosen(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    table.view.choose_row(3)
    table.go_to_row(4_000)
    rest(table, jobs, qtbot)
    assert table.current is not None
    assert table._model.keys[table.view.currentIndex().row()] == table.current.key != (4,)


def test_links_are_followed_by_click_and_by_keys(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    went: list[tuple[str, str, Any]] = []
    table.link_peeked.connect(lambda column, ref: went.append(("peek", column.link.parent, ref.key)))
    table.link_wanted.connect(lambda column, ref: went.append(("go", column.link.parent, ref.key)))
    place = table.view.visualRect(table._model.index(2, 1)).center()
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert went == [("peek", "visit", (3,))]
    assert table.current_column is not None and table.current_column.name == "visit_id"
    assert table.current_cell == 3
    qtbot.keyClick(table.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert went[-1] == ("go", "visit", (3,))
    plain = table.view.visualRect(table._model.index(2, 2)).center()
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(plain.x(), plain.y()))
    assert len(went) == 2


def test_a_row_is_found_by_its_values(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    missing: list[int] = []
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    table.go_to_key(("id",), (3_333,), lambda: missing.append(1))
    rest(table, jobs, qtbot)
    assert table.current is not None and table.current.key == (3_333,)
    table.go_to_key(("id",), (99_999,), lambda: missing.append(1))
    rest(table, jobs, qtbot)
    assert missing == [1]


def test_counting_is_a_job_of_its_own(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    table.count()
    qtbot.waitUntil(lambda: table.status().total.exact)
    assert table.status().total.value == ROWS


def test_a_table_that_is_gone_is_said_and_the_old_rows_stay(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source], document: Document
) -> None:
    told: list[StewardError] = []
    table.failed.connect(told.append)
    wanted = source("observation")
    table.show_source(wanted)
    rest(table, jobs, qtbot)
    gone = Source("gone", '"main"."gone"', wanted.columns, wanted.key, wanted.table)
    table.show_source(gone)
    rest(table, jobs, qtbot)
    assert len(told) == 1
    assert ids(table)[0] == 1


def test_another_source_takes_the_place_of_one_still_being_read(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    for _ in range(5):
        table.show_source(source("observation"), sort=Sort("kind"))
        table.show_source(source("visit"))
    rest(table, jobs, qtbot)
    assert [column.name for column in table.columns] == ["id"]
    assert len(table._model.columns) == 1


def test_a_table_that_is_destroyed_gives_its_session_back(
    document: Document, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source], theme: Theme
) -> None:
    def run(title: str, work: Callable[[Context], Any], done: Any = None, **more: Any) -> Any:
        return jobs.run(made, title, work, done, **more)

    made = DataTable("Rows", run, document.read)
    made.show_source(source("observation"))
    rest(made, jobs, qtbot)
    lease = made.feed.lease
    made.deleteLater()
    qtbot.waitUntil(lambda: lease.running is None and not lease._stack._exit_callbacks)  # type: ignore[attr-defined]


def test_hostile_names_and_values_are_shown_as_what_they_are(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("=cmd|' /C calc'!A0"))
    rest(table, jobs, qtbot)
    table.grab()
    assert table._model.data(table._model.index(0, 1)) == "⟨U+202E⟩y"
    assert table._model.headerData(1, Qt.Orientation.Horizontal) == "<img src=x onerror=1>"


@pytest.mark.parametrize(
    ("cell", "shown", "copied"),
    [
        (None, "empty", ""),
        (2026, "2026", "2026"),
        (312_460, "312,460", "312460"),
        (2**63 - 1, "9,223,372,036,854,775,807", "9223372036854775807"),
        (0.1, "0.1", "0.1"),
        (float("inf"), "inf", "inf"),
        ("a\nb", "a␤b", "a\nb"),
        (Preview(Storage.BLOB, 12_345, b"\x89PNG\r\n\x1a\n"), "PNG image, 12 kB", "PNG image, 12 kB"),
        (Preview(Storage.TEXT, 90_000, "Dear "), "Dear …", "Dear …"),
    ],
)
def test_values_as_they_are_shown_and_copied(cell: Any, shown: str, copied: str) -> None:
    assert cell_text(cell) == shown
    assert copied_text(cell) == copied


@pytest.mark.parametrize(
    ("declared", "short"),
    [("INTEGER", "int"), ("VARCHAR(20)", "text"), ("", ""), ("DOUBLE PRECISION", "real"), ("JSON", "json")],
)
def test_types_are_short(declared: str, short: str) -> None:
    assert short_type(declared) == short


def test_what_is_in_view_is_told_when_the_room_changes(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    told: list[TableStatus] = []
    table.shown.connect(told.append)
    before = table.status().last
    table.resize(900, 300)
    qtbot.waitUntil(lambda: bool(told) and told[-1].last == table.status().last < before)
    table.resize(900, 3_000)
    qtbot.waitUntil(lambda: table.idle and told[-1].last == table.status().last > before)


def test_columns_grow_with_the_text(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source], theme: Theme
) -> None:
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    before = [table.view.columnWidth(column) for column in range(4)]
    theme.set_zoom(200)
    assert [table.view.columnWidth(column) for column in range(4)] == [2 * width for width in before]
    theme.set_mode("dark")
    theme.set_zoom(100)
    assert [table.view.columnWidth(column) for column in range(4)] == before


def test_rows_that_cannot_be_read_leave_no_blank(
    table: DataTable, document: Document, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    gone = source("nothing")
    with open_write(document.path) as session:
        session.run('DROP TABLE "nothing"')
    table.clear()
    table.show_source(gone)
    rest(table, jobs, qtbot)
    words = [label.plain for label in table.findChildren(Label) if label.isVisible()]
    assert "No rows were read" in words
    table.show_source(source("visit"))
    rest(table, jobs, qtbot)
    assert len(ids(table)) > 10


def test_there_is_no_bar_where_there_is_nothing_to_scroll(
    table: DataTable, jobs: JobCenter, qtbot: QtBot, source: Callable[[str], Source]
) -> None:
    table.show_source(source("=cmd|' /C calc'!A0"))
    rest(table, jobs, qtbot)
    assert not table._bar.isVisible()
    table.show_source(source("observation"))
    rest(table, jobs, qtbot)
    assert table._bar.isVisible()
