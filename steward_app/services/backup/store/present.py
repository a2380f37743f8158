"""What is there: looking for objects by name, and by what their contents are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout
from steward_app.services.backup.store.model import OpenStore
from steward_app.services.backup.store.sealing import least_stored_bytes
from steward_app.storage.objects import ObjectInfo, in_parallel

_ONE_BY_ONE = 12  # up to so many names of a folder are asked for singly, more are looked for in its list


def sizes(store: OpenStore, names: Iterable[str], context: Context) -> dict[str, int]:
    """The stored size of each object that is there; what is missing is not in the answer."""
    folders: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        folders[name[: name.index("/") + 1]].add(name)
    found: dict[str, int] = {}
    singly: list[str] = []
    for folder, wanted in folders.items():
        if len(wanted) <= _ONE_BY_ONE:
            singly += wanted
        else:
            listed = store.objects.list(folder, context)
            found.update((info.name, info.size_bytes) for info in listed if info.name in wanted)

    def ask(name: str, stop: Context) -> ObjectInfo | None:
        return store.objects.info(name, stop)

    answers = in_parallel(store.objects, ask, singly, context)
    found.update((info.name, info.size_bytes) for info in answers if info)
    return found


def missing(store: OpenStore, names: Iterable[str], context: Context) -> tuple[str, ...]:
    """Which of the objects are not there."""
    wanted = tuple(dict.fromkeys(names))
    there = sizes(store, wanted, context)
    return tuple(name for name in wanted if name not in there)


def with_contents(store: OpenStore, prefix: str, size_bytes: int, context: Context) -> ObjectInfo | None:
    """An object that is there already with these contents and is not cut short.

    Args:
        prefix: folder and content hash, as `layout` makes it.
        size_bytes: of the contents.
    """
    least = least_stored_bytes(size_bytes, store)
    for info in store.objects.list(prefix, context):
        named = layout.hashes_in(info.name)
        whole = info.size_bytes >= least if store.encrypted else info.size_bytes == least
        if (
            named
            and info.name.startswith(prefix)
            and whole
            and info.name not in store.distrusted
            and layout.is_sealed(info.name) == store.encrypted
        ):
            return info
    return None
