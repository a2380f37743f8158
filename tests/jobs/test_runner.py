"""Jobs: one writer and many readers per file, progress, cancel, an end that is always told."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.jobs import JobInfo, JobRunner, JobState
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    yield made
    made.close()


class Gate:
    """Work that has begun and waits to be let on, or to be told to stop."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, context: Context) -> str:
        self.entered.set()
        with context.on_cancel(self.open.set):
            assert self.open.wait(20)
        context.checkpoint()
        return "done"


def test_a_result_is_there_when_the_job_has_ended(runner: JobRunner) -> None:
    job = runner.submit("Counting", lambda context: 42)
    assert job.future.result(20) == 42
    runner.stop()
    assert job.info.state is JobState.DONE
    assert job.info.started_at is not None and job.info.ended_at is not None
    assert runner.live() == ()


def test_every_change_is_told_in_order(runner: JobRunner) -> None:
    seen: list[JobInfo] = []

    def work(context: Context) -> None:
        context.report(1, 2, unit="rows")
        context.finishing()

    runner.submit("Writing", work, writes=True, watcher=seen.append).future.result(20)
    runner.close()
    states = [info.state for info in seen]
    assert states == [JobState.RUNNING, JobState.RUNNING, JobState.FINISHING, JobState.DONE]
    assert seen[1].progress is not None and seen[1].progress.total == 2


def test_a_note_holds_until_the_next(runner: JobRunner) -> None:
    """A watcher that misses a report still learns what is being done."""
    seen: list[JobInfo] = []

    def work(context: Context) -> None:
        context.report(0, note="Comparing")
        context.report(1, 2, unit="rows")
        context.report(0, note="Proving")

    runner.submit("Writing", work, watcher=seen.append).future.result(20)
    runner.close()
    assert [info.progress.note for info in seen[1:4] if info.progress] == [
        "Comparing",
        "Comparing",
        "Proving",
    ]


def test_writers_of_one_file_run_one_after_another(runner: JobRunner) -> None:
    order: list[int] = []
    inside = threading.Semaphore(1)

    def write(number: int) -> Callable[[Context], None]:
        def work(context: Context) -> None:
            assert inside.acquire(blocking=False), "two writers at once"
            order.append(number)
            inside.release()

        return work

    jobs = [runner.submit("Writing", write(n), file="a", writes=True) for n in range(60)]
    wait([job.future for job in jobs], 20)
    assert order == list(range(60))
    assert all(job.future.exception() is None for job in jobs)


def test_readers_and_writers_of_other_files_do_not_wait_for_a_writer(runner: JobRunner) -> None:
    gate = Gate()
    writer = runner.submit("Writing", gate, file="a", writes=True)
    assert gate.entered.wait(20)
    assert runner.submit("Reading", lambda context: "read", file="a").future.result(20) == "read"
    other = runner.submit("Writing", lambda context: "written", file="b", writes=True)
    assert other.future.result(20) == "written"
    assert [info.id for info in runner.live("a")] == [writer.info.id]
    gate.open.set()
    assert writer.future.result(20) == "done"


def test_a_queued_job_that_is_cancelled_never_runs(runner: JobRunner) -> None:
    gate, ran = Gate(), []
    runner.submit("Writing", gate, file="a", writes=True)
    assert gate.entered.wait(20)
    waiting = runner.submit("Writing too", lambda context: ran.append(1), file="a", writes=True)
    assert waiting.info.state is JobState.QUEUED
    waiting.cancel()
    assert waiting.info.state is JobState.STOPPED
    with pytest.raises(Cancelled):
        waiting.future.result(0)
    gate.open.set()
    runner.close()
    assert ran == []


