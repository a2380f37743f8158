"""`steward backup`: restore points, on this computer and in stores, checked and proven."""

from steward_app.cli.backup import (
    drill,
    export,
    find,
    login,
    points,
    prune,
    recipients,
    repair,
    report,
    schedule,
    stores,
    verify,
)
from steward_app.cli.backup.group import app

__all__ = [
    "app",
    "drill",
    "export",
    "find",
    "login",
    "points",
    "prune",
    "recipients",
    "repair",
    "report",
    "schedule",
    "stores",
    "verify",
]
