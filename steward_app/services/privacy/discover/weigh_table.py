"""The columns of one table weighed in the light of what its rows are, each alone and then beside the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from steward_app.services.privacy.discover.key_words import is_of_a_year
from steward_app.services.privacy.discover.model import TableRole
from steward_app.services.privacy.discover.neighbours import Neighbours, level_of
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.discover.profile import ColumnProfile, TableProfile
from steward_app.services.privacy.discover.roles import ABOUT_PEOPLE, Known
from steward_app.services.privacy.discover.signs import Looked, shown
from steward_app.services.privacy.discover.weigh import NONE, Around, Weighed, weigh
from steward_app.services.privacy.json_steps import above, path_steps
from steward_app.services.privacy.model import Place
from steward_app.services.rows.headers import Match, Reading

_SURE = 0.9
_CALLED_SO = 0.9  # how likely it is that an object called "patient" is about one
_SOMEBODY = frozenset({"person_name", "given_name", "family_name"})
_GIVEN, _LISTED = "given_name", "words.given_name"
_HALVES = frozenset({_GIVEN, "family_name"})
_SOME = 0.2  # share of the values that a list knows
_ADDRESSES = frozenset({"street", "address"})
_WITH_AN_ADDRESS = frozenset({"postcode", "city", "region", "country", "web_address"})
_ON_CARDS = frozenset({"phone", "email", "street", "address", "birth_date"})


def weigh_table(known: Known, packs: Packs) -> dict[Place, Weighed]:
    """Every column twice: alone, and then beside what the others are."""
    topic = known.topic if known.people >= ABOUT_PEOPLE and known.role is not TableRole.PERSON else ""
    around = Around(known.people, known.is_of_things, topic, known.of_things)
    looked = looked_of(known.profile)
    readings = {place: reading_of(each.profile, known, packs) for place, each in looked.items()}
    readings |= _without_matches(readings, looked)
    cards = {_object_of(place) for place, reading in readings.items() if _reaches_somebody(place, reading)}
    called = {each for each in set(map(_object_of, looked)) if _is_called_as_somebody(each, packs)}
    arounds = dict.fromkeys(looked, around)
    of_somebody = {place: ABOUT_PEOPLE for place in looked if _object_of(place) in cards}
    if known.people < ABOUT_PEOPLE:
        of_somebody |= dict.fromkeys(_halves_of_names(known, looked, packs), ABOUT_PEOPLE)
    of_somebody |= {place: _CALLED_SO for place in looked if _object_of(place) in called}
    for place, people in of_somebody.items():
        readings[place] = reading_of(looked[place].profile, known, packs, among_people=True)
        arounds[place] = replace(around, people=max(around.people, people), things=False, named=False)
    found = _weigh_beside(known, looked, readings, arounds, packs)
    if around.people < ABOUT_PEOPLE:
        near = {
            place: reading_of(looked[place].profile, known, packs, among_people=True)
            for place in _beside_an_address(found)
        }
        parts = {place: reading for place, reading in near.items() if _goes_with_an_address(reading)}
        if parts:
            readings |= parts
            arounds |= dict.fromkeys(parts, replace(around, people=ABOUT_PEOPLE, things=False, named=False))
            found = _weigh_beside(known, looked, readings, arounds, packs)
    known.types = {f"{place.column}{place.path}": _kept(each) for place, each in found.items()}
    return found


def _weigh_beside(
    known: Known,
    looked: Mapping[Place, Looked],
    readings: Mapping[Place, Reading],
    arounds: Mapping[Place, Around],
    packs: Packs,
) -> dict[Place, Weighed]:
    alone = {place: weigh(each, readings[place], arounds[place], packs) for place, each in looked.items()}
    neighbours = Neighbours(readings, alone, looked, known.profile.echoes)
    found = {}
    for place, each in looked.items():
        near = neighbours.of(place)
        beside = replace(arounds[place], beside=near)
        found[place] = weigh(each, readings[place], beside, packs) if near else alone[place]
    return found


def _beside_an_address(found: Mapping[Place, Weighed]) -> tuple[Place, ...]:
    """The columns of no type beside somebody's name and address: a supplier with somebody to call."""
    sure = {each.best for place, each in found.items() if not place.path and each.by_kind[each.best] > _SURE}
    if not (sure & _SOMEBODY and sure & _ADDRESSES):
        return ()
    return tuple(place for place, each in found.items() if not place.path and each.best == NONE)


