"""Secrets in the operating system's keyring."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.storage.local import write_whole
from steward_app.storage.secrets.model import Place, Secrets, checked

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_FORMAT: Final = "data-steward-secrets/1"


class KeyringSecrets(Secrets):
    """Secrets in the operating system's keyring. It cannot list them, so their names are in `secrets.json`."""

    place = Place.KEYRING

    def __init__(self, directory: Path, keyring: KeyringBackend) -> None:
        super().__init__(directory)
        self._keyring = keyring
        self._service = f"data-steward {directory}"

    def get(self, name: str) -> Secret | None:
        with self._reached():
            text = self._keyring.get_password(self._service, checked(name))
        return None if text is None else Secret(text)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(_index_names(self._directory)))

    def _set(self, name: str, value: Secret) -> None:
        self._write_index({*_index_names(self._directory), name})
        with self._reached():
            self._keyring.set_password(self._service, name, value.reveal())

    def _delete(self, name: str) -> None:
        if self.get(name) is not None:
            with self._reached():
                self._keyring.delete_password(self._service, name)
        self._write_index({*_index_names(self._directory)} - {name})

    def _write_index(self, names: set[str]) -> None:
        index = {"format": _FORMAT, "keyring": keyring_name(self._keyring), "names": sorted(names)}
        write_whole(index_file(self._directory), json.dumps(index, indent=1).encode("ascii"), private=True)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # every keyring has errors of its own, and some of D-Bus besides
            raise no_keyring(keyring_name(self._keyring)) from error


def real_keyring() -> KeyringBackend | None:
    """The operating system's keyring, or None.

    What keyring calls its backends counts when it recommends it (a priority of 1 or more): never those that keep
    nothing, fail always, or write plain text to a file.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    offered = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next((each for each in offered if each.viable and each.priority >= 1), None)


def index_file(directory: Path) -> Path:
    return directory / "secrets.json"


def _index_names(directory: Path) -> list[str]:
    return [str(name) for name in _read_index(directory).get("names", ())]


def index_keyring(directory: Path) -> str:
    return str(_read_index(directory).get("keyring", "")) or "keyring"


def _read_index(directory: Path) -> dict[str, Any]:
    """The list of names; empty where it cannot be read, since no secret is found by it."""
    try:
        index = json.loads(index_file(directory).read_bytes())
    except (OSError, ValueError):
        return {}
    return index if isinstance(index, dict) else {}


def keyring_name(keyring: KeyringBackend) -> str:
    """As people know it: "SecretService", "macOS", "Windows"."""
    return type(keyring).__module__.rpartition(".")[2]


def no_keyring(name: str) -> Failure:
    return Failure(
        ErrorCode.NEEDS_KEY,
        f"The secrets of this computer are in its keyring ({name}), which cannot be reached now.",
        hint="Nothing was changed. Sign in to the desktop and unlock the keyring, then try again.",
    )
