"""The window's first frame against an empty PySide6 main window, each in a process of its own."""

from __future__ import annotations

import os
import sys
import tempfile

from harness import compare_processes, record

EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow

app = QApplication([])
window = QMainWindow()
window.resize(1440, 900)
window.show()
app.processEvents()
window.grab()
"""
OURS = """
import os
from steward_app.gui.shell import frame

def seen(self):
    self.grab()
    os._exit(0)

frame.Frame.fill = seen  # what it is called for when it has been painted
from steward_app.app import main
main([])
"""

if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as home:
        os.environ["STEWARD_HOME"] = home
        result = compare_processes([sys.executable, "-c", OURS], [sys.executable, "-c", EMPTY], rounds=15)
    record("Window visible", result, base="an empty PySide6 main window, processor time", limit=1.6)
