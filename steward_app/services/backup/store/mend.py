"""Writing objects of a store again that were damaged or lost, and bringing points to use what stands for them.

In an open store an object has the name of its bytes, so the right bytes under the same name mend every point at once.
In an encrypted store sealing gives the same contents another name each time, and a pack that is made of pages may turn
out otherwise; then maps are written that name the new one, and the manifests of the points are replaced by ones that
name those. Everything a manifest names is there, and was read back, before it is put; a point is as it was until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup.store import failures, layout, manifest, present, reader, sealing
from steward_app.services.backup.store.map import (
    Group,
    MapHeader,
    most_unpacked,
    read_groups,
    read_header,
    write_map,
)
from steward_app.services.backup.store.model import Manifest, OpenStore, StoredPoint
from steward_app.services.backup.store.upload import place_file
from steward_app.services.backup.store.wanted import Moved

_IN_MEMORY_BYTES = 1 << 20
_ABOUT_ONE = (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED, ErrorCode.IO_ERROR, ErrorCode.NO_PERMISSION)


@dataclass(slots=True)
class Stand:
    """What stands for damaged objects now.

    Attributes:
        names: old name to new name, of the same contents.
        moved: old pack and offset of a frame to where its pages are.
    """

    names: dict[str, str] = field(default_factory=dict)
    moved: dict[tuple[str, int], Moved] = field(default_factory=dict)

    def touches(self, packs: Iterable[str]) -> bool:
        """Whether a map that names these packs must be written anew."""
        moved = {pack for pack, _ in self.moved}
        return any(pack in self.names or pack in moved for pack in packs)


def is_right(store: OpenStore, name: str, scratch: Path, context: Context) -> bool:
    """Whether an object is there, can be read, and is what its name says."""
    target = scratch / "read-back"
    try:
        info = store.objects.info(name, context)
        if info is None:
            return False
        if info.size_bytes <= _IN_MEMORY_BYTES:
            return sealing.verify_name(name, store.objects.get(name, context), store.naming_key)
        store.objects.get_to(name, target, context)
        return sealing.verify_file(name, target, store.naming_key)
    except Failure as error:
        if error.code in _ABOUT_ONE:
            return False
        raise
    finally:
        target.unlink(missing_ok=True)


def holds_contents(store: OpenStore, name: str, contents: Path) -> bool:
    """Whether a file is what an object's name says of its contents."""
    hashes = layout.hashes_in(name)
    return hashes is not None and sealing.file_digest(contents, store.naming_key).hex() == hashes[0]


def put_contents(store: OpenStore, folder: str, contents: Path, scratch: Path, context: Context) -> str:
    """Write an object's contents again, and read them back; the name they lie under.

    Args:
        folder: and all of the name before the hashes (`before_hashes`).

    Raises `Failure` (IO_ERROR) where the store gives back something else.
    """
    placed = place_file(store, folder, contents, context).name
    if not is_right(store, placed, scratch, context):
        raise Failure(
            ErrorCode.IO_ERROR,
            f"The store at {visible(store.objects.where)} did not give back what was written to it.",
            hint="Check the disk or the server that holds the store. What was repaired before stays so.",
        )
    return placed


def before_hashes(name: str) -> str:
    """What the name of an object starts with, as `put_contents` takes it."""
    hashes = layout.hashes_in(name)
    if hashes is None or name.startswith(layout.PACKS):
        return name[: name.index("/") + 1]
    return name[: name.index(hashes[0])]


def same_contents(store: OpenStore, name: str, scratch: Path, context: Context) -> str:
    """An object that is right and has the contents of another, as a later capture may have written it; or ""."""
    hashes = layout.hashes_in(name)
    if not store.encrypted or hashes is None:
        return ""
    prefix = name[: name.index(hashes[0]) + len(hashes[0])]
    for info in store.objects.list(prefix, context):
        if info.name != name and is_right(store, info.name, scratch, context):
            return info.name
    return ""


