"""A restore point at hand, wherever it lies: known, unlocked, and ready to be brought out.

Every way out begins here, so every way out asks the store's copy of the erasure ledger first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, stores
from steward_app.catalog.points import Point
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.backup.capture import find_manifest
from steward_app.services.backup.connect import Opened, opened, reached
from steward_app.services.backup.examine import compare, same_contents
from steward_app.services.backup.files import Files
from steward_app.services.backup.ledger import take_in
from steward_app.services.backup.manifest import read
from steward_app.services.backup.model import Examination
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.store.model import Manifest
from steward_app.services.backup.write_out import Source, WholeFile
from steward_app.storage import Staged


class InStore(Source):
    """A point in a store that answers."""

    def __init__(
        self, found: Opened, manifest: Manifest, expected: Examination | None, scratch: Path
    ) -> None:
        self.id = manifest.id
        self.expected = expected
        self._found = found
        self._manifest = manifest
        self._scratch = scratch

    def fill(self, new: Staged, context: Context) -> None:
        found = self._found
        reader.fill(found.store, self._manifest, found.identity, new, context, scratch=self._scratch)

    def wrong(self, file: Path, found: Examination, context: Context) -> Iterator[str]:
        if reader.image_root(self._found.store, self._manifest, file, context) != self._manifest.root:
            yield "the disk did not give back what was written to it"
        for check in _compared(self.expected or found, found):
            if not check.passed:
                yield f"this is not so: {check.title}"


def _compared(expected: Examination, found: Examination) -> tuple[Check, ...]:
    """All that was looked at when the point was made: a capture reads tables, and leaves the checks for a drill."""
    if expected.file_hash:
        return compare(expected, found)
    return (
        Check("The schema is the same", expected.schema_hash == found.schema_hash),
        same_contents("Every table holds the same rows", expected.tables, found.tables),
    )


@dataclass(frozen=True, slots=True)
class AtHand:
    """A point that can be brought out as long as the block runs.

    Attributes:
        page_size_bytes: of its database.
    """

    point: Point
    page_size_bytes: int
    source: Source

    @property
    def expected(self) -> Examination | None:
        return self.source.expected


@contextmanager
def at_hand(
    catalog: Catalog, point: Point, context: Context, *, url: str = "", given: Unlocking | None = None
) -> Iterator[AtHand]:
    """A point, its store reached and unlocked for as long as the block runs.

    What was erased since, as the store's copy of the ledger tells, is known to the catalog then.

    Args:
        url: of its store, where the catalog does not know that.
        given: what a person gave to open the store; without it, what this machine keeps.

    Raises:
        Failure: the point is gone or damaged, its store does not answer, or nothing at hand opens it (NEEDS_KEY).
        Refused: the store at the address belongs to another database.
    """
    if not point.store_id:
        files = Files(point.path)
        made = read(files.manifest)[0]
        yield AtHand(point, made.page_size_bytes, WholeFile(files.copy, made.found))
        return
    with _reached(catalog, point, url, given, context) as found:
        take_in(catalog, found, point.database_id, context)
        stored = find_manifest(found, point.id, context)
        if stored is None:
            raise Failure(
                ErrorCode.NOT_FOUND,
                f"The restore point {point.id} is not in the store at {visible(found.store.objects.where)} any more.",
                hint="Nothing was restored. Choose another restore point.",
            )
        expected = _expected(found, stored.manifest, context)
        source = InStore(found, stored.manifest, expected, catalog.scratch)
        yield AtHand(point, stored.manifest.page_size_bytes, source)


def _reached(
    catalog: Catalog, point: Point, url: str, given: Unlocking | None, context: Context
) -> AbstractContextManager[Opened]:
    if url:
        return opened(catalog, url, context, known_as=point.database_id, given=given, to_read=True)
    with catalog.reading() as session:
        store = stores.get(session, point.store_id)
    return reached(catalog, store, context, given=given, to_read=True)


def _expected(found: Opened, manifest: Manifest, context: Context) -> Examination | None:
    """What the point must hold. Its pages are proven by their hashes, whatever became of its details."""
    try:
        return reader.read_details(found.store, manifest, found.identity, context).found
    except Failure as error:
        if error.code not in (ErrorCode.DAMAGED, ErrorCode.NOT_FOUND):
            raise
        return None
