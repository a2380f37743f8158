"""The sidebar: the pages there are, in the order of the work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QSizePolicy, QWidget

from steward_app.gui import fonts, icons
from steward_app.gui.actions import shortcut_text
from steward_app.gui.format import integer
from steward_app.gui.layout import fix, vbox
from steward_app.gui.look import colour, look, px
from steward_app.gui.page import Group, PageSpec
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.text import Label

_BADGE = 9  # size of a number at the corner of an icon


class Sidebar(QFrame):
    """208 wide, or icons alone. One stop for Tab; the arrows move inside, Enter or Space chooses.

    Signals:
        chosen: id of the page the steward wants.
    """

    chosen = Signal(str)

    def __init__(self, specs: Sequence[PageSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "sidebar")
        self.setAccessibleName(self.tr("Pages"))
        self._items: dict[str, _Item] = {}
        self._heads: list[Label] = []
        self._group = QButtonGroup(self)
        column = vbox(gap=0, margins=(8, 8, 8, 8))
        for group in Group:
            members = [spec for spec in specs if spec.group is group]
            if members:
                head = Label(group.words, role="caption", tone=Tone.MUTED)
                head.setContentsMargins(px(8), px(12), px(8), px(4))
                self._heads.append(head)
                column.addWidget(head)
            for spec in members:
                column.addWidget(self._item(spec))
        column.addStretch(1)
        self.setLayout(column)
        self._narrow = False
        self.set_narrow(False)

    def _item(self, spec: PageSpec) -> _Item:
        number = len(self._items) + 1
        item = _Item(spec, f"Ctrl+{number}" if number < 10 else "")
        item.clicked.connect(lambda: self.chosen.emit(spec.id))
        self._group.addButton(item)
        self._items[spec.id] = item
        return item

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, with the words as tooltips; or both."""
        self._narrow = narrow
        measures = look().measures
        for head in self._heads:
            head.setVisible(not narrow)
        for item in self._items.values():
            item.set_narrow(narrow)
        fix(self, width=measures.sidebar_narrow if narrow else measures.sidebar)

    @property
    def narrow(self) -> bool:
        return self._narrow

    def show_page(self, page: str) -> None:
        """Mark the page that is shown; the focus, where it is here, goes with it."""
        held = any(item.hasFocus() for item in self._items.values())
        for key, item in self._items.items():
            item.setChecked(key == page)
            item.setFocusPolicy(Qt.FocusPolicy.StrongFocus if key == page else Qt.FocusPolicy.ClickFocus)
            if held and key == page:
                item.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_count(self, page: str, count: int | None, tone: Tone) -> None:
        """Put a number beside a page; None removes it."""
        if page in self._items:
            self._items[page].set_count(count, tone)

    def clear_counts(self, group: Group | None = None) -> None:
        """No numbers, on any page or on those of a group: another file, or rows that nobody has looked at yet."""
        for item in self._items.values():
            if group in (None, item.spec.group):
                item.set_count(None, Tone.MUTED)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        items = list(self._items.values())
        focused = next((i for i, item in enumerate(items) if item.hasFocus()), None)
        key = Qt.Key(event.key())
        if focused is None:
            super().keyPressEvent(event)
        elif key in steps:
            items[(focused + steps[key]) % len(items)].setFocus(Qt.FocusReason.TabFocusReason)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            items[0 if key == Qt.Key.Key_Home else -1].setFocus(Qt.FocusReason.TabFocusReason)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            items[focused].click()
        else:
            super().keyPressEvent(event)


class _Item(QAbstractButton):
    """One page in the sidebar, painted."""

    def __init__(self, spec: PageSpec, shortcut: str) -> None:
        super().__init__()
        self.spec, self._keys = spec, shortcut_text(shortcut)
        self._count, self._tone, self._narrow = "", Tone.MUTED, False
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    def set_narrow(self, narrow: bool) -> None:
        self._narrow = narrow
        self._describe()
        self.update()

    def set_count(self, count: int | None, tone: Tone) -> None:
        self._count, self._tone = "" if not count else integer(count), tone
        self._describe()
        self.update()

    def _describe(self) -> None:
        words = f"{self.spec.title}, {self._count}" if self._count else self.spec.title
        self.setAccessibleName(words)
        keys = f" ({self._keys})" if self._keys else ""
        self.setToolTip(f"{words}{keys}" if self._narrow else self._keys)

    def sizeHint(self) -> QSize:
        return QSize(px(32), px(look().measures.row_table))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        on, hovered = self.isChecked(), self.underMouse()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = px(look().measures.radius_control)
        if on or hovered:
            painter.setBrush(colour("accent_tint" if on else "hover"))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        height = self.height()
        icons.paint(
            painter, self.spec.icon, Tone.ACCENT if on else Tone.MUTED, px(8), (height - px(16)) / 2, 16
        )
        if not self._narrow:
            self._paint_words(painter, on)
        elif self._count:
            self._paint_badge(painter)
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        """The number at the corner of the icon, where there are no words."""
        words = self._count if len(self._count) < 3 else "99+"
        painter.setFont(fonts.body(look().scale, size=_BADGE, weight=QFont.Weight.DemiBold))
        high = px(13)
        wide = max(high, painter.fontMetrics().horizontalAdvance(words) + px(6))
        area = QRectF(self.width() - wide, px(1), wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self._tone))
        painter.drawRoundedRect(area, high / 2, high / 2)
        painter.setPen(colour("base"))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_words(self, painter: QPainter, on: bool) -> None:
        weight = QFont.Weight.DemiBold if on else QFont.Weight.Normal
        painter.setFont(fonts.body(look().scale, size=look().measures.body, weight=weight))
        painter.setPen(colour("accent" if on else "text"))
        area = QRectF(px(32), 0, self.width() - px(40), self.height())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), self.spec.title)
        if self._count:
            painter.setFont(
                fonts.body(look().scale, size=look().measures.caption, weight=QFont.Weight.Medium)
            )
            painter.setPen(colour(self._tone))
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, int(side), self._count)
