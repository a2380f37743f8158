"""The copies of the erasure ledger that lie in stores: taken in before anything is restored, and put there after.

Whoever may write to the place of an encrypted store can seal anything to its recipients, so the name of a copy there
carries a mark: a hash of the name and the stored bytes, keyed with the naming key. A copy names those whose entries it
includes; one that is neither there nor included by another is missed. docs/erasure.md tells what is noticed and what
cannot be.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

from steward_app.catalog import Catalog, erasure, keys, ledger_copies
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, visible
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.store import layout, sealing
from steward_app.services.backup.store.model import OpenStore
from steward_app.services.erasure import CopyName, TakenIn, export_ledger, import_ledger, next_copy, read_name
from steward_app.storage.secrets import open_secrets

_MOST_BYTES: Final = 128 << 20
_MARK_DIGITS: Final = 32
_UNREADABLE: Final = (ErrorCode.DAMAGED, ErrorCode.VERIFY_FAILED, ErrorCode.WRONG_KEY)


def take_in(catalog: Catalog, found: Opened, database_id: str, context: Context) -> int:
    """Take in what the copies in a store tell; how many entries were not known here.

    Raises `Failure` where a copy is missing, damaged, or of a stranger, and no other one includes what it may have
    said: nobody could tell then who was erased.
    """
    reading = _Reading(catalog, found, database_id, context)
    try:
        reading.run()
    finally:
        reading.remember()
    return reading.new


def put(catalog: Catalog, found: Opened, database_id: str, context: Context) -> bool:
    """Put a copy of all that is known here into a store, where its newest does not say so already; whether it did.

    Raises `Failure` as `take_in` does; what is known here was put there all the same.
    """
    problem: Failure | None = None
    if found.readable:
        try:
            take_in(catalog, found, database_id, context)
        except Failure as error:
            if error.code not in _UNREADABLE:
                raise
            problem = error
    did = _put(catalog, found, database_id, context)
    if problem:
        raise problem
    return did


def mend(catalog: Catalog, found: Opened, database_id: str, context: Context, *, read: bool = True) -> str:
    """Look at the copies in a store again; a sentence when something was wrong with one, else "".

    What a damaged or missing one said is written anew where it is known here, and the damaged one removed. What a
    stranger wrote is left where it is.

    Args:
        read: also read those that are there.
    """
    store = found.store
    with catalog.reading() as session:
        known = ledger_copies.known(session, store.descriptor.store_id)
    there = _there(found, context)
    wrong = [copy.name for copy in there if read and not _is_sound(found, copy, context)]
    damaged = [name for name in wrong if name in known]
    gone = {name for name, gone_at in known.items() if not gone_at} - {copy.name for copy in there}
    if gone and not damaged:
        _put(catalog, found, database_id, context)
        what = f"{plural(len(gone), 'copy', 'copies')} of the erasure ledger"
        return f"{what} {'was' if len(gone) == 1 else 'were'} not in the store any more. What is known was written anew"
    if damaged:
        _put(catalog, found, database_id, context, again=True)
        for name in damaged:
            store.objects.delete(name, context)
        with catalog.unit() as unit:
            ledger_copies.gone(unit, store.descriptor.store_id, damaged, clock.to_text(clock.now()))
            unit.commit()
        return (
            f"{plural(len(damaged), 'copy', 'copies')} of the erasure ledger was damaged. It was written anew"
        )
    return (
        f"“{visible(wrong[0])}” is damaged, or was not written by a computer that has the keys"
        if wrong
        else ""
    )


def check_reseal(catalog: Catalog, found: Opened, database_id: str, context: Context) -> None:
    """Know all that the copies in a store tell, so that `reseal` can say it again.

    Raises `Failure` NEEDS_KEY where only the store knows it, and nothing here opens it.
    """
    if found.readable:
        take_in(catalog, found, database_id, context)
        return
    with catalog.reading() as session:
        known = erasure.state(session, database_id)
    newest = max(_there(found, context), key=lambda copy: copy.number, default=None)
    if newest and newest.state != known:
        raise Failure(
            ErrorCode.NEEDS_KEY,
            f"The erasure ledger in the store at {visible(found.store.objects.where)} may hold more than this computer "
            "knows, and a new key has to open all of it.",
            hint="Nothing was changed. Give a private key of the store.",
        )


def reseal(catalog: Catalog, found: Opened, database_id: str, context: Context) -> None:
    """Put a copy of all that is known into a store that has one, for those who are its recipients now."""
    if _there(found, context):
        _put(catalog, found, database_id, context, again=True)


def _put(catalog: Catalog, found: Opened, database_id: str, context: Context, *, again: bool = False) -> bool:
    store, store_id = found.store, found.store.descriptor.store_id
    there = {copy.name: copy for copy in _there(found, context)}
    with catalog.reading() as session:
        known, state = ledger_copies.known(session, store_id), erasure.state(session, database_id)
    gone = [name for name, gone_at in known.items() if not gone_at and name not in there]
    sound = [
        name
        for name, copy in there.items()
        if not store.encrypted
        or (copy.mark and (name in known or (copy.state == state and _is_ours(store, copy, context))))
    ]
    name = next_copy(catalog, database_id, sound, again=again or bool(gone))
    if name and store.encrypted:
        last = _last_of_ours(store, there.values(), known, context)
        name = next_copy(catalog, database_id, last, before=known, again=True)
    data = (
        export_ledger(catalog, open_secrets(catalog.directory), database_id, includes=known) if name else None
    )
    if name is None or data is None:
        return False
    stored = sealing.seal(data, store)
    whole = _named(name, stored, store)
    store.objects.put(whole, stored, context)
    with catalog.unit() as unit:
        ledger_copies.note(unit, store_id, [whole])
        ledger_copies.gone(unit, store_id, gone, clock.to_text(clock.now()))
        unit.commit()
    return True


def _last_of_ours(
    store: OpenStore, there: Iterable[CopyName], known: Collection[str], context: Context
) -> list[str]:
    """The copy with the highest number that somebody with the keys of the store wrote, and none that was planted."""
    marked = sorted((copy for copy in there if copy.mark), key=lambda copy: copy.number, reverse=True)
    ours = (copy.name for copy in marked if copy.name in known or _is_ours(store, copy, context))
    return list(islice(ours, 1))


def _is_sound(found: Opened, copy: CopyName, context: Context) -> bool:
    """Whether a copy is as it was written, as far as that can be told without the private key."""
    store = found.store
    if copy.mark and store.encrypted:
        return _is_ours(store, copy, context)
    if store.encrypted and not found.readable:
        return True
    try:
        stored = store.objects.get(copy.name, context, most_bytes=_MOST_BYTES)
        keys.read_signed(sealing.unseal(stored, copy.name, found.identity), name=copy.name)
    except Failure as error:
        if error.code not in _UNREADABLE:
            raise
        return False
    return True


def _is_ours(store: OpenStore, copy: CopyName, context: Context) -> bool:
    """Whether somebody with the naming key of the store wrote a copy. Needs no private key."""
    stored = store.objects.get(copy.name, context, most_bytes=_MOST_BYTES)
    return _has_its_mark(store, copy, stored)


class _Reading:
    """Takes in the copies of a store, the newest first, and none that another one includes."""

    def __init__(self, catalog: Catalog, found: Opened, database_id: str, context: Context) -> None:
        self.new = 0
        self._catalog, self._found, self._database_id, self._context = catalog, found, database_id, context
        self._secrets = open_secrets(catalog.directory)
        self._store_id = found.store.descriptor.store_id
        with catalog.reading() as session:
            self._known = frozenset(ledger_copies.known(session, self._store_id))
        self._covered = set(self._known)
        self._signers = {keys.known_signing_key_id(self._secrets)}
        self._there = sorted(
            _there(found, context), key=lambda copy: (bool(copy.mark), copy.number), reverse=True
        )
        self._first_marked = min((copy.number for copy in self._there if copy.mark), default=0)
        self._counted_from = 1

    def run(self) -> None:
        failed: dict[str, Failure] = {}
        for copy in self._there:
            if copy.name in self._covered:
                continue
            try:
                self._take(copy)
            except Failure as error:
                if error.code not in _UNREADABLE:
                    raise
                failed[copy.name] = error
        for name, why in failed.items():
            if name not in self._covered:
                raise _unreadable(self._found, name, why) from why
        if missing := self._missing():
            raise _gone(self._found, missing)

    def remember(self) -> None:
        """The copies whose entries are known here now."""
        if names := self._covered - self._known:
            there = names & {copy.name for copy in self._there}
            with self._catalog.unit() as unit:
                ledger_copies.note(unit, self._store_id, there)
                ledger_copies.note(unit, self._store_id, names - there, clock.to_text(clock.now()))
                unit.commit()

    def _take(self, copy: CopyName) -> None:
        store = self._found.store
        stored = store.objects.get(copy.name, self._context, most_bytes=_MOST_BYTES)
        if copy.mark and not _has_its_mark(store, copy, stored):
            raise Failure(
                ErrorCode.VERIFY_FAILED, "Its mark is not one that the naming key of the store makes."
            )
        data = sealing.unseal(stored, copy.name, self._found.identity)
        vouched = bool(copy.mark) or not store.encrypted
        taken = import_ledger(
            self._catalog,
            self._secrets,
            data,
            database_id=self._database_id,
            name=copy.name,
            signers=None if vouched else self._signers,
        )
        self.new += taken.new
        self._signers.add(taken.signed_by)
        self._covered |= {copy.name, *self._included(copy, taken)}

    def _included(self, copy: CopyName, taken: TakenIn) -> Iterable[str]:
        """The names of other copies that this one stands for. One that does not tell stands for all before it."""
        if taken.includes is not None and (copy.mark or not self._found.store.encrypted):
            return [name for name in taken.includes if read_name(name)]
        number = min(copy.number, self._first_marked or copy.number)
        self._counted_from = max(self._counted_from, number)
        return [other.name for other in self._there if other.number < number and not other.mark]

    def _missing(self) -> int:
        """The number of a copy that is not there and that none includes; 0 where there is none."""
        counted = {copy.number for name in self._covered if (copy := read_name(name))}
        expected = self._counted_from
        for number in sorted(each for each in counted if each >= expected):
            if number != expected:
                return expected
            expected += 1
        return 0


def _there(found: Opened, context: Context) -> list[CopyName]:
    """The copies in a store, with a mark or not, sealed as the store is."""
    store = found.store
    read = (read_name(info.name) for info in store.objects.list(layout.LEDGER, context))
    return [copy for copy in read if copy and layout.is_sealed(copy.name) == store.encrypted]


def _named(name: str, stored: bytes, store: OpenStore) -> str:
    """The whole name of a copy, from what `next_copy` gives."""
    if not store.encrypted:
        return name
    start = name.removesuffix(".json")
    return f"{start}-{_mark(start, stored, store)}.json.age"


def _has_its_mark(store: OpenStore, copy: CopyName, stored: bytes) -> bool:
    start = copy.name.partition(f"-{copy.mark}")[0]
    return not store.encrypted or hmac.compare_digest(_mark(start, stored, store), copy.mark)


def _mark(start: str, stored: bytes, store: OpenStore) -> str:
    """What only those with the naming key can say of a copy: of its number, what it tells, and every byte of it."""
    hashed = sealing.new_hash(store.naming_key)
    hashed.update(start.encode("ascii") + b"\n")
    hashed.update(stored)
    return hashed.hexdigest()[:_MARK_DIGITS]


def _unreadable(found: Opened, name: str, error: Failure) -> Failure:
    where, what = visible(found.store.objects.where), f"The erasure ledger “{visible(name)}”"
    if error.code is ErrorCode.VERIFY_FAILED:
        return Failure(
            ErrorCode.VERIFY_FAILED,
            f"{what} in the store at {where} was not written by a computer that has the keys of this store, or was "
            "changed, so nobody can tell which people were erased since the point was made.",
            hint="Nothing was restored. If none of your computers wrote it, remove it; else put this file back from "
            "another copy of the store, or restore from another store.",
        )
    return Failure(
        ErrorCode.DAMAGED,
        f"{what} in the store at {where} cannot be read, so nobody can tell which people were erased since the point "
        "was made.",
        hint="Nothing was restored. Put this file back from another copy of the store, or restore from another store.",
    )


def _gone(found: Opened, number: int) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"Copy {number} of the erasure ledger is not in the store at {visible(found.store.objects.where)} any more, "
        "so nobody can tell which people were erased since the point was made.",
        hint="Nothing was restored. Put it back from another copy of the store, restore from another store, or make a "
        "backup on the computer that wrote it: it writes what it knows anew.",
    )
