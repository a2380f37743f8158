"""The overview: what is known is shown, what is not is said, and every task leads to its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.points import a_point, damaged
from builders.releases import in_register
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.gui.format import size
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.schema.snapshot import check_document

Open = Callable[..., Any]
AT_ONCE = "steward_app.gui.pages.overview.page._AT_ONCE_BYTES"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a INT, CHECK (a < 9)", rows=[(1, 1), (2, 2)])
        .with_table(
            "diagnosis",
            "id INTEGER PRIMARY KEY, visit_id INT REFERENCES visit",
            rows=[(n, n) for n in range(1, 40)],
        )
        .with_sql("CREATE VIEW lost AS SELECT absent FROM visit")
        .build()
    )


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path / "sound.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a INT NOT NULL", rows=[(1, 1)])
        .build()
    )


def words(widget: Any) -> str:
    labels = [label.plain for label in widget.findChildren(Label)]
    return " | ".join(labels + [button.text() for button in widget.findChildren(Button)])


def titles(page: OverviewPage) -> list[str]:
    return [task.title for task in page.tasks.items]


def settled(opened: Any, qtbot: QtBot) -> Any:
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page._report is not None)
    return opened


def test_a_small_file_is_checked_and_measured_at_once(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = settled(open_page(OverviewPage, clinic, catalog=catalog), qtbot)
    health = words(opened.page.health)
    assert "37 rows to look at" in health
    assert "1, by 37 rows" in health
    assert "Passed, today" in health
    assert "1 of 1 broken" in health
    assert opened.said.counts["constraints"] == 1
    assert [bar.name for bar in opened.page.space.bars.items][:1]
    assert "41 rows" in opened.page.space.summary.plain
    assert problems_of(opened.page) == []


def test_a_large_file_starts_nothing_heavy(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 0)
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    page = opened.page
    assert page._report is None and page.space.bars.items == ()
    assert words(page.health).count("Not checked yet") >= 4
    assert "Check the file" in titles(page)
    assert "every page" in words(page.space)
    assert "constraints" not in opened.said.counts
    page.check()
    assert page.check_action.reason
    settled(opened, qtbot)
    assert "Check the file" not in titles(page)
    page.measure()
    qtbot.waitUntil(lambda: bool(page.space.bars.items))


def test_a_check_that_was_stopped_says_so(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 0)
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    stopped = Context()
    stopped.cancel()
    check_document(opened.document, stopped)
    opened.page.refresh(())
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page._report is not None)
    assert "Check stopped" in words(opened.page.health)
    assert "Passed" not in words(opened.page.health)
    assert "Finish the check" in titles(opened.page)


def test_the_check_can_be_stopped_on_the_card(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AT_ONCE, 0)
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    opened.page.check()
    assert opened.page.health.stop.isVisibleTo(opened.page)
    opened.page.health.stop.click()
    qtbot.waitUntil(lambda: opened.jobs.idle)
    assert not opened.page.health.stop.isVisibleTo(opened.page)
    assert not opened.page.check_action.reason


def test_tasks_are_what_was_found_and_lead_there(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = settled(open_page(OverviewPage, clinic, catalog=catalog), qtbot)
    page = opened.page
    assert titles(page)[:2] == [
        "Make a first restore point",
        "37 rows of “diagnosis” point to a row of “visit” that is gone",
    ]
    assert "1 view cannot be read" in titles(page)
    for task in page.tasks.items:
        page.tasks.opened.emit(task.key)
    pages = [where for where, _ in opened.said.went]
    assert pages == ["backups", "constraints", "constraints"]
    assert opened.said.went[1][1]["finding"].startswith("f_")


def test_a_sound_and_proven_file_needs_nothing(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    a_point(catalog, sound, ago=timedelta(minutes=22))
    backup.new_store(catalog, sound, str(sound.parent / "store"), Context(), encrypt=False)
    backup.go_round(catalog, sound, Context())
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    page = opened.page
    assert page.tasks.items == ()
    assert page._todo.currentWidget() is page._nothing
    assert "Nothing needs you now" in words(page._nothing)
    protection = words(page.protection)
    assert "22 min ago" in protection and "Protected" in protection
    assert "Restore point made, checked and proven" in words(page.lately)


def test_an_old_proof_is_said_to_be_old(open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot) -> None:
    a_point(catalog, sound, ago=timedelta(days=12))
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert "Old" in words(opened.page.protection)
    assert titles(opened.page)[0] == "Make a restore point"


def test_a_point_that_is_not_proven_does_not_protect(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    a_point(catalog, sound, prove=False)
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert "Not proven" in words(opened.page.protection)
    assert "Protected" not in words(opened.page.protection)
    assert titles(opened.page)[0] == "Prove a restore point"


def test_points_on_this_computer_alone_ask_for_a_store(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    a_point(catalog, sound)
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert titles(opened.page) == ["Keep restore points outside this computer"]
    assert "None, " in words(opened.page.protection)


def test_a_store_that_does_not_answer_and_keys_that_lie_open_are_tasks(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    a_point(catalog, sound)
    backup.new_store(catalog, sound, str(sound.parent / "store"), Context())
    (sound.parent / "store").rename(sound.parent / "unplugged")
    backup.refresh_all(catalog, sound, Context())
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert titles(opened.page) == ["See why store does not answer", "Protect the keys of the backup stores"]
    assert "0 of 1 in step" in words(opened.page.protection)


def test_a_failed_point_is_counted_and_comes_first(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    bad = damaged(a_point(catalog, sound, ago=timedelta(hours=3)))
    a_point(catalog, sound)
    backup.verify(catalog, sound, Context(), point=bad.id)
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert opened.said.counts["backups"] == 1
    assert titles(opened.page)[0].startswith("Look at the restore point of")
    opened.page.tasks.opened.emit("wrong")
    assert opened.said.went == [("backups", {"point": bad.id})]


def test_a_copy_whose_last_day_is_over_is_a_task_before_anybody_scanned(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    known_as = backup.database_id(catalog, sound, Context())
    in_register(catalog, known_as, until="2020-01-01")
    more = frozenset({"personal"})
    opened = open_page(OverviewPage, sound, catalog=catalog, database_id=known_as, more_pages=more)
    qtbot.waitUntil(lambda: opened.page.comply.standing is not None)
    opened = settled(opened, qtbot)
    assert not opened.page.comply.standing.checked
    (task,) = [each for each in opened.page.tasks.items if each.title.startswith("The copy “a.db”")]
    assert task.title.endswith("was to be used until 2020-01-01 only")
    opened.page.tasks.opened.emit(task.key)
    assert [where for where, _ in opened.said.went] == ["personal"]


def test_one_click_makes_a_proven_restore_point(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    page = opened.page
    (button,) = (b for b in page.head.findChildren(Button) if b.text() == "Back up now")
    button.click()
    assert not button.isEnabled() and "being made" in button.toolTip()
    qtbot.waitUntil(lambda: bool(opened.said.toasts) and opened.jobs.idle)
    assert opened.said.toasts[0].title == "Restore point made, checked and proven"
    assert "Protected" in words(page.protection)
    assert button.isEnabled()


def test_a_damaged_file_shows_what_there_is(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "cut.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x" * 80) for n in range(2_000)])
        .build()
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    opened = open_page(OverviewPage, path, catalog=catalog)
    page = opened.page
    assert page.noticed.isVisibleTo(page)
    assert "Damaged" in words(page.health) and "Safe mode" in words(page.file_card)
    assert "Not known" in words(page.file_card)
    assert size(path.stat().st_size) in words(page.file_card)
    assert "Save what can still be read" in titles(page)
    assert page.measure_action.reason
    assert problems_of(page) == []


def test_a_file_whose_first_bytes_are_overwritten_is_damaged_though_its_rules_hold(
    open_page: Open, sound: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    sound.write_bytes(b"XXXXXX" + sound.read_bytes()[6:])
    opened = settled(open_page(OverviewPage, sound, catalog=catalog), qtbot)
    assert "Damaged" in words(opened.page.health) and "None broken" not in words(opened.page.health)
    assert titles(opened.page)[0] == "Save what can still be read"


def test_a_damaged_file_with_a_proven_point_leads_to_its_restore(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "cut.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, a TEXT", rows=[(n, "x" * 80) for n in range(2_000)])
        .build()
    )
    point = a_point(catalog, path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    opened = open_page(OverviewPage, path, catalog=catalog)
    opened.page.tasks.opened.emit("restore")
    assert opened.said.went == [("restore", {"point": point.id})]


def test_hostile_names_are_shown_as_what_they_are(
    open_page: Open, tmp_path: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("<img src=x>\u202ename", "id INTEGER PRIMARY KEY", rows=[(1,)])
        .build()
    )
    opened = settled(open_page(OverviewPage, path, catalog=catalog), qtbot)
    qtbot.waitUntil(lambda: bool(opened.page.space.bars.items))
    assert any("⟨U+202E⟩" in bar.name for bar in opened.page.space.bars.items)
    assert opened.page.grab().width() > 0


def test_another_programs_change_is_read_again(
    open_page: Open, clinic: Path, catalog: Catalog, qtbot: QtBot
) -> None:
    opened = settled(open_page(OverviewPage, clinic, catalog=catalog), qtbot)
    with opened.document.read() as session:
        session.value("SELECT 1")
    opened.document.allow_writing()
    with opened.document.write() as session:
        session.run("DELETE FROM diagnosis WHERE visit_id > 2")
    opened.document.touched(("diagnosis",))
    opened.page.refresh(("diagnosis",))
    qtbot.waitUntil(lambda: opened.jobs.idle and opened.page._report is not None)
    qtbot.waitUntil(lambda: "None broken" in words(opened.page.health))
    assert opened.said.counts["constraints"] is None
