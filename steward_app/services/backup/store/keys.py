"""The keys of a backup store: who can read it, and the key that names what is in it.

Everything that tells something about the data is encrypted to the store's *recipients*, which are public keys of age.
Any one of their private keys opens it:

* mode "key": a key made for the store. Its private part is among the secrets of this machine, or is handed out once and
  not kept, so that the machine that makes backups cannot read them;
* mode "passphrase": a key made for the store, whose private part lies in the store, encrypted with a passphrase;
* the key of the recovery sheet, whose private part is on paper and nowhere else.

The *naming key*, 32 random bytes, keys the hashes that name objects, so that names tell nothing of their content.
Whoever writes to the store needs it, so it is kept among the secrets of the machine; encrypted to all recipients it
lies in the store too, so that any private key recovers it on a new computer. `store.json` carries a seal made with it:
whoever holds the server, but not the key, cannot add a recipient of their own and wait for the next backup.

docs/keys.md tells what happens when each is lost.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.kernel.text import visible
from steward_app.storage import age
from steward_app.storage.age import Identity
from steward_app.storage.local import read_whole, sweep, write_whole
from steward_app.storage.objects import Credentials
from steward_app.storage.secrets import Secrets

MOST_BYTES: Final = 4 << 20
"""What is sealed to more recipients than a description can list is not longer."""
NAMING_OBJECT: Final = "keys/naming.age"
IDENTITY_OBJECT: Final = "keys/identity.age"
NAMING_KEY_BYTES: Final = 32
_KEY_FILE_BYTES: Final = 1 << 16
_MACHINE: Final = "machine/identity"


class KeyMode(StrEnum):
    """How the private key of a store is kept."""

    KEY = "key"
    PASSPHRASE = "passphrase"  # noqa: S105  the name of a mode


@dataclass(frozen=True, slots=True)
class NewKeys:
    """Keys made for a new store; nothing of them is written anywhere yet.

    Attributes:
        mode: how the private key shall be kept.
        recipients: public keys, for `store.json`.
        objects: what to put into the store before `store.json`, name to bytes.
        naming_key: 32 bytes; `keep` keeps them.
        identity: the private key of the store; `keep` keeps it when told so, else show it once.
        sheet: the private key for the recovery sheet, never kept; None when none was wished.
    """

    mode: KeyMode
    recipients: tuple[str, ...]
    objects: Mapping[str, bytes]
    naming_key: bytes = field(repr=False)
    identity: Identity
    sheet: Identity | None


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """The keys of one store that are at hand.

    Attributes:
        naming_key: 32 bytes, needed to write.
        identity: a private key, needed to read; None on a machine that only makes backups.
    """

    store_id: str
    recipients: tuple[str, ...]
    naming_key: bytes = field(repr=False)
    identity: Identity | None

    @property
    def can_read(self) -> bool:
        return self.identity is not None


class StoreLocked(Failure):
    """Nothing at hand opens a store. `by_passphrase`: a passphrase would."""

    by_passphrase = False


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What a person gives to open a store; all empty means: what this machine keeps.

    Attributes:
        key: a private key as text, typed or scanned from the recovery sheet.
        key_file: a file with a private key.
        passphrase: of a store in passphrase mode.
        credentials: opens the server the store is on, for this time; it opens nothing that is encrypted.
    """

    key: Secret | None = None
    key_file: Path | None = None
    passphrase: Secret | None = None
    credentials: Credentials | None = None

    @property
    def has_key(self) -> bool:
        """Whether there is something in it that opens what is encrypted."""
        return bool(self.key or self.key_file or self.passphrase)


def make_keys(
    mode: KeyMode,
    *,
    passphrase: Secret | None = None,
    sheet: bool = True,
    recipients: Sequence[str] = (),
) -> NewKeys:
    """New keys for a new store.

    Args:
        passphrase: for passphrase mode.
        sheet: also make the key of a recovery sheet.
        recipients: further public keys that shall be able to read the store.

    Raises `UsageError` for a public key that is none, and for passphrase mode without a passphrase.
    """
    identity = Identity.generate()
    second = Identity.generate() if sheet else None
    own = (identity.public_key, *((second.public_key,) if second else ()))
    all_keys = tuple(dict.fromkeys((*own, *(age.check_public_key(each) for each in recipients))))
    naming_key = randomness.token_bytes(NAMING_KEY_BYTES)
    objects = {NAMING_OBJECT: seal_naming_key(naming_key, all_keys)}
    if mode is KeyMode.PASSPHRASE:
        objects[IDENTITY_OBJECT] = lock_identity(identity, passphrase or Secret(""))
    return NewKeys(mode, all_keys, objects, naming_key, identity, second)


