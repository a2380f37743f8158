"""Filters with a name: a menu to use, keep and remove them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from steward_app.catalog import Catalog, saved_filters
from steward_app.gui.format import shown_name
from steward_app.services.rows import Filter, filter_from_json, filter_to_json


class SavedFilters:
    """The kept filters of one table of one database."""

    def __init__(self, catalog: Catalog, database_id: str) -> None:
        self._catalog, self._database_id = catalog, database_id

    def reason(self) -> str:
        """Why filters cannot be kept for this file; "" when they can."""
        return "" if self._database_id else _tr("Say first which database this is.")

    def show_menu(self, under: QWidget, table: str, current: Filter, use: Callable[[Filter], None]) -> None:
        """The menu below a button."""
        menu = QMenu(under)
        with self._catalog.reading() as session:
            kept = saved_filters.of_table(session, self._database_id, table) if self._database_id else ()
        for each in kept:
            document = each.filter
            if isinstance(document, dict):
                entry = menu.addAction(shown_name(each.name))
                entry.triggered.connect(lambda _=False, found=document: use(filter_from_json(found)))
        if kept:
            menu.addSeparator()
        keep = menu.addAction(_tr("Keep this filter …"))
        keep.setEnabled(bool(current) and not self.reason())
        menu.setToolTipsVisible(True)
        keep.setToolTip(self.reason() or ("" if current else _tr("No filter is set.")))
        keep.triggered.connect(lambda: self._keep(under, table, current))
        if kept:
            remove = menu.addMenu(_tr("Remove"))
            for each in kept:
                name = each.name
                remove.addAction(shown_name(name)).triggered.connect(
                    lambda _=False, name=name: self._remove(table, name)
                )
        menu.exec(under.mapToGlobal(under.rect().bottomLeft()))

    def _keep(self, parent: QWidget, table: str, current: Filter) -> None:
        name, agreed = QInputDialog.getText(parent, _tr("Keep this filter"), _tr("Name"))
        if agreed and name.strip():
            self.keep(table, name, current)

    def keep(self, table: str, name: str, chosen: Filter) -> None:
        """Keep a filter under a name."""
        with self._catalog.unit() as unit:
            saved_filters.save(unit, self._database_id, table, name, filter_to_json(chosen))
            unit.commit()

    def _remove(self, table: str, name: str) -> None:
        with self._catalog.unit() as unit:
            saved_filters.delete(unit, self._database_id, table, name)
            unit.commit()


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
