"""Free text about people: sentences of the word list, filled in."""

from __future__ import annotations

import re
from random import Random

from steward_app.services.sample.people import Names
from steward_app.services.sample.words import word_list
from steward_app.services.sample.world import Patient, World

_BLANK = re.compile(r"\{(\w+)\}")
_START = re.compile(r"^\w|(?<=[.?] )[a-z]")
_TITLES = {"f": "Mrs", "m": "Mr", "x": "Mx"}


class Writer:
    """Writes what the clinic writes down."""

    def __init__(self, world: World, part: str) -> None:
        self._world = world
        self._chance = world.chance(part)
        self._names = Names()
        self._texts = word_list("texts")
        self._sentences: dict[str, list[str]] = {}
        self._parts = self._texts.words("parts")
        self._streets = word_list("places").words("streets")
        self._illnesses = [entry[1] for entry in word_list("clinical").fields("diagnoses")]
        self._drugs = [entry[1] for entry in word_list("clinical").fields("medications")]

    def write(self, kind: str, patient: Patient, *, illness: str = "", drug: str = "") -> str:
        """A sentence of a section of the word list, about this patient."""
        if kind not in self._sentences:
            self._sentences[kind] = self._texts.lines(kind)
        chance = self._chance
        relation, relative = chance.choice(patient.relatives)
        known = {
            "relation": relation,
            "relative": relative,
            "illness": _inside(illness),
            "drug": _inside(drug),
        }
        text = _BLANK.sub(
            lambda blank: known.get(blank[1]) or self._word(blank[1], patient, chance),
            chance.choice(self._sentences[kind]),
        )
        return _START.sub(lambda start: start[0].upper(), text)

    def _word(self, blank: str, patient: Patient, chance: Random) -> str:
        match blank:
            case "patient":
                return patient.full_name
            case "given":
                return patient.given
            case "family":
                return patient.family
            case "phone":
                return patient.phone
            case "mail":
                return patient.email
            case "doctor":
                return f"Dr {chance.choice(self._world.staff).full_name.split()[-1]}"
            case "title":
                return _TITLES[patient.sex]
            case "street":
                return f"{chance.randrange(1, 140)} {chance.choice(self._streets)}"
            case "town":
                return patient.town
            case "illness":
                return _inside(chance.choice(self._illnesses))
            case "drug":
                return _inside(chance.choice(self._drugs))
            case "part":
                return chance.choice(self._parts)
            case "count":
                return str(chance.choice((2, 3, 4, 5, 6, 7, 10, 14, 21)))
        raise KeyError(blank)


def _inside(title: str) -> str:
    """A title of a list as it is written inside a sentence: "asthma", but "Crohn's disease", "HIV disease"."""
    first = title.split(" ")[0]
    return title if first.endswith("'s") or first[1:2].isupper() else title[:1].lower() + title[1:]
