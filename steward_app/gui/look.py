"""What is shown now: palette, measures, scale.

`look()` is to the tokens what `QApplication.palette()` is to colours of Qt: painted widgets ask it when they
paint, so a change of theme or zoom needs no signal of its own. Only `theme.Theme` changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QColor

from steward_app.gui.tokens import Colours, Measures, colours, measures


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown now. `scale` is zoom times the system's own text scale, 1.0 for 100 %."""

    dark: bool
    scale: float
    colours: Colours
    measures: Measures


_look = Look(False, 1.0, colours("light"), measures())


def look() -> Look:
    """The palette, measures and scale shown now."""
    return _look


def show(new: Look) -> None:
    """Change what is shown. For `theme.Theme`, which tells Qt too."""
    global _look
    _look = new


def px(length: float) -> int:
    """A length of the design in pixels at the present zoom."""
    return round(length * _look.scale)


def colour(token: str) -> QColor:
    """A colour of the present palette by its token ("hairline") or tone."""
    return QColor(_colour(getattr(_look.colours, token)))  # a copy: a QColor can be changed in place


@lru_cache(maxsize=128)
def _colour(text: str) -> QColor:
    return QColor(text)
