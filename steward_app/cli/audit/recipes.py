"""`steward audit recipes`: rules of a table that triggers in the file keep, whichever program writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.audit.group import app as audit
from steward_app.cli.audit.options import Limit, Personal
from steward_app.cli.confirm import Wish, carry_out, requested, wishing
from steward_app.cli.frame import group
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, one_of
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import plural, quoted

if TYPE_CHECKING:
    from steward_app.cli.audit.recipes_documents import DeletedDocument
    from steward_app.services.audit.recipes import RecipeStatus, Request, Spec

app = group("Rules of a table that triggers in the file keep, whichever program writes.")
audit.add_typer(app, name="recipes")

_KINDS = ("updated-at", "soft-delete", "immutable", "append-only", "status-log")
_FORMS = ("iso", "datetime", "unix", "unix_ms", "julian")

Ids = Annotated[
    list[int] | None,
    typer.Option(
        "--recipe",
        metavar="ID",
        help="The number of a recipe, as “list” shows it; give it once for each. All by default.",
        show_default=False,
    ),
]


@app.command("list")
def show_list(database: Database, as_json: AsJson = False) -> None:
    """List the recipes of a file, and whether their triggers are as they should be."""
    from steward_app.services.audit.recipes import recipe_status

    there = work(f"Looking at {quoted(database.name)}", lambda context: recipe_status(database, context))
    show("audit-recipes", there, as_json=as_json, human=lambda out: print_recipes(out, there))
    found(sum(each.state.value != "armed" for each in there))


@app.command()
@wishing
def add(
    database: Database,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="updated-at (a column says when its row was last changed), soft-delete (rows are marked as deleted,"
            " with what belongs to them), immutable (columns never change), append-only (rows are only added) or"
            " status-log (a table tells each value of a column).",
            show_default=False,
        ),
    ],
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The table.", show_default=False)],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="COLUMN",
            help="The column: updated_at and deleted_at by default, and added where it is not there. For immutable give"
            " it once for each; for status-log, the one that is logged.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="How moments are written, in UTC: iso (2026-11-20T21:31:24.123Z), datetime (2026-11-20 21:31:24), unix"
            " (seconds), unix_ms or julian. By default as the column's values are; iso in a new one.",
            show_default=False,
        ),
    ] = None,
    grace_days: Annotated[
        int,
        typer.Option(
            "--grace-days", min=0, help="soft-delete: days after which a deleted row may be purged."
        ),
    ] = 30,
    follow: Annotated[
        list[str] | None,
        typer.Option(
            "--follow",
            metavar="TABLE",
            help="soft-delete: a table whose rows follow their parent although their foreign key does not say ON DELETE"
            " CASCADE; give it once for each.",
            show_default=False,
        ),
    ] = None,
    on_delete: Annotated[
        str,
        typer.Option(
            "--on-delete",
            metavar="stamp|refuse",
            help="soft-delete: a DELETE marks the row, or fails and programs set the column themselves.",
        ),
    ] = "stamp",
    once_set: Annotated[
        bool, typer.Option("--once-set", help="immutable: a NULL may still become a value.")
    ] = False,
    log: Annotated[
        str,
        typer.Option(
            "--log",
            metavar="TABLE",
            help="status-log: its table; by default TABLE_COLUMN_log.",
            show_default=False,
        ),
    ] = "",
    *,
    wish: Wish,
) -> None:
    """Install a recipe. The plan shows the SQL, and what will be different for programs that use the table."""
    from steward_app.services.audit.recipes import AddRequest

    one_of("KIND", kind, _KINDS)
    one_of("--on-delete", on_delete, ("stamp", "refuse"))
    if form is not None:
        one_of("--format", form, _FORMS)
    spec = _spec(kind, table, columns or [], form, grace_days, follow or [], on_delete, once_set, log)
    _carry_out(
        "audit.recipes.add",
        database,
        lambda database_id: AddRequest(database, database_id, spec),
        wish,
    )


@app.command()
@wishing
def remove(
    database: Database,
    ids: Ids = None,
    drop_data: Annotated[
        bool,
        typer.Option("--drop-data", help="The columns and log tables that the recipes added go, too."),
    ] = False,
    *,
    wish: Wish,
) -> None:
    """Remove recipes. What they added stays with what it holds, unless --drop-data is given."""
    from steward_app.services.audit.recipes import RemoveRequest

    _carry_out(
        "audit.recipes.remove",
        database,
        lambda database_id: RemoveRequest(database, database_id, tuple(ids or ()), drop_data=drop_data),
        wish,
    )


@app.command()
@wishing
def renew(
    database: Database,
    ids: Ids = None,
    *,
    wish: Wish,
) -> None:
    """Make the triggers of recipes again: one is gone or was changed, or the table was. By default where needed."""
    from steward_app.services.audit.recipes import RenewRequest

    _carry_out(
        "audit.recipes.renew",
        database,
        lambda database_id: RenewRequest(database, database_id, tuple(ids or ())),
        wish,
    )


@app.command()
@wishing
def purge(
    database: Database,
    ids: Ids = None,
    *,
    wish: Wish,
) -> None:
    """Delete rows for good that were deleted softly longer ago than the days of grace."""
    from steward_app.services.audit.recipes import PurgeRequest

    _carry_out(
        "audit.recipes.purge",
        database,
        lambda database_id: PurgeRequest(database, database_id, tuple(ids or ())),
        wish,
    )


@app.command("deleted")
def show_deleted(
    database: Database,
    ids: Ids = None,
    personal: Personal = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the rows that are deleted softly: how many of each table, and the newest by their keys."""
    from steward_app.cli.audit.recipes_documents import deleted_document
    from steward_app.services.audit.recipes import deleted_rows

    there = work(
        f"Looking at {quoted(database.name)}",
        lambda context: deleted_rows(database, context, limit=limit, ids=tuple(ids or ())),
    )
    items = deleted_document(there, personal=personal)
    show("audit-recipes-deleted", items, as_json=as_json, human=lambda out: _print_deleted(out, items))


