"""Bringing back a whole file, in place or as a new one, from a restore point."""

from steward_app.services.restore.in_place import RestoreInPlace
from steward_app.services.restore.model import RestoreRequest
from steward_app.services.restore.new_file import RestoreToNewFile
from steward_app.services.restore.restore import OPERATIONS, plan_restore, rehearse, restore, settle

__all__ = [
    "OPERATIONS",
    "RestoreInPlace",
    "RestoreRequest",
    "RestoreToNewFile",
    "plan_restore",
    "rehearse",
    "restore",
    "settle",
]
