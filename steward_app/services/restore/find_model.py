"""Finding a row or a value in restore points: what is asked, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.values import Key
from steward_app.services.backup.expiry import Expiry
from steward_app.services.rows import Cell, Match


@dataclass(frozen=True, slots=True)
class RowQuestion:
    """In which points does this row exist, and how did it look? `table` by its name then."""

    table: str
    key: Key


@dataclass(frozen=True, slots=True)
class ValueQuestion:
    """In which points does this value exist?

    Attributes:
        table, column: only there; "" for anywhere.
    """

    value: str
    table: str = ""
    column: str = ""
    match: Match = Match.EXACT


@dataclass(frozen=True, slots=True)
class Seen:
    """One point, as an end of a stretch of time. `made_at` is RFC 3339, UTC."""

    point: str
    made_at: str


@dataclass(frozen=True, slots=True)
class RowState:
    """The row looked so in these points, one after another.

    Attributes:
        points: how many.
        there: False for a stretch in which it did not exist.
        columns, cells: how it looked; () where it did not exist.
    """

    first: Seen
    last: Seen
    points: int
    there: bool
    columns: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """A column in which the value stood.

    Attributes:
        points: how many points hold it there.
        rows: in how many rows it stood, at most.
        capped: there were more rows than were counted.
    """

    table: str
    column: str
    first: Seen
    last: Seen
    points: int
    rows: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class NotSearched:
    """A point, or a table in it, that could not be looked into, and why."""

    point: str
    made_at: str
    why: str


@dataclass(frozen=True, slots=True)
class FoundInPoints:
    """What was found.

    Attributes:
        searched: how many points were looked into.
        holding: how many of them hold it.
        first, last: the oldest and the newest of these; None where none does.
        expiry: when the last of them goes; None where none holds it.
        states: of a row, oldest first.
        places: of a value.
        not_searched: () when every point was looked into.
        erased: in how many points it is, but was erased since, so that no restore brings it back.
    """

    searched: int
    holding: int
    first: Seen | None
    last: Seen | None
    expiry: Expiry | None
    states: tuple[RowState, ...] = ()
    places: tuple[ValuePlace, ...] = ()
    not_searched: tuple[NotSearched, ...] = ()
    erased: int = 0
