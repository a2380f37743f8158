"""What the command line and the window must not load before they need it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "PySide6",
    "apsw",
    "jinja2",
    "pyarrow",
    "pydantic",
    "pygraphviz",
    "ruamel",
    "sqlglot",
    "sqlite_utils",
}
HEAVY |= {"syntaqlite", "typst", "blake3", "sqlite3"}


def loaded_by(code: str) -> set[str]:
    """Top-level names of all modules that a fresh interpreter holds after some code."""
    tail = "\nimport sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "code",
    [
        "import steward_app.cli.main",
        "from steward_app.cli.main import app; import typer\n"
        "try: typer.main.get_command(app)(['--help'])\nexcept SystemExit: pass",
    ],
    ids=["import", "help"],
)
def test_help_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) & HEAVY == set()


def test_no_service_loads_qt() -> None:
    package = Path(__file__).parents[2] / "steward_app"
    services = sorted(path.parent.name for path in (package / "services").glob("*/__init__.py"))
    code = "\n".join(f"import steward_app.services.{name}" for name in services)
    assert loaded_by(code) & {"PySide6", "shiboken6", "sqlite3"} == set()
