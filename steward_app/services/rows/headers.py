"""What names of columns and tables say, in several languages: the word lists of `resources/rules/privacy/packs`.

A name is cut into words (`wording`): FirstName, first_name, "First Name" and firstname are all "first name". A phrase
matches where its words follow one another in a name; the longest wins, so that "file_name" is no name of a person.
Short forms (`brth_dt`), words without vowels or without a blank between them (`custname`) and compounds of languages
that write them as one (`Kundentelefon`) are read as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from steward_app.services.rows.wording import (
    VOWELS,
    Phrases,
    Words,
    bones,
    is_unspaced,
    parted,
    parts,
    spelt,
    split_words,
    stands_in,
)

_COMPOUNDING = frozenset({"de", "nl", "sv", "da", "nb", "fi", "hu", "is", "et"})
_LISTS = (
    "people", "things", "ending_off", "classing", "numbering", "which", "generic", "sorting", "starting_off", "never",
    "plain", "staff", "software", "actors", "system",
    "counting",
)  # fmt: skip
_LEAST_TAIL = 5  # letters of the last part of a compound
_LEAST_BONES = 4  # consonants that tell a word


class How(StrEnum):
    """How a name was read."""

    WRITTEN = "written"
    SHORT = "short"  # a usual short form: brth_dt
    COMPOUND = "compound"  # the end of a long word: Privattelefon
    BONES = "bones"  # without vowels: prsnl_nmbr


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase in a name: words from `start` to `end`; `kind` is "" for one that is about no person."""

    kind: str
    start: int
    end: int
    how: How
    of_people: bool = False

    def covers(self, other: Match) -> bool:
        """Whether another is a part of it."""
        longer = self.end - self.start > other.end - other.start
        return self.start <= other.start and other.end <= self.end and longer


@dataclass(frozen=True, slots=True)
class Reading:
    """A name of a column as it was read.

    Attributes:
        matches: by length, longest first; one a kind.
        plain: it is understood, and not about a person: price, created_at, address_type.
        known: share of its words that some list holds.
        actor: it names who did something with the row.
        ended_off: a phrase was there, and the name ends or starts with a word that makes it something else.
        beside_people: a word of people stands in it: contact_title.
        of_thing: a word of things stands in it and none of people: institution, business_name.
        unsaid: "name" and no more, in a table not of people.
        aside: its words that say only which one of several: "home" of home_phone, "number" of fax_number.
    """

    words: Words
    matches: tuple[Match, ...]
    plain: bool
    known: float
    actor: bool
    ended_off: bool
    beside_people: bool = False
    of_thing: bool = False
    unsaid: bool = False
    aside: frozenset[str] = frozenset()

    def covered(self, match: Match) -> float:
        """The share of its words that a match and words that say only which one are."""
        outside = (*self.words[: match.start], *self.words[match.end :])
        return 1 - sum(word not in self.aside for word in outside) / len(self.words)

    @property
    def longest(self) -> int:
        """Words of the longest phrase; 0 without one."""
        return max((match.end - match.start for match in self.matches), default=0)


