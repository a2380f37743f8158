"""Type: Inter for words, JetBrains Mono for names, SQL and hashes. Both travel with the program (OFL)."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from steward_app.storage.shipped import resource

WORDS = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")
NAMES = ("JetBrains Mono", "Cascadia Mono", "Menlo", "Noto Sans Mono", "DejaVu Sans Mono")


def install() -> None:
    """Make the fonts that travel with the program known to Qt. Where one does not load, the platform's serves."""
    if QFontDatabase.hasFamily(WORDS[0]) and QFontDatabase.hasFamily(NAMES[0]):
        return
    for path in sorted(resource("fonts").glob("*/*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def body(scale: float, *, size: float = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font of words. `size` in pixels at 100 %."""
    return _made(WORDS, size * scale, weight)


def mono(scale: float, *, size: float = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font of names, SQL and hashes."""
    font = _made(NAMES, size * scale, weight)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def _made(families: tuple[str, ...], pixels: float, weight: QFont.Weight) -> QFont:
    font = QFont(list(families))
    font.setPixelSize(max(1, round(pixels)))
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width
    font.setFeature(QFont.Tag("calt"), 0)  # `->` stays what was written
    return font
