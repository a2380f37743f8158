"""What every test is promised by tests/conftest.py, tried on tests that keep its rules and tests that break them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[1] / "conftest.py"
PLANTED = """
import logging
import os

log = logging.getLogger("steward_app.some.module")

def test_quiet_passes():
    log.info("all is well")

def test_odd_fails():
    log.warning("this is odd")

def test_expected_passes(expect_log):
    expect_log("is odd")
    log.warning("this is odd")

def test_otherwise_fails(expect_log):
    expect_log("something else")
    log.warning("this is odd")

def test_in_vain_fails(expect_log):
    expect_log("never comes")

def test_home_passes(steward_home):
    assert os.environ["STEWARD_HOME"] == str(steward_home)
    assert not list(steward_home.iterdir())

def test_screen_passes():
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
"""


def test_a_test_keeps_the_rules_or_fails(tmp_path: Path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_planted.py").write_text(PLANTED, encoding="utf-8")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("PYTEST", "QT_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    ended = set(re.findall(r"test_(\w+) (PASSED|FAILED|ERROR)", done.stdout))
    wrong = {name for name, how in ended if how in ("FAILED", "ERROR")}
    assert len({name for name, _ in ended}) == 7, done.stdout
    assert wrong == {"odd_fails", "otherwise_fails", "in_vain_fails"}
