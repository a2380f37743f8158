"""What came of a job stands in the strip beside how long it took; what needs a person is red there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from steward_app.gui.bridge import JobCenter, Told
from steward_app.gui.shell.job_strip import JobStrip
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.text import Label
from steward_app.jobs import JobRunner
from steward_app.kernel.errors import ErrorCode, Failure


@pytest.fixture
def center(qtbot: QtBot, theme: Theme) -> Iterator[JobCenter]:
    made = JobCenter(JobRunner())
    yield made
    made.close()


def test_a_result_is_told_in_words(center: JobCenter, qtbot: QtBot) -> None:
    strip = JobStrip(center)
    qtbot.addWidget(strip)
    center.start("Backing up clinic.db", lambda context: 3, writes=True, tell=lambda n: Told(f"{n} MB new"))
    qtbot.waitUntil(lambda: center.idle)
    words = " | ".join(label.plain for label in strip.findChildren(Label))
    assert "Backing up clinic.db" in words and ", 3 MB new" in words
    assert center.ended()[0].message == "3 MB new" and not center.ended()[0].wrong


def test_what_needs_a_person_is_kept_however_quick_it_was(center: JobCenter, qtbot: QtBot) -> None:
    strip = JobStrip(center)
    qtbot.addWidget(strip)
    center.start("Drilling clinic.db", lambda context: 1, tell=lambda _: Told("1 of 2 failed", wrong=True))
    qtbot.waitUntil(lambda: center.idle)
    assert "1 of 2 failed" in " | ".join(label.plain for label in strip.findChildren(Label))
    assert strip._line._icon._icon == "circle-x" and center.ended()[0].wrong


def test_a_job_that_failed_tells_its_failure(center: JobCenter, qtbot: QtBot) -> None:
    def fail(context: object) -> int:
        raise Failure(ErrorCode.DISK_FULL, "The disk is full.")

    center.start("Backing up clinic.db", fail, tell=lambda _: Told("never said"))
    qtbot.waitUntil(lambda: center.idle)
    assert center.ended()[0].message == "The disk is full."
