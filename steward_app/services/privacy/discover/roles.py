"""What the rows of each table are, and whose: from names, from the types of the columns, and along foreign keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from steward_app.services.privacy.discover.links import Link, links
from steward_app.services.privacy.discover.model import TableRole
from steward_app.services.privacy.discover.named_rows import (
    PERSONS,
    actors,
    are_animals,
    are_places,
    is_of_whom_rows_are,
    numbers_of_somebody,
    numbers_things,
    topic_of,
)
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.discover.profile import Form, TableProfile
from steward_app.services.privacy.discover.rows_of_many import rows_of_many
from steward_app.services.privacy.discover.signs import logistic
from steward_app.services.schema.model import Schema, Table

ABOUT_PEOPLE = 0.5
_OF_PEOPLE, _OF_THINGS, _OF_NEITHER = 1.6, -3.0, -0.9  # log-odds of a table by its name
_OF_A_PERSON = 0.9  # where a key leads to a person
_NAMED_LIKE_THINGS = 0.6  # how much columns of a supplier say that its rows are people
_KEYED = 2.5  # log-odds where rows have the number of somebody
_EACH_ONCE = 0.9  # share of different numbers
_MOSTLY, _SURE, _COUNTS = 0.6, 0.5, 0.3
_SPEAKS = {  # log-odds by which a column of a type tells that the rows are about people
    "national_id": 4.0,
    "birth_date": 3.0,
    "sex": 3.0,
    "marital_status": 3.0,
    "passport": 3.0,
    "health_insurance_id": 3.0,
    "sex_life": 3.0,
    "given_name": 2.5,
    "family_name": 2.5,
    "person_name": 2.5,
    "driving_licence": 2.5,
    "person_number": 2.5,
    "nationality": 2.0,
    "belief": 2.0,
    "ethnic_origin": 2.0,
    "death_date": 2.0,
    "biometric": 2.0,
    "age": 1.5,
    "salutation": 1.5,
    "politics": 1.5,
    "union": 1.5,
    "income": 1.5,
    "email": 1.5,
    "card": 1.5,
    "health_text": 1.5,
    "secret": 0.8,
    "tax_id": 1.0,
    "account": 1.0,
    "initials": 1.0,
    "signature": 1.0,
    "phone": 0.8,
    "job": 0.8,
    "iban": 0.8,
    "ip": 0.8,
    "user_agent": 0.8,
    "session": 0.8,
    "device_id": 0.8,
    "vehicle": 0.8,
    "health": 0.6,
    "criminal": 0.6,
    "education": 0.6,
    "street": 0.5,
    "address": 0.5,
    "postcode": 0.2,
}
_IS_ONE = frozenset(  # a row with one of these is a person rather than about one
    {"given_name", "family_name", "person_name", "birth_date", "national_id", "sex", "marital_status"}
)
_REACHES = frozenset({"street", "address", "email", "phone", "iban"})


class _Way(NamedTuple):
    """How good a way along keys to a person is; the least is the best.

    Attributes:
        of_staff: it leads to those who do the work: rows belong to them only where to nobody else.
        optional: a key on it may be empty, and then says nothing.
        supposed: a key on it is not declared by the schema.
        keys: so many, one after the other.
    """

    of_staff: bool = False
    optional: bool = False
    supposed: bool = False
    keys: int = 0


@dataclass(slots=True)
class Known:
    """What is known of a table so far.

    Attributes:
        staff: its people are those who do the work.
        topic: the special category that it is named after: "health" for allergies; "" for none.
        numbered: each row has the number of a thing, or the kind of an animal.
        actors: columns of those who did something with a row, and whom it is not about: `createdBy`.
        keyed: the column with the number of somebody whose own table is not here: `patient`, `cust_id`.
        somebody: all columns of such numbers, of those who do the work and of `actors`, too: `trainer_id`.
        people: how likely its rows are about people.
        whose: the table of the persons its rows are about, "" for nobody; `via` the columns that lead there, `way`
            how good the way is.
        types: by column (with the path inside it): types and how likely they are.
    """

    table: Table
    profile: TableProfile
    links: tuple[Link, ...]
    of_people: bool
    of_things: bool
    system: bool
    staff: bool = False
    topic: str = ""
    numbered: bool = False
    keyed: str = ""
    somebody: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    people: float = 0.0
    role: TableRole = TableRole.REFERENCE
    reason: str = ""
    whose: str = ""
    via: tuple[str, ...] | None = None
    way: _Way = field(default_factory=_Way)
    types: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def speaks_of_people(self) -> bool:
        """Whether its rows seem to be about people though no key leads to them. A list of things names some at most."""
        return self.people >= ABOUT_PEOPLE and not self.is_of_things

    @property
    def is_of_things(self) -> bool:
        """Whether its name says things, and neither it nor the number of somebody in it says people.

        A number of somebody does where nobody stands twice, or beside what is known of nobody but people: medications.
        """
        column = self.profile.at(self.keyed) if self.keyed else None
        keyed = column is not None and (bool(self.topic) or column.distinctness > _EACH_ONCE)
        named = self.of_things or (self.numbered and not self.kinds() & PERSONS)
        reached = bool(self.topic and self.whose)
        return named and not self.of_people and not keyed and not reached

    def is_full(self, name: str) -> bool:
        """Whether a column of a key is never empty: it may not be, or was not where it was looked at."""
        column = self.table.column(name)
        if column is not None and (column.not_null or column.rowid_alias):
            return True
        seen = self.profile.at(name)
        return seen is not None and seen.filled == seen.looked_at > 0

    def kinds(self) -> frozenset[str]:
        """The types that its columns are of."""
        return frozenset(kind for types in self.types.values() for kind, p in types.items() if p >= _SURE)


def known_tables(profiles: Sequence[TableProfile], schema: Schema, packs: Packs) -> dict[str, Known]:
    """The tables that were read, by name, with their links."""
    headers = packs.headers
    linked = links(profiles, schema, headers)
    of_many = rows_of_many(profiles, linked, headers)
    found = {}
    for profile in profiles:
        table = schema.table(profile.table)
        if table is not None:
            counted = are_places(profile, headers)
            somebody = () if counted else numbers_of_somebody(profile, linked.get(table.name, ()), headers)
            whose = (each.name for each in somebody if is_of_whom_rows_are(each, headers))
            found[table.name] = Known(
                table,
                profile,
                linked.get(table.name, ()),
                headers.is_of_people(table.name) and not counted,
                table.name in of_many or counted or headers.names_things(table.name),
                table.ours or headers.names_a_system(table.name),
                headers.names_staff(table.name),
                topic_of(table.name, headers),
                numbers_things(profile, headers) or are_animals(profile, headers),
                next(whose, ""),
                frozenset(each.name for each in somebody),
                actors(profile, headers),
            )
    return found


def settle(tables: Mapping[str, Known]) -> None:
    """Say of each table how likely its rows are about people, and what it is, from the types found so far."""
    for known in tables.values():
        known.role, known.whose, known.via, known.reason = TableRole.REFERENCE, "", None, ""
        known.people = logistic(_log_odds(known))
        if known.system:
            known.people, known.role, known.reason = 0.02, TableRole.SYSTEM, "A table of a program"
    for known in tables.values():
        if not known.system and known.people >= ABOUT_PEOPLE and _is_person(known, tables):
            said = "Named after people" if known.of_people else "Its columns name and describe people"
            _is_of_people(known, said)
    while _reach_more(tables):
        pass  # along the keys, until nothing is reached any more
    for known in tables.values():
        if not known.whose and not known.system:
            _left(known, tables)


def _is_of_people(known: Known, reason: str) -> None:
    known.role, known.whose, known.via, known.reason = TableRole.PERSON, known.table.name, (), reason
    known.way = _Way()


def _log_odds(known: Known) -> float:
    odds = _OF_PEOPLE if known.of_people else _OF_THINGS if known.is_of_things else _OF_NEITHER
    best: dict[str, float] = {}
    for column, types in known.types.items():
        for kind, probability in types.items() if column not in known.actors else ():
            best[kind] = max(best.get(kind, 0.0), probability)
    speaks = sum(_SPEAKS.get(kind, 0.0) * p for kind, p in best.items() if p > _COUNTS)
    speaks += _KEYED * bool(known.keyed)
    return odds + speaks * (_NAMED_LIKE_THINGS if known.is_of_things else 1.0)


def _is_person(known: Known, tables: Mapping[str, Known]) -> bool:
    """Whether a row is a person, not something of one: an address, a visit."""
    ones = known.kinds() & _IS_ONE
    if not ones and not known.of_people:
        return False
    if known.of_things and not known.of_people and len(ones) < 2:
        return False  # a supplier with somebody to call
    owned = any(_leads(link, known, tables) for link in known.links)
    return not owned or len(ones) >= 2


def _leads(link: Link, known: Known, tables: Mapping[str, Known]) -> bool:
    parent = tables.get(link.parent)
    return (
        parent is not None
        and parent is not known
        and not link.actor
        and parent.people >= ABOUT_PEOPLE
        and (parent.of_people or bool(parent.kinds() & _IS_ONE))
    )


def _reach_more(tables: Mapping[str, Known]) -> bool:
    """Reach the tables that the best of all ways leads from, of those not reached yet; False where there is none."""
    found = [
        (min(ways, key=itemgetter(0)), known)
        for known in tables.values()
        if not known.whose and not known.system and (ways := list(_ways(known, tables)))
    ]
    best = min((way for (way, _), _ in found), default=None)
    for (way, link), known in found:
        if way == best:
            _reached(known, tables[link.parent], link, way)
    return best is not None


def _ways(known: Known, tables: Mapping[str, Known]) -> Iterator[tuple[_Way, Link]]:
    """By which keys the rows belong to a person.

    A list of things that points to rows about people is none of theirs, unless it is named after what is known of
    people alone: results of the laboratory.
    """
    for link in known.links:
        parent = tables.get(link.parent)
        if parent is None or parent is known or link.actor or not parent.whose:
            continue
        of_person = parent.role is TableRole.PERSON
        if known.of_things and not known.of_people and not of_person and not known.topic:
            continue
        before, full = parent.way, all(known.is_full(column) for column in link.columns)
        yield (
            _Way(
                before.of_staff or parent.staff,
                before.optional or not full,
                before.supposed or not link.declared,
                before.keys + 1,
            ),
            link,
        )


def _reached(known: Known, parent: Known, link: Link, way: _Way) -> None:
    of_person = parent.role is TableRole.PERSON
    known.whose, known.via, known.way = parent.whose, link.columns, way
    known.role = TableRole.TRANSACTION if _happens(known) else TableRole.SATELLITE
    known.reason = "Points to a table of people" if of_person else "Points to rows about people"
    known.people = max(known.people, _OF_A_PERSON)


def _happens(known: Known) -> bool:
    """Whether rows are events: they have a day of their own, or bring two things together."""
    for column in known.profile.columns:
        born = known.types.get(column.place.column, {}).get("birth_date", 0.0) >= _SURE
        if not born and column.seems.get(Form.DATE, 0.0) > _MOSTLY:
            return True
    return len(known.links) > 1


def _left(known: Known, tables: Mapping[str, Known]) -> None:
    """A table that no key leads from: people may point to it, or it may speak of people without naming one."""
    if (
        known.kinds() & _REACHES and not known.of_things
    ):  # an address of persons, and no warehouse they work in
        for other in tables.values():
            points = any(link.parent == known.table.name for link in other.links)
            if points and other.role is TableRole.PERSON:
                known.role, known.whose, known.via = TableRole.SATELLITE, other.table.name, None
                known.people, known.reason = max(known.people, _OF_A_PERSON), "People point to it"
                return
    if not known.speaks_of_people:
        known.reason = "Nothing in it leads to a person"
    elif known.keyed and not known.of_people and not known.kinds() & _IS_ONE:
        known.role = TableRole.TRANSACTION if _happens(known) else TableRole.SATELLITE
        known.whose, known.via, known.reason = known.table.name, (known.keyed,), "Has the number of somebody"
    else:
        _is_of_people(known, "Its columns describe people")
