"""Making a backup store for a database: a folder, a server or a bucket that will hold its restore points."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from blake3 import blake3

from steward_app.catalog import Catalog, stores
from steward_app.catalog.journal import Event
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import Failure
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.backup import credentials
from steward_app.services.backup.connect import opened, remember
from steward_app.services.backup.known import database_id
from steward_app.services.backup.store import keys, layout
from steward_app.services.backup.store.descriptor import create_store, open_store
from steward_app.services.backup.store.keys import NewKeys
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage.objects import Credentials, FolderPlace, open_objects, parse_url
from steward_app.storage.secrets import open_secrets


@dataclass(frozen=True, slots=True)
class InitRequest:
    """A store that shall be made.

    Attributes:
        url: where; its folder is made, in a folder that is there.
        name: what the steward calls it; "" for the last part of the address.
        keep_key: the private key is kept on this machine, so that it can prove its own points.
        store_id: the UUID it shall have; "" for a new one.
    """

    path: Path
    database_id: str
    url: str
    name: str = ""
    keep_key: bool = True
    store_id: str = ""


class InitStore(FileOperation[InitRequest]):
    """Makes a store. Holds what no plan may hold: the new keys, None for one that is not encrypted, and the login."""

    name = "backup.init"

    def __init__(self, new_keys: NewKeys | None = None, login: Credentials | None = None) -> None:
        self._keys = new_keys
        self._login = login

    def plan(self, request: InitRequest, context: Context) -> Plan:
        """Raises `UsageError` for an address that is none."""
        place = parse_url(request.url)
        if self._login:
            credentials.check_fits(place.url, self._login)
        kept = "kept on this computer" if request.keep_key else "not kept on this computer: it is shown once"
        sentences = [
            f"A store for the restore points of {quoted(request.path.name)} is made: {visible(place.url)}"
        ]
        if self._keys is None:
            sentences.append("It is not encrypted: whoever can read the store can read the data.")
        else:
            readers = plural(len(self._keys.recipients), "key")
            sentences.append(f"What goes there is encrypted first; {readers} can open it. The key is {kept}.")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Make a backup store for {quoted(request.path.name)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "url": place.url,
                "name": request.name,
                "encrypted": self._keys is not None,
                "keep_key": request.keep_key,
                "store": request.store_id or ids.new_uuid(),
                "keys": {name: _hash(data) for name, data in self._keys.objects.items()}
                if self._keys
                else {},
            },
            sentences=tuple(sentences),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Make the store",
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        url, store_id = str(plan.request["url"]), str(plan.request["store"])
        secrets = open_secrets(scope.catalog.directory)
        if self._login:
            credentials.keep(secrets, store_id, self._login)
        if self._keys:  # before anything in the store needs them
            keep_key = bool(plan.request["keep_key"])
            keys.keep(secrets, store_id, _as_store_keys(store_id, self._keys), identity=keep_key)
        with credentials.reach(scope.catalog, url, store_id=store_id, create=True) as objects:
            made = create_store(
                objects, scope.database_id, self._keys, context, store_id=store_id, beside=_beside(url)
            )
        known = remember(scope.catalog, scope.database_id, url, made, str(plan.request["name"]), self.name)
        return Outcome(
            f"Made the store {quoted(known.name)}",
            result={"store": store_id, "url": url, "encryption": known.encryption.value},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        with opened(scope.catalog, str(plan.request["url"]), context, known_as=scope.database_id) as found:
            ours = found.store.descriptor.store_id == plan.request["store"]
            return (Check("The store can be opened again", ours and found.store.unlocked),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        _take_back(plan.request, scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        request = cast("Mapping[str, Json]", started.data["request"])
        url, store_id = str(request["url"]), str(request["store"])
        try:
            with opened(
                scope.catalog, url, Context(), known_as=scope.database_id, store_id=store_id
            ) as found:
                if found.store.descriptor.store_id == store_id:
                    remember(
                        scope.catalog, scope.database_id, url, found.store, str(request["name"]), self.name
                    )
                    return Settlement(True, "The store is there.")
        except Failure:
            _take_back(request, scope)
        return Settlement(False, "The store was not finished.")


def init_store(
    catalog: Catalog,
    path: Path,
    url: str,
    context: Context,
    *,
    name: str = "",
    new_keys: NewKeys | None,
    keep_key: bool = True,
    store_id: str = "",
    credentials: Credentials | None = None,
) -> tuple[Store, Receipt]:
    """Make a store for the database at a path and connect it.

    Args:
        new_keys: from `store.keys.make_keys`; None makes a store that is not encrypted. What the caller does not keep
            of them (the key of the recovery sheet, and with `keep_key` False the private key) is nowhere else.
        credentials: opens the server; kept among the secrets of this machine.

    Raises `Refused` where there is a store already, and as `operation.run` does.
    """
    known_as = database_id(catalog, path, context)
    operation = InitStore(new_keys, credentials)
    plan = operation.plan(InitRequest(path, known_as, url, name, keep_key, store_id), context)
    receipt = run(operation, plan, catalog, context)
    with catalog.reading() as session:
        return stores.get(session, str(plan.request["store"])), receipt


def _as_store_keys(store_id: str, new_keys: NewKeys) -> keys.StoreKeys:
    return keys.StoreKeys(store_id, new_keys.recipients, new_keys.naming_key, new_keys.identity)


def _take_back(request: Mapping[str, Json], scope: Scope) -> None:
    """What was half made: the keys here and in the store, and its description. What others put there is left alone."""
    url, store_id = str(request["url"]), str(request["store"])
    secrets = open_secrets(scope.catalog.directory)
    login = credentials.kept(secrets, store_id)
    keys.forget(secrets, store_id)
    credentials.remove(secrets, store_id)
    with scope.catalog.unit() as unit:
        stores.remove(unit, store_id)
        unit.commit()
    with (
        suppress(Failure),
        open_objects(url, credentials=login) as objects,
    ):  # where none answers, small files may be left that mean nothing
        if objects.info(layout.DESCRIPTOR) is not None:
            if open_store(objects, Context()).descriptor.store_id != store_id:
                return
            objects.delete(layout.DESCRIPTOR)
        for name, written in cast("Mapping[str, Json]", request.get("keys") or {}).items():
            if objects.info(name) and _hash(objects.get(name, most_bytes=keys.MOST_BYTES)) == written:
                objects.delete(name)


def _beside(url: str) -> str:
    """The name of something in a folder, which need not be the name of an object.

    What is hidden does not count, nor do folders without a file: a store that was begun may have left some.
    """
    place = parse_url(url)
    if not isinstance(place, FolderPlace):
        return ""
    for folder, inside, files in os.walk(place.path):  # one that cannot be read is told when it is listed
        inside[:] = [name for name in inside if not name.startswith(".")]
        if found := next((name for name in files if not name.startswith(".")), ""):
            return Path(folder, found).relative_to(place.path).parts[0]
    return ""


def _hash(data: bytes) -> str:
    return blake3(data).hexdigest()
