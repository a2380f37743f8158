"""What the backups page says is so: of stores nobody can ask, of drills that failed, of points that all did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import Catalog, journal
from steward_app.catalog.points import PointState
from steward_app.gui.making import tell_round
from steward_app.gui.pages.backups.outcomes import of_round
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.pages.backups.words import facts, keep_words
from steward_app.gui.pages.overview.page import OverviewPage
from steward_app.gui.protection import protection_of
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.clock import from_text, to_text
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.retention import DEFAULT, Rule, parse
from steward_app.services.backup.status import Line

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[(1,), (2,)]).build()


@pytest.fixture
def store(catalog: Catalog, clinic: Path, tmp_path: Path) -> Path:
    """A store with one point."""
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    return tmp_path / "nas"


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def links(widget: Any, start: str) -> list[Button]:
    found = (each for each in widget.findChildren(Button) if each.isVisibleTo(widget))
    return [each for each in found if each.text().startswith(start)]


def break_packs(store: Path) -> None:
    for pack in store.glob("packs/*/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"broken")


def test_nothing_is_said_of_the_room_and_size_of_a_store_that_is_unplugged(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    store.rename(tmp_path / "unplugged")
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    told = words(page.stores)
    assert "Room left" not in told and "nas does not answer." in told
    assert "/nas. What lies there is untouched" in told
    assert page.stores.table.model().index(0, 2).data() == "not known"
    state = page.stores.table.model().index(0, 3)
    needed = page.stores.table.fontMetrics().horizontalAdvance(state.data())
    assert needed + 40 <= page.stores.table.columnWidth(3)
    (tmp_path / "unplugged").rename(store)
    page.refresh(())
    at_rest(opened, qtbot)
    assert "Room left" in words(page.stores)
    assert page.stores.table.model().index(0, 2).data() != "not known"


def test_of_a_drill_that_passed_a_few_checks_are_shown_and_the_rest_on_request(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    (drill,) = restore.drill(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    card = opened.page.drills
    (more,) = links(card, "Show all")
    assert more.text() == f"Show all {len(drill.checks)} checks"
    assert drill.checks[0].title in words(card) and drill.checks[-1].title not in words(card)
    assert problems_of(opened.page) == []
    (before,) = links(opened.page, "Save a report")
    before.setFocus()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is more  # in the order of reading
    qtbot.keyClick(more, Qt.Key.Key_Space)
    qtbot.wait(1)
    assert all(check.title in words(card) for check in drill.checks)
    opened.page.refresh(())
    at_rest(opened, qtbot)
    assert drill.checks[-1].title in words(card) and not links(card, "Show all")
    assert problems_of(opened.page) == []


def test_what_did_not_hold_is_never_folded_away(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    (drill,) = restore.drill(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    card, read = opened.page.drills, opened.page.read
    checks = [Check(f"Check {number}", passed=number % 7 != 6) for number in range(14)]
    failed = replace(drill, passed=False, checks=tuple(checks))
    card.show_drills(replace(read, status=replace(read.status, drills=(failed,))))
    qtbot.wait(1)
    told = words(card)
    assert "Check 6 | Check 13 | Check 0 | Check 1" in told
    assert "Check 2" not in told and links(card, "Show all 14")


def test_a_point_that_cannot_be_brought_back_is_said_to_be_plainly_and_can_be_tried_again(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    kept = {pack: pack.read_bytes() for pack in store.glob("packs/*/*")}
    break_packs(store)
    restore.drill(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    alarm = " ".join(banner.text for banner in page.findChildren(Banner))
    assert "1 of 3 chunks in nas is damaged. Your database is unchanged. No other point is proven." in alarm
    for pack, data in kept.items():
        pack.write_bytes(data)
    assert (
        page.acts.drill.reason == ""
    )  # the stick was bad, not the point: a drill that passes ends the alarm
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert page.drills.state.text == "Passed" and page.read.alarms == ()


def test_where_every_point_failed_nobody_says_that_there_is_none(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    break_packs(store)
    backup.verify(catalog, clinic, Context())
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    found = opened.page.tasks.items
    assert [each.title for each in found if each.key == "protect"] == ["Make a new restore point"]
    told = words(opened.page.protection)
    assert "restore points that can be relied on" in told and "None to rely on" in told
    points = backup.list_points(catalog, clinic, Context())
    moment = clock.shown(points[0].made_at)
    with catalog.reading() as session:
        noted = journal.events(session, database_id=points[0].database_id, operation="backup.verify", limit=9)
    assert any(
        f"The restore point of {moment} is not as it was made" in str(note.data["sentence"]) for note in noted
    )
    shown = protection_of(points)
    assert (shown.words, shown.tone) == ("No backup can be relied on", Tone.DANGER)
    assert protection_of(()).words == "No backup yet"


def test_a_drill_that_failed_is_not_hidden_by_one_of_another_store(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "stick"), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    break_packs(store)
    restore.drill(catalog, clinic, Context())
    opened = open_page(OverviewPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    told = words(opened.page.protection)
    assert "Drill failed" in told and ", failed" in told and ", passed" not in told


def test_rules_are_told_as_people_say_them() -> None:
    assert keep_words(DEFAULT) == (
        "Every 5 minutes for 24 hours, hourly for 7 days, daily for 30 days, monthly for 1 year"
    )
    assert keep_words(parse("6h:2d, 1w:1y")) == "Every 6 hours for 2 days, weekly for 1 year"


def test_what_failed_and_what_is_chosen_is_drawn_however_crowded_the_line_is(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    line, (point,) = opened.page.timeline, opened.page.read.points
    start = from_text(point.made_at) - timedelta(days=1)
    many = [
        replace(point, id=f"pt_{n}", made_at=to_text(start + timedelta(minutes=5 * n))) for n in range(250)
    ]
    many[40] = replace(many[40], state=PointState.FAILED)
    line.show_lines([Line("Every 5 minutes", Rule(5, 1440), tuple(many))], "pt_249")
    (row,) = line.rows
    drawn = len(row.moments)
    assert [each.point.id for each in row.moments[:1]] == ["pt_40"] and drawn + row.hidden == 250
    line.choose("pt_7")
    (row,) = line.rows
    assert [each.point.id for each in row.moments[:2]] == ["pt_7", "pt_40"] and len(row.moments) == drawn
    line.setFocus()
    assert line.choice == "pt_7"  # to come to the line by keys chooses nothing else
    qtbot.keyPress(line, Qt.Key.Key_Right)
    assert line.choice == "pt_40"
    broken = tuple(replace(each, state=PointState.FAILED) for each in many)
    line.show_lines([Line("Every 5 minutes", Rule(5, 1440), broken)], "pt_249")
    assert len(line.rows[0].moments) == drawn and line.rows[0].moments[-1].point.id == "pt_249"


def test_a_store_can_be_connected_where_there_is_nothing_yet(
    open_page: Open, clinic: Path, catalog: Catalog
) -> None:
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    assert [each.text() for each in page.none.findChildren(Button)] == [
        "Back up now",
        "Add a store",
        "Connect a store",
    ]
    assert problems_of(page) == []


def test_a_column_in_which_nothing_stands_is_not_shown(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path
) -> None:
    table = open_page(BackupsPage, clinic, catalog=catalog).page.table
    shown = {
        table.model().headerData(number, Qt.Orientation.Horizontal)
        for number in range(table.model().columnCount())
        if not table.isColumnHidden(number)
    }
    assert shown == {"Made", "State", "Where", "Why", "Size", "Rows"}


def test_it_is_said_where_the_private_key_is_and_what_that_means(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "here"), Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    told = words(opened.page.stores)
    assert "Encryption | On | Private key | " in told and "only elsewhere" not in told
    backup.new_store(catalog, clinic, str(tmp_path / "away"), Context(), key_to=tmp_path / "away.key")
    opened.page.refresh(())
    at_rest(opened, qtbot)
    told = words(opened.page.stores)
    assert "Of here on this computer." in told
    assert "Of away only elsewhere: this computer checks its points. They are called proven once" in told
    assert problems_of(opened.page) == []


def test_points_tell_their_age(open_page: Open, clinic: Path, catalog: Catalog, store: Path) -> None:
    page = open_page(BackupsPage, clinic, catalog=catalog).page
    assert ", just now, Taken, " in page.timeline.accessibleName()


def test_cards_under_one_another_begin_at_one_line(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    restore.drill(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    page = opened.page
    for width in (1072, 1240, 1400):
        page.resize(width, 752)
        at_rest(opened, qtbot)
        sides = [
            (card.mapTo(page, card.rect().topLeft()).x(), card.width()) for card in (page.drills, page.checks)
        ]
        assert sides[0] == sides[1], width


def test_a_round_over_a_database_cut_short_asks_to_look_at_it(
    catalog: Catalog, clinic: Path, store: Path, qtbot: QtBot
) -> None:
    with clinic.open("rb+") as file:
        file.truncate(clinic.stat().st_size - 1000)
    visits = backup.go_round(catalog, clinic, Context(), contents=False)
    told = of_round(visits, lambda: None)
    assert isinstance(told, Banner)
    qtbot.addWidget(told)
    assert tell_round(visits).wrong
    newest = backup.list_points(catalog, clinic, Context())[0]
    assert "cut short" in facts(newest)
