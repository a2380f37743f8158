"""The log: found in the data directory, small for ever, and without values of rows."""

from __future__ import annotations

import logging
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward_app.storage import log
from steward_app.storage.log import start_log, stop_log, without_values

LOGGER = logging.getLogger("steward_app.test")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    stop_log()


def test_the_log_is_private_in_the_data_directory_and_appears_with_its_first_line(steward_home: Path) -> None:
    path = start_log("window")
    assert path == steward_home / "log" / "window.log"
    assert not path.exists()
    LOGGER.debug("too small to be written")
    LOGGER.info("checked %d tables", 20)
    line = path.read_text(encoding="utf-8")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ steward_app\.test INFO checked 20 tables\n", line
    )
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_starting_twice_writes_once(steward_home: Path) -> None:
    assert start_log("steward") == start_log("steward")
    LOGGER.info("once")
    assert (steward_home / "log" / "steward.log").read_text(encoding="utf-8").count("once") == 1


def test_old_lines_go_away(steward_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FILE_BYTES", 2_000)
    start_log("steward")
    for number in range(400):
        LOGGER.info("line %d of many", number)
    files = sorted(each.name for each in (steward_home / "log").iterdir())
    assert files == ["steward.log", *(f"steward.log.{n}" for n in range(1, 5))]
    assert all(each.stat().st_size <= 2_000 for each in (steward_home / "log").iterdir())
    assert "line 399 " in (steward_home / "log" / "steward.log").read_text(encoding="utf-8")


def test_a_log_that_cannot_be_rotated_goes_on(steward_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FILE_BYTES", 500)
    start_log("steward")
    (steward_home / "log" / "steward.log.1").mkdir()  # in the way, as an open file is on Windows
    (steward_home / "log" / "steward.log.1" / "full").touch()
    (steward_home / "log" / "steward.log.2").mkdir()
    (steward_home / "log" / "steward.log.2" / "full").touch()
    for number in range(20):
        LOGGER.info("line %d", number)
    assert "line 19" in (steward_home / "log" / "steward.log").read_text(encoding="utf-8")


def test_an_exception_is_told_without_what_it_says() -> None:
    def look(name: str) -> None:
        try:
            raise LookupError(name)
        except LookupError as error:
            raise RuntimeError(f"nobody called {name}") from error

    with pytest.raises(RuntimeError) as caught:
        look("Ada" + " Winter")
    text = without_values(caught.value)
    assert "builtins.RuntimeError" in text
    assert "caused by builtins.LookupError" in text
    assert "in look" in text
    assert "Ada Winter" not in text


def test_a_log_that_cannot_be_written_troubles_nobody(
    steward_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = start_log("steward")
    path.parent.rmdir()
    LOGGER.info("nowhere to go")
    assert capsys.readouterr() == ("", "")
