"""Arguments and options of several verbs of `steward migrate`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_NAME = re.compile(r"\w+", re.ASCII)

Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="FOLDER",
        help="The folder of migrations. By default the one that the policy names, or “migrations” beside the file.",
        show_default=False,
        readable=False,
    ),
]
Target: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--target",
        metavar="VERSION",
        min=0,
        help="Stop at this version. All that wait by default.",
        show_default=False,
    ),
]
Values: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A value for the placeholders of the files: ${NAME} becomes a text, ${NAME!number} a number,"
        " ${NAME!identifier} a quoted name. Give it once for each.",
        show_default=False,
    ),
]
Late: TypeAlias = Annotated[
    bool, typer.Option("--late", help="Run migrations below a version that is applied, too.")
]
Beside: TypeAlias = Annotated[
    bool, typer.Option("--beside", help="Go on while other programs have the file open.")
]
Wait: TypeAlias = Annotated[
    float,
    typer.Option(
        "--wait", metavar="SECONDS", min=0, help="Wait so long for other programs that have the file in use."
    ),
]
Unrehearsed: TypeAlias = Annotated[
    str,
    typer.Option(
        "--unrehearsed",
        metavar="REASON",
        help="Why it is done without a rehearsal on what the file holds now; stands in the journal.",
        show_default=False,
    ),
]


def values_of(texts: list[str] | None) -> dict[str, str]:
    """What --set says: names with their values."""
    found = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not _NAME.fullmatch(name):
            raise UsageError(
                ErrorCode.BAD_REQUEST, f"--set does not know {quoted(text)}.", hint="Write it as name=value."
            )
        found[name] = value
    return found
