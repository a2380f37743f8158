"""Plain points: one compressed SQLite file in a store, which any computer opens with `zstd` (and `age`). The way out.

On request, and once a week by the schedule. The file is a clean copy (VACUUM INTO): without free pages, and without
what was deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from steward_app import __version__
from steward_app.catalog import Catalog, points
from steward_app.catalog.journal import Event
from steward_app.catalog.points import PointKind, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_read
from steward_app.db.copy import clean_copy
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import Failure, Refused
from steward_app.kernel.plan import Check, Fingerprint, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import quoted, size
from steward_app.services.backup.capture import (
    as_point,
    find_manifest,
    forget_point,
    point_id_of,
    remove_manifest,
    settle_point,
    store_of,
    told_of,
)
from steward_app.services.backup.connect import Opened, find_store, reached, stores_of
from steward_app.services.backup.emptied import refuse_emptied
from steward_app.services.backup.examine import examine
from steward_app.services.backup.odd import damage, warning
from steward_app.services.backup.rounds import Visit, no_store, warning_of
from steward_app.services.backup.status import is_over
from steward_app.services.backup.store.model import Details
from steward_app.services.backup.store.plain import PlainRequest, write_plain
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement, run
from steward_app.storage import process, scratch_directory

PLAIN_EVERY = timedelta(days=7)
_MARGIN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PlainPointRequest:
    """A plain point that shall be written to a store."""

    path: Path
    store: Store
    directory: Path
    reason: str = "By hand"


class CreatePlainPoint(FileOperation[PlainPointRequest]):
    """Writes a clean copy of a database to a store as a point of its own. `settle` needs no store that answers."""

    name = "backup.plain"

    def __init__(self, found: Opened | None = None) -> None:
        self._found = found

    def plan(self, request: PlainPointRequest, context: Context) -> Plan:
        with open_read(request.path, context) as session:
            size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Write a plain copy of {quoted(request.path.name)} to {quoted(request.store.name)}",
            path=str(request.path.absolute()),
            database_id=request.store.database_id,
            made_at=clock.to_text(clock.now()),
            request={"store": request.store.id, "reason": request.reason},
            sentences=(
                "A clean copy is made, of one moment, without free pages and deleted rows; other programs may go on.",
                f"It is compressed and written to the store: at most {size(size_bytes)}.",
            ),
            reversal=Reversal.NOT_NEEDED,
            reversal_text="Nothing that exists is changed.",
            fingerprint=Fingerprint(schema_hash=""),
            button="Write a plain copy",
            disk_bytes=3 * size_bytes + _MARGIN_BYTES,  # the copy, compressed, and sealed
            disk_path=str(request.directory),
            needs_confirmation=False,
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        assert self._found is not None, "a point is written to a store that answers"
        store, reason = store_of(scope, plan), str(plan.request["reason"])
        with scratch_directory(scope.catalog.scratch) as scratch:
            made_at = clock.to_text(clock.now())
            copy = scratch / "plain.sqlite"
            copied = clean_copy(scope.path, copy, context)
            held = examine(copy, context)
            odd = warning(scope.catalog, scope.database_id, store.id, held.tables, damage(held))
            details = Details(
                str(scope.path),
                copied.journal_mode,
                reason,
                scope.operation_id,
                f"data-steward {__version__}",
                held.schema_hash,
                held,
                warning=odd,
                computer=process.host(),
            )
            request = PlainRequest(point_id_of(scope), made_at, copied.page_size_bytes)
            made = write_plain(self._found.store, copy, scratch, details, request, context)
        context.finishing()
        point = as_point(made, store, PointState.TAKEN, reason, scope.operation_id, scope.path)
        with scope.catalog.unit() as unit:
            points.insert(unit, replace(point, tables=held.tables, warning=odd, computer=process.host()))
            unit.commit()
        told = f"Plain copy written: {size(made.manifest.new_bytes)} in {quoted(store.name)}"
        return Outcome(told, result=told_of(made, store))

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        assert self._found is not None
        there = find_manifest(self._found, point_id_of(scope), Context())
        same = there is not None and there.manifest.root == outcome.result["root"]
        return (Check("The manifest can be read again from the store", same),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        if self._found is not None:
            remove_manifest(self._found, point_id_of(scope))
        forget_point(scope)

    def settle(self, started: Event, scope: Scope) -> Settlement:
        return settle_point(started, scope)


def create_plain(
    catalog: Catalog, path: Path, store: Store, context: Context, *, reason: str = "By hand"
) -> Receipt:
    """Write a plain copy of the database at a path to a store; `receipt.result["point"]` is its id.

    Raises `Failure` of the database, the store, the disk; nothing that exists was changed.
    """
    with reached(catalog, store, context) as found:
        operation = CreatePlainPoint(found)
        plan = operation.plan(PlainPointRequest(path, store, catalog.directory, reason), context)
        if not path.stat().st_size:
            refuse_emptied(catalog, path, store.database_id)
        return run(operation, plan, catalog, context)


def plain_round(
    catalog: Catalog, path: Path, context: Context, *, only: str = "", reason: str = "By hand"
) -> tuple[Visit, ...]:
    """Write a plain copy of the database at a path to its stores. One that fails keeps no other from getting it.

    Args:
        only: the name of one store.

    Raises `UsageError` when there is no store, or none of that name.
    """
    known = (find_store(catalog, path, only, context),) if only else stores_of(catalog, path, context)
    if not known:
        raise no_store(path)
    visits = []
    for number, store in enumerate(known):
        context.report(number, len(known), unit="stores", note=store.name)
        with context.step() as step:
            visits.append(_visit(catalog, path, store, step, reason))
    return tuple(visits)


def _visit(catalog: Catalog, path: Path, store: Store, context: Context, reason: str) -> Visit:
    try:
        made = create_plain(catalog, path, store, context, reason=reason)
    except (Failure, Refused) as error:
        told = f"{quoted(store.name)}: no plain copy was written"
        return Visit(store.id, store, "", False, 0, told, error.message, error.hint)
    result = made.result or {}
    new_bytes = result["new_bytes"]
    assert isinstance(new_bytes, int)
    return Visit(
        store.id,
        store,
        str(result["point"]),
        False,
        new_bytes,
        made.sentence,
        warning=warning_of(catalog, str(result["point"])),
    )


def plain_due(catalog: Catalog, store: Store) -> bool:
    """Whether a store's newest plain point is a week old, and something was written there since."""
    with catalog.reading() as session:
        ours = [each for each in points.of_database(session, store.database_id) if each.store_id == store.id]
    plain = [each for each in ours if each.kind is PointKind.PLAIN and each.state is not PointState.FAILED]
    if not plain:
        return bool(ours)
    newest = plain[0]
    if not is_over(newest.made_at, PLAIN_EVERY):
        return False
    return any(each.sequence > newest.sequence for each in ours)
