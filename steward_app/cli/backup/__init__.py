"""`steward backup`: restore points, on this computer and in stores, checked and proven."""

from steward_app.cli.backup import drill, points, schedule, stores
from steward_app.cli.backup.group import app

__all__ = ["app", "drill", "points", "schedule", "stores"]
