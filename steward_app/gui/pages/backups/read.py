"""What the window shows of restore points, read on a worker thread; and the job that makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication

from steward_app.catalog import Catalog, journal
from steward_app.catalog.points import Point, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.gui.bridge import JobHandle, Told
from steward_app.gui.making import making, tell_round
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.moments import alike, rows_of
from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.kernel.receipt import Receipt
from steward_app.services import backup
from steward_app.services.backup import Status
from steward_app.services.backup.damage import damaged_in
from steward_app.services.backup.drills import Drill
from steward_app.services.backup.elsewhere import Elsewhere, elsewhere
from steward_app.services.backup.rounds import Visit
from steward_app.services.backup.store.keys import keeps_identity
from steward_app.storage import free_bytes, is_there
from steward_app.storage.objects import FolderPlace, parse_url
from steward_app.storage.secrets import SecretsState, open_secrets, secrets_state

_FAILED = 20  # points that failed, of which the same moment is looked for in other stores
_NOTES = 500  # of the journal are looked at for what was found wrong


@dataclass(frozen=True, slots=True)
class PointsRead:
    """How the open file is guarded.

    Attributes:
        wrong: what the last look found wrong, by id of the point, a sentence each.
        free_bytes: on the disk where whole-file points are kept.
        rooms: bytes free where stores lie, by id of the store, as far as that is known.
        secrets: how this computer keeps the keys of stores.
        readable: ids of the encrypted stores whose private key this computer keeps; None where it cannot tell.
        locked: why the keys of this computer cannot be used now, a sentence; "" where they can, or none is needed.
        damaged: by id of the store, the objects in it that are known to be damaged or missing.
        same: by id of a point that failed, the same moment in other stores.
    """

    status: Status
    wrong: Mapping[str, tuple[str, ...]]
    free_bytes: int
    rooms: Mapping[str, int]
    secrets: SecretsState
    readable: frozenset[str] | None = frozenset()
    locked: str = ""
    damaged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    same: Mapping[str, tuple[Elsewhere, ...]] = field(default_factory=dict)

    @property
    def database_id(self) -> str:
        return self.status.database_id

    @property
    def points(self) -> tuple[Point, ...]:
        """All restore points, newest first."""
        return self.status.points

    @property
    def stores(self) -> dict[str, str]:
        """Names of the stores, by id."""
        return {each.id: each.store.name for each in self.status.stores}

    @property
    def moments(self) -> int:
        """How many moments there are to return to; copies of one in several stores count once."""
        return sum(len(row.moments) for row in rows_of(self.status.lines))

    @property
    def alike(self) -> frozenset[str]:
        """Ids of the points whose moments are told to the second, since others are of the same minute."""
        return alike(moment for row in rows_of(self.status.lines) for moment in row.moments)

    @property
    def alarms(self) -> tuple[Drill, ...]:
        """Drills that failed and still stand, that of the newest point first."""
        return self.status.alarms

    @property
    def keys_unprotected(self) -> bool:
        """Whether this computer keeps keys that anybody who reads its files could use."""
        encrypted = any(each.store.encryption is Encryption.AGE for each in self.status.stores)
        return encrypted and self.secrets.in_use and not self.secrets.protected


def read_points(catalog: Catalog, file: Any, context: Context) -> PointsRead:
    """How the open file is guarded, without reaching a store.

    Raises `Refused` when the catalog cannot tell which database it is.
    """
    database_id = backup.database_id(catalog, file.path, context)
    found = backup.list_points(catalog, file.path, context)
    wrong = any(point.state is PointState.FAILED for point in found)
    problems = _problems(catalog, database_id) if wrong else {}
    told = backup.status(catalog, database_id)
    rooms = {each.id: room for each in told.stores if (room := _room(each.store)) is not None}
    failed = [point for point in found if point.state is PointState.FAILED and point.store_id]
    return PointsRead(
        told,
        problems,
        free_bytes(catalog.directory),
        rooms,
        secrets_state(catalog.directory),
        *_readable(catalog, told),
        _damaged(failed),
        {point.id: elsewhere(catalog, point) for point in failed[:_FAILED]},
    )


def look_into_stores(catalog: Catalog, file: Any, context: Context) -> PointsRead:
    """The same, after every store was asked what lies in it. One that does not answer says so in its problem."""
    backup.refresh_all(catalog, file.path, context)
    return read_points(catalog, file, context)


def make_point(
    page: Page,
    done: Callable[[Receipt | tuple[Visit, ...]], None],
    *,
    to_stores: bool,
    on_progress: Callable[[Progress], None],
    on_failure: Callable[[StewardError], None],
    on_end: Callable[[], None],
) -> JobHandle:
    """Bring the stores of the page's file up to date, or make, check and prove a whole-file point.

    A job of the page. `done` is given the visits of the stores, or the receipt of the point.
    """
    file, catalog = page.context.file, page.context.catalog

    def work(context: Context) -> Receipt | tuple[Visit, ...]:
        if to_stores:
            return backup.go_round(catalog, file.path, context, contents=True)
        return backup.create(catalog, backup.plan_create(catalog, file.path, context), context)

    return page.run(
        making(file),
        work,
        done,
        on_progress=on_progress,
        on_failure=on_failure,
        on_end=on_end,
        writes=not to_stores,
        tell=_tell_made,
    )


def _tell_made(made: Receipt | tuple[Visit, ...]) -> Told:
    return Told("") if isinstance(made, Receipt) else tell_round(made)


def _readable(catalog: Catalog, told: Status) -> tuple[frozenset[str] | None, str]:
    """The encrypted stores that this computer can read; or None, and why that cannot be told."""
    encrypted = [each.id for each in told.stores if each.store.encryption is Encryption.AGE]
    if not encrypted:
        return frozenset(), ""
    try:
        secrets = open_secrets(catalog.directory)
        return frozenset(each for each in encrypted if keeps_identity(secrets, each)), ""
    except Failure as error:  # the keyring is locked, or the passphrase of the key file is not at hand
        return None, error.message


def _damaged(failed: Sequence[Point]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for point in failed:
        if names := damaged_in(point.checks):
            found.setdefault(point.store_id, {}).update(dict.fromkeys(names))
    return {store: tuple(names) for store, names in found.items()}


def _room(store: Store) -> int | None:
    """Bytes free where a store is a folder that is there; of a server, as it told when it was looked into last."""
    place = parse_url(store.url)
    if not isinstance(place, FolderPlace):
        return None if store.problem else store.free_bytes
    if not is_there(place.path):  # unplugged: what is free where it would be says nothing of it
        return None
    try:
        return free_bytes(place.path)
    except Failure:
        return None


def _problems(catalog: Catalog, database_id: str) -> dict[str, tuple[str, ...]]:
    """What the newest verification of each point said."""
    with catalog.reading() as session:
        notes = journal.events(session, database_id=database_id, operation="backup.verify", limit=_NOTES)
    found: dict[str, tuple[str, ...]] = {}
    for note in notes:
        match note.data:
            case {"point": str(point), "problems": list(problems)} if point not in found:
                found[point] = tuple(str(problem) for problem in problems)
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
