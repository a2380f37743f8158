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
from steward_app.storage.objects.host_keys import HostKey, known_hosts, not_trusted, shown_key
from steward_app.storage.objects.model import Credentials, Patience
from steward_app.storage.objects.place import SftpPlace
from steward_app.storage.objects.waiting import Loop, persistently

_KEEPALIVE_SECONDS = 15

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
    try:
        async with asyncio.timeout(patience.connect_seconds):
            return await asyncssh.connect(
                place.host,
                place.port,
                config=None,  # the address says it all; no program or jump that a file elsewhere names
                known_hosts=known_hosts(),
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
        raise _login_refused(place) from error
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
        raise _bad_key(path.name, "was not opened by this passphrase") from error
    except asyncssh.KeyImportError as error:
        needs = (
            "needs its passphrase" if "passphrase" in str(error).lower() else "is not a private key for SSH"
        )
        raise _bad_key(path.name, needs) from error
    return {"client_keys": [key], "agent_path": None}


def _bad_key(name: str, why: str) -> Failure:
    return Failure(
        ErrorCode.LOGIN_REFUSED,
        f"The key file {quoted(name)} {why}.",
        hint="Nothing was sent. Choose another key; one with a passphrase is used through the SSH agent.",
    )


def _login_refused(place: SftpPlace) -> Failure:
    return Failure(
        ErrorCode.LOGIN_REFUSED,
        f"The server of {visible(place.url)} refused the login.",
        hint="Nothing was read or written. Check the user, and that the server knows the key or password.",
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
