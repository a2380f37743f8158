"""Dialogs: over their window without stopping its event loop, no larger than it, and gone once they are closed."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.layout import Item, boxed, clear, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.surfaces import Scroll, frame
from steward_app.gui.widgets.text import Label, Part

_WIDTH, _MARGIN = 520, 48


class PageDialog(QDialog):
    """Looks as a page does. Every dialog is one.

    Attributes:
        running: a job of the dialog. While there is one, Esc and Cancel stop it and leave the dialog where it is.

    Args:
        over: the page or window that it stands over.
        title: what it is for: "Add a store".
    """

    def __init__(self, over: QWidget, title: str) -> None:
        super().__init__(over)
        self.running: JobHandle | None = None
        self.setWindowTitle(title)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)

    @property
    def room(self) -> QSize:
        """How large it may be over its window."""
        around = px(_MARGIN)
        over = self.parentWidget()
        return over.window().size() - QSize(around, around) if over is not None else self.size()

    def take(self, width: float, height: float) -> None:
        """Be as large as in the design, where the window has room for that."""
        self.resize(QSize(px(width), px(height)).boundedTo(self.room))

    def reject(self) -> None:
        if self.running is not None:
            self.running.cancel()
        else:
            super().reject()


class FormDialog(PageDialog):
    """Fields with a verb and the way out; as high as what stands in it, and what has no room scrolls.

    Args:
        sentence: what comes of it; "" for nothing.
        verb: of the button that does it, which Enter presses: "Make the store".
        items: the fields.
        heading: stands above them in the place of the title.
        icon: of the verb.
        wide: of the design.
    """

    def __init__(
        self,
        over: QWidget,
        title: str,
        sentence: str,
        verb: str,
        *items: QWidget,
        heading: tuple[Part, ...] = (),
        icon: str = "",
        wide: float = _WIDTH,
    ) -> None:
        super().__init__(over, title)
        self._wide = wide
        self.verb = Button(verb, self.submit, kind=Kind.PRIMARY, icon=icon)
        self.verb.setDefault(True)
        self.stay = Button(_tr("Cancel"), self.reject)
        self._body = vbox(
            Label(*(heading or (title,)), role="question", wrap=True), gap=12, margins=(20, 20, 20, 16)
        )
        if sentence:
            self._body.addWidget(Label(sentence, tone=Tone.MUTED, wrap=True))
        self._content = boxed(vbox(boxed(self._body), None))
        self._said = vbox()
        self._told = boxed(vbox(boxed(self._said), margins=(20, 0, 20, 12)))
        self._told.hide()
        self._foot = dialog_foot(None, self.stay, self.verb)
        whole = vbox(Scroll(self._content), self._told, self._foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.add(*items)

    @abstractmethod
    def submit(self) -> None:
        """Do what the verb says."""

    def add(self, *items: QWidget) -> None:
        """Put these below what is there."""
        for item in items:
            self._body.addWidget(item)
        self._leave_last()

    def tell(self, banner: QWidget | None) -> None:
        """Show what is in the way above the verb, or that nothing is any more."""
        clear(self._said)
        if banner is not None:
            self._said.addWidget(banner)
        self._told.setVisible(banner is not None)
        self._leave_last()
        self.fit()

    def _leave_last(self) -> None:
        """Tab comes to the buttons after all that stands above them, whenever that was put in."""
        if reached := [*_by_tab(self._content), *_by_tab(self._told)]:
            self.setTabOrder(reached[-1], self.stay)
            self.setTabOrder(self.stay, self.verb)

    def fit(self) -> None:
        """Be as high as what stands in it, now and once what is new there has been laid out."""
        self._fit()
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        width = min(px(self._wide), self.room.width())
        high = sum(
            _height(each, width) for each in (self._content, self._told, self._foot) if not each.isHidden()
        )
        self.resize(width, min(high, self.room.height()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None and (fields := _by_tab(self._content)):
            fields[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.fit()


def dialog_foot(*items: Item, gap: float = 8) -> QFrame:
    """The line of buttons at the bottom of a dialog."""
    return frame("foot", hbox(*items, gap=gap, margins=(20, 12, 20, 12)))


def _by_tab(part: QWidget) -> list[QWidget]:
    """What Tab comes to in a part, in the order of reading."""
    inside = part.findChildren(QWidget)
    return [each for each in inside if each.focusPolicy() & Qt.FocusPolicy.TabFocus and not each.focusProxy()]


def _height(part: QWidget, width: int) -> int:
    layout = part.layout()
    if layout is None:
        return part.sizeHint().height()
    layout.activate()
    return (
        layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("dialog", text)