def seal_naming_key(naming_key: bytes, recipients: Sequence[str]) -> bytes:
    """The naming key as it lies in the store (`keys/naming.age`): 64 hex characters, encrypted."""
    return age.encrypt(naming_key.hex().encode("ascii"), recipients)


def lock_identity(identity: Identity, passphrase: Secret) -> bytes:
    """A private key as it lies in the store in passphrase mode (`keys/identity.age`), for a new passphrase as well."""
    return age.encrypt_with_passphrase(_key_file_text(identity), passphrase)


def keep(secrets: Secrets, store_id: str, keys: NewKeys | StoreKeys, *, identity: bool) -> None:
    """Keep the naming key of a store on this machine and, when told so, its private key."""
    if identity and keys.identity:
        secrets.set(_identity_name(store_id), keys.identity.reveal())
    secrets.set(_naming_name(store_id), Secret(keys.naming_key.hex()))


def write_key_file(identity: Identity, target: Path) -> None:
    """Hand out a private key: write it to a file as `age-keygen` does, readable by its owner alone.

    Raises `Refused` where something stands, `Failure` when it cannot be written.
    """
    sweep(target)  # what a killed process left holds a key
    write_whole(target, _key_file_text(identity), private=True, overwrite=False)


def forget(secrets: Secrets, store_id: str, *, identity_only: bool = False) -> None:
    """Keep the keys of a store no longer on this machine: only the private one, or both."""
    secrets.delete(_identity_name(store_id))
    if not identity_only:
        secrets.delete(_naming_name(store_id))


def unlock(
    store_id: str,
    recipients: Sequence[str],
    read: Callable[[str], bytes],
    secrets: Secrets | None,
    given: Unlocking | None = None,
    *,
    to_read: bool = False,
    where: str = "",
) -> StoreKeys:
    """The keys of an encrypted store.

    Args:
        store_id, recipients: from its `store.json`.
        read: gives an object of the store by name; a Failure NOT_FOUND when it is not there.
        secrets: of this machine; None looks into none.
        given: what a person gave; it goes before the private key that the machine keeps.
        to_read: what is in the store shall be read, which takes a private key; to write takes the naming key alone.
        where: the store is, for what is said when nothing opens it.

    Raises:
        Failure: NEEDS_KEY when nothing at hand opens the store, WRONG_KEY when what was given opens another, DAMAGED
            when the keys in the store are not as they were written.
        UsageError: the text is no key.
    """
    asked = _given_identity(given or Unlocking(), read)
    identity = asked or (kept_identity(secrets, store_id) if secrets else None)
    naming = kept_naming_key(secrets, store_id) if secrets else None
    if identity and (asked or not naming):
        naming = _open_naming_key(read(NAMING_OBJECT), identity, recipients)
    if naming is None or (to_read and not identity):
        raise _needs_key(recipients, where, read)
    return StoreKeys(store_id, tuple(recipients), naming, identity)


def naming_key_is_sound(data: bytes, naming_key: bytes, identity: Identity) -> bool:
    """Whether what lies in the store as its naming key can be opened, and is the one that is at hand."""
    try:
        return _open_naming_key(data, identity, ()) == naming_key
    except Failure:
        return False


def kept_identity(secrets: Secrets, store_id: str) -> Identity | None:
    """The private key of a store that this machine keeps."""
    kept = secrets.get(_identity_name(store_id))
    return Identity(kept) if kept else None


def keeps_identity(secrets: Secrets, store_id: str) -> bool:
    """Whether this machine keeps the private key of a store, without reading it."""
    return _identity_name(store_id) in secrets.names()


def kept_naming_key(secrets: Secrets, store_id: str) -> bytes | None:
    """The naming key of a store that this machine keeps."""
    kept = secrets.get(_naming_name(store_id))
    return _naming_key(kept.reveal(), "What this computer keeps for the store") if kept else None


