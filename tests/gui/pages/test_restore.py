"""The restore page: point and place, plan, receipt; nothing is changed before the last button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point, damaged
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.gui.pages.restore import page as module
from steward_app.gui.pages.restore.choose import What
from steward_app.gui.pages.restore.page import RestorePage
from steward_app.gui.pages.restore.read import free_name
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x") for n in range(1, 41)])
        .with_table("patient", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .build()
    )


@pytest.fixture
def point(catalog: Catalog, clinic: Path) -> backup.Point:
    """A proven point of 40 visits; of those, 10 are left in the file now."""
    made = a_point(catalog, clinic, ago=timedelta(hours=2))
    change(clinic, "DELETE FROM visit WHERE id > 10")
    return made


@pytest.fixture
def opened(open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point) -> Any:
    return open_page(RestorePage, clinic, catalog=catalog)


def change(path: Path, sql: str) -> None:
    with open_write(path) as session:
        session.run(sql)


def visits(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM visit")


def words(widget: Any) -> str:
    labels = [label.plain for label in widget.findChildren(Label)]
    return " | ".join(labels + [button.text() for button in widget.findChildren(Button)])


def banner(page: RestorePage) -> str:
    return " ".join(each.text for each in page.findChildren(Banner))


def in_place(opened: Any) -> None:
    opened.document.allow_writing()
    opened.page.reconsider()
    opened.page.choose.in_place.click()


def planned(opened: Any, qtbot: QtBot) -> None:
    opened.page.plan_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._PLAN)


def test_without_a_point_the_page_leads_to_the_backups(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    opened = open_page(RestorePage, clinic, catalog=catalog)
    assert opened.page.step == module._NONE
    (button,) = (b for b in opened.page._stack.currentWidget().findChildren(Button))
    button.click()
    assert opened.said.went == [("backups", {})]
    assert opened.page.plan_action.reason
    assert problems_of(opened.page) == []


def test_the_usual_choices_are_made_already(opened: Any, clinic: Path, point: backup.Point) -> None:
    page = opened.page
    assert page.choose.point.id == point.id
    assert page.choose.target == clinic.with_name("clinic-restored.db")
    assert not page.plan_action.reason
    assert page.steps.now == 0
    assert problems_of(page) == []


def test_a_new_file_in_three_actions(opened: Any, clinic: Path, qtbot: QtBot) -> None:
    """Going to the page is the first; the plan's button carries the verb and the name."""
    page = opened.page
    page.foot.plan_button.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._PLAN)
    assert page.foot.apply_button.text() == "Restore to “clinic-restored.db”"
    assert "Nothing that exists is changed." in words(page.plan_view)
    assert "What it will hold" in words(page.plan_view)
    assert problems_of(page) == []
    assert not clinic.with_name("clinic-restored.db").exists()
    page.foot.apply_button.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    restored = clinic.with_name("clinic-restored.db")
    assert (visits(restored), visits(clinic)) == (40, 10)
    receipt = words(page.done)
    assert str(restored) in receipt and "byte for byte" in receipt
    assert opened.said.toasts[0].title.startswith("Restored to")
    assert problems_of(page) == []


def test_the_receipt_opens_the_new_file_and_its_folder(
    open_page: Open,
    opened: Any,
    clinic: Path,
    catalog: Catalog,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted: list[Path] = []
    shown: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    opened.page.done._open_file = wanted.append
    planned(opened, qtbot)
    opened.page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._DONE)
    buttons = {button.text(): button for button in opened.page.done.findChildren(Button)}
    buttons["Open it"].click()
    buttons["Show in folder"].click()
    assert wanted == [clinic.with_name("clinic-restored.db")]
    assert shown == [str(clinic.parent)]
    buttons["Restore again"].click()
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._CHOOSE)
    assert opened.page.choose.target == clinic.with_name("clinic-restored-2.db")


def test_a_name_that_is_taken_is_told_at_the_field(opened: Any, clinic: Path, qtbot: QtBot) -> None:
    page = opened.page
    page.choose.field.edit.setText(str(clinic))
    page.plan_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert page.step == module._CHOOSE
    assert "exists already" in page.choose.field.edit.accessibleDescription()
    page.choose.field.edit.clear()
    page.choose._typed()
    assert page.choose.field.edit.accessibleDescription() == ""
    assert page.plan_action.reason == "Name the new file first."


def test_a_name_without_a_folder_stands_beside_the_file(opened: Any, clinic: Path) -> None:
    opened.page.choose.field.edit.setText("other.db")
    assert opened.page.choose.target == clinic.with_name("other.db")


def test_a_name_is_chosen_in_the_file_dialog(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tmp_path / "elsewhere" / "back.db"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(wanted), ""))
    opened.page.choose._browse.click()
    assert opened.page.choose.target == wanted
    opened.page.refresh(())
    assert opened.page.choose.target == wanted


