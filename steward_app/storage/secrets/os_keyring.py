"""Secrets in the operating system's keyring."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.storage.local import delete, is_there, read_whole, write_whole
from steward_app.storage.secrets.model import Place, Secrets, checked

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_FORMAT: Final = "data-steward-secrets/1"
_INDEX_BYTES: Final = 1 << 20


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
        names = _index_names(self._directory)
        with self._reached():
            self._keyring.set_password(self._service, name, value.reveal())
        self._write_index(names | {name})

    def _delete(self, name: str) -> None:
        names = _index_names(self._directory)
        self._remove(name)
        if name in names:
            self._write_index(names - {name})

    def _take_over(self, secrets: Mapping[str, Secret]) -> None:
        """The list of names comes last: it says that they are here."""
        for name, value in secrets.items():
            with self._reached():
                self._keyring.set_password(self._service, name, value.reveal())
        self._write_index(set(secrets))

    def _leave(self) -> None:
        """The list of names goes first: what the keyring cannot forget today is not used again."""
        names = _index_names(self._directory)
        delete(index_file(self._directory))
        for name in names:
            self._remove(name)

    def _remove(self, name: str) -> None:
        if self.get(name) is not None:
            with self._reached():
                self._keyring.delete_password(self._service, name)

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

    One counts when the keyring library recommends it (a priority of 1 or more): never those that keep nothing, fail
    always, or write plain text to a file. Where the library is set up wrongly, there is none.
    """
    import configparser

    import keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        chosen = keyring.get_keyring()
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError, configparser.Error):
        return None
    offered = chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]
    return next((each for each in offered if each.viable and each.priority >= 1), None)


def index_file(directory: Path) -> Path:
    """The names of what is in the keyring; that it is there says that the keyring is in use."""
    return directory / "secrets.json"


def index_keyring(directory: Path) -> str:
    """Which keyring it was, as far as the list of names can be read."""
    try:
        return str(_read_index(directory)["keyring"])
    except (Failure, KeyError):
        return "keyring"


def _index_names(directory: Path) -> set[str]:
    return {str(name) for name in _read_index(directory).get("names", ())}


def _read_index(directory: Path) -> dict[str, Any]:
    path = index_file(directory)
    if not is_there(path):
        return {}
    try:
        index = json.loads(read_whole(path, limit_bytes=_INDEX_BYTES))
        if isinstance(index, dict) and index.get("format") == _FORMAT:
            return index
    except ValueError:
        pass
    raise Failure(
        ErrorCode.DAMAGED,
        f"The list of what is in the keyring cannot be read: {path}",
        hint="The secrets themselves are in the keyring. Delete the list, and they are found there by their names.",
    )


def keyring_name(keyring: KeyringBackend) -> str:
    """As people know it: "SecretService", "macOS", "Windows"."""
    return type(keyring).__module__.rpartition(".")[2]


def no_keyring(name: str) -> Failure:
    """What is said where the keyring cannot be reached."""
    return Failure(
        ErrorCode.NEEDS_KEY,
        f"The secrets of this computer are in its keyring ({name}), which cannot be reached now.",
        hint="Nothing was changed. Sign in to the desktop and unlock the keyring, then try again.",
    )
