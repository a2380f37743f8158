"""Looking back on the Audit page: all changes, one row, one cell, one transaction, deleted rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.audit_page import Desk
from builders.data_page import words_of
from builders.histories import writing_as
from builders.sealed import writing
from builders.under_audit import put_under_audit, run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.key_fields import parsed, typed
from steward_app.gui.pages.audit.whole_value import WholeValue
from steward_app.gui.widgets.sql import SqlView
from steward_app.kernel import clock
from steward_app.services.audit.erasing.redact import redact
from steward_app.storage.secrets import open_secrets

Open = Callable[..., Any]


# All changes


def test_changes_stand_together_as_they_were_made(desk: Desk) -> None:
    assert desk.lines == [
        "Added place Hull, 2, 3 cells by ward, test 1",
        "Deleted 2 rows in visit by unknown writer",
        "Changed patient 1, 1 cell by desk, test 1",
        "Changed patient 2, 1 cell by unknown writer",
        "Changed patient 1, 2 cells by desk, test 1",
    ]
    assert desk.view._count.plain == "6 changes"
    assert problems_of(desk.page) == []


def test_filters_narrow_the_list_and_its_number(desk: Desk) -> None:
    desk.view.table.setCurrentIndex(desk.view.table.findText("patient"))
    desk.view.table.activated.emit(desk.view.table.currentIndex())
    desk.rest()
    assert desk.titles == [
        "Changed patient 1, 1 cell",
        "Changed patient 2, 1 cell",
        "Changed patient 1, 2 cells",
    ]
    desk.view.column.setCurrentIndex(desk.view.column.findText("given_name"))
    desk.view.column.activated.emit(desk.view.column.currentIndex())
    desk.rest()
    assert desk.titles == ["Changed patient 1, 2 cells"] and desk.view._count.plain == "1 change"
    desk.view.column.setCurrentIndex(0)
    desk.view.writer.setCurrentIndex(1)
    desk.view.writer.activated.emit(1)
    desk.rest()
    assert desk.titles == ["Changed patient 2, 1 cell"]


def test_a_span_of_time_is_typed_in_local_time(desk: Desk) -> None:
    filter_ = desk.view.time
    filter_.choice.setCurrentIndex(5)
    filter_.choice.activated.emit(5)
    tomorrow = (clock.now() + timedelta(days=1)).astimezone()
    filter_.since.setText(tomorrow.strftime("%Y-%m-%d %H:%M"))
    desk.press(Qt.Key.Key_Return, filter_.since)
    assert desk.titles == []
    assert "No change fits" in desk.words()
    filter_.since.setText("soon")
    desk.press(Qt.Key.Key_Return, filter_.since)
    assert filter_.since.accessibleDescription() != ""
    filter_.since.clear()
    filter_.until.setText(tomorrow.strftime("%Y-%m-%d %H:%M"))
    desk.press(Qt.Key.Key_Return, filter_.until)
    assert len(desk.titles) == 5


def test_the_list_reads_on_as_it_is_scrolled(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "many.db").with_table("t", "id INTEGER PRIMARY KEY, a", rows=[(1, 0)]).build()
    )
    put_under_audit(path, "t")
    for number in range(read.PAGE + 20):
        with writing_as(path, f"writer {number % 3}") as session:
            session.run("UPDATE t SET a = a + 1")
    desk = Desk.at(open_page, path, catalog, qtbot)
    assert len(desk.lines) == read.PAGE and desk.view._count.plain == f"{read.PAGE + 20} changes"
    desk.press(Qt.Key.Key_End, desk.view.list)
    desk.press(Qt.Key.Key_End, desk.view.list)
    assert len(desk.lines) == read.PAGE + 20
    desk.arrive(table="t", key=(1,))
    assert desk.view._count.plain == f"{read.PAGE} changes and more"


def test_what_was_done_at_once_is_told_with_its_tables(desk: Desk) -> None:
    desk.choose(1)
    assert "A statement of an unknown writer" in desk.words()
    assert "the program did not say who it is" in desk.words()
    assert desk.view.detail.span is not None and desk.view.detail.span.counts == (("visit", 2),)


# The row before and after


def test_a_change_is_shown_with_its_row(desk: Desk) -> None:
    desk.choose(4)
    assert desk.difference == [
        ("id", "1", "1"),
        ("given_name", "hidden", "hidden"),
        ("room", "room 1", "Hull"),
        ("score", "score 1", "score 1"),
    ]
    changed = [line.name for line in desk.view.detail.table.lines if line.changed]
    assert changed == ["given_name", "room"]
    assert "Reason: moved" in desk.words() and "transaction 1, 2 cells" in desk.words()


def test_personal_values_are_shown_when_asked_for_and_hidden_again(desk: Desk) -> None:
    desk.choose(4)
    desk.page.reveal_action.trigger()
    desk.rest()
    assert ("given_name", "Name 1", "Nora") in desk.difference
    assert any("Nora" in line for line in desk.undo)
    desk.page.hide()
    desk.page.show()
    desk.rest()
    assert ("given_name", "hidden", "hidden") in desk.difference
    assert not any("Nora" in line for line in desk.undo)


def test_a_value_that_is_not_kept_is_said_to_be_changed(desk: Desk, path: Path) -> None:
    run(path, "UPDATE patient SET score = 'other' WHERE id = 3")
    desk.page.refresh(())
    desk.rest().choose(0)
    assert ("score", "", "changed, value not kept") in desk.difference
    assert any("score" in line and "Changed, value not kept" in line for line in desk.undo)


def test_lines_are_copied_as_they_are_shown(desk: Desk) -> None:
    desk.choose(4)
    table = desk.view.detail.table
    table.selectAll()
    desk.press(Qt.Key.Key_C, table, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert "room\troom 1\tHull" in copied and "Nora" not in copied


def test_only_what_changed_stands_of_a_wide_row(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    columns = ", ".join(f"c{n}" for n in range(20))
    path = a_database(tmp_path / "wide.db").with_table("t", f"id INTEGER PRIMARY KEY, {columns}").build()
    run(path, "INSERT INTO t (id, c1) VALUES (1, 'x')")
    put_under_audit(path, "t")
    run(path, "UPDATE t SET c3 = 3")
    desk = Desk.at(open_page, path, catalog, qtbot)
    assert [name for name, _, _ in desk.difference] == ["id", "c3"]
    assert desk.view.detail._more.text() == "Show 19 more columns"
    desk.view.detail._more.click()
    assert len(desk.difference) == 21
    desk.view.detail._more.click()
    assert len(desk.difference) == 2


def test_values_are_shown_whole_unless_they_are_hidden(desk: Desk, path: Path) -> None:
    run(path, "UPDATE patient SET room = printf('%.*c', 900, 'x'), given_name = x'ff00' WHERE id = 3")
    desk.page.refresh(())
    desk.rest().choose(0)
    lines = [line.name for line in desk.view.detail.table.lines]
    for name in ("room", "given_name"):
        table = desk.view.detail.table
        table.setCurrentIndex(table.model().index(lines.index(name), 1))
        desk.press(Qt.Key.Key_Return, table)
        (dialog,) = [each for each in desk.page.window().findChildren(WholeValue) if each.isVisible()]
        texts = [view.toPlainText() for view in dialog.findChildren(SqlView)]
        assert (["room 3", "x" * 900] if name == "room" else []) == texts
        assert ("hidden" in words_of(dialog)) is (name == "given_name")
        dialog.close_button.click()
        desk.rest()
    panel = desk.panel.table
    panel.setCurrentIndex(panel.model().index(0, 1))
    desk.press(Qt.Key.Key_Return, panel)
    assert any(each.isVisible() for each in desk.page.window().findChildren(WholeValue))


def test_a_value_that_was_erased_is_said_to_be(desk: Desk, path: Path) -> None:
    with writing(path) as session:
        redact(session, open_secrets(), [1], columns=["room"], reason="request 7")
    desk.page.refresh(())
    desk.rest().choose(4)
    assert ("room", "erased", "erased") in desk.difference
    assert any("Erased since" in line or "erased" in line for line in desk.undo)


# One row


def test_a_row_is_found_by_the_key_that_is_typed(desk: Desk) -> None:
    desk.show("row")
    assert "Choose a table, type the key of a row" in desk.words()
    view = desk.view
    view.table.setCurrentIndex(view.table.findText("patient"))
    view.table.activated.emit(view.table.currentIndex())
    desk.rest()
    desk.qtbot.keyClicks(view.key.fields[0], "1")
    desk.press(Qt.Key.Key_Return, view.key.fields[0])
    assert desk.titles == ["Changed 1 cell", "Changed 2 cells"]
    assert view._count.plain == "2 changes"


def test_a_cell_is_a_row_with_a_column(desk: Desk) -> None:
    desk.arrive(table="patient", key=(1,), column="given_name")
    assert desk.titles == ["Changed 2 cells"] and desk.view.cell == "given_name"


def test_a_key_of_several_columns_has_a_field_each(desk: Desk) -> None:
    desk.arrive(table="place", key=("Hull", 2))
    assert [field.text() for field in desk.view.key.fields] == ["Hull", "2"]
    assert desk.titles == ["Added 3 cells"]
    desk.view.key.fields[1].clear()
    desk.view.key.fields[0].setFocus()
    desk.press(Qt.Key.Key_Return, desk.view.key.fields[0])
    assert desk.page.focusWidget() is desk.view.key.fields[1]


def test_a_text_key_finds_a_row_that_is_named_by_a_number_in_the_log(desk: Desk, path: Path) -> None:
    run(path, "UPDATE code SET meaning = 'one'", "DELETE FROM code")
    desk.page.refresh(())
    desk.rest().arrive(table="code", key=("A1",))
    assert desk.titles == ["Deleted 2 cells", "Changed 1 cell"]
    desk.show("all").choose(0)
    assert desk.titles[0] == "Deleted code A1, 2 cells"


@pytest.mark.parametrize(
    ("text", "affinity", "value"),
    [
        ("31,847", "INTEGER", 31847),
        ("7", "TEXT", "7"),
        ("7", "", 7),
        ("1.5", "REAL", 1.5),
        ("B-7", "INTEGER", "B-7"),
        ("x'00ff'", "BLOB", b"\x00\xff"),
        ("'12'", "NUMERIC", "12"),
    ],
)
def test_a_key_is_typed_as_its_column_stores_it(text: str, affinity: str, value: object) -> None:
    assert parsed(text, affinity) == value and type(parsed(text, affinity)) is type(value)


def test_a_blob_is_typed_as_it_is_shown() -> None:
    assert parsed(typed(b"\x01"), "BLOB") == b"\x01"


def test_a_row_without_changes_says_so(desk: Desk) -> None:
    desk.arrive(table="patient", key=(4,))
    assert desk.titles == [] and "Nothing became of this row" in desk.words()


def test_the_row_of_a_change_is_a_click_away(desk: Desk) -> None:
    desk.choose(2)
    seen = desk.view.detail.seen
    desk.page.show_row_of(seen)
    desk.rest()
    assert desk.page.view == "row" and desk.titles == ["Changed 1 cell", "Changed 2 cells"]


# One transaction


def test_a_transaction_is_found_by_its_number(desk: Desk) -> None:
    desk.arrive(txn=1)
    assert desk.titles == ["Changed patient 1, 2 cells"]
    assert "Transaction 1" in desk.words() and "desk" in desk.words() and "moved" in desk.words()
    desk.view.number.setText("99")
    desk.press(Qt.Key.Key_Return, desk.view.number)
    assert "The log has no change of transaction 99." in desk.words()


def test_the_ones_before_and_after_are_a_key_away(desk: Desk) -> None:
    desk.arrive(txn=1)
    desk.view.newer.trigger()
    desk.rest()
    assert desk.titles == ["Changed patient 2, 1 cell"] and "unknown writer" in desk.words().lower()
    desk.view.older.trigger()
    desk.rest()
    desk.view.older.trigger()
    desk.rest()
    assert desk.titles == ["Changed patient 1, 2 cells"] and "This is the oldest one." in desk.banner


def test_a_statement_of_nobody_known_is_shown_whole(desk: Desk) -> None:
    desk.choose(1)
    desk.page.show_span_of(desk.view.detail.span.last_seq)
    desk.rest()
    assert desk.page.view == "txn"
    assert desk.titles == ["Deleted visit 2, 2 cells", "Deleted visit 1, 2 cells"]


# Deleted rows


def test_deleted_rows_are_listed_as_they_were(desk: Desk) -> None:
    desk.show("deleted")
    assert desk.titles == ["Deleted visit 2", "Deleted visit 1"]
    assert desk.view._count.plain == "2 deleted rows"
    assert ("reason", "reason 2", "") in desk.difference
    desk.view.table.setCurrentIndex(desk.view.table.findText("patient"))
    desk.view.table.activated.emit(desk.view.table.currentIndex())
    desk.rest()
    assert desk.titles == [] and "No deleted row" in desk.words()


# The page


def test_what_another_program_writes_is_read_when_the_page_is_told(desk: Desk, path: Path) -> None:
    run(path, "UPDATE patient SET room = 'Bath' WHERE id = 3")
    desk.page.refresh(("patient",))
    desk.rest()
    assert desk.titles[0] == "Changed patient 3, 1 cell"
    assert desk.page.trust.text.startswith("7 changes")


def test_what_is_chosen_stays_chosen_when_the_list_is_read_again(desk: Desk, path: Path) -> None:
    desk.choose(2)
    before = desk.view.list.current.key
    run(path, "UPDATE patient SET room = 'Bath' WHERE id = 3")
    desk.page.refresh(())
    desk.rest()
    assert desk.view.list.current.key == before


def test_hostile_names_and_values_are_shown_as_what_they_are(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "odd.db")
        .with_sql('CREATE TABLE "a<b>""c" ("<img onerror=1>" PRIMARY KEY, "x\ny", z BLOB)')
        .build()
    )
    run(path, "INSERT INTO \"a<b>\"\"c\" VALUES ('=cmd|', x'00', CAST(x'ff41' AS TEXT))")
    put_under_audit(path, 'a<b>"c')
    run(path, 'UPDATE "a<b>""c" SET "x\ny" = NULL, z = 1e999')
    desk = Desk.at(open_page, path, catalog, qtbot)
    assert desk.titles == ['Changed a<b>"c =cmd|, 2 cells']
    assert next(name for name, _, _ in desk.difference) == "<img onerror=1>"
    assert "\n" not in "".join(name for name, _, _ in desk.difference)
    assert problems_of(desk.page) == []
