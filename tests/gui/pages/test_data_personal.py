"""The data page keeps what looks personal hidden until it is asked for, and hides it again."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from builders.clinic import a_clinic
from builders.data_page import CONTROL, Desk, words_of
from steward_app.gui.pages.data.export import export
from steward_app.gui.pages.data.export_dialog import Choice, ExportDialog
from steward_app.services.rows import Format, Sort

Open = Callable[..., Any]


@pytest.fixture
def desk(open_page: Open, tmp_path: Path, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, a_clinic(tmp_path / "clinic.db").build(), qtbot).open("patient")


def seen(desk: Desk) -> str:
    """Everything the table would show, and what stands beside and below it."""
    model = desk.rows._model
    cells = [
        str(model.data(model.index(row, c)))
        for row in range(len(model.rows))
        for c in range(len(model.columns))
    ]
    fields = [field.text() for field in desk.rows.head._fields.values()]
    return " ".join([*cells, *fields, desk.browse._words.plain, desk.side(), desk.peek(), desk.news])


def test_personal_columns_are_not_read_until_asked_for(desk: Desk) -> None:
    assert "Name" not in seen(desk)
    assert all(not any(str(cell).startswith("Name") for cell in row) for row in desk.rows._model.rows)
    desk.go_to("#20")
    desk.page.toggle_personal()
    desk.rest()
    assert "Name20" in seen(desk) and desk.key == (20,)
    assert desk.page.reveal_button.text() == "Hide personal columns"
    desk.page.toggle_personal()
    assert "Name" not in seen(desk)
    assert desk.page.reveal_button.text() == "Show personal columns" and desk.key == (20,)


def test_hiding_is_at_once_and_covers_every_corner(desk: Desk) -> None:
    desk.page.toggle_personal()
    desk.rest().choose(4).press(Qt.Key.Key_Return)
    assert "Name5" in desk.side()
    desk.type_filter("given_name", "contains Name1")
    assert "Name1" in seen(desk)
    desk.page.hide()
    assert "Name" not in seen(desk)
    assert "given_name (hidden)" in desk.browse._words.plain
    desk.page.show()
    desk.rest()
    assert "Name" not in seen(desk) and desk.page.reveal_button.text() == "Show personal columns"
    desk.rows.view.selectAll()
    desk.page.copy()
    assert "Name" not in QGuiApplication.clipboard().text()


def test_hiding_while_they_are_still_being_read(desk: Desk) -> None:
    desk.page.toggle_personal()
    desk.page.hide()
    desk.page.show()
    desk.rest()
    assert "Name" not in seen(desk)


def test_what_is_read_after_hiding_does_not_bring_them_back(desk: Desk) -> None:
    desk.page.toggle_personal()
    desk.rest()
    desk.page.toggle_personal()
    desk.rows.set_sort(Sort("id", descending=True))
    desk.rest()
    assert "Name" not in seen(desk)
    assert all(not any(str(cell).startswith("Name") for cell in row) for row in desk.rows._model.rows)
    desk.choose(0, "given_name").press(Qt.Key.Key_C, CONTROL)
    assert "given_name is hidden. Nothing was copied." in desk.news


def test_another_table_hides_again(desk: Desk) -> None:
    desk.page.toggle_personal()
    desk.rest().open("visit").open("patient")
    assert "Name" not in seen(desk)


def test_a_table_with_nothing_personal_says_so(desk: Desk) -> None:
    assert desk.open("code").page.actions_of_page.reveal.reason == "No column here looks personal."


def test_statistics_of_a_hidden_column_are_refused_with_a_reason(desk: Desk) -> None:
    desk.choose(0, "given_name")
    assert desk.page.actions_of_page.column.reason == "given_name is hidden."
    assert not desk.page.bar.about.isEnabled()
    desk.browse.about_column()
    assert not desk.rest().side()


def test_a_look_at_a_row_hides_them_too_unless_they_are_shown(desk: Desk) -> None:
    desk.open("visit").click(4, "patient_id")
    assert "Name" not in desk.peek()


def test_a_query_hides_what_is_personal_under_any_name(desk: Desk) -> None:
    desk.page.show_way("query")
    desk.query.show_query("SELECT id, given_name AS harmless FROM patient")
    desk.rest()
    model = desk.query.rows._model
    assert [column.hidden for column in model.columns] == [False, True]
    desk.page.toggle_personal()
    desk.rest()
    assert model.data(model.index(0, 1)) == "Name1"
    desk.page.hide()
    assert model.data(model.index(0, 1)) == "hidden"


def test_found_values_are_shown_when_asked_and_forgotten_when_left(desk: Desk) -> None:
    desk.page.show_way("find")
    desk.search.field.setText("Name1")
    desk.search.run()
    desk.rest()
    assert len(desk.search.hits.rows) == 11
    assert all(hit.value is None for hit in desk.search.hits.rows)
    desk.search.values.click()
    desk.rest()
    assert desk.search.hits.rows[0].value == "Name1"
    desk.page.hide()
    assert all(hit.value is None for hit in desk.search.hits.rows) and len(desk.search.hits.rows) == 11
    assert not desk.search.values.isChecked()


def test_keys_that_are_personal_are_hidden_wherever_keys_are_shown(
    open_page: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    from builders import a_database

    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE member (email TEXT PRIMARY KEY, club TEXT) WITHOUT ROWID")
        .with_rows("member", [("ada@example.org", "chess")])
        .with_table(
            "fee", "id INTEGER PRIMARY KEY, email TEXT REFERENCES member", rows=[(1, "ada@example.org")]
        )
        .build()
    )
    desk = Desk.at(open_page, path, qtbot).open("member")
    desk.choose(0, "club").press(Qt.Key.Key_Return)
    assert "ada@" not in seen(desk) and "member hidden" in desk.side()
    desk.page.show_way("find")
    desk.search.field.setText("chess")
    desk.search.run()
    desk.rest()
    hits = desk.search.hits
    assert hits.model().data(hits.model().index(0, 2)) == "hidden"


# Export


def exported(desk: Desk, choice: Choice) -> str:
    rows = desk.page.rows
    assert rows is not None
    export(desk.page, rows, choice)
    desk.rest()
    return choice.target.read_text(encoding="utf-8")


def test_an_export_leaves_them_out_and_says_so(desk: Desk, tmp_path: Path) -> None:
    text = exported(desk, Choice(tmp_path / "p.csv", Format.CSV))
    assert "Name" not in text and len(text.splitlines()) == 41
    toast = desk.opened.said.toasts[-1]
    assert toast.title == "Exported 40 rows" and "given_name" in toast.text
    assert "Name40" in exported(desk, Choice(tmp_path / "q.csv", Format.CSV, personal=True))


def test_an_export_writes_what_is_shown_in_its_order(desk: Desk, tmp_path: Path) -> None:
    desk.open("visit").type_filter("score", "> 99")
    desk.rows.set_sort(Sort("score", descending=True))
    desk.rest()
    rows = json.loads(exported(desk, Choice(tmp_path / "v.json", Format.JSON)))
    assert [row["score"] for row in rows] == desk.values("score")
    exported_lines = exported(desk, Choice(tmp_path / "v.jsonl", Format.JSON_LINES))
    assert len(exported_lines.splitlines()) == len(rows)
    export(desk.page, desk.rows, Choice(tmp_path / "v.parquet", Format.PARQUET))
    desk.rest()
    assert (tmp_path / "v.parquet").read_bytes()[:4] == b"PAR1"


def test_the_result_of_a_query_is_exported_without_them(desk: Desk, tmp_path: Path) -> None:
    desk.page.show_way("query")
    desk.query.show_query("SELECT id, given_name AS harmless, '=1+1' AS f FROM patient")
    desk.rest()
    rows = list(csv.reader(exported(desk, Choice(tmp_path / "q.csv", Format.CSV)).splitlines()))
    assert rows[:2] == [["id", "f"], ["1", "'=1+1"]]


def test_a_file_that_nobody_asked_about_is_not_replaced(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "p.csv"
    target.write_text("mine", encoding="utf-8")
    assert exported(desk, Choice(target, Format.CSV, replace=False)) == "mine"
    assert "“p.csv” is there already." in desk.banner


@pytest.mark.parametrize(("typed", "replace"), [("out.csv", True), ("out", False)])
def test_the_dialog_asks_for_the_file_and_completes_its_name(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, replace: bool
) -> None:
    asked: list[str] = []

    def choose(parent: Any, title: str, start: str, kinds: str) -> tuple[str, str]:
        asked.append(start)
        return str(tmp_path / typed), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    dialog = ExportDialog("a/b", "", ("given_name",), tmp_path, desk.page)
    chosen: list[Choice] = []
    dialog.chosen.connect(chosen.append)
    assert not dialog.personal.isChecked() and "given_name" in words_of(dialog)
    dialog.submit()
    assert chosen == [Choice(tmp_path / "out.csv", Format.CSV, replace=replace)]
    assert asked == [str(tmp_path / "a-b.csv")]


def test_the_dialog_says_what_each_format_is_for(desk: Desk, tmp_path: Path) -> None:
    dialog = ExportDialog("", "score > 5", (), tmp_path, desk.page)
    dialog.show()
    assert "the result of the query" in words_of(dialog) and "score > 5" in words_of(dialog)
    assert dialog.formula_safe.isVisible()
    dialog.format._buttons[Format.PARQUET.value].click()
    assert "mixed types" in words_of(dialog) and not dialog.formula_safe.isVisible()


def test_the_button_asks_and_exports(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "asked.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **more: (str(target), ""))

    desk.page.export_button.click()
    desk.page.findChild(ExportDialog).submit()
    desk.rest()
    assert len(target.read_text(encoding="utf-8").splitlines()) == 41
