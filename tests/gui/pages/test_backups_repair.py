"""Damaged chunks on the backups page: told with numbers, copied again from where they are good, and drilled anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders import a_database
from builders.walk import problems_of
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.gui.pages.backups.connect import UnlockDialog
from steward_app.gui.pages.backups.page import BackupsPage
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services import backup, restore
from steward_app.services.backup.capture import cache_of

Open = Callable[..., Any]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path / "clinic.db").with_table("visit", "id", rows=[("x" * 50,)] * 40).build()


@pytest.fixture
def store(catalog: Catalog, clinic: Path, tmp_path: Path) -> Path:
    """A store with a point whose pack is damaged, the same in another store, and the drill that met it."""
    for name in ("nas", "stick"):
        backup.new_store(catalog, clinic, str(tmp_path / name), Context(), encrypt=False)
    backup.go_round(catalog, clinic, Context())
    backup.verify_all(catalog, clinic, Context(), store="stick")
    for pack in (tmp_path / "nas").glob("packs/*/*"):
        pack.write_bytes(b"broken")
    restore.drill(catalog, clinic, Context(), store="nas")
    return tmp_path / "nas"


def words(widget: Any) -> str:
    return " | ".join(label.plain for label in widget.findChildren(Label) if label.isVisibleTo(widget))


def banners(page: Any) -> str:
    return " | ".join(banner.text for banner in page.findChildren(Banner))


def at_rest(opened: Any, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.waitUntil(lambda: opened.jobs.idle, timeout=30_000)
        qtbot.wait(1)


def primaries(page: Any) -> list[str]:
    buttons = (each for each in page.findChildren(Button) if each.isVisibleTo(page))
    return [each.text() for each in buttons if each.property("kind") == "primary"]


def test_damaged_chunks_are_counted_copied_again_and_drilled(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, qtbot: QtBot
) -> None:
    with open_write(clinic) as session, session.transaction():
        session.run("UPDATE visit SET id = 'quite another'")  # what the point held is in the other store only
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    told = words(page.drills)
    assert "1 of 3 chunks in nas is not what was written there. No other point uses them." in told
    assert "Chunks read and compared | 2 of 3" in told and "Same point in stick | Checked" in told
    assert (
        "1 of 3 chunks in nas is damaged. Your database is unchanged. The same point in stick is good."
        in (banners(page))
    )
    table = page.stores.table.model()
    assert {table.index(row, 3).data() for row in range(2)} == {"1 chunk damaged", "In step"}
    assert primaries(page) == ["Copy 1 chunk again"]
    assert problems_of(page) == []
    page.drills.repair.click()
    assert page.doing.busy
    at_rest(opened, qtbot)
    said = opened.said.toasts[-1]
    assert (said.title, said.text) == (
        "1 chunk copied again",
        "The drill passed. The points of nas that need them are whole.",
    )
    assert page.drills.state.text == "Passed" and page.read.alarms == ()
    assert primaries(page) == ["Back up now"]
    assert page.store_acts.repair.reason.startswith("No chunk is known to be damaged")
    assert {point.state for point in page.read.points} == {PointState.PROVEN, PointState.CHECKED}


def test_what_cannot_be_copied_again_is_said(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with open_write(clinic) as session, session.transaction():
        session.run("UPDATE visit SET id = 'quite another'")
    (tmp_path / "stick").rename(tmp_path / "unplugged")
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    page.store_acts.repair.trigger()
    at_rest(opened, qtbot)
    told = banners(page)
    assert "1 chunk of nas could not be copied again." in told
    assert "None of its 2 pages was found elsewhere." in told and "“stick” could not be looked into" in told
    assert "Your database is unchanged, and no point was removed." in told
    assert page.drills.state.text == "Failed"
    assert problems_of(page) == []


def test_a_verification_that_finds_damage_offers_to_copy_it_again(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context())
    backup.go_round(catalog, clinic, Context())
    for pack in (tmp_path / "nas").glob("packs/*/*"):
        pack.unlink()
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    page = opened.page
    page.acts.verify_all.trigger()
    at_rest(opened, qtbot)
    assert "cannot be relied on." in banners(page)
    (copy,) = (
        b for b in page.findChildren(Button) if b.text() == "Copy 1 chunk again" and b.isVisibleTo(page)
    )
    assert problems_of(page) == []
    copy.click()
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "1 chunk copied again"
    assert [point.state for point in page.read.points] == [PointState.CHECKED]


def test_where_the_private_key_is_elsewhere_it_is_asked_for(
    open_page: Open, clinic: Path, catalog: Catalog, tmp_path: Path, qtbot: QtBot
) -> None:
    key = tmp_path / "nas.key"
    made = backup.new_store(catalog, clinic, str(tmp_path / "nas"), Context(), key_to=key)
    backup.go_round(catalog, clinic, Context())
    cache_of(catalog, made.store).forget_all()
    for pack in (tmp_path / "nas").glob("packs/*/*"):
        pack.unlink()
    backup.verify_all(catalog, clinic, Context())
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.store_acts.repair.trigger()
    at_rest(opened, qtbot)
    (asked,) = (each for each in opened.page.findChildren(UnlockDialog) if each.isVisible())
    assert "can be copied again with its private key only." in words(asked)
    asked.keys.way.setCurrentIndex(0)
    asked.keys.key_file.edit.setText(str(key))
    asked.verb.click()
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "1 chunk copied again"
    assert [point.state for point in opened.page.read.points] == [PointState.CHECKED]


def test_where_the_store_is_right_again_the_point_is_drilled_anew(
    open_page: Open, clinic: Path, catalog: Catalog, store: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    good = {each.name: each.read_bytes() for each in (tmp_path / "stick").glob("packs/*/*")}
    for pack in store.glob("packs/*/*"):
        pack.write_bytes(good[pack.name])
    opened = open_page(BackupsPage, clinic, catalog=catalog)
    at_rest(opened, qtbot)
    opened.page.drills.repair.click()
    at_rest(opened, qtbot)
    assert opened.said.toasts[-1].title == "Nothing had to be copied again"
    assert opened.page.drills.state.text == "Passed"
