"""Steps keep their words at every width: with lines between them, closer together, in several rows."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from steward_app.gui.theme import Theme
from steward_app.gui.widgets.steps import Steps

NAMES = ("Columns", "Techniques", "Balance", "Anonymize the file", "What was done")


def steps(qtbot: QtBot, theme: Theme, zoom: int) -> Steps:
    theme.set_zoom(zoom)
    made = Steps(NAMES, 3)
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("zoom", [100, 200])
def test_no_word_goes_at_any_width(qtbot: QtBot, theme: Theme, zoom: int) -> None:
    made = steps(qtbot, theme, zoom)
    for width in range(made.minimumSizeHint().width(), made.sizeHint().width() + 50, 7):
        places = made._places(width)
        ends = [x + made._width(step) for step, (x, _) in enumerate(places)]
        assert max(ends) <= width
        for step, (x, row) in enumerate(places[1:], 1):
            assert row > places[step - 1][1] or x > ends[step - 1], "none is over another"
        assert made.heightForWidth(width) >= made.sizeHint().height() * (places[-1][1] + 1)


def test_they_stand_in_one_row_as_long_as_they_fit(qtbot: QtBot, theme: Theme) -> None:
    made = steps(qtbot, theme, 100)
    wide, words = made.sizeHint().width(), made._all
    assert made.heightForWidth(wide) == made.heightForWidth(words + 40) == made.sizeHint().height()
    assert made.heightForWidth(words) > made.sizeHint().height()
    made.show_step(0, ("One", "Two"))
    assert made.sizeHint().width() < wide
