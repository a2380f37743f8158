"""What the log missed in the window: a line where it was found, its rows beside it, and the way to their history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from builders.audit_page import Desk, a_file_with_history
from builders.sealed import by_hand, sealed
from builders.under_audit import put_under_audit, run
from steward_app.catalog import Catalog
from steward_app.services.audit.past.missed import Missed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """After what `a_file_with_history` tells, two patients and a guest are changed unseen."""
    path = a_file_with_history(tmp_path / "clinic.db")
    run(
        path,
        "CREATE TABLE guest (email TEXT PRIMARY KEY, room) WITHOUT ROWID",
        "INSERT INTO guest VALUES ('a@b.org', 1)",
    )
    put_under_audit(path, "guest")
    sealed(path)
    by_hand(path, "UPDATE patient SET room = 'unseen' WHERE id IN (2, 3)")
    by_hand(path, "UPDATE guest SET room = 2")
    run(path, "UPDATE patient SET room = 'seen' WHERE id IN (2, 3)", "UPDATE guest SET room = 3")
    sealed(path)
    return path


@pytest.fixture
def desk(open_page: Callable[..., Any], path: Path, catalog: Catalog, qtbot: QtBot) -> Desk:
    return Desk.at(open_page, path, catalog, qtbot)


def number_of(desk: Desk, about: str) -> int:
    return desk.titles.index(about)


def test_a_gap_stands_where_it_was_found(desk: Desk) -> None:
    assert "Gap 2 rows of patient changed" in desk.titles
    assert "Gap 1 row of guest changed" in desk.titles
    line = desk.view.list.lines[number_of(desk, "Gap 2 rows of patient changed")]
    assert line.second.startswith("Behind the log's back, found ")
    assert (desk.view._total, isinstance(line.item, Missed)) == (9, True)  # changes; a gap is none
    desk.choose(number_of(desk, "Gap 2 rows of patient changed"))
    words = desk.words()
    assert "2 rows of patient changed behind the log's back" in words
    assert "When it was done, by whom, and what was there, is not known." in words
    assert [row.key for row in desk.view.detail.gap.rows] == [(2,), (3,)]
    assert desk.page.undo_action.reason  # there is nothing to undo


def test_of_a_table_and_of_a_row(desk: Desk) -> None:
    desk.view.choose_table("patient")
    desk.rest()
    assert [title for title in desk.titles if title.startswith("Gap")] == ["Gap 2 rows of patient changed"]
    desk.arrive(table="patient", key=(3,))
    assert desk.titles[:2] == ["Gap 1 row of patient changed", "Changed 1 cell"]
    desk.arrive(table="patient", key=(1,))
    assert not [title for title in desk.titles if title.startswith("Gap")]


def test_a_key_that_looks_personal_is_hidden_until_asked_for(desk: Desk) -> None:
    desk.choose(number_of(desk, "Gap 1 row of guest changed"))
    assert "hidden" in shown_keys(desk)
    assert "a@b.org" not in desk.words()
    desk.page.reveal_action.trigger()
    desk.rest()
    assert shown_keys(desk) == ["a@b.org"]


def test_a_row_of_it_leads_to_its_history(desk: Desk) -> None:
    desk.choose(number_of(desk, "Gap 2 rows of patient changed"))
    table = tables(desk)[0]
    table.opened.emit(table.rows[1])
    desk.rest()
    assert (desk.page.view, desk.view.row) == ("row", ("patient", (3,)))


def test_what_names_no_row_is_told_in_a_sentence(desk: Desk, path: Path) -> None:
    run(path, "UPDATE _steward_audit_clock SET seq = 1")
    sealed(path)
    desk.page.read_status()
    desk.rest()
    assert desk.titles[0].startswith("Gap The clock of the log was set to another number")
    desk.choose(0)
    assert "The clock of the log was set to another number" in desk.words()
    assert tables(desk) == []


def tables(desk: Desk) -> list[Any]:
    from steward_app.gui.widgets.table import SimpleTable

    return [each for each in desk.view.detail._told.findChildren(SimpleTable) if each.isVisibleTo(desk.view)]


def shown_keys(desk: Desk) -> list[str]:
    model = tables(desk)[-1].model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]