def _goes_with_an_address(reading: Reading) -> bool:
    return any(match.kind in _WITH_AN_ADDRESS and reading.covered(match) == 1.0 for match in reading.matches)


def _kept(weighed: Weighed) -> dict[str, float]:
    return {kind: p for kind, p in weighed.by_kind.items() if kind and p >= 0.1}


def looked_of(profile: TableProfile) -> dict[Place, Looked]:
    """The columns of a table as they are weighed."""
    return {each.place: Looked(each, each.place in profile.positions) for each in profile.columns}


def _object_of(place: Place) -> tuple[str, str]:
    """The object in a JSON column that a path leads into."""
    return place.column, above(place.path)


def _is_called_as_somebody(place: tuple[str, str], packs: Packs) -> bool:
    """Whether an object is called as people are: {"patient": {…}} is of a patient, whatever the table is about."""
    column, path = place
    names = [column, *(name for kind, name in path_steps(path or "$") if kind == "key")]
    return bool(path) and packs.headers.names_somebody(names[-1])


def _halves_of_names(known: Known, looked: Mapping[Place, Looked], packs: Packs) -> set[Place]:
    """Columns called "given" and "family" or the like beside one another: a name, whatever the table is about.

    Of given names lists know some everywhere, of family names hardly: those must be there for these.
    """
    beside: dict[str, dict[str, set[Place]]] = {}
    for place, each in looked.items():
        reading = reading_of(each.profile, known, packs, among_people=True)
        for match in reading.matches:
            if match.kind in _HALVES and reading.covered(match) == 1.0:
                beside.setdefault(level_of(place), {}).setdefault(match.kind, set()).add(place)
    return {
        place
        for halves in beside.values()
        if len(halves) == len(_HALVES)
        and any(shown(_LISTED, _GIVEN, looked[place], packs) >= _SOME for place in halves[_GIVEN])
        for places in halves.values()
        for place in places
    }


def _without_matches(
    readings: Mapping[Place, Reading], looked: Mapping[Place, Looked]
) -> dict[Place, Reading]:
    """Of objects whose keys are the months of a year or the days of a week: these say nothing else."""
    objects: dict[tuple[str, str], list[Place]] = {}
    for place in looked:
        if place.path:
            objects.setdefault(_object_of(place), []).append(place)
    return {
        place: replace(readings[place], matches=())
        for places in objects.values()
        if is_of_a_year(looked[place].profile.name for place in places)
        for place in places
    }


def _reaches_somebody(place: Place, reading: Reading) -> bool:
    """Whether an object has a number to call or the like: it is a card of somebody, whatever the table is about."""
    reaches = (match for match in reading.matches if match.kind in _ON_CARDS and not match.of_people)
    return bool(place.path) and any(reading.covered(match) == 1.0 for match in reaches)


def reading_of(
    profile: ColumnProfile, known: Known, packs: Packs, *, among_people: bool | None = None
) -> Reading:
    """The name of a column as it reads in its table."""
    if among_people is None:
        among_people = known.of_people or known.people >= ABOUT_PEOPLE
    reading = packs.headers.read(profile.name, among_people=among_people)
    person = known.role is TableRole.PERSON
    kept = tuple(match for match in reading.matches if not _numbers_a_thing(match, reading, person=person))
    return replace(reading, matches=kept)


def _numbers_a_thing(match: Match, reading: Reading, *, person: bool) -> bool:
    """Whether a word numbers the row or a thing: "no" in a table of orders, "num" of `education_num`."""
    if match.kind != "person_number" or not match.of_people:
        return False
    whole = match.end - match.start == len(reading.words)
    return not (reading.beside_people or (person and whole))
