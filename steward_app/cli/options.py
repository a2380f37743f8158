"""Arguments and options that many commands take, each with the same name, meaning and help everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Database: TypeAlias = Annotated[
    Path, typer.Argument(metavar="DATABASE", help="The SQLite file.", show_default=False)
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document, for scripts.")]

PlanOnly: TypeAlias = Annotated[bool, typer.Option("--plan", help="Print the plan and change nothing.")]
Rehearse: TypeAlias = Annotated[
    bool,
    typer.Option("--rehearse", help="Try the plan on a copy first; with --yes, apply it when all went well."),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")]
PlanFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--plan-file",
        metavar="FILE",
        help="With --plan, keep the plan in FILE; without, carry out the plan kept there.",
        show_default=False,
    ),
]
