"""The program from its command line: the window, the pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from steward_app.app import PAGES, _parser
from steward_app.gui import first_look, tour
from steward_app.gui.desk import Desk
from steward_app.kernel.errors import Failure

CHINOOK = Path(__file__).parents[1] / "data" / "chinook.sqlite"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "steward_app", *arguments],
        capture_output=True, text=True, env=environment, timeout=200, check=False,
    )  # fmt: skip


@pytest.mark.timeout(240)
def test_the_tour_takes_a_picture_of_every_page_in_both_palettes(tmp_path: Path) -> None:
    ran = run(str(CHINOOK), "--tour", "--out", str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    made = {path.name for path in (tmp_path / "out").iterdir()}
    assert made == {f"{spec.id}{end}.png" for spec in PAGES for end in ("", "-dark")}
    light, dark = (QImage(str(tmp_path / "out" / f"{PAGES[0].id}{end}.png")) for end in ("", "-dark"))
    assert light.width() == 1440 and light.height() == 900
    assert light.pixelColor(5, 5).lightness() > 200 > 60 > dark.pixelColor(5, 5).lightness()


def test_the_tour_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    ran = run(str(tmp_path / "gone.db"), "--tour", "--out", str(tmp_path / "out"))
    assert ran.returncode == 4
    assert "gone.db" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_page_that_is_not_read_in_time_is_named(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour, "_LONGEST_S", 0.0)
    with pytest.raises(Failure, match="“anonymize” was not read in 0 seconds") as late:
        tour._until(lambda: False, "anonymize")
    assert "The pictures before it are there." in late.value.hint


def test_arguments() -> None:
    asked = _parser().parse_args(["clinic.db"])
    assert asked.file == Path("clinic.db") and not asked.tour
    assert _parser().parse_args(["--sample"]).sample


USE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from steward_app.app import main
from steward_app.gui.shell.frame import Frame
from steward_app.gui.shell.window import Window

def use():
    frames = [w for w in QApplication.topLevelWidgets() if isinstance(w, Frame) and isinstance(w.content, Window)]
    if not frames or frames[0].content.file is None or not frames[0].content.jobs.idle:
        QTimer.singleShot(20, use)
        return
    frame, window = frames[0], frames[0].content
    assert frame.windowTitle().startswith("chinook.sqlite"), frame.windowTitle()
    window.theme.set_mode("dark")
    window.theme.zoom_in()
    window.leave()

app = QApplication([])
QTimer.singleShot(0, use)
sys.exit(main(sys.argv[1:]))
"""


def test_a_window_that_is_used_and_closed_keeps_what_was_chosen(steward_home: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE, str(CHINOOK)],
        capture_output=True, text=True, env=environment, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert first_look.read().theme == "dark"
    assert first_look.read().zoom == 110
    desk = Desk()
    assert desk.preferences().theme == "dark"
    assert [file.path.name for file in desk.recent()] == ["chinook.sqlite"]
    desk.close()