def test_in_place_is_refused_while_the_file_is_read_only(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    assert not page.choose.in_place.isEnabled()
    assert page.choose.in_place.toolTip() == "The file is read-only. Allow changes first."
    assert "Allow changes" in words(page.choose)
    in_place(opened)
    assert page.choose.target is None
    opened.document.forbid_writing()
    page.reconsider()
    assert page.choose.to_new.isChecked()


def test_in_place_is_planned_rehearsed_and_done(
    opened: Any, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    page = opened.page
    in_place(opened)
    planned(opened, qtbot)
    told = words(page.plan_view)
    assert "made a restore point first" in told and "How it can be undone" in told
    assert page.foot.apply_button.text() == "Restore 2 tables"
    page.rehearse_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and "Rehearsal" in words(page.plan_view))
    assert "Tables that differ from now, as rehearsed" in words(page.plan_view)
    assert visits(clinic) == 10
    assert problems_of(page) == []
    page.foot.apply_button.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    assert visits(clinic) == 40
    assert len(backup.list_points(catalog, clinic, Context())) == 2
    (kept,) = (b for b in page.done.findChildren(Button) if b.text() == "Kept as a restore point")
    kept.click()
    where, arguments = opened.said.went[-1]
    assert where == "backups" and arguments["point"].startswith("pt_")
    assert problems_of(page) == []
    (back,) = (b for b in page.done.findChildren(Button) if b.text() == "Put back what it held before")
    back.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.choosing and page.choose.point is not None)
    assert (page.choose.point.id, page.choose.what) == (arguments["point"], What.IN_PLACE)
    planned(opened, qtbot)
    page.foot.apply_button.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    assert visits(clinic) == 10


def test_turning_the_switch_back_stops_the_plan(opened: Any, clinic: Path, qtbot: QtBot) -> None:
    in_place(opened)
    planned(opened, qtbot)
    opened.document.forbid_writing()
    opened.page.reconsider()
    assert opened.page.apply_action.reason == "The file is read-only. Allow changes first."
    opened.page.apply_action.trigger()
    assert opened.jobs.idle and visits(clinic) == 10


def test_a_schema_that_changed_meanwhile_makes_the_plan_stale(
    opened: Any, clinic: Path, qtbot: QtBot
) -> None:
    page = opened.page
    in_place(opened)
    planned(opened, qtbot)
    change(clinic, "CREATE TABLE more (id)")
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(banner(page)))
    assert page.step == module._PLAN and visits(clinic) == 10
    (again,) = (b for b in page.findChildren(Button) if b.text() == "Plan again")
    again.click()
    qtbot.waitUntil(lambda: opened.jobs.idle and not banner(page))
    assert not page.apply_action.reason


def test_a_change_outside_while_the_plan_is_read_is_said(opened: Any, clinic: Path, qtbot: QtBot) -> None:
    in_place(opened)
    planned(opened, qtbot)
    change(clinic, "DELETE FROM visit WHERE id > 5")
    opened.page.refresh(())
    assert "This plan is out of date." in banner(opened.page)


def test_a_new_file_is_not_rehearsed(opened: Any, qtbot: QtBot) -> None:
    planned(opened, qtbot)
    assert "nothing to rehearse" in opened.page.rehearse_action.reason
    assert not opened.page.foot.rehearse_button.isVisibleTo(opened.page)
    opened.page.refresh(())
    assert banner(opened.page) == ""


def test_back_and_a_copy_that_changed_since(
    opened: Any, clinic: Path, point: backup.Point, qtbot: QtBot
) -> None:
    page = opened.page
    planned(opened, qtbot)
    page.back_action.trigger()
    assert page.step == module._CHOOSE and page.steps.now == 0
    damaged(point)
    planned(opened, qtbot)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and bool(banner(page)))
    assert "Nothing was restored." in banner(page)
    assert not clinic.with_name("clinic-restored.db").exists()
    assert opened.said.toasts == []


def test_a_point_known_to_be_bad_cannot_be_planned(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point
) -> None:
    damaged(point)
    backup.verify(catalog, clinic, Context())
    page = open_page(RestorePage, clinic, catalog=catalog).page
    page.arrive(point=point.id)
    page.choose.table.choose(page.choose.table.rows[0])
    assert page.plan_action.reason == "This copy cannot be relied on. Choose another."
    assert page.foot.words == "This copy cannot be relied on. Choose another."


def test_who_comes_with_a_point_finds_it_chosen(
    open_page: Open, clinic: Path, catalog: Catalog, point: backup.Point, qtbot: QtBot
) -> None:
    newer = a_point(catalog, clinic)
    opened = open_page(RestorePage, clinic, catalog=catalog)
    assert opened.page.choose.point.id == newer.id
    planned(opened, qtbot)
    opened.page.arrive(point=point.id)
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page.step == module._CHOOSE)
    assert opened.page.choose.point.id == point.id


def test_stopping_changes_nothing(opened: Any, clinic: Path, qtbot: QtBot) -> None:
    page = opened.page
    planned(opened, qtbot)
    page.apply_action.trigger()
    page._stop()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    stopped = page.step == module._PLAN
    assert not stopped or page.foot.words == "Stopped. Nothing was changed."
    assert clinic.with_name("clinic-restored.db").exists() is not stopped


def test_who_comes_back_after_a_receipt_begins_anew(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    planned(opened, qtbot)
    page.apply_action.trigger()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._DONE)
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: opened.jobs.idle and page.step == module._CHOOSE)


def test_a_free_name_is_found(tmp_path: Path) -> None:
    for name in ("a-restored.db", "a-restored-2.db"):
        (tmp_path / name).touch()
    assert free_name(tmp_path / "a.db") == tmp_path / "a-restored-3.db"


def test_a_narrow_page_keeps_everything_within_reach(opened: Any, qtbot: QtBot) -> None:
    page = opened.page
    page.resize(640, 820)
    qtbot.waitUntil(lambda: page.width() == 640)
    assert problems_of(page) == []
    planned(opened, qtbot)
    assert page.width() == 640
    assert problems_of(page) == []
