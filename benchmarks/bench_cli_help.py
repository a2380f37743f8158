"""`steward --help` against the help of a typer program that does nothing."""

from __future__ import annotations

import sys

from harness import compare_processes, record

EMPTY = """
import typer

app = typer.Typer()


@app.command()
def hello() -> None:
    "Say hello."


@app.command()
def goodbye() -> None:
    "Say goodbye."


app(["--help"])
"""
OURS = "import sys; sys.argv = ['steward', '--help']; from steward_app.cli.main import run; run()"

if __name__ == "__main__":
    result = compare_processes([sys.executable, "-c", OURS], [sys.executable, "-c", EMPTY], rounds=25)
    record("`steward --help`", result, base="the help of an empty typer program, processor time", limit=1.4)
