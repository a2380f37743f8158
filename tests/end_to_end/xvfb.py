#!/usr/bin/env python3
"""The tests of this folder on a real X server, with its pointer and keyboard and a window manager: `make test-window`.

Starts Xvfb and openbox on a display of their own, starts the program there once as a steward does, then the tests,
whose hands are xdotool's. Arguments go to pytest. Needs the packages xvfb, openbox and xdotool.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
CHINOOK = HERE.parent / "data" / "chinook.sqlite"
PICTURES = HERE.parents[1] / "out" / "end-to-end"
NEEDED = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool"}
SCREEN = "1600x1000x24"
PATIENCE_SECONDS = 30.0


def main(arguments: list[str]) -> int:
    """Run everything; gives the exit code."""
    missing = sorted({package for program, package in NEEDED.items() if shutil.which(program) is None})
    if missing:
        print(
            f"Install first: apt-get install -y --no-install-recommends {' '.join(missing)}", file=sys.stderr
        )
        return 1
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "STEWARD_HOME": home, "LC_ALL": "C.UTF-8"}
        environment["DISPLAY"] = stack.enter_context(display())
        stack.enter_context(running(["openbox"], environment))
        start_as_a_steward_does(environment)
        PICTURES.mkdir(parents=True, exist_ok=True)
        environment["STEWARD_PICTURES"] = str(PICTURES)
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", str(HERE), *arguments]
        code = subprocess.run(tests, env=environment, check=False).returncode
        print(f"The screen at the end of each test is in {PICTURES}")
        return code


@contextmanager
def display() -> Iterator[str]:
    """A screen of its own; its name, ":99"."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                yield f":{told.readline().strip()}"
        finally:
            server.terminate()


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A program, for the time of the block."""
    with subprocess.Popen(command, env=environment) as program:
        try:
            yield
        finally:
            program.terminate()


def start_as_a_steward_does(environment: dict[str, str]) -> None:
    """`python -m steward_app FILE` shows a window with the name of the file; Ctrl+Q ends it, with exit code 0."""
    command = [sys.executable, "-m", "steward_app", str(CHINOOK)]
    with subprocess.Popen(command, env=environment) as program:
        try:
            window = wait_for_window("chinook.sqlite", environment)
            xdotool(environment, "windowactivate", "--sync", window)
            end = time.monotonic() + PATIENCE_SECONDS
            while program.poll() is None and time.monotonic() < end:
                xdotool(environment, "key", "Escape", "ctrl+q")  # while a job runs it asks first; Esc stays
                with suppress(subprocess.TimeoutExpired):
                    program.wait(2)
        finally:
            program.kill()
    if program.returncode != 0:
        raise SystemExit(f"the program ended with code {program.returncode}")
    print("The window opens chinook.sqlite and ends with Ctrl+Q.")


def wait_for_window(title: str, environment: dict[str, str]) -> str:
    """The X server's number of the window with a title."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = xdotool(environment, "search", "--onlyvisible", "--name", title, check=False).split()
        if found:
            return found[0]
    raise SystemExit(f"no window says {title} after {PATIENCE_SECONDS:.0f} seconds")


def xdotool(environment: dict[str, str], *words: str, check: bool = True) -> str:
    """What it answers."""
    done = subprocess.run(["xdotool", *words], env=environment, check=check, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
