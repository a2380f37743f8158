"""Who can open a store: keys that are let in later, and keys that are shut out.

Everything in a store is sealed to the keys that its `store.json` lists. A key that is added opens the points that are
made from then on: the next point stands alone, since what lies there is sealed to the keys of before. A key that is
removed opens nothing that is written from then on; what was written before stays open to it.

    keys/naming.age     sealed to the keys of before and of now
    store.json          lists the keys of now, and since which point each opens everything
    ledger/             a copy of the erasure ledger for the keys of now
    keys/naming.age     sealed to the keys that `store.json` lists, of now and of before

Whatever is written last, the keys that `store.json` lists open the store. The naming key opens nothing, and whoever was
shut out may have it; without it nobody restores what was written before.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from steward_app.catalog import Catalog, stores
from steward_app.catalog.journal import Event
from steward_app.catalog.keys import signing_key_id
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.plan import Check, Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted
from steward_app.services.backup import ledger
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.credentials import reach
from steward_app.services.backup.recipients_told import Recipient, added, against_removing, removed
from steward_app.services.backup.store import keys, layout, reader
from steward_app.services.backup.store.descriptor import open_store, unlocked, write_descriptor
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.model import Descriptor, Encryption, OpenStore
from steward_app.services.backup.store.recovery_sheet import RecoverySheet, WrittenSheet, write_sheet
from steward_app.services.operation import Confirmation, FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage import delete
from steward_app.storage.age import Identity, check_public_key, fingerprint
from steward_app.storage.objects import ObjectStore
from steward_app.storage.secrets import open_secrets


@dataclass(frozen=True, slots=True)
class RecipientsRequest:
    """Who shall open a store from now on."""

    path: Path
    store: Store
    add: str = ""
    remove: str = ""


class ChangeRecipients(FileOperation[RecipientsRequest]):
    """Lets a key into a store, or shuts one out. Holds what a person gave to open the store, which no plan may hold."""

    name = "backup.recipients"
    needs_database = False

    def __init__(self, catalog: Catalog | None = None, given: Unlocking | None = None) -> None:
        self._catalog = catalog
        self._given = given

    def plan(self, request: RecipientsRequest, context: Context) -> Plan:
        """Raises `UsageError` for a key that is none, is there already or is not there, `Failure` as `reached`."""
        assert self._catalog is not None, "a change of keys is planned from a catalog"
        with reached(self._catalog, request.store, context, given=self._given) as found:
            described = found.store.descriptor
            if not found.store.encrypted:
                raise _usage(f"The store {quoted(request.store.name)} is not encrypted, and has no keys.")
            known = list_of(self._catalog, found, context)
            if request.add:
                key = check_public_key(request.add)
                if key in described.recipients:
                    raise _usage(f"The key {fingerprint(key)}… opens this store already.")
                ledger.check_reseal(self._catalog, found, request.store.database_id, context)
                now = (*described.recipients, key)
            else:
                key = _listed(described, request.remove)
                now = tuple(each for each in described.recipients if each != key)
            under_passphrase = found.store.objects.info(layout.IDENTITY, context) is not None
        adds, name = bool(request.add), quoted(request.store.name)
        there = max((each.points for each in known), default=0)
        said = added(key, name, there) if adds else removed(key, name, known)
        verb = "Let the key {} into {}" if adds else "Shut the key {} out of {}"
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=verb.format(f"{fingerprint(key)}…", name),
            path=str(request.path.absolute()),
            database_id=request.store.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "store": request.store.id,
                "key": key,
                "before": cast(Json, _as_json(described)),
                "recipients": list(now),
                "points": there,
            },
            sentences=said,
            reversal=Reversal.NOT_NEEDED,
            reversal_text="The points that are there are not changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Let the key in" if adds else "Shut the key out",
            findings=() if adds else tuple(against_removing(key, described, known, under_passphrase)),
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        key, now = str(plan.request["key"]), _recipients(plan.request)
        with _reached(scope, plan.request, context, self._given) as found:
            before = found.store.descriptor
            if before.recipients != _before(plan.request).recipients:
                raise Refused(
                    ErrorCode.STALE_PLAN,
                    "Not done: other keys open the store than when this was planned.",
                    hint="Nothing was changed. Plan it again.",
                )
            adds = key in now
            if adds:
                ledger.check_reseal(scope.catalog, found, scope.database_id, context)
            context.finishing()
            changed = _rewritten(found.store, now, Context())
            if adds:
                ledger.reseal(scope.catalog, replace(found, store=changed), scope.database_id, Context())
        if adds:
            _is_behind(scope.catalog, str(plan.request["store"]))
        told = "opens what is made from now on" if adds else "opens nothing that is made from now on"
        return Outcome(
            f"The key {fingerprint(key)}… {told}",
            result={"store": str(plan.request["store"]), "recipients": list(now)},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        with _reached(scope, plan.request, Context(), self._given) as found:
            store, identity = found.store, found.identity
            same = store.descriptor.recipients == _recipients(plan.request)
            checks = [Check("The store lists these keys and no other", same)]
            if identity and identity.public_key in store.descriptor.recipients and store.naming_key:
                data = store.objects.get(layout.NAMING_KEY)
                sound = keys.naming_key_is_sound(data, store.naming_key, identity)
                checks.append(Check("It opens with the key that is at hand", sound))
        return tuple(checks)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        before = _before(plan.request)
        with _reached(scope, plan.request, Context(), self._given) as found:
            if found.store.descriptor.recipients in (before.recipients, _recipients(plan.request)):
                _write(found.store, before, Context())

    def settle(self, started: Event, scope: Scope) -> Settlement:
        """What `store.json` lists decides; what is sealed to more keys than that is sealed to those alone."""
        request = cast("Mapping[str, Json]", started.data["request"])
        with scope.catalog.reading() as session:
            store = stores.get(session, str(request["store"]))
        naming_key = keys.kept_naming_key(open_secrets(scope.catalog.directory), store.id)
        try:
            with reach(scope.catalog, store.url, store_id=store.id) as objects:
                now = _settled(objects, _before(request), naming_key)
            if now != _recipients(request):
                return Settlement(False, "The store opens with the keys of before.")
            with suppress(Failure), reached(scope.catalog, store, Context()) as found:
                ledger.check_reseal(scope.catalog, found, scope.database_id, Context())
                ledger.reseal(scope.catalog, found, scope.database_id, Context())
        except (Failure, Refused):
            return Settlement(False, "The store does not answer. It opens with the keys that it lists.")
        _is_behind(scope.catalog, store.id)
        return Settlement(True, "The store opens with the keys of now.")


def list_recipients(
    catalog: Catalog, store: Store, context: Context, *, given: Unlocking | None = None
) -> tuple[Recipient, ...]:
    """The keys that open a store, the store's own first; () of one that is not encrypted. Raises as `reached` does."""
    with reached(catalog, store, context, given=given) as found:
        return list_of(catalog, found, context)


