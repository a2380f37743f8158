"""The point that is restored: found again by its id, described, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.backup.at_hand import AtHand, at_hand
from steward_app.services.backup.in_store import find_in_store
from steward_app.services.backup.store.keys import Unlocking

_NOT_LOOKED_INTO = "It was not looked into when it was made, or the database was damaged then."
_IN_STORE = "No drill has brought it back yet. While it is restored, every page is compared with its hash."


def moment(point: Point) -> str:
    """When a point was made, as a steward reads it: "2026-11-20 10:20 UTC"."""
    return clock.shown(point.made_at)


@contextmanager
def planned(
    catalog: Catalog, plan: Plan, context: Context, given: Unlocking | None = None
) -> Iterator[AtHand]:
    """The point that a plan names, ready to be brought out. Raises as `at_hand` does."""
    url = str(plan.request.get("url", ""))
    name = str(plan.request["point"])
    if url:
        point = find_in_store(catalog, url, name, context, given)
    else:
        with catalog.reading() as session:
            point = points.find(session, name, plan.database_id)
    with at_hand(catalog, point, context, url=url, given=given) as found:
        yield found


def findings(point: Point) -> tuple[Finding, ...]:
    """What a steward should know before this point is restored; what is known to be bad blocks.

    From a store nothing comes but pages that are as they were captured, so there a point that failed may be tried: it
    may be its details that are damaged, or have been put right since, and it may be the only one.
    """
    subject = Subject("restore point", name=point.id)
    match point.state:
        case PointState.MISSING:
            return (
                Finding(
                    "point_missing",
                    Severity.ERROR,
                    _missing(point),
                    subject,
                    remedies=(
                        *(() if point.store_id else ("Bring the file back to that place.",)),
                        "Choose another restore point.",
                    ),
                    blocks=True,
                ),
            )
        case PointState.FAILED if point.store_id:
            return (
                Finding(
                    "point_failed",
                    Severity.WARNING,
                    "This restore point was found to be no longer as it was made",
                    subject,
                    detail="Every page is compared with what was captured. If one is not as it was, nothing is "
                    "restored.",
                    remedies=("Choose another restore point, where there is one.",),
                ),
            )
        case PointState.FAILED:
            return (
                Finding(
                    "point_failed",
                    Severity.ERROR,
                    "This restore point was found to be no longer as it was made",
                    subject,
                    remedies=("Choose another restore point.",),
                    blocks=True,
                ),
            )
        case PointState.TAKEN:
            return (
                Finding(
                    "point_not_proven",
                    Severity.WARNING,
                    "Nobody has proven that this restore point can be restored",
                    subject,
                    detail=_IN_STORE if point.store_id else _NOT_LOOKED_INTO,
                    remedies=("Verify it first.",),
                ),
            )
        case _:
            return ()


def _missing(point: Point) -> str:
    if point.store_id:
        return "This restore point is not in its store any more"
    return f"The copy of this restore point is not where it was put: {point.path}"
