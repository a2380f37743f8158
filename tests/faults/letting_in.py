"""Letting a key into a store and shutting one out, with what must hold after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faults.capturing import KEYS, build, scanning_in_a_fork
from faults.points import DATABASE, home
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup
from steward_app.services.backup import recipients
from steward_app.services.backup.connect import reached
from steward_app.services.backup.store import layout, reader
from steward_app.services.operation import Confirmation
from steward_app.storage import age
from steward_app.storage.age import Identity

NEW = Identity(Secret("AGE-SECRET-KEY-1J0SEH5GDLYLVLA8TGQSVJX9JP2FEYE6F88PLX45Q9YNY337K0AUSMY34Z5"))


@dataclass(frozen=True)
class Before:
    """The keys that open the store."""

    listed: tuple[str, ...]


def build_without(folder: Path) -> Before:
    build(folder, encrypted=True)
    return Before(KEYS.recipients)


def build_with(folder: Path) -> Before:
    build(folder, encrypted=True)
    let_in(folder, Context())
    return Before((*KEYS.recipients, NEW.public_key))


def let_in(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        (store,) = backup.stores_of(catalog, folder / DATABASE, context)
        plan = recipients.plan_add_recipient(catalog, folder / DATABASE, store, NEW.public_key, context)
        recipients.change_recipients(catalog, plan, context, Confirmation.of(plan))


def shut_out(folder: Path, context: Context) -> None:
    with home(folder) as catalog:
        (store,) = backup.stores_of(catalog, folder / DATABASE, context)
        plan = recipients.plan_remove_recipient(catalog, folder / DATABASE, store, NEW.public_key, context)
        recipients.change_recipients(catalog, plan, context, Confirmation.of(plan))


def opens(folder: Path, name: str, key: Identity) -> bool:
    """Whether a key opens an object of the store, by age alone."""
    try:
        age.decrypt((folder / "store" / name).read_bytes(), key, name=name)
    except Failure as error:
        assert error.code is ErrorCode.WRONG_KEY
        return False
    return True


def listed(folder: Path) -> tuple[str, ...]:
    """The keys that the store lists, which were sealed by a holder of its naming key."""
    with home(folder) as catalog:
        (store,) = backup.stores_of(catalog, folder / DATABASE, Context())
        with reached(catalog, store, Context()) as found:
            return found.store.descriptor.recipients


def newest_opens(folder: Path, key: Identity) -> bool:
    """Bring the store up to date; whether a key opens everything that its newest point names."""
    with scanning_in_a_fork(), home(folder) as catalog:
        (visit,) = backup.go_round(catalog, folder / DATABASE, Context())
        assert not visit.problem, visit.problem
        (store,) = backup.stores_of(catalog, folder / DATABASE, Context())
        with reached(catalog, store, Context()) as found:
            newest = reader.points(found.store, Context()).points[-1]
    assert newest.manifest.id == visit.point
    return all(opens(folder, name, key) for name in (*newest.manifest.objects, layout.NAMING_KEY))
