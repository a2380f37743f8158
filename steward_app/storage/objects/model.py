"""What a store of objects is: named bytes, written whole or not at all, in a folder or on a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret

_NAME = re.compile(r"(?=.{1,800}\Z)[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})*")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object, as the store lists it.

    Attributes:
        name: its name in the store: "packs/ab/abcd.zst".
        size_bytes: how long it is.
        modified_at: when it was written last, by the store's own clock, in UTC.
    """

    name: str
    size_bytes: int
    modified_at: datetime


class Wanted(StrEnum):
    """What a person could give so that a login that was refused succeeds."""

    NOTHING = ""
    PASSWORD = "password"  # noqa: S105  the name of what is asked for
    KEY_PASSPHRASE = "key_passphrase"  # noqa: S105
    ACCESS_KEY = "access_key"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a server, where the caller brings it. What is None is looked for in the usual places (docs/stores.md).

    Attributes:
        password: of an SFTP account.
        key_file: a private key for SFTP, instead of the agent and the keys in `~/.ssh`.
        key_passphrase: opens `key_file`.
        access_key_id: of an S3-compatible account, with its `secret_access_key` and, for a time, `session_token`.
    """

    password: Secret | None = None
    key_file: Path | None = None
    key_passphrase: Secret | None = None
    access_key_id: str = ""
    secret_access_key: Secret | None = None
    session_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, and how often it is tried.

    Attributes:
        connect_seconds: for a connection and a login.
        silence_seconds: without a byte or an answer, before a connection counts as cut.
        slowest_bytes_per_second: what a part of an object that is sent in one piece may take at most.
        pauses_seconds: the waits between tries of one piece of work; there is one try more than pauses.
    """

    connect_seconds: float = 20.0
    silence_seconds: float = 45.0
    slowest_bytes_per_second: int = 32_000
    pauses_seconds: tuple[float, ...] = (0.5, 2.0, 5.0)


class ObjectStore(Protocol):
    """Named objects. Every method may be called from several threads at once.

    An object appears whole or not at all, also where the connection is cut or the process killed, and is never changed
    but by `put` of its name. All that goes wrong is a `Failure` that says it in a steward's words; a store that is
    gone (a drive unplugged, a server away) is never made anew somewhere else. Without a `context` a call cannot be
    cancelled.

    Names are letters and digits of ASCII, `.`, `_` and `-`, in parts divided by `/`; no part begins with a dot.
    `check_name` raises ValueError for others.
    """

    @property
    def where(self) -> str:
        """The store, for people to read; without any secret."""
        ...

    @property
    def transfers(self) -> int:
        """How many transfers at once make it fastest (for `in_parallel`)."""
        ...

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        """Write an object from bytes or a file, over whatever has the name; the same again does no harm.

        When it returns, the bytes were confirmed to lie in the store.
        """
        ...

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        """The bytes of an object, which should be a small one. NOT_FOUND when there is none.

        DAMAGED when there are more than `most_bytes`; without it, more than any pack has.
        """
        ...

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        """Write the bytes of an object to a local file, whole or not at all. NOT_FOUND when there is none.

        DAMAGED when there are more than `most_bytes`; DISK_FULL before the last tenth of what is free is taken.
        """
        ...

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        """Size and time of an object; None when there is none."""
        ...

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        """Every object whose name begins with the prefix, in no promised order, as they come."""
        ...

    def delete(self, name: str, context: Context | None = None) -> None:
        """Remove an object; no error when there is none."""
        ...

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        """Remove what writers that were killed before that moment left unfinished; how many pieces."""
        ...

    def free_bytes(self) -> int | None:
        """Free space, or None where the store does not tell."""
        ...

    def close(self) -> None:
        """Let go of connections. A second time does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def is_name(name: str) -> bool:
    """Whether it can be the name of an object; what else lies in a store is none of ours."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """The name itself. Raises ValueError for what no store takes as one."""
    if not is_name(name):
        raise ValueError("not a name of an object")
    return name


def check_prefix(prefix: str) -> str:
    """The prefix itself. Raises ValueError for what no name can begin with."""
    if prefix and not is_name(prefix.removesuffix("/")):
        raise ValueError("not the beginning of a name of an object")
    return prefix


def folder_of(prefix: str) -> str:
    """The folder that holds every name with this prefix: "packs/ab" for "packs/ab/12", "" for "pa"."""
    return prefix.rpartition("/")[0]
