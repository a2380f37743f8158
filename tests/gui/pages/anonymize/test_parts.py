"""The page stands before its steps are made: no single moment of making them is long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from builders.anonymizing import at_rest
from steward_app.app import PAGES
from steward_app.gui.pages.anonymize.page import AnonymizePage
from steward_app.gui.pages.anonymize.reasons import (
    BALANCE,
    COLUMNS,
    COPY,
    MAKE,
    NOTHING,
    REGISTER,
    TECHNIQUES,
)
from steward_app.gui.shell.window import Window

Open = Callable[..., Window]
_STEPS = (NOTHING, COLUMNS, TECHNIQUES, BALANCE, MAKE, COPY, REGISTER)


def test_going_there_makes_no_step_and_resting_makes_all(
    open_window: Open, clinic: Path, qtbot: QtBot
) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    window.navigate("overview")
    began = time.thread_time()
    window.navigate("anonymize")
    page = window.pages.page
    assert isinstance(page, AnonymizePage)
    assert time.thread_time() - began < 0.1
    assert not any(page.parts.has(step) for step in _STEPS)
    qtbot.waitUntil(lambda: all(page.parts.has(step) for step in _STEPS))
    for step in _STEPS:
        page.parts.need(step)
    assert page.parts.stack.count() == REGISTER + 1
    assert len(page.parts._made) == len(_STEPS), "each is made once"


def test_a_step_that_is_needed_at_once_is_made_at_once(open_window: Open, clinic: Path, qtbot: QtBot) -> None:
    window = open_window(PAGES, clinic)
    at_rest(window, qtbot)
    window.navigate("anonymize", copies=True)
    page = window.pages.page
    assert isinstance(page, AnonymizePage)
    assert page.step == REGISTER
    assert page.parts.has(REGISTER)
    assert page.register.isVisible()
