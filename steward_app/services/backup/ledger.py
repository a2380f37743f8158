"""The copies of the erasure ledger that lie in stores: taken in before anything is restored, and put there after.

A copy tells all that its writer knew, which is all that lay there before where the writer could read it. A machine that
only makes backups cannot, so older copies are read, too.
"""

from __future__ import annotations

from typing import Final

from steward_app.catalog import Catalog, erasure
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.store import layout, sealing
from steward_app.services.erasure import export_ledger, import_ledger, next_copy
from steward_app.storage.secrets import open_secrets

_MOST_BYTES: Final = 128 << 20
_UNREADABLE: Final = (ErrorCode.DAMAGED, ErrorCode.VERIFY_FAILED, ErrorCode.WRONG_KEY)


def take_in(catalog: Catalog, found: Opened, database_id: str, context: Context) -> int:
    """Take in what the copies in a store tell; how many entries were not known here.

    Raises `Failure` where the newest cannot be read: nobody could tell then who was erased. One that is damaged and has
    newer ones beside it is left out: they say what it said.
    """
    with catalog.reading() as session:
        known = erasure.state(session, database_id)
    numbered = _numbered(found, context)
    newest, new = max(numbered.values(), default=0), 0
    for name, number in numbered.items():
        if known and known in name:
            continue
        stored = found.store.objects.get(name, context, most_bytes=_MOST_BYTES)
        try:
            data = sealing.unseal(stored, name, found.identity)
            secrets = open_secrets(catalog.directory)
            new += import_ledger(catalog, secrets, data, database_id=database_id, name=name).new
        except Failure as error:
            if error.code not in _UNREADABLE:
                raise
            if number == newest:
                raise _unreadable(found, name) from error
    return new


def put(catalog: Catalog, found: Opened, database_id: str, context: Context) -> bool:
    """Put a copy of all that is known here into a store, where its newest does not say so already; whether it did."""
    if found.readable:
        take_in(catalog, found, database_id, context)
    name = next_copy(catalog, database_id, _numbered(found, context))
    data = export_ledger(catalog, open_secrets(catalog.directory), database_id) if name else None
    if name is None or data is None:
        return False
    sealed = name + ".age" if found.store.encrypted else name
    found.store.objects.put(sealed, sealing.seal(data, found.store), context)
    return True


def _numbered(found: Opened, context: Context) -> dict[str, int]:
    """The copies in a store by name, with their numbers."""
    names = [info.name for info in found.store.objects.list(layout.LEDGER, context)]
    numbers = {name: name.removeprefix(layout.LEDGER).partition("-")[0] for name in names}
    return {name: int(number) for name, number in numbers.items() if number.isdecimal()}


def _unreadable(found: Opened, name: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"The erasure ledger “{visible(name)}” in the store at {visible(found.store.objects.where)} cannot be read, "
        "so nobody can tell which people were erased since the point was made.",
        hint="Nothing was restored. Put this file back from another copy of the store, or restore from another store.",
    )
