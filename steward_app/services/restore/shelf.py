"""Images of points, at hand for reading: a whole file on this computer is one; of any other, one is made in scratch.

What was made stays as long as the catalog is open (a command, a session of the window), so that a page that compares,
then shows rows, then brings them back reads the store once. The folder is private, and goes when the catalog is closed,
or with the next program that looks, where this one was killed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from steward_app.catalog import Catalog, erasure
from steward_app.catalog.points import Point
from steward_app.kernel.progress import Context
from steward_app.services.backup.at_hand import at_hand
from steward_app.services.backup.files import Files
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.write_out import bring_out
from steward_app.services.erasure import foresee
from steward_app.services.restore.without import Without
from steward_app.storage import scratch_directory

MOST_BYTES: Final = 8 << 30
"""What the images may take together; the one in use is kept, however large it is."""
_WAIT_SECONDS = 0.1

_Name = tuple[str, str]


@dataclass(slots=True)
class _Image:
    path: Path
    size_bytes: int
    readers: int = 0


class _Shelf:
    """The images of one catalog, the one used last at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self.images: OrderedDict[_Name, _Image] = OrderedDict()

    def make_room(self) -> None:
        """Remove images nobody reads, the one that was not used for longest first."""
        idle = [name for name, image in self.images.items() if not image.readers]
        for name in idle:
            if sum(image.size_bytes for image in self.images.values()) <= MOST_BYTES:
                return
            self.images.pop(name).path.unlink()


_SHELVES: WeakKeyDictionary[Catalog, _Shelf] = WeakKeyDictionary()
_SHELVES_LOCK = threading.Lock()


@contextmanager
def image_of(
    catalog: Catalog,
    point: Point,
    context: Context,
    *,
    given: Unlocking | None = None,
    as_it_was: bool = False,
) -> Iterator[Path]:
    """A whole database file that holds what a point holds, to be read and never written, while the block runs.

    Args:
        given: opens the store of the point, where this machine does not keep its key.
        as_it_was: with the rows of people who were erased since, for what asks the ledger of every row itself.

    Raises as `at_hand` and `bring_out` do, and `Refused` where nobody can tell who was erased since.
    """
    erased = not as_it_was and bool(foresee(catalog, point.database_id, point.made_at).entries)
    if not point.store_id and not erased:
        yield Files(point.path).copy
        return
    shelf = _shelf(catalog)
    with _held(shelf.lock, context):
        image = _image(catalog, shelf, point, given, as_it_was, context)
        image.readers += 1
        shelf.make_room()
    try:
        yield image.path
    finally:
        with shelf.lock:
            image.readers -= 1


def _image(
    catalog: Catalog, shelf: _Shelf, point: Point, given: Unlocking | None, as_it_was: bool, context: Context
) -> _Image:
    """The image of that point, made where it is not there. With another ledger it is another image."""
    known = shelf.images.get(name := _name(catalog, point, as_it_was))
    if known is None:
        with at_hand(catalog, point, context, given=given) as found:  # which takes the store's ledger in
            name = _name(catalog, point, as_it_was)
            path = shelf.folder / f"{point.id}-{name[1] or 'as-it-was'}.sqlite"
            without = Without(catalog, point.database_id, point, context, rehearsing=True)
            bring_out(found.source, path, context, before_it_is_there=None if as_it_was else without)
        known = shelf.images[name] = _Image(path, path.stat().st_size)
    shelf.images.move_to_end(name)
    return known


def _name(catalog: Catalog, point: Point, as_it_was: bool) -> _Name:
    if as_it_was:
        return point.id, ""
    with catalog.reading() as session:
        return point.id, erasure.state(session, point.database_id) or "nobody-erased"


def _shelf(catalog: Catalog) -> _Shelf:
    with _SHELVES_LOCK:
        known = _SHELVES.get(catalog)
        if known is None:
            folder = catalog.until_closed(scratch_directory(catalog.scratch))
            known = _SHELVES[catalog] = _Shelf(folder)
        return known


@contextmanager
def _held(lock: threading.Lock, context: Context) -> Iterator[None]:
    """A lock that is waited for only as long as nobody asks to stop."""
    while not lock.acquire(timeout=_WAIT_SECONDS):
        context.checkpoint()
    try:
        yield
    finally:
        lock.release()
