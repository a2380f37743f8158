"""A bar where somebody watches, silence elsewhere, results and errors either way."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Any

import pytest

from builders import steward_process
from steward_app.cli.progress import _state, work
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress

SLOW = """
import threading
from steward_app.cli.progress import work

def call(context):
    seen = threading.Event()
    for step in range(6):
        context.report(step * 1000, 5000, unit="rows", note="vis\\nits")
        seen.wait(0.15)
    return "result"

print(work("Checking \\x1b[31m[bold]x.db", call))
"""


def test_the_result_of_the_call_or_its_error_comes_back() -> None:
    assert work("Counting", lambda context: threading.current_thread().name).startswith("steward-")

    def fail(_: Context) -> None:
        raise Failure(ErrorCode.LOCKED, "It is locked.")

    def stop(context: Context) -> None:
        context.cancel()
        context.checkpoint()

    with pytest.raises(Failure, match="locked"):
        work("Failing", fail)
    with pytest.raises(Cancelled):
        work("Stopping", stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("steward-")]


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
def test_ctrl_c_at_the_last_moment_stops_the_next_call_and_hides_no_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("steward_app.cli.progress._REFRESH", 0.2)

    def interrupted(_: Context) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "result"

    assert work("Planning", interrupted) == "result"
    with pytest.raises(KeyboardInterrupt):
        work("Applying", lambda context: pytest.fail("it began"))
    assert work("Again", lambda context: "result") == "result"


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on Windows")
def test_work_that_ends_although_it_was_asked_to_stop_is_not_called_unchanged() -> None:
    def stubborn(context: Context) -> str:
        stop = threading.Event()
        with context.on_cancel(stop.set):
            os.kill(os.getpid(), signal.SIGINT)
            stop.wait()
        return "result"

    with pytest.raises(KeyboardInterrupt):
        work("Copying", stubborn)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(), ""),
        (Progress(note="visits"), "visits"),
        (Progress(12480, 50000, "rows", "vis\nits"), "12,480 of 50,000 rows  vis␤its"),
        (Progress(3, None, "tables"), "3 tables"),
        (Progress(0, 7), "0 of 7"),
    ],
)
def test_how_far_it_is_in_words(progress: Progress, words: str) -> None:
    assert _state(progress) == words


def test_nobody_watching_nothing_is_said() -> None:
    with steward_process(code=SLOW) as process:
        assert process.communicate(timeout=60) == ("result\n", "")


@pytest.mark.skipif(os.name != "posix", reason="terminals are made otherwise on Windows")
def test_on_a_terminal_there_is_a_bar_that_goes_away_again() -> None:
    import pty

    ours, theirs = pty.openpty()
    environment: dict[str, Any] = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with steward_process(code=SLOW, stderr=theirs, stdout=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        said = b""
        while chunk := _read(ours):
            said += chunk
        assert process.stdout
        assert process.stdout.read() == "result\n"
    os.close(ours)
    text = said.decode()
    assert "Checking ␛[31m[bold]x.db" in text
    assert " of 5,000 rows  vis␤its" in text
    assert text.rstrip("\r\n").endswith(("\x1b[2K", "\x1b[?25h"))  # the line is cleared, the cursor is back


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""
