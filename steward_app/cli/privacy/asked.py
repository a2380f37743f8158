"""Options by which the risk of a table is asked, the same for every command."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Sensitive: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--sensitive", metavar="COLUMN", help="About which something could be learnt; again for each."
    ),
]
Person: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--person", metavar="COLUMN", help="Tells whose row it is; groups then count persons, not rows."
    ),
]
