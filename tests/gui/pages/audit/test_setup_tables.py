"""Setting up history from the window: tables and columns chosen, measured, planned, done, undone, armed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.clinic import HOSTILE
from builders.guarding import install
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.gui.pages.audit.setup.plan_words import for_window, rest_of
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.table import SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.status import audit_status

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "shop.db")
        .with_table("customer", "id INTEGER PRIMARY KEY, email TEXT, colour",
                    rows=[(n, f"c{n}@example.org", f"n{n}") for n in range(1, 30)])
        .with_table("town", "name TEXT PRIMARY KEY, people INT", rows=[("Bonn", 3), ("Trier", 4)])
        .with_table("tree", "id INTEGER PRIMARY KEY, up INT REFERENCES tree ON UPDATE CASCADE ON DELETE CASCADE")
        .build()
    )  # fmt: skip


def set_up(open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    opened = open_page(AuditPage, path, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(view="setup")
    at_rest(opened, qtbot)
    opened.view = opened.page.views["setup"]
    return opened


@pytest.fixture
def opened(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    return set_up(open_page, shop, catalog, qtbot)


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def line(opened: Any, table: str) -> Any:
    return next(each for each in opened.view.tables.table.rows if each.table == table)


def words(widget: Any) -> str:
    QApplication.processEvents()  # what was put into a layout shows itself then
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def states(path: Path) -> dict[str, str]:
    return {each.table: each.state.value for each in audit_status(path).tables}


def outside(path: Path, *statements: str) -> None:
    connection = apsw.Connection(str(path))
    for sql in statements:
        connection.execute(sql)
    connection.close()


def carried_out(opened: Any, qtbot: QtBot) -> None:
    """The plan is made, carried out, and its receipt is shown."""
    qtbot.waitUntil(lambda: opened.view.step.plan is not None)
    opened.view.step.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.finished)
    opened.page.refresh(())  # as the window does when a receipt comes
    at_rest(opened, qtbot)


def test_every_table_stands_there_with_its_state_and_its_hazards(opened: Any) -> None:
    view = opened.view
    assert [each.table for each in view.tables.table.rows] == ["customer", "town", "tree"]
    assert [each.table for each in view.tables.to_install] == ["customer", "town"]
    assert not view.tables.table.is_ticked(line(opened, "tree"))
    view.tables.table.choose(line(opened, "tree"))
    told = words(view.tables.inspector)
    assert "Cannot be audited" in told and "refers to itself" in told
    view.tables.table.choose(line(opened, "town"))
    assert "VACUUM may give the rows" in words(view.tables.inspector)
    assert view.plan_button.text() == "Plan the audit of 2 tables"
    assert problems_of(opened.page) == []


def test_columns_are_chosen_by_keyboard_and_reach_the_log(opened: Any, shop: Path, qtbot: QtBot) -> None:
    view, inspector = opened.view, opened.view.tables.inspector
    view.tables.table.choose(line(opened, "customer"))
    assert [(c.name, c.needed, c.personal) for c in inspector.columns.rows][:2] == [
        ("id", True, False),
        ("email", False, True),
    ]
    assert not inspector.modes.isEnabled() and "Choose columns first" in words(inspector)
    inspector.columns.setFocus()
    QTest.keyClick(inspector.columns, Qt.Key.Key_Home)
    inspector.columns.choose(inspector.columns.rows[0])
    assert "always logged in full" in words(inspector)
    QTest.keyClick(inspector.columns, Qt.Key.Key_Down)
    assert inspector.modes.isEnabled() and inspector.modes.value == "full"
    for button in inspector.modes.buttons[1:2]:
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert view.tables.columns_of(view.tables.to_install) == {"customer.email": Mode.FLAG}
    assert "That it changed" in [inspector.columns.model().index(n, 1).data() for n in range(3)]
    view.install_action.trigger()
    carried_out(opened, qtbot)
    (customer,) = [each for each in audit_status(shop).tables if each.table == "customer"]
    assert customer.columns == {"email": Mode.FLAG}


def test_space_and_a_click_tick_a_table(opened: Any) -> None:
    table = opened.view.tables.table
    table.choose(line(opened, "customer"))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert [each.table for each in opened.view.tables.to_install] == ["town"]
    area = table.visualRect(table.model().index(0, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=area.center() + QPoint(2, 0))
    assert [each.table for each in opened.view.tables.to_install] == ["customer", "town"]
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert opened.view.tables.to_install == ()
    assert opened.view.install_action.reason == "Tick tables that are not under audit."
    assert table.model().index(0, 0).data() == "not ticked"
    assert table.model().index(2, 0).data() == ""


def test_personal_values_are_left_out_at_once(opened: Any) -> None:
    opened.view.personal_action.trigger()
    tables = opened.view.tables
    assert tables.columns_of(tables.to_install) == {"customer.email": Mode.FLAG}
    assert opened.view.personal_action.reason


def test_the_cost_is_measured_when_asked_and_stands_in_the_plan(opened: Any, qtbot: QtBot) -> None:
    view = opened.view
    assert view.tables.table.isColumnHidden(5)
    view.measure_action.trigger()
    assert view.install_action.reason == "Something is running."
    at_rest(opened, qtbot)
    assert not view.tables.table.isColumnHidden(6)
    view.tables.table.choose(line(opened, "customer"))
    told = words(view.tables.inspector)
    assert "What it costs" in told and "An insert" in told and "Measured with 29 rows" in told
    assert problems_of(opened.page) == []
    view.install_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None)
    assert "What it costs, by table" in words(view.step)
    assert problems_of(opened.page) == []


def test_what_was_measured_for_other_columns_is_said_and_not_left_out(opened: Any, qtbot: QtBot) -> None:
    view, table = opened.view, opened.view.tables.table
    view.measure_action.trigger()
    at_rest(opened, qtbot)
    assert view.foot.words.startswith("2 tables to audit, growth of the log unknown")
    view.personal_action.trigger()  # of customer
    day = [table.model().index(row, 6).data() for row in range(3)]
    assert day == ["measure again", "rate unknown", ""] and not table.isColumnHidden(6)
    view.install_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None)
    (costs,) = [each for each in view.step.findChildren(SimpleTable) if "costs" in each.accessibleName()]
    assert [costs.model().index(row, 0).data() for row in range(2)] == ["customer", "town"]
    assert [costs.model().index(row, 4).data() for row in range(2)] == ["not measured", "rate unknown"]
    told = words(view.step)
    assert "How fast the log of 1 table will grow is not known." in told
    assert "1 table was not measured as it will be logged." in told


def test_the_figure_of_an_update_is_that_of_an_update(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    rows = [(n, "same") for n in range(9)]
    path = a_database(tmp_path / "same.db").with_table("same", "id INTEGER PRIMARY KEY, a", rows=rows).build()
    opened = set_up(open_page, path, catalog, qtbot)
    opened.view.measure_action.trigger()
    at_rest(opened, qtbot)
    tables = opened.view.tables
    tables.table.choose(line(opened, "same"))
    assert tables.table.model().index(0, 5).data() == "not measured"
    told = words(tables.inspector)
    assert "An update | Not measured: no column outside its keys has two different values." in told
    opened.view.install_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None)
    (costs,) = [
        each for each in opened.view.step.findChildren(SimpleTable) if "costs" in each.accessibleName()
    ]
    assert costs.model().index(0, 2).data() == "not measured"


def test_what_only_an_icon_shows_is_spoken(opened: Any) -> None:
    opened.view.tables.table.choose(line(opened, "customer"))
    model = opened.view.tables.inspector.columns.model()
    assert model.index(1, 0).data() == "email"
    assert model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "email, looks personal"


def test_the_sql_of_a_table_is_shown(opened: Any, qtbot: QtBot) -> None:
    view = opened.view
    view.tables.table.choose(line(opened, "town"))
    QApplication.processEvents()
    buttons = view.tables.inspector.findChildren(Button)
    (show,) = [b for b in buttons if b.text() == "Show the SQL" and b.isVisibleTo(view)]
    show.click()
    at_rest(opened, qtbot)
    (sql,) = [each for each in view.tables.inspector.findChildren(SqlView) if each.isVisibleTo(opened.page)]
    assert "CREATE TRIGGER" in sql.toPlainText() and "AFTER INSERT ON" in sql.toPlainText()
    assert problems_of(opened.page) == []


def test_a_plan_is_rehearsed_carried_out_and_undone(opened: Any, shop: Path, qtbot: QtBot) -> None:
    view, step = opened.view, opened.view.step
    before = shop.read_bytes()
    view.install_action.trigger()
    qtbot.waitUntil(lambda: step.plan is not None)
    assert step.apply_button.text() == "Audit 2 tables" and opened.page.focusWidget() is step.apply_button
    assert "CREATE TRIGGER" in "".join(step.plan.sql)
    step.rehearse_action.trigger()
    qtbot.waitUntil(lambda: "Passed" in words(step))
    assert shop.read_bytes() == before
    QTest.keyClick(step.apply_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: step.finished)
    assert states(shop) == {"customer": "armed", "town": "armed"}
    assert problems_of(opened.page) == []
    assert opened.said.toasts[-1].title == "2 tables of “shop.db” under audit"
    undo = opened.said.toasts[-1].undo
    assert undo is not None
    undo()
    at_rest(opened, qtbot)
    assert states(shop) == {}
    assert "Undone" in " ".join(state.text for state in step.findChildren(type(step.plan_view._fits)))


def test_what_came_under_audit_is_not_ticked_any_more(opened: Any, qtbot: QtBot) -> None:
    view = opened.view
    view.install_action.trigger()
    carried_out(opened, qtbot)
    view.step.leave()
    assert view.tables.to_install == view.tables.under_audit == ()
    assert view.install_action.reason and view.rearm_action.reason == "Every table under audit is armed."
    view.tables.table.choose(line(opened, "customer"))
    assert not view.tables.inspector.modes.isEnabled()
    assert "Choose columns first" in words(view.tables.inspector)


def test_a_read_only_file_says_so_and_is_switched_from_the_plan(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = set_up(open_page, shop, catalog, qtbot)
    opened.document.forbid_writing()
    opened.view.install_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None)
    step = opened.view.step
    assert step.apply_action.reason == "The file is read-only. Allow changes first."
    assert step.allow_button.isVisibleTo(opened.page)
    opened.document.allow_writing()
    opened.page.reconsider()
    assert not step.allow_button.isVisibleTo(opened.page) and step.apply_action.reason == ""


def test_a_plan_that_is_out_of_date_is_refused_and_made_again(opened: Any, shop: Path, qtbot: QtBot) -> None:
    view, step = opened.view, opened.view.step
    view.install_action.trigger()
    qtbot.waitUntil(lambda: step.plan is not None)
    outside(shop, "ALTER TABLE customer ADD COLUMN age INT")
    step.apply_action.trigger()
    qtbot.waitUntil(lambda: bool(opened.page.findChildren(Banner)))
    assert states(shop) == {}
    (again,) = [b for b in opened.page.findChildren(Button) if b.text() == "Plan again"]
    again.click()
    carried_out(opened, qtbot)
    assert states(shop) == {"customer": "armed", "town": "armed"}


def test_a_disarmed_table_is_armed_again_and_what_was_missed_is_told(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    install(catalog, shop, "customer", "town")
    outside(
        shop,
        "CREATE TABLE other AS SELECT * FROM town",
        "DROP TABLE town",
        "CREATE TABLE town (name TEXT PRIMARY KEY, people INT)",
        "INSERT INTO town SELECT name, people + 1 FROM other",
        "DROP TABLE other",
    )
    opened = set_up(open_page, shop, catalog, qtbot)
    view = opened.view
    view.tables.table.choose(line(opened, "town"))
    assert "Disarmed" in words(view.tables.inspector) and "are gone, as after" in words(view.tables.inspector)
    assert problems_of(opened.page) == []
    opened.page.arrive(view="setup", rearm=True)
    qtbot.waitUntil(lambda: view.step.plan is not None)
    assert "2 rows changed" in " ".join(view.step.plan.sentences)
    carried_out(opened, qtbot)
    assert states(shop) == {"customer": "armed", "town": "armed"}
    assert "2 rows had changed behind the log" in words(view.step)


def test_tables_are_taken_out_and_the_log_stays_or_goes(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    install(catalog, shop, "customer", "town")
    outside(shop, "UPDATE customer SET colour = 'x' WHERE id = 3")
    opened = set_up(open_page, shop, catalog, qtbot)
    view = opened.view
    view.tables.tick_only([line(opened, "town")])
    view.remove_action.trigger()
    carried_out(opened, qtbot)
    assert states(shop) == {"customer": "armed"} and audit_status(shop).audited
    view.step.leave()
    view.drop_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None)
    assert "restore point" in view.step.plan.reversal_text
    carried_out(opened, qtbot)
    assert not audit_status(shop).audited
    assert "Kept as a restore point" in " ".join(b.text() for b in view.step.findChildren(Button))


def test_a_plan_can_be_left_and_stopped(opened: Any, qtbot: QtBot) -> None:
    view = opened.view
    view.install_action.trigger()
    view.step.leave()
    at_rest(opened, qtbot)
    assert view.step.plan is None and view.tables.isVisibleTo(opened.page)
    view.install_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None)
    (back,) = [b for b in view.step.findChildren(Button) if b.text() == "Back"]
    QTest.keyClick(back, Qt.Key.Key_Return)
    assert view.step.plan is None and opened.view.tables.isVisibleTo(opened.page)


def test_names_of_tables_are_shown_as_they_are(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = a_database(tmp_path / "odd.db").with_table(HOSTILE, 'id INTEGER PRIMARY KEY, "a.b" TEXT').build()
    opened = set_up(open_page, path, catalog, qtbot)
    assert problems_of(opened.page) == []
    opened.view.install_action.trigger()
    carried_out(opened, qtbot)
    assert list(states(path)) == [HOSTILE]


@pytest.mark.timeout(120)
def test_five_hundred_tables_and_two_thousand_columns_do_not_stop_the_window(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = tmp_path / "large.db"
    wide = ", ".join(f"c{n}" for n in range(1_999))
    outside(
        path,
        *(f"CREATE TABLE t{n} (id TEXT PRIMARY KEY, a, b)" for n in range(499)),
        f"CREATE TABLE w (id INTEGER PRIMARY KEY, {wide})",
    )
    opened = set_up(open_page, path, catalog, qtbot)
    tables = opened.view.tables
    tables.table.choose(line(opened, "w"))
    tables.inspector.columns.selectAll()
    tables.inspector.modes.buttons[1].click()
    assert len(tables.columns_of(tables.to_install)) == 1_999
    tables.inspector.columns.selectionModel().select(
        tables.inspector.columns.model().index(5, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )
    tables.search.setText("t4")
    tables.search.clear()
    assert tables.table.model().rowCount() == 500
    with open_read(path) as session:
        assert session.value("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == 0


def test_a_plan_of_hundreds_of_sentences_and_findings_stays_readable(
    opened: Any, shop: Path, qtbot: QtBot
) -> None:
    view = opened.view
    view.install_action.trigger()
    qtbot.waitUntil(lambda: view.step.plan is not None)
    finding = Finding(
        "some", Severity.NOTE, "One of many", Subject("table", "t"), remedies=("--force", "Wait.")
    )
    many = replace(
        view.step.plan,
        sentences=tuple(f"Sentence {n}." for n in range(1_000)),
        findings=(
            *[finding] * 400,
            replace(finding, severity=Severity.ERROR, title="It blocks", blocks=True),
        ),
    )
    shown = for_window(many)
    assert len(shown.sentences) == 31 and shown.sentences[-1] == "And 970 more, listed below."
    assert len(shown.findings) == 21 and shown.findings[0].title == "It blocks"
    assert shown.findings[0].remedies == ("Wait.",) and shown.findings[-1].title == "381 more findings"
    (rest,) = rest_of(many)
    assert rest.model().rowCount() == 970
    view.step.plan_view.show_plan(shown, rest)
    QApplication.processEvents()
    assert rest.isVisible()


def test_columns_of_an_audited_table_are_logged_otherwise_from_then_on(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    install(catalog, shop, "customer", "town")
    opened = set_up(open_page, shop, catalog, qtbot)
    view, inspector = opened.view, opened.view.tables.inspector
    assert view.columns_action.reason
    view.tables.table.choose(line(opened, "customer"))
    inspector.columns.choose(next(each for each in inspector.columns.rows if each.name == "email"))
    assert not view._change_button.isVisibleTo(view)
    inspector.modes.buttons[1].click()
    assert view.tables.to_change == {"customer.email": Mode.FLAG}
    assert view._change_button.isVisibleTo(view) and problems_of(opened.page) == []
    view.columns_action.trigger()
    carried_out(opened, qtbot)
    assert audit_status(shop).tables[-1].columns == {"email": Mode.FLAG}
    assert view.tables.to_change == {} and states(shop) == {"customer": "armed", "town": "armed"}
