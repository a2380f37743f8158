"""What the window needs from the floors below: open a file, know it again, keep choices."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from steward_app.catalog import Catalog, CatalogDamaged, Unit, open_catalog, preferences
from steward_app.catalog.preferences import Preferences, RecentFile
from steward_app.gui.tokens import Tone
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context

if TYPE_CHECKING:
    from steward_app.catalog.identity import IdentityQuestion, Recognised
    from steward_app.db import ReadSession
    from steward_app.kernel.finding import Finding
    from steward_app.services.audit.guard.own_seals import OwnSeal
    from steward_app.services.document import Change, Document
    from steward_app.services.restore import Due, Tended

T = TypeVar("T")

_log = logging.getLogger(__name__)
_TENDED = "tended"  # what the last run through the stores gave, for as long as nobody writes to the file


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that was opened.

    Attributes:
        database_id: which database of the catalog it is; "" when only the steward can say (`question`).
        news: about that, and about what a crash left open and was settled now; "" mostly.
    """

    document: Document
    database_id: str
    news: str = ""
    question: IdentityQuestion | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """What the header says of restore points: "Proven backup" and "22 min ago"."""

    words: str
    age: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the header and the palette show of a file.

    Attributes:
        tables, views: their names.
        protection: None where it cannot be told.
    """

    size_bytes: int
    tables: tuple[str, ...]
    views: tuple[str, ...] = ()
    protection: Protection | None = None


class Desk:
    """The catalog, and what is done with files through it. Made in `app.py`.

    Methods that take a `Context` run on worker threads. Without a catalog (it is damaged, say) the window still
    opens, and `problem` says why no file can be. What the window keeps for its own convenience is then not there.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.problem: StewardError | None = None
        self._directory = directory
        self._catalog: Catalog | None = None
        with suppress(StewardError):
            self.reopen(Context())

    @property
    def catalog(self) -> Catalog:
        """The steward's own records. Raises what kept them from being opened."""
        if self._catalog is None:
            raise self.problem or RuntimeError("the desk is closed")
        return self._catalog

    def reopen(self, context: Context) -> None:
        """Open the catalog unless it is open. Raises a `StewardError`, which stays the `problem`."""
        if self._catalog is not None:
            return
        try:
            self._catalog, self.problem = open_catalog(self._directory), None
        except StewardError as error:
            self.problem = error
            raise

    def set_aside(self, context: Context) -> Path:
        """Put a catalog that cannot be read out of the way and open a new one; the folder where it is now.

        Only while no file is open. Raises as `catalog.set_aside` does.
        """
        from steward_app.catalog.set_aside import set_aside

        self.close()
        self._catalog = None
        try:
            return set_aside(self._directory)
        finally:
            with suppress(StewardError):
                self.reopen(context)

    # Files

    def open(self, path: Path, context: Context) -> OpenedFile:
        """Open a file, read-only, know it again, and settle what a crash left open on it.

        Raises a `StewardError` that names it.
        """
        from steward_app.catalog import identity
        from steward_app.services.document import open_document

        self.reopen(context)
        catalog = self.catalog
        document = open_document(path, context)
        try:
            with document.read() as session:
                known = identity.recognise(catalog, document.identity.file, session)
            news = self._settle(known, document.identity.file, context)
            with catalog.unit() as unit:
                preferences.remember_file(unit, document.identity.file)
                unit.commit()
        except BaseException:
            document.close()
            raise
        if isinstance(known, identity.IdentityQuestion):
            return OpenedFile(document, "", question=known)
        return OpenedFile(document, known.database.id, " ".join((known.news, *news)).strip())

    def _settle(self, known: Recognised | IdentityQuestion, file: Path, context: Context) -> tuple[str, ...]:
        """What became of operations that were interrupted; where it is not known which database it is, later."""
        from steward_app.catalog.identity import Recognised
        from steward_app.services import restore

        if not isinstance(known, Recognised):
            return ()
        try:
            return restore.settle(self.catalog, file, context, known_as=known.database.id)
        except (
            Failure
        ) as failure:  # of a damaged file, say; it is opened all the same, and settled another time
            _log.error("what was interrupted on a file could not be settled: %s", failure.code)
            return ()

    def answer(self, question: IdentityQuestion, answer: Literal["same", "new"]) -> None:
        """Which database a file is, as the steward says."""
        from steward_app.catalog import identity

        identity.resolve(self.catalog, question, answer)

    def facts(self, opened: OpenedFile, context: Context) -> FileFacts:
        """What the header shows."""
        tables, views = _names(opened.document, context)
        size = opened.document.identity.file.stat().st_size
        return FileFacts(size, tables, views, self._protection(opened, context))

    def changed_outside(self, document: Document) -> Change | None:
        """What another program did to the file since this was last asked, or None."""
        change = document.poll()
        return change if change is not None and not change.own else None

    def due(self, opened: OpenedFile) -> Due:
        """When the schedule of a file wants something done."""
        from steward_app.services.restore import due

        return due(self.catalog, opened.database_id)

    def tend(self, opened: OpenedFile, context: Context) -> Tended:
        """Do what the schedule says. Where nobody wrote since all stores held the file, it is not read again."""
        from steward_app.services.restore import Tended, tend

        document = opened.document
        with document.read():  # raises where the file is gone, or another lies in its place
            last = document.remembered(_TENDED)
        if isinstance(last, Tended) and not last.failed:
            return tend(self.catalog, document.path, context, unchanged=True)
        return document.remembering(_TENDED, lambda: tend(self.catalog, document.path, context), context)

    def seal_new(self, path: Path, database_id: str, context: Context) -> OwnSeal:
        """Seal what the audit log of a file gained, where it has one and the steward wants that."""
        from steward_app.services.audit.guard.own_seals import seal_new

        return seal_new(self.catalog, path, database_id, context)

    def audit_alarms(self, path: Path, database_id: str, context: Context) -> tuple[Finding, ...]:
        """What is wrong with the audit of a file."""
        from steward_app.services.audit.guard.alarm import audit_alarms

        return audit_alarms(self.catalog, path, database_id, context)

    def compare_audited(self, path: Path, database_id: str, context: Context) -> bool:
        """Compare the tables of a small file with its audit log, unasked; whether all of it could be."""
        from steward_app.db import open_read
        from steward_app.services.audit.guard.verified import compare_unasked

        with open_read(path, context) as session, session.snapshot():
            return compare_unasked(self.catalog, session, database_id, context)

    def sample(self, context: Context) -> Path:
        """The sample database, built when it is not there yet."""
        from steward_app.services import sample

        self.reopen(context)
        folder = self.catalog.directory / "sample"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "riverside.db"
        if not path.exists():
            sample.build(path, context=context)
        return path

    # Choices

    def recent(self) -> tuple[RecentFile, ...]:
        """Files opened before, the last one first."""
        return self._told(preferences.recent_files, ())

    def forget(self, path: Path) -> None:
        """Take a file off the list."""
        with self.catalog.unit() as unit:
            preferences.forget_file(unit, path)
            unit.commit()

    def preferences(self) -> Preferences:
        """What the steward chose."""
        return self._told(preferences.load, Preferences())

    def prefer(self, chosen: Preferences) -> None:
        """Keep what the steward chose."""
        self._keep(lambda unit: preferences.save(unit, chosen))

    def page_state(self, database_id: str, page: str) -> dict[str, Json]:
        """What a page kept for this database."""
        if not database_id:
            return {}
        kept = self._told(lambda session: preferences.value(session, f"page.{page}.{database_id}"), None)
        return kept if isinstance(kept, dict) else {}

    def keep_page_states(self, database_id: str, states: dict[str, dict[str, Json]]) -> None:
        """Keep them for the next time this database is opened."""
        if not database_id or not states:
            return

        def keep(unit: Unit) -> None:
            for page, state in states.items():
                preferences.keep(unit, f"page.{page}.{database_id}", state or None)

        self._keep(keep)

    def _told(self, read: Callable[[ReadSession], T], otherwise: T) -> T:
        """What the catalog tells. Where it is damaged, `problem` says so from now on."""
        if self._catalog is None:
            return otherwise
        try:
            with self._catalog.reading() as session:
                return read(session)
        except CatalogDamaged as error:
            self.problem = error
            return otherwise

    def _keep(self, write: Callable[[Unit], None]) -> None:
        """Keep something in the catalog, where there is one that can be written."""
        if self._catalog is None:
            return
        try:
            with self._catalog.unit() as unit:
                write(unit)
                unit.commit()
        except CatalogDamaged as error:
            self.problem = error

    def close(self) -> None:
        """Close the catalog."""
        if self._catalog is not None:
            self._catalog.close()

    def _protection(self, opened: OpenedFile, context: Context) -> Protection | None:
        if not opened.database_id:
            return None
        from steward_app.gui.protection import protection_of
        from steward_app.services import backup

        points = backup.list_points(self.catalog, opened.document.identity.file, context)
        told = backup.status(self.catalog, opened.database_id)
        return protection_of(points, drill_failed=bool(told.alarms))


def _names(document: Document, context: Context) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tables and views. In safe mode from the schema's own text, since SQLite does not list what it refuses."""
    from steward_app.db import OpenMode

    if document.state.mode is OpenMode.SAFE:
        from steward_app.services.schema.snapshot import schema_of

        listed = [(table.name, table.kind.value) for table in schema_of(document, context).tables]
    else:
        query = "SELECT name, type FROM pragma_table_list WHERE schema = 'main' ORDER BY name"
        with document.read() as session, session.under(context):
            listed = [(str(name), str(kind)) for name, kind in session.all(query)]
    named = [(name, kind) for name, kind in listed if not _internal(name)]
    return (
        tuple(name for name, kind in named if kind in ("table", "virtual")),
        tuple(name for name, kind in named if kind == "view"),
    )


def _internal(name: str) -> bool:
    return name.lower().startswith(("sqlite_", "_steward_"))
