"""Rows of controls that become several: nothing lies on another, nothing is left out, nothing is too narrow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from steward_app.gui.flow import Flow


class Fixed(QWidget):
    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt calls it so
        return QSize(self._width, 20)


def laid_out(widths: list[int | None], room: int, *, gap: int = 10) -> tuple[int, list[QRect]]:
    """The height that the row takes, and where its widgets stand."""
    items = [None if width is None else Fixed(width) for width in widths]
    flow = Flow(*items, gap=gap, margins=(0, 0, 0, 0))
    outer = QWidget()
    outer.setLayout(flow)
    flow.setGeometry(QRect(0, 0, room, flow.heightForWidth(room)))
    return flow.heightForWidth(room), [item.geometry() for item in items if item is not None]


def test_what_fits_stands_in_one_row_and_none_pushes_to_the_right(qapp: QApplication) -> None:
    height, places = laid_out([50, 60, None, 40], 300)
    assert [place.x() for place in places] == [0, 60, 260]
    assert {place.y() for place in places} == {0}
    assert height == 20


def test_what_does_not_fit_goes_below(qapp: QApplication) -> None:
    height, places = laid_out([50, 60, 40], 130)
    assert [(place.x(), place.y()) for place in places] == [(0, 0), (60, 0), (0, 30)]
    assert height == 50


def test_what_stands_at_the_right_does_so_below_as_well(qapp: QApplication) -> None:
    _, places = laid_out([50, 60, None, 40], 130)
    assert [(place.x(), place.y()) for place in places] == [(0, 0), (60, 0), (90, 30)]
    _, places = laid_out([50, None, 40, 40, 100], 130)
    assert [(place.x(), place.y()) for place in places] == [(0, 0), (90, 0), (90, 30), (30, 60)]


class Wide(Fixed):
    """Takes what is left, and can be narrower than it wishes to be."""

    def __init__(self, width: int, least: int) -> None:
        super().__init__(width)
        self._least = least
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt calls it so
        return QSize(self._least, 20)


@pytest.mark.parametrize(
    ("room", "width", "at"), [(300, 120, 260), (150, 100, 110), (90, 40, 50), (80, 80, 40)]
)
def test_what_can_be_narrower_is_before_anything_goes_below(
    qapp: QApplication, room: int, width: int, at: int
) -> None:
    title, button = Wide(120, 40), Fixed(40)
    flow = Flow(title, None, button, gap=10, margins=(0, 0, 0, 0))
    outer = QWidget()
    outer.setLayout(flow)
    flow.setGeometry(QRect(0, 0, room, flow.heightForWidth(room)))
    assert (title.width(), button.x()) == (width, at)
    assert flow.heightForWidth(room) == (50 if room == 80 else 20)


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.integers(1, 200)), min_size=1, max_size=8), st.integers(210, 900))
def test_all_is_there_and_apart(qapp: QApplication, widths: list[int | None], room: int) -> None:
    height, places = laid_out(widths, room)
    assert [place.width() for place in places] == [width for width in widths if width is not None]
    for number, place in enumerate(places):
        assert place.x() >= 0 and place.right() < room and place.bottom() < height
        assert not any(place.intersects(other) for other in places[number + 1 :])


@pytest.mark.parametrize("hidden", [0, 1])
def test_what_is_hidden_takes_no_room(qapp: QApplication, hidden: int) -> None:
    one, two = Fixed(100), Fixed(100)
    outer = QWidget()
    outer.setLayout(Flow(one, two, gap=10))
    (one, two)[hidden].hide()
    assert outer.layout().sizeHint().width() == 100
    assert outer.layout().heightForWidth(120) == 20
