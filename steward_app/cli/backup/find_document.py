"""The document of `steward backup find`. Apart from the command, since its types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.services.restore import FoundInPoints, RowState
from steward_app.services.restore.find_model import NotSearched, Seen, ValuePlace
from steward_app.services.rows import look_personal


@dataclass(frozen=True, slots=True)
class BackupFindDocument:
    """In which restore points a row or a value exists.

    Attributes:
        searched: how many points were looked into.
        holding: how many of them hold it.
        first, last: the oldest and the newest of these; null where none does.
        expires_at: when the last of them goes by the rules, at the latest; "" for never by itself.
        expires_why: what keeps it, in words.
        states: of a row, how it looked, oldest first.
        places: of a value, the columns it stood in.
        hidden: columns left out since they look personal.
        erased: in how many points it is, but was erased since, so that no restore brings it back.
        not_searched: points, and tables in them, that could not be looked into.
    """

    database: str
    searched: int
    holding: int
    first: Seen | None
    last: Seen | None
    expires_at: str
    expires_why: str
    states: tuple[RowState, ...]
    places: tuple[ValuePlace, ...]
    hidden: tuple[str, ...]
    erased: int
    not_searched: tuple[NotSearched, ...]


def find_document(database: str, table: str, result: FoundInPoints, *, personal: bool) -> BackupFindDocument:
    """What was found, without the columns that look personal unless they were asked for."""
    names = dict.fromkeys(name for state in result.states for name in state.columns)
    hidden = set() if personal else {each.column for each in look_personal(names, table, Path(database))}
    return BackupFindDocument(
        database,
        result.searched,
        result.holding,
        result.first,
        result.last,
        result.expiry.at if result.expiry else "",
        result.expiry.why if result.expiry else "",
        tuple(_without(state, hidden) for state in result.states),
        result.places,
        tuple(name for name in names if name in hidden),
        result.erased,
        result.not_searched,
    )


def _without(state: RowState, hidden: set[str]) -> RowState:
    kept = [at for at, name in enumerate(state.columns) if name not in hidden]
    return RowState(
        state.first,
        state.last,
        state.points,
        state.there,
        tuple(state.columns[at] for at in kept),
        tuple(state.cells[at] for at in kept),
    )