def plan_add_recipient(
    catalog: Catalog, path: Path, store: Store, key: str, context: Context, *, given: Unlocking | None = None
) -> Plan:
    """Plan to let a public key (age1...) into a store of the database at a path.

    Args:
        given: opens the store, where this machine does not keep its keys.

    Raises as `ChangeRecipients.plan` does.
    """
    return ChangeRecipients(catalog, given).plan(RecipientsRequest(path, store, add=key), context)


def plan_remove_recipient(
    catalog: Catalog, path: Path, store: Store, key: str, context: Context, *, given: Unlocking | None = None
) -> Plan:
    """Plan to shut a key out of a store: its public key, or how that begins. Raises as `plan_add_recipient` does."""
    return ChangeRecipients(catalog, given).plan(RecipientsRequest(path, store, remove=key), context)


def change_recipients(
    catalog: Catalog,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    given: Unlocking | None = None,
) -> Receipt:
    """Carry a plan of this module out. Raises as `operation.run` does; needs a confirmation."""
    return run(ChangeRecipients(catalog, given), plan, catalog, context, confirmation=confirmation)


def add_on_a_sheet(
    catalog: Catalog,
    plan: Plan,
    identity: Identity,
    sheet: Path,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    given: Unlocking | None = None,
) -> tuple[Receipt, WrittenSheet]:
    """Carry out a plan to let a new key in that is on paper alone. Its sheet is there before anything is sealed to it.

    Args:
        identity: the key that the plan names.
        sheet: where the recovery sheet is written (.pdf or .html); nothing stands there, and nothing is left of it
            where the key was not let in.

    Raises as `change_recipients` and `write_sheet` do.
    """
    with catalog.reading() as session:
        store = stores.get(session, str(plan.request["store"]))
    signed_by = signing_key_id(open_secrets(catalog.directory))
    after = clock.to_text(clock.now()) if plan.request["points"] else ""
    told = RecoverySheet(store.id, store.name, store.url, Path(plan.path).name, identity, signed_by, after)
    written = write_sheet(told, sheet)
    try:
        return change_recipients(catalog, plan, context, confirmation, given=given), written
    except BaseException:
        delete(sheet)
        raise


