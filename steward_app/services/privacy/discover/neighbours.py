"""What the columns beside a column add: a name beside a family name is a given name, a town stands beside a street."""

from __future__ import annotations

from collections.abc import Mapping

from steward_app.services.privacy.discover.profile import TableProfile
from steward_app.services.privacy.discover.signs import Looked
from steward_app.services.privacy.discover.weigh import Weighed
from steward_app.services.privacy.model import Place
from steward_app.services.rows.headers import Reading

_PLACES = frozenset({"street", "address", "postcode", "city", "region", "country"})
_PLACED = 1.2
_ONE_OF_TWO = 7.0
_NOT_BOTH = -4.0
_SURE = 0.5
_AT_ALL = 0.15
_OTHER_HALF = 3.0
_HALVES = (
    ("given_name", "family_name", "Beside a family name"),
    ("family_name", "given_name", "Beside a given name"),
)


def beside(
    place: Place,
    readings: Mapping[Place, Reading],
    alone: Mapping[Place, Weighed],
    looked: Mapping[Place, Looked],
) -> dict[str, tuple[float, str]]:
    """By type: log-odds that the other columns of the table add to it, and why in a sentence."""
    others = {
        each.best
        for at, each in alone.items()
        if at != place
        and at.path.rpartition(".")[0] == place.path.rpartition(".")[0]
        and each.by_kind[each.best] > _SURE
    }
    found = {}
    if len(others & _PLACES) >= 1:
        found = dict.fromkeys(_PLACES - others, (_PLACED, "Beside other parts of an address"))
    for kind, other, sentence in _HALVES:
        own = alone[place].by_kind[kind]
        if own >= _AT_ALL and any(
            each.by_kind[other] >= _AT_ALL for at, each in alone.items() if at != place
        ):
            found[kind] = (_OTHER_HALF, sentence)
    matches = readings[place].matches
    generic = bool(matches) and matches[0].kind == "person_name" and matches[0].of_people
    if generic and looked[place].profile.named < 0.3:
        if "family_name" in others and "given_name" not in others:
            found["given_name"] = (_ONE_OF_TWO, "Beside a family name")
            found["person_name"] = (_NOT_BOTH, "")
        elif "given_name" in others and "family_name" not in others:
            found["family_name"] = (_ONE_OF_TWO, "Beside a given name")
            found["person_name"] = (_NOT_BOTH, "")
    return found


def pairs(profile: TableProfile) -> frozenset[Place]:
    """The columns that are halves of a position on the map."""
    return frozenset(Place(profile.table, column) for pair in profile.positions for column in pair)
