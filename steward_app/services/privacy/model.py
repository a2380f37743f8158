"""What the privacy service speaks of: places in a database, and the words of the policy about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from steward_app.catalog.policy_words import (
    NO_NAME,
    Category,
    Identifies,
    Level,
    Origin,
    Technique,
    dotted,
)

__all__ = ["NO_NAME", "Category", "Identifies", "Level", "Origin", "Place", "Technique"]

_MEANT: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where values stand: a column, or what a path names inside the JSON of a column.

    Attributes:
        table, column: as written in the file.
        path: of SQLite's JSON functions, "$.contact.email"; every element of an array is "[*]". "" is the whole cell.
    """

    table: str
    column: str
    path: str = ""


@dataclass(frozen=True, slots=True, order=True)
class InSchema:
    """The text of an object of the schema names somebody.

    Attributes:
        type: "table", "index", "view" or "trigger"; `name` of the object.
        place: the column that holds the same value.
    """

    type: str
    name: str
    place: Place


def place_id(place: Place) -> str:
    """What names a place in documents and on the command line: "patient.email", "visit.data:$.contact.email".

    An empty name is written as two quotation marks.
    """
    column = dotted(place.table, place.column)
    return f"{column}:{place.path}" if place.path else column


def parse_place(text: str) -> Place:
    """The place that `place_id` names. Raises ValueError where it names none."""
    parts, at = [""], 0
    while at < len(text) and not (len(parts) == 2 and text[at] == ":"):
        if text[at] == "." and len(parts) == 1:
            parts.append("")
        else:
            letters = 2 if text[at] == "\\" else 1
            parts[-1] += text[at : at + letters]
            at += letters - 1
        at += 1
    if len(parts) != 2 or not all(parts):
        raise ValueError(f"no place: {text}")
    table, column = ("" if part == NO_NAME else _MEANT.sub(r"\1", part) for part in parts)
    return Place(table, column, text[at + 1 :])
