"""The header: which file, how safe, and the way to anything."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QPushButton, QSizePolicy, QWidget

from steward_app.gui.desk import FileFacts, Protection
from steward_app.gui.format import plural, shown_name, size
from steward_app.gui.layout import boxed, fix, hbox
from steward_app.gui.look import look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Switch
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Keys, Label, Span

_JUMP_WIDTH, _JUMP_NARROW = 288, 120
_FOLDER_FROM, _WORDS_FROM = 1000, 760  # widths of the window
_NAME_AT_LEAST = 200  # of the name stays readable in a narrow window


class Header(QFrame):
    """48 high, always there.

    Signals:
        jump: the steward wants the palette.
        settings: the steward wants the settings.
        read_only_wanted: the switch was turned; True for read-only.
        protection_wanted: the words about restore points were clicked.
    """

    jump = Signal()
    settings = Signal()
    read_only_wanted = Signal(bool)
    protection_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self._name = Label(role="heading", elide=True)
        self._folder = Label(tone=Tone.MUTED, elide=True)
        for label in (self._name, self._folder):
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._size = Label(tone=Tone.MUTED)
        self._jump = _JumpField(self.tr("Go to a table, page or action"))
        self._jump.clicked.connect(self.jump)
        self._open = False
        self._switch = Switch(self.tr("Read-only"))
        self._switch.setChecked(True)
        self._switch.clicked.connect(self.read_only_wanted)
        self._lock = IconLabel("lock", Tone.MUTED, 14)
        self._lock_words = Label(self.tr("Read-only"))
        self._guard = boxed(hbox(_separator(), 8, self._lock, self._lock_words, self._switch))
        self._shield = IconLabel("shield", Tone.MUTED, 16)
        self._protection_words = Label()
        self._protection = _Clickable(hbox(_separator(), 8, self._shield, self._protection_words))
        self._protection.clicked.connect(self.protection_wanted)
        self.settings_button = Button(
            self.tr("Settings"), self.settings.emit, kind=Kind.PLAIN_ICON, icon="sliders-horizontal"
        )
        row = hbox(
            hbox(IconLabel("database", Tone.ACCENT, 20), self._name, self._folder), self._size, None,
            self._jump, self._guard, self._protection, self.settings_button,
            gap=16, margins=(16, 0, 12, 0),
        )  # fmt: skip
        self.setLayout(row)
        fix(self, height=look().measures.header)
        self.show_nothing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, the least needed words go first; icons keep their names."""
        open_file, width = self._open, self.width()
        self._folder.setVisible(open_file and width >= px(_FOLDER_FROM))
        self._size.setVisible(open_file and bool(self._size.plain) and width >= px(_FOLDER_FROM))
        self._lock_words.setVisible(width >= px(_WORDS_FROM))
        self._protection_words.setVisible(width >= px(_WORDS_FROM))

    def show_nothing(self) -> None:
        """No file is open."""
        self._open = False
        self._name.say("Data Steward")
        self._name.setMinimumWidth(0)
        self._size.say("")
        for widget in (self._folder, self._size, self._jump, self._guard, self._protection):
            widget.hide()

    def show_file(self, path: Path) -> None:
        """A file is open; its facts may follow."""
        self._name.say(shown_name(path.name))
        self._name.setMinimumWidth(min(self._name.sizeHint().width(), px(_NAME_AT_LEAST)))
        self._folder.say(shown_name(short_folder(path)))
        self._open = True
        self._size.say("")
        self._jump.show()
        self._guard.show()
        self._fit()

    def show_facts(self, facts: FileFacts) -> None:
        """Size, number of tables, restore points."""
        self._size.say(f"{size(facts.size_bytes)}, {plural(len(facts.tables), 'table', 'tables')}")
        self.show_protection(facts.protection)
        self._fit()

    def show_protection(self, protection: Protection | None) -> None:
        """The age of the last restore point and how far it was proven."""
        self._protection.setVisible(protection is not None)
        if protection is not None:
            self._shield.show_icon(protection.icon, protection.tone)
            loud = protection.tone if protection.tone in (Tone.DANGER, Tone.WARNING) else None
            self._protection_words.say(
                Span(f"{protection.words} ", tone=None if protection.age else loud),
                Span(protection.age, tone=loud, bold=True),
            )
            words = f"{protection.words} {protection.age}".strip()
            self._protection.setAccessibleName(words)
            self._protection.setToolTip(words)

    def show_read_only(self, read_only: bool) -> None:
        """The state of the file, which the switch follows."""
        self._switch.setChecked(read_only)
        self._lock.show_icon("lock" if read_only else "lock-open", Tone.MUTED if read_only else Tone.WARNING)
        self._lock_words.say(self.tr("Read-only") if read_only else self.tr("Changes allowed"))
        self._lock_words.set_tone(Tone.TEXT if read_only else Tone.WARNING)


def _separator() -> QFrame:
    return fix(hairline(upright=True), height=20)


def short_folder(path: Path) -> str:
    """The folder of a file, the home folder as "~"."""
    folder = path.parent
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)


class _JumpField(QPushButton):
    """Looks like a field; opens the palette, which is one."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.setAutoDefault(False)
        label = Label(words, tone=Tone.MUTED, elide=True)
        for part in (content := (IconLabel("search", Tone.MUTED, 14), label, Keys("Ctrl+K"))):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = hbox(*content, gap=8, margins=(8, 0, 8, 0))
        row.setStretch(1, 1)
        self.setLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(_JUMP_WIDTH), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(_JUMP_NARROW), super().minimumSizeHint().height())


class _Clickable(QWidget):
    """Words that lead somewhere, by mouse and by keyboard."""

    clicked = Signal()

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
