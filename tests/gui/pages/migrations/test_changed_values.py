"""Values before and after: whole rows on the card, all that is in memory in a list, and the way to the Data page."""

from __future__ import annotations

from typing import Any

from builders.migrating import Migrating
from steward_app.gui.pages.migrations.cards import RowsCard
from steward_app.gui.pages.migrations.example_table import ExamplesDialog

CHANGES = """
UPDATE patient SET phone = '0' || coalesce(phone, ''), name = lower(name);
UPDATE visit SET note = 'new ' || coalesce(note, '');
"""


def _rehearsed(clinic: Migrating, show: Any) -> tuple[Any, RowsCard]:
    clinic.write("V0001__change.sql", CHANGES)
    shown = show()
    shown.does(shown.page.own.rehearse.trigger)
    return shown, shown.page.detail.findChild(RowsCard)


def test_the_card_shows_some_whole_rows_of_as_many_columns_as_it_can(clinic: Migrating, show: Any) -> None:
    shown, card = _rehearsed(clinic, show)
    assert len(card.table.rows) == 5
    assert {row.example.column for row in card.table.rows} == {"name", "phone", "note"}
    shown.page.resize(1200, 700)
    shown.rest()
    last = card.table.visualRect(card.table.model().index(4, 0))
    assert card.table.viewport().rect().contains(last)
    assert card.table.geometry().bottom() < card.rect().bottom()


def test_all_that_is_in_memory_opens_as_a_list_hidden_or_shown_as_on_the_card(
    clinic: Migrating, show: Any
) -> None:
    shown, card = _rehearsed(clinic, show)
    assert card.open_all.isVisible() and not card.open_data.isVisible()
    assert card.table.reveal.isVisible()
    card.open_all.click()
    dialog = shown.dialog(ExamplesDialog)
    assert set(card.table.rows) < set(dialog.table.rows) and len(dialog.table.rows) == 7
    phone = next(
        row for row in dialog.table.rows if (row.example.column, row.example.after) == ("phone", "01")
    )
    assert dialog.table.value_cell(phone, phone.example.after, "text").text.startswith("Hidden")
    dialog.table.reveal.click()
    assert dialog.table.value_cell(phone, phone.example.after, "text").text == "01"
    dialog.accept()
    card.table.turn()
    card.open_all.click()
    assert shown.dialog(ExamplesDialog).table.revealed


def test_without_values_in_memory_the_table_opens_on_the_data_page(clinic: Migrating, show: Any) -> None:
    _rehearsed(clinic, show)
    again = show()
    card = again.page.detail.findChild(RowsCard)
    assert not card.open_all.isVisible()
    card.open_data.click()
    assert again.opened.said.went[-1] == ("data", {"table": "patient"})
