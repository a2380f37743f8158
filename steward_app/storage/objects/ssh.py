"""A connection to an SSH server, and what is said when there is none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import asyncssh

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.storage.objects import failures
from steward_app.storage.objects.failures import LoginRefused
from steward_app.storage.objects.host_keys import HostKey, known_hosts, not_trusted, shown_key
from steward_app.storage.objects.model import Credentials, Patience, Wanted
from steward_app.storage.objects.place import SftpPlace
from steward_app.storage.objects.waiting import Loop, persistently

_KEEPALIVE_SECONDS = 15
_THIS_FIRST = "password,keyboard-interactive,publickey"  # a server counts the keys of an agent as tries, too

# What means that the line is gone, or never was sound: worth another try.
CUTS = (
    asyncssh.DisconnectError,
    asyncssh.ChannelOpenError,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    asyncssh.SFTPBadMessage,
    OSError,
    TimeoutError,
)


def shown_host_key(
    place: SftpPlace, context: Context | None = None, patience: Patience | None = None
) -> HostKey:
    """The key the server shows now, without logging in. Raises Failure (OFFLINE) where none answers."""
    patience, context = patience or Patience(), context or Context()
    loop = Loop("host key")
    try:
        return persistently(
            lambda: loop.run(_shown(place, patience), context), patience, context, opening=True
        )
    finally:
        loop.close()


async def connect(
    place: SftpPlace, credentials: Credentials, patience: Patience
) -> asyncssh.SSHClientConnection:
    """Log in. Raises Failure: OFFLINE, LOGIN_REFUSED, UNKNOWN_HOST_KEY, HOST_KEY_CHANGED."""
    options: dict[str, Any] = _keys(place, credentials)
    if place.user:
        options["username"] = place.user
    if credentials.password is not None:
        options["password"] = credentials.password.reveal()
        options["preferred_auth"] = _THIS_FIRST
    asked = _Asked()
    try:
        async with asyncio.timeout(patience.connect_seconds):
            return await asyncssh.connect(
                place.host,
                place.port,
                config=None,  # the address says it all; no program or jump that a file elsewhere names
                known_hosts=known_hosts(),
                client_factory=lambda: asked,
                keepalive_interval=_KEEPALIVE_SECONDS,
                compression_algs=None,
                **options,
            )
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
        shown = await _shown(place, patience)
        if isinstance(error, asyncssh.HostKeyNotVerifiable) or shown.trust is not shown.trust.KNOWN:
            raise not_trusted(place.url, shown) from error
        raise _no_ssh(place) from error
    except asyncssh.PermissionDenied as error:
        raise _login_refused(place, asked, credentials) from error
    except (asyncssh.Error, OSError) as error:
        raise _unreachable(place, error) from error


async def start_sftp(
    connection: asyncssh.SSHClientConnection, place: SftpPlace, patience: Patience
) -> asyncssh.SFTPClient:
    """File transfer over a connection. Raises Failure (OFFLINE) where the server offers none to this user."""
    try:
        async with asyncio.timeout(patience.connect_seconds):
            return await connection.start_sftp_client()
    except asyncssh.ChannelOpenError as error:
        raise Failure(
            ErrorCode.OFFLINE,
            f"The server of {visible(place.url)} offers no file transfer (SFTP) to this user.",
            hint="Nothing was read or written. Its administrator can allow the sftp subsystem.",
        ) from error
    except (asyncssh.Error, OSError) as error:
        connection.abort()
        raise failures.Cut(place.url) from error


async def _shown(place: SftpPlace, patience: Patience) -> HostKey:
    try:
        async with asyncio.timeout(patience.connect_seconds):
            key = await asyncssh.get_server_host_key(place.host, place.port, config=None)
    except (asyncssh.Error, OSError) as error:
        raise _unreachable(place, error) from error
    if key is None:
        raise _no_ssh(place)
    return shown_key(place.host, place.port, key)


def _keys(place: SftpPlace, credentials: Credentials) -> dict[str, Any]:
    """The key the caller or the address named, alone; else asyncssh looks at the agent and in `~/.ssh`."""
    named = Path(os.path.expanduser(place.key_file)).absolute()  # noqa: PTH111  leaves users that are none
    path, passphrase = credentials.key_file or named, credentials.key_passphrase
    if not (credentials.key_file or place.key_file):
        return {}
    try:
        key = asyncssh.read_private_key(path, passphrase.reveal() if passphrase else None)
    except OSError as error:
        raise _bad_key(path.name, "cannot be read") from error
    except asyncssh.KeyEncryptionError as error:
        raise _bad_key(path.name, "was not opened by this passphrase", Wanted.KEY_PASSPHRASE) from error
    except asyncssh.KeyImportError as error:
        if "passphrase" in str(error).lower():
            raise _bad_key(path.name, "needs its passphrase", Wanted.KEY_PASSPHRASE) from error
        raise _bad_key(path.name, "is not a private key for SSH") from error
    return {"client_keys": [key], "agent_path": None}


class _Asked(asyncssh.SSHClient):
    """Notes whether the server would take a password, where none is at hand or the one that was is used up."""

    def __init__(self) -> None:
        self.for_password = False

    def password_auth_requested(self) -> None:
        self.for_password = True

    def kbdint_auth_requested(self) -> Any:
        self.for_password = True
        return NotImplemented  # a password that is at hand is answered with, as if this were not here


def _bad_key(name: str, why: str, wanted: Wanted = Wanted.NOTHING) -> Failure:
    ways = "Give its passphrase" if wanted else "Choose another key"
    return LoginRefused(f"The key file {quoted(name)} {why}.", f"Nothing was sent. {ways}.", wanted)


def _login_refused(place: SftpPlace, asked: _Asked, credentials: Credentials) -> Failure:
    """What could be given is a password, where the server takes one and no key file was chosen instead."""
    said = f"The server of {visible(place.url)} refused the login."
    if asked.for_password and not (place.key_file or credentials.key_file):
        one = "another password" if credentials.password else "the password"
        hint = f"Nothing was read or written. Check the user; give {one}, or have the server know your key."
        return LoginRefused(said, hint, Wanted.PASSWORD)
    return LoginRefused(
        said, "Nothing was read or written. Check the user, and that the server knows the key."
    )


def _no_ssh(place: SftpPlace) -> Failure:
    return Failure(
        ErrorCode.OFFLINE,
        f"What answers at {visible(place.url)} does not speak SSH as this program does.",
        hint="Nothing was sent. Check the server and the port.",
    )


def _unreachable(place: SftpPlace, error: Exception) -> Failure:
    host = quoted(place.host)
    if isinstance(error, ConnectionRefusedError):
        said = f"{host} refused the connection at port {place.port}."
    elif type(error).__name__ == "gaierror":
        said = f"There is no server named {host} on this network."
    elif isinstance(error, TimeoutError):
        said = f"{host} did not answer at port {place.port}."
    elif isinstance(error, (asyncssh.ProtocolError, asyncssh.ProtocolNotSupported)):
        return _no_ssh(place)
    elif isinstance(error, (asyncssh.Error, ConnectionError)):
        return failures.Cut(place.url)
    else:
        said = f"{host} cannot be reached from this machine."
    return Failure(
        ErrorCode.OFFLINE,
        said,
        hint="The store is untouched. Check the address, the network and the server, then try again.",
    )
