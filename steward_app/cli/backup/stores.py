"""The stores of a database: made, connected, listed, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.asking import AccessKeyFile, PasswordFile, asking, credentials_in
from steward_app.cli.backup.group import app
from steward_app.cli.backup.options import KeyFile, PassphraseFile, StoreUrl, unlocking
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import Printer, found, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted, size

if TYPE_CHECKING:
    from steward_app.catalog.stores import Store
    from steward_app.kernel.progress import Context
    from steward_app.services.backup import NewStore, StoreStatus
    from steward_app.storage.objects import Credentials

Name = Annotated[
    str,
    typer.Option(
        "--name", metavar="NAME", help="What to call the store.", show_default="the end of its address"
    ),
]


@app.command()
def init(
    database: Database,
    store: StoreUrl,
    name: Name = "",
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Do not encrypt: whoever can read the store can read the data."),
    ] = False,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE",
            help="Write a recovery sheet with a second key (.pdf or .html), to be printed.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    key_to: Annotated[
        Path | None,
        typer.Option(
            "--key-to",
            metavar="FILE",
            help="Write the private key to FILE and do not keep it on this computer, which can then make and check "
            "restore points, but not read them.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    passphrase_file: PassphraseFile = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(
            "--recipient",
            metavar="KEY",
            help="A further public key (age1...) that shall open the store; may be given again.",
            show_default=False,
        ),
    ] = None,
    password_file: PasswordFile = None,
    access_key_file: AccessKeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a store for restore points: a folder, an SFTP server or an S3-compatible bucket.

    What goes there is encrypted, unless --plain is given. To restore it, the store and a key are all that is needed.
    """
    from steward_app.services import backup
    from steward_app.storage.secrets import read_passphrase

    _one_way(plain, sheet, key_to, passphrase_file, recipient)
    passphrase = read_passphrase(passphrase_file) if passphrase_file else None
    login = credentials_in(store, password_file, access_key_file)
    with keeping(database) as catalog:

        def make(login: Credentials | None) -> NewStore:
            return work(
                f"Making a store for {quoted(database.name)}",
                lambda context: backup.new_store(
                    catalog,
                    database,
                    store,
                    context,
                    name=name,
                    encrypt=not plain,
                    passphrase=passphrase,
                    recipients=recipient or (),
                    sheet=sheet,
                    key_to=key_to,
                    credentials=login,
                ),
            )

        made = asking(store, login, make, as_json=as_json)
    show("backup-init", made, as_json=as_json, human=lambda out: _print_made(out, made))


@app.command()
def connect(
    database: Database,
    store: StoreUrl,
    name: Name = "",
    key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    keep_key: Annotated[
        bool,
        typer.Option(
            "--keep-key", help="Keep the private key on this computer, so that it can prove its points."
        ),
    ] = False,
    same: Annotated[
        bool,
        typer.Option(
            "--same",
            help="This file is the database that the store belongs to, though this computer has not seen it before.",
        ),
    ] = False,
    password_file: PasswordFile = None,
    access_key_file: AccessKeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Connect a store that is there already: on a new computer, or after the data directory was lost."""
    from steward_app.services import backup

    given = unlocking(key_file, passphrase_file)
    with keeping(database) as catalog:

        def reach(login: Credentials | None) -> Store:
            return work(
                "Connecting the store",
                lambda context: backup.connect(
                    catalog,
                    database,
                    store,
                    context,
                    name=name,
                    given=given,
                    credentials=login,
                    keep_key=keep_key,
                    same=same,
                ),
            )

        login = credentials_in(store, password_file, access_key_file)
        asking(store, login, reach, as_json=as_json)
        told = work("Looking into the store", lambda context: backup.look(catalog, database, context))
    show("backup-stores", told.stores, as_json=as_json, human=lambda out: _print_stores(out, told.stores))


@app.command()
def disconnect(
    database: Database,
    store: Annotated[
        str,
        typer.Option(
            "--store", metavar="NAME", help="The store, by its name or address.", show_default=False
        ),
    ],
    key_to: Annotated[
        Path | None,
        typer.Option(
            "--key-to",
            metavar="FILE",
            help="First write the key kept on this computer to FILE: a recovery sheet (.pdf or .html), or a key file.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    forget_key: Annotated[
        bool,
        typer.Option(
            "--forget-key",
            help="Forget the key also where it may be the only one: nobody can read what lies in the store then.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a store and its keys on this computer. What lies in it stays, and takes a key to be read.

    Where no other key is known to open it, this is refused without --key-to or --forget-key.
    """
    from steward_app.services import backup

    def forget(context: Context) -> Store:
        if key_to is not None:
            backup.write_kept_key(catalog, database, store, key_to, context)
        return backup.disconnect(catalog, database, store, context, forget_key=forget_key)

    with keeping(database) as catalog:
        gone = work("Forgetting the store", forget)
    told = f"The store {quoted(gone.name)} is no longer used. What lies in it was left there: {gone.url}"
    show("backup-disconnect", gone, as_json=as_json, human=lambda out: out.line(told))


@app.command(name="stores")
def list_stores(database: Database, as_json: AsJson = False) -> None:
    """Look into every store and list them. Exit code 1 when one does not answer."""
    from steward_app.services import backup

    with keeping(database) as catalog:
        told = work("Looking into the stores", lambda context: backup.look(catalog, database, context))
    show("backup-stores", told.stores, as_json=as_json, human=lambda out: _print_stores(out, told.stores))
    found(sum(bool(each.store.problem) for each in told.stores))


def _one_way(plain: bool, *keys: object) -> None:
    if plain and any(keys):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A store that is not encrypted has no keys.",
            hint="Nothing was made. Leave out --plain, or the options about keys.",
        )


def _print_made(out: Printer, made: NewStore) -> None:
    out.line(f"Made the store {quoted(made.store.name)}: {made.store.url}")
    if made.encrypted:
        out.line(made.key_sentence)
    else:
        out.line("It is not encrypted: whoever can read the store can read the data.")
    if made.sheet:
        out.line(f"The recovery sheet is {made.sheet.path}")
        out.line(made.sheet.warning)
    elif made.encrypted:
        out.line("There is no recovery sheet: no second key opens the store when that one is lost.")


def _print_stores(out: Printer, stores: Sequence[StoreStatus]) -> None:
    if not stores:
        out.line("There are no stores yet. “steward backup init” makes one.")
        return
    words = {"silent": "does not answer", "empty": "empty", "behind": "behind", "in_step": "in step"}
    out.table(
        ("Name", "Address", "State", "Points", "Newest (UTC)", "Size", "Encrypted"),
        [
            (
                each.store.name,
                each.store.url,
                words[each.standing.value],
                each.points,
                each.newest.made_at[:16].replace("T", " ") if each.newest else "",
                size(each.store.size_bytes),
                each.store.encryption.value == "age",
            )
            for each in stores
        ],
    )
    for each in stores:
        if each.store.problem:
            out.line(f"{quoted(each.store.name)}: {each.store.problem}")