def test_cancel_between_two_statements_is_not_lost(runner: JobRunner, tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_table("t", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()
    between, go_on = threading.Event(), threading.Event()

    def work(context: Context) -> int:
        with db.open_read(path) as session, session.under(context):
            session.count("SELECT count(*) FROM t")
            between.set()
            assert go_on.wait(20)
            return session.count(LONG)

    job = runner.submit("Counting", work)
    assert between.wait(20)
    job.cancel()
    assert job.info.state is JobState.STOPPING
    go_on.set()
    with pytest.raises(Cancelled):
        job.future.result(20)


def test_cancel_interrupts_a_long_statement(runner: JobRunner, tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").build()
    started = threading.Event()

    def work(context: Context) -> int:
        with db.open_read(path) as session, session.under(context):
            started.set()
            return session.count(LONG)

    job = runner.submit("Counting", work)
    assert started.wait(20)
    job.cancel()
    with pytest.raises(Cancelled):
        job.future.result(20)
    runner.close()
    assert job.info.state is JobState.STOPPED


def test_it_is_too_late_once_the_work_commits(runner: JobRunner) -> None:
    committing, go_on = threading.Event(), threading.Event()

    def work(context: Context) -> str:
        context.finishing()
        committing.set()
        assert go_on.wait(20)
        return "committed"

    job = runner.submit("Writing", work, writes=True)
    assert committing.wait(20)
    assert job.info.state is JobState.FINISHING
    assert not job.info.can_cancel
    job.cancel()
    go_on.set()
    assert job.future.result(20) == "committed"


def test_a_known_failure_says_its_sentence(runner: JobRunner) -> None:
    def work(context: Context) -> None:
        raise Failure(ErrorCode.DISK_FULL, "The disk is full.")

    job = runner.submit("Copying", work)
    with pytest.raises(Failure):
        job.future.result(20)
    runner.close()
    assert job.info.state is JobState.FAILED
    assert job.info.message == "The disk is full."
    assert runner.history()[0].message == "The disk is full."


def test_a_fault_of_ours_is_logged_without_its_message(
    runner: JobRunner, expect_log: Callable[[str], None]
) -> None:
    expect_log(r"job \d+ failed: builtins\.ValueError")

    def work(context: Context) -> None:
        raise ValueError("Anna Berg")

    job = runner.submit("Reading", work)
    with pytest.raises(ValueError, match="Anna"):
        job.future.result(20)
    runner.close()
    assert job.info.state is JobState.FAILED
    assert "Anna" not in job.info.message


def test_stop_waits_for_the_jobs_of_one_file(runner: JobRunner) -> None:
    one, other = Gate(), Gate()
    stopped = runner.submit("Reading", one, file="a")
    kept = runner.submit("Reading", other, file="b")
    assert one.entered.wait(20) and other.entered.wait(20)
    assert runner.stop("a", timeout=20)
    assert stopped.info.state is JobState.STOPPED
    assert kept.info.state is JobState.RUNNING
    other.open.set()
    assert kept.future.result(20) == "done"


def test_close_in_the_middle_of_everything() -> None:
    runner = JobRunner(readers=2)
    gates = [Gate() for _ in range(6)]
    jobs = [
        runner.submit("Working", gate, file=str(n % 2), writes=n % 3 == 0) for n, gate in enumerate(gates)
    ]
    assert gates[0].entered.wait(20)
    runner.close()
    assert all(job.info.state is JobState.STOPPED for job in jobs)
    late = runner.submit("Too late", lambda context: 1)
    assert late.info.state is JobState.STOPPED
    runner.close()


def test_five_hundred_jobs_at_once_all_end(runner: JobRunner) -> None:
    jobs = [
        runner.submit("Working", lambda context, n=n: n, file=str(n % 5), writes=n % 4 == 0)  # type: ignore[misc]
        for n in range(500)
    ]
    for job in random.Random(4).sample(jobs, 100):
        job.cancel()
    _, not_done = wait([job.future for job in jobs], 60)
    assert not not_done
    for number, job in enumerate(jobs):
        if job.future.exception() is None:
            assert job.future.result() == number
        else:
            assert isinstance(job.future.exception(), Cancelled)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=30))
def test_whatever_comes_every_job_ends_once(asked: list[tuple[str, bool, bool]]) -> None:
    runner = JobRunner(readers=3)
    ends: dict[int, int] = {}

    def count(info: JobInfo) -> None:
        if info.state.ended:
            ends[info.id] = ends.get(info.id, 0) + 1

    jobs = []
    for file, writes, cancelled in asked:
        job = runner.submit("Working", lambda context: None, file=file, writes=writes, watcher=count)
        jobs.append(job)
        if cancelled:
            job.cancel()
    runner.close()
    assert ends == {job.info.id: 1 for job in jobs}
    assert all(job.future.done() for job in jobs)
