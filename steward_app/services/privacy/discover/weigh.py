"""How likely a column is of each type: log-odds of what speaks for it and against it, added up.

Every type begins as unlikely; the name of the column, its values, the table and its neighbours add to it or take from
it. "None of them" has what speaks for a thing or for bookkeeping. What remains is normalised to probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from steward_app.services.privacy.discover.model import Evidence, Source
from steward_app.services.privacy.discover.packs import Packs, Signs
from steward_app.services.privacy.discover.profile import ColumnProfile, Form
from steward_app.services.privacy.discover.sentences import of_header, of_sign
from steward_app.services.privacy.discover.signs import (
    Looked,
    are_words_of_a_list,
    is_chosen,
    shown,
    shown_flag,
)
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Category, Identifies
from steward_app.services.rows.headers import How, Match, Reading

NONE = ""

_PRIOR = -4.5
_WRITTEN = {How.WRITTEN: 6.5, How.SHORT: 6.0, How.COMPOUND: 5.5, How.BONES: 5.5}
_WHOLE_NAME = 1.0  # the phrase is all of the name
_OF_PEOPLE = -0.7  # a phrase that counts in tables of people alone
_LACKING = 7.0  # a name of a column without any value that fits
_ENOUGH = 0.2  # share from which values fit
_ONLY_PEOPLE = 6.0
_PLAIN = 3.0
_ENDED_OFF = 3.0
_FLAG = 4.0
_COUNTED = 6.0  # numbers that a program counts up
_THINGS = 1.0
_NEVER_OF_THINGS = 4.0  # what is of people alone, in a table named after things
_OF_THE_TOPIC = 8.0
_GENERAL = frozenset(
    {"free_text", "health_text", "person_number", "person_name"}
)  # names that say little by themselves
_HARDLY_DIGITS = 0.25
_BESIDE_PEOPLE = 0.85  # how likely a column such as contact_title is about people
_UNSUPPORTED = 2.5  # a word such as "name" without a value that a list knows
_UNLISTED = 3.2  # the same of what lists know well: occupations
_NAME_OF_A_THING = 2.5  # "name" in a table named after things, though they be called as people are: towns
_WORDS_AGAIN = 5.0  # names of which there are but two in a whole table
_LONGEST_NAME = 8.0  # mean of words; what is longer is a text, and one name says nothing of it
_SENTENCES = 8.0
_OF_A_THING = 5.0  # names under "institution" or "business_name"
_ANY_DAY = 2.0  # days as far apart as births are, under a name that says something else: filed, end_date
_UNDERSTOOD = 0.5  # share of known words
_NAMES = frozenset({"person_name", "given_name", "family_name"})
_SPECIAL = 1.5  # the same of the special categories
_SOMEWHERE = 1.8  # the same of towns and regions: the lists have those of a few countries
_PLACES = frozenset({"city", "region"})
_NAMED_SO = 0.5  # share of what is written as names are
_MIXED = 0.6  # how much the lack counts where a few values fit
_MOSTLY = 0.9
_FULL_AT = 0.6  # share at which a sign says all it can
_WORTH_A_SENTENCE = 0.4


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a column's table and neighbours when it is weighed.

    Attributes:
        people: how likely the table's rows are about people, from 0 to 1.
        things: the table is named after things.
        named: the table's own name says so, not only its columns.
        topic: the special category that a table about people is named after: "health" for allergies; "" for none.
        beside: by type: log-odds that neighbours add, and why in a sentence.
    """

    people: float
    things: bool = False
    topic: str = ""
    named: bool = False
    beside: Mapping[str, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Probabilities of the types of a column, `NONE` among them, and why the best is the best."""

    by_kind: Mapping[str, float]
    evidence: Mapping[str, tuple[Evidence, ...]]

    @property
    def best(self) -> str:
        """The likeliest type, or `NONE`."""
        return max(self.by_kind, key=lambda kind: self.by_kind[kind])

    def ranked(self) -> list[tuple[str, float]]:
        """The types that are likely at all, best first, without `NONE`."""
        likely = ((kind, p) for kind, p in self.by_kind.items() if kind and p >= 0.02)
        return sorted(likely, key=lambda each: -each[1])


def weigh(looked: Looked, reading: Reading, around: Around, packs: Packs) -> Weighed:
    """The probabilities of the types of one column."""
    named = {match.kind: match for match in reading.matches}
    people = max(around.people, _BESIDE_PEOPLE) if reading.beside_people else around.people
    things = around.things and not reading.beside_people
    scores: dict[str, float] = {NONE: _none(looked, reading, around, packs)}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for kind, signs in packs.signs.items():
        found: list[Evidence] = []
        score = _PRIOR + _by_name(named.get(kind), reading, found)
        score += _by_values(kind, signs, looked, packs, found)
        if looked.profile.filled:
            score -= _lacking(kind, signs, looked, packs, named.get(kind))
        score -= signs.people_only * (_ONLY_PEOPLE * (1 - people) + _NEVER_OF_THINGS * things)
        if kind not in named:
            score -= _said_otherwise(kind, looked.profile, reading, named_things=things and around.named)
        if kind == around.topic and _speaks_of_the_topic(looked, reading):
            score += _OF_THE_TOPIC
            found.append(Evidence(Source.TABLE, 0.8, "Words in a table named after it"))
        added, sentence = around.beside.get(kind, (0.0, ""))
        score += added
        if added > 0:
            found.append(Evidence(Source.NEIGHBOURS, min(1.0, added / 7), sentence))
        scores[kind] = score
        evidence[kind] = tuple(sorted(found, key=lambda each: -each.strength))
    _text_rather_than_name(looked.profile, named, scores, evidence)
    return Weighed(_normalised(scores), evidence)


def _text_rather_than_name(
    profile: ColumnProfile,
    named: Mapping[str, Match],
    scores: dict[str, float],
    evidence: dict[str, tuple[Evidence, ...]],
) -> None:
    """What speaks for names in long texts says that they are to be looked for there; no text is one name."""
    if profile.words is None or profile.words.mean <= _LONGEST_NAME:
        return
    for kind in _NAMES - named.keys():
        name, text = scores[kind], scores["free_text"]
        if name > text:
            evidence["free_text"] = evidence[kind]
        scores["free_text"] = max(name, text) + math.log1p(math.exp(-abs(name - text)))
        scores[kind] = name - _SENTENCES


def _said_otherwise(kind: str, profile: ColumnProfile, reading: Reading, *, named_things: bool) -> float:
    """What is taken off what values alone say: names of things that are called as people are, days of anything.

    And two words that stand again and again, as the kinds of parents do.
    """
    if kind in _NAMES:
        other = any(reading.covered(match) == 1.0 and not match.of_people for match in reading.matches)
        called = _NAME_OF_A_THING * (other or (named_things and reading.unsaid))
        again = _WORDS_AGAIN * are_words_of_a_list(profile)
        return called + again + _OF_A_THING * reading.of_thing
    return _ANY_DAY * (kind == "birth_date" and reading.known >= _UNDERSTOOD)


def _speaks_of_the_topic(looked: Looked, reading: Reading) -> bool:
    """Whether a column of a table of diagnoses says which: words, under a name that says no more than description."""
    profile = looked.profile
    if any(match.kind not in _GENERAL for match in reading.matches) or reading.actor:
        return False
    if reading.known == 1 and not reading.plain and not reading.matches:
        return False  # it says something else of it: how severe, how certain
    words = profile.spaced >= _ENOUGH or is_chosen(profile)
    text = profile.storage.get("text", 0.0) > _MOSTLY and profile.digits < _HARDLY_DIGITS
    return words and text and profile.seems.get(Form.URL, 0.0) < _ENOUGH and not is_flag(looked)


def _none(looked: Looked, reading: Reading, around: Around, packs: Packs) -> float:
    profile = looked.profile
    score = _THINGS * around.things
    if (
        profile.seems.get(Form.EMAIL, 0.0) < _MOSTLY
    ):  # whose mail goes there can be asked, whatever it is called
        score += _PLAIN * reading.plain + _ENDED_OFF * reading.ended_off
    flags = (match.kind for match in reading.matches if "flag" in packs.signs[match.kind].needs)
    if is_flag(looked) and not any(flags):
        score += _FLAG
    if profile.increasing:
        score += _COUNTED
    return score


def is_flag(looked: Looked) -> bool:
    """Whether a column says yes or no."""
    return shown_flag(looked.profile) > _MOSTLY


def _by_name(match: Match | None, reading: Reading, found: list[Evidence]) -> float:
    if match is None:
        return 0.0
    score = _WRITTEN[match.how] + _OF_PEOPLE * match.of_people
    score += _WHOLE_NAME * reading.covered(match)
    found.append(Evidence(Source.HEADER, min(1.0, score / 7.5), of_header(match)))
    return score


def _by_values(kind: str, signs: Signs, looked: Looked, packs: Packs, found: list[Evidence]) -> float:
    filled = looked.profile.filled
    if not filled:
        return 0.0
    enough = filled / (filled + 1)
    total = 0.0
    for sign, weight in signs.weights.items():
        share = shown(sign, kind, looked, packs)
        if share <= 0.0:
            continue
        added = weight * min(1.0, share / _FULL_AT) * enough
        total += added
        if added >= _WORTH_A_SENTENCE:
            found.append(of_sign(sign, kind, share, min(1.0, added / 7), looked.profile))
    return total


def _lacking(kind: str, signs: Signs, looked: Looked, packs: Packs, match: Match | None) -> float:
    """What is taken off where no value is as those of the type are. Of a few values less."""
    if not signs.needs:
        return 0.0
    enough = looked.profile.filled / (looked.profile.filled + 2)
    most = max(shown(sign, kind, looked, packs) for sign in signs.needs)
    if most >= _ENOUGH:
        return _unsupported(kind, signs, looked, packs) * enough if match and match.of_people else 0.0
    direct = kinds()[kind].identifies is Identifies.DIRECT
    mild = _MIXED if match and direct and most > 0 else 1.0
    return _LACKING * mild * (1 - most / _ENOUGH) * enough


def _unsupported(kind: str, signs: Signs, looked: Looked, packs: Packs) -> float:
    """What is taken off a word that may mean much, "name" or "title", where only the shape of the values fits."""
    listed = ("words", "terms", "in", "street", "inside")
    strong = [s for s in signs.needs if s.partition(".")[0] in listed or s == "form.person_name"]
    most = max((shown(sign, kind, looked, packs) for sign in strong), default=1.0)
    direct = kinds()[kind].identifies is Identifies.DIRECT  # no list holds the names of all the world
    somewhere = kind in _PLACES and shown("shape.name", kind, looked, packs) > _NAMED_SO
    if kinds()[kind].category is Category.SPECIAL:
        taken = _SPECIAL  # what must not pass for less
    else:
        taken = _UNSUPPORTED if direct else _SOMEWHERE if somewhere else _UNLISTED
    return taken * max(0.0, 1 - most / _ENOUGH)


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    most = max(scores.values())
    weights = {kind: math.exp(score - most) for kind, score in scores.items()}
    total = sum(weights.values())
    return {kind: weight / total for kind, weight in weights.items()}
