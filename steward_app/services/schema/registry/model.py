"""What two forms of a table have against each other, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.catalog.schema_versions import Direction, Mode, Version

__all__ = ["Breach", "Direction", "Incompatibility", "Mode", "Version"]


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """One reason why programs of one form may not understand rows of the other.

    Attributes:
        path: where it is, as a JSON pointer into the schema: "/properties/fee/minimum".
        rule: stable name of what happened from the older form to the newer.
        direction: BACKWARD where the newer form meets older rows, FORWARD where the older form meets newer rows.
        message: what happened and what it comes to, a sentence without a full stop.
    """

    path: str
    rule: str
    direction: Direction
    message: str


@dataclass(frozen=True, slots=True)
class Breach:
    """An incompatibility that breaks a promise. `version` is the one it was promised to, 0 for the file as it was."""

    table: str
    mode: Mode
    version: int
    incompatibility: Incompatibility
