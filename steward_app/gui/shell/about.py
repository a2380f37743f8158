"""About: what this is, its version, and the licences of what travels with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from steward_app import __version__
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.text import Label
from steward_app.storage.shipped import resource

_LICENCES = (
    ("Icons: Lucide", "icons/LICENSE"),
    ("Inter", "fonts/inter/OFL.txt"),
    ("JetBrains Mono", "fonts/jetbrains-mono/OFL.txt"),
)
_QT = """Qt and PySide6 are used under the GNU Lesser General Public License, version 3. They are separate files \
beside this program, and you may replace them with your own build. Their text and source are at https://www.qt.io."""


class About(PageDialog):
    """A window with words and one button."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, _tr("About Data Steward"))
        text = QPlainTextEdit()
        text.setReadOnly(True)
        text.setProperty("kind", "field")
        text.setTabChangesFocus(True)
        text.setAccessibleName(_tr("Licences"))
        text.setPlainText(licences())
        close = Button(_tr("Close"), self.accept)
        close.setDefault(True)
        words = boxed(
            vbox(
                Label("Data Steward", role="title"),
                Label(_tr("Version {version}").format(version=__version__), tone=Tone.MUTED),
                Label(_tr("Custody of a local SQLite database. MIT licence."), wrap=True),
                text,
                gap=8,
                margins=(20, 20, 20, 16),
            )
        )
        self.setLayout(vbox(words, dialog_foot(None, close)))
        self.take(640, 560)
        close.setFocus()


def licences() -> str:
    """The licence texts of everything that travels with the program."""
    parts = [f"Qt\n\n{_QT}"]
    parts += [f"{title}\n\n{resource(path).read_text('utf-8')}" for title, path in _LICENCES]
    return "\n\n\n".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("about", text)
