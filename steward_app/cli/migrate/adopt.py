"""`steward migrate adopt`: go on from the history that another tool kept in the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import values_of
from steward_app.cli.options import Database
from steward_app.cli.outcome import tell
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import Confirmation

if TYPE_CHECKING:
    from steward_app.services.migrate.adopt.model import Tool


@app.command()
@wishing
def adopt(
    database: Database,
    folder: Annotated[
        Path,
        typer.Option(
            "--dir", metavar="FOLDER", help="The folder of the other tool's migrations.", readable=False
        ),
    ],
    tool: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="TOOL",
            help="flyway, liquibase, alembic, django, yoyo, dbmate, sqlite-migrate, goose or golang-migrate. By default"
            " it is told from the tables.",
            show_default=False,
        ),
    ] = "",
    table: Annotated[
        str,
        typer.Option(
            "--table",
            metavar="NAME",
            help="The table of its history, where it is not the tool's usual one.",
            show_default=False,
        ),
    ] = "",
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FOLDER",
            help="Where the steward's files are written. By default as for the other verbs: the folder that the policy"
            " names, or “migrations” beside the file.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="What migrations that are programs make: a database that the tool made from nothing, or a .sql file of"
            " CREATE statements.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="What ${NAME} in their files stands for; put in as it is. Give it once for each.",
            show_default=False,
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Go on from the history that another tool kept in the file.

    Its migrations run on an empty database first: only where they make the schema that the file has is the history
    believed. Its table and its files stay as they are.
    """
    from steward_app.services.backup import database_id
    from steward_app.services.migrate.adopt import service
    from steward_app.services.migrate.adopt.adoption import AdoptRequest
    from steward_app.services.migrate.folder import folder_of

    with keeping(database) as catalog:
        known_as = work(
            f"Looking at {quoted(database.name)}", lambda context: database_id(catalog, database, context)
        )
        request = AdoptRequest(
            database,
            known_as,
            folder,
            folder_of(database, into, must_be_there=False),
            _tool(tool),
            table,
            against,
            values_of(values),
        )
        written = work("Looking for files", lambda context: service.write_missing(request, context))
        if written:
            were = "was missing and is" if len(written) == 1 else "were missing and are"
            tell(f"{plural(len(written), 'file')} of the history {were} written.")
            return
        carry_out(
            Operation(
                "migrate.adopt",
                database,
                plan=lambda context: service.plan_adopt(request, context),
                apply=lambda made, context: service.adopt(
                    catalog, request, made, context, Confirmation.of(made)
                ),
                rehearse=lambda made, context: service.rehearse(catalog, made, context),
            ),
            wish,
        )


def _tool(said: str) -> Tool | None:
    from steward_app.services.migrate.adopt.model import Tool

    if not said:
        return None
    if said.lower() not in set(Tool):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(said)} is no tool whose history can be adopted.",
            hint=f"Nothing was changed. Known are {', '.join(each.value for each in Tool)}.",
        )
    return Tool(said.lower())
