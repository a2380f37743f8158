"""The recovery of the key that signs seals: written once to a file with a passphrase, read on another computer.

Whoever has this key and the database can write a log anew, with every seal. So the file is encrypted, the journal says
that it was written, and receipts stay the evidence against that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward_app.catalog import Catalog, journal, keys
from steward_app.catalog.journal import Phase
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.secret import Secret
from steward_app.kernel.text import quoted
from steward_app.storage import read_whole, write_whole
from steward_app.storage.age import decrypt_with_passphrase, encrypt_with_passphrase
from steward_app.storage.secrets import open_secrets

FORMAT: Final = "data-steward-signing-key/1"
EXPORT: Final = "audit.key_export"
"""As the journal calls it."""
IMPORT: Final = "audit.key_import"
LEAST: Final = 12
"""Characters that a passphrase must have: the file may be tried for as long as somebody likes."""
_MOST_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A recovery file that was written or read.

    Attributes:
        key_id: the fingerprint of the key, as seals and receipts name it.
    """

    path: str
    key_id: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What is known of the key of this computer.

    Attributes:
        key_id: "" as long as nothing was signed.
        exported_at: when its recovery was written last, RFC 3339; "" where it never was.
    """

    key_id: str
    exported_at: str


def signing_key(catalog: Catalog) -> SigningKey:
    """What is known of the key that signs seals here. Looking makes no key. Raises `Failure` of the secrets."""
    key_id = keys.known_signing_key_id(open_secrets(catalog.directory))
    with catalog.reading() as session:
        events = journal.events(session, operation=EXPORT, limit=1_000) if key_id else ()
    return SigningKey(key_id, next((each.at for each in events if each.data.get("key") == key_id), ""))


def export_key(catalog: Catalog, target: Path, passphrase: Secret) -> KeyFile:
    """Write the key that signs seals to a file which the passphrase opens, readable by its owner alone.

    Raises `Refused` where the passphrase is short, `Failure` of the secrets or the disk.
    """
    if len(passphrase.reveal()) < LEAST:
        raise Refused(
            ErrorCode.BAD_KEY,
            f"The passphrase must have at least {LEAST} characters.",
            hint="Nothing was written. Several words are easy to remember.",
        )
    found = keys.signing_key(open_secrets(catalog.directory))
    document = {
        "format": FORMAT,
        "key_id": found.key_id,
        "private_key": found.private.reveal(),
        "written_at": clock.to_text(clock.now()),
    }
    write_whole(target, encrypt_with_passphrase(json.dumps(document).encode(), passphrase), private=True)
    _note(catalog, EXPORT, found.key_id, "Wrote the recovery of the signing key to a file")
    return KeyFile(str(target), found.key_id)


def import_key(catalog: Catalog, source: Path, passphrase: Secret, *, replace: bool = False) -> KeyFile:
    """Sign with the key in a recovery file from now on.

    Args:
        replace: even where this computer has signed with another key, which is then forgotten here.

    Raises `Failure` where the file or the passphrase is another one, `Refused` where a key is there already.
    """
    found = _read(source, passphrase)
    secrets = open_secrets(catalog.directory)
    known = keys.known_signing_key_id(secrets)
    if known and known != found.key_id and not replace:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"This computer signs with the key {known} already.",
            hint="It was kept. Write its recovery to a file first; --replace then puts the other key in its place.",
        )
    if known != found.key_id:
        keys.keep_signing_key(found, secrets)
        _note(catalog, IMPORT, found.key_id, "Took the signing key from a recovery file")
    return KeyFile(str(source), found.key_id)


def _read(source: Path, passphrase: Secret) -> keys.SigningKey:
    sealed = read_whole(source, limit_bytes=_MOST_BYTES)
    data = decrypt_with_passphrase(sealed, passphrase, name=source.name)
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise ValueError("another format")
        return keys.signing_key_of(Secret(str(document["private_key"])))
    except (ValueError, KeyError, TypeError):
        raise Failure(
            ErrorCode.DAMAGED,
            f"{quoted(source.name)} is not the recovery of a signing key.",
            hint="It was left as it is, and not used.",
        ) from None


def _note(catalog: Catalog, operation: str, key_id: str, sentence: str) -> None:
    with catalog.unit() as unit:
        journal.append(unit, Phase.NOTE, operation, details={"sentence": sentence, "key": key_id})
        unit.commit()
