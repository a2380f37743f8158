"""Side by side where there is room, under one another where there is not."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.layout import fix
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.columns import Beside, Columns


def placed(widget: QWidget, qtbot: QtBot, width: int) -> None:
    widget.resize(width, 600)
    qtbot.waitUntil(lambda: widget.width() == width)
    qtbot.wait(0)


def test_columns_share_the_width_and_stack_when_it_is_small(qtbot: QtBot, theme: Theme) -> None:
    one, other = QWidget(), QWidget()
    columns = Columns(one, other, below=500, shares=(3, 1), gap=0)
    qtbot.addWidget(columns)
    columns.show()
    placed(columns, qtbot, 800)
    qtbot.waitUntil(lambda: (one.width(), other.width()) == (600, 200))
    placed(columns, qtbot, 400)
    qtbot.waitUntil(lambda: columns.stacked and (one.width(), other.x()) == (400, 0))
    placed(columns, qtbot, 800)
    qtbot.waitUntil(lambda: not columns.stacked and other.x() == 600)


@pytest.mark.parametrize("zoom", [100, 200])
def test_an_inspector_stands_beside_or_under_its_list(qtbot: QtBot, theme: Theme, zoom: int) -> None:
    theme.set_zoom(zoom)
    scale = zoom // 100
    content, inspector = QWidget(), QWidget()
    beside = Beside(content, inspector, width=300, below=700)
    qtbot.addWidget(beside)
    beside.show()
    placed(beside, qtbot, 1000 * scale)
    qtbot.waitUntil(lambda: inspector.width() == 300 * scale and inspector.x() == 700 * scale)
    placed(beside, qtbot, 500 * scale)
    qtbot.waitUntil(lambda: beside.stacked and inspector.width() == 500 * scale and inspector.x() == 0)
    placed(beside, qtbot, 1000 * scale)
    qtbot.waitUntil(lambda: not beside.stacked and inspector.width() == 300 * scale)


def test_a_fixed_widget_follows_the_zoom(qtbot: QtBot, theme: Theme) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    fix(widget, width=100)
    theme.set_zoom(200)
    assert widget.width() == 200
