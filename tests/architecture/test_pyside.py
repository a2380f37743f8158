"""PySide6 keeps its references straight.

The wheels of 6.12.0 lose one reference to None on every call that returns nothing and one to True on every emitted
signal; on Python 3.11, where these are counted, the interpreter ends after some thousand of them. Short test runs do
not notice, so this one counts.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

CALLS = 20_000
PROBE = f"""
import sys
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

class Bell(QObject):
    rung = Signal()

app = QApplication(["probe", "-platform", "offscreen"])
bell, widget = Bell(), QWidget()

def lost(call):
    before = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    for _ in range({CALLS}):
        call()
    after = sys.getrefcount(None), sys.getrefcount(True), sys.getrefcount(False)
    return max(abs(a - b) for a, b in zip(after, before))

for name, call in (
    ("emit", bell.rung.emit),
    ("update", widget.update),
    ("parent", widget.parent),
    ("blockSignals", lambda: bell.blockSignals(False)),
    ("isVisible", widget.isVisible),
):
    print(name, lost(call), flush=True)
"""


def test_twenty_thousand_calls_lose_no_reference() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the interpreter died: {done.stdout}\n{done.stderr}"
    lost = {name: int(count) for name, count in (line.split() for line in done.stdout.splitlines())}
    assert len(lost) == 5
    assert all(count < CALLS // 100 for count in lost.values()), lost


def test_the_broken_series_is_kept_out_as_long_as_python_3_11_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    (wanted,) = (line for line in project["dependencies"] if line.startswith("PySide6"))
    assert wanted == "PySide6-Essentials>=6.11,<6.12"
