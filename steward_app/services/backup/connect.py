"""Stores of a database: reached, unlocked, and known to the catalog.

The catalog keeps where a store is and how it answered; everything else is in the store itself. So on a new computer
`connect` with the store's address and a key is all that is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, Unit, identity, journal, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup.credentials import keep as keep_credentials
from steward_app.services.backup.credentials import reach
from steward_app.services.backup.known import database_id
from steward_app.services.backup.store import keys
from steward_app.services.backup.store.descriptor import open_store, unlocked
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.model import OpenStore
from steward_app.storage.age import Identity
from steward_app.storage.objects import Credentials, LoginRefused, parse_url
from steward_app.storage.secrets import open_secrets


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that answers.

    Attributes:
        identity: opens what is in it; None in a store that is not encrypted, and on a machine that only makes backups.
    """

    store: OpenStore
    identity: Identity | None

    @property
    def readable(self) -> bool:
        """Whether points can be read, and not only made and checked."""
        return not self.store.encrypted or self.identity is not None


@contextmanager
def opened(
    catalog: Catalog,
    url: str,
    context: Context,
    *,
    known_as: str | None = None,
    given: Unlocking | None = None,
    credentials: Credentials | None = None,
    store_id: str = "",
    to_read: bool = False,
    locked_too: bool = False,
) -> Iterator[Opened]:
    """The store at an address, for as long as the block runs.

    Args:
        known_as: the database it must belong to.
        given: what a person gave to open it; without it, what this machine keeps.
        credentials: opens the server; without it, what is in `given`, then what this machine keeps for the store.
        store_id: of the store whose credentials are meant, where the catalog does not know the address yet.
        to_read: points shall be read, which takes a private key in an encrypted store.
        locked_too: where nothing at hand opens it, it is given as it is: its points can be listed.

    Raises `Failure` and `Refused` as `open_objects`, `open_store` and `keys.unlock` do.
    """
    login = credentials or (given.credentials if given else None)
    with reach(catalog, url, given=login, store_id=store_id) as objects:
        store = open_store(objects, context, database_id=known_as)
        if not store.encrypted:
            yield Opened(store, None)
            return
        described = store.descriptor
        try:
            found = keys.unlock(
                described.store_id,
                described.recipients,
                lambda name: objects.get(name, context, most_bytes=keys.MOST_BYTES),
                open_secrets(catalog.directory),
                given,
                to_read=to_read,
                where=objects.where,
            )
        except Failure as error:
            if not (locked_too and error.code is ErrorCode.NEEDS_KEY):
                raise
            here = Opened(store, None)
        else:
            here = Opened(unlocked(store, found.naming_key), found.identity)
        yield here


@contextmanager
def reached(
    catalog: Catalog,
    store: Store,
    context: Context,
    *,
    given: Unlocking | None = None,
    to_read: bool = False,
) -> Iterator[Opened]:
    """`opened` for a store the catalog knows. That it does not answer is remembered, and raised."""
    try:
        with opened(
            catalog,
            store.url,
            context,
            known_as=store.database_id,
            given=given,
            store_id=store.id,
            to_read=to_read,
        ) as found:
            if found.store.descriptor.store_id != store.id:
                raise _another_store(store, found)
            yield found
    except Failure as error:
        if error.code in (ErrorCode.OFFLINE, ErrorCode.STORE_MISSING, ErrorCode.LOGIN_REFUSED):
            with catalog.unit() as unit:
                stores.silent(unit, stores.get(unit.session, store.id), error.message, login_wanted(error))
                unit.commit()
        raise


def login_wanted(error: Exception) -> str:
    """What could be given so that a server lets in, as the catalog keeps it; "" for every other error."""
    return error.wanted.value if isinstance(error, LoginRefused) else ""


def connect(
    catalog: Catalog,
    path: Path,
    url: str,
    context: Context,
    *,
    name: str = "",
    given: Unlocking | None = None,
    credentials: Credentials | None = None,
    keep_key: bool = False,
    same: bool = False,
) -> Store:
    """Connect a store that is there already to the database at a path.

    On a new computer, or after the catalog was lost. What was given to open it is checked before anything is kept.

    Args:
        name: what the steward calls it; the last part of its address by default.
        credentials: opens its server; kept on this machine, in the place of what was kept before.
        keep_key: also keep the private key that was given on this machine.
        same: the steward says that this file is the database the store belongs to, though this catalog has not met it.

    What the store's copy of the erasure ledger tells is known from then on.

    Raises as `opened` does, and `Refused` where the store belongs to another database. Where the ledger cannot be read
    the store is connected all the same.
    """
    from steward_app.services.backup.ledger import take_in  # which speaks of stores itself

    known_as = database_id(catalog, path, context)
    with opened(
        catalog, url, context, known_as=None if same else known_as, given=given, credentials=credentials
    ) as found:
        described = found.store.descriptor
        if described.database_id != known_as:
            with catalog.unit() as unit:
                known_as = identity.take_over(unit, known_as, described.database_id).id
                unit.commit()
        if found.store.naming_key is not None:
            kept = keys.StoreKeys(
                described.store_id, described.recipients, found.store.naming_key, found.identity
            )
            keys.keep(open_secrets(catalog.directory), described.store_id, kept, identity=keep_key)
        if credentials:
            keep_credentials(open_secrets(catalog.directory), described.store_id, credentials)
        store = remember(catalog, known_as, url, found.store, name, "backup.connect")
        if found.readable:  # a point that is a file on this computer may be restored next
            take_in(catalog, found, known_as, context)
        return store


def stores_of(catalog: Catalog, path: Path, context: Context) -> tuple[Store, ...]:
    """The stores of the database at a path, as the catalog knows them."""
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        return stores.of_database(session, known_as)


def find_store(catalog: Catalog, path: Path, name: str, context: Context) -> Store:
    """One store of the database at a path, by name, address or id. Raises `UsageError` when there is none."""
    known_as = database_id(catalog, path, context)
    with catalog.reading() as session:
        return stores.find(session, known_as, name)


def remember(catalog: Catalog, known_as: str, url: str, store: OpenStore, name: str, operation: str) -> Store:
    """Put a store that answers into the catalog."""
    now = clock.to_text(clock.now())
    place = parse_url(url)
    encryption = Encryption.AGE if store.encrypted else Encryption.NONE
    with catalog.unit() as unit:
        known = stores.of_database(unit.session, known_as)
        name = name or _name(place.url)
        if any(each.name == name and each.id != store.descriptor.store_id for each in known):
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"This database has a store {quoted(name)} already.",
                hint="Give this one another name.",
            )
        added = Store(store.descriptor.store_id, known_as, name, place.url, encryption, now, answered_at=now)
        stores.add(unit, added)
        _note(unit, added, operation, f"The store {quoted(name)} was connected")
        unit.commit()
    return added


def _another_store(store: Store, found: Opened) -> Refused:
    return Refused(
        ErrorCode.WHICH_DATABASE,
        f"At {visible(found.store.objects.where)} there is another store of this database than {quoted(store.name)}.",
        hint="Nothing was written. Put the store back, or disconnect this one and connect the other.",
    )


def _name(url: str) -> str:
    return url.split("?")[0].rstrip("/").rpartition("/")[2] or url


def _note(unit: Unit, store: Store, operation: str, sentence: str) -> None:

    journal.append(
        unit,
        Phase.NOTE,
        operation,
        database_id=store.database_id,
        details={"sentence": sentence, "store": store.id, "encryption": store.encryption.value},
    )
