"""What is wrong is said first and stays until it is mended: drills that failed, points that stay damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.gui.format import full_stop
from steward_app.gui.making import told_of
from steward_app.gui.pages.backups.moments import Moment, alike
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    rows = [(n, f"{n:04}" * 20) for n in range(60)]
    return a_database(tmp_path / "clinic.db").with_table("visit", "id INTEGER, a TEXT", rows=rows).build()


@pytest.fixture
def damaged(catalog: Catalog, clinic: Path, tmp_path: Path) -> Path:
    """A store whose only point cannot be brought back, and the drill that met it; the file has changed since."""
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    for pack in (tmp_path / "nas").glob("packs/*/*"):
        pack.write_bytes(b"broken")
    restore.drill(catalog, clinic, Context())
    with open_write(clinic) as session, session.transaction():
        session.run("UPDATE visit SET a = a || 'changed'")
    return tmp_path / "nas"


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def banners(page: Any) -> list[str]:
    """The banners that are seen, from the top."""
    shown = [banner for banner in page.findChildren(Banner) if banner.isVisibleTo(page)]
    return [banner.text for banner in sorted(shown, key=lambda each: each.mapTo(page, each.pos()).y())]


def primaries(page: Any) -> list[str]:
    buttons = (each for each in page.findChildren(Button) if each.isVisibleTo(page))
    return [each.text() for each in buttons if each.property("kind") == "primary"]


def test_a_drill_that_failed_stands_above_what_could_not_be_drilled(
    open_page: Open, clinic: Path, catalog: Catalog, damaged: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "away"), Context(), key_to=tmp_path / "away.key")
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.acts.drill.trigger()
    at_rest(opened, qtbot)
    first, second = banners(opened.page)
    assert first.startswith("The drill of today") and second.startswith("Not drilled: “away”.")
    assert problems_of(opened.page) == []


def test_a_drill_of_another_point_does_not_end_the_alarm_of_one_that_stays_damaged(
    open_page: Open, clinic: Path, catalog: Catalog, damaged: Path, qtbot: QtBot
) -> None:
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert [point.state for point in page.read.points] == [PointState.PROVEN, PointState.FAILED]
    assert page.read.status.drills[0].passed
    (alarm,) = page.read.alarms
    assert alarm.point == page.read.points[1].id
    assert page.drills.state.text == "Failed" and banners(page)[0].startswith("The drill of today")
    assert primaries(page) == ["Copy 1 chunk again"]


def test_of_drills_of_one_run_that_of_the_newest_point_is_shown(
    open_page: Open, clinic: Path, catalog: Catalog, damaged: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    card, read = opened.page.drills, opened.page.read
    (failed,) = read.status.drills
    for passed in (True, False):
        newest = replace(failed, id="dr_1", passed=passed, point="pt_1", at="2026-11-20T10:00:00.000Z")
        older = replace(newest, id="dr_2", point="pt_0", at="2026-11-20T10:00:01.000Z",
                        point_made_at="2026-11-19T09:00:00.000Z")  # fmt: skip
        card.show_drills(replace(read, status=replace(read.status, drills=(older, newest))))
        assert card.drill is not None and card.drill.id == "dr_1"


def test_a_store_that_was_not_verified_is_told_and_not_as_a_success(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("nas", "stick"):
        backup.new_store(catalog, clinic, str(tmp_path / name), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    (tmp_path / "stick").rename(tmp_path / "unplugged")
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.acts.verify_all.trigger()
    at_rest(opened, qtbot)
    (told,) = banners(opened.page)
    assert told.startswith("Not verified: “stick”.") and "1 other point is as it was made." in told
    assert ".." not in told and opened.said.toasts == []
    ended = opened.jobs.ended()[0]
    assert (ended.message, ended.wrong, ended.partly) == ("1 of 2 stores not verified", False, True)
    opened.page.acts.drill.trigger()
    at_rest(opened, qtbot)
    ended = opened.jobs.ended()[0]
    assert (ended.message, ended.partly) == ("passed, 1 store not drilled", True)


def test_a_repair_that_could_not_copy_is_no_success(
    open_page: Open, clinic: Path, catalog: Catalog, damaged: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.store_acts.repair.trigger()
    at_rest(opened, qtbot)
    ended = opened.jobs.ended()[0]
    assert (ended.message, ended.partly) == ("1 chunk not copied", True)


def test_a_round_tells_in_how_many_stores_something_was_new(
    catalog: Catalog, clinic: Path, tmp_path: Path
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), encrypt=False)
    (before,) = backup.go_round(catalog, clinic, Context())
    backup.new_store(catalog, clinic, str(tmp_path / "stick"), Context(), encrypt=False)
    visits = backup.go_round(catalog, clinic, Context())
    assert visits[0].unchanged and told_of(visits)[1].endswith(" new in 1 of 2 stores")
    assert told_of((before,))[1].endswith(" new in 1 store")
    assert told_of(visits[:1]) == ("Nothing has changed", "1 store holds it as it is")


def test_a_sentence_ends_with_one_full_stop() -> None:
    assert [full_stop(each) for each in ("A", "A.", "A..", "A…", "A….", "")] == [
        "A.", "A.", "A.", "A…", "A…", "",
    ]  # fmt: skip


def test_where_the_chosen_copy_fails_the_good_one_takes_over_and_the_other_is_named(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    for name in ("nas", "stick"):
        backup.new_store(catalog, clinic, str(tmp_path / name), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    bad = page.chosen
    assert bad is not None
    for pack in (tmp_path / page.store_names[bad.store_id]).glob("packs/*/*"):
        pack.write_bytes(b"broken")
    page.acts.drill.trigger()
    at_rest(opened, qtbot)
    assert page.chosen.id != bad.id and page.chosen.state is PointState.PROVEN
    assert page.acts.compare.reason == "" and page.acts.restore.reason == ""
    name = page.store_names[bad.store_id]
    assert page.foot._facts.plain.startswith(f"The copy in {name} failed. ")
    page.choose(bad.id)  # the steward may look at the one that failed
    page.read_again()
    at_rest(opened, qtbot)
    assert page.chosen.id == bad.id


def test_what_can_be_done_stands_under_the_words_of_a_narrow_banner(qtbot: QtBot, qapp: Any) -> None:
    theme = Theme(qapp)
    show = Button("Show the damaged point", lambda: None, small=True)
    copy = Button("Copy 1 chunk again", lambda: None, small=True)
    banner = Banner(
        Tone.DANGER, "It cannot be relied on.", "x" * 200, actions=(copy, show), on_close=lambda: None
    )
    qtbot.addWidget(banner)
    banner.show()
    for width, under in ((1100, False), (520, True), (360, True)):
        banner.resize(width, max(banner.heightForWidth(width), 60))
        qtbot.wait(1)
        words = next(each for each in banner.findChildren(Label) if each.plain.startswith("It cannot"))
        foot = words.mapTo(banner, words.rect().bottomLeft()).y()
        assert (show.mapTo(banner, show.rect().topLeft()).y() > foot) is under
        assert show.width() >= show.sizeHint().width() and copy.width() >= copy.sizeHint().width()
    theme.deleteLater()


def test_points_of_one_minute_are_told_to_the_second(
    open_page: Open, clinic: Path, catalog: Catalog, damaged: Path, qtbot: QtBot
) -> None:
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    (point,) = opened.page.read.points
    made = ("10:31:00", "10:20:40", "10:20:05")
    points = [replace(point, id=f"pt_{n}", made_at=f"2026-01-19T{each}.000Z") for n, each in enumerate(made)]
    found = alike(Moment((each,)) for each in points)
    assert found == {"pt_1", "pt_2"}
    table = opened.page.table
    table.show_points(points, {}, found)
    shown = [table.model().index(row, 0).data() for row in range(3)]
    assert [text.count(":") for text in shown] == [1, 2, 2] and len(set(shown)) == 3
