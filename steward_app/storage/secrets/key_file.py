"""Secrets in a key file, for machines without a keyring."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.storage import age
from steward_app.storage.disk import translated
from steward_app.storage.local import delete, is_there, read_whole, sweep, write_whole
from steward_app.storage.secrets.model import Place, Secrets, checked

PASSPHRASE_FILE: Final = "STEWARD_PASSPHRASE_FILE"  # noqa: S105  the name of a variable
_FORMAT: Final = "data-steward-keys/1"
_FILE_BYTES: Final = 1 << 20
_PASSPHRASE_BYTES: Final = 1 << 10


class KeysLocked(Failure):
    """The key file of this machine has a passphrase that is not at hand, or another one."""


class KeyFileSecrets(Secrets):
    """Secrets in a key file, a small JSON document; an age file around it when there is a passphrase.

    A file without a passphrase gets one as soon as it is used where there is one.
    """

    place = Place.KEY_FILE

    def __init__(self, directory: Path, passphrase_file: Path | None) -> None:
        super().__init__(directory)
        self._file = key_file(directory)
        self._passphrase_file = passphrase_file
        self._typed: Secret | None = None  # for as long as the process runs
        self._read: tuple[object, dict[str, str]] = (None, {})

    def get(self, name: str) -> Secret | None:
        text = self._all().get(checked(name))
        return None if text is None else Secret(text)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._all()))

    def protect(self) -> None:
        """Encrypt a key file that has no passphrase yet, where there is one now."""
        if self._passphrase_file and is_there(self._file) and not is_encrypted(self._file):
            with self._alone():
                self._write(self._all())

    def open_with(self, passphrase: Secret) -> None:
        """Use a passphrase that was typed, in this process alone. Raises `KeysLocked` for a wrong one."""
        before, self._typed = self._typed, passphrase
        try:
            self._all()
        except Failure:
            self._typed = before
            raise

    def change_passphrase(self, passphrase_file: Path | None) -> None:
        """Encrypt the key file with another passphrase, or write it as plain text without one."""
        with self._alone():
            texts = self._all()
            self._passphrase_file, self._typed = passphrase_file, None
            self._write(texts)

    def _set(self, name: str, value: Secret) -> None:
        self._write({**self._all(), name: value.reveal()})

    def _delete(self, name: str) -> None:
        rest = {each: text for each, text in self._all().items() if each != name}
        if rest != self._all():
            self._write(rest)

    def _take_over(self, secrets: Mapping[str, Secret]) -> None:
        self._write({name: value.reveal() for name, value in secrets.items()})

    def _leave(self) -> None:
        delete(self._file)

    def _write(self, texts: dict[str, str]) -> None:
        document = {"format": _FORMAT, "secrets": dict(sorted(texts.items()))}
        data = json.dumps(document, indent=1).encode("ascii")
        if passphrase := self._passphrase():
            data = age.encrypt_with_passphrase(data, passphrase)
        sweep(self._file)  # what a killed process left holds secrets
        write_whole(self._file, data, private=True)
        self._read = (_signature(self._file), texts)

    def _all(self) -> dict[str, str]:
        """What the file holds. It is decrypted again only when it was written since: that takes seconds."""
        if not is_there(self._file):
            return {}
        signature = _signature(self._file)
        if self._read[0] != signature:
            self._read = (signature, self._decoded())
        return self._read[1]

    def _decoded(self) -> dict[str, str]:
        _refuse_when_others_may_read(self._file)
        data = read_whole(self._file, limit_bytes=_FILE_BYTES)
        if data.startswith(age.START):
            data = self._decrypted(data)
        try:
            document = json.loads(data)
            texts = document["secrets"]
            sound = document["format"] == _FORMAT and all(isinstance(each, str) for each in texts.values())
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise _damaged(self._file)
        return dict(texts)

    def _passphrase(self) -> Secret | None:
        if self._typed is not None:
            return self._typed
        return read_passphrase(self._passphrase_file) if self._passphrase_file else None

    def _decrypted(self, data: bytes) -> bytes:
        passphrase = self._passphrase()
        if passphrase is None:
            raise KeysLocked(
                ErrorCode.NEEDS_KEY,
                f"The key file has a passphrase, and none was given: {self._file}",
                hint=f"Nothing was read. Set {PASSPHRASE_FILE} to the path of a file with the passphrase.",
            )
        try:
            return age.decrypt_with_passphrase(data, passphrase, name=self._file.name)
        except Failure as error:
            if error.code is ErrorCode.DAMAGED:
                raise _damaged(self._file) from None
            if error.code is not ErrorCode.WRONG_KEY:
                raise
            of = (
                f"in “{self._passphrase_file.name}”"
                if self._passphrase_file and not self._typed
                else "that was typed"
            )
            raise KeysLocked(
                ErrorCode.WRONG_KEY,
                f"The passphrase {of} does not open the key file: {self._file}",
                hint=f"The key file is unchanged. Check which file {PASSPHRASE_FILE} names.",
            ) from None


def read_passphrase(path: Path) -> Secret:
    """The passphrase in a file: its first line, without the line's end. Raises `Failure` when there is none."""
    line = read_whole(path, limit_bytes=_PASSPHRASE_BYTES).split(b"\n", 1)[0].removesuffix(b"\r")
    try:
        passphrase = Secret(line.decode("utf-8"))
    except UnicodeDecodeError:
        passphrase = Secret("")
    if not passphrase:
        raise Failure(
            ErrorCode.BAD_KEY,
            f"There is no passphrase in “{path.name}”: its first line is empty, or is not UTF-8 text.",
            hint="Nothing was encrypted or opened. Write the passphrase into its first line.",
        )
    return passphrase


def key_file(directory: Path) -> Path:
    """Where the key file is, or would be."""
    return directory / "secrets.key"


def is_encrypted(path: Path) -> bool:
    """Whether a key file has a passphrase; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(age.START)) == age.START
    except OSError:
        return False


def _signature(path: Path) -> object:
    with translated(path):
        found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode


def _refuse_when_others_may_read(path: Path) -> None:
    """On Windows the rights of the user profile hold, and the mode says nothing."""
    with translated(path):
        mode = path.stat().st_mode
    if os.name != "nt" and mode & 0o077:
        raise Failure(
            ErrorCode.NO_PERMISSION,
            f"The key file can be read or written by others than its owner, and was not used: {path}",
            hint=f"Take the rights away (chmod 600 {path.name}). If others may have read it, make new keys.",
        )


def _damaged(path: Path) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"The key file cannot be read, its content is not as it was written: {path}",
        hint="It was left as it is. Put a copy of it in its place; without one, the recovery sheets open the stores.",
    )
