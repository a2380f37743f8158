"""Saving and printing the map as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QGraphicsScene, QWidget

PICTURES = (
    ("svg", "SVG picture", "svg"),
    ("png", "PNG picture", "png"),
    ("pdf", "PDF page", "pdf"),
)
ALL_KINDS = (
    *PICTURES,
    ("mermaid", "Mermaid", "mmd"),
    ("dot", "Graphviz", "dot"),
    ("dbml", "DBML", "dbml"),
    ("plantuml", "PlantUML", "puml"),
)


def choose_target(
    parent: QWidget, start: Path, kinds: Sequence[tuple[str, str, str]] = ALL_KINDS
) -> tuple[Path, str] | None:
    """Ask where the map shall go and as what; None when the steward thought better of it."""
    filters = {f"{words} (*.{ending})": (kind, ending) for kind, words, ending in kinds}
    chosen, which = QFileDialog.getSaveFileName(
        parent, _tr("Save the map"), str(start.with_suffix(".svg")), ";;".join(filters)
    )
    if not chosen:
        return None
    kind, ending = filters.get(which, ("svg", "svg"))
    path = Path(chosen)
    by_ending = {ending: kind for kind, _, ending in kinds}
    if path.suffix.lower().removeprefix(".") in by_ending:
        return path, by_ending[path.suffix.lower().removeprefix(".")]
    return path.with_name(f"{path.name}.{ending}"), kind


def print_map(parent: QWidget, scene: QGraphicsScene) -> bool:
    """Print the whole map on one page; False when the steward thought better of it."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    area = scene.itemsBoundingRect()
    landscape = area.width() > area.height()
    printer.setPageOrientation(
        QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    )
    dialog = QPrintDialog(printer, parent)
    if dialog.exec() != QPrintDialog.DialogCode.Accepted:
        return False
    painter = QPainter(printer)
    scene.render(painter, QRectF(printer.pageRect(QPrinter.Unit.DevicePixel)), area)
    painter.end()
    return True


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
