"""Options that several verbs of `steward backup` and `steward restore` take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.storage.objects import Credentials

StoreUrl: TypeAlias = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help="A folder, sftp://user@host/folder, or s3://bucket/folder?endpoint=https://host.",
        show_default=False,
    ),
]
StoreName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="NAME",
        help="One store only, by its name or address, as “steward backup stores” lists them.",
        show_default=False,
    ),
]
KeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="A file with a private key of the store, such as the one typed in from the recovery sheet.",
        show_default=False,
        readable=False,
    ),
]
PassphraseFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="A file whose first line is the passphrase of the store.",
        show_default=False,
        readable=False,
    ),
]


def unlocking(
    key_file: Path | None, passphrase_file: Path | None, login: Credentials | None = None
) -> Unlocking | None:
    """What the options give to open a store, and its server; None for what this computer keeps."""
    from steward_app.services.backup.store.keys import Unlocking
    from steward_app.storage.secrets import read_passphrase

    if key_file is None and passphrase_file is None and login is None:
        return None
    passphrase = read_passphrase(passphrase_file) if passphrase_file else None
    return Unlocking(key_file=key_file, passphrase=passphrase, credentials=login)
