"""What opens the server of a store, on the command line: from a file, or asked for where somebody can answer."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from steward_app.cli.outcome import tell
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.secret import Secret

if TYPE_CHECKING:
    from steward_app.storage.objects import Credentials, Wanted

T = TypeVar("T")

_TRIES = 3

PasswordFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file whose first line opens the SFTP server: the password, or the passphrase of the key file in the "
        "address.",
        show_default=False,
        readable=False,
    ),
]
AccessKeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--access-key-file",
        metavar="FILE",
        help="A file with the access key of the bucket: its id, the secret and perhaps a session token, a line each.",
        show_default=False,
        readable=False,
    ),
]


def credentials_in(url: str, password_file: Path | None, access_key_file: Path | None) -> Credentials | None:
    """What the options give to log in to the server at an address; None for what this computer keeps or finds."""
    from steward_app.services.backup import credentials
    from steward_app.storage.secrets import read_passphrase

    if password_file and access_key_file:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "A server takes a password or an access key, not both.",
            hint="Nothing was done. Give --password-file for SFTP, --access-key-file for S3.",
        )
    if access_key_file:
        return credentials.read_access_key(access_key_file)
    return credentials.for_login(url, read_passphrase(password_file)) if password_file else None


def asking(
    url: str, login: Credentials | None, call: Callable[[Credentials | None], T], *, as_json: bool
) -> T:
    """Call with what was given to log in; where nothing was, and it is refused for want of it, ask at the terminal.

    What is typed is not shown. Raises what `call` raises where nobody can answer, or three answers were not right.
    """
    from steward_app.storage.objects import LoginRefused

    somebody = login is None and not as_json and sys.stdin.isatty() and sys.stderr.isatty()
    for _ in range(_TRIES if somebody else 0):
        try:
            return call(login)
        except LoginRefused as refused:
            if not refused.wanted:
                raise
            tell(refused.message)
            login = _asked(url, refused.wanted)
    return call(login)


def _asked(url: str, wanted: Wanted) -> Credentials:
    from steward_app.services.backup import credentials
    from steward_app.storage.objects import Credentials, Wanted

    if wanted is Wanted.ACCESS_KEY:
        key_id = _typed("Id of the access key:")
        return Credentials(access_key_id=key_id, secret_access_key=Secret(_typed("Secret access key:")))
    words = "Password:" if wanted is Wanted.PASSWORD else "Passphrase of the key file:"
    return credentials.for_login(url, Secret(_typed(words)))


def _typed(question: str) -> str:
    """Unseen. Nothing typed is a wish to stop, as the end of the input is."""
    try:
        text = getpass.getpass(f"{question} ")
    except EOFError:
        text = ""
    if not text:
        raise typer.Abort
    return text
