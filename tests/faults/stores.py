"""What is broken in a store: objects put, replaced, read and deleted."""

from __future__ import annotations

from pathlib import Path

from steward_app.kernel.progress import Context
from steward_app.storage.objects import open_objects

OLD = {"packs/00/old.zst": b"old " * 1000, "store.json": b'{"old": true}'}
NEW = {
    "packs/00/new.zst": b"new " * 1000,
    "points/p.json": b"{}",
    "store.json": b'{"old": false, "new": true}',
}


def build(folder: Path) -> dict[str, bytes]:
    """A store as it was before; what lies in it."""
    with open_objects(str(folder / "store"), create=True) as store:
        for name, data in OLD.items():
            store.put(name, data)
    return OLD


def write_and_prune(folder: Path, context: Context) -> None:
    """Put what is new, then take away what is old, as `backup create` and `prune` do."""
    with open_objects(str(folder / "store")) as store:
        for name, data in NEW.items():
            store.put(name, data, context)
        for name in {each.name for each in store.list("", context)} & (OLD.keys() - NEW.keys()):
            store.get_to(name, folder / "copy", context)
            store.delete(name, context)


def contents(folder: Path) -> dict[str, bytes]:
    """What lies in the store."""
    with open_objects(str(folder / "store")) as store:
        return {each.name: store.get(each.name) for each in store.list()}
