"""What a steward is told when something in a store is not as it was written: which point, which object, what next."""

from __future__ import annotations

from typing import Final

from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure, StewardError
from steward_app.kernel.text import quoted, visible
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.model import Manifest, OpenStore
from steward_app.storage.objects import StoreBroken

_NOT_OF_THE_POINT: Final = frozenset(
    {
        ErrorCode.OFFLINE,
        ErrorCode.STORE_MISSING,
        ErrorCode.LOGIN_REFUSED,
        ErrorCode.UNKNOWN_HOST_KEY,
        ErrorCode.HOST_KEY_CHANGED,
        ErrorCode.DISK_FULL,
    }
)
_NAME_LIMIT = 240
_OTHER = (
    "Nothing was written by this restore. Verify the store to see which points need this object; "
    "restore another point, or this one from another store."
)


def says_nothing_of_the_point(error: StewardError) -> bool:
    """Whether something kept a point from being looked at, and it is as good as before.

    So it is where its store is away, or the disk of this computer full or broken.
    """
    return error.code in _NOT_OF_THE_POINT or (
        error.code is ErrorCode.IO_ERROR and not isinstance(error, StoreBroken)
    )


def object_words(name: str) -> str:
    """An object for people: `the pack “packs/ab/...”`."""
    return f"the {layout.kind_of(name)} {quoted(name, _NAME_LIMIT)}"


def point_words(manifest: Manifest) -> str:
    """A point for people: `point pt_... of 2026-11-20 10:40 UTC`."""
    return f"point {visible(manifest.id)} of {clock.shown(visible(manifest.made_at))}"


def object_gone(store: OpenStore, manifest: Manifest, name: str) -> Failure:
    return Failure(
        ErrorCode.NOT_FOUND,
        f"The {point_words(manifest)} needs {object_words(name)}, "
        f"which is not in the store at {visible(store.objects.where)} any more.",
        hint=_OTHER,
    )


def object_damaged(store: OpenStore, manifest: Manifest, name: str, why: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"The {point_words(manifest)} needs {object_words(name)}, "
        f"which is damaged in the store at {visible(store.objects.where)}: {why}.",
        hint=_OTHER,
    )


def maps_damaged(store: OpenStore, manifest: Manifest, why: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"The page maps of the {point_words(manifest)} in the store at {visible(store.objects.where)} do not belong "
        f"together: {why}. They are: {', '.join(visible(name) for name in manifest.maps)}.",
        hint=_OTHER,
    )


def manifest_damaged(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"T{object_words(name)[1:]} in the store at {visible(where)} was changed or is damaged.",
        hint="The objects it names are not affected, nor are other points. Restore another point, or put the manifest "
        "back from another copy of the store.",
    )


def document_damaged(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.DAMAGED,
        f"T{object_words(name)[1:]} in the store at {visible(where)} was changed or is damaged.",
        hint="The points in the store are not affected.",
    )


def newer_format(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.NEWER_FORMAT,
        f"T{object_words(name)[1:]} in the store at {visible(where)} "
        "was written in a format this version does not know.",
        hint="Nothing was changed. Use the version of the program that wrote it, or a newer one.",
    )


def locked(store: OpenStore) -> Failure:
    return Failure(
        ErrorCode.NEEDS_KEY,
        f"The store at {visible(store.objects.where)} is encrypted and was not unlocked.",
        hint="Nothing was read or written. Give the key file, the key on the recovery sheet, or the passphrase.",
    )


def wrong_key(store: OpenStore, manifest: Manifest, name: str) -> Failure:
    return Failure(
        ErrorCode.WRONG_KEY,
        f"The private key does not open {object_words(name)} of the {point_words(manifest)} "
        f"in the store at {visible(store.objects.where)}.",
        hint="Nothing was written. The point may have been sealed to an earlier key: give that one, or the key on the "
        "recovery sheet of that time.",
    )
