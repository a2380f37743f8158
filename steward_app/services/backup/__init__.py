"""Restore points: whole-file copies that are checked and proven. docs/restore-points.md tells what they are."""

from steward_app.catalog.points import Point, PointState
from steward_app.services.backup.create import CreatePoint, create, plan_create, take_point
from steward_app.services.backup.known import adopt, database_id
from steward_app.services.backup.list import find_point, list_points
from steward_app.services.backup.model import CreateRequest, Examination, Manifest, Verdict
from steward_app.services.backup.verify import verify

__all__ = [
    "CreatePoint",
    "CreateRequest",
    "Examination",
    "Manifest",
    "Point",
    "PointState",
    "Verdict",
    "adopt",
    "create",
    "database_id",
    "find_point",
    "list_points",
    "plan_create",
    "take_point",
    "verify",
]
