"""The view of the map: zoom, scroll, keys, and the small map in its corner."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from steward_app.gui.look import colour, look, px
from steward_app.gui.pages.schema_map.items import FAR_BELOW, NAMES_ONLY_BELOW, Emphasis
from steward_app.gui.pages.schema_map.scene import MapScene

SMALLEST, LARGEST = 0.05, 2.0
_STEP = 1.2
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class MapView(QGraphicsView):
    """Scroll with the wheel or by dragging the ground, zoom with Ctrl and the wheel; arrow keys choose a table.

    Signals:
        zoomed: the scale in percent.
    """

    zoomed = Signal(int)

    def __init__(self, scene: MapScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._map = scene
        self._zoom = 1.0
        self._fits = False
        self.setAccessibleName(self.tr("Map of the tables"))
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setCornerWidget(QWidget())
        self.overview = SmallMap(self)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self.overview.update)
            bar.rangeChanged.connect(self.overview.place)
        scene.emphasised.connect(self.overview.update)

    @property
    def zoom(self) -> float:
        """The scale of the map, 1.0 for 100 %."""
        return self._zoom

    def set_zoom(self, zoom: float) -> None:
        """Scale the map, within what can be read and moved."""
        self._fits = False
        self._zoom = min(LARGEST, max(SMALLEST, zoom))
        scale = self._zoom * look().scale
        self.resetTransform()
        self.scale(scale, scale)
        self._map.stand_back(scale < FAR_BELOW)
        self.zoomed.emit(round(self._zoom * 100))
        self.overview.update()

    def zoom_in(self) -> None:
        self.set_zoom(self._zoom * _STEP)

    def zoom_out(self) -> None:
        self.set_zoom(self._zoom / _STEP)

    def fit(self) -> None:
        """Show the whole map, never larger than 100 %, and go on doing so until it is zoomed or moved."""
        whole = self._map.sceneRect()
        room = self.viewport().size()
        if whole.width() > 1 and room.width() > 1:
            scale = min(room.width() / whole.width(), room.height() / whole.height()) / look().scale
            self.set_zoom(min(1.0, scale))
            self.centerOn(whole.center())
            self._fits = True

    def show_table(self, table: str) -> None:
        """Bring a table to the middle, large enough to be read."""
        item = self._map.boxes.get(table)
        if item is not None:
            if self._zoom < NAMES_ONLY_BELOW:
                self.set_zoom(0.8)
            self._fits = False
            self.centerOn(item.sceneBoundingRect().center())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self._zoom * _STEP ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ARROWS and not event.modifiers():
            table = self._map.nearest(*_ARROWS[Qt.Key(event.key())])
            self._map.choose(table)
            if table:
                self.ensureVisible(self._map.boxes[table].sceneBoundingRect(), px(48), px(48))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._map.choice:
            self._map.opened.emit(self._map.choice)
        elif event.key() == Qt.Key.Key_Escape and self._map.choice:
            self._map.choose("")
        elif event.text() in ("+", "="):
            self.zoom_in()
        elif event.text() == "-":
            self.zoom_out()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.itemAt(event.position().toPoint()) is None:
            self._map.choose("")
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()
        self.overview.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_fits"):  # the zoom of the window, too
            fits = self._fits
            self.set_zoom(self._zoom)
            self._fits = fits

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        assert isinstance(rect, QRectF)
        painter.fillRect(rect, colour("base"))
        self._map.paint_from_afar(painter)
        if self.transform().m11() < NAMES_ONLY_BELOW:
            return
        painter.setPen(QPen(colour("hairline"), 1))
        step = 24
        x0, y0 = int(rect.left()) // step * step, int(rect.top()) // step * step
        points = [
            QPointF(x, y)
            for x in range(x0, int(rect.right()) + step, step)
            for y in range(y0, int(rect.bottom()) + step, step)
        ]
        painter.drawPoints(points)


class SmallMap(QWidget):
    """The whole map in a corner, with the part that is in view; a click goes there."""

    def __init__(self, view: MapView) -> None:
        super().__init__(view)
        self._view = view
        self.setAccessibleName(self.tr("Small map"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)

    def sizeHint(self) -> QSize:
        return QSize(px(180), px(96))

    def place(self) -> None:
        """Stand in the lower right corner; hidden where the map is small or all in view."""
        self.resize(self.sizeHint())
        room = self._view.viewport().size()
        self.move(room.width() - self.width() - px(16), room.height() - self.height() - px(16))
        bars = (self._view.horizontalScrollBar(), self._view.verticalScrollBar())
        beyond = any(bar.maximum() > bar.minimum() for bar in bars)
        self.setVisible(beyond and room.width() > px(480) and room.height() > px(300))

    def paintEvent(self, event: QPaintEvent) -> None:
        scene = self._view.scene()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("control"), 1))
        painter.setBrush(colour("window"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if isinstance(scene, MapScene):
            scale, offset = self._mapping()
            painter.setPen(Qt.PenStyle.NoPen)
            for item in scene.boxes.values():
                chosen = item.emphasis is Emphasis.CHOSEN
                tone = "accent" if chosen else "pressed" if item.emphasis is Emphasis.DIMMED else "control"
                painter.setBrush(colour(tone))
                painter.drawRect(
                    QRectF(
                        offset.x() + item.x() * scale,
                        offset.y() + item.y() * scale,
                        max(2.0, item.box.width * scale),
                        max(2.0, item.box.height * scale),
                    )
                )
            seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            frame = QRectF(
                offset.x() + seen.x() * scale,
                offset.y() + seen.y() * scale,
                seen.width() * scale,
                seen.height() * scale,
            )
            painter.drawRect(frame.intersected(QRectF(self.rect()).adjusted(1, 1, -2, -2)))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().toPoint())

    def _go(self, place: QPoint) -> None:
        scale, offset = self._mapping()
        if scale:
            self._view.centerOn((place.x() - offset.x()) / scale, (place.y() - offset.y()) / scale)

    def _mapping(self) -> tuple[float, QPointF]:
        """Scale and offset from the scene to here."""
        whole = self._view.sceneRect()
        inner = QRectF(self.rect()).adjusted(6, 6, -6, -6)
        if whole.width() <= 0 or whole.height() <= 0:
            return 0.0, QPointF()
        scale = min(inner.width() / whole.width(), inner.height() / whole.height())
        spare_x, spare_y = inner.width() - whole.width() * scale, inner.height() - whole.height() * scale
        return scale, QPointF(
            inner.x() + spare_x / 2 - whole.x() * scale, inner.y() + spare_y / 2 - whole.y() * scale
        )
