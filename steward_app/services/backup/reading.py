"""Reading objects of a store and comparing each with its name. Needs no private key, and little memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import size
from steward_app.services.backup.store import failures, layout, sealing
from steward_app.services.backup.store.model import OpenStore
from steward_app.storage.objects import MOST_BYTES, ObjectInfo, TooLarge, in_parallel

_IN_MEMORY_BYTES = 1 << 20
_ABOUT_ONE = (ErrorCode.NOT_FOUND, ErrorCode.IO_ERROR, ErrorCode.NO_PERMISSION)

NOT_THERE = "it is not in the store any more"
CHANGED = "its bytes are not the ones that were written"


@dataclass(frozen=True, slots=True)
class Read:
    """What reading gave.

    Attributes:
        names: of every object that was read.
        read_bytes: how much that was.
        wrong: by name, why an object is not what it was when it was written.
    """

    names: frozenset[str]
    read_bytes: int
    wrong: dict[str, str]


def read_objects(store: OpenStore, chosen: Sequence[ObjectInfo], scratch: Path, context: Context) -> Read:
    """Read objects, several at once, and compare them with their names.

    Args:
        scratch: an empty folder; as many objects lie there at once as the store has transfers.

    Raises `Failure` when the store stops to answer, or scratch space is full. An object that cannot be read is a
    result.
    """
    wrong: dict[str, str] = {}
    done, total = 0, sum(info.size_bytes for info in chosen)
    look = _looking(store, scratch)
    for info, why in zip(chosen, in_parallel(store.objects, look, chosen, context), strict=True):
        done += info.size_bytes
        context.report(done, total, unit="bytes", note=f"Reading {failures.object_words(info.name)}")
        if why:
            wrong[info.name] = why
    return Read(frozenset(info.name for info in chosen), done, wrong)


def _looking(store: OpenStore, scratch: Path) -> Callable[[ObjectInfo, Context], str]:
    def look(info: ObjectInfo, stop: Context) -> str:
        """Why an object is wrong; "" when it is not."""
        try:
            if info.size_bytes > MOST_BYTES and not info.name.startswith((layout.MAPS, layout.PLAIN)):
                return CHANGED  # nobody ever wrote as much of its kind
            if info.size_bytes <= _IN_MEMORY_BYTES:
                same = sealing.verify_name(info.name, store.objects.get(info.name, stop), store.naming_key)
            else:
                same = _same_in_file(info, stop)
        except TooLarge:
            return CHANGED
        except Failure as error:
            if error.code is ErrorCode.NOT_FOUND:
                return NOT_THERE
            if error.code not in _ABOUT_ONE or failures.says_nothing_of_the_point(error):
                raise
            return f"it cannot be read ({error.message.removesuffix('.')})"
        return "" if same else CHANGED

    def _same_in_file(info: ObjectInfo, stop: Context) -> bool:
        target = scratch / info.name.replace("/", "-")
        try:
            store.objects.get_to(info.name, target, stop, most_bytes=info.size_bytes)
            return sealing.verify_file(info.name, target, store.naming_key)
        finally:
            target.unlink(missing_ok=True)

    return look


def how_much(read: Read, objects: int, size_bytes: int) -> str:
    """How much was read: "84 of 588 objects, 1.2 GB of 8.0 GB"."""
    return f"{len(read.names):,} of {objects:,} objects, {size(read.read_bytes)} of {size(size_bytes)}"
