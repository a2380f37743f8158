"""Running `steward` in a test, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from steward_app.cli.main import app

_TESTS = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output, error output."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """The one JSON document on the standard output."""
        document = json.loads(self.out)
        assert isinstance(document, dict), self
        assert str(document["schema"]).startswith("steward/"), self
        return document


def steward(*words: str | Path, stdin: str = "", program: typer.Typer = app) -> Ran:
    """Run a command in this process, as `steward WORDS...` does; no terminal on any side."""
    result = CliRunner().invoke(program, [str(word) for word in words], input=stdin, prog_name="steward")
    return Ran(result.exit_code, result.stdout, result.stderr)


def steward_process(
    *words: str | Path, code: str = "from steward_app.cli.main import run; run()", **settings: Any
) -> subprocess.Popen[str]:
    """Start a command in a process of its own, its outputs piped; `settings` are those of Popen."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        **{
            "text": True,
            "encoding": "utf-8",
            "env": {**os.environ, "PYTHONPATH": str(_TESTS)},
            **pipes,
            **settings,
        },
    )
