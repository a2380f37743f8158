"""The import contracts hold, and each of them fails when somebody breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = [
    ("kernel/planted.py", "import steward_app.storage.places", "Floors"),
    ("kernel/planted.py", "import steward_app.db.names", "Floors"),
    ("storage/planted.py", "import steward_app.db.names", "Floors"),
    ("db/planted.py", "import steward_app.services.schema.model", "Floors"),
    ("services/schema/planted.py", "import steward_app.jobs.runner", "Floors"),
    ("services/schema/planted.py", "import steward_app.cli.output", "Floors"),
    ("jobs/planted.py", "import steward_app.gui.theme", "Floors"),
    ("cli/planted.py", "import steward_app.gui.theme", "Floors"),
    ("gui/planted.py", "import steward_app.cli.output", "Floors"),
    ("services/schema/planted.py", "import steward_app.services.sample.model", "never above"),
    ("services/schema/planted.py", "import PySide6.QtCore", "Only the window sees Qt"),
    ("db/planted.py", "from PySide6 import QtCore", "Only the window sees Qt"),
    ("jobs/planted.py", "from PySide6.QtCore import QObject", "Only the window sees Qt"),
    ("cli/planted.py", "def f():\n    import PySide6", "Only the window sees Qt"),
    ("services/schema/planted.py", "import apsw", "Only the db floor sees apsw"),
    ("gui/planted.py", "import apsw.ext", "Only the db floor sees apsw"),
    ("services/schema/planted.py", "import sqlite3", "One SQLite"),
    ("db/planted.py", "def f():\n    from sqlite3 import connect", "One SQLite"),
    ("services/schema/planted.py", "import sqlite_utils", "scratch files only"),
    ("db/planted.py", "import sqlite_utils", "scratch files only"),
    ("services/schema/planted.py", "import asyncssh", "speak to servers"),
    ("storage/planted.py", "from obstore.store import S3Store", "speak to servers"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its settings, to be broken."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "steward_app", root / "steward_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def linted(root: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as l; l()"
    command = [sys.executable, "-c", code, "--no-cache"]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_the_contracts_hold(copy: Path) -> None:
    done = linted(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"), PLANTED, ids=[f"{f}: {li[:40]}" for f, li, _ in PLANTED]
)
def test_a_planted_violation_breaks_its_contract(copy: Path, file: str, line: str, contract: str) -> None:
    planted = copy / "steward_app" / file
    planted.write_text(line + "\n", encoding="utf-8")
    try:
        done = linted(copy)
    finally:
        planted.unlink()
    broken = [text for text in done.stdout.splitlines() if " BROKEN" in text]
    assert done.returncode == 1, done.stdout
    assert any(contract in text for text in broken), broken


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("import PySide6.QtSql", "TID251"),
        ("from PySide6 import QtCharts", "TID251"),
        ("import sqlite3", "TID251"),
        ("print('debugging')", "T201"),
        ("try:\n    f()\nexcept Exception:\n    pass", "BLE001"),
        ("import datetime\nNOW = datetime.datetime.now()", "DTZ005"),
    ],
)
def test_a_planted_habit_is_caught_by_ruff(copy: Path, line: str, rule: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "-"]
    where = ["--stdin-filename", str(copy / "steward_app" / "gui" / "planted.py")]
    done = subprocess.run([*command, *where], input=line + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert rule in done.stdout
