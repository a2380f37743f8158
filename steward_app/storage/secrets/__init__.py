"""Secrets of this machine: private keys, and the keys that name what is in a backup store.

They are kept in the operating system's keyring. Where there is none (a server, a test machine) they are kept in a key
file in the data directory, readable by its owner alone and, when STEWARD_PASSPHRASE_FILE names a file with a
passphrase, encrypted with it. docs/keys.md tells more.

Which of the two it is, is decided once, with the first secret: a keyring that cannot be reached today is an error, not
a reason to begin a second place.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.secret import Secret
from steward_app.storage.local import is_there
from steward_app.storage.places import home
from steward_app.storage.secrets.key_file import (
    PASSPHRASE_FILE,
    KeyFileSecrets,
    KeysLocked,
    is_encrypted,
    key_file,
    read_passphrase,
)
from steward_app.storage.secrets.model import Place, Secrets, SecretsState
from steward_app.storage.secrets.os_keyring import (
    KeyringSecrets,
    index_file,
    index_keyring,
    keyring_name,
    no_keyring,
    real_keyring,
)

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = [
    "PASSPHRASE_FILE",
    "KeysLocked",
    "Place",
    "Secrets",
    "SecretsState",
    "change_passphrase",
    "move_secrets",
    "open_secrets",
    "read_passphrase",
    "secrets_state",
    "unlock_secrets",
]


def open_secrets(directory: Path | None = None) -> Secrets:
    """The secrets of this machine and data directory (`directory`, else `STEWARD_HOME`).

    Raises `Failure` when they are in a keyring that cannot be reached, or in a key file that cannot be used.
    """
    directory = (directory or home()).resolve()  # one name for it, whichever way it was reached
    if is_there(index_file(directory)):
        keyring = real_keyring()
        if keyring is None:
            raise no_keyring(index_keyring(directory))
        return KeyringSecrets(directory, keyring)
    if not is_there(key_file(directory)) and (keyring := real_keyring()):
        return KeyringSecrets(directory, keyring)
    secrets = _key_file_secrets(directory, _passphrase_file())
    secrets.protect()
    return secrets


def secrets_state(directory: Path | None = None) -> SecretsState:
    """How secrets are kept, without opening any: it is quick, asks for no passphrase and raises nothing."""
    directory = (directory or home()).resolve()
    if is_there(index_file(directory)):
        return _keyring_state(real_keyring(), in_use=True, last=index_keyring(directory))
    in_use = is_there(key_file(directory))
    keyring = None if in_use else real_keyring()
    if keyring:
        return _keyring_state(keyring, in_use=False)
    protected = is_encrypted(key_file(directory)) if in_use else bool(_passphrase_file())
    return _key_file_state(key_file(directory), in_use=in_use, protected=protected)


def unlock_secrets(passphrase: Secret, directory: Path | None = None) -> None:
    """Open the key file with a passphrase that was typed; it is remembered as long as the process runs.

    Raises `KeysLocked` when it is another one. Nothing happens where the secrets are in a keyring.
    """
    secrets = open_secrets(directory)
    if isinstance(secrets, KeyFileSecrets):
        secrets.open_with(passphrase)


def move_secrets(to: Place, directory: Path | None = None) -> int:
    """Keep the secrets in the other place from now on; how many were moved.

    For a computer that got a keyring, or whose keyring cannot be reached from where backups are made.

    Raises `Failure` when either place cannot be used.
    """
    directory = (directory or home()).resolve()
    source = open_secrets(directory)
    if source.place is to:
        return 0
    if to is Place.KEY_FILE:
        return source.move_to(_key_file_secrets(directory, _passphrase_file()))
    keyring = real_keyring()
    if keyring is None:
        raise Failure(
            ErrorCode.NOT_FOUND,
            "There is no keyring on this computer that could keep secrets.",
            hint="They stay in the key file.",
        )
    return source.move_to(KeyringSecrets(directory, keyring))


def change_passphrase(new: Path | None, directory: Path | None = None) -> None:
    """Encrypt the key file with the passphrase in another file; None takes the passphrase away.

    STEWARD_PASSPHRASE_FILE gives the old one, and must name the new file from then on. Raises `Refused` when the
    secrets are in a keyring.
    """
    secrets = open_secrets(directory)
    if not isinstance(secrets, KeyFileSecrets):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "The secrets of this computer are in its keyring, which has a passphrase of its own.",
            hint="Nothing was changed.",
        )
    _key_file_secrets.cache_clear()
    secrets.change_passphrase(new)


@cache
def _key_file_secrets(directory: Path, passphrase_file: Path | None) -> KeyFileSecrets:
    """One for the whole process, since opening it with a passphrase takes seconds."""
    return KeyFileSecrets(directory, passphrase_file)


def _passphrase_file() -> Path | None:
    chosen = os.environ.get(PASSPHRASE_FILE)
    return Path(chosen).expanduser().absolute() if chosen else None


def _keyring_state(keyring: KeyringBackend | None, *, in_use: bool, last: str = "") -> SecretsState:
    name = keyring_name(keyring) if keyring else last
    if keyring:
        sentence = f"Keys are kept in this computer's keyring ({name})."
    else:
        sentence = f"Keys are in this computer's keyring ({name}), which cannot be reached now."
    return SecretsState(Place.KEYRING, name, in_use, True, keyring is not None, sentence)


def _key_file_state(path: Path, *, in_use: bool, protected: bool) -> SecretsState:
    if protected:
        sentence = "Keys are kept in a key file that is encrypted with a passphrase."
    else:
        sentence = (
            "Keys are kept in a key file without a passphrase: whoever can read the files of this account can use "
            f"them. Name a file with a passphrase in {PASSPHRASE_FILE} to protect them."
        )
    return SecretsState(Place.KEY_FILE, str(path), in_use, protected, True, sentence)
