"""`steward`: the command line. A capability adds one line to `ENTRIES`; see docs/add-a-command.md."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from steward_app import __version__
from steward_app.cli.frame import Entry, Root

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "schema",
        "See",
        "What is in a file, what is declared, what is enforced, and which rows break it.",
        "steward_app.cli.schema",
    ),
    Entry("rows", "See", "Look at rows, find values, ask queries, export.", "steward_app.cli.rows"),
    Entry(
        "sample",
        "See",
        "Make the sample database “Riverside Clinic”: invented people, and everything a steward meets in real files.",
        "steward_app.cli.sample",
    ),
    Entry(
        "tour",
        "See",
        "Take a tour of the program on the sample database, without a window, and write a report of it.",
        "steward_app.cli.tour",
    ),
    Entry(
        "backup",
        "Guard",
        "Restore points: copies of the database that are checked and proven.",
        "steward_app.cli.backup",
    ),
    Entry(
        "keys",
        "Guard",
        "Where this computer keeps its keys, and how they are protected.",
        "steward_app.cli.keys",
    ),
    Entry("restore", "Guard", "Bring back what a restore point holds.", "steward_app.cli.restore"),
    Entry(
        "audit",
        "Guard",
        "Who changed which cell, when; what it was before; and the way back.",
        "steward_app.cli.audit",
    ),
    Entry(
        "privacy",
        "Comply",
        "Find personal data, classify it, make a copy for release and measure how far it could be turned back.",
        "steward_app.cli.privacy",
    ),
    Entry(
        "migrate",
        "Change",
        "Change the schema step by step, each tried first on a copy of the real data.",
        "steward_app.cli.migrate",
    ),
    Entry(
        "journal",
        "Prove",
        "What was done with a database, by whom, with which plan and which result.",
        "steward_app.cli.journal",
    ),
)
"""Every command, in the order of the work."""


class Steward(Root):
    entries = ENTRIES


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"steward {__version__}")
        raise typer.Exit


app = typer.Typer(cls=Steward, context_settings={"help_option_names": ["-h", "--help"]})


@app.callback()
def steward(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Look after SQLite databases: see what is in them, guard them, prove what was done.

    Exit codes: 0 done, 1 done and something found, 2 wrong usage, 3 refused, 4 failed, 70 our fault, 130 stopped.
    """


def _open_what_is_closed() -> None:
    """Whoever closed an output (`>&-`) wants none of it, and not that a file of ours takes its number."""
    for stream, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: its own
            setattr(sys, name, os.fdopen(number, "r" if stream == 0 else "w", encoding="utf-8"))


def run() -> None:
    """The entry point of the `steward` script."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a name must not stop a report
    typer.main.get_command(app)()
