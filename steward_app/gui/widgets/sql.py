"""SQL: shown with its keywords, numbers and comments told apart; copied as it is; edited where asked."""

from __future__ import annotations

import re
from bisect import bisect_right

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from steward_app.gui import fonts
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.edited_text import as_given
from steward_app.kernel.text import visible_code

_KEYWORDS = """
abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case
cast check collate column commit conflict constraint create cross current_date current_time current_timestamp database
default deferrable deferred delete desc detach distinct do drop each else end escape except exclude exclusive exists
explain fail filter first following for foreign from full generated glob group groups having if ignore immediate in
index indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized
natural no not nothing notnull null nulls of offset on or order others outer over partition plan pragma preceding
primary query raise range recursive references regexp reindex release rename replace restrict returning right rollback
row rows savepoint select set strict table temp temporary then ties to transaction trigger unbounded union unique
update using vacuum values view virtual when where window with without rowid
"""

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<text>'(?:[^']|'')*(?:'|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z)|`[^`]*(?:`|\Z)|\[[^\]]*(?:\]|\Z))
  | (?P<number>\b0x[0-9a-f]+\b|\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)
  | (?P<word>[A-Za-z_\u0080-\uffff][\w$]*)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_WORDS = frozenset(_KEYWORDS.split())
_TONES = {"comment": Tone.MUTED, "text": Tone.SUCCESS, "number": Tone.SUCCESS}


class Highlighter(QSyntaxHighlighter):
    """Colours keywords, values and comments. The text is lexed as a whole, so that what spans lines is right."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[tuple[int, int, Tone]] = []
        self._ends: list[int] = []
        self._known = False
        self.setDocument(None)  # so that what follows hears of a change first
        document.contentsChange.connect(self._forget)
        self.setDocument(document)

    def _forget(self) -> None:
        self._known = False

    def highlightBlock(self, text: str) -> None:
        if not self._known:
            self._known = True
            self._spans = spans(self.document().toPlainText())
            self._ends = [last for _, last, _ in self._spans]
        start = self.currentBlock().position()
        end = start + len(text)
        for number in range(bisect_right(self._ends, start), len(self._spans)):
            first, last, tone = self._spans[number]
            if first >= end:
                break
            look = QTextCharFormat()
            look.setForeground(QColor(colour(tone)))
            self.setFormat(max(first, start) - start, min(last, end) - max(first, start), look)


def spans(sql: str) -> list[tuple[int, int, Tone]]:
    """Where keywords, values and comments stand: start, end, tone."""
    found = []
    for token in _TOKEN.finditer(sql):
        kind = token.lastgroup or ""
        if kind == "word" and token.group().lower() in _WORDS:
            found.append((token.start(), token.end(), Tone.ACCENT))
        elif kind in _TONES:
            found.append((token.start(), token.end(), _TONES[kind]))
    return found


class SqlView(QPlainTextEdit):
    """SQL to be read and copied, as high as its lines up to `most_lines`.

    Args:
        prose: it is a text, not SQL: long lines are wrapped, and no word is coloured.
    """

    def __init__(
        self,
        sql: str = "",
        *,
        name: str = "SQL",
        most_lines: int = 12,
        prose: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "sql")
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        wrap = QPlainTextEdit.LineWrapMode
        self.setLineWrapMode(wrap.WidgetWidth if prose else wrap.NoWrap)
        if prose:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._most_lines, self._prose = most_lines, prose
        self._highlighter = None if prose else Highlighter(self.document())
        self.show_sql(sql)

    def show_sql(self, sql: str) -> None:
        """Show another text."""
        self._sql = sql
        self.setPlainText(visible_code(sql))
        self._fit()

    def copy_all(self) -> None:
        """Put the whole text on the clipboard, as it is."""
        QGuiApplication.clipboard().setText(self._sql)

    def _fit(self) -> None:
        metrics = QFontMetricsF(fonts.mono(look().scale, size=look().measures.code))
        number = self._number_of_lines()
        height = min(self._most_lines, number) * metrics.lineSpacing() + px(20)
        if self._prose:
            self.setFixedHeight(round(height))
            return
        longest = max(metrics.horizontalAdvance(line) for line in self.toPlainText().splitlines() or [""])
        wide = longest > self.viewport().width() - 2 * self.document().documentMargin()
        policy = Qt.ScrollBarPolicy
        self.setHorizontalScrollBarPolicy(policy.ScrollBarAlwaysOn if wide else policy.ScrollBarAlwaysOff)
        high = number > self._most_lines
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if high else policy.ScrollBarAlwaysOff)
        self.setFixedHeight(round(height) + (px(12) if wide else 0))

    def _number_of_lines(self) -> int:
        """As they are shown: a plain text document measures its height in lines."""
        return max(1, round(self.document().size().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()
        if self._prose:
            QTimer.singleShot(0, self, self._wrap_beside_bar)

    def _wrap_beside_bar(self) -> None:
        """WORKAROUND: Qt wraps lines as if a bar were not there that came meanwhile; another mode wraps them anew."""
        first = self.document().firstBlock().layout().lineAt(0)
        if first.isValid() and first.width() > self.viewport().width():
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(
            self, "_highlighter"
        ):
            if self._highlighter is not None:
                self._highlighter.rehighlight()
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A view that shows everything leaves the wheel to the page."""
        if self._number_of_lines() <= self._most_lines and not event.angleDelta().x():
            event.ignore()
        else:
            super().wheelEvent(event)


class SqlEditor(QPlainTextEdit):
    """A box for a query, or for a text of a schema: what nobody changes of that stays to the letter.

    Signals:
        run_wanted: Ctrl+Enter was pressed.
    """

    run_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = ""
        self.setProperty("kind", "editor")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self._highlighter = Highlighter(self.document())

    @property
    def edited(self) -> str:
        """What stands there now; see `as_given`."""
        return as_given(self.toPlainText(), self._given)

    def edit_sql(self, sql: str) -> None:
        """Put a text in, to be edited."""
        self._given = sql
        self.setPlainText(sql)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.run_wanted.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_highlighter"):
            self._highlighter.rehighlight()
