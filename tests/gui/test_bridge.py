"""News of jobs reach the window's thread, whole and only while somebody is there to hear them."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from steward_app.gui.bridge import JobCenter, as_steward_error
from steward_app.jobs import JobInfo, JobRunner, JobState
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt

RECEIPT = Receipt("op_1", "test.write", "Done", "/a.db", "u", "2026-11-20T10:00:00.000Z", 0.1)


@pytest.fixture
def center(qtbot: QtBot) -> Iterator[JobCenter]:
    made = JobCenter(JobRunner())
    yield made
    made.close()


def settled(center: JobCenter, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: center.idle)


def test_a_result_arrives_in_the_window_thread(center: JobCenter, qtbot: QtBot) -> None:
    owner, seen = QObject(), []

    def show(result: int) -> None:
        seen.append((result, QThread.isMainThread()))

    center.run(owner, "Counting", lambda context: 42, show)
    settled(center, qtbot)
    assert seen == [(42, True)]


def test_a_job_that_ends_before_anybody_connects_still_tells(center: JobCenter, qtbot: QtBot) -> None:
    seen: list[object] = []
    handle = center.start("Counting", lambda context: 1)
    handle.job.future.result(20)
    handle.succeeded.connect(seen.append)
    settled(center, qtbot)
    assert seen == [1]


def test_five_hundred_jobs_with_dropped_handles(center: JobCenter, qtbot: QtBot) -> None:
    owner, seen = QObject(), []
    for number in range(500):
        center.run(owner, "Working", lambda context, n=number: n, seen.append, quiet=number % 2 == 0)  # type: ignore[misc]
        if number % 50 == 0:
            gc.collect()
    settled(center, qtbot)
    assert sorted(seen) == list(range(500))


def test_a_page_that_is_gone_hears_nothing(center: JobCenter, qtbot: QtBot) -> None:
    page, gate, seen = QWidget(), threading.Event(), []

    def work(context: Context) -> int:
        assert gate.wait(20)
        return 1

    center.run(page, "Working", work, seen.append)
    page.deleteLater()
    qtbot.waitUntil(lambda: not _alive(page))
    gate.set()
    settled(center, qtbot)
    assert seen == []


def _alive(widget: QWidget) -> bool:
    import shiboken6

    return shiboken6.isValid(widget)


def test_results_of_a_file_that_was_closed_disappear(center: JobCenter, qtbot: QtBot) -> None:
    owner, gate, seen = QObject(), threading.Event(), []

    def work(context: Context) -> int:
        assert gate.wait(20)
        return 1

    center.run(owner, "Working", work, seen.append, on_stopped=lambda: seen.append("stopped"), file="a")
    center.run(owner, "Working", lambda context: 2, seen.append, file="b")
    center.drop("a")
    gate.set()
    settled(center, qtbot)
    assert seen == [2]


def test_a_failure_arrives_as_one_a_steward_can_read(
    center: JobCenter, qtbot: QtBot, expect_log: Callable[[str], None]
) -> None:
    expect_log(r"job \d+ failed")
    owner, told, faults = QObject(), [], []
    center.faulted.connect(faults.append)

    def full(context: Context) -> None:
        raise Failure(ErrorCode.DISK_FULL, "The disk is full.")

    def fault(context: Context) -> None:
        raise ZeroDivisionError

    center.run(owner, "Copying", full, on_failure=told.append)
    settled(center, qtbot)
    center.run(owner, "Copying", fault, on_failure=told.append)
    settled(center, qtbot)
    assert [error.code for error in told] == [ErrorCode.DISK_FULL, ErrorCode.INTERNAL]
    assert [type(error) for error in faults] == [ZeroDivisionError]


def test_cancel_is_told_and_nothing_else(center: JobCenter, qtbot: QtBot) -> None:
    owner, entered, seen = QObject(), threading.Event(), []

    def work(context: Context) -> None:
        stop = threading.Event()
        with context.on_cancel(stop.set):
            entered.set()
            assert stop.wait(20)
        context.checkpoint()

    handle = center.run(
        owner, "Working", work, lambda _: seen.append("done"),
        on_stopped=lambda: seen.append("stopped"), on_end=lambda: seen.append("end"),
    )  # fmt: skip
    assert entered.wait(20)
    handle.cancel()
    settled(center, qtbot)
    assert seen == ["stopped", "end"]


def test_a_flood_of_progress_arrives_as_its_last(center: JobCenter, qtbot: QtBot) -> None:
    owner, told = QObject(), []

    def work(context: Context) -> None:
        for number in range(50_000):
            context.report(number + 1, 50_000, unit="rows")

    center.run(owner, "Working", work, on_progress=told.append)
    settled(center, qtbot)
    assert told and told[-1] == Progress(50_000, 50_000, "rows")
    assert len(told) < 25_000


def test_a_receipt_is_announced_before_its_page_is_told(center: JobCenter, qtbot: QtBot) -> None:
    owner, order = QObject(), []
    center.received.connect(lambda receipt: order.append(receipt.operation_id))
    center.run(owner, "Writing", lambda context: RECEIPT, lambda _: order.append("page"), writes=True)
    settled(center, qtbot)
    assert order == ["op_1", "page"]


def test_quiet_jobs_are_not_announced(center: JobCenter, qtbot: QtBot) -> None:
    seen: list[JobInfo] = []
    center.changed.connect(seen.append)
    center.start("Quietly", lambda context: 1, quiet=True)
    center.start("Aloud", lambda context: 1, writes=True)
    settled(center, qtbot)
    assert {info.title for info in seen} == {"Aloud"}
    assert [info.title for info in center.ended()] == ["Aloud"]
    assert center.ended()[0].state is JobState.DONE


def test_a_listener_that_fails_does_not_keep_others_from_their_news(center: JobCenter, qtbot: QtBot) -> None:
    owner, seen = QObject(), []

    def broken(result: int) -> None:
        raise RuntimeError("of the page")

    with qtbot.captureExceptions() as caught:
        center.run(owner, "One", lambda context: 1, broken)
        center.run(owner, "Two", lambda context: 2, seen.append)
        settled(center, qtbot)
    assert seen == [2]
    assert len(caught) == 1


def test_closing_with_jobs_that_run_ends_them_quietly(qtbot: QtBot) -> None:
    center, owner, seen = JobCenter(JobRunner()), QObject(), []
    entered = threading.Event()

    def work(context: Context) -> int:
        stop = threading.Event()
        with context.on_cancel(stop.set):
            entered.set()
            assert stop.wait(20)
        return 1

    center.run(owner, "Working", work, seen.append)
    assert entered.wait(20)
    center.close()
    settled(center, qtbot)
    assert seen == []


def test_what_is_not_ours_becomes_an_error_without_a_message() -> None:
    error = as_steward_error(ValueError("Anna Berg"))
    assert isinstance(error, StewardError)
    assert "Anna" not in error.message + error.hint
