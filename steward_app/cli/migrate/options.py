"""Arguments and options of several verbs of `steward migrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="FOLDER",
        help="The folder of migrations; by default “migrations” beside the file.",
        show_default=False,
        readable=False,
    ),
]
