"""Actions as data: what can be done, under which name, when, and why not.

Pages list their actions; the window collects them. Buttons, menus, shortcuts and the palette read the same
list, so that a word or a key is written once and a disabled one says why everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from steward_app.gui.icons import icon


def always() -> str:
    """The reason why an action that can always be done cannot be done."""
    return ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    Attributes:
        id: page and verb: "data.export".
        title: verb and object, as on the button: "Export rows".
        run: does it.
        group: where the palette lists it, usually the page: "Data".
        icon: name of an icon, or "".
        shortcut: "Ctrl+E", or "".
        enabled_when: "" when it can be done now, else the reason why not, a sentence.
        keywords: other words a steward may look for.
    """

    id: str
    title: str
    run: Callable[[], None] = field(compare=False)
    group: str = ""
    icon: str = ""
    shortcut: str = ""
    enabled_when: Callable[[], str] = field(default=always, compare=False)
    keywords: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot be done now; "" when it can."""
        return self.enabled_when()

    def trigger(self) -> None:
        """Do it, if it can be done now."""
        if not self.reason:
            self.run()


def shortcut_text(shortcut: str) -> str:
    """A shortcut as it is shown: "Ctrl K"."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ")


def hint(action: Action) -> str:
    """The tooltip: why not, else the title with its keys."""
    if reason := action.reason:
        return f"{action.title}. {reason}"
    return f"{action.title} ({shortcut_text(action.shortcut)})" if action.shortcut else action.title


def triggering(action: Action) -> Callable[..., None]:
    """What to connect a signal to. A function is kept alive by the connection; a method of a plain object is not."""

    def trigger(*_: object) -> None:
        action.trigger()

    return trigger


def add_to_menu(menu: QMenu, actions: Iterable[Action | None]) -> None:
    """Fill a menu; None is a separator. A disabled entry carries its reason as a tooltip."""
    menu.setToolTipsVisible(True)
    for action in actions:
        if action is None:
            menu.addSeparator()
            continue
        keys = QKeySequence(action.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        entry = QAction(f"{action.title}\t{keys}" if keys else action.title, menu)
        if action.icon:
            entry.setIcon(icon(action.icon))
        reason = action.reason
        entry.setEnabled(not reason)
        entry.setToolTip(reason)
        entry.triggered.connect(triggering(action))
        menu.addAction(entry)


_EDITING = tuple(
    QKeySequence(keys) for keys in ("Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Z", "Ctrl+Shift+Z")
)


class Shortcuts(QObject):
    """The keys of a list of actions, on a widget and everything in it. Replaced as a whole.

    Where the focus is in a field of one line, Qt on Linux would keep keys of Emacs (Ctrl+E) for it, and what a menu
    offers under them would be dead: they are ours there too, but for those that edit everywhere.
    """

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._made: list[QShortcut] = []
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def use(self, actions: Iterable[Action]) -> None:
        """Bind these actions' keys, and only these. The first of two with the same keys has them."""
        for old in self._made:
            old.setEnabled(False)
            old.deleteLater()
        self._made = []
        taken: set[str] = set()
        for action in actions:
            if not action.shortcut or action.shortcut in taken:
                continue
            taken.add(action.shortcut)
            made = QShortcut(QKeySequence(action.shortcut), self._owner)
            made.activated.connect(triggering(action))
            self._made.append(made)

    @Slot(QWidget, QWidget)
    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and shiboken6.isValid(old):
            old.removeEventFilter(self)
        if isinstance(new, QLineEdit) and self._owner.isAncestorOf(new):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
            return False
        keys = QKeySequence(event.keyCombination())
        if keys in _EDITING or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if ours := any(made.key() == keys for made in self._made):
            event.ignore()
        return ours
