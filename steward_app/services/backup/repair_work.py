"""The work of a repair: each damaged object is looked for where it may be good, and written again.

    1  an object of the same name in another store, byte for byte
    2  an object of the same contents in this store, which a later capture wrote
    3  a page map this computer remembers; details as its catalog knows them
    4  packs, page by page: what is whole in the damaged one, points of other stores, the live database
    5  page maps that are found nowhere, from the same moment held elsewhere (`repair_maps`)
    6  points that need what has another name now get manifests that say so

What was right before is never written over, and a point is as it was until all it needs was read back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure, Refused
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
from steward_app.services.backup.capture import cache_of
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.damage import damaged_in, failed_points
from steward_app.services.backup.repair_maps import MapMaker
from steward_app.services.backup.repair_model import NO_KEY, NOT_ALONE, NOWHERE, Work, details_of
from steward_app.services.backup.repair_sources import take_from_database, take_from_store
from steward_app.services.backup.store import details, failures, layout, mend, reader, sealing
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.map import resolve
from steward_app.services.backup.store.mend import Stand
from steward_app.services.backup.store.model import Manifest, OpenStore, PointKind, StoredPoint
from steward_app.services.backup.store.wanted import Moved, Remade, Wanted, groups_in

_AT_ONCE = 8  # packs whose pages are looked for together
_ABOUT_ONE = (
    ErrorCode.NOT_FOUND,
    ErrorCode.DAMAGED,
    ErrorCode.WRONG_KEY,
    ErrorCode.NEEDS_KEY,
    ErrorCode.IO_ERROR,
    ErrorCode.NO_PERMISSION,
    ErrorCode.WHICH_DATABASE,
    ErrorCode.NEWER_FORMAT,
)


@dataclass
class Repairer:
    """Repairs the objects of one store.

    Args:
        path: of the live database.
        found: the store, open.
        names: its objects that are damaged or missing.
        others: opens each other store of the database; what it raises tells why one cannot be looked into.
        scratch: an empty folder.
    """

    catalog: Catalog
    path: Path
    store: Store
    found: Opened
    names: Sequence[str]
    others: Callable[[], Iterator[Opened | str]]
    scratch: Path
    _left: dict[str, str] = field(default_factory=dict)
    _stand: Stand = field(default_factory=Stand)
    _maps: dict[str, Path | None] = field(default_factory=dict)
    _others: list[Opened] = field(default_factory=list)
    _silent: list[str] = field(default_factory=list)
    _number: int = 0
    _anew: dict[str, tuple[Path, str]] = field(default_factory=dict)
    _wrote: bool = False
    _trouble: str = ""

    def run(self, context: Context) -> Work:
        """Do all that can be done. Raises `Failure` when the store stops to answer or takes no more."""
        self._left = dict.fromkeys(self.names, NOWHERE)
        self._cache = cache_of(self.catalog, self.store)
        self._open: OpenStore = replace(self.found.store, distrusted=frozenset(self.names))
        self._points = [
            point
            for point in reader.points(self._open, context).points
            if set(self.names).intersection(point.manifest.objects)
        ]
        self._note_what_failed()
        for each in self.others():
            if isinstance(each, str):
                self._silent.append(each)
            else:
                self._others.append(each)
        try:
            for step in (self._same_named, self._same_contents, self._small, self._packs, self._maps_anew):
                step(context)
                context.checkpoint()
        except Cancelled:
            if not self._wrote:
                raise
        context.finishing()
        self._bring_points()
        return self._told()

    def _note_what_failed(self) -> None:
        """Say of points that failed which objects they miss, where another computer, or a drill, found them wrong: then
        reading them again can find them right.
        """
        failed = {
            point.id for point in failed_points(self.catalog, self.store) if not damaged_in(point.checks)
        }
        with self.catalog.unit() as unit:
            for each in self._points:
                if each.manifest.id in failed:
                    missed = [name for name in each.manifest.objects if name in self._left]
                    checks = [Check(f"T{failures.object_words(name)[1:]}", False, name) for name in missed]
                    points.update(unit, each.manifest.id, PointState.FAILED, checks=checks)
            unit.commit()

    def _folder(self) -> Path:
        """A new scratch folder."""
        self._number += 1
        (made := self.scratch / str(self._number)).mkdir()
        return made

    def _done(self, name: str, now: str) -> None:
        self._left.pop(name, None)
        if now != name:
            self._stand.names[name] = now

    def _put(self, name: str, contents: Path, context: Context) -> str:
        self._wrote = True
        return mend.put_contents(self._open, mend.before_hashes(name), contents, self._folder(), context)

    # 1

    def _same_named(self, context: Context) -> None:
        for number, name in enumerate(tuple(self._left)):
            context.report(
                number, len(self.names), unit="objects", note=f"Looking for {failures.object_words(name)}"
            )
            if layout.hashes_in(name) and any(self._copied(name, other, context) for other in self._others):
                self._done(name, name)

    def _copied(self, name: str, other: Opened, context: Context) -> bool:
        target = self._folder() / "copy"
        try:
            if other.store.objects.info(name, context) is None:
                return False
            other.store.objects.get_to(name, target, context)
        except Failure as error:
            if error.code not in _ABOUT_ONE:
                raise
            return False
        if not sealing.verify_file(name, target, self._open.naming_key):
            return False
        self._wrote = True
        self._open.objects.put(name, target, context)
        target.unlink()
        return mend.is_right(self._open, name, self._folder(), context)

    # 2

    def _same_contents(self, context: Context) -> None:
        for name in tuple(self._left):
            if now := mend.same_contents(self._open, name, self._folder(), context):
                self._done(name, now)

    # 3

    def _small(self, context: Context) -> None:
        for name in tuple(self._left):
            if name.startswith(layout.MAPS):
                path = self._remembered(name, context)
                if path is not None:
                    self._done(name, self._put(name, path, context))
            elif name.startswith(layout.DETAILS):
                self._details(name, context)

    def _remembered(self, name: str, context: Context) -> Path | None:
        """A map, opened, that this computer keeps."""
        target = self._folder() / "map.zst"
        there = self._cache.get_to(name, target, context)
        return target if there and mend.holds_contents(self._open, name, target) else None

    def _details(self, name: str, context: Context) -> None:
        """What a point tells of itself, as far as the catalog of this computer knows it."""
        ids = {point.manifest.id for point in self._points if point.manifest.details == name}
        with self.catalog.reading() as session:
            every = points.of_database(session, self.store.database_id)
        known = next((point for point in every if point.id in ids and (point.reason or point.tables)), None)
        if known is not None:
            target = self._folder() / "details"
            target.write_bytes(details.to_bytes(details_of(known)))
            self._done(name, self._put(name, target, context))

    # 4

    def _packs(self, context: Context) -> None:
        sizes: dict[int, list[str]] = {}
        for name in self._left:
            users = [point.manifest for point in self._points if name in point.manifest.packs]
            if name.startswith(layout.PACKS) and users:
                sizes.setdefault(users[0].page_size_bytes, []).append(name)
        for page_size_bytes, packs in sizes.items():
            for at in range(0, len(packs), _AT_ONCE):
                context.report(at, len(packs), unit="packs", note="Looking for the pages of damaged packs")
                self._remake(packs[at : at + _AT_ONCE], page_size_bytes, context)

    def _remake(self, packs: Sequence[str], page_size_bytes: int, context: Context) -> None:
        wanted = Wanted(self._open.naming_key, page_size_bytes, self._folder())
        known = [pack for pack in packs if self._want(wanted, pack, context)]
        if not known:
            return
        users = [point.manifest for point in self._points if set(known).intersection(point.manifest.packs)]
        self._take(wanted, known, users, context)
        for pack in known:
            self._put_pack(pack, wanted.remake(pack, context), context)

    def _want(self, wanted: Wanted, pack: str, context: Context) -> bool:
        """Whether it is known which pages lay in a pack."""
        found = False
        users = [point.manifest for point in self._points if pack in point.manifest.packs]
        for name, made in {name: user for user in users for name in user.maps}.items():  # points share maps
            path = self._map(made, name, context)
            if path is None:
                continue
            packs, groups = groups_in(path)
            mine = [group for group in groups if packs[group.pack] == pack]
            wanted.want(pack, mine)
            found = found or bool(mine)
        if not found:
            self._left[pack] = (
                NO_KEY if not self.found.readable else "no page map that tells what was in it can be read"
            )
        return found

    def _take(
        self, wanted: Wanted, packs: Sequence[str], users: Sequence[Manifest], context: Context
    ) -> None:
        for pack in packs if not self._open.encrypted else ():
            try:
                wanted.take_from(self._open.objects.get(pack, context), pack)
            except Failure as error:
                if error.code not in _ABOUT_ONE:
                    raise
        moments = [each.made_at for each in users]
        for other in self._others:
            if wanted.pages and other.readable:
                take_from_store(wanted, other, moments, self._folder(), context)
        if wanted.pages:
            try:
                take_from_database(wanted, self.path, self._hashes(wanted, context), self._folder(), context)
            except (Failure, Refused) as error:
                self._silent.append(f"The database could not be read: {error.message}")

    def _hashes(self, wanted: Wanted, context: Context) -> Path | None:
        """The page hashes of the newest point whose maps can be read, as a file of the caller's own."""
        for point in reversed(reader.points(self._open, context).points):
            made = point.manifest
            if made.kind is not PointKind.PAGES or made.page_size_bytes != wanted.page_size_bytes:
                continue
            files = [self._map(made, name, context) for name in made.maps]
            if all(files):
                folder = self._folder()
                hashes = resolve((path for path in files if path), folder, context).hashes
                return Path(shutil.copy(hashes, folder / "previous.bin"))
        return None

    def _put_pack(self, pack: str, remade: Remade, context: Context) -> None:
        if remade.path is None:
            self._left[pack] = f"none of its {plural(remade.pages, 'page')} was found elsewhere"
            return
        whole = not remade.missing and mend.holds_contents(self._open, pack, remade.path)
        now = self._put(pack, remade.path, context)
        if whole:
            self._done(pack, now)
            return
        for offset, (new_offset, length, slots) in remade.frames.items():
            self._stand.moved[pack, offset] = Moved(now, new_offset, length, slots)
        if remade.missing:
            self._left[pack] = (
                f"{remade.missing:,} of its {plural(remade.pages, 'page')} were found nowhere else"
            )
        else:
            self._left.pop(pack)

    def _map(self, made: Manifest, name: str, context: Context) -> Path | None:
        """A map of a point, opened; None where it cannot be read."""
        if name not in self._maps:
            self._maps[name] = self._remembered(name, context) or self._fetched(made, name, context)
        return self._maps[name]

    def _fetched(self, made: Manifest, name: str, context: Context) -> Path | None:
        fetcher = Fetcher(self._open, made, self.found.identity)
        try:
            return fetcher.file(self._stand.names.get(name, name), self._folder(), context)
        except Failure as error:
            if error.code not in _ABOUT_ONE:
                raise
            return None

    # 5

    def _maps_anew(self, context: Context) -> None:
        lost = {name for name in self._left if name.startswith(layout.MAPS)}
        maker = MapMaker(
            self._open, self.found.identity, self._others, self.path, self.catalog.scratch, self._folder
        )
        for point in self._points if lost else ():
            if lost.intersection(point.manifest.maps):
                made = maker.make(point.manifest, context)
                if made is not None:
                    now = self._put(layout.MAPS, made, context)
                    self._left.pop(now, None)  # it may well be one that was lost
                    self._anew[point.manifest.id] = made, now

    # 6

    def _bring_points(self) -> None:
        """Let points name what stands for what they missed. Not to be stopped: it is short."""
        context, written = Context(), dict[str, str]()
        moved = {pack for pack, _ in self._stand.moved}
        changed = self._stand.names.keys() | moved
        for point in self._points:
            if point.manifest.id in self._anew or changed.intersection(point.manifest.objects):
                try:
                    new = self._mended(point, changed, written, context)
                    if new is not None:
                        mend.announce_again(self._open, point, new, context)
                except (Failure, ValueError) as error:
                    if isinstance(error, Failure) and error.code not in _ABOUT_ONE:
                        raise
                    self._trouble = error.message if isinstance(error, Failure) else str(error)
        self._remove_what_nobody_needs(context)

    def _mended(
        self, point: StoredPoint, changed: set[str], written: dict[str, str], context: Context
    ) -> Manifest | None:
        made = point.manifest
        damaged = frozenset(self._left) | self._stand.names.keys()
        if made.id in self._anew:
            path, now = self._anew[made.id]
            told = replace(made, maps=(now,), details=self._stand.names.get(made.details, made.details))
            return mend.mended(
                self._open,
                replace(point, manifest=told),
                [path],
                damaged,
                self._stand,
                written,
                self._folder(),
                context,
            )
        if not changed.intersection((*made.maps, *made.packs)):
            new = replace(made, details=self._stand.names.get(made.details, made.details))
            return None if damaged.intersection(new.objects) else new
        files = [self._map(made, name, context) for name in made.maps]
        if made.kind is PointKind.PLAIN or not all(files):
            return None
        maps = [path for path in files if path]
        return mend.mended(self._open, point, maps, damaged, self._stand, written, self._folder(), context)

    def _remove_what_nobody_needs(self, context: Context) -> None:
        """Damaged objects that no manifest names any more: what reads the store next would find them wrong."""
        needed = {name for p in reader.points(self._open, context).points for name in p.manifest.objects}
        moved = {pack for pack, _ in self._stand.moved}
        maps = {name for name in self._left if name.startswith(layout.MAPS)}
        for name in self._stand.names.keys() | moved | maps:
            if name not in needed:
                self._open.objects.delete(name, context)
                self._left.pop(name, None)

    def _told(self) -> Work:
        listing = reader.points(self._open, Context())
        wrong = set(self._left)
        for name in self._stand.names:
            if any(name in point.manifest.objects for point in listing.points):
                self._left.setdefault(name, self._trouble or (NOT_ALONE if self.found.readable else NO_KEY))
                wrong.add(name)
        ids = {point.manifest.id for point in self._points}
        broken = [
            point.manifest.id
            for point in listing.points
            if point.manifest.id in ids and wrong.intersection(point.manifest.objects)
        ]
        broken += [each.id for each in map(layout.read_point, self._left) if each]
        return Work(
            tuple(name for name in self.names if name not in self._left),
            dict(self._left),
            tuple(sorted(ids - set(broken))),
            tuple(broken),
            tuple(dict.fromkeys(self._silent)),
        )
