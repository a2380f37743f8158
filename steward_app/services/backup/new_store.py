"""A new store with everything a steward needs to hold of it: its keys, on this computer, in a file, on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.keys import signing_key_id
from steward_app.catalog.stores import Store
from steward_app.kernel import ids
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services.backup.init import init_store
from steward_app.services.backup.store.keys import KeyMode, NewKeys, make_keys, write_key_file
from steward_app.services.backup.store.recovery_sheet import RecoverySheet, WrittenSheet, write_sheet
from steward_app.storage import delete
from steward_app.storage.age import fingerprint
from steward_app.storage.objects import Credentials, parse_url
from steward_app.storage.secrets import open_secrets, secrets_state


@dataclass(frozen=True, slots=True)
class NewStore:
    """A store that was made.

    Attributes:
        public_keys: what goes there is encrypted to these; () in a store that is not encrypted.
        key_sentence: where its private key is, for people.
        sheet: the recovery sheet, to be printed and deleted; None when none was wished.
        key_file: where the private key was written, an absolute path; "" when it was not.
    """

    id: str
    store: Store
    encrypted: bool
    public_keys: tuple[str, ...]
    key_sentence: str
    sheet: WrittenSheet | None
    key_file: str
    operation_id: str


def new_store(
    catalog: Catalog,
    path: Path,
    url: str,
    context: Context,
    *,
    name: str = "",
    encrypt: bool = True,
    passphrase: Secret | None = None,
    recipients: Sequence[str] = (),
    sheet: Path | None = None,
    key_to: Path | None = None,
    credentials: Credentials | None = None,
) -> NewStore:
    """Make a store for the database at a path.

    Keys that are to be in a file are there before anything is encrypted to them, and gone again when no store came
    of it.

    Args:
        encrypt: with False none of the arguments about keys is looked at.
        passphrase: the private key lies in the store, encrypted with it, and is not kept on this computer.
        sheet: where to write the recovery sheet, with a key of its own.
        key_to: where to write the private key, which is then not kept on this computer.
        credentials: opens the server; kept among the secrets of this computer.

    Raises `Refused` where there is a store already or a file stands where one was to be written, and as
    `operation.run` does.
    """
    if passphrase and key_to:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "The private key goes into a file, or into the store under a passphrase, not both.",
            hint="Nothing was made.",
        )
    if not encrypt:
        store, receipt = init_store(
            catalog, path, url, context, name=name, new_keys=None, credentials=credentials
        )
        return NewStore(store.id, store, False, (), "", None, "", receipt.operation_id)
    mode = KeyMode.PASSPHRASE if passphrase else KeyMode.KEY
    keys = make_keys(mode, passphrase=passphrase, sheet=sheet is not None, recipients=recipients)
    store_id = ids.new_uuid()
    written: list[Path] = []
    try:
        printed = _write_sheet(catalog, keys, sheet, path, store_id, url, name, written) if sheet else None
        if key_to:
            _write_key(keys, key_to, written)
        kept = mode is KeyMode.KEY and key_to is None
        store, receipt = init_store(
            catalog,
            path,
            url,
            context,
            name=name,
            new_keys=keys,
            keep_key=kept,
            store_id=store_id,
            credentials=credentials,
        )
    except BaseException:
        for key_file in written:  # to a store that is none
            delete(key_file)
        raise
    told = _told(catalog, keys, key_to)
    given = str(key_to.absolute()) if key_to else ""
    return NewStore(store.id, store, True, keys.recipients, told, printed, given, receipt.operation_id)


def _write_sheet(
    catalog: Catalog,
    keys: NewKeys,
    sheet: Path,
    path: Path,
    store_id: str,
    url: str,
    name: str,
    written: list[Path],
) -> WrittenSheet:
    assert keys.sheet is not None
    place = parse_url(url).url
    signed_by = signing_key_id(open_secrets(catalog.directory))
    told = RecoverySheet(store_id, name or place.rpartition("/")[2], place, path.name, keys.sheet, signed_by)
    done = write_sheet(told, sheet)
    written.append(sheet)
    return done


def _write_key(keys: NewKeys, target: Path, written: list[Path]) -> None:
    write_key_file(keys.identity, target)
    written.append(target)


def _told(catalog: Catalog, keys: NewKeys, key_to: Path | None) -> str:
    start = f"The key {fingerprint(keys.identity.public_key)}…"
    if keys.mode is KeyMode.PASSPHRASE:
        return f"{start} lies in the store under the passphrase. Without that or a recovery sheet nothing can be read."
    if key_to:
        return f"{start} is in {key_to.absolute()} and not kept on this computer. Bring that file to a safe place."
    return f"{start} is kept on this computer. {secrets_state(catalog.directory).sentence}"
