"""The names of what the audit keeps in a user's file. All begin alike, so that no page takes them for user's own."""

from __future__ import annotations

from steward_app.db.attribution import CLOCK, EVENT, TXN
from steward_app.db.lifting import AUDIT as PREFIX
from steward_app.db.names import fold

__all__ = [
    "CLOCK",
    "EVENT",
    "NEVER",
    "PREFIX",
    "RECIPE",
    "TABLE",
    "TXN",
    "is_ours",
    "log_table",
    "pen_table",
    "trigger",
    "values_table",
]

NEVER = "_steward_audit_never"
TABLE = "_steward_audit_table"
RECIPE = "_steward_recipe_"
"""How the names of triggers begin that keep rules of a table (`recipes`)."""


def log_table(tid: int) -> str:
    """The changes of one version of a table."""
    return f"{PREFIX}log_{tid}"


def values_table(tid: int) -> str:
    """The values of those changes, where they do not fit beside them."""
    return f"{PREFIX}values_{tid}"


def pen_table(tid: int) -> str:
    """Rows that the statement under way may displace."""
    return f"{PREFIX}pen_{tid}"


def trigger(tid: int, what: str) -> str:
    """A trigger of the audit: what it waits for ("after_insert")."""
    return f"{PREFIX}{tid}_{what}"


def is_ours(name: str) -> bool:
    """Whether an object of the file belongs to the audit."""
    return fold(name).startswith(PREFIX)
