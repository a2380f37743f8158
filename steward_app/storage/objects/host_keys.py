"""Which SSH servers are trusted: by the user's own `known_hosts`, the system's, and the one in the data directory."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import visible
from steward_app.storage.local import is_there, read_whole, write_whole
from steward_app.storage.lock import exclusive
from steward_app.storage.places import home

if TYPE_CHECKING:
    from asyncssh import SSHKey, SSHKnownHosts

_LIMIT_BYTES = 16 << 20
_HINT = (
    "Nothing was sent, no password either. Compare the fingerprint with what its administrator tells you, then accept "
    "the {new}key (on the command line: steward keys server ADDRESS --accept FINGERPRINT)."
)


class Trust(StrEnum):
    """What this machine knows of a host key."""

    KNOWN = "known"
    NEW = "new"  # the server was never accepted here
    CHANGED = "changed"  # the server was accepted with another key


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key a server shows, to be compared before it is accepted.

    Attributes:
        name: the server as `known_hosts` writes it: `host` or `[host]:port`.
        algorithm: the kind of key: "ssh-ed25519".
        fingerprint: "SHA256:...", as `ssh-keygen -l` prints it.
        public: the key itself, in OpenSSH's form on one line.
        trust: what this machine knows of it.
    """

    name: str
    algorithm: str
    fingerprint: str
    public: str
    trust: Trust


def known_hosts() -> SSHKnownHosts:
    """Every server that is trusted on this machine. A line that cannot be read counts for nothing, as with `ssh`."""
    import asyncssh

    known = asyncssh.SSHKnownHosts()
    for path in _files():
        if not is_there(path):
            continue
        for line in read_whole(path, limit_bytes=_LIMIT_BYTES).decode("utf-8", "replace").splitlines():
            with suppress(ValueError):
                known.load(line)
    return known


def shown_key(host: str, port: int, key: SSHKey) -> HostKey:
    """What a server showed, with what this machine knows of it."""
    known, _, revoked, *_ = known_hosts().match(host, "", None if port == 22 else port)
    same = [each for each in known if each.public_data == key.public_data]
    trust = Trust.KNOWN if same and key not in revoked else Trust.CHANGED if known or revoked else Trust.NEW
    return HostKey(
        name=host if port == 22 else f"[{host}]:{port}",
        algorithm=key.get_algorithm(),
        fingerprint=key.get_fingerprint(),
        public=" ".join(key.export_public_key().decode("ascii").split()[:2]),
        trust=trust,
    )


def accept_host_key(key: HostKey) -> None:
    """Trust a server from now on, on this machine; whatever we kept for that server before is trusted no longer."""
    path = _own_file()
    with exclusive(path.with_suffix(".lock")):
        kept = read_whole(path, limit_bytes=_LIMIT_BYTES).decode("utf-8") if is_there(path) else ""
        lines = [line for line in kept.splitlines() if line.split(" ", 1)[0] != key.name]
        write_whole(path, "\n".join([*lines, f"{key.name} {key.public}", ""]).encode("utf-8"), private=True)


def not_trusted(where: str, key: HostKey) -> Failure:
    """The failure for a key that is not known."""
    if key.trust is Trust.CHANGED:
        return Failure(
            ErrorCode.HOST_KEY_CHANGED,
            f"The server of {visible(where)} shows another host key than the one accepted here: {key.fingerprint}.",
            hint=f"{_HINT.format(new='new ')} It may be a new server, or somebody in between.",
        )
    return Failure(
        ErrorCode.UNKNOWN_HOST_KEY,
        f"The server of {visible(where)} is not known here. Its host key is {key.fingerprint} ({key.algorithm}).",
        hint=_HINT.format(new=""),
    )


def _files() -> tuple[Path, ...]:
    system = [] if os.name == "nt" else [Path("/etc/ssh/ssh_known_hosts")]
    return (Path("~/.ssh/known_hosts").expanduser(), *system, _own_file())


def _own_file() -> Path:
    return home() / "known_hosts"
