"""Arguments and options of several verbs of `steward audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_DIGITS = 19  # of the largest number that SQLite holds
_MOMENT = "“2026-11-20 10:05” in UTC, or with an offset: “2026-11-20 11:05+01:00”."

Table: TypeAlias = Annotated[
    str, typer.Argument(metavar="TABLE", help="A table under audit, by its name now.", show_default=False)
]
Row: TypeAlias = Annotated[
    str,
    typer.Option(
        "--row",
        metavar="ID",
        help='Only this row: the value of its key, of several a list: ["North", 2]; or an id as shown.',
    ),
]
Since: TypeAlias = Annotated[
    str, typer.Option("--since", metavar="MOMENT", help=f"Only what was changed from then on: {_MOMENT}")
]
Until: TypeAlias = Annotated[
    str, typer.Option("--until", metavar="MOMENT", help="Only what was changed up to then.")
]
Time: TypeAlias = Annotated[str, typer.Option("--time", metavar="MOMENT", help=_MOMENT)]
Personal: TypeAlias = Annotated[bool, typer.Option("--personal", help="With the columns that look personal.")]
Limit: TypeAlias = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]
To: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        help="Write all of it to this file; the ending says the format.",
        show_default=False,
        readable=False,
    ),
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]
AsIs: TypeAlias = Annotated[
    bool,
    typer.Option("--as-is", help="In CSV, leave texts that a spreadsheet program would run as formulas."),
]


def run_of_changes(text: str) -> tuple[int, int]:
    """Numbers of changes as the history shows them: “120”, “120-180”."""
    first, dash, last = text.partition("-")
    if is_number(first) and (is_number(last) if dash else True):
        run = int(first), int(last if dash else first)
        if run[0] <= run[1]:
            return run
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(text)} is no run of changes: its end comes before its beginning.",
            hint=f"Write it as {run[1]}-{run[0]}.",
        )
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"{quoted(text, 60)} is no number of a change.",
        hint="Write it as 120, or as 120-180.",
    )


def is_number(text: str) -> bool:
    """Whether a text is a number that a change can have."""
    return text.isdecimal() and len(text) <= _DIGITS
