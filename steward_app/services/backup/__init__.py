"""Restore points: whole-file copies on this computer, and page maps in stores.

docs/restore-points.md and docs/stores.md tell what they are.
"""

from __future__ import annotations

from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.services.backup import credentials
from steward_app.services.backup.capture import Captured, CapturePoint, capture
from steward_app.services.backup.connect import connect, find_store, stores_of
from steward_app.services.backup.create import CreatePoint, create, plan_create, take_point
from steward_app.services.backup.disconnect import disconnect, key_at_stake, write_kept_key
from steward_app.services.backup.hold import hold, release
from steward_app.services.backup.in_store import find_in_store, list_in_store, newest_in
from steward_app.services.backup.init import InitStore, init_store
from steward_app.services.backup.known import adopt, database_id
from steward_app.services.backup.list import find_point, list_points
from steward_app.services.backup.model import (
    CreateRequest,
    Examination,
    Manifest,
    StoreReading,
    Verdict,
    Verification,
)
from steward_app.services.backup.new_store import NewStore, new_store
from steward_app.services.backup.plain_point import CreatePlainPoint, create_plain, plain_due, plain_round
from steward_app.services.backup.prune import PrunePoints, plan_prune, prune
from steward_app.services.backup.refresh import look, refresh, refresh_all
from steward_app.services.backup.repair import Repaired, RepairStore, plan_repair, repair
from steward_app.services.backup.report import write_report
from steward_app.services.backup.rounds import Visit, go_round, plan_round
from steward_app.services.backup.schedule import get_schedule, set_schedule, system_files, write_system_files
from steward_app.services.backup.status import Status, StoreStatus, status
from steward_app.services.backup.verify import verify, verify_all
from steward_app.services.backup.verify_store import verify_store

__all__ = [
    "CapturePoint",
    "Captured",
    "CreatePlainPoint",
    "CreatePoint",
    "CreateRequest",
    "Examination",
    "InitStore",
    "Manifest",
    "NewStore",
    "Point",
    "PointKind",
    "PointState",
    "PrunePoints",
    "RepairStore",
    "Repaired",
    "Status",
    "StoreReading",
    "StoreStatus",
    "Verdict",
    "Verification",
    "Visit",
    "adopt",
    "capture",
    "connect",
    "create",
    "create_plain",
    "credentials",
    "database_id",
    "disconnect",
    "find_in_store",
    "find_point",
    "find_store",
    "get_schedule",
    "go_round",
    "hold",
    "init_store",
    "key_at_stake",
    "list_in_store",
    "list_points",
    "look",
    "new_store",
    "newest_in",
    "plain_due",
    "plain_round",
    "plan_create",
    "plan_prune",
    "plan_repair",
    "plan_round",
    "prune",
    "refresh",
    "refresh_all",
    "release",
    "repair",
    "set_schedule",
    "status",
    "stores_of",
    "system_files",
    "take_point",
    "verify",
    "verify_all",
    "verify_store",
    "write_kept_key",
    "write_report",
    "write_system_files",
]
