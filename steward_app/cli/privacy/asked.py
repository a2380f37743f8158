"""Options by which the risk of a table is asked, the same for every command."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from steward_app.kernel.errors import ErrorCode, UsageError

Sensitive: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--sensitive", metavar="COLUMN", help="About which something could be learnt; again for each."
    ),
]
CountRows: TypeAlias = Annotated[
    bool, typer.Option("--count-rows", help="Groups count rows, also where several are of one person.")
]
Person: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--person", metavar="COLUMN", help="Tells whose row it is; groups then count persons, not rows."
    ),
]


def refuse_both(person: list[str] | None, *, count_rows: bool) -> None:
    """Raise `UsageError` where groups are to count persons, and rows."""
    if person and count_rows:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Groups count either persons or rows.",
            hint="Give --person or --count-rows, not both.",
        )


def refuse_without_sensitive(diversity: int, closeness: float) -> None:
    """Raise `UsageError` where something is asked of sensitive columns; to be called where there are none."""
    if diversity > 1 or closeness < 1:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "--l and --t are asked of sensitive columns, and none was named.",
            hint="Name the columns about which something could be learnt with --sensitive.",
        )
