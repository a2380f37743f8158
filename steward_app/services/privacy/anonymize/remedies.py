"""What to do where original values were found in a copy, by the kind of place: each has another way out."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db import fold
from steward_app.services.privacy.residue.model import Residue, ResidueReport, Searched, Where

_OWN = "Columns whose own rule lets values through need another technique: “token”, or “remove”."
_OTHER = (
    "Columns that hold what another column lost need a rule: “keep” where the same short values may stand there,"
    " “remove” for texts."
)
_SCHEMA = (
    "The text of the schema goes along as it is: change the DEFAULT, CHECK, index, view, trigger or comment that names"
    " a value."
)
_PACKED = (
    "Columns of compressed BLOBs or encoded texts that hold what another column lost need a rule: “blob” or “remove”,"
    " for texts “redact”."
)
_HASHED = (
    "Columns that hold hashes of what another column lost need a rule, “token” or “remove”: whoever has a list of the"
    " originals hashes it and finds them."
)
_FULL_TEXT = "The columns of a full-text table that hold what another column lost need a rule."
_NOT_EXPLAINED = (
    "In a new file such places hold pieces of its own rows, from pages that SQLite divided as it filled them, and no"
    " row explains these: a rule “redact” or “remove” for the texts and the JSON of that table takes them away. Please"
    " report it, since it may be a defect of the program."
)

_HOLD = frozenset({Where.CELL, Where.SCHEMA, Where.PACKED, Where.HASHED, Where.FULL_TEXT})
"""Places that hold values by themselves. Entries of indexes follow from rows, and so do remains in a page that SQLite
divided while it was filled: they are pieces of its own rows."""


def remedies(residue: ResidueReport, places: Sequence[Searched]) -> str:
    """Sentences about what was found; "" where nothing was."""
    own = {(fold(each.place.table), fold(each.place.column)) for each in places}
    return " ".join(dict.fromkeys(_of(each, own) for each in where_held(residue)))


def where_held(residue: ResidueReport) -> tuple[Residue, ...]:
    """What was found in places that hold values by themselves; all of it where that is nothing."""
    return tuple(each for each in residue.found if each.where in _HOLD) or residue.found


def _of(found: Residue, own: set[tuple[str, str]]) -> str:
    match found.where:
        case Where.CELL | Where.INDEX:
            return _OWN if (fold(found.name), fold(found.column)) in own else _OTHER
        case Where.SCHEMA:
            return _SCHEMA
        case Where.PACKED:
            return _PACKED
        case Where.HASHED:
            return _HASHED
        case Where.FULL_TEXT:
            return _FULL_TEXT
        case _:
            return _NOT_EXPLAINED
