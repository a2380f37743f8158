"""`store.json`: what a store is, whose, and who can read it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.ids import new_uuid
from steward_app.kernel.plain import adapter
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup.store import documents, failures, layout
from steward_app.services.backup.store.keys import NewKeys
from steward_app.services.backup.store.model import Descriptor, Encryption, OpenStore
from steward_app.storage.objects import ObjectStore, TooLarge

FORMAT: Final = "data-steward-store/1"
_FAMILY = FORMAT.rpartition("/")[0] + "/"
_MOST_BYTES = 1 << 20
_PUT_BACK: Final = (
    "Nothing was written. The points in the store are not affected: put the file back from another copy of the store, "
    "or restore as docs/backup-format.md describes."
)


def create_store(
    objects: ObjectStore,
    database_id: str,
    keys: NewKeys | None,
    context: Context,
    *,
    store_id: str = "",
    beside: str = "",
) -> OpenStore:
    """Make a store for one database. Its description is written last, so that a store that is half made is none.

    Args:
        keys: of an encrypted store; None makes one that whoever has it can read.
        store_id: of a store that was begun and is tried again; "" makes a new one.
        beside: the name of something that is known to lie there and is no object; "" for nothing.

    Raises `Refused` where there is a store already, what is left of one, or anything else: nobody could tell later
    what belongs to the store.
    """
    if objects.info(layout.DESCRIPTOR, context):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"There is a store already at {visible(objects.where)}.",
            hint="It was left as it is. Connect it instead, or choose another place for a new one.",
        )
    if _remains(objects, context):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"At {visible(objects.where)} lies a backup store whose “{layout.DESCRIPTOR}” is gone.",
            hint="Nothing was written: a new store would take the place of its keys. Put the file back from another "
            "copy of the store, or choose another place for a new one.",
        )
    if beside := beside or next((info.name for info in objects.list("", context)), ""):
        raise Refused(
            ErrorCode.BAD_PATH,
            f"Other files lie at {visible(objects.where)}: {quoted(beside)}, for one.",
            hint="Nothing was written. Choose an empty folder, or a new one in it.",
        )
    descriptor = Descriptor(
        store_id or new_uuid(),
        database_id,
        clock.to_text(clock.now()),
        Encryption.AGE if keys else Encryption.NONE,
        keys.recipients if keys else (),
    )
    for name, data in keys.objects.items() if keys else ():
        objects.put(name, data, context)
    store = OpenStore(objects, descriptor, keys.naming_key if keys else None)
    return write_descriptor(store, descriptor, context)


def write_descriptor(store: OpenStore, descriptor: Descriptor, context: Context) -> OpenStore:
    """Write `store.json` anew, for other recipients, say; the store with it. Needs the naming key."""
    if not store.unlocked:
        raise failures.locked(store)
    data = documents.to_json(_document(descriptor), store.naming_key)
    store.objects.put(layout.DESCRIPTOR, data, context)
    return replace(store, descriptor=replace(descriptor, seal=documents.from_json(data)[1]))


def open_store(
    objects: ObjectStore, context: Context, *, database_id: str | None = None, naming_key: bytes | None = None
) -> OpenStore:
    """The store at a place.

    Args:
        database_id: when given, the database it must belong to.
        naming_key: of an encrypted store, where it is at hand; else `unlocked` brings it later.

    Raises:
        Failure: NOT_FOUND, DAMAGED, NEWER_FORMAT.
        Refused: WHICH_DATABASE, when it holds another database's points.
    """
    store = OpenStore(objects, descriptor := read_descriptor(objects, context))
    if naming_key or not store.encrypted:
        store = unlocked(store, naming_key)
    if database_id is not None and descriptor.database_id != database_id:
        raise Refused(
            ErrorCode.WHICH_DATABASE,
            f"The store at {visible(objects.where)} belongs to another database.",
            hint="It was left as it is. If it is the same, on a new computer, add --same; else take another store.",
        )
    return store


def unlocked(store: OpenStore, naming_key: bytes | None) -> OpenStore:
    """The store with its naming key. Raises `Failure` when `store.json` was changed since it was written.

    A server that changed the recipients, or says that nothing is encrypted any more, to read what is written from now
    on, is noticed here.
    """
    try:
        documents.check(_document(store.descriptor), store.descriptor.seal, naming_key)
    except documents.BadSeal as error:
        raise _damaged(store.objects.where) from error
    return replace(store, naming_key=naming_key)


def read_descriptor(objects: ObjectStore, context: Context) -> Descriptor:
    """What `store.json` says; nobody has looked whether its seal is right. Raises `Failure` as `open_store`."""
    from pydantic import ValidationError

    try:
        data = objects.get(layout.DESCRIPTOR, context, most_bytes=_MOST_BYTES)
        document, seal = documents.from_json(data)
        version = document.pop("format")
        if version != FORMAT and isinstance(version, str) and version.startswith(_FAMILY):
            raise failures.newer_format(objects.where, layout.DESCRIPTOR)
        descriptor: Descriptor = adapter(Descriptor).validate_python({**document, "seal": seal})
        if documents.canonical(_document(descriptor)) != documents.canonical({"format": version, **document}):
            raise ValueError("fields that no store of this version has")
        if version != FORMAT or bool(descriptor.recipients) != (descriptor.encryption is Encryption.AGE):
            raise ValueError("not the description of a store")
        if descriptor.since and len(descriptor.since) != len(descriptor.recipients):
            raise ValueError("not a number for each recipient")
        if set(descriptor.former) & set(descriptor.recipients):
            raise ValueError("both let in and shut out")
        if not all(0 <= each <= layout.MOST_POINTS for each in descriptor.since):
            raise ValueError("not the sequence of a point")
        for each in (descriptor.store_id, descriptor.database_id):  # folders are called so
            if str(UUID(each)) != each:
                raise ValueError("not an id")
    except TooLarge as error:
        raise _damaged(objects.where) from error
    except Failure as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        lost = _remains(objects, context)
        raise (_lost(objects.where) if lost else _no_store(objects.where)) from None
    except (ValueError, KeyError, ValidationError) as error:
        raise _damaged(objects.where) from error
    return descriptor


def _document(descriptor: Descriptor) -> dict[str, object]:
    fields = {"format": FORMAT, **asdict(descriptor), "recipients": list(descriptor.recipients)}
    del fields["seal"], fields["since"], fields["former"]
    later = {"since": list(descriptor.since), "former": list(descriptor.former)}
    return fields | {name: listed for name, listed in later.items() if listed}


def _remains(objects: ObjectStore, context: Context) -> bool:
    """Whether something lies there that only a store has, beside its description."""
    return any(True for folder in layout.FOLDERS for _ in objects.list(folder, context))


def _lost(where: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"“{layout.DESCRIPTOR}” is not in the store at {visible(where)} any more.",
        hint=_PUT_BACK,
    )


def _no_store(where: str) -> Failure:
    return Failure(
        ErrorCode.NOT_FOUND,
        f"There is no backup store at {visible(where)}.",
        hint="Nothing was written. Check the address, or make a store there.",
    )


def _damaged(where: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"“{layout.DESCRIPTOR}” in the store at {visible(where)} was changed or is damaged.",
        hint=_PUT_BACK,
    )
