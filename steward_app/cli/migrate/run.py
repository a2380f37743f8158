"""`steward migrate plan`, `rehearse`, `apply` and `undo`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.keeping import keeping
from steward_app.cli.migrate.documents import Rehearsals, course_document, document
from steward_app.cli.migrate.group import app
from steward_app.cli.migrate.map import draw_map, must_be_picture
from steward_app.cli.migrate.options import Beside, Folder, Late, Target, Unrehearsed, Values, Wait, values_of
from steward_app.cli.migrate.printed import print_course, print_report, print_sql
from steward_app.cli.migrate.status import print_status
from steward_app.cli.options import AsJson, Database, must_be_free
from steward_app.cli.outcome import tell
from steward_app.cli.output import found, show
from steward_app.cli.progress import work
from steward_app.kernel.text import quoted
from steward_app.services.operation import Confirmation, load_plan

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.kernel.plan import Plan
    from steward_app.kernel.progress import Context
    from steward_app.services.migrate.run.course import Wanted

_WAYS_BACK = ("migrate.undo", "restore.in_place", "restore.new_file")


@app.command()
def plan(
    database: Database,
    folder: Folder = None,
    target: Target = None,
    values: Values = None,
    late: Late = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements alone, with values for the placeholders.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what an apply would run, statement by statement, and what to know first. Exit code 1 when it is blocked."""
    from steward_app.services.migrate.run import service

    with keeping(database) as catalog:
        wanted = _wanted(catalog, database, folder, target, values, late=late)
        course = work("Reading the migrations", lambda context: service.course_of(wanted, context))
        waits = bool(course.steps or course.status.in_the_way)
        made = (
            work("Planning", lambda context: service.plan_apply(catalog, wanted, context)) if waits else None
        )
    shown = course_document(course, made)
    show(
        "migrate-plan",
        shown,
        as_json=as_json,
        human=lambda out: print_sql(out, course) if sql else print_course(out, course, made),
    )
    found(len(made.blocking) if made else 0)


@app.command()
def rehearse(
    database: Database,
    folder: Folder = None,
    target: Target = None,
    values: Values = None,
    late: Late = False,
    to_map: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Draw what becomes of the schema, before and after in one: .svg, .png or .pdf.",
            readable=False,
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run what waits on a copy of the file, and report what it did there.

    Exit code 1 when not all is well there, or when something is in the way of applying it.
    """
    from steward_app.services.migrate.run import service

    if to_map is not None:
        must_be_picture(to_map)
        must_be_free(to_map, force)
    with keeping(database) as catalog:
        wanted = _wanted(catalog, database, folder, target, values, late=late)
        made = work("Planning", lambda context: service.plan_apply(catalog, wanted, context))
        result = work("Rehearsing on a copy", lambda context: service.rehearse_fully(catalog, made, context))
    show("migrate-rehearsal", result, as_json=as_json, human=lambda out: print_report(out, result))
    if to_map is not None:
        tell(draw_map(to_map, result, force=force))
    if made.blocking:
        tell(f"It cannot be applied yet: {'; '.join(each.title for each in made.blocking)}.")
    found(not result.rehearsal.passed or bool(made.blocking))


@app.command()
@wishing
def apply(
    database: Database,
    folder: Folder = None,
    target: Target = None,
    values: Values = None,
    late: Late = False,
    beside: Beside = False,
    wait: Wait = 0.0,
    unrehearsed: Unrehearsed = "",
    *,
    wish: Wish,
) -> None:
    """Apply what waits: a restore point first, then each migration in one transaction.

    It wants a rehearsal of exactly these migrations on exactly what the file holds: “steward migrate rehearse”, or
    --rehearse --yes here. Or a reason: --unrehearsed.
    """
    from steward_app.services.migrate.run import service
    from steward_app.services.migrate.run.kept import kept_of

    with keeping(database) as catalog:
        wanted = _wanted(
            catalog, database, folder, target, values, late=late, beside=beside, wait_seconds=wait
        )
        if not wish.kept:
            course = work("Reading the migrations", lambda context: service.course_of(wanted, context))
            if not course.steps and not course.status.in_the_way:
                standing = course.status
                told = document(standing, Rehearsals(kept_of(catalog, wanted.database_id)))
                show(
                    "migrate-status",
                    told,
                    as_json=wish.as_json,
                    human=lambda out: print_status(out, standing, told.migrations),
                )
                return
        _carry_out(
            catalog,
            "migrate.apply",
            database,
            lambda context: service.plan_apply(catalog, wanted, context),
            unrehearsed,
            wish,
        )


@app.command()
@wishing
def undo(
    database: Database,
    folder: Folder = None,
    target: Annotated[
        int | None,
        typer.Option(
            "--target",
            metavar="VERSION",
            min=0,
            help="The version to go back to. By default only the newest migration is taken back.",
            show_default=False,
        ),
    ] = None,
    values: Values = None,
    beside: Beside = False,
    wait: Wait = 0.0,
    unrehearsed: Unrehearsed = "",
    *,
    wish: Wish,
) -> None:
    """Take migrations back: by the files that undo them, or else by the restore point made before them.

    The plan says which way, and what is lost.
    """
    from steward_app.services.migrate.run import service

    with keeping(database) as catalog:
        wanted = _wanted(catalog, database, folder, target, values, beside=beside, wait_seconds=wait)
        made = (
            load_plan(wish.kept)
            if wish.kept
            else work("Planning", lambda context: service.plan_undo(catalog, wanted, context))
        )
        name = made.operation if made.operation in _WAYS_BACK else _WAYS_BACK[0]
        _carry_out(catalog, name, database, lambda _: made, unrehearsed, wish)


def _carry_out(
    catalog: Catalog,
    name: str,
    database: Path,
    planned: Callable[[Context], Plan],
    unrehearsed: str,
    wish: Wish,
) -> None:
    from steward_app.services.migrate.run import service

    operation = Operation(
        name,
        database,
        plan=planned,
        apply=lambda made, context: service.apply(
            catalog, made, context, Confirmation.of(made), unrehearsed=unrehearsed
        ),
        rehearse=lambda made, context: service.rehearse(catalog, made, context),
        warns=True,
    )
    carry_out(operation, wish)


def _wanted(
    catalog: Catalog,
    database: Path,
    folder: Path | None,
    target: int | None,
    values: list[str] | None,
    *,
    late: bool = False,
    beside: bool = False,
    wait_seconds: float = 0.0,
) -> Wanted:
    from steward_app.services.backup import database_id
    from steward_app.services.migrate.folder import folder_of
    from steward_app.services.migrate.run.course import Wanted

    known_as = work(
        f"Looking at {quoted(database.name)}", lambda context: database_id(catalog, database, context)
    )
    return Wanted(
        database,
        known_as,
        folder_of(database, folder),
        target,
        values_of(values),
        late=late,
        beside=beside,
        wait_seconds=wait_seconds,
    )
