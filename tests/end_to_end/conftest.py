"""The window as `app.py` composes it, with every page there is, and a steward before it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from end_to_end.files import with_many_rows
from end_to_end.hands import hands
from end_to_end.steward import Steward
from steward_app.app import make_window
from steward_app.gui.desk import Desk
from steward_app.gui.focus_ring import FocusRing
from steward_app.gui.theme import Mode, Theme
from steward_app.services import sample
from steward_app.storage.log import stop_log


@pytest.fixture(scope="session")
def built_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "riverside.db"
    sample.build(path)
    return path


@pytest.fixture(scope="session")
def many_rows_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_many_rows(tmp_path_factory.mktemp("rows") / "many.db")


@pytest.fixture
def riverside(built_sample: Path, tmp_path: Path) -> Path:
    """The sample database, this test's own."""
    path = tmp_path / "riverside.db"
    path.write_bytes(built_sample.read_bytes())
    return path


@pytest.fixture
def steward(qapp: QApplication, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Steward]:
    locale = QLocale()
    QLocale.setDefault(QLocale("en_GB"))
    window = make_window(qapp, Theme(qapp, mode=Mode.LIGHT), Desk())
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield Steward(window, hands(), qtbot)
    if folder := os.environ.get("STEWARD_PICTURES"):
        name = re.sub(r"\W+", "-", request.node.name).strip("-")[:100]
        qapp.primaryScreen().grabWindow(0).save(str(Path(folder) / f"{name}.png"))
    window.theme.set_mode("light")
    window.hide()
    window.shut()
    window.deleteLater()
    for added in (*qapp.findChildren(FocusRing), window.theme):
        added.deleteLater()
    QLocale.setDefault(locale)
    stop_log()
