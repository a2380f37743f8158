"""The schema map: what is drawn, chosen, found, moved and put back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders import a_database
from steward_app import db
from steward_app.catalog import identity, open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.gui.pages.schema_map.commands import menu_of
from steward_app.gui.pages.schema_map.describe import DescribeDialog
from steward_app.gui.pages.schema_map.items import Emphasis, in_two
from steward_app.gui.pages.schema_map.page import SchemaMapPage
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.schema.snapshot import check_document

CHINOOK = Path(__file__).parents[2] / "data" / "chinook.sqlite"
Open = Callable[..., Any]


@pytest.fixture
def chinook(open_page: Open, qtbot: QtBot) -> Any:
    opened = open_page(SchemaMapPage, CHINOOK)
    qtbot.waitUntil(lambda: bool(opened.page.scene.boxes) and opened.page.scene.settled)
    return opened


def words(page: SchemaMapPage) -> str:
    return " ".join(label.plain for label in page.inspector.findChildren(Label)) + " ".join(
        button.text() for button in page.inspector.findChildren(Button)
    )


def test_every_table_and_link_is_drawn(chinook: Any) -> None:
    assert len(chinook.page.scene.boxes) == 11
    assert len(chinook.page.scene.links) == 11
    assert chinook.page.summary.plain == "11 tables, 11 links"


def test_the_whole_map_stays_in_view_until_it_is_zoomed(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page

    def seen() -> bool:
        shown = page.view.mapToScene(page.view.viewport().rect()).boundingRect()
        return bool(shown.adjusted(-2, -2, 2, 2).contains(page.scene.sceneRect()))

    assert seen()
    page.resize(820, 560)
    qtbot.waitUntil(seen)
    page.view.set_zoom(1.5)
    page.resize(900, 640)
    qtbot.waitUntil(lambda: page.width() == 900)
    assert page.view.zoom == 1.5


def test_larger_text_makes_the_map_larger(chinook: Any, theme: Theme) -> None:
    view = chinook.page.view
    view.set_zoom(0.6)
    theme.set_zoom(200)
    assert view.transform().m11() == pytest.approx(1.2)
    assert view.zoom == 0.6


def test_choosing_a_table_tells_who_refers_to_it(chinook: Any) -> None:
    chinook.page.choose("Customer")
    assert "Rows that point here" in words(chinook.page)
    assert "Invoice" in words(chinook.page)
    assert chinook.page.scene.boxes["Invoice"].emphasis is Emphasis.NEAR
    assert chinook.page.scene.boxes["Genre"].emphasis is Emphasis.DIMMED


def test_a_click_on_a_table_chooses_it(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page
    page.view.set_zoom(0.6)
    item = page.scene.boxes["Album"]
    page.view.centerOn(item)
    middle = page.view.mapFromScene(item.sceneBoundingRect().center())
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert page.scene.choice == "Album"
    QTest.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=_empty_place(page))
    assert page.scene.choice == ""


def test_a_table_is_found_by_typing_and_enter(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page
    qtbot.keyClicks(page.search, "cust")
    qtbot.keyPress(page.search, Qt.Key.Key_Return)
    assert page.scene.choice == "Customer"
    page.search.clear()
    qtbot.keyClicks(page.search, "ReportsTo")
    qtbot.keyPress(page.search, Qt.Key.Key_Return)
    assert page.scene.choice == "Employee"


def test_arrow_keys_walk_and_enter_opens_the_data(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page
    qtbot.keyPress(page.view, Qt.Key.Key_Right)
    first = page.scene.choice
    assert first
    qtbot.keyPress(page.view, Qt.Key.Key_Right)
    assert page.scene.choice != first
    qtbot.keyPress(page.view, Qt.Key.Key_Return)
    assert chinook.said.went == [("data", {"table": page.scene.choice})]
    qtbot.keyPress(page.view, Qt.Key.Key_Escape)
    assert page.scene.choice == ""


def test_focus_shows_the_neighbourhood_and_leaving_it_all_tables_where_they_were(
    chinook: Any, qtbot: QtBot
) -> None:
    page = chinook.page
    before = page.scene.positions()
    page.focus_on("Album")
    qtbot.waitUntil(lambda: len(page.scene.boxes) == 3)
    assert page.summary.plain.startswith("3 of 11 tables")
    page.leave_focus()
    qtbot.waitUntil(lambda: len(page.scene.boxes) == 11)
    assert page.scene.positions() == before


def test_a_moved_table_stays_moved_after_a_restart_and_can_be_put_back(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = Path(shutil.copy(CHINOOK, tmp_path))
    with open_catalog() as catalog:
        with db.open_read(path) as session:
            known = identity.recognise(catalog, path, session)
        assert isinstance(known, identity.Recognised)
        first = open_page(SchemaMapPage, path, catalog=catalog, database_id=known.database.id)
        qtbot.waitUntil(lambda: first.page.scene.settled and first.jobs.idle)
        before = first.page.scene.positions()
        place = before["Genre"]
        item = first.page.scene.boxes["Genre"]
        item.setPos(place.x + 400, place.y + 200)
        first.page.scene.dropped(item, QPointF(place.x, place.y))
        dropped = first.page.scene.positions()["Genre"]  # beside the table that stands there
        assert abs(dropped.x - place.x - 400) + abs(dropped.y - place.y - 200) < 200
        qtbot.waitUntil(lambda: first.jobs.idle)
        again = open_page(SchemaMapPage, path, catalog=catalog, database_id=known.database.id)
        qtbot.waitUntil(lambda: bool(again.page.scene.boxes) and again.page.scene.settled)
        assert again.page.scene.positions()["Genre"] == dropped
        first.page.undo()
        assert first.page.scene.positions() == before
        qtbot.waitUntil(lambda: first.jobs.idle)


def test_boxes_that_show_more_columns_do_not_lie_on_each_other(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page
    page._show_columns("none")
    qtbot.waitUntil(lambda: chinook.jobs.idle and page.scene.settled)
    page.arrange()
    qtbot.waitUntil(lambda: bool(chinook.said.toasts) and chinook.jobs.idle)
    small = page.scene.positions()
    page._show_columns("all")
    qtbot.waitUntil(lambda: chinook.jobs.idle and page.scene.settled)
    boxes = [item.sceneBoundingRect().adjusted(4, 4, -4, -4) for item in page.scene.boxes.values()]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    page._show_columns("none")
    qtbot.waitUntil(lambda: chinook.jobs.idle and page.scene.settled)
    assert page.scene.positions() == small


def test_arranging_can_be_undone(chinook: Any, qtbot: QtBot) -> None:
    page = chinook.page
    page.scene.boxes["Genre"].setPos(5000, 5000)
    before = page.scene.positions()
    page.arrange()
    qtbot.waitUntil(lambda: bool(chinook.said.toasts))
    assert page.scene.positions() != before
    chinook.said.toasts[0].undo()
    assert page.scene.positions() == before


def test_state_of_another_version_is_no_trouble(open_page: Open) -> None:
    opened = open_page(SchemaMapPage, CHINOOK, state={"positions": 3, "columns": "?"})
    assert opened.page.scene.diagram.boxes


def test_orphans_stand_on_the_link_once_a_check_counted_them(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("visit", "id INTEGER PRIMARY KEY")
        .with_table("diagnosis", "visit_id REFERENCES visit", rows=[(1,), (2,)])
        .build()
    )
    opened = open_page(SchemaMapPage, path)
    opened.page.hide()
    check_document(opened.document, Context())
    opened.page.show()
    qtbot.waitUntil(lambda: any(link.broken for link in opened.page.scene.links.values()))
    assert "1 of them broken" in opened.page.summary.plain
    opened.page.choose("visit")
    (orphans,) = (
        b for b in opened.page.inspector.findChildren(Button) if b.text() == "2 rows without parent"
    )
    orphans.click()
    ((page, arguments),) = opened.said.went
    assert (page, arguments["table"], arguments["finding"].count) == ("data", "diagnosis", 2)


def test_choosing_a_link_tells_its_columns(chinook: Any) -> None:
    page = chinook.page
    key = next(key for key, line in page.scene.links.items() if line.link.child == "Album")
    page.scene.choose_link(key)
    assert "Album (ArtistId)" in words(page)
    assert page.scene.boxes["Artist"].emphasis is Emphasis.NEAR


def test_likely_links_are_drawn_when_asked_for(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("staff", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(1, 30)])
        .with_table("visit", "staff_id INT", rows=[(n % 29 + 1,) for n in range(60)])
        .build()
    )
    page = open_page(SchemaMapPage, path).page
    assert page.scene.links == {}
    page.likely.click()
    qtbot.waitUntil(lambda: bool(page.scene.links))
    assert next(iter(page.scene.links.values())).link.inferred


def test_a_table_that_only_a_link_names_is_drawn_not_counted_and_keeps_its_place(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("visit", "id INTEGER PRIMARY KEY")
        .with_table("login", "id INTEGER PRIMARY KEY, device_id INT REFERENCES device")
        .build()
    )
    with open_catalog() as catalog:
        with db.open_read(path) as session:
            known = identity.recognise(catalog, path, session)
        assert isinstance(known, identity.Recognised)
        places = []
        for _ in range(2):
            opened = open_page(SchemaMapPage, path, catalog=catalog, database_id=known.database.id)
            qtbot.waitUntil(lambda scene=opened.page.scene: len(scene.boxes) == 3 and scene.settled)
            qtbot.waitUntil(lambda jobs=opened.jobs: jobs.idle)
            places.append(opened.page.scene.positions())
    assert opened.page.summary.plain == "2 tables, 1 link, 1 of them broken"
    assert places[0] == places[1]


def test_orphans_of_links_to_one_table_stand_apart(open_page: Open, tmp_path: Path, qtbot: QtBot) -> None:
    database = a_database(tmp_path / "a.db").with_table("hub", "id INTEGER PRIMARY KEY")
    for number in range(8):
        database.with_table(
            f"spoke_{number}", "hub_id REFERENCES hub", rows=[(n,) for n in range(20 + number)]
        )
    opened = open_page(SchemaMapPage, database.build())
    opened.page.hide()
    check_document(opened.document, Context())
    opened.page.show()
    qtbot.waitUntil(lambda: sum(line.broken for line in opened.page.scene.links.values()) == 8)
    labels = [line._label for line in opened.page.scene.links.values()]
    assert not any(a.intersects(b) for n, a in enumerate(labels) for b in labels[n + 1 :])


def test_an_arrow_key_goes_ahead_rather_than_beside(chinook: Any) -> None:
    scene = chinook.page.scene
    for name, x, y in (("Album", 0, 0), ("Artist", 6, 200), ("Track", 300, 80)):
        scene.boxes[name].setPos(x, y)
    for name in set(scene.boxes) - {"Album", "Artist", "Track"}:
        scene.boxes[name].setPos(-5000, -5000)
    scene.choose("Album")
    assert scene.nearest(1, 0) == "Track"


def test_the_small_map_is_there_where_it_is_of_use(chinook: Any) -> None:
    view = chinook.page.view
    view.fit()
    assert not view.overview.isVisible()
    view.set_zoom(2.0)
    assert view.overview.isVisible()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("patient_insurance", ["patient_", "insurance"]),
        ("InvoiceLine", ["Invoice", "Line"]),
        ("visit", ["visit"]),
        ("a_b_c_dd", ["a_b_", "c_dd"]),
    ],
)
def test_a_long_name_stands_on_two_lines(name: str, lines: list[str]) -> None:
    assert in_two(name) == lines


def test_what_the_menu_behind_the_dots_offers_can_be_done(chinook: Any) -> None:
    chinook.page.choose("Album")
    offered = [action for action in menu_of(chinook.page.commands()) if action is not None]
    assert [a.id for a in offered if a.reason] == ["map.merge", "map.unfocus", "map.undo"]


def test_a_file_without_tables_says_so(open_page: Open, tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_sql("PRAGMA user_version = 1").build()
    opened = open_page(SchemaMapPage, path)
    assert opened.page._stack.currentWidget() is opened.page._empty


@pytest.mark.parametrize("ending", ["svg", "png", "mmd"])
def test_the_map_is_saved_as_it_stands(
    chinook: Any, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    target = tmp_path / f"map.{ending}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))
    chinook.page.export()
    qtbot.waitUntil(lambda: bool(chinook.said.toasts))
    assert target.stat().st_size > 500


def test_hostile_names_are_drawn_as_what_they_are(open_page: Open, tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_table("<b>\u202ename\n", '"<i>" TEXT').build()
    page = open_page(SchemaMapPage, path).page
    page.choose("<b>\u202ename\n")
    assert "\u202e" not in words(page)
    assert (
        page.scene.boxes["<b>\u202ename\n"].toolTip().startswith("<")
    )  # markup of our own, their "<" escaped
    assert "&lt;b&gt;" in page.scene.boxes["<b>\u202ename\n"].toolTip()
    assert page.grab().width() > 0


def test_zoom_stays_within_what_can_be_read(chinook: Any, qtbot: QtBot) -> None:
    view = chinook.page.view
    for _ in range(40):
        view.zoom_in()
    assert view.zoom == 2.0
    for _ in range(80):
        view.zoom_out()
    assert view.zoom == 0.05
    view.fit()
    assert chinook.page.toolbar.zoom.percent.plain == f"{round(view.zoom * 100)} %"


def test_a_narrow_page_has_its_controls_in_one_row_still(chinook: Any) -> None:
    page, bar = chinook.page, chinook.page.toolbar
    for width, around, words in (
        (1340, "Album", True),
        (1232, "Album", False),
        (1232, "", True),
        (960, "", False),
    ):
        page.resize(width, 820)
        page.focus_on(around) if around else page.leave_focus()
        chinook.settle()
        assert bool(bar.likely.text()) is words and "Likely links" in (
            bar.likely.text(),
            bar.likely.accessibleName(),
        )
        rows = {each.mapTo(page, each.rect().center()).y() for each in (bar.search, bar.personal, bar.zoom)}
        assert max(rows) - min(rows) <= 1


def _empty_place(page: SchemaMapPage) -> QPoint:
    room = page.view.viewport().rect()
    return next(
        QPoint(x, y)
        for x in range(4, room.width(), 16)
        for y in range(4, room.height(), 16)
        if page.view.itemAt(QPoint(x, y)) is None
    )


def test_a_table_is_described_beside_the_file_and_in_the_dictionary(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    path = Path(shutil.copy(CHINOOK, tmp_path))
    opened = open_page(SchemaMapPage, path)
    page = opened.page
    qtbot.waitUntil(lambda: bool(page.scene.boxes) and page.scene.settled)
    page.choose("Genre")

    page.describe()
    dialog = page.findChild(DescribeDialog)
    dialog._fields["Genre", ""].setText("Kinds of music")
    dialog._fields["Genre", "Name"].setText("As printed")
    dialog.submit()
    qtbot.waitUntil(lambda: bool(opened.said.toasts))
    assert "Kinds of music" in words(page)
    assert "As printed" in policy_path(path).read_text(encoding="utf-8")
    folder = tmp_path / "dictionary"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args, **more: str(folder))
    page.write_dictionary()
    qtbot.waitUntil(lambda: len(opened.said.toasts) == 2)
    assert "Kinds of music" in (folder / "index.html").read_text(encoding="utf-8")
