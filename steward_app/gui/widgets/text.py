"""Words on a page. Pages pass text, never markup: names from a file are hostile and come out as what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from typing import TypeAlias

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from steward_app.gui.actions import shortcut_text
from steward_app.gui.fonts import NAMES
from steward_app.gui.format import name_alone
from steward_app.gui.look import colour, look, px
from steward_app.gui.tokens import Tone

_ELIDED_WIDTH = 24
_LONG_WORD, _PIECE = re.compile(r"\w{32,}"), re.compile(r".{1,8}")
_NATURAL_LINE = 1.21  # height of a line of Inter, by its size


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text with a look of its own."""

    text: str
    tone: Tone | None = None
    bold: bool = False
    mono: bool = False
    small: bool = False


Part: TypeAlias = str | Span


def bold(text: str) -> Span:
    """A stretch in semibold."""
    return Span(text, bold=True)


def muted(text: str) -> Span:
    """A stretch in the muted tone."""
    return Span(text, tone=Tone.MUTED)


def name(text: str, *, bold: bool = False, tone: Tone | None = None) -> Span:
    """A name from the file, in the font of names, with nothing hidden in it."""
    return Span(name_alone(text), mono=True, bold=bold, tone=tone)


def tip(text: str) -> str:
    """A text for a tooltip, which Qt would read as markup where it looks like it: names may."""
    return markup((text,)) if "<" in text or "&" in text else text


class Label(QLabel):
    """A label of a role of type and a tone.

    Args:
        parts: text, or spans where stretches differ.
        role: "body", "caption", "small", "strong-small", "medium", "strong", "heading", "title", "figure",
            "question", "mono", "mono-strong", "mono-heading".
        wrap: True for paragraphs.
        elide: True to cut at the right with "…" and a tooltip; takes the room that is left.
        middle: with `elide`, True to cut it in the middle: names often differ at their ends.
        selectable: True when the steward may want to copy it.
    """

    def __init__(
        self,
        *parts: Part,
        role: str = "body",
        tone: Tone = Tone.TEXT,
        wrap: bool = False,
        elide: bool = False,
        middle: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._parts: tuple[Part, ...] = parts
        self._elide = elide
        self._cut = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setProperty("role", role)
        self.setProperty("tone", str(tone))
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
            self._raise_lines()
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._render()

    def say(self, *parts: Part) -> None:
        """Show another text."""
        if parts != self._parts:
            self._parts = parts
            self._render()

    def set_tone(self, tone: Tone) -> None:
        """Show it in another tone."""
        if self.property("tone") != str(tone):
            self.setProperty("tone", str(tone))
            restyle(self)

    @property
    def plain(self) -> str:
        """The text without its looks."""
        return "".join(part if isinstance(part, str) else part.text for part in self._parts)

    def _render(self) -> None:
        rich = self.wordWrap() or any(isinstance(part, Span) for part in self._parts)
        if rich and not self._elide:
            self.setTextFormat(Qt.TextFormat.RichText)
            self.setText(markup(self._parts, wrap=self.wordWrap()))
        else:
            self.setTextFormat(Qt.TextFormat.PlainText)
            self.setText(self.plain)
        self.setAccessibleName(self.plain)
        self._tell_cut()

    def _tell_cut(self) -> None:
        if self._elide:
            cut = self.fontMetrics().horizontalAdvance(self.plain) > self.contentsRect().width()
            self.setToolTip(markup((self.plain,)) if cut else "")

    def _raise_lines(self) -> None:
        """Qt puts the room of a line above its letters: half of it belongs below, as beside a label of one line."""
        measures = look().measures
        rise = px((measures.body_line - measures.body * _NATURAL_LINE) / 2)
        self.setContentsMargins(0, -rise, 0, rise)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.wordWrap():
            self._raise_lines()
        if event.type() == QEvent.Type.StyleChange and self.textFormat() == Qt.TextFormat.RichText:
            self.setText(markup(self._parts, wrap=self.wordWrap()))

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(px(_ELIDED_WIDTH), hint.height()) if self._elide else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_cut()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._elide:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(colour(self.property("tone") if self.isEnabled() else Tone.DIM))
        area = self.contentsRect()
        text = self.fontMetrics().elidedText(self.plain, self._cut, area.width())
        painter.drawText(area, int(self.alignment()), text)
        painter.end()


class Keys(QLabel):
    """A key of the keyboard, as on a keycap."""

    def __init__(self, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(shortcut_text(shortcut), parent)
        self.setProperty("kind", "keys")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


def markup(parts: Iterable[Part], *, wrap: bool = False) -> str:
    """The parts as Qt's rich text, every character of them escaped."""
    if not wrap:
        return f"<span>{''.join(map(_stretch, parts))}</span>"
    inner = "".join(_stretch(_breakable(part)) for part in parts)
    return f'<div style="line-height:{px(look().measures.body_line)}px">{inner}</div>'


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at changed properties."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def _breakable(part: Part) -> Part:
    """With places to break in words that are longer than any line: hashes, tokens. What is not shown has no width."""
    text = part if isinstance(part, str) else part.text
    broken = _LONG_WORD.sub(lambda found: "\u200b".join(_PIECE.findall(found[0])), text)
    return broken if isinstance(part, str) else replace(part, text=broken)


def _stretch(part: Part) -> str:
    if isinstance(part, str):
        return _escaped(part)
    styles = []
    if part.tone is not None:
        styles.append(f"color:{getattr(look().colours, part.tone)}")
    if part.bold:
        styles.append("font-weight:600")
    if part.mono:
        styles.append(f"font-family:'{NAMES[0]}'; font-size:{px(look().measures.code)}px")
    elif part.small:
        styles.append(f"font-size:{px(look().measures.small)}px")
    return f'<span style="{"; ".join(styles)}">{_escaped(part.text)}</span>'


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>")