def list_of(catalog: Catalog, found: Opened, context: Context) -> tuple[Recipient, ...]:
    """The keys that open a store that is reached."""
    described = found.store.descriptor
    names = reader.point_names(found.store, context)
    ours = (
        keys.kept_identity(open_secrets(catalog.directory), described.store_id)
        if found.store.encrypted
        else None
    )
    told = []
    for key in described.recipients:
        opened = [name for name in names if name.sequence > described.opened_after(key)]
        since = opened[0].made_at if opened else ""
        kept = ours is not None and ours.public_key == key
        told.append(Recipient(key, fingerprint(key), len(opened), len(names), since, kept))
    return tuple(told)


def _rewritten(store: OpenStore, now: tuple[str, ...], context: Context) -> OpenStore:
    """The store with other recipients.

    Points that another machine writes meanwhile are looked for once more: one whose manifest was there before the list
    changed is counted as sealed to the keys of before, and one that comes later is taken back by who writes it.
    """
    before = store.descriptor
    added = frozenset(now) - frozenset(before.recipients)
    every = dict.fromkeys((*before.former, *before.recipients))
    former = tuple(each for each in every if each not in now)
    last = _last(store, context)
    while True:
        since = tuple(last if key in added else before.opened_after(key) for key in now)
        listed = replace(before, recipients=now, since=since if added or before.since else (), former=former)
        store = _write(store, listed, context)
        last, known = _last(store, context), last
        if not added or last == known:
            return store


def _write(store: OpenStore, listed: Descriptor, context: Context) -> OpenStore:
    """Write who opens the store. Whatever was written last, the keys that `store.json` lists open the naming key."""
    assert store.naming_key is not None, "the store is unlocked"
    both = tuple(dict.fromkeys((*store.descriptor.of_the_naming_key, *listed.of_the_naming_key)))
    store.objects.put(layout.NAMING_KEY, keys.seal_naming_key(store.naming_key, both), context)
    changed = write_descriptor(store, listed, context)
    if set(both) != set(listed.of_the_naming_key):
        alone = keys.seal_naming_key(store.naming_key, listed.of_the_naming_key)
        store.objects.put(layout.NAMING_KEY, alone, context)
    return changed


def _settled(objects: ObjectStore, before: Descriptor, naming_key: bytes | None) -> tuple[str, ...]:
    """The keys that a store lists after a crash; a server without atomic renames may have lost the list."""
    context = Context()
    if naming_key and objects.info(layout.DESCRIPTOR) is None:
        write_descriptor(OpenStore(objects, before, naming_key), before, context)
    store = open_store(objects, context)
    if naming_key:
        store = unlocked(store, naming_key)
        sealed = keys.seal_naming_key(naming_key, store.descriptor.of_the_naming_key)
        objects.put(layout.NAMING_KEY, sealed, context)
    return store.descriptor.recipients


def _reached(
    scope: Scope, request: Mapping[str, Json], context: Context, given: Unlocking | None
) -> AbstractContextManager[Opened]:
    with scope.catalog.reading() as session:
        store = stores.get(session, str(request["store"]))
    return reached(scope.catalog, store, context, given=given)


def _last(store: OpenStore, context: Context) -> int:
    return max((name.sequence for name in reader.point_names(store, context)), default=0)


def _is_behind(catalog: Catalog, store_id: str) -> None:
    """The new key opens no point yet: the next run makes one, also where nothing was written to the database."""
    with catalog.unit() as unit:
        stores.add(unit, replace(stores.get(unit.session, store_id), current_at=""))
        unit.commit()


def _listed(described: Descriptor, key: str) -> str:
    found = [each for each in described.recipients if key and each.startswith(key.strip().rstrip("…"))]
    if len(found) != 1:
        told = "More than one key of this store begins so." if found else "This key does not open the store."
        raise _usage(told)
    return found[0]


def _usage(message: str) -> UsageError:
    return UsageError(ErrorCode.BAD_REQUEST, message, hint="Nothing was changed.")


def _as_json(described: Descriptor) -> dict[str, Any]:
    return {
        **asdict(described),
        "recipients": list(described.recipients),
        "since": list(described.since),
        "former": list(described.former),
    }


def _before(request: Mapping[str, Json]) -> Descriptor:
    told = cast("dict[str, Any]", request["before"])
    listed = {name: tuple(told.get(name, ())) for name in ("recipients", "since", "former")}
    return Descriptor(**{**told, **listed, "encryption": Encryption(told["encryption"])})


def _recipients(request: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(cast("list[str]", request["recipients"]))
