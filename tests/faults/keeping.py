"""Keeping a secret and remembering a piece of a store, with the state before and what must hold after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401
import keyring.backends.chainer  # noqa: F401  imported once, before the forks
import pyrage  # noqa: F401

from builders.stores import UnsyncedDisk
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store.cache import StoreCache
from steward_app.storage import age_passphrase
from steward_app.storage.age import Identity
from steward_app.storage.disk import using
from steward_app.storage.secrets import Secrets, open_secrets
from steward_app.storage.secrets.key_file import PASSPHRASE_FILE

KEY = Identity(Secret("AGE-SECRET-KEY-1J0SEH5GDLYLVLA8TGQSVJX9JP2FEYE6F88PLX45Q9YNY337K0AUSMY34Z5"))
OLD, NEW = b"old" * 1000, b"new" * 1_000_000


def build(folder: Path) -> None:
    with using(UnsyncedDisk()):
        opened(folder).set("kept", Secret("old"))
        StoreCache(folder, "store", KEY).put("piece", OLD, Context())


def set_a_secret(folder: Path, context: Context) -> None:
    secrets = opened(folder)
    secrets.set("kept", Secret("new"))
    secrets.set("more", Secret("new"))


def set_a_secret_with_a_passphrase(folder: Path, context: Context) -> None:
    """The key file gets its passphrase on the way."""
    with little_work():
        protected(folder).set("kept", Secret("new"))


def remember_a_piece(folder: Path, context: Context) -> None:
    StoreCache(folder, "store", KEY).put("piece", NEW, context)


@contextmanager
def little_work() -> Iterator[None]:
    """Sealing with a passphrase costs next to nothing in the block."""
    before, age_passphrase.WORK_FACTOR = age_passphrase.WORK_FACTOR, 6  # type: ignore[misc]
    try:
        yield
    finally:
        age_passphrase.WORK_FACTOR = before  # type: ignore[misc]


def opened(folder: Path) -> Secrets:
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    os.environ.pop(PASSPHRASE_FILE, None)
    return open_secrets(folder)


def protected(folder: Path) -> Secrets:
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    passphrase = folder / "passphrase"
    if not passphrase.exists():
        passphrase.write_text("correct horse", encoding="utf-8")
    os.environ[PASSPHRASE_FILE] = str(passphrase)
    try:
        return open_secrets(folder)
    finally:
        del os.environ[PASSPHRASE_FILE]
