"""What every dialog does alike: it looks as a page, is gone once closed, and Cancel stops what it is doing."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import steward_app.gui
from builders.walk import problems_of
from steward_app.gui.bridge import JobCenter
from steward_app.gui.theme import Theme
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.dialog import FormDialog, PageDialog
from steward_app.jobs import JobRunner
from steward_app.kernel.progress import Context


class Asked(FormDialog):
    """Some fields."""

    def __init__(self, window: QWidget, fields: int = 1) -> None:
        self.done_with: list[str] = []
        self.fields = [LabelledField(f"Field {number}") for number in range(fields)]
        super().__init__(window, "A question", "What comes of it.", "Keep it", *self.fields)

    def submit(self) -> None:
        self.done_with.append(self.fields[0].edit.text())


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def bases(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = (each for each in ast.walk(tree) if isinstance(each, ast.ClassDef))
    return {ast.unparse(base) for each in classes for base in each.bases}


def test_every_dialog_stands_on_one_base() -> None:
    folder = Path(steward_app.gui.__file__).parent
    own = {str(file.relative_to(folder)) for file in folder.rglob("*.py") if "QDialog" in bases(file)}
    assert {Path(each).as_posix() for each in own} == {"widgets/dialog.py"}


def test_a_dialog_looks_as_a_page_and_is_gone_once_closed(window: QWidget, qtbot: QtBot) -> None:
    dialog = PageDialog(window, "About it")
    dialog.take(5000, 300)
    dialog.open()
    assert dialog.windowTitle() == "About it" and dialog.property("kind") == "page"
    assert dialog.windowModality() is Qt.WindowModality.WindowModal
    assert dialog.size() == QSize(900 - 48, 300)
    dialog.close()
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))


def test_while_a_job_of_it_runs_cancel_stops_that_and_leaves_the_dialog(
    window: QWidget, qtbot: QtBot
) -> None:
    jobs, begun = JobCenter(JobRunner()), threading.Event()
    dialog = Asked(window)
    dialog.open()

    def work(context: Context) -> None:
        begun.set()
        while True:
            context.wait(60)

    def ended() -> None:
        dialog.running = None

    dialog.running = jobs.run(dialog, "Working", work, on_end=ended)
    qtbot.waitUntil(begun.is_set)
    dialog.close()
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: dialog.running is None)
    assert dialog.isVisible()
    dialog.stay.click()
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))
    jobs.close()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_in_a_field_presses_the_verb_once(window: QWidget, qtbot: QtBot, key: Qt.Key) -> None:
    dialog = Asked(window)
    dialog.open()
    qtbot.keyClicks(dialog.fields[0].edit, "yes")
    qtbot.keyClick(dialog.fields[0].edit, key)
    assert dialog.done_with == ["yes"]
    dialog.verb.disable("Not yet.")
    qtbot.keyClick(dialog.fields[0].edit, key)
    assert dialog.done_with == ["yes"] and dialog.isVisible()


def test_tab_goes_from_field_to_field_and_then_to_the_buttons(window: QWidget, qtbot: QtBot) -> None:
    dialog, late = Asked(window), LabelledField("Put in later")
    dialog.add(late)
    dialog.tell(Banner(Tone.DANGER, "It was not kept.", copy=True))
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    met = [dialog.focusWidget()]
    while len(met) < 20 and met[-1] is not dialog.verb:
        dialog.focusNextPrevChild(True)
        met.append(dialog.focusWidget())
    copy = dialog.findChild(Banner).findChild(Button)
    assert met == [dialog.fields[0].edit, late.edit, copy, dialog.stay, dialog.verb]


@pytest.mark.parametrize("zoom", [100, 200])
def test_a_form_is_as_high_as_its_fields_and_no_higher_than_the_window(
    window: QWidget, theme: Theme, qtbot: QtBot, zoom: int
) -> None:
    theme.set_zoom(zoom)
    low, high = Asked(window), Asked(window, fields=20)
    for each in (low, high):
        each.open()
        qtbot.waitUntil(each.isVisible)
    qtbot.waitUntil(lambda: high.height() == high.room.height())
    assert low.height() < high.height() and low.width() <= low.room.width()
    before = low.height()
    low.tell(Banner(Tone.DANGER, "It was not kept.", "The disk is full. Nothing was changed."))
    qtbot.waitUntil(lambda: low.height() > before)
    assert problems_of(low) == [] and problems_of(high) == []
    low.tell(None)
    qtbot.waitUntil(lambda: low.height() == before)