@app.command()
@wishing
def restore(
    database: Database,
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="The table that the rows are of.", show_default=False)
    ],
    rows: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ROW...",
            help="The rows: the value of the key of each, or an id as “deleted” shows it.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        int | None,
        typer.Option(
            "--recipe", metavar="ID", help="Which soft delete, where several are on it.", show_default=False
        ),
    ] = None,
    *,
    wish: Wish,
) -> None:
    """Bring rows back that were deleted softly, with those that were deleted with them.

    What stands in the way is told in the plan. “steward journal undo” deletes them again.
    """
    from steward_app.cli.rows_documents import id_to_key
    from steward_app.services.audit.recipes import RestoreRequest

    keys = tuple(dict.fromkeys(map(id_to_key, rows or ())))
    _carry_out(
        "audit.recipes.restore",
        database,
        lambda database_id: RestoreRequest(database, database_id, table, keys, recipe),
        wish,
    )


def _print_deleted(out: Printer, there: tuple[DeletedDocument, ...]) -> None:
    if not there:
        out.line("No table of this file has rows that are deleted softly.", style="bold")
        return
    for each in there:
        followed = f", {each.followed:,} of them with another row" if each.followed else ""
        out.line(f"{quoted(each.table)}: {plural(each.count, 'deleted row')}{followed}", style="bold")
        if each.rows:
            out.table(
                ("row", "deleted", ""),
                [
                    (row.id or "hidden", row.since, "with another row" if row.followed else "")
                    for row in each.rows
                ],
            )
        if any(not row.id for row in each.rows):
            out.line("Keys that look personal are shown with --personal.", indent=2)


def print_recipes(out: Printer, there: tuple[RecipeStatus, ...]) -> None:
    """The recipes of a file, for people."""
    if not there:
        out.line("This file has no recipes.", style="bold")
        return
    out.table(
        ("id", "what it does", "state"), [(str(each.id), each.sentence, each.state.value) for each in there]
    )
    for each in there:
        for why in each.why:
            out.line(f"Recipe {each.id}: {why}.", indent=2, style="red")
    if any(each.why and each.spec is not None for each in there):
        out.line("“steward audit recipes renew” makes their triggers again.", indent=2)
    if any(each.spec is None for each in there):
        out.line("“steward audit recipes remove” removes what cannot be read, with its triggers.", indent=2)


def _spec(
    kind: str,
    table: str,
    columns: list[str],
    form: str | None,
    grace_days: int,
    follow: list[str],
    on_delete: str,
    once_set: bool,
    log: str,
) -> Spec:
    from steward_app.services.audit import recipes

    if kind != "immutable" and len(columns) > 1:
        raise UsageError(ErrorCode.BAD_REQUEST, f"{kind} takes one --column.", hint="Nothing was changed.")
    if kind in ("immutable", "status-log") and not columns:
        raise UsageError(ErrorCode.BAD_REQUEST, f"{kind} needs a --column.", hint="Nothing was changed.")
    written = recipes.Form(form) if form else None
    match kind:
        case "updated-at":
            return recipes.UpdatedAt(table, columns[0] if columns else "updated_at", written)
        case "soft-delete":
            return recipes.SoftDelete(
                table,
                columns[0] if columns else "deleted_at",
                written,
                grace_days,
                tuple(follow),
                recipes.OnDelete(on_delete),
            )
        case "immutable":
            return recipes.Immutable(table, tuple(columns), once_set)
        case "append-only":
            return recipes.AppendOnly(table)
        case _:
            return recipes.StatusLog(table, columns[0], log, written)


def _carry_out(name: str, database: Path, request: Callable[[str], Request], wish: Wish) -> None:
    from steward_app.services.audit import recipes

    with keeping(database) as catalog:
        operation = requested(
            catalog,
            name,
            database,
            request,
            plan=recipes.plan_recipes,
            apply=recipes.carry_out,
            rehearse=recipes.rehearse,
        )
        carry_out(operation, wish)