@dataclass(slots=True)
class Headers:
    """All phrases, joined: "firstname"."""

    kinds: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)  # phrase: kinds, of people only
    people: set[str] = field(default_factory=set)
    things: set[str] = field(default_factory=set)
    ending_off: set[str] = field(default_factory=set)
    classing: set[str] = field(default_factory=set)
    classed: set[str] = field(default_factory=set)  # kinds that a class of them is of, too: injury_type
    numbering: set[str] = field(default_factory=set)
    numbered: set[str] = field(default_factory=set)  # kinds that are numbers: passport_id
    which: set[str] = field(default_factory=set)
    generic: set[str] = field(default_factory=set)
    sorting: set[str] = field(default_factory=set)  # beside other words a sort of these: font_family
    starting_off: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    staff: set[str] = field(default_factory=set)
    software: set[str] = field(default_factory=set)  # people that programs call their parts, too: agent
    actors: set[str] = field(default_factory=set)
    system: set[str] = field(default_factory=set)
    counting: set[str] = field(default_factory=set)
    short: dict[str, Words] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    _tails: dict[str, bool] = field(default_factory=dict)  # ends of compounds
    _bones: dict[str, str] = field(default_factory=dict)

    def learn(self, document: Mapping[str, Any]) -> None:
        """Take in a pack as it is written."""
        for kind, said in (document.get("kinds") or {}).items():
            if said.get("classed"):
                self.classed.add(kind)
            if said.get("numbered"):
                self.numbered.add(kind)
            terms = said.get("terms") if said.get("named_after_terms") else None
            for of_people, each in (
                (False, said.get("headers")),
                (True, said.get("of_people")),
                (True, terms),
            ):
                self._learn_kind(kind, each, of_people=of_people)
        for name in _LISTS:
            known: set[str] = getattr(self, name)
            for language, phrase in spelt(document.get(name)):
                known.add(phrase.replace(" ", ""))
                self.words.update(phrase.split())
                if name in ("plain", "ending_off", "counting") and language in _COMPOUNDING:
                    self._tails[phrase.replace(" ", "")] = True
        for _, phrase in spelt(document.get("understood")):
            self.words.update(phrase.split())
        for short, long in (document.get("abbreviations") or {}).items():
            self.short[short] = tuple(long.split())

    def _learn_kind(self, kind: str, said: Phrases | None, *, of_people: bool) -> None:
        for language, phrase in spelt(said):
            joined = phrase.replace(" ", "")
            known = self.kinds.setdefault(joined, [])
            if (kind, of_people) not in known:
                known.append((kind, of_people))
            self.words.update(phrase.split())
            self.words.add(joined)
            if language in _COMPOUNDING and " " not in phrase and len(joined) >= _LEAST_TAIL:
                self._tails[joined] = True
            consonants = bones(joined)
            if not of_people and len(consonants) >= _LEAST_BONES and consonants.isascii():
                self._bones.setdefault(consonants, joined)

    def names_people(self, name: str | Words) -> bool:
        """Whether a name of a table, or words beside a column's, are of people."""
        words = split_words(name) if isinstance(name, str) else name
        return any(stands_in(part, self.people) for _, _, part in parts(words)) or any(
            self._holds(word, self.people) if is_unspaced(word) else self._begins_with_people(word)
            for word in words
        )

    def is_of_people(self, table: str) -> bool:
        """Whether a table is named after people, and not after what they have: patients, not user_roles."""
        words = split_words(table)
        if not self.names_people(words):
            return False
        last = words[-1]
        ends_as_thing = (
            len(words) > 1
            and not self.names_people((last,))
            and (stands_in(last, self.things) or stands_in(last, self.ending_off))
        )
        return not ends_as_thing and not self._covered_by_thing(words)

    def _covered_by_thing(self, words: Words) -> bool:
        """Whether every word of people is part of a longer name of a thing: api_clients."""
        things = [
            (start, end)
            for start, end, part in parts(words)
            if end - start > 1 and stands_in(part, self.things)
        ]
        people = [at for at, word in enumerate(words) if self.names_people((word,))]
        return bool(people) and all(any(start <= at < end for start, end in things) for at in people)

    def names_things(self, name: str | Words) -> bool:
        """The same of things."""
        words = split_words(name) if isinstance(name, str) else name
        if any(stands_in(part, self.things) for _, _, part in parts(words)):
            return True
        if any(is_unspaced(word) and self._holds(word, self.things) for word in words):
            return True
        ends = (word[cut:] for word in words for cut in range(2, len(word) - _LEAST_TAIL + 1))
        return any(stands_in(end, self.things) for end in ends if len(end) >= _LEAST_TAIL)

    def names_somebody(self, key: str) -> bool:
        """Whether what a key of JSON leads to is of people, and no part of a program: patient, not agent."""
        return self.is_of_people(key) and not stands_in(split_words(key)[-1], self.software)

    def names_staff(self, table: str) -> bool:
        """Whether a table is of those who do the work, not of those for whom it is done."""
        return any(stands_in(part, self.staff) for _, _, part in parts(split_words(table)))

    def names_a_system(self, table: str) -> bool:
        """Whether a table is one of a program: schema_migrations."""
        return "".join(split_words(table)) in self.system

    def says_how_many(self, words: Words) -> bool:
        """Whether words count people: member_count, Teilnehmerzahl, 議員数, or no more than "members"."""
        if any(part in self.counting for _, _, part in parts(words)):
            return True
        several = len(words) == 1 and words[0].endswith("s") and words[0].removesuffix("s") in self.people
        return several or any(
            word.endswith(end)
            for word in words
            for end in self.counting
            if is_unspaced(word) or (end in self._tails and len(end) < len(word))
        )

    def read(self, name: str, *, among_people: bool = False) -> Reading:
        """What a column's name says; `among_people` where its table is one of people."""
        written = tuple(word for word, _ in groupby(split_words(name)))  # CountryCode_code
        expanded = self._expanded(written)
        reading = self._read(written, How.WRITTEN, among_people)
        if expanded != written and not reading.ended_off:
            other = self._read(expanded, How.SHORT, among_people)
            if other.longest > reading.longest or (other.plain and not reading.matches):
                return other
        if not reading.matches and not reading.plain and not reading.ended_off:
            return self._joined(written, among_people) or self._without_vowels(reading)
        return reading

    def _joined(self, written: Words, among_people: bool) -> Reading | None:
        """A name whose words stand without a blank between them: streetaddress, custname."""
        apart = tuple(part for word in written for part in self._apart(word))
        reading = self._read(self._expanded(apart), How.WRITTEN, among_people)
        return reading if apart != written and reading.matches else None

    def _expanded(self, words: Words) -> Words:
        return tuple(part for word in words for part in self.short.get(word, (word,)))

    def _apart(self, word: str) -> Words:
        return (word,) if self._knows(word) else parted(word, self.words, self.short) or (word,)

    def _read(self, words: Words, how: How, among_people: bool) -> Reading:
        beside_people = among_people or self.names_people(words)
        found = [match for each in parts(words) for match in self._at(each, how, beside_people)]
        found += self._tails_of(words, found, beside_people)
        longest = [m for m in found if not any(other.covers(m) for other in found)]
        about = [
            m for m in longest if m.kind and not (self._turned(words, m) or self._thing_beside(words, m))
        ]
        ended_off = len(about) < sum(1 for m in longest if m.kind)
        best: dict[str, Match] = {}
        for match in sorted(about, key=lambda m: (m.start - m.end, m.of_people)):
            best.setdefault(match.kind, match)
        joined, people = "".join(words), self.names_people(words)
        if not longest and joined not in self.plain and self._is_somebody(joined):  # player, author
            best["person_name"] = Match("person_name", 0, len(words), how, of_people=True)
        return Reading(
            words,
            tuple(best.values()),
            plain=not best and self._is_plain(words, longest),
            known=sum(self._knows(word) for word in words) / len(words) if words else 0.0,
            actor=joined in self.actors or any(joined.endswith(a) for a in self.actors if len(a) > 8),
            ended_off=ended_off and not best,
            beside_people=people,
            of_thing=not people and self.names_things(words),
            unsaid=not best and joined in self.generic,
            aside=self._aside(words, best),
        )

    def _is_somebody(self, joined: str) -> bool:
        ends = (joined[cut:] for cut in range(1, len(joined) - 1)) if is_unspaced(joined) else ()
        return stands_in(joined, self.people) or any(end in self.people for end in ends)

    def _aside(self, words: Words, kinds: Iterable[str]) -> frozenset[str]:
        numbered = any(kind in self.numbered for kind in kinds)
        return frozenset(
            word
            for word in words
            if word in self.which or len(word) < 2 or (numbered and word in self.numbering)
        )

    def _at(self, part: tuple[int, int, str], how: How, beside_people: bool) -> Iterator[Match]:
        start, end, joined = part
        if joined in self.never:
            yield Match("", start, end, how)
            return
        for kind, of_people in self.kinds.get(joined, ()):
            if beside_people or not of_people:
                yield Match(kind, start, end, how, of_people)

    def _tails_of(self, words: Words, found: list[Match], beside_people: bool) -> Iterator[Match]:
        """Ends of long words that nothing else tells."""
        for at, word in enumerate(words):
            if any(match.start <= at < match.end for match in found) or word in self.words:
                continue
            if is_unspaced(word):
                yield from self._piece_of(word, at, beside_people)
                continue
            for cut in range(3, len(word) - 2):
                tail, beside = word[cut:], self.names_people((word[:cut],))
                if tail in self.never or (tail in self.plain | self.ending_off and tail in self._tails):
                    yield Match("", at, at + 1, How.COMPOUND)
                    break
                if tail not in self.kinds or not (beside or tail in self._tails):
                    continue
                for kind, of_people in self.kinds[tail]:
                    if not of_people or beside or beside_people:
                        yield Match(kind, at, at + 1, How.COMPOUND, of_people)
                break

    def _piece_of(self, word: str, at: int, beside_people: bool) -> Iterator[Match]:
        """The end of a word of a script without blanks, or how it begins where the end says nothing."""
        size = len(word)
        ends = ((word[cut:], word[:cut]) for cut in range(1, size - 1))
        starts = ((word[:cut], word[cut:]) for cut in range(size - 1, 1, -1))
        for piece, rest in (*ends, *starts):
            if piece in self.never or piece in self.ending_off or piece in self.plain:
                yield Match("", at, at + 1, How.COMPOUND)
                return
            said = self.kinds.get(piece, ())
            beside = beside_people or (bool(said) and self._holds(rest, self.people))
            for kind, of_people in said:
                if beside or not of_people:
                    yield Match(kind, at, at + 1, How.COMPOUND, of_people)
            if said:
                return

    def _turned(self, words: Words, match: Match) -> bool:
        """Whether the first or last words make something else of what a phrase says: is_..., ..._type."""
        if match.start > 0 and any(
            "".join(words[:n]) in self.starting_off for n in (1, 2) if n <= match.start
        ):
            return True
        left = len(words) - match.end
        if left == 1 and words[-1] in self.classing and match.kind in self.classed:
            return False
        if left == 1 and words[-1] in self.numbering and match.kind in self.numbered:
            return False
        return left > 0 and any("".join(words[-n:]) in self.ending_off for n in (1, 2) if n <= left)

    def _thing_beside(self, words: Words, match: Match) -> bool:
        """A name or a number of a thing, or a sort of them: country_name, job_family in a table of people."""
        rest = words[: match.start] + words[match.end :]
        said = match.of_people or match.kind == "person_name"  # DepartmentFullName
        people = self.names_people(rest) or self.names_people(words[match.start : match.end])
        sort = "".join(words[match.start : match.end]) in self.sorting and not self.which.issuperset(rest)
        return said and not people and (sort or self.names_things(rest))

    def _is_plain(self, words: Words, longest: Iterable[Match]) -> bool:
        if not words or any(not match.kind for match in longest):
            return bool(words)
        if "".join(words) in self.plain:
            return True
        ends = {"".join(words[-n:]) for n in (1, 2)} | {"".join(words[:n]) for n in (1, 2)}
        return bool(ends & self.plain) or words[-1] in self.ending_off or words[0] in self.starting_off

    def _without_vowels(self, reading: Reading) -> Reading:
        for start, end, joined in sorted(parts(reading.words), key=lambda part: part[0] - part[1]):
            if len(joined) < _LEAST_BONES or VOWELS & set(joined[1:]):
                continue
            phrase = self._bones.get(bones(joined))
            if phrase is None:
                continue
            matches = tuple(
                Match(k, start, end, How.BONES) for k, of_people in self.kinds[phrase] if not of_people
            )
            return Reading(reading.words, matches, False, 1.0, reading.actor, False)
        return reading

    def _knows(self, word: str) -> bool:
        return len(word) > 1 and (word in self.words or word in self.short or stands_in(word, self.words))

    def _holds(self, word: str, known: set[str]) -> bool:
        """Whether a word of a script without blanks has one of the known ones in it."""
        return word in known or any(part in known for _, _, part in parts(tuple(word)) if len(part) > 1)

    def _begins_with_people(self, word: str) -> bool:
        if stands_in(word, self.things):
            return False  # medication is none of medic
        return any(word[:length] in self.people for length in range(5, len(word) - 2))
