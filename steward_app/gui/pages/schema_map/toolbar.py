"""The one row of controls above the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import hbox
from steward_app.gui.look import px
from steward_app.gui.pages.schema_map.groups import Group
from steward_app.gui.pages.schema_map.view import LARGEST, MapView
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Combo, SearchField, Segments
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.gui.widgets.text import Label

_WITH_WORDS, _AROUND = 1072, 264
"""The width of the design that all controls take with their words, and what a focus takes more."""


class _Percent(Label):
    """As wide for every zoom, so that the buttons beside it stay where they are, and nothing is cut."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        widest = self.fontMetrics().horizontalAdvance(f"{LARGEST * 100:.0f} %")
        return QSize(max(widest, hint.width()), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class ZoomControls(QWidget):
    """How large a map is shown, with the buttons that change it."""

    def __init__(self, view: MapView) -> None:
        super().__init__()
        self.percent = _Percent("100 %")
        self.percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        view.zoomed.connect(lambda zoom: self.percent.say(f"{zoom} %"))
        self.setLayout(
            hbox(
                Button(self.tr("Zoom out"), view.zoom_out, kind=Kind.ICON, icon="zoom-out"),
                self.percent,
                Button(self.tr("Zoom in"), view.zoom_in, kind=Kind.ICON, icon="zoom-in"),
                Button(self.tr("Show the whole map"), view.fit, kind=Kind.ICON, icon="maximize"),
                gap=6,
            )
        )


class MapToolbar(Toolbar):
    """Search, columns shown, group, likely links, focus, zoom, and the menu of the rest."""

    def __init__(
        self,
        view: MapView,
        leave_focus: Callable[[], None],
        show_menu: Callable[[QWidget], None],
    ) -> None:
        self.search = SearchField(self.tr("Find a table"), self.tr("Table or column"), width=164)
        self.columns = Segments(
            self.tr("Columns shown"),
            ("all", self.tr("All columns")),
            ("keys", self.tr("Keys")),
            ("none", self.tr("Names")),
        )
        self.group = Combo(self.tr("Group of tables"), [self.tr("All tables")])
        self.likely = Button(self.tr("Likely links"), icon="wand-sparkles")
        self.likely.setCheckable(True)
        self.personal = Button(self.tr("Personal data"), icon="id-card")
        self.personal.setCheckable(True)
        self._focus = Button("", leave_focus, icon="x", kind=Kind.QUIET, icon_after=True)
        self._focus.hide()
        distances = [self.tr("1 link away"), self.tr("2 links"), self.tr("3 links")]
        self.hops = Combo(self.tr("How many links away"), distances)
        self.hops.hide()
        self.zoom = ZoomControls(view)
        more = Button(self.tr("Arrange and export"), lambda: show_menu(more), kind=Kind.ICON, icon="ellipsis")
        self._tight = False
        ends = hbox(self.zoom, more, gap=12)  # they go to a row below together
        super().__init__(
            self.search,
            self.columns,
            self.group,
            self.likely,
            self.personal,
            self._focus,
            self.hops,
            None,
            ends,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_tight"):
            self._fit()

    def _fit(self) -> None:
        """Where the page is narrow, icons stand for the words of switches, rather than a second row."""
        tight = self.width() < px(_WITH_WORDS + (0 if self._focus.isHidden() else _AROUND))
        if tight != self._tight:
            self._tight = tight
            for switch in (self.likely, self.personal):
                switch.set_compact(tight)

    def show_focus(self, table: str, hops: int) -> None:
        """Say around which table the map is drawn; "" for all tables."""
        self._focus.set_words(self.tr("Around {table}").format(table=shown_name(table)))
        self.hops.setCurrentIndex(hops - 1)
        self._focus.setVisible(bool(table))
        self.hops.setVisible(bool(table))
        self._fit()

    def show_groups(self, groups: Sequence[Group]) -> None:
        """List the groups; the one that was shown stays chosen where it is still there."""
        kept = self.group.currentText()
        self.group.clear()
        self.group.addItem(self.tr("All tables"))
        for group in groups:
            self.group.addItem(f"{shown_name(group.title)}  {len(group.tables)}")
        self.group.setCurrentIndex(max(0, self.group.findText(kept)))
        self.group.setVisible(bool(groups))
