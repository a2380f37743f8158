"""`steward migrate repair`, `baseline` and `new`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.contracts import Produced
from steward_app.cli.keeping import keeping
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.options import Folder, Values, values_of
from steward_app.cli.options import AsJson, Database
from steward_app.cli.outcome import tell
from steward_app.cli.output import show
from steward_app.cli.progress import work
from steward_app.cli.reading import reading
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.operation import Confirmation

if TYPE_CHECKING:
    from collections.abc import Callable

    from steward_app.catalog import Catalog
    from steward_app.kernel.plan import Plan
    from steward_app.kernel.progress import Context


@app.command()
@wishing
def repair(
    database: Database,
    folder: Folder = None,
    forget: Annotated[
        list[str] | None,
        typer.Option(
            "--forget",
            metavar="FILE",
            help="Take this migration, whose file is gone, out of the history; give it once for each.",
            show_default=False,
        ),
    ] = None,
    done: Annotated[
        list[str] | None,
        typer.Option(
            "--done",
            metavar="FILE",
            help="Take this migration, which stopped half-way, as done; give it once for each. Without it, it waits"
            " and runs again from its first statement.",
            show_default=False,
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Set the history right: take edited files as they are now, and settle what stopped half-way.

    Only the history is written. What a migration did to the file stays as it is. Of one that is taken as done the plan
    says whether the file has the schema that it leaves.
    """
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.run import service
    from steward_app.services.migrate.run.mend import RepairRequest

    with keeping(database) as catalog:
        request = RepairRequest(
            database,
            _known_as(catalog, database),
            folder_of(database, folder),
            tuple(forget or ()),
            tuple(done or ()),
        )
        _carry_out(
            catalog,
            "migrate.repair",
            database,
            lambda context: service.plan_repair(request, context, catalog),
            wish,
        )


@app.command()
@wishing
def baseline(
    database: Database,
    folder: Folder = None,
    version: Annotated[
        int | None,
        typer.Option(
            "--version",
            metavar="VERSION",
            min=0,
            help="The version the file stands at. By default that of the newest migration.",
            show_default=False,
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Begin the history of a file that has none: the migrations up to a version are taken as done."""
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.run import service
    from steward_app.services.migrate.run.mend import BaselineRequest

    with keeping(database) as catalog:
        request = BaselineRequest(
            database, _known_as(catalog, database), folder_of(database, folder), version
        )
        _carry_out(
            catalog,
            "migrate.baseline",
            database,
            lambda context: service.plan_baseline(request, context),
            wish,
        )


@app.command()
def new(
    database: Database,
    description: Annotated[
        str, typer.Argument(metavar="DESCRIPTION", help="What it does, in a few words.", show_default=False)
    ] = "",
    folder: Folder = None,
    repeatable: Annotated[
        bool, typer.Option("--repeatable", help="A file that runs again whenever its text changes.")
    ] = False,
    undo_of: Annotated[
        int | None,
        typer.Option(
            "--undo-of",
            metavar="VERSION",
            min=0,
            help="The file that takes this version back.",
            show_default=False,
        ),
    ] = None,
    propose: Annotated[
        bool,
        typer.Option(
            "--propose",
            help="With --undo-of: begin it with statements that lead back to the schema before. Read them first.",
        ),
    ] = False,
    values: Values = None,
    python: Annotated[bool, typer.Option("--python", help="A program instead of SQL.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make an empty migration file with the next version, to be filled by hand."""
    from steward_app.services.migrate import history
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.new import create

    if not description.strip() and undo_of is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "What the migration does is missing.",
            hint="No file was made. Say it in a few words: steward migrate new DATABASE “add a phone number”.",
        )
    if propose and (undo_of is None or python):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "--propose is for a file of SQL that takes a migration back: --undo-of.",
            hint="No file was made.",
        )
    if values and not propose:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "--set is for a file that begins with statements: --undo-of and --propose.",
            hint="No file was made. In an empty file you write the placeholders yourself.",
        )
    given = values_of(values)
    place = folder_of(database, folder, must_be_there=False)
    with reading(database) as session:
        above = max((row.version for row in history.read(session)), default=0)
    sql = _proposed(database, place, undo_of, given) if propose and undo_of is not None else ""
    path = create(
        place,
        description,
        sql,
        repeatable=repeatable,
        undo_of=undo_of,
        python=python,
        above=above,
    )
    made = Produced(str(path), path.stat().st_size)
    show(
        "produced",
        made,
        as_json=as_json,
        human=lambda out: out.line(
            f"{quoted(str(path), 0)} is written. Read it before it is needed."
            if sql
            else f"{quoted(str(path), 0)} is ready to be filled."
        ),
    )


def _proposed(database: Path, folder: Path, version: int, values: dict[str, str]) -> str:
    """Statements that lead back from a migration; what they do not bring back is told on the error output."""
    from steward_app.services.migrate.run.proposed import asks_for, proposed_undo
    from steward_app.services.migrate.status import status

    def call(context: Context) -> tuple[str, tuple[str, ...]]:
        with keeping(database) as catalog, reading(database) as session:
            found = status(session, folder)
            entry = next((each for each in found.entries if each.version == version), None)
            if entry is None:
                return "", ()  # `create` says that there is no such version
            if missing := [name for name in asks_for(found, entry) if name not in values]:
                raise _without_value(missing)
            made = proposed_undo(session, found, entry, values, context, catalog)
            return made.text, made.notes

    sql, notes = work("Looking for the way back", call)
    for note in notes:
        tell(note)
    return sql


def _without_value(names: list[str]) -> UsageError:
    has = "has" if len(names) == 1 else "have"
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"{', '.join(map(quoted, names))} {has} no value, and the way back is looked for by running the migration.",
        hint=f"No file was made. Give it: {' '.join(f'--set {name}=VALUE' for name in names)}.",
    )


def _known_as(catalog: Catalog, database: Path) -> str:
    from steward_app.services.backup import database_id

    return work(
        f"Looking at {quoted(database.name)}", lambda context: database_id(catalog, database, context)
    )


def _carry_out(
    catalog: Catalog, name: str, database: Path, planned: Callable[[Context], Plan], wish: Wish
) -> None:
    from steward_app.services.migrate.run import service

    operation = Operation(
        name,
        database,
        plan=planned,
        apply=lambda made, context: service.apply(catalog, made, context, Confirmation.of(made)),
        rehearse=lambda made, context: service.rehearse(catalog, made, context),
    )
    carry_out(operation, wish)
