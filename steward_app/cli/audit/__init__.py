"""`steward audit`: who changed which cell, when; what it was before."""

from steward_app.cli.audit import (
    as_of,
    compare,
    guard,
    history,
    key,
    leaving,
    proof,
    recipes,
    recycle_bin,
    report,
    undo,
)
from steward_app.cli.audit.group import app

__all__ = [
    "app",
    "as_of",
    "compare",
    "guard",
    "history",
    "key",
    "leaving",
    "proof",
    "recipes",
    "recycle_bin",
    "report",
    "undo",
]
