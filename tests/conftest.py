"""What holds for every test: a home of its own, no screen, and no unexpected line in the log."""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from steward_app.catalog import Catalog, open_catalog

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = (
    "keyring.backends.null.Keyring"  # the keyring of whoever runs tests is theirs
)
os.environ.pop("STEWARD_PASSPHRASE_FILE", None)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # what runs in the background is told to ignore Ctrl+C
    signal.signal(signal.SIGINT, signal.default_int_handler)

_TESTS_BETWEEN_FULL_COLLECTIONS = 50
_tests = count(1)

# No time limit for one example: a busy machine is not a failure. On a build server the examples are the same each time.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-faults", action="store_true", help="break operations at every step, not at a sample"
    )
    parser.addoption(
        "--many-seeds", action="store_true", help="generated cases by the thousand, not by the hundred"
    )


@pytest.fixture(autouse=True)
def steward_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of this test alone: catalog, restore points, log, settings."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("STEWARD_HOME", str(home))
    return home


@pytest.fixture
def catalog(steward_home: Path) -> Iterator[Catalog]:
    """The catalog of this test's data directory, open."""
    with open_catalog() as opened:
        yield opened


@pytest.fixture(autouse=True)
def garbage_in_this_thread() -> Iterator[None]:
    """As in the program (`gui.garbage`): no thread but this one collects garbage, which may hold widgets."""
    gc.disable()
    yield
    gc.collect(2 if next(_tests) % _TESTS_BETWEEN_FULL_COLLECTIONS == 0 else 1)


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.levelname}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[Callable[[str], None]]:
    """Fails the test on any warning or error in our log that it did not expect, or expected in vain.

    Expect one with `expect_log(r"regular expression")`, before or after it is written.
    """
    recorder = _Recorder()
    patterns: list[str] = []
    logger = logging.getLogger("steward_app")
    logger.addHandler(recorder)
    try:
        yield patterns.append
    finally:
        logger.removeHandler(recorder)
    unexpected = [line for line in recorder.messages if not any(re.search(p, line) for p in patterns)]
    in_vain = [p for p in patterns if not any(re.search(p, line) for line in recorder.messages)]
    assert not unexpected, f"unexpected in the log: {unexpected}"
    assert not in_vain, f"expected in the log and not there: {in_vain}"
