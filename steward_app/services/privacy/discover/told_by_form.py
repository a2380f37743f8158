"""What the form of values tells where no word does: groups of blood, and codes that may stand once only."""

from __future__ import annotations

import re
from typing import Final

from steward_app.db.names import fold
from steward_app.services.privacy.discover.model import Evidence, Source
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.schema.model import Table

_ALL: Final = 0.95
_HALF: Final = 0.5
_GROUPS: Final = 16  # of blood, each in two ways of writing
_GROUP: Final = re.compile(r"(?:A|9)(?: ?Aa?)?[+-]")  # the shape of "AB+" and "0 Rh-"
_DIFFERENT: Final = 8
_SHORTEST, _SHORTEST_OF_ROWS = 4, 8  # characters of a code of a person, and of what belongs to one
_DIGITS: Final = 0.3
_LEAST_NUMBER, _LEAST_NUMBER_OF_ROWS = 10_000, 100_000
_MANY: Final = 50  # rows, each with a code of its own, though the schema asks for none


def told_by_form(profile: ColumnProfile, table: Table, *, persons: bool) -> tuple[str, Evidence] | None:
    """The type that form and uniqueness tell of a column of rows about people, and why; None where they do not.

    Args:
        persons: each row is a person.
    """
    if _are_groups_of_blood(profile):
        return "health", Evidence(Source.VALUES, 0.8, "Groups of blood")
    if _is_given_once(profile, table, persons=persons):
        return "person_number", Evidence(Source.VALUES, 0.6, "A code that the schema lets stand once")
    return None


def has_one_code_a_row(profile: ColumnProfile, *, persons: bool) -> bool:
    """Whether each of many rows about people has a code of its own, as numbers of accounts and members are.

    Args:
        persons: each row is a person.
    """
    amounts = profile.seems.get(Form.NUMBER, 0.0) - profile.seems.get(Form.WHOLE_NUMBER, 0.0) > _HALF
    return profile.distinct == profile.filled >= _MANY and not amounts and _is_code(profile, persons=persons)


def _are_groups_of_blood(profile: ColumnProfile) -> bool:
    if profile.distinct > _GROUPS or profile.forms.get("health", 0.0) < _ALL:
        return False
    return sum(share for shape, share in profile.shapes if _GROUP.fullmatch(shape)) >= _ALL


def _is_given_once(profile: ColumnProfile, table: Table, *, persons: bool) -> bool:
    """Whether it is the number of a file or a prescription: on paper it leads to the same person."""
    key = table.primary_key.columns if table.primary_key else ()
    unique = [each.columns for each in table.uniques]
    unique += [
        tuple(column.name for column in index.columns)
        for index in table.indexes
        if index.unique and index.origin == "create"
    ]
    keys = [names for names in (*unique, *(() if persons else (key,))) if len(names) == 1]
    if not any(name and fold(name) == fold(profile.place.column) for (name,) in keys):
        return False
    return profile.distinct == profile.filled >= _DIFFERENT and _is_code(profile, persons=persons)


def _is_code(profile: ColumnProfile, *, persons: bool) -> bool:
    if max(profile.seems.get(form, 0.0) for form in (Form.DATE, Form.EPOCH, Form.TIME)) > _HALF:
        return False
    if profile.increasing and "text" not in profile.storage:
        return False
    length, numbers = profile.length, profile.numbers
    if profile.storage.get("text", 0.0) >= _ALL and length is not None:
        shortest = _SHORTEST if persons else _SHORTEST_OF_ROWS
        return length.least >= shortest and profile.digits >= _DIGITS and profile.spaced < _HALF
    least = _LEAST_NUMBER if persons else _LEAST_NUMBER_OF_ROWS
    return numbers is not None and numbers.least >= least and not profile.stepped
