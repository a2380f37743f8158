"""What a place of secrets can do, whichever it is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from steward_app.kernel.secret import Secret
from steward_app.storage.lock import exclusive

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class Place(StrEnum):
    """Where secrets are kept."""

    KEYRING = "keyring"
    KEY_FILE = "key_file"


@dataclass(frozen=True, slots=True)
class SecretsState:
    """How this machine keeps its secrets, for people to read.

    Attributes:
        where: name of the keyring, or path of the key file.
        in_use: False where no secret was kept yet; the rest then tells where the first would go.
        protected: True in a keyring, and in a key file with a passphrase.
        reachable: False where the keyring that holds the secrets cannot be reached from here.
        sentence: all of it in words.
    """

    place: Place
    where: str
    in_use: bool
    protected: bool
    reachable: bool
    sentence: str


class Secrets(ABC):
    """Named secrets. Names are ours ("machine/identity"): small letters, digits and `. _ - /`.

    Every method raises `Failure` when the place cannot be used; what was kept then still stands.
    """

    place: Place

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @abstractmethod
    def get(self, name: str) -> Secret | None:
        """The secret, or None when there is none."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """What is kept, in order of names."""

    @abstractmethod
    def _set(self, name: str, value: Secret) -> None: ...

    @abstractmethod
    def _delete(self, name: str) -> None: ...

    @abstractmethod
    def _take_over(self, secrets: Mapping[str, Secret]) -> None:
        """Keep these, and only these, from now on."""

    @abstractmethod
    def _leave(self) -> None:
        """Keep nothing here any more."""

    def set(self, name: str, value: Secret) -> None:
        """Keep a secret, in the place of an earlier one."""
        with self._alone():
            self._set(checked(name), value)

    def get_or_set(self, name: str, make: Callable[[], Secret]) -> Secret:
        """The secret; where there is none, what `make` gives, kept before any other process keeps another."""
        kept = self.get(name)
        if kept is not None:
            return kept
        with self._alone():
            kept = self.get(name)
            if kept is None:
                kept = make()
                self._set(name, kept)
        return kept

    def delete(self, name: str) -> None:
        """Keep a secret no longer; nothing happens when there is none."""
        with self._alone():
            self._delete(checked(name))

    def move_to(self, other: Secrets) -> int:
        """Keep everything in another place from now on; how many. A kill on the way leaves all of it in one place."""
        with self._alone():
            secrets = {name: value for name in self.names() if (value := self.get(name)) is not None}
            other._take_over(secrets)
            self._leave()
        return len(secrets)

    def _alone(self) -> AbstractContextManager[None]:
        return exclusive(self._directory / "secrets.lock")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._directory})"


def checked(name: str) -> str:
    """The name, which is ours and not a stranger's. Raises ValueError when it is no name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of a secret: {name!r}")
    return name
