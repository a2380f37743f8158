"""Planning and carrying out a restore, in place or to a new file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steward_app.catalog import Catalog, identity
from steward_app.kernel.plan import Plan, Rehearsal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import unfinished
from steward_app.services.audit.erasing.erase import EraseLog
from steward_app.services.audit.leaving.prune_log import PruneLog
from steward_app.services.backup import (
    CapturePoint,
    CreatePlainPoint,
    CreatePoint,
    InitStore,
    Point,
    PointState,
    PrunePoints,
    RepairStore,
    database_id,
    find_point,
    take_point,
)
from steward_app.services.backup.at_hand import at_hand
from steward_app.services.backup.in_store import find_in_store
from steward_app.services.backup.recipients import ChangeRecipients
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.erasure import foresee
from steward_app.services.operation import Confirmation, FileOperation, run, settled_sentence
from steward_app.services.operation import rehearse as rehearse_operation
from steward_app.services.operation import settle as settle_operations
from steward_app.services.privacy.anonymize.copy import MakeRelease
from steward_app.services.privacy.anonymize.in_place import AnonymizeInPlace
from steward_app.services.privacy.classify import decide as classify
from steward_app.services.restore.export import ExportPoint
from steward_app.services.restore.in_place import RestoreInPlace
from steward_app.services.restore.model import Held, RestoreRequest
from steward_app.services.restore.new_file import RestoreToNewFile
from steward_app.storage import is_there

OPERATIONS: tuple[FileOperation[Any], ...] = (
    CreatePoint(),
    InitStore(),
    CapturePoint(),
    CreatePlainPoint(),
    PrunePoints(),
    RepairStore(),
    ChangeRecipients(),
    RestoreInPlace(),
    RestoreToNewFile(),
    ExportPoint(),
    EraseLog(),
    PruneLog(),
    *classify.undoable(),
    MakeRelease(),
    AnonymizeInPlace(),
)
"""The operations that no single transaction makes, for `operation.settle` when a file is opened."""


def settle(catalog: Catalog, path: Path, context: Context, *, known_as: str = "") -> tuple[str, ...]:
    """Settle what a crash left open of the operations on a database; a sentence for each, for the steward.

    Call it when a database is opened. Of one that is gone nothing can be settled.

    Args:
        known_as: the database's id in the catalog, where that is known already.
    """
    if not is_there(path):
        return ()
    known_as = known_as or database_id(catalog, path, context)
    settled = settle_operations(catalog, known_as, path, _everybody())
    return tuple(settled_sentence(catalog, event) for event in settled)


def _everybody() -> Iterator[FileOperation[Any]]:
    """The operations here and above; those above are imported only where something was left open."""
    yield from OPERATIONS
    yield from unfinished.more()


def plan_restore(
    catalog: Catalog,
    path: Path,
    point: str,
    context: Context,
    *,
    to: Path | None = None,
    given: Unlocking | None = None,
) -> Plan:
    """Plan to restore a point of the database at a path.

    Args:
        point: its id, or the beginning of it.
        to: a new file; without it the database is restored in place, or made anew where it is gone.
        given: opens the store of the point, where this machine does not keep its key.

    Raises `UsageError` for a point that is not known, `Refused` when something is at `to`, `Failure` as `at_hand`.
    """
    request = _request(catalog, path, point, context, to=to, given=given)
    operation = RestoreInPlace() if to is None and is_there(path) else RestoreToNewFile()
    return operation.plan(request, context)


def plan_export(
    catalog: Catalog, path: Path, point: str, to: Path, context: Context, *, given: Unlocking | None = None
) -> Plan:
    """Plan to export a point of the database at a path to a new file. Raises as `plan_restore` does."""
    return ExportPoint().plan(_request(catalog, path, point, context, to=to, given=given), context)


def _request(
    catalog: Catalog,
    path: Path,
    point: str,
    context: Context,
    *,
    to: Path | None,
    given: Unlocking | None,
) -> RestoreRequest:
    """What a plan to restore rests on: the point, what it tells of itself, and what was erased since."""
    chosen = find_point(catalog, path, point, context)
    held = _held(catalog, chosen, to is None and is_there(path), given, context)
    erased = foresee(catalog, chosen.database_id, chosen.made_at)
    return RestoreRequest(path, chosen.database_id, chosen, catalog.directory, to, erased, held)


def plan_restore_from_store(
    catalog: Catalog, url: str, context: Context, *, to: Path, point: str = "", given: Unlocking | None = None
) -> Plan:
    """Plan to restore from a store alone: neither the database nor anything about it needs to be on this computer.

    Args:
        url: of the store.
        to: the new file.
        point: its id, or the beginning of it; the newest sound one by default.

    Raises as `plan_restore` does.
    """
    chosen = find_in_store(catalog, url, point, context, given)
    with catalog.reading() as session:
        new_here = identity.belongs(session, chosen.database_id, to)
    if new_here:  # then nobody opens it, and what a crash left open is settled here
        settle_operations(catalog, chosen.database_id, to.absolute(), OPERATIONS)
    with at_hand(catalog, chosen, context, url=url, given=given) as found:
        held = Held(found.page_size_bytes, found.expected)
    erased = foresee(catalog, chosen.database_id, chosen.made_at)
    request = RestoreRequest(to, chosen.database_id, chosen, catalog.directory, to, erased, held, url)
    return RestoreToNewFile().plan(request, context)


def _held(
    catalog: Catalog, point: Point, in_place: bool, given: Unlocking | None, context: Context
) -> Held | None:
    """What a point tells of itself. A store is asked in any case: without an answer nothing can be promised."""
    if point.state is PointState.MISSING or not (point.store_id or (in_place and point.path.exists())):
        return None
    with at_hand(catalog, point, context, given=given) as found:
        return Held(found.page_size_bytes, found.expected)


def rehearse(catalog: Catalog, plan: Plan, context: Context, *, given: Unlocking | None = None) -> Rehearsal:
    """Restore a copy of the live file in place and tell which tables differ. Only for a plan in place."""
    return rehearse_operation(_operation(plan, catalog, given), plan, catalog, context)


def restore(
    catalog: Catalog,
    plan: Plan,
    context: Context,
    confirmation: Confirmation | None = None,
    *,
    given: Unlocking | None = None,
    undoes: str = "",
) -> Receipt:
    """Carry a plan of this module out. Raises as `operation.run` does; in place needs a confirmation."""
    return run(
        _operation(plan, catalog, given),
        plan,
        catalog,
        context,
        confirmation=confirmation,
        take_point=take_point,
        undoes=undoes,
    )


def _operation(plan: Plan, catalog: Catalog, given: Unlocking | None) -> FileOperation[Any]:
    if plan.operation == RestoreInPlace.name:
        return RestoreInPlace(catalog, given)
    return ExportPoint(given) if plan.operation == ExportPoint.name else RestoreToNewFile(given)