def write_anew(source: Path, target: Path, stand: Stand) -> None:
    """Write an opened map so that it names what stands for damaged packs. Raises ValueError when it is no map."""
    with sealing.decompressed(source, most_unpacked(source)) as stream:
        header = read_header(stream)
        packs = [stand.names.get(pack, pack) for pack in header.packs]
        place = {name: number for number, name in reversed(list(enumerate(packs)))}
        for new in sorted({each.pack for each in stand.moved.values()}):
            if new not in place:
                place[new] = len(packs)
                packs.append(new)
        groups = read_groups(stream, len(header.packs))
        records = (
            each.to_bytes()
            for group in groups
            for each in _moved(group, header.packs[group.pack], stand, place)
        )
        write_map(target, MapHeader(header.kind, header.page_size_bytes, header.pages, tuple(packs)), records)


def _moved(group: Group, pack: str, stand: Stand, place: Mapping[str, int]) -> Iterator[Group]:
    """A record as it is now: in one piece, or those pages that were found and those that were not."""
    to = stand.moved.get((pack, group.offset))
    if to is None:
        yield group
        return
    found = [at for at, slot in enumerate(group.slots) if slot in to.slots]
    left = [at for at, slot in enumerate(group.slots) if slot not in to.slots]
    if found:
        part = group.only(found)
        slots = bytes(to.slots[slot] for slot in part.slots)
        yield replace(part, pack=place[to.pack], offset=to.offset, length=to.length, slots=slots)
    if left:
        yield group.only(left)


def mended(
    store: OpenStore,
    point: StoredPoint,
    maps: Sequence[Path],
    damaged: frozenset[str],
    stand: Stand,
    written: dict[str, str],
    scratch: Path,
    context: Context,
) -> Manifest | None:
    """A point's manifest that names what stands for what it missed, its maps written; None where some of it stays lost.

    Args:
        maps: its maps, opened, in order.
        damaged: objects that are still not right.
        written: maps that were written anew, old name to new; more are added.
        scratch: an empty folder.
    """
    made = point.manifest
    names, files = [], []
    for number, (name, path) in enumerate(zip(made.maps, maps, strict=True)):
        with sealing.decompressed(path, most_unpacked(path)) as stream:
            touched = stand.touches(read_header(stream).packs)
        if touched:
            anew = scratch / f"{number}.map"
            write_anew(path, anew, stand)
            path = anew
            if name not in written:
                written[name] = put_contents(store, layout.MAPS, anew, scratch, context)
        names.append(written.get(name) or stand.names.get(name, name))
        files.append(path)
    (together := scratch / "together").mkdir()
    whole = replace(made, maps=tuple(names), packs=_every_pack(files))
    page_map = reader.check_map(store, whole, files, together, context)
    packs = tuple(page_map.packs[number] for number in page_map.needed_packs())
    new = replace(whole, packs=packs, details=stand.names.get(made.details, made.details))
    if damaged.intersection(new.objects):
        return None
    return new


def announce_again(store: OpenStore, point: StoredPoint, new: Manifest, context: Context) -> None:
    """Replace a point's manifest, when all it names is there, and read it back.

    Raises `Failure`, NOT_FOUND when something is not there, and ValueError for what is no manifest; then it is as it
    was.
    """
    gone = present.missing(store, new.objects, context)
    if gone:
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"T{failures.object_words(gone[0])[1:]} is not in the store at {visible(store.objects.where)} any more.",
            hint="The point was left as it is. Try again.",
        )
    manifest.check_sense(new)
    before = store.objects.get(point.name, context)
    store.objects.put(point.name, manifest.to_bytes(new, store.naming_key), context)
    try:
        manifest.read(store, point.name, context)
    except Failure:
        store.objects.put(point.name, before, context)
        raise


def _every_pack(files: Iterable[Path]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path in files:
        with sealing.decompressed(path, most_unpacked(path)) as stream:
            found.update(dict.fromkeys(read_header(stream).packs))
    return tuple(found)
