"""A paragraph with a hash in it is no wider than one without, and nothing is lost of either."""

from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from steward_app.gui.theme import Theme
from steward_app.gui.widgets.text import Label, markup, name

HASH = "e7a6df46612322d10a65937d9c920def6b24e91a2ab2bdf82f33fc83e3058576"


def test_a_word_longer_than_a_line_breaks_and_is_copied_whole(qtbot: QtBot, theme: Theme) -> None:
    words = Label(f"The pack packs/e7/{HASH}.zst is damaged.", wrap=True)
    qtbot.addWidget(words)
    short = Label("The pack packs/e7/e7a6df46.zst is damaged.", wrap=True)
    qtbot.addWidget(short)
    assert words.minimumSizeHint().width() <= short.minimumSizeHint().width() * 1.5
    assert HASH in words.plain and HASH in words.accessibleName()


def test_only_long_words_of_paragraphs_are_broken() -> None:
    assert HASH in markup((HASH,))
    broken = markup((name(HASH), " and short_words_stay"), wrap=True)
    assert HASH not in broken and broken.replace("\u200b", "").count(HASH) == 1
    assert "short_words_stay" in broken


def test_names_that_differ_at_their_ends_are_told_apart(qtbot: QtBot, theme: Theme) -> None:
    names = [f"respondent.answer_to_question_number_{number}" for number in (1, 2)]

    def shown(*, middle: bool) -> list[QImage]:
        labels = [Label(each, role="mono", elide=True, middle=middle) for each in names]
        for label in labels:
            qtbot.addWidget(label)
            label.resize(140, 24)
        return [label.grab().toImage() for label in labels]

    first, second = shown(middle=False)
    assert first == second
    first, second = shown(middle=True)
    assert first != second
