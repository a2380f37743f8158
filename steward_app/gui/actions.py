"""Actions as data: what can be done, under which name, when, and why not.

Pages list their actions; the window collects them. Buttons, menus, shortcuts and the palette read the same
list, so that a word or a key is written once and a disabled one says why everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

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


class Shortcuts(QObject):
    """The keys of a list of actions, on a widget and everything in it. Replaced as a whole."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._made: list[QShortcut] = []

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
