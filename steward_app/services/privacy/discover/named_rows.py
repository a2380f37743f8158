"""What the rows of a table are by its name and those of its columns, before any of these is weighed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steward_app.services.privacy.discover.links import CREATORS, Link
from steward_app.services.privacy.discover.profile import ColumnProfile, Form, TableProfile
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies
from steward_app.services.rows.headers import Headers, Reading
from steward_app.services.rows.wording import Words

PERSONS: Final = frozenset({"given_name", "family_name", "person_name", "birth_date", "national_id"})
"""What says of a row that it is a person."""

_TO_CALL = frozenset({"contact", "contacto", "contatto", "contato", "ansprechpartner"})
_EACH_ONCE = 0.9  # share of different numbers
_FEW = 3
_HALF, _MOSTLY, _ALL = 0.5, 0.6, 0.99
_NUMBER = "person_number"
_PLACES = frozenset({"city", "region", "country"})
_REACHES = frozenset({"email", "phone", "address", "street", "postcode"})
_NUMBERS = frozenset(
    {"id", "no", "nr", "num", "number", "code", "key", "uuid", "guid", "ref", "nummer", "numero", "numer"}
)
_KINDS_OF_ANIMALS = frozenset(
    {
        "species",
        "breed",
        "tierart",
        "rasse",
        "espece",
        "especie",
        "raza",
        "specie",
        "razza",
        "diersoort",
        "gatunek",
    }
)


def topic_of(name: str, headers: Headers) -> str:
    """The special category that a name of a table is of; "" for none."""
    for match in headers.read(name, among_people=True).matches:
        if kinds()[match.kind].category in (Category.SPECIAL, Category.CRIMINAL):
            return match.kind
    return ""


def numbers_of_somebody(
    profile: TableProfile, links: Sequence[Link], headers: Headers
) -> tuple[ColumnProfile, ...]:
    """The columns with the number of somebody whose own table is not here: of a customer, or of who did the work."""
    linked = {column for link in links for column in link.columns}
    return tuple(
        column
        for column in profile.columns
        if not column.place.path
        and column.place.column not in linked
        and column.filled >= _FEW
        and _is_key(column)
        and _is_number_of_somebody(headers.read(column.name), headers)
    )


def is_of_whom_rows_are(column: ColumnProfile, headers: Headers) -> bool:
    """Whether rows are about those whose number a column has, and not their work: no trainers, authors or managers."""
    reading = headers.read(column.name)
    did_it = reading.actor or CREATORS & set(reading.words)
    return not did_it and not headers.names_staff("_".join(_without_number(reading.words)))


def numbers_things(profile: TableProfile, headers: Headers) -> bool:
    """Whether the first column gives each row a number of a thing: `animal_id`."""
    first = next(iter(profile.columns), None)
    if first is None or first.filled < _FEW or first.distinctness < _EACH_ONCE:
        return False
    words = headers.read(first.name).words
    thing = words[:-1]
    return (
        len(words) > 1
        and words[-1] in _NUMBERS
        and headers.names_things(thing)
        and not headers.names_people(thing)
    )


def are_animals(profile: TableProfile, headers: Headers) -> bool:
    """Whether a column says which animal each row is, and none how it is called or when it was born."""
    readings = [headers.read(column.name, among_people=True) for column in profile.columns]
    said = {match.kind for reading in readings for match in reading.matches}
    return not said & PERSONS and any(_KINDS_OF_ANIMALS & set(reading.words) for reading in readings)


def are_places(profile: TableProfile, headers: Headers) -> bool:
    """Whether each row is a place, once, and all else in it are numbers: recipients by state, members by country.

    Rows that are persons begin with a number or a name of theirs.
    """
    first = next(iter(profile.columns), None)
    if first is None or first.filled < _FEW or first.distinctness < _EACH_ONCE or _are_numbers(first):
        return False
    if not _is_place(first.name, headers):
        return False
    others = [column for column in profile.columns[1:] if column.filled]
    counts = sum(map(_are_numbers, others))
    told = any(_tells_of_a_person(headers.read(column.name, among_people=True)) for column in others)
    return counts >= max(2, _MOSTLY * len(others)) and not told


def actors(profile: TableProfile, headers: Headers) -> frozenset[str]:
    """Columns of those who did something with a row, or made what it is: `createdBy`, the author of a text."""
    of_people = headers.is_of_people(profile.table)
    return frozenset(
        column.name
        for column in profile.columns
        if (reading := headers.read(column.name)).actor or (not of_people and CREATORS & set(reading.words))
    )


def _is_place(name: str, headers: Headers) -> bool:
    reading = headers.read(name, among_people=True)
    return any(match.kind in _PLACES and reading.covered(match) == 1.0 for match in reading.matches)


def _are_numbers(column: ColumnProfile) -> bool:
    return column.seems.get(Form.NUMBER, 0.0) >= _ALL


def _tells_of_a_person(reading: Reading) -> bool:
    """Whether half of a name or more says what persons have: an age, a telephone number, a number of their own."""
    return any(
        kinds()[match.kind].identifies is not Identifies.NONE and reading.covered(match) >= _HALF
        for match in reading.matches
        if match.kind not in _PLACES and not (match.of_people and match.kind == _NUMBER)
    )


def _is_number_of_somebody(reading: Reading, headers: Headers) -> bool:
    if not reading.words or _TO_CALL & set(reading.words):
        return False  # somebody of a firm, and not whom the row is about
    if headers.says_how_many(reading.words) or any(match.kind in _REACHES for match in reading.matches):
        return False  # places that are free, and a telephone number of somebody
    left = _without_number(reading.words)
    joined = "".join(left)
    if joined in headers.plain:
        return False  # the row that a row belongs to: parent_id
    if joined in headers.people and joined not in headers.things:
        return True
    return headers.names_people(left) and not headers.names_things(left)


def _without_number(words: Words) -> Words:
    return words[:-1] if len(words) > 1 and words[-1] in _NUMBERS else words


def _is_key(column: ColumnProfile) -> bool:
    seems = column.seems
    return max(seems.get(form, 0.0) for form in (Form.UUID, Form.CODE, Form.WHOLE_NUMBER)) > _MOSTLY
