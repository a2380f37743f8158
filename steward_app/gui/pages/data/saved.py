"""Filters with a name: a menu to use, keep and remove them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMenu, QWidget

from steward_app.catalog import Catalog, saved_filters
from steward_app.catalog.saved_filters import SavedFilter
from steward_app.gui.format import shown_name
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.dialog import FormDialog
from steward_app.kernel.errors import StewardError
from steward_app.services.rows import Filter, filter_from_json, filter_to_json

Use = Callable[[Filter], None]


class SavedFilters:
    """The kept filters of the tables of one database.

    Args:
        told: what went wrong with one, to be said on the page.
    """

    def __init__(self, catalog: Catalog, database_id: str, told: Callable[[StewardError], None]) -> None:
        self._catalog, self._database_id, self._told = catalog, database_id, told

    def of_table(self, table: str) -> tuple[SavedFilter, ...]:
        """The filters of a table, by name."""
        if not self._database_id:
            return ()
        with self._catalog.reading() as session:
            return saved_filters.of_table(session, self._database_id, table)

    def menu(self, parent: QWidget, table: str, current: Filter, words: str, use: Use) -> QMenu:
        """What can be done: use one, keep the current one (`words` says it), remove one."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        kept = self.of_table(table)
        for each in kept:
            menu.addAction(_menu_text(each.name)).triggered.connect(partial(self._use, each, use))
        if kept:
            menu.addSeparator()
        keep = menu.addAction(_tr("Keep this filter …"))
        reason = _tr("Say first which database this is.") if not self._database_id else ""
        reason = reason or ("" if current else _tr("No filter is set."))
        keep.setEnabled(not reason)
        keep.setToolTip(reason)
        if reason:
            keep.setText(f"{keep.text()}  {reason}")
        keep.triggered.connect(lambda: KeepDialog(parent, words, partial(self.keep, table, current)).open())
        if kept:
            remove = menu.addMenu(_tr("Remove"))
            for each in kept:
                remove.addAction(_menu_text(each.name)).triggered.connect(
                    partial(self._remove, table, each.name)
                )
        return menu

    def keep(self, table: str, chosen: Filter, name: str) -> None:
        """Keep a filter under a name, in the place of one of the same name."""
        with self._catalog.unit() as unit:
            saved_filters.save(unit, self._database_id, table, name, filter_to_json(chosen))
            unit.commit()

    def _use(self, kept: SavedFilter, use: Use, _: bool = False) -> None:
        document = kept.filter
        try:
            use(filter_from_json(document if isinstance(document, dict) else {}))
        except StewardError as error:
            self._told(error)

    def _remove(self, table: str, name: str, _: bool = False) -> None:
        with self._catalog.unit() as unit:
            saved_filters.delete(unit, self._database_id, table, name)
            unit.commit()


class KeepDialog(FormDialog):
    """Asks for the name of a filter."""

    def __init__(self, parent: QWidget, words: str, keep: Callable[[str], None]) -> None:
        self._keep = keep
        self.name = TextField(_tr("Name of the filter"), _tr("For example: visits of this year"))
        super().__init__(
            parent,
            _tr("Keep this filter"),
            words,
            _tr("Keep filter"),
            self.name,
            heading=(_tr("Keep this filter under a name"),),
            wide=400,
        )
        self.name.textChanged.connect(self._typed)
        self._typed("")

    def _typed(self, text: str) -> None:
        self.verb.disable("" if text.strip() else _tr("Give it a name first."))

    def submit(self) -> None:
        """Keep it."""
        if self.name.text().strip():
            self._keep(self.name.text())
            self.accept()


def _menu_text(name: str) -> str:
    return shown_name(name, 60).replace("&", "&&")


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
