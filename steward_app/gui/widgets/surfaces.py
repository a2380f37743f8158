"""Surfaces: cards, rows of keys and values, tool bars, inspectors, empty states, scrolling columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.layout import Item, boxed, clear, fix, grid, hbox, stretch, vbox
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.text import Label, Part

_FOOT_HEIGHT = 32
Value: TypeAlias = Part | tuple[Part, ...] | QWidget


def frame(kind: str, layout: QLayout | None = None) -> QFrame:
    """A frame of a kind of the style sheet: "page", "card", "well", "toolbar", "foot", "chrome"."""
    made = QFrame()
    made.setProperty("kind", kind)
    if layout is not None:
        made.setLayout(layout)
    return made


def hairline(*, upright: bool = False) -> QFrame:
    """A divider."""
    line = frame("hairline")
    return fix(line, width=1) if upright else fix(line, height=1)


class Card(QFrame):
    """A bordered surface with a head.

    Args:
        title: in the head; "" for a card without one.
        items: what stands in it, from top to bottom.
        icon: before the title.
        beside: small muted words after the title ("5", "86, back to 1 December").
        state: at the right of the head: a StateLabel, a label, a link.
        foot: what stands on the window-coloured foot, from left to right.
        flush: True when the content touches the edges (tables, lists).
    """

    def __init__(
        self,
        title: str = "",
        *items: Item,
        icon: str = "",
        beside: str = "",
        state: QWidget | None = None,
        foot: Iterable[Item] = (),
        gap: float = 8,
        flush: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        side = 0 if flush else 16
        top = 4 if title else 16
        self.body: QVBoxLayout = vbox(*items, gap=gap, margins=(side, top, side, 1 if flush else 12))
        self._beside = Label(beside, tone=Tone.MUTED)
        whole = vbox(margins=(1, 1, 1, 1))
        if title:
            self.setAccessibleName(title)
            whole.addWidget(self._head(title, icon, state))
        whole.addLayout(self.body, 1)
        foot = tuple(foot)
        if foot:
            whole.addWidget(frame("card-foot", hbox(*foot, gap=12, margins=(16, 8, 16, 8))))
        self.setLayout(whole)

    def say_beside(self, text: str) -> None:
        """Change the small words after the title."""
        self._beside.say(text)

    def _head(self, title: str, icon: str, state: QWidget | None) -> QWidget:
        items: list[Item] = [IconLabel(icon)] if icon else []
        items += [Label(title, role="heading"), self._beside, None]
        if state is not None:
            items.append(state)
        head = boxed(hbox(*items, margins=(16, 12, 16, 4)))
        return fix(head, least=40)


class KeyValueList(QWidget):
    """Rows of a key and a value, as on a card.

    Args:
        key_width: 0 to write values at the right edge; else values start there, as in an inspector.
    """

    def __init__(
        self,
        rows: Iterable[tuple[str, Value]] = (),
        *,
        key_width: float = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._key_width = key_width
        self._keys: list[str] = []
        self._values: list[Label] = []  # of values that are plain words
        self._grid: QGridLayout = grid(gap=(16, 4))
        self.setLayout(self._grid)
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, Value]]) -> None:
        """Show other rows; where their keys are the same, only the words beside them change."""
        told = tuple(rows)
        keys, texts = [key for key, _ in told], [value for _, value in told if isinstance(value, str)]
        if keys == self._keys and len(self._values) == len(texts) == len(keys):
            for label, text in zip(self._values, texts, strict=True):
                label.say(text)
            return
        clear(self._grid)
        self._keys, self._values = keys, []
        for number, (key, value) in enumerate(told):
            words = Label(key, tone=Tone.MUTED)
            if self._key_width:
                fix(words, width=self._key_width)
            shown = self._shown(value)
            self._grid.addWidget(words, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, number, 1, self._side(value))
            if isinstance(value, str) and isinstance(shown, Label):
                self._values.append(shown)
        self._grid.setColumnStretch(1, 1)

    def _side(self, value: Value) -> Qt.AlignmentFlag:
        if not isinstance(value, QWidget):
            return Qt.AlignmentFlag.AlignTop
        side = Qt.AlignmentFlag.AlignLeft if self._key_width else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignTop

    def _shown(self, value: Value) -> QWidget:
        if isinstance(value, QWidget):
            return value
        parts = value if isinstance(value, tuple) else (value,)
        label = Label(*parts, wrap=bool(self._key_width), elide=not self._key_width and len(parts) == 1)
        if not self._key_width:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label


class Figure(QWidget):
    """A large number with what it counts: "158 of 171 constraints hold"."""

    def __init__(self, figure: str = "", words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure = Label(figure, role="figure")
        self._words = Label(words, tone=Tone.MUTED, elide=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignBottom)
        self._words.setContentsMargins(0, 0, 0, px(5))
        self.setLayout(hbox(self._figure, self._words))

    def show_figure(self, figure: str, words: str) -> None:
        """Show another number."""
        self._figure.say(figure)
        self._words.say(words)


class Toolbar(QFrame):
    """The row of controls under the page head, or two where it is narrow. None takes the room that is left."""

    def __init__(self, *items: Item, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "toolbar")
        self.setLayout(Flow(*items, gap=12, margins=(24, 0, 24, 12)))


class FootBar(QFrame):
    """The line under a table: what is shown, in small muted words, left and right."""

    def __init__(self, *items: Item, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "foot")
        self.setLayout(hbox(*items, gap=12, margins=(24, 6, 24, 6)))
        fix(self, height=_FOOT_HEIGHT)


class Scroll(QScrollArea):
    """A column that scrolls when it does not fit."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        content.setProperty("kind", "scrolled")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setWidget(content)


