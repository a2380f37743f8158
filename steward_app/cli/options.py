"""Arguments and options that many commands take, each with the same name, meaning and help everywhere.

`readable=False` keeps typer from looking at a file itself: what is wrong with one is for us to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted

Database: TypeAlias = Annotated[
    Path, typer.Argument(metavar="DATABASE", help="The SQLite file.", show_default=False, readable=False)
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document, for scripts.")]

PlanOnly: TypeAlias = Annotated[bool, typer.Option("--plan", help="Print the plan and change nothing.")]
Rehearse: TypeAlias = Annotated[
    bool,
    typer.Option("--rehearse", help="Try the plan on a copy first; with --yes, apply it when all went well."),
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")]
Typed: TypeAlias = Annotated[
    str,
    typer.Option(
        "--confirm",
        metavar="NAME",
        help="Where nothing can undo it: the name that is asked for, typed here. --yes does not answer that.",
        show_default=False,
    ),
]
"""Of commands whose plan may be one that nothing can undo."""
PlanFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--plan-file",
        metavar="FILE",
        help="With --plan, keep the plan in FILE; without, carry out the plan kept there.",
        show_default=False,
        readable=False,
    ),
]

PlainExport: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--plain", help="Write columns that their level keeps from plain files, too. This file may hold them."
    ),
]


def one_of(option: str, value: str, allowed: Sequence[str]) -> str:
    """The value of an option that takes some words only. Raises `UsageError` for any other."""
    if value not in allowed:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{option} does not know {quoted(value)}.",
            hint=f"It takes {', '.join(allowed)}.",
        )
    return value


def must_be_free(to: Path, force: bool) -> None:
    """Raise `Refused` before any work is done for a file that is there, unless --force was given."""
    from steward_app.storage import is_there, spare_databases

    spare_databases(to)
    if is_there(to) and not force:
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"{quoted(to.name)} exists already.",
            hint="It was left as it is. Choose another name, or replace it with --force.",
        )
