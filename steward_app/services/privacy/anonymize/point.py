"""The restore point of what a database holds before it is anonymized in its place: encrypted, and proven."""

from __future__ import annotations

from datetime import timedelta

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.points import PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.backup.capture import capture, find_manifest
from steward_app.services.backup.connect import reached
from steward_app.services.backup.prove_stored import prove_stored
from steward_app.services.operation import Scope


def point_store(catalog: Catalog, database_id: str, store_id: str = "") -> Store | None:
    """The encrypted store that gets the restore point: the one that is asked for, or the first there is."""
    with catalog.reading() as session:
        known = stores.of_database(session, database_id)
    encrypted = [store for store in known if store.encryption is not Encryption.NONE]
    return next((store for store in encrypted if store_id in ("", store.id)), None)


def proven_point(plan: Plan, scope: Scope, context: Context) -> str:
    """Make the encrypted point of what the file holds, restore it to scratch and compare; its id.

    It is a new one also where an older point holds the same: that one has no end that was agreed to.
    """
    with scope.catalog.reading() as session:
        store = stores.get(session, str(plan.request["store"]))
    with context.step() as step:
        taken = capture(
            *(scope.catalog, scope.path, store, step),
            reason=f"Before: {plan.title}",
            anew=True,
            within=scope,
        )
    context.report(0, note="Restoring the point to scratch, to prove it")
    with reached(scope.catalog, store, context) as found, context.step() as step:
        stored = find_manifest(found, taken.point, step)
        checks = prove_stored(scope.catalog, found, stored, step) if stored else ()
    failed = [check.title for check in checks if not check.passed]
    if failed or not checks:
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"The restore point {taken.point} is not what the file holds: {'; '.join(failed) or 'it is gone'}.",
            hint="The database is unchanged. Verify the store, then try again.",
        )
    until = clock.now() + timedelta(days=int(str(plan.request["keep_days"])))
    with scope.catalog.unit() as unit:
        points.update(unit, taken.point, PointState.PROVEN, checks=checks)
        points.keep_until(unit, taken.point, clock.to_text(until))
        unit.commit()
    return taken.point
