"""`steward backup`: restore points, whole-file copies that are checked and proven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.asking import AccessKeyFile, PasswordFile, asking, credentials_in
from steward_app.cli.backup.group import app
from steward_app.cli.backup.looking import look_into_stores
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreName, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database, PlanOnly
from steward_app.cli.output import Printer, found, show
from steward_app.cli.plans import print_plan
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, size, visible

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.services.backup import Point, Visit
    from steward_app.services.backup.store.keys import Unlocking

_WHY_LETTERS = 48  # of a reason in the table; the document has all of it


@app.command()
def create(
    database: Database,
    reason: Annotated[str, typer.Option("--reason", help="Why it is made; shown in the list.")] = "By hand",
    check: Annotated[
        bool,
        typer.Option("--check/--no-check", help="Compare the copy with the database and read all of it."),
    ] = True,
    prove: Annotated[
        bool, typer.Option("--prove/--no-prove", help="Restore it to scratch and compare again.")
    ] = True,
    store: StoreName = "",
    here: Annotated[
        bool,
        typer.Option("--here", help="A whole-file copy on this computer, also where there are stores."),
    ] = False,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="In stores: the whole database as one compressed file that any computer opens, made by VACUUM INTO.",
        ),
    ] = False,
    plan: PlanOnly = False,
    as_json: AsJson = False,
) -> None:
    """Make a restore point in every store; without a store, or with --here, a whole-file copy on this computer.

    In a store only what changed since the last point is written, and nothing when nothing changed. A whole-file copy is
    checked and proven at once. Other programs may go on using the database. Exit code 1 when a store could not be
    reached, the database itself is damaged, or most of its rows are gone; the point keeps it as it is.
    """
    from steward_app.services import backup

    with keeping(database) as catalog:
        in_stores = plain or (not here and (bool(store) or _has_stores(catalog, database)))
        if in_stores and plan:
            _show_round(catalog, database, store, plain=plain, as_json=as_json)
            return
        if plain:
            _go_round_plain(catalog, database, store, reason, as_json=as_json)
            return
        if in_stores:
            _go_round(catalog, database, store, reason, check, as_json=as_json)
            return
        receipt = carry_out(
            Operation(
                name=backup.CreatePoint.name,
                database=database,
                plan=lambda context: backup.plan_create(
                    catalog,
                    database,
                    context,
                    reason=reason,
                    check=check,
                    prove=check and prove,
                ),
                apply=lambda plan, context: backup.create(catalog, plan, context),
            ),
            Wish(plan_only=plan, as_json=as_json),
        )
    if receipt is not None and check:
        found(int((receipt.result or {})["state"] == backup.PointState.TAKEN))


def _has_stores(catalog: Catalog, database: Path) -> bool:
    from steward_app.services import backup

    known = work("Looking for stores", lambda context: backup.stores_of(catalog, database, context))
    return bool(known)


def _show_round(catalog: Catalog, database: Path, store: str, *, plain: bool, as_json: bool) -> None:
    from steward_app.services import backup

    only = [store] if store else []
    planned = work(
        f"Looking at the stores of {quoted(database.name)}",
        lambda context: backup.plan_round(catalog, database, context, only=only, plain=plain),
    )
    show("plan", planned, as_json=as_json, human=lambda out: print_plan(out, planned))


def _go_round(
    catalog: Catalog, database: Path, store: str, reason: str, contents: bool, *, as_json: bool
) -> None:
    from steward_app.services import backup

    visits = work(
        f"Backing up {quoted(database.name)}",
        lambda context: backup.go_round(
            catalog, database, context, only=[store] if store else [], reason=reason, contents=contents
        ),
    )
    show("backup-round", visits, as_json=as_json, human=lambda out: print_visits(out, visits))
    found(sum(bool(visit.problem or visit.warning) for visit in visits))


def _go_round_plain(catalog: Catalog, database: Path, store: str, reason: str, *, as_json: bool) -> None:
    from steward_app.services import backup

    visits = work(
        f"Writing plain copies of {quoted(database.name)}",
        lambda context: backup.plain_round(catalog, database, context, only=store, reason=reason),
    )
    show("backup-round", visits, as_json=as_json, human=lambda out: print_visits(out, visits))
    found(sum(bool(visit.problem or visit.warning) for visit in visits))


def print_visits(out: Printer, visits: Sequence[Visit]) -> None:
    """What became of each store of a round."""
    for visit in visits:
        out.line(f"{visit.sentence}.")
        for line in filter(None, (visit.problem, visit.hint)):
            out.line(line, indent=2)
        if visit.warning:
            out.line(f"{visit.warning}. Compare it with an earlier point.", indent=2)


@app.command(name="list")
def list_points(
    database: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATABASE]",
            help="The SQLite file; it may be gone. Not needed with --store, as on a new computer.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    store: Annotated[
        str,
        typer.Option(
            "--store",
            metavar="URL",
            help="With DATABASE: only what lies in this store, by its name or address. Without: what is in the store"
            " at this address, a folder, sftp://user@host/folder, or"
            " s3://bucket/folder?endpoint=https://host.",
            show_default=False,
        ),
    ] = "",
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    password_file: PasswordFile = None,
    access_key_file: AccessKeyFile = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="As the stores were known last, without reaching any.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the restore points of a database, newest first; also when the database file is gone.

    With --store alone, those of a store that this computer need not know; with both, those in one of its stores. An
    encrypted store tells less without a key.
    """
    from steward_app.services import backup

    if database is None:
        if not store:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                "The restore points of what?",
                hint="Give the DATABASE; or --store URL alone, as on a new computer.",
            )
        login = credentials_in(store, password_file, access_key_file)
        asking(
            store,
            login,
            lambda login: _list_in_store(store, unlocking(key_file, passphrase_file, login), as_json=as_json),
            as_json=as_json,
        )
        return
    path = database
    with keeping(path) as catalog:
        if not offline:
            look_into_stores(catalog, path)
        points = work(
            f"Looking for restore points of {quoted(path.name)}",
            lambda context: backup.list_points(catalog, path, context),
        )
        known = work("Looking for stores", lambda context: backup.stores_of(catalog, path, context))
        if store:
            only = work(
                "Looking for the store", lambda context: backup.find_store(catalog, path, store, context)
            )
            points = tuple(point for point in points if point.store_id == only.id)
    places = {"": "this computer", **{store.id: store.name for store in known}}
    show("backup-list", points, as_json=as_json, human=lambda out: _print_points(out, points, places))


