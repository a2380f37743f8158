"""The names of what recipes keep in a user's file."""

from __future__ import annotations

from steward_app.db.names import fold
from steward_app.services.audit.engine.names import RECIPE as PREFIX

REGISTRY = "_steward_recipe"
RESERVED = frozenset({"new", "old"})
"""Names of tables that mean a row inside a trigger."""


def trigger(number: int, what: str) -> str:
    """A trigger of a recipe."""
    return f"{PREFIX}{number}_{what}"


def pen(number: int) -> str:
    """Rows that the INSERT under way may displace."""
    return f"{PREFIX}{number}_pen"


def probe(number: int) -> str:
    """Tells whether triggers run again inside themselves."""
    return f"{PREFIX}{number}_probe"


def is_ours(name: str) -> bool:
    """Whether an object of the file belongs to a recipe."""
    return fold(name) == REGISTRY or fold(name).startswith(PREFIX)
