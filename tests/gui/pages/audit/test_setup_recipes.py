"""Trigger recipes and the sealing of new changes, from the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.guarding import install
from builders.operations import known
from builders.recipes import add, rows
from builders.under_audit import run
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.pages.audit.page import AuditPage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.guard.going_on import seals_by_itself
from steward_app.services.audit.recipes import (
    AppendOnly,
    Immutable,
    OnDelete,
    SoftDelete,
    StatusLog,
    UpdatedAt,
    What,
    recipe_status,
)

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "shop.db")
        .with_table("bill", "id INTEGER PRIMARY KEY, sum, state", rows=[(1, 5, "open"), (2, 6, "open")])
        .with_table("line", "id INTEGER PRIMARY KEY, bill INT REFERENCES bill, what", rows=[(1, 1, "pen")])
        .build()
    )


@pytest.fixture
def opened(open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    return recipes(open_page, shop, catalog, qtbot)


def recipes(open_page: Open, path: Path, catalog: Catalog, qtbot: QtBot, section: str = "recipes") -> Any:
    opened = open_page(AuditPage, path, catalog=catalog)
    opened.document.allow_writing()
    opened.page.arrive(view="setup", section=section)
    at_rest(opened, qtbot)
    opened.page.reconsider()
    opened.view = opened.page.views["setup"]
    opened.part = opened.view.recipes
    return opened


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def words(widget: Any) -> str:
    QApplication.processEvents()
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def carried_out(opened: Any, qtbot: QtBot, said: str) -> None:
    """The plan that is made is carried out, with nothing against it, and the receipt says so."""
    qtbot.waitUntil(lambda: opened.view.step.plan is not None, timeout=30_000)
    assert opened.view.step.apply_action.reason == ""
    opened.view.step.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.finished, timeout=30_000)
    assert said in words(opened.view.step.receipt) and not opened.page.has_banner
    opened.page.refresh(())
    at_rest(opened, qtbot)


def fill(opened: Any, what: What, table: str = "bill") -> Any:
    form = opened.part.form
    opened.part.new_action.trigger()
    form.kind.setCurrentIndex(list(What).index(what))
    form.table.setCurrentIndex([each.name for each in opened.part._found.tables].index(table))
    return form


def says(path: Path, sql: str) -> str:
    connection = apsw.Connection(str(path))
    try:
        connection.execute(sql)
    except apsw.Error as error:
        return str(error)
    finally:
        connection.close()
    return ""


def test_without_recipes_it_says_what_they_are(opened: Any) -> None:
    assert "A recipe is a rule of a table" in words(opened.part)
    assert opened.part.remove_action.reason == "Choose a recipe first."
    assert problems_of(opened.page) == []


def test_every_kind_is_chosen_in_the_form(opened: Any) -> None:
    form = fill(opened, What.UPDATED_AT)
    assert form.spec == UpdatedAt("bill", "updated_at", None) and problems_of(opened.page) == []
    assert form.form.currentText() == "2026-11-20T21:31:24.123Z"
    form.column.setCurrentText("sum")
    assert form.form.currentText() == "As the values that are there"
    form.column.setCurrentText(" ")
    assert form.reason == "Name the column." and form.spec is None
    form = fill(opened, What.SOFT_DELETE)
    assert form.spec == SoftDelete("bill", "deleted_at", None, 30, ()) and form.form.currentText().startswith(
        "2026"
    )
    form.followers.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(form.followers, Qt.Key.Key_Space)
    assert form.spec == SoftDelete("bill", "deleted_at", None, 30, ("line",))
    form.days.setText("many")
    assert form.reason.startswith("The days are a number")
    form.days.setText("7")
    form.on_delete.setCurrentIndex(1)
    assert form.spec == SoftDelete("bill", "deleted_at", None, 7, ("line",), OnDelete.REFUSE)
    assert problems_of(opened.page) == []
    form = fill(opened, What.IMMUTABLE)
    assert opened.part.add_action.reason == "Tick the columns that never change."
    form.columns.tick(["sum"], True)
    form.once.setChecked(True)
    assert form.spec == Immutable("bill", ("sum",), True) and problems_of(opened.page) == []
    assert fill(opened, What.APPEND_ONLY).spec == AppendOnly("bill")
    form = fill(opened, What.STATUS_LOG)
    assert form.spec == StatusLog("bill", "state", "", None, None) and problems_of(opened.page) == []


def test_the_form_opens_with_the_focus_on_its_first_field(opened: Any) -> None:
    opened.page.activateWindow()
    for button in [
        b for b in opened.part.findChildren(Button) if b.text() == "Add a recipe" and b.isVisible()
    ]:
        button.setFocus()
        button.click()
        QApplication.processEvents()
        assert QApplication.focusWidget() is opened.part.form.kind
        opened.part.show_list()
    opened.view.show_section("tables")
    opened.part.new_action.trigger()  # from the palette
    assert opened.part.form.isVisible() and QApplication.focusWidget() is opened.part.form.kind


def test_a_plan_says_which_rows_follow(opened: Any, qtbot: QtBot) -> None:
    form = fill(opened, What.SOFT_DELETE)
    opened.part.add_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None, timeout=30_000)
    assert "follow" not in opened.view.step.plan.sentences[0]
    opened.view.step.leave()
    form = fill(opened, What.SOFT_DELETE)
    form.followers.tick(["line"], True)
    opened.part.add_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None, timeout=30_000)
    assert "and rows of “line” follow." in opened.view.step.plan.sentences[0]


def test_a_recipe_is_planned_installed_kept_by_sqlite_and_removed(
    opened: Any, shop: Path, qtbot: QtBot
) -> None:
    fill(opened, What.APPEND_ONLY)
    opened.part.add_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None, timeout=30_000)
    assert "CREATE TRIGGER" in "".join(opened.view.step.plan.sql) and problems_of(opened.page) == []
    carried_out(opened, qtbot, "Installed on “bill” of “shop.db”")
    assert says(shop, "UPDATE bill SET sum = 9") and not says(shop, "INSERT INTO bill VALUES (3, 7, 'x')")
    opened.view.step.leave()
    assert [each.what for each in opened.part.table.rows] == [What.APPEND_ONLY]
    assert "Rows of “bill” are never changed" in words(opened.part) and problems_of(opened.page) == []
    opened.part.remove_action.trigger()
    carried_out(opened, qtbot, "Removed 1 recipe of “shop.db”")
    assert recipe_status(shop) == () and not says(shop, "UPDATE bill SET sum = 9")


def test_installing_is_undone_from_the_message(opened: Any, shop: Path, qtbot: QtBot) -> None:
    fill(opened, What.UPDATED_AT)
    opened.part.add_action.trigger()
    carried_out(opened, qtbot, "Installed on “bill” of “shop.db”")
    assert len(recipe_status(shop)) == 1
    undo = opened.said.toasts[-1].undo
    assert undo is not None
    undo()
    at_rest(opened, qtbot)
    assert recipe_status(shop) == ()


def test_a_recipe_that_drifted_says_why_and_is_made_again(opened: Any, shop: Path, qtbot: QtBot) -> None:
    fill(opened, What.APPEND_ONLY)
    opened.part.add_action.trigger()
    carried_out(opened, qtbot, "Installed on “bill” of “shop.db”")
    opened.view.step.leave()
    assert opened.part.renew_action.reason == "Every recipe is as it should be."
    connection = apsw.Connection(str(shop))
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    connection.execute(f'DROP TRIGGER "{names[0][0]}"')
    connection.close()
    opened.page.refresh(())
    at_rest(opened, qtbot)
    assert "Gone" in words(opened.part.inspector) or "is gone" in words(opened.part.inspector)
    assert problems_of(opened.page) == []
    opened.part.renew_action.trigger()
    carried_out(opened, qtbot, "Made 1 recipe of “shop.db” again")
    assert [each.state.value for each in recipe_status(shop)] == ["armed"]


def test_a_plan_that_waits_for_the_audit_says_so_once_and_leads_to_arming_again(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    install(catalog, shop)
    run(shop, "ALTER TABLE bill ADD COLUMN more")
    opened = recipes(open_page, shop, catalog, qtbot)
    fill(opened, What.APPEND_ONLY)
    opened.part.add_action.trigger()
    step = opened.view.step
    qtbot.waitUntil(lambda: step.plan is not None, timeout=30_000)
    at_rest(opened, qtbot)
    assert step.foot.words == "This cannot be done; the findings say why. Nothing is changed."
    assert not opened.page.has_banner and "steward audit" not in words(step)
    assert step.apply_action.reason.startswith("The audit of “bill” is not armed")
    step.arm_button.click()
    assert opened.said.went[-1] == ("audit", {"view": "setup", "rearm": True})


def test_sealing_by_itself_is_turned_off_and_on(
    open_page: Open, shop: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    install(catalog, shop)
    run(shop, "UPDATE bill SET sum = 9")
    opened = recipes(open_page, shop, catalog, qtbot, "sealing")
    part, named = opened.view.sealing, known(catalog, shop).id
    assert part.switch.isChecked() and part.state.text == "On; 2 changes are not sealed yet"
    assert problems_of(opened.page) == []
    part.switch.click()
    at_rest(opened, qtbot)
    assert not seals_by_itself(catalog, named) and part.state.text == "Off; 2 changes are not protected"
    part.switch.click()
    at_rest(opened, qtbot)
    assert seals_by_itself(catalog, named)


def test_choosing_a_section_leaves_the_plan(opened: Any, qtbot: QtBot) -> None:
    fill(opened, What.APPEND_ONLY)
    opened.part.add_action.trigger()
    qtbot.waitUntil(lambda: opened.view.step.plan is not None, timeout=30_000)
    opened.view.sections.buttons[0].click()
    assert opened.view.step.plan is None and opened.view.tables.isVisibleTo(opened.page)


@pytest.fixture
def soft(open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot) -> Any:
    path = (
        a_database(tmp_path / "mail.db")
        .with_table("person", "email TEXT NOT NULL PRIMARY KEY, age", rows=[("a@b", 1), ("c@d", 2)])
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, person REFERENCES person ON DELETE CASCADE", rows=[(1, "a@b")]
        )
        .build()
    )
    add(catalog, path, SoftDelete("person"))
    run(path, "DELETE FROM person WHERE email = 'a@b'", foreign_keys=1)
    return recipes(open_page, path, catalog, qtbot)


def test_deleted_rows_are_counted_listed_and_brought_back(soft: Any, qtbot: QtBot) -> None:
    path = soft.page.context.file.path
    assert "2 rows, 1 of them with another row" in words(soft.part.inspector) and problems_of(soft.page) == []
    assert soft.part.restore_action.reason == "Look at the deleted rows first."
    soft.part.deleted_action.trigger()
    at_rest(soft, qtbot)
    listed = soft.part.deleted
    cells = [listed._columns()[0].shown(line).text for line in listed.table.rows]
    assert cells == ["hidden", "1"] and problems_of(soft.page) == []
    assert soft.part.foot.words == "2 deleted rows, 1 of them with another row"
    soft.part.keys_action.trigger()
    assert listed._columns()[0].shown(listed.table.rows[0]).text == "a@b"
    listed.table.selectAll()
    assert soft.part.restore_action.reason.startswith("Choose rows of one table")
    listed.table.choose(listed.table.rows[0])
    soft.part.restore_action.trigger()
    qtbot.waitUntil(lambda: soft.view.step.plan is not None, timeout=30_000)
    assert not listed.reveal and "a@b" not in words(soft.view.step)
    carried_out(soft, qtbot, "Brought 2 rows of “mail.db” back")
    assert rows(path, "SELECT count(*) FROM person WHERE deleted_at IS NULL") == [(2,)]
    soft.view.step.leave()
    at_rest(soft, qtbot)
    assert "0 rows" in words(soft.part.inspector) and problems_of(soft.page) == []


def test_without_deleted_rows_the_list_says_so(soft: Any, qtbot: QtBot) -> None:
    run(soft.page.context.file.path, "UPDATE person SET deleted_at = NULL")
    soft.part.deleted_action.trigger()
    at_rest(soft, qtbot)
    assert "stand here, until they are brought back or purged" in words(soft.part)
    assert soft.part.keys_action.reason and problems_of(soft.page) == []
    soft.part.show_list()
    assert soft.part.foot.words == "1 recipe"
