"""Switches, ticks, choices and fields. What a style sheet cannot draw is painted here."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from steward_app.gui import icons as drawn
from steward_app.gui.layout import fix, hbox, vbox
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.text import Label, restyle

_SEARCH_NARROW = 96


class Switch(QCheckBox):
    """On or off, at once. The words beside it say of what; `name` says it to a screen reader."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(32), px(18))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        on = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "hairline" if not self.isEnabled() else "selection" if on else "control"
        painter.setPen(QPen(colour(edge), 1))
        painter.setBrush(colour("selection" if on and self.isEnabled() else "base"))
        track = QRectF(0.5, 0.5, px(32) - 1, px(18) - 1)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("on_fill" if on and self.isEnabled() else "control"))
        painter.drawEllipse(QRectF(px(17) if on else px(3), px(3), px(12), px(12)))
        painter.end()


class Tick(QCheckBox):
    """A tick box; `partly` shows that some of many are ticked."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.replace("&", "&&"), parent)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        state = self.checkState()
        if state is Qt.CheckState.Unchecked:
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        glyph = "check" if state is Qt.CheckState.Checked else "minus"
        tone = Tone.ON_FILL if self.isEnabled() else Tone.DIM
        offset = (box.width() - px(12)) / 2
        drawn.paint(painter, glyph, tone, box.x() + offset, box.y() + offset, 12)
        painter.end()


class Choice(QRadioButton):
    """One of several."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.replace("&", "&&"), parent)


