"""What the columns beside a column add: a name beside a family name is a given name, a town stands beside a street."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from steward_app.services.privacy.discover.signs import Looked, looks_like_names
from steward_app.services.privacy.discover.weigh import NONE, Weighed
from steward_app.services.privacy.json_steps import above
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place
from steward_app.services.rows.headers import Reading

_PLACES = frozenset({"street", "address", "postcode", "city", "region", "country"})
_PLACED = 1.2
_PLACED_SO = 2.4  # where the whole name of the column says so, too
_OF_AN_ADDRESS = 3.6  # and two or more other parts stand there
_ONE_OF_TWO = 7.0
_NOT_BOTH = -4.0
_SURE = 0.5
_AT_ALL = 0.15
_NAMED = 0.3  # share of whole names above which a column "name" is none of a half
_HALFWAY = 0.2
_WRITTEN_SO = 0.9
_OTHER_HALF = 3.0
_A_HOUSE = 6.0  # a number to the right of a street
_A_POSTCODE = 5.0
_NO_PERSONS_NUMBER = -8.0
_SAME = 9.0  # the values of a column that leads to a person stand in this one again
_SAYS_WHAT = 5.0  # what the value beside it is
_HALF = 0.5
_MOST_KEYS = 1_000  # different ones
HEALTH = "health"
MEASURED = frozenset({
    "value", "result", "reading", "wert", "messwert", "ergebnis", "valeur", "resultat", "valor", "resultado", "valore",
    "risultato", "waarde", "uitslag", "wartosc", "wynik",
})  # fmt: skip
"""What is measured says something of health where a column beside it says what was measured."""

_HALVES = (
    ("given_name", "family_name", "Beside a family name"),
    ("family_name", "given_name", "Beside a given name"),
)


class Neighbours:
    """The columns of a table that was weighed once, those of one level of JSON apart from the others."""

    def __init__(
        self,
        readings: Mapping[Place, Reading],
        alone: Mapping[Place, Weighed],
        looked: Mapping[Place, Looked],
        echoes: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._order = tuple(alone)
        self._readings = readings
        self._alone = alone
        self._looked = looked
        self._best = {place: each.best for place, each in alone.items()}
        self._place_of = {place: at for at, place in enumerate(self._order)}
        self._echoed_kinds: dict[str, set[str]] = {}
        leading = {place.column: kind for place, kind in self._best.items() if self._leads(place, kind)}
        for column, other in echoes:
            if other in leading:
                self._echoed_kinds.setdefault(column, set()).add(leading[other])
        self._sure: dict[str, Counter[str]] = {}
        self._at_all: Counter[str] = Counter()
        for place, each in alone.items():
            kind = self._best[place]
            if each.by_kind[kind] > _SURE:
                self._sure.setdefault(level_of(place), Counter())[kind] += 1
            self._at_all.update(kind for kind, _, _ in _HALVES if each.by_kind[kind] >= _AT_ALL)

    def of(self, place: Place) -> dict[str, tuple[float, str]]:
        """By type: log-odds that the other columns add to a column, and why in a sentence."""
        others = self._others(place)
        named = {match.kind for match in self._readings[place].matches}
        wholly = self._wholly(place)
        found: dict[str, tuple[float, str]] = {
            kind: (_placed(parts, said=kind == wholly), "Beside other parts of an address")
            for kind in (_PLACES - others) | (_PLACES & named)
            if (parts := len(others & _PLACES - {kind}))
        }
        own = self._alone[place].by_kind
        for kind in self._echoed(place):
            found[kind] = (_SAME, "The same values as a column beside it")
        for kind, other, sentence in _HALVES:
            beside = self._at_all[other] - (own[other] >= _AT_ALL)
            if own[kind] >= _AT_ALL and beside:
                found[kind] = (_OTHER_HALF, sentence)
        if self._is_of_a_house(place):
            found["street"] = (_A_HOUSE, "A number beside a street")
            found["person_number"] = (_NO_PERSONS_NUMBER, "")
        if self._is_a_postcode(place):
            found["postcode"] = (_A_POSTCODE, "Between parts of an address, in the form of a postcode")
        if self._says_what_was_measured(place):
            found[HEALTH] = (_SAYS_WHAT, "Says what the value beside it is")
        if self._is_generic(place):
            for kind, other, sentence in _HALVES:
                if other in others and kind not in others:
                    found[kind] = (_ONE_OF_TWO, sentence)
                    found["person_name"] = (_NOT_BOTH, "")
        if self._is_nameless(place):
            for kind, other, sentence in _HALVES:
                halves = (self._alone[each].by_kind[other] for each in self._beside(place))
                if kind not in others and max(halves, default=0.0) >= _HALFWAY:
                    found[kind] = (_ONE_OF_TWO, sentence)
        return found

    def _wholly(self, place: Place) -> str:
        """The type that all words of a column's name say; "" for none."""
        reading = self._readings[place]
        whole = (match.kind for match in reading.matches if match.end - match.start == len(reading.words))
        return next(whole, NONE)

    def _says_what_was_measured(self, place: Place) -> bool:
        """One of a few words, mostly for illness or treatment, row by row beside a value: systolic, 138."""
        profile, reading = self._looked[place].profile, self._readings[place]
        if MEASURED & set(reading.words) or profile.distinct > _MOST_KEYS:
            return False
        measured = (
            MEASURED & set(self._readings[each].words)
            for each in self._order
            if level_of(each) == level_of(place)
        )
        return profile.within.get(HEALTH, 0.0) >= _HALF and profile.distinctness < _HALF and any(measured)

    def _is_of_a_house(self, place: Place) -> bool:
        """Called "number" or the like, and no more, right after a column that is named after streets."""
        at = self._place_of[place]
        matches = self._readings[place].matches
        number = self._wholly(place) == "person_number" and matches[0].of_people
        return number and at > 0 and self._wholly(self._order[at - 1]) == "street"

    def _is_a_postcode(self, place: Place) -> bool:
        """Of the form of one, right between two other parts of an address, and of no type by its name."""
        near = self._beside(place)
        parts = [self._best[each] for each in near if self._best[each] in _PLACES - {"postcode"}]
        profile = self._looked[place].profile
        formed = profile.forms.get("postcode", 0.0) >= _WRITTEN_SO and not profile.increasing
        return formed and len(parts) == 2 and self._best[place] == NONE and not self._wholly(place)

    def _beside(self, place: Place) -> tuple[Place, ...]:
        """The columns to the left and to the right."""
        at = self._place_of[place]
        return (*self._order[max(0, at - 1) : at], *self._order[at + 1 : at + 2])

    def _is_nameless(self, place: Place) -> bool:
        """Called "c2" or the like, with words in it that are written as names and hardly stand twice."""
        profile = self._looked[place].profile
        return (
            all(len(word) < 2 for word in self._readings[place].words)
            and self._best[place] == NONE
            and looks_like_names(profile) > _WRITTEN_SO
            and profile.distinctness > _SURE
        )

    def _leads(self, place: Place, kind: str) -> bool:
        """Whether a column surely is of a type that leads to a person."""
        if place.path or not kind or self._alone[place].by_kind[kind] <= _SURE:
            return False
        return kinds()[kind].identifies is Identifies.DIRECT

    def _echoed(self, place: Place) -> Iterable[str]:
        """The types, that lead to a person, of columns whose values stand in this one again."""
        if self._alone[place].by_kind[NONE] < _SURE or place.path:
            return ()
        return sorted(self._echoed_kinds.get(place.column, ()))

    def _others(self, place: Place) -> frozenset[str]:
        """The types that other columns surely are of."""
        sure = self._sure.get(level_of(place), Counter())
        best = self._best[place]
        alone = sure[best] == 1 and self._alone[place].by_kind[best] > _SURE
        return frozenset(sure) - ({best} if alone else frozenset())

    def _is_generic(self, place: Place) -> bool:
        """Called "name", in whatever language, without whole names in it."""
        matches = self._readings[place].matches
        named = bool(matches) and matches[0].kind == "person_name" and matches[0].of_people
        return named and self._looked[place].profile.named < _NAMED


def _placed(parts: int, *, said: bool) -> float:
    """What other parts of an address add, and the whole name of a column that says it is one."""
    return (_OF_AN_ADDRESS if parts > 1 else _PLACED_SO) if said else _PLACED


def level_of(place: Place) -> str:
    """The columns of a row, or the object in JSON, that a column or path stands in."""
    return f"{place.column if place.path else ''}{above(place.path)}"
