"""The point that is restored: found again by its id, described, and what speaks against it."""

from __future__ import annotations

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Plan
from steward_app.services.backup.files import Files
from steward_app.services.backup.manifest import read
from steward_app.services.backup.model import Manifest


def moment(point: Point) -> str:
    """When a point was made, as a steward reads it: "2026-11-20 10:20 UTC"."""
    return f"{point.made_at[:16].replace('T', ' ')} UTC"


def planned(catalog: Catalog, plan: Plan) -> tuple[Files, Manifest]:
    """The files and the manifest of the point a plan names. Raises `Failure` when the manifest is not as written."""
    with catalog.reading() as session:
        point = points.find(session, str(plan.request["point"]), plan.database_id)
    files = Files(point.path)
    return files, read(files.manifest)[0]


def findings(point: Point) -> tuple[Finding, ...]:
    """What a steward should know before this point is restored; what is known to be bad blocks."""
    subject = Subject("restore point", name=point.id)
    match point.state:
        case PointState.MISSING:
            return (
                Finding(
                    "point_missing",
                    Severity.ERROR,
                    f"The copy of this restore point is not where it was put: {point.path}",
                    subject,
                    remedies=("Bring the file back to that place.", "Choose another restore point."),
                    blocks=True,
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
                    detail="It was not looked into when it was made, or the database was damaged then.",
                    remedies=("Verify it first.",),
                ),
            )
        case _:
            return ()