class Combo(QComboBox):
    """A choice from a list. `name` says of what, unless a label is its buddy."""

    def __init__(
        self, name: str, choices: Iterable[str] = (), *, mono: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("mono", mono)
        self.addItems(list(choices))

    def setEditable(self, editable: bool) -> None:
        """Let it be typed into as well."""
        super().setEditable(editable)
        if (line := self.lineEdit()) is not None:
            line.setAccessibleName(self.accessibleName())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        tone = Tone.MUTED if self.isEnabled() else Tone.DIM
        drawn.paint(painter, "chevron-down", tone, self.width() - px(22), (self.height() - px(14)) / 2, 14)
        painter.end()


class TextField(QLineEdit):
    """A line of text."""

    def __init__(self, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)

    def set_wrong(self, sentence: str) -> None:
        """Mark it as wrong, with what would be right; "" when it is right again."""
        self.setProperty("wrong", bool(sentence))
        self.setAccessibleDescription(sentence)
        restyle(self)


class LabelledField(QWidget):
    """A field with its label above and its error below."""

    def __init__(self, label: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = TextField(label, placeholder)
        words = Label(label)
        words.setBuddy(self.edit)
        self._icon = IconLabel("circle-x", Tone.DANGER, 12)
        self._error = Label(role="small", tone=Tone.DANGER, elide=True)
        self.setLayout(vbox(words, self.edit, hbox(self._icon, self._error, gap=4), gap=6))
        self.set_wrong("")

    def set_wrong(self, sentence: str) -> None:
        """Say at the field what is wrong with it; "" when it is right."""
        self.edit.set_wrong(sentence)
        self._error.say(sentence)
        self._icon.setVisible(bool(sentence))
        self._error.setVisible(bool(sentence))


class SearchField(QLineEdit):
    """A field that finds or filters. Esc empties it; a hint at its right tells "1 of 3"."""

    def __init__(
        self,
        name: str,
        placeholder: str,
        *,
        icon: str = "search",
        width: float = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._width = width
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._icon = icon
        self._clear = Button(
            self.tr("Clear"), self.clear, kind=Kind.PLAIN_ICON, icon="x", small=True, parent=self
        )
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Esc does the same
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.hide()
        self._indent()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        self._hint = Label(role="small", tone=Tone.MUTED, parent=self)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if width:
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_wrong(self, sentence: str) -> None:
        """Mark what was typed as wrong, with what would be right; "" when it is right again."""
        self.setProperty("wrong", bool(sentence))
        self.setAccessibleDescription(sentence)
        restyle(self)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(px(self._width), hint.height()) if self._width else hint

    def minimumSizeHint(self) -> QSize:
        return QSize(px(_SEARCH_NARROW), super().minimumSizeHint().height())

    def _indent(self) -> None:
        self.setTextMargins(px(20), 0, px(24), 0)

    def tell(self, hint: str) -> None:
        """Show a short hint inside the field, at its right."""
        self._hint.say(hint)
        self._place_hint()

    def _place_hint(self) -> None:
        self._clear.adjustSize()
        self._clear.move(
            self.width() - self._clear.width() - px(2), (self.height() - self._clear.height()) // 2
        )
        self._hint.adjustSize()
        x = self.width() - self._hint.width() - px(30)
        self._hint.move(x, (self.height() - self._hint.height()) // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_hint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._indent()
            self._place_hint()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        drawn.paint(painter, self._icon, Tone.MUTED, px(8), (self.height() - px(14)) / 2, 14)
        painter.end()


class _Exclusive(QFrame):
    """Buttons of which one is chosen.

    Signals:
        chosen: the key of the one the steward chose.
    """

    chosen = Signal(str)
    _kind = ""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}

    @property
    def value(self) -> str:
        """The key of the one chosen."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """The buttons, in order."""
        return tuple(self._buttons.values())

    def choose(self, key: str) -> None:
        """Show another one as chosen, "" for none; does not tell `chosen`."""
        if key:
            self._buttons[key].setChecked(True)
            return
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def set_text(self, key: str, text: str) -> None:
        """Other words for one of them, as with a count: "Broken 4"."""
        self._buttons[key].setText(text.replace("&", "&&"))

    def _add(self, key: str, text: str, icon: str = "", tone: Tone = Tone.TEXT) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", self._kind)
        button.setCheckable(True)
        button.setText(text.replace("&", "&&"))
        if icon:
            button.setIcon(drawn.icon(icon, tone, on_selection=False))
            button.setIconSize(QSize(px(18), px(14)))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.chosen.emit(key))
        self._group.addButton(button)
        self._buttons[key] = button
        button.setChecked(len(self._buttons) == 1)
        return button


_ICON_ROOM = 22  # of an icon and the gap behind it


class Segments(_Exclusive):
    """One of a few, side by side: (key, text) or (key, text, icon). The first is chosen."""

    _kind = "segment"

    def __init__(
        self, name: str, *items: tuple[str, str] | tuple[str, str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(name, parent)
        self.setProperty("kind", "field")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._compact = self._plain = False
        row = hbox(gap=0, margins=(1, 1, 1, 1))
        for number, (key, text, *icons) in enumerate(items):
            if number:
                line = QFrame()
                line.setProperty("kind", "hairline")
                row.addWidget(fix(line, width=1))
            button = self._add(key, text, icons[0] if icons else "")
            row.addWidget(fix(button, height=look().measures.control_height - 2))
        self.setLayout(row)

    def set_compact(self, compact: bool) -> None:
        """Show icons alone, with the words as their names and tooltips, where room is short; or both again."""
        self._compact = compact
        self._show_icons()

    def _show_icons(self) -> None:
        style = Qt.ToolButtonStyle
        for button in self._buttons.values():
            words = style.ToolButtonTextOnly if self._plain else style.ToolButtonTextBesideIcon
            button.setToolButtonStyle(style.ToolButtonIconOnly if self._compact else words)
            button.setIconSize(QSize(px(14 if self._compact else 18), px(14)))
            button.setToolTip(button.text() if self._compact else "")

    def sizeHint(self) -> QSize:
        """With its icons, which it goes without where there is not so much room."""
        hint = super().sizeHint()
        left_out = sum(not button.icon().isNull() for button in self._buttons.values()) if self._plain else 0
        return QSize(hint.width() + left_out * px(_ICON_ROOM), hint.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(_ICON_ROOM) * len(self._buttons), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        plain = self.width() < self.sizeHint().width()
        if plain != self._plain and not self._compact:
            self._plain = plain
            self._show_icons()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._buttons:
            self._show_icons()


class Tabs(_Exclusive):
    """Views of one thing: (key, text). The first is shown."""

    _kind = "tab"

    def __init__(self, name: str, *items: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        row = hbox(gap=20)
        for key, text in items:
            row.addWidget(self._add(key, text))
        row.addStretch(1)
        line = QFrame()
        line.setProperty("kind", "hairline")
        self.setLayout(vbox(row, fix(line, height=1)))
