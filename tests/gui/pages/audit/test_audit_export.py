"""History to a file from the Audit page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from builders.audit_page import Desk
from steward_app.gui.pages.audit.exporting import Choice, ExportDialog, export
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.history_export import Format, HistoryExport


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_what_the_list_shows_is_written(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    asked, words = desk.view.exported()
    assert words == "All changes of the file." and asked == Asked()
    export(desk.page, asked, Choice(target, HistoryExport(Format.JSON_LINES)))
    desk.rest()
    written = lines_of(target)
    assert {line["table"] for line in written} == {"patient", "visit", "place"}
    assert not any("Nora" in json.dumps(line) for line in written)
    assert desk.said.toasts[-1].title == "Exported 6 changes"
    assert "patient.given_name" in desk.said.toasts[-1].text


def test_a_row_and_a_transaction_are_exported_alone(desk: Desk, tmp_path: Path) -> None:
    desk.arrive(table="patient", key=(1,))
    asked, _ = desk.view.exported()
    export(desk.page, asked, Choice(tmp_path / "row.jsonl", HistoryExport(Format.JSON_LINES)))
    desk.rest()
    assert {line["row"] for line in lines_of(tmp_path / "row.jsonl")} in ({"1"}, {1})
    desk.arrive(txn=3)
    asked, _ = desk.view.exported()
    export(desk.page, asked, Choice(tmp_path / "txn.html", HistoryExport(Format.HTML)))
    desk.rest()
    assert "place" in (tmp_path / "txn.html").read_text("utf-8")


def test_a_file_that_is_there_is_kept_unless_the_dialog_asked(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    export(desk.page, Asked(), Choice(target, HistoryExport(Format.CSV)))
    desk.rest()
    assert target.read_text() == "mine" and "out.csv" in desk.banner


def test_the_dialog_asks_for_format_and_file(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "named"), ""))
    dialog = ExportDialog("All changes of the file.", tmp_path, desk.page)
    chosen: list[Choice] = []
    dialog.chosen.connect(chosen.append)
    dialog.format.choose("html")
    dialog.format.chosen.emit("html")
    assert dialog.formula_safe.isHidden()
    dialog.verb.click()
    (choice,) = chosen
    assert choice.target == tmp_path / "named.html" and not choice.wish.overwrite


def test_what_cannot_be_exported_says_so(desk: Desk) -> None:
    desk.show("deleted")
    assert desk.page.export_action.reason == "There is nothing to export here yet."
    desk.show("setup")
    assert "Choose what to export" in desk.page.export_action.reason
