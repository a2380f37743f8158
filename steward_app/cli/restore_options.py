"""What several verbs of `steward restore` share: how a restore point is named, and read."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from steward_app.cli.progress import work

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.services.restore import PointImage

Point: TypeAlias = Annotated[
    str,
    typer.Option(
        "--point",
        metavar="ID",
        help="The restore point, as “steward backup list” shows it; the start of its id will do.",
    ),
]
To: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        help="A new file; without it the database is restored in place.",
        show_default=False,
        readable=False,
    ),
]


def image(
    catalog: Catalog,
    database: Path,
    point: str,
    stack: ExitStack,
    given: Unlocking | None,
    *,
    as_it_was: bool = False,
) -> PointImage:
    """The restore point as an image, until the stack is closed."""
    from steward_app.services import restore

    return work(
        "Reading the restore point",
        lambda context: stack.enter_context(
            restore.point_image(catalog, database, point, context, given=given, as_it_was=as_it_was)
        ),
    )
