"""Forgetting a store. What lies in it stays; the key that this computer keeps goes, and may be the only one."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, Unit, journal, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.keys import signing_key_id
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup.connect import find_store, reached
from steward_app.services.backup.credentials import remove as forget_credentials
from steward_app.services.backup.known import database_id
from steward_app.services.backup.recipients import list_of
from steward_app.services.backup.store import keys, layout
from steward_app.services.backup.store.recovery_sheet import RecoverySheet, write_sheet
from steward_app.storage.secrets import open_secrets

WRITTEN = "backup.write_key"
"""Notes in the journal that the key of a store was written to a file."""
_SHEETS = (".pdf", ".html", ".htm")


def key_at_stake(catalog: Catalog, store: Store, context: Context) -> str:
    """Whether nothing in a store may be readable once this machine has forgotten its key: why, a sentence; "" if not.

    The store is asked which other keys open it. Raises `Failure` when the secrets of this machine cannot be reached.
    """
    if store.encryption is Encryption.NONE:
        return ""
    if not keys.keeps_identity(open_secrets(catalog.directory), store.id) or _was_written(catalog, store):
        return ""
    try:
        with reached(catalog, store, context) as found:
            others = [each for each in list_of(catalog, found, context) if not each.kept_here]
            by_passphrase = found.store.objects.info(layout.IDENTITY, context) is not None
    except (Failure, Refused):
        words = "The store {} cannot be asked now whether another key opens it than the one on this computer."
        return words.format(quoted(store.name))
    if by_passphrase or any(each.opens == each.points for each in others):
        return ""
    if others:
        words = "Points in the store {} open with no other key than the one on this computer."
    else:
        words = "The only key of the store {} is the one on this computer: there is no recovery sheet."
    return words.format(quoted(store.name))


def write_kept_key(catalog: Catalog, path: Path, name: str, target: Path, context: Context) -> str:
    """Write the private key of a store that this machine keeps to a new file, which is where it stands then.

    Args:
        name: of the store of the database at `path`.
        target: a recovery sheet when it ends in .pdf or .html, else a key file.

    Raises `UsageError` where this machine keeps no key of the store, `Refused` where something stands, `Failure` when
    it cannot be written.
    """
    store = find_store(catalog, path, name, context)
    secrets = open_secrets(catalog.directory)
    identity = keys.kept_identity(secrets, store.id)
    if identity is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"This computer does not keep the key of the store {quoted(store.name)}.",
            hint="Nothing was written.",
        )
    if target.suffix.lower() in _SHEETS:
        signed_by = signing_key_id(secrets)
        write_sheet(RecoverySheet(store.id, store.name, store.url, path.name, identity, signed_by), target)
    else:
        keys.write_key_file(identity, target)
    with catalog.unit() as unit:
        _note(unit, store, WRITTEN, f"The key of the store {quoted(store.name)} was written to a file")
        unit.commit()
    return str(target.absolute())


def disconnect(
    catalog: Catalog, path: Path, name: str, context: Context, *, forget_key: bool = False
) -> Store:
    """Forget a store and, on this machine, its keys and what opens its server.

    What lies in it stays, and it can be connected again with a key.

    Args:
        forget_key: also where nothing may be readable then.

    Raises `UsageError` when the database has no such store, `Refused` where `key_at_stake` and it was not told to.
    """
    known_as = database_id(catalog, path, context)
    store = find_store(catalog, path, name, context)
    if not forget_key and (why := key_at_stake(catalog, store, context)):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"Not disconnected: {why[:1].lower()}{why[1:]} Without it nobody reads what lies there.",
            hint="Nothing was changed. Write the key to a file or a recovery sheet first, or say that it shall be "
            "forgotten.",
        )
    secrets = open_secrets(catalog.directory)
    with catalog.unit() as unit:
        store = stores.find(unit.session, known_as, name)
        stores.remove(unit, store.id)
        _note(unit, store, "backup.disconnect", f"The store {quoted(store.name)} is no longer used")
        unit.commit()
    keys.forget(secrets, store.id)
    forget_credentials(secrets, store.id)
    return store


def _was_written(catalog: Catalog, store: Store) -> bool:
    with catalog.reading() as session:
        notes = journal.events(session, database_id=store.database_id, operation=WRITTEN)
    return any(note.data.get("store") == store.id for note in notes)


def _note(unit: Unit, store: Store, operation: str, sentence: str) -> None:
    journal.append(
        unit,
        Phase.NOTE,
        operation,
        database_id=store.database_id,
        details={"sentence": sentence, "store": store.id, "encryption": store.encryption.value},
    )
