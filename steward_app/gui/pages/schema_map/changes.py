"""What came, went and changed, on a map of two schemas: its colours, and how a box and its rows show them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from steward_app.gui import fonts
from steward_app.gui.format import shown_name
from steward_app.gui.look import colour
from steward_app.gui.tokens import Tone
from steward_app.services.schema.diff_model import ChangeKind
from steward_app.services.schema.erd.model import Box, Mark

TONES = {
    ChangeKind.ADDED: Tone.SUCCESS,
    ChangeKind.REMOVED: Tone.DANGER,
    ChangeKind.CHANGED: Tone.WARNING,
}
_MOST_WORDS, _ASIDE = 120.0, 10.0


def tone_of(mark: Mark | None, otherwise: str) -> str:
    """The token of the colour of a mark; of what has none, another one."""
    return otherwise if mark is None else TONES[mark.kind].value


def tint_of(mark: Mark | None, otherwise: str) -> str:
    """The token of its tint, likewise."""
    return otherwise if mark is None else f"{TONES[mark.kind].value}_tint"


def gone(mark: Mark | None) -> bool:
    """Whether it is there before and not after."""
    return mark is not None and mark.kind is ChangeKind.REMOVED


def signed(mark: Mark) -> str:
    """Sign and word: "+ added"."""
    return f"{mark.sign} {shown_name(mark.word)}"


def told(box: Box, name: str) -> str:
    """What a box says when it is pointed at."""
    if box.mark is None:
        return name
    words = (f"{name}: {box.mark.word}", *box.mark.told)
    return "\n".join(map(shown_name, words))


def paint_row(painter: QPainter, mark: Mark, line: QRectF) -> float:
    """The tint, sign and word of a row that is not the same; gives the room the word takes at the right."""
    painter.fillRect(line.adjusted(1, 0, -1, 0), colour(tint_of(mark, "")))
    painter.setPen(colour(tone_of(mark, "")))
    painter.setFont(fonts.mono(1.0, size=12, weight=QFont.Weight.Bold))
    painter.drawText(
        QRectF(line.x() + 2, line.y(), 8, line.height()), Qt.AlignmentFlag.AlignCenter, mark.sign
    )
    font = fonts.body(1.0, size=11, weight=QFont.Weight.DemiBold)
    metrics = QFontMetricsF(font)
    words = metrics.elidedText(shown_name(mark.word), Qt.TextElideMode.ElideRight, _MOST_WORDS)
    painter.setFont(font)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(line.adjusted(0, 0, -_ASIDE, 0), right, words)
    return metrics.horizontalAdvance(words) + _ASIDE
