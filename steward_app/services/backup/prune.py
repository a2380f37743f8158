"""Pruning: restore points that the rules let go are removed, and what no point needs any more with them.

    manifests        one by one; from then on the point is gone, whatever happens
    mark and sweep   what no manifest names and is older than seven days (`sweep`)

Nothing can take a removed point back, and nothing half done needs to be: a prune that was killed is finished by the
next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.journal import Event
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import Cancelled, Failure, Refused
from steward_app.kernel.plan import Check, Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.files import Files
from steward_app.services.backup.known import database_id
from steward_app.services.backup.prune_plan import (
    HERE,
    PruneRequest,
    chosen_stores,
    decided,
    decided_here,
    plan_of,
)
from steward_app.services.backup.refresh import refresh
from steward_app.services.backup.store import layout, reader
from steward_app.services.backup.store.model import Listing
from steward_app.services.backup.sweep import Swept, lying, store_now, sweep
from steward_app.services.operation import Confirmation, FileOperation, Outcome, Scope, Settlement, run


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done in one store, or here."""

    name: str
    points: int
    swept: Swept
    broken: tuple[str, ...] = ()


class PrunePoints(FileOperation[PruneRequest]):
    """Removes points that the rules let go. The newest, the newest proven one and those on hold always stay."""

    name = "backup.prune"
    needs_database = False

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._catalog = catalog

    def plan(self, request: PruneRequest, context: Context) -> Plan:
        """Raises `Failure` when none of the stores answers."""
        assert self._catalog is not None, "a prune is planned from a catalog"
        return plan_of(self.name, self._catalog, request, context)

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        done: list[_Done] = []
        problems: list[Failure | Refused] = []
        for place, going in _asked(plan.request).items():
            try:
                context.checkpoint()
                if place == HERE:
                    done.append(_prune_here(scope, going))
                else:
                    done.append(_prune_store(scope, _store(scope.catalog, place), going, context))
            except Cancelled:
                if not any(each.points or each.swept.objects for each in done):
                    raise
                break  # what was removed stays so, and is told
            except (Failure, Refused) as error:
                problems.append(error)
        sentence = _sentence(done)
        if problems:
            told = " ".join(error.message for error in problems)
            raise Failure(problems[0].code, f"{told} {sentence}.", hint=problems[0].hint)
        return Outcome(
            sentence,
            result={
                "points": sum(each.points for each in done),
                "objects": sum(each.swept.objects for each in done),
                "freed_bytes": sum(each.swept.freed_bytes for each in done),
                "left": sum(each.swept.left for each in done),
                "not_swept": [each.swept.why_not for each in done if each.swept.why_not],
                "broken": [name for each in done for name in each.broken],
            },
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        broken = cast("list[str]", outcome.result["broken"])
        return (Check("Every point that stays has all it had before", not broken, ", ".join(broken[:3])),)

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Nothing: what was removed is gone, and the next prune goes on from there."""

    def settle(self, started: Event, scope: Scope) -> Settlement:
        """What is in the stores decides; the next prune does what this one did not."""
        request = cast("Mapping[str, Json]", started.data["request"])
        left = 0
        for store_id, going in _asked(request).items():
            try:
                left += _still_there(scope, store_id, going)
            except (Failure, Refused):
                return Settlement(
                    False,
                    "A store does not answer. Points that were removed stay so; the next prune goes on.",
                )
        if left:
            return Settlement(
                False, f"{plural(left, 'point')} that should go are still there; the next prune goes on."
            )
        return Settlement(True, "The points are gone; what they alone needed is swept by the next prune.")


def plan_prune(
    catalog: Catalog, path: Path, context: Context, *, store: str = "", here: bool = False
) -> Plan:
    """Plan what the rules let go in the stores of the database at a path.

    Args:
        store: one store only, by name, address or id.
        here: whole-file points on this computer, too; alone when no store is connected.

    Raises `UsageError` where there is nothing to prune, `Failure` when no store answers.
    """
    known_as = database_id(catalog, path, context)
    chosen = chosen_stores(catalog, known_as, store, here)
    return PrunePoints(catalog).plan(PruneRequest(path, known_as, chosen, here), context)


def prune(
    catalog: Catalog, plan: Plan, context: Context, confirmation: Confirmation | None = None
) -> Receipt:
    """Carry a plan of `plan_prune` out. What changed its mind since (a hold, a newer rule) is left alone.

    Raises as `operation.run` does. A store that fails keeps no other from being pruned, and is told at the end.
    """
    return run(PrunePoints(catalog), plan, catalog, context, confirmation=confirmation)


def _asked(request: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """Store id (or `HERE`) to points and why each goes."""
    return cast("dict[str, dict[str, str]]", request["going"])


def _store(catalog: Catalog, store_id: str) -> Store:
    with catalog.reading() as session:
        return stores.get(session, store_id)


def _prune_here(scope: Scope, asked: Mapping[str, str]) -> _Done:
    going = [
        each.point
        for each in decided_here(scope.catalog, scope.database_id)
        if not each.stays and each.point.id in asked
    ]
    scope.confirm_lease()
    for point in going:
        Files(point.path).remove()
        with scope.catalog.unit() as unit:
            points.delete(unit, point.id)
            unit.commit()
    return _Done("this computer", len(going), Swept())


def _prune_store(scope: Scope, store: Store, asked: Mapping[str, str], context: Context) -> _Done:
    refresh(scope.catalog, store, context)
    with reached(scope.catalog, store, context) as found:
        now = store_now(found.store, scope.operation_id, context)
        known = reader.points(found.store, context)
        before = _complete(found, known, context)
        names = {name.id: name.name for name in reader.point_names(found.store, context)}
        going = [
            each.point.id
            for each in decided(scope.catalog, store, found, context)
            if not each.stays and each.point.id in asked and each.point.id in names
        ]
        context.checkpoint()
        scope.confirm_lease()
        removed = 0
        try:
            for point_id in going:
                removed += _remove(scope.catalog, found, point_id, names[point_id])
            swept = sweep(found.store, now, context, known=known)
        except Failure as error:
            raise Failure(
                error.code,
                f"{quoted(store.name)}: {plural(removed, 'point')} of {len(going):,} were removed, then it stopped: "
                f"{error.message}",
                hint="Every other point is whole. The next prune goes on.",
            ) from error
        after = reader.points(found.store, Context(), known=known)
        still = {point.manifest.id for point in after.points}
        broken = tuple(sorted((before & still) - _complete(found, after, Context())))
        return _Done(store.name, removed, swept, broken)


def _remove(catalog: Catalog, found: Opened, point_id: str, name: str) -> bool:
    """Remove one point, unless somebody put a hold on it in this moment."""
    objects = found.store.objects
    if objects.info(layout.hold(point_id, sealed=found.store.encrypted)) is not None:
        return False
    objects.delete(name)
    with catalog.unit() as unit:
        points.delete(unit, point_id)
        unit.commit()
    return True


def _complete(found: Opened, listing: Listing, context: Context) -> set[str]:
    """The points that have all they need."""
    there = lying(found.store, context)
    return {point.manifest.id for point in listing.points if there.keys() >= set(point.manifest.objects)}


def _still_there(scope: Scope, store_id: str, asked: Mapping[str, str]) -> int:
    if store_id == HERE:
        with scope.catalog.reading() as session:
            ours = points.of_database(session, scope.database_id)
        for point in ours:  # the manifest went first
            if point.id in asked and not point.store_id and not Files(point.path).manifest.exists():
                Files(point.path).remove()
                with scope.catalog.unit() as unit:
                    points.delete(unit, point.id)
                    unit.commit()
        return sum(point.id in asked and Files(point.path).manifest.exists() for point in ours)
    store = _store(scope.catalog, store_id)
    refresh(scope.catalog, store, Context())
    with reached(scope.catalog, store, Context()) as found:
        return sum(name.id in asked for name in reader.point_names(found.store, Context()))


def _sentence(done: Sequence[_Done]) -> str:
    told = []
    for each in done:
        removed = plural(each.points, "point") if each.points else "no point"
        words = f"{quoted(each.name)}: {removed} removed"
        if each.swept.objects:
            words += f", {plural(each.swept.objects, 'object')} and {size(each.swept.freed_bytes)} freed"
        if each.swept.left:
            words += f"; stopped, {plural(each.swept.left, 'object')} are left for the next prune"
        if each.swept.why_not:
            words += f". {each.swept.why_not}"
        told.append(words)
    return "; ".join(told) or "Nothing was removed"