def machine_identity(secrets: Secrets) -> Identity:
    """The key of this machine for what it keeps for itself (the cache of a store), made when it is first asked for."""
    return Identity(secrets.get_or_set(_MACHINE, lambda: Identity.generate().reveal()))


def _key_file_text(identity: Identity) -> bytes:
    return f"# public key: {identity.public_key}\n{identity.reveal().reveal()}\n".encode("ascii")


def _given_identity(given: Unlocking, read: Callable[[str], bytes]) -> Identity | None:
    if given.key:
        return Identity.read(given.key)
    if given.key_file:
        data = read_whole(given.key_file, limit_bytes=_KEY_FILE_BYTES)
        return Identity.read(Secret(data.decode("utf-8", "replace")))
    if given.passphrase:
        return _identity_by_passphrase(given.passphrase, read)
    return None


def _identity_by_passphrase(passphrase: Secret, read: Callable[[str], bytes]) -> Identity:
    try:
        locked = read(IDENTITY_OBJECT)
    except Failure as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        raise Failure(
            ErrorCode.WRONG_KEY,
            "This store has no passphrase.",
            hint="It is unchanged. Give its key: a key file, or the key on the recovery sheet.",
        ) from error
    try:
        text = age.decrypt_with_passphrase(locked, passphrase, name=IDENTITY_OBJECT)
    except Failure as error:
        if error.code is not ErrorCode.WRONG_KEY:
            raise
        raise Failure(
            ErrorCode.WRONG_KEY,
            "The passphrase is not the one of this store.",
            hint="The store is unchanged. Try again, or use the key on the recovery sheet.",
        ) from None
    return Identity.read(Secret(text.decode("utf-8", "replace")))


def _open_naming_key(data: bytes, identity: Identity, recipients: Sequence[str]) -> bytes:
    try:
        text = age.decrypt(data, identity, name=NAMING_OBJECT)
    except Failure as error:
        if error.code not in (ErrorCode.WRONG_KEY, ErrorCode.DAMAGED):
            raise
        if identity.public_key in recipients:
            raise _naming_key_damaged(identity) from None
        if error.code is ErrorCode.DAMAGED:
            raise
        raise Failure(
            ErrorCode.WRONG_KEY,
            f"This is the key {identity.fingerprint}…, and the store opens with {_named(recipients)}.",
            hint="The store is unchanged. Look for the key or the recovery sheet with one of these beginnings.",
        ) from None
    return _naming_key(text.decode("ascii", "replace"), f"“{NAMING_OBJECT}” in the store")


def _naming_key_damaged(identity: Identity) -> Failure:
    """What is sealed to a key of the store, and does not open with it."""
    return Failure(
        ErrorCode.DAMAGED,
        f"“{NAMING_OBJECT}” in the store is damaged. The key {identity.fingerprint}… is right, and the points are not "
        "affected.",
        hint="Nothing was changed. On a computer that makes backups there, “steward backup verify” writes it anew; "
        "else restore with docs/restore_a_point.py and this key, which does without it.",
    )


def _naming_key(text: str, where: str) -> bytes:
    try:
        naming_key = bytes.fromhex(text)
    except ValueError:
        naming_key = b""
    if len(naming_key) != NAMING_KEY_BYTES:
        raise Failure(
            ErrorCode.DAMAGED,
            f"{where} is not a naming key.",
            hint="Nothing was changed. Give a private key of the store, or restore with the script in docs.",
        )
    return naming_key


def _needs_key(recipients: Sequence[str], where: str, read: Callable[[str], bytes]) -> StoreLocked:
    at = f" at {visible(where)}" if where else ""
    locked = StoreLocked(
        ErrorCode.NEEDS_KEY,
        f"The store{at} is encrypted, and this computer does not keep its key. It opens with {_named(recipients)}",
        hint="Nothing was read or written. Give the key file, the key on the recovery sheet, or the passphrase.",
    )
    try:
        locked.by_passphrase = bool(read(IDENTITY_OBJECT))
    except Failure:  # there is none, or the store does not answer any more
        locked.by_passphrase = False
    return locked


def _named(recipients: Sequence[str]) -> str:
    return " or ".join(f"{age.fingerprint(each)}…" for each in recipients)


def _identity_name(store_id: str) -> str:
    return f"store/{store_id}/identity"


def _naming_name(store_id: str) -> str:
    return f"store/{store_id}/naming-key"