def _list_in_store(url: str, given: Unlocking | None, *, as_json: bool) -> None:
    from steward_app.catalog import open_catalog
    from steward_app.services import backup

    with open_catalog() as catalog:
        points = work(
            "Looking into the store",
            lambda context: backup.list_in_store(catalog, url, context, given),
        )
    places = {point.store_id: "the store" for point in points}
    show("backup-list", points, as_json=as_json, human=lambda out: _print_points(out, points, places))


def _print_points(out: Printer, points: Sequence[Point], places: Mapping[str, str]) -> None:
    if not points:
        out.line("There are no restore points yet. “steward backup create” makes one.")
        return
    out.table(
        ("Id", "Made (UTC)", "State", "Where", "Size", "New there", "Tables", "Rows", "Why"),
        [
            (
                point.id,
                point.made_at[:16].replace("T", " "),
                point.state.value + (", held" if point.held else "") + (", warning" if point.warning else ""),
                places.get(point.store_id, "store that is not known"),
                size(point.size_bytes),
                size(point.new_bytes) if point.store_id else "",
                *_counts(point),
                visible(_why(point), _WHY_LETTERS),
            )
            for point in points
        ],
    )
    for point in points:
        if point.warning:
            out.line(f"{point.id}: {point.warning}.")


def _why(point: Point) -> str:
    """Why it was made, and where, if not here."""
    from steward_app.storage import process

    if point.store_id and not point.operation_id and not point.reason:
        return "not known without the private key"
    elsewhere = point.computer not in ("", process.host())
    return f"{point.reason}, on {point.computer}" if elsewhere else point.reason


def _counts(point: Point) -> tuple[int | None, int | None]:
    """Tables and rows; not known of a point that nobody looked into."""
    if not point.tables and (point.store_id or not point.checks):
        return None, None
    return len(point.tables), sum(table.rows for table in point.tables)
