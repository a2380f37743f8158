"""Tables of which each row has many persons pointing to it: a team, a class, a department.

A key of theirs to a person names who leads it; the row is about nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from steward_app.services.privacy.discover.profile import ColumnProfile, Form, TableProfile
from steward_app.services.rows.headers import Headers

if TYPE_CHECKING:
    from steward_app.services.privacy.discover.links import Link

_MANY: Final = 5  # persons a row; two or three have a case or a booking together
_HALF: Final = 0.5
_OF_ONE: Final = frozenset({"given_name", "family_name", "person_name", "birth_date", "national_id", "sex"})


def rows_of_many(
    profiles: Sequence[TableProfile], links: Mapping[str, Iterable[Link]], headers: Headers
) -> frozenset[str]:
    """Their names. What has a day of its own happened to somebody, whoever else took part, and is none."""
    led = {
        name
        for name, of_table in links.items()
        if any(headers.is_of_people(link.parent) for link in of_table)
    }
    rows = {profile.table: profile.rows for profile in profiles}
    most: dict[str, int] = {}
    for name, of_table in links.items():
        if headers.is_of_people(name):
            for parent in {link.parent for link in of_table} - {name}:
                most[parent] = max(most.get(parent, 0), rows[name])
    return frozenset(
        profile.table
        for profile in profiles
        if most.get(profile.table, 0) >= _MANY * max(1, profile.rows)
        and profile.table in led
        and not headers.is_of_people(profile.table)
        and not any(_tells_a_person(column, headers) for column in profile.columns)
    )


def _tells_a_person(column: ColumnProfile, headers: Headers) -> bool:
    """Whether a column has days, or what a person has and no group: names of persons, a sex."""
    named = max(column.named, column.seems.get(Form.FULL_NAME, 0.0))
    said = any(match.kind in _OF_ONE and not match.of_people for match in headers.read(column.name).matches)
    return said or named > _HALF or column.seems.get(Form.DATE, 0.0) > _HALF
