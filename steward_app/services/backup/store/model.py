"""What a backup store is made of, as frozen values. `docs/backup-format.md` says how each looks in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.model import Examination

if TYPE_CHECKING:
    from steward_app.storage.objects import ObjectStore


class Encryption(StrEnum):
    """How the objects of a store are sealed."""

    NONE = "none"
    AGE = "age"


class PointKind(StrEnum):
    """How a point keeps the database."""

    PAGES = "pages"  # a page map over packs, which points share
    PLAIN = "plain"  # one compressed SQLite file, the way out


class ProofState(StrEnum):
    """What looking at a point gave."""

    CHECKED = "checked"  # every object it needs is there and is what its name says
    PROVEN = "proven"  # it was restored and looked into
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What `store.json` says.

    Attributes:
        created_at: RFC 3339, UTC.
        recipients: the age public keys everything is sealed to; () in a store that is not encrypted.
        since: where recipients were added later, for each recipient the highest sequence that a point had then, and 0
            for those that were there from the beginning: it opens the points above that. () where none was added.
        former: the keys that were shut out, which open what was written before. Nothing but the naming key is sealed to
            them.
        seal: BLAKE3 over the rest, keyed with the naming key in an encrypted store.
    """

    store_id: str
    database_id: str
    created_at: str
    encryption: Encryption
    recipients: tuple[str, ...] = ()
    since: tuple[int, ...] = ()
    former: tuple[str, ...] = ()
    seal: str = ""

    @property
    def of_the_naming_key(self) -> tuple[str, ...]:
        """What the naming key is sealed to: nobody restores an old point without it, who had a key at that time."""
        return (*self.recipients, *self.former)

    @property
    def alone_after(self) -> int:
        """A new point shares nothing with points up to this sequence: not every recipient could open it then."""
        return max(self.since, default=0)

    def opened_after(self, recipient: str) -> int:
        """A recipient opens the points with a sequence above this."""
        return dict(zip(self.recipients, self.since, strict=False)).get(recipient, 0)


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store of one database, ready to use.

    Attributes:
        naming_key: 32 bytes, in an encrypted store: what its names and page hashes are keyed with. None in a store
            that is not encrypted, and in one that nobody has unlocked (`reader.unlock`): that one can be listed only.
        distrusted: objects that were found damaged; a writer does not take them for what they should hold, but
            writes them anew.
    """

    objects: ObjectStore
    descriptor: Descriptor
    naming_key: bytes | None = None
    distrusted: frozenset[str] = frozenset()

    @property
    def encrypted(self) -> bool:
        return self.descriptor.encryption is Encryption.AGE

    @property
    def unlocked(self) -> bool:
        """Whether names, hashes and seals can be checked."""
        return not self.encrypted or self.naming_key is not None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One restore point: all that is needed to list it, check it, and restore it.

    Attributes:
        id: "pt_...".
        sequence: one more than the highest in the store when it was written; orders the points where a clock lied.
        made_at: the moment it is a picture of; RFC 3339, UTC.
        root: BLAKE3 over the hashes of all pages; of a plain point, over the file.
        maps: the maps to apply, in order, by object name; () for a plain point.
        packs: every other object the restore may need: packs, or the one file of a plain point.
        details: name of the object that tells what the point is about.
        new_bytes: what was added to the store for it, without the manifest.
    """

    kind: PointKind
    id: str
    store_id: str
    database_id: str
    sequence: int
    made_at: str
    page_size_bytes: int
    pages: int
    root: str
    maps: tuple[str, ...]
    packs: tuple[str, ...]
    details: str
    new_bytes: int

    @property
    def size_bytes(self) -> int:
        """Of the database it restores to."""
        return self.pages * self.page_size_bytes

    @property
    def objects(self) -> tuple[str, ...]:
        """Every object it names."""
        return (*self.maps, *self.packs, self.details)


@dataclass(frozen=True, slots=True)
class StoredPoint:
    """A point in a store: its manifest and the name that lies under."""

    name: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class DamagedPoint:
    """A point whose manifest cannot be read, and why."""

    name: str
    error: Failure


@dataclass(frozen=True, slots=True)
class Listing:
    """The points of a store, oldest first, and the manifests that cannot be read."""

    points: tuple[StoredPoint, ...]
    damaged: tuple[DamagedPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """What a point tells about the data, sealed like the data.

    Attributes:
        source_path: of the database when the point was made.
        found: what must be found in it again; None when nobody looked.
        clock_note: what was odd about the clock; "" when nothing was.
        warning: what was odd about the database: damaged, cut short, most rows gone; "" when nothing was.
        computer: that made it, by its name.
    """

    source_path: str
    journal_mode: str
    reason: str
    operation_id: str
    application: str
    schema_hash: str = ""
    found: Examination | None = None
    clock_note: str = ""
    warning: str = ""
    computer: str = ""


@dataclass(frozen=True, slots=True)
class PointRequest:
    """What a point shall be called and tell of itself.

    Attributes:
        id: "pt_..."; the same again when a write is tried again.
    """

    id: str
    source_path: str
    reason: str
    operation_id: str
    application: str
    found: Examination | None = None
    clock_note: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class BasePoint:
    """The point a new one stands on.

    Attributes:
        hashes: its page hashes, 32 bytes each in page order: what a scan takes as `previous`.
        load_maps: puts its maps, opened, into a folder and returns their paths in order; called only when a new
            keyframe is due.
    """

    manifest: Manifest
    hashes: Path
    load_maps: Callable[[Path, Context], tuple[Path, ...]]


class BaseUnusable(Failure):
    """Something the base point needs is not in the store any more: a point that stands on nothing will do."""


class RecipientsChanged(Failure):
    """Another key was let in, or one shut out, while a point was written: it is not sealed as it should be."""
