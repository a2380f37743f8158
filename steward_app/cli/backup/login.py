"""What opens the server of a store: given anew, or forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.backup.asking import AccessKeyFile, PasswordFile, asking, credentials_in
from steward_app.cli.backup.group import app
from steward_app.cli.keeping import keeping
from steward_app.cli.options import AsJson, Database
from steward_app.cli.output import show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

if TYPE_CHECKING:
    from steward_app.storage.objects import Credentials


@dataclass(frozen=True, slots=True)
class LoginDocument:
    """How a store is logged in to from this computer; never with what.

    Attributes:
        store: its name.
        url: its address.
        kept: whether a password or access key is kept on this computer for it.
    """

    id: str
    store: str
    url: str
    kept: bool


@app.command()
def login(
    database: Database,
    store: Annotated[
        str,
        typer.Option(
            "--store", metavar="NAME", help="The store, by its name or address.", show_default=False
        ),
    ],
    password_file: PasswordFile = None,
    access_key_file: AccessKeyFile = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Keep nothing to log in with any longer on this computer.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give the password or access key of a store anew, and keep it among the keys of this computer.

    Without a file it is asked for where the server refuses what there is. It is tried before it is kept.
    """
    from steward_app.services import backup

    if forget and (password_file or access_key_file):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Give what opens the store, or --forget, not both.",
            hint="Nothing was changed.",
        )
    with keeping(database) as catalog:
        known = work(
            "Looking for the store", lambda context: backup.find_store(catalog, database, store, context)
        )

        def keep(given: Credentials | None) -> None:
            work("Logging in", lambda context: backup.credentials.give(catalog, known, given, context))

        if forget:
            backup.credentials.forget(catalog, known)
        else:
            asking(
                known.url, credentials_in(known.url, password_file, access_key_file), keep, as_json=as_json
            )
        kept = backup.credentials.are_kept(catalog, known)
    document = LoginDocument(known.id, known.name, known.url, kept)
    if kept:
        told = f"The store {quoted(known.name)} opens with what this computer keeps for it."
    else:
        told = f"Nothing is kept on this computer to log in to the store {quoted(known.name)}."
    show("backup-login", document, as_json=as_json, human=lambda out: out.line(told))
