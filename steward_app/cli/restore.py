"""`steward restore`: bringing back what a restore point holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli import restore_at, restore_compare, restore_rows, restore_waiting
from steward_app.cli.backup.asking import AccessKeyFile, PasswordFile, asking, credentials_in
from steward_app.cli.backup.options import KeyFile, PassphraseFile, unlocking
from steward_app.cli.confirm import Operation, Wish, carry_out, wishing
from steward_app.cli.frame import group
from steward_app.cli.keeping import keeping
from steward_app.cli.progress import work
from steward_app.cli.restore_options import To
from steward_app.kernel.errors import ErrorCode, UsageError

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.storage.objects import Credentials

app = group("Bring back what a restore point holds.")
app.command("at")(restore_at.at)
app.command("compare")(restore_compare.compare)
app.command("table")(restore_rows.table)
app.command("rows")(restore_rows.rows)
app.command("waiting")(restore_waiting.waiting)
app.command("decide")(restore_waiting.decide)


@app.command()
@wishing
def file(
    database: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATABASE]",
            help="The SQLite file; it may be gone. Not needed with --store and --to, as on a new computer.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    point: Annotated[
        str,
        typer.Option(
            "--point",
            metavar="ID",
            help="The restore point, as “steward backup list” shows it; the start of its id will do."
            " Of a store, the newest by default.",
            show_default=False,
        ),
    ] = "",
    to: To = None,
    store: Annotated[
        str,
        typer.Option(
            "--store",
            metavar="URL",
            help="Restore from this store: a folder, sftp://user@host/folder, or"
            " s3://bucket/folder?endpoint=https://host.",
            show_default=False,
        ),
    ] = "",
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    password_file: PasswordFile = None,
    access_key_file: AccessKeyFile = None,
    *,
    wish: Wish,
) -> None:
    """Bring a whole file back, as a new file or in place.

    In place, what the file holds now is made a restore point first. A database that is gone is made anew at its place.
    On a new computer --store and --to are enough, and a key where the store is encrypted.
    """
    from steward_app.services import restore
    from steward_app.services.operation import Confirmation
    from steward_app.storage import is_there

    login = credentials_in(store, password_file, access_key_file)
    if database is None:

        def bring(login: Credentials | None) -> None:
            _from_store(store, point, to, unlocking(key_file, passphrase_file, login), wish)

        asking(store, login, bring, as_json=wish.as_json)
        return
    given = unlocking(key_file, passphrase_file, login)
    if not point and not store:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Which restore point?",
            hint="Give --point; “steward backup list” shows them. For a moment: “steward restore at”.",
        )
    in_place = to is None and is_there(database)
    with keeping(database) as catalog:
        chosen = point or _newest(catalog, database, store)
        carry_out(
            Operation(
                name=(restore.RestoreInPlace if in_place else restore.RestoreToNewFile).name,
                database=database,
                plan=lambda context: restore.plan_restore(
                    catalog, database, chosen, context, to=to, given=given
                ),
                apply=lambda plan, context: restore.restore(
                    catalog, plan, context, Confirmation.of(plan), given=given
                ),
                rehearse=(lambda plan, context: restore.rehearse(catalog, plan, context, given=given))
                if in_place
                else None,
            ),
            wish,
        )


def _from_store(store: str, point: str, to: Path | None, given: Unlocking | None, wish: Wish) -> None:
    """Restore without the database, from a store that this computer may never have seen."""
    from steward_app.catalog import open_catalog
    from steward_app.services import restore

    if not store or to is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Restore what, and where to?",
            hint="Give the DATABASE and --point; or --store URL and --to FILE, on a new computer.",
        )
    target = to
    with open_catalog() as catalog:
        carry_out(
            Operation(
                name=restore.RestoreToNewFile.name,
                database=target,
                plan=lambda context: restore.plan_restore_from_store(
                    catalog, store, context, to=target, point=point, given=given
                ),
                apply=lambda plan, context: restore.restore(catalog, plan, context, given=given),
            ),
            wish,
        )


def _newest(catalog: Catalog, database: Path, store: str) -> str:
    """The newest point of one store of the database that can be used."""
    from steward_app.services.backup.in_store import newest_in

    found = work("Looking into the store", lambda context: newest_in(catalog, database, store, context))
    return found.id
