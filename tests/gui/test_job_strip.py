"""The strip says what works, how far, and how it ended; Cancel answers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from steward_app.gui.bridge import JobCenter
from steward_app.gui.shell.job_strip import JobLine, JobList, JobStrip, ended_text
from steward_app.gui.theme import Theme
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.text import Label
from steward_app.jobs import JobInfo, JobRunner, JobState
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context

AT = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)


class Held:
    """Work that waits, told to go on or to stop from outside."""

    def __init__(self, *, commits: bool = False) -> None:
        self.entered, self.go_on, self.commits = threading.Event(), threading.Event(), commits

    def __call__(self, context: Context) -> None:
        if self.commits:
            context.finishing()
        context.report(203_168, 534_652, unit="rows")
        self.entered.set()
        with context.on_cancel(self.go_on.set):
            assert self.go_on.wait(20)
        context.checkpoint()


@pytest.fixture
def center(qtbot: QtBot, theme: Theme) -> Iterator[JobCenter]:
    made = JobCenter(JobRunner())
    yield made
    made.close()


@pytest.fixture
def strip(center: JobCenter, qtbot: QtBot) -> JobStrip:
    made = JobStrip(center)
    qtbot.addWidget(made)
    made.resize(1200, 32)
    made.show()
    return made


def words(strip: JobStrip) -> str:
    return " | ".join(label.plain for label in strip.findChildren(Label) if label.plain)


def cancel_button(strip: JobStrip) -> Button:
    return next(button for button in strip.findChildren(Button) if button.text() == "Cancel")


def test_a_job_is_told_with_how_far_it_is(center: JobCenter, strip: JobStrip, qtbot: QtBot) -> None:
    work = Held()
    center.start("Archiving visits", work, writes=True)
    qtbot.waitUntil(lambda: "203,168 of 534,652 rows" in words(strip))
    assert "Archiving visits" in words(strip)
    assert "Nothing waiting" in words(strip)
    assert cancel_button(strip).isVisible()
    work.go_on.set()
    qtbot.waitUntil(lambda: "Finished" in words(strip))
    assert "No jobs running" in words(strip)


def test_nothing_is_shown_of_a_short_read(center: JobCenter, strip: JobStrip, qtbot: QtBot) -> None:
    before = words(strip)
    center.start("Reading", lambda context: 1)
    qtbot.waitUntil(lambda: center.idle)
    assert words(strip) == before


def test_cancel_answers_at_once_and_ends_with_stopped(
    center: JobCenter, strip: JobStrip, qtbot: QtBot
) -> None:
    work = Held()
    center.start("Archiving visits", work, writes=True)
    qtbot.waitUntil(lambda: cancel_button(strip).isVisible())
    cancel_button(strip).click()
    assert "Stopping" in words(strip)
    assert cancel_button(strip).toolTip()
    qtbot.waitUntil(lambda: "Stopped. Nothing was changed." in words(strip))


def test_a_job_that_commits_says_that_it_is_finishing(
    center: JobCenter, strip: JobStrip, qtbot: QtBot
) -> None:
    work = Held(commits=True)
    center.start("Archiving visits", work, writes=True)
    qtbot.waitUntil(lambda: "Finishing" in words(strip))
    assert not cancel_button(strip).isEnabled()
    assert "written" in cancel_button(strip).toolTip()
    work.go_on.set()
    qtbot.waitUntil(lambda: "Finished" in words(strip))


def test_a_failure_stays_to_be_read(center: JobCenter, strip: JobStrip, qtbot: QtBot) -> None:
    def work(context: Context) -> None:
        raise Failure(ErrorCode.DISK_FULL, "The backup was not made: the disk is full.")

    center.start("Backing up", work)
    qtbot.waitUntil(lambda: "the disk is full" in words(strip))


def test_several_jobs_are_counted(center: JobCenter, strip: JobStrip, qtbot: QtBot) -> None:
    works = [Held(), Held(), Held()]
    for work in works:
        center.start("Checking", work)
    qtbot.waitUntil(lambda: "2 more" in words(strip))
    for work in works:
        work.go_on.set()


def test_the_list_shows_what_runs_and_what_ended(center: JobCenter, qtbot: QtBot) -> None:
    listed = JobList(center)
    qtbot.addWidget(listed)
    listed.show()
    listed.show_jobs()
    assert "No jobs yet." in " ".join(label.plain for label in listed.findChildren(Label))
    work = Held()
    center.start("Writing", lambda context: None, writes=True)
    center.start("Checking", work)
    qtbot.waitUntil(lambda: work.entered.is_set() and len(center.ended()) == 1)
    listed.show_jobs()

    def titles() -> list[str]:
        return [line._title.plain for line in listed.findChildren(JobLine) if line.isVisible()]

    qtbot.waitUntil(lambda: titles() == ["Checking", "Writing"])
    work.go_on.set()


@pytest.mark.parametrize(
    ("state", "message", "text"),
    [
        (JobState.DONE, "", "Finished"),
        (JobState.STOPPED, "", "Stopped. Nothing was changed."),
        (JobState.FAILED, "The disk is full.", "The disk is full."),
    ],
)
def test_how_a_job_ended_in_words(state: JobState, message: str, text: str) -> None:
    info = JobInfo(1, "Backing up", "", True, state, AT, AT, AT + timedelta(seconds=1.9), None, message)
    assert ended_text(info).startswith(text)


def test_the_strip_lets_go_of_a_page_that_is_gone(center: JobCenter, strip: JobStrip, qtbot: QtBot) -> None:
    work = Held()
    handle = center.start("Checking", work)
    qtbot.waitUntil(work.entered.is_set)
    handle.dropped = True
    handle.cancel()
    qtbot.waitUntil(lambda: center.idle)
    qtbot.waitUntil(lambda: "Checking" not in words(strip))