class Views(QStackedWidget):
    """Views of which one is shown; only that one is asked how much room it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()


class Inspector(QFrame):
    """Details beside a list, with a foot for the actions on what is chosen. 304 to 448 wide."""

    def __init__(self, name: str, *, width: float = 400, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "inspector")
        self.setAccessibleName(name)
        self.body: QVBoxLayout = vbox(gap=12, margins=(20, 16, 20, 16))
        self.foot = hbox(gap=8, margins=(20, 12, 20, 12))
        self._foot_frame = frame("inspector-foot", self.foot)
        whole = vbox(Scroll(boxed(self.body)), self._foot_frame)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        fix(self, width=min(448, max(304, width)))
        self._foot_frame.hide()

    def show_content(self, *items: Item) -> None:
        """Replace what is shown; the last item may be None to push the rest to the top."""
        clear(self.body)
        for item in items:
            if item is None:
                self.body.addStretch(1)
            elif isinstance(item, QWidget):
                self.body.addWidget(item)
            elif isinstance(item, int):
                self.body.addWidget(fix(QWidget(), height=item))
            else:
                self.body.addLayout(item)

    def show_actions(self, *buttons: QWidget) -> None:
        """Replace the actions on the foot; none hides it."""
        clear(self.foot)
        for button in buttons:
            self.foot.addWidget(button)
        self.foot.addStretch(1)
        self._foot_frame.setVisible(bool(buttons))


class EmptyState(QWidget):
    """What a place is for when there is nothing in it yet, and the one thing to do."""

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str,
        action: Button | None = None,
        link: Button | None = None,
        *links: Button,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        words = Label(sentence, tone=Tone.MUTED, wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        fix(words, width=310)
        heading = Label(title, role="heading", wrap=False)
        centre = Qt.AlignmentFlag.AlignHCenter
        column = vbox(gap=8, margins=(20, 20, 20, 20))
        column.addStretch(1)
        column.addWidget(IconLabel(icon, Tone.MUTED, 24), 0, centre)
        column.addWidget(heading, 0, centre)
        column.addLayout(hbox(None, words, None))
        if action is not None or link is not None:
            buttons: list[Item] = [None, *(button for button in (action, link, *links) if button), None]
            column.addLayout(hbox(*buttons, gap=16, margins=(0, 8, 0, 0)))
        column.addStretch(1)
        self.setLayout(column)
        stretch(self, down=True)


class PageHead(QWidget):
    """Title, one sentence, actions at the right."""

    def __init__(
        self,
        title: str,
        sentence: str = "",
        *actions: QWidget,
        beside: Iterable[Item] = (),
        crumbs: Iterable[Item] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = Label(title, role="title")
        self.sentence = Label(sentence, tone=Tone.MUTED, wrap=True)
        self._actions = hbox(*actions, gap=8)
        left = vbox(gap=0)
        crumbs = tuple(crumbs)
        if crumbs:
            left.addLayout(hbox(*crumbs, None, gap=8))
        self._line = hbox(self.title, *beside, None, gap=8)
        left.addLayout(self._line)
        left.addWidget(self.sentence)
        if not sentence:
            self.sentence.hide()  # shown without a parent it would be a window of its own
        self.setLayout(Flow(left, self._actions, gap=16, margins=(24, 16, 24, 16)))

    def say(self, title: str, sentence: str) -> None:
        """Another title and sentence."""
        self.title.say(title)
        self.sentence.say(sentence)
        self.sentence.setVisible(bool(sentence))

    def add_beside(self, *widgets: QWidget) -> None:
        """Put widgets after the title."""
        for widget in widgets:
            self._line.insertWidget(self._line.count() - 1, widget)

    def set_actions(self, *actions: QWidget) -> None:
        """Other actions at the right."""
        clear(self._actions)
        for action in actions:
            self._actions.addWidget(action)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
