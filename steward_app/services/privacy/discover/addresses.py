"""Postal addresses in texts: a street with its number, the postcode and the town, as many languages write them.

The words that say what kind of street it is come from the packs (`streets.yaml`), the forms of postcodes and the towns
too. Some are words besides ("close", "via"): these need a capital, or a postcode or town behind them. Everything is
looked for in RE2, in time that grows with the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Protocol

from steward_app.services.privacy.discover.folding import fold
from steward_app.services.privacy.discover.once import once_for_rules
from steward_app.services.privacy.discover.patterns import HOUSE_AFTER_WORDS

_BEHIND, _CODE_FIRST, _CODE_LAST = 1, 2, 3  # groups of the expressions
_ADDRESS, _NAME, _TOWN_BEHIND = 1, 2, 3  # and of that for addresses which no word of a street tells
_EXPRESSION_BYTES: Final = 1 << 28  # with less, the time for a character is twenty times as long
_LATIN: Final = range(0xC0, 0x250)
_WRITTEN_OUT: Final = {"ss": "(?:ss|ß)", "ae": "(?:ae|[äæ])", "oe": "(?:oe|[öøœ])", "ue": "(?:ue|ü)"}
_LEAST_UNMISTAKABLE = 6  # letters of an ending that no word has by chance: hauptstrasse, dorpsstraat
_MOST_WORDS_OF_TOWN = 4
_FULL_STOP: Final = re.compile(r"[^\W\d_]{5,}\.\Z")  # which ends the sentence, not a short form
_NEXT_WORD: Final = re.compile(r"[ \t\u00a0]*([^\W\d_]+|[%°€$£])")
_AFTER_COMMA: Final = re.compile(r"(?:,[ \t]*\r?\n?[ \t]*|[ \t]*\r?\n[ \t]*)")
_ENDS: Final = re.compile(r"\s*(?:[.,;:!?)]|\Z|\n)")
_WORD: Final = re.compile(r"([^\W\d_]+)")
_TOWN_WORD: Final = re.compile(r"(?:[ \t]|-)?([^\W\d_]+(?:['’][^\W\d_]+)?)")
_LAST_WORD: Final = re.compile(r"([^\W\d_]+)[^\w]*\d")

_HOUSE = r"\b\d{1,5}(?:[-–/]\d{1,5})?[a-zA-Z]?"
_CAPITAL = r"(?:\p{Lu}\pL{0,3}\.|\p{Lu}[\pL\pM'’-]*)"
_ANY_WORD = r"\pL[\pL\pM'’-]*\.?"
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)?"
_BREAK = r"(?:,[ \t]*\r?\n?[ \t]*|[ \t]*\r?\n[ \t]*|[ \t]+(?:[-–|/•][ \t]+)?)"
_FIRM_BREAK = r"(?:[ \t]*,[ \t]*\r?\n?[ \t]*|[ \t]*\r?\n[ \t]*)"
_NUMBER_SIGN = r"(?:(?i:nr|no|num|n|д|дом|číslo|č)[.:]? ?[°º]? ?|[№#] ?)?"
_MORE_OF_NUMBER = r"(?:[-–/]\d{1,4})?[a-zA-Z]?\b"
_TOWN = rf"{_CAPITAL}(?:[ -](?:\p{{Ll}}{{1,5}}[ -])?{_CAPITAL}){{0,3}}"


class _Trust(Enum):
    """How much a form says by itself."""

    LIKELY = auto()  # it is an address
    DOUBTFUL = auto()  # with a postcode or a town that is known behind it
    BY_POSTCODE = auto()  # with a postcode and a town


_COMMON: Final = {_Trust.DOUBTFUL: re.compile(r"\d{4}"), _Trust.BY_POSTCODE: re.compile(r"\d{4,5}")}
"""Postcodes that may be any number: they tell an address where a town of the lists stands beside them."""


class Rules(Protocol):
    """What is known of addresses: the part of the packs that is used here."""

    @property
    def digest(self) -> str: ...
    @property
    def patterns(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def words(self) -> Mapping[str, frozenset[str]]: ...


class Addresses:
    """Finds addresses in texts."""

    def __init__(self, rules: Rules) -> None:
        import re2

        words = rules.words
        self._towns = words.get("city", frozenset())
        self._counted = words.get("counted", frozenset()) | words.get("unit", frozenset())
        self._not = words.get("street_not", frozenset())
        options = re2.Options()
        options.max_mem = _EXPRESSION_BYTES
        options.log_errors = False
        self._placed = re2.compile(_placed(words), options)
        part, tail = _part_of_house(words), _tail(rules.patterns.get("postcode", ()))

        def compiled(cores: Iterable[str]) -> Any:
            core = f"(?:{'|'.join(cores)}){part}"
            return re2.compile(f"{core}({tail})|{core}", options)

        self._by_trust = (
            (_Trust.LIKELY, compiled(_likely(words))),
            (_Trust.DOUBTFUL, compiled(_doubtful(words))),
            (_Trust.BY_POSTCODE, re2.compile(f"(?:{'|'.join(_unnamed())}){part}({tail})", options)),
            (_Trust.LIKELY, compiled(_boxes(words))),
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where addresses stand in a text, from its start to its end, never overlapping."""
        if not any(map(str.isdigit, text)):
            return []
        plain = text.encode("utf-8", "replace").decode()  # half a surrogate pair is a sign like any other
        spans: list[tuple[int, int]] = []
        found = (span for trust, pattern in self._by_trust for span in self._found(plain, pattern, trust))
        for start, end in sorted(chain(found, self._by_place(plain))):
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def _by_place(self, text: str) -> Iterator[tuple[int, int]]:
        """Addresses that a word before them tells, and the town behind or the end of the sentence."""
        for found in self._placed.finditer(text):
            start, end = found.span(_ADDRESS)
            words = [fold(word) for word in found.group(_NAME).split()]
            many = words[0] != "the" and words[-1].endswith("s") and not words[-1].endswith("ss")
            if many or any(word in self._counted or word in self._not for word in words):
                continue  # things that are counted
            if found.group(_TOWN_BEHIND) or _ENDS.match(text, end):
                yield start, end

    def _found(self, text: str, pattern: Any, trust: _Trust) -> Iterator[tuple[int, int]]:
        for found in pattern.finditer(text):
            start, end = found.span()
            if not _stands_alone(text, start, end):
                continue
            behind = found.start(_BEHIND)
            with_town = self._town_end(text, start, end, behind)
            if behind >= 0:
                postcode = found.group(_CODE_FIRST) or found.group(_CODE_LAST)
                if trust is _Trust.LIKELY or with_town >= 0 or not _COMMON[trust].fullmatch(postcode):
                    yield start, max(end, with_town)
            elif with_town >= 0:
                yield start, with_town
            elif trust is _Trust.LIKELY and not self._is_counted(text, start, end):
                yield start, end - bool(_FULL_STOP.search(text, start, end))

    def _town_end(self, text: str, start: int, end: int, behind: int) -> int:
        """The end of a town of the lists: behind an address, or in what was found behind it; -1 where none is."""
        small = text[start:end].islower()
        if behind >= 0:
            words = (behind + word.start() for word in _WORD.finditer(text[behind:end]))
            return max((self._longest_town(text, word, small=small) for word in words), default=-1)
        comma = _AFTER_COMMA.match(text, end)
        return self._longest_town(text, comma.end(), small=small) if comma else -1

    def _longest_town(self, text: str, start: int, *, small: bool) -> int:
        """The end of the longest town that begins at a place; in small letters only where everything is."""
        words: list[str] = []
        best, at = -1, start
        for _ in range(_MOST_WORDS_OF_TOWN):
            word = _TOWN_WORD.match(text, at)
            if word is None or not (words or small or word.group(1)[0].isupper()):
                break
            words.append(fold(word.group(1)))
            at = word.end()
            if " ".join(words) in self._towns or "-".join(words) in self._towns:
                best = at
        return best

    def _is_counted(self, text: str, start: int, end: int) -> bool:
        """Whether a number is no house's: something is counted, it goes on, or the word is none of a street."""
        follows = text[end : end + 2]
        if len(follows) == 2 and follows[0] in ".,:/" and follows[1].isdigit():
            return True
        word = _NEXT_WORD.match(text, end)
        if word and (fold(word.group(1)) in self._counted or not word.group(1).isalpha()):
            return True
        first = _WORD.search(text, start, end)
        last = _LAST_WORD.search(text, start, end)
        return any(word is not None and fold(word.group(1)) in self._not for word in (first, last))


_made = once_for_rules(Addresses)


def addresses(rules: Rules) -> Addresses:
    """What finds addresses by some packs, kept for the next text with the same."""
    return _made(rules)


def _likely(words: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """What is an address by itself."""
    after, before, ending, besides = _kinds(words)
    name = rf"(?:{_CAPITAL}|{_ORDINAL})"
    places = _one_of(words.get("street_after_place", ()), capital=True)
    yield rf"\b\d{{1,3}}[a-zA-Z]?(?:, ?| ){_CAPITAL}(?: {_CAPITAL}){{0,2}} {places}\b"
    kinds = f"(?:(?i:{_one_of(after - besides)})|{_one_of(after & besides, capital=True)})"
    yield rf"{_HOUSE}(?:, ?| - | ){name}(?: {name}){{0,3}} {kinds}\b\.?(?: (?:[NS][EW]?|[EW]|North|South|East|West)\b)?"
    joint = rf"(?:(?:{_one_of(words.get('street_joint', ()))})\.? |\p{{Ll}}{{1,5}}['’])"
    place = rf"{joint}{{0,3}}(?:\d{{1,2}}\.? (?:d[ei] )?)?{_CAPITAL}(?: {joint}{{0,3}}{_CAPITAL}){{0,4}}"
    kinds = (
        rf"(?:(?i:{_one_of(before - besides)})\.?|{_one_of(before & besides, capital=True)}\.?"
        rf"|{_one_of(before & besides)}\.)"
    )
    yield rf"{_HOUSE}(?: bis| ter)?(?:,? {kinds}|, (?i:{_one_of(before)})) ?{place}"
    yield rf"{kinds} ?{place}(?:, ?{_NUMBER_SIGN}\d{{1,5}}| {_NUMBER_SIGN}{HOUSE_AFTER_WORDS}){_MORE_OF_NUMBER}"
    numbered = _one_of({"calle", "carrera", "avenida"} & before)
    if numbered:
        yield rf"(?i:{numbered}) \d{{1,3}}[a-zA-Z]? ?(?:#|(?i:no)\.?|n[º°]) ?\d{{1,3}}(?:[-–]\d{{1,3}})?\b"
    sure = ending - besides
    house = rf"[, ]{{1,2}}{_NUMBER_SIGN}{HOUSE_AFTER_WORDS}{_MORE_OF_NUMBER}"
    yield rf"\p{{Lu}}[\pL\pM'’.-]+(?i:{_one_of(sure)})\.?{house}"
    yield rf"(?:{_CAPITAL}[ -]){{1,3}}(?i:{_one_of(sure)})\.?{house}"
    long = {each for each in sure if len(each) >= _LEAST_UNMISTAKABLE}
    yield rf"\pL[\pL\pM'’.-]+(?i:{_one_of(long)}){house}"


def _doubtful(words: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """What is an address where a postcode or a town stands behind it."""
    after, before, ending, _ = _kinds(words)
    yield rf"{_HOUSE},? {_ANY_WORD}(?: {_ANY_WORD}){{0,3}} (?i:{_one_of(after)})\b\.?"
    yield rf"{_HOUSE}(?: bis| ter)?,? (?i:{_one_of(before)})\.?(?: {_ANY_WORD}){{1,5}}"
    house = rf"[, ]{{1,2}}{_NUMBER_SIGN}\d{{1,5}}{_MORE_OF_NUMBER}"
    yield rf"(?i:{_one_of(before)})\.?(?: {_ANY_WORD}){{1,5}}{house}"
    yield rf"\pL[\pL\pM'’.-]*(?i:{_one_of(ending)})\.?{house}"


def _unnamed() -> Iterator[str]:
    """What is an address where a postcode and a town stand behind it: Unter den Linden 77, 10117 Berlin."""
    name = rf"{_CAPITAL}(?: (?:{_CAPITAL}|\p{{Ll}}{{1,5}})){{0,4}}"
    yield rf"{name}[, ]{{1,2}}{_NUMBER_SIGN}\d{{1,5}}{_MORE_OF_NUMBER}"
    yield rf"{_HOUSE},? {name}"


def _placed(words: Mapping[str, frozenset[str]]) -> str:
    """A number and two or three words behind one that says where: to 8 Nether Byre, Castle Drayling."""
    name = r"\p{Lu}\p{Ll}[\pL\pM'’-]*"
    town = rf"{name}(?: {name})?"
    before = _one_of(words.get("place_before", ()))
    return rf"\b(?i:{before}) (\d{{1,3}}[a-zA-Z]? ({name}(?: {name}){{1,2}})(, {town})?)"


def _boxes(words: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """A box at the post office."""
    yield rf"(?i:{_one_of(words.get('post_box', ()))})[ :.]{{0,2}}(?:n[°ºr.]{{1,2}} ?)?\d(?:[\d ]{{0,10}}\d)?\b"


def _kinds(
    words: Mapping[str, frozenset[str]],
) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """The words for streets by where they stand, and which of them are words besides."""
    after, before, ending = (
        words.get(f"street_{place}", frozenset()) | words.get(f"street_{place}_short", frozenset())
        for place in ("after", "before", "ending")
    )
    return after, before, ending, words.get("street_word", frozenset())


def _part_of_house(words: Mapping[str, frozenset[str]]) -> str:
    number = r"(?:\d{1,5}[a-zA-Z]?|[a-zA-Z]\d{0,3})\b"
    return rf"(?:,? (?i:{_one_of(words.get('dwelling', ()))})(?:\.? |\.)#?{number}| [a-zA-Z]\b)?"


def _tail(postcodes: Iterable[str]) -> str:
    codes = "|".join(sorted(postcodes, key=len, reverse=True)) or r"\d{4,6}"
    code = rf"(?:{codes})(?:-\d{{4}})?\b"
    region = r"(?:,? ?\(?[\pL]{2,3}\)?|, ?\p{Lu}[\pL .'’-]{2,20})?"
    any_town = rf"{_ANY_WORD}(?:[ -]{_ANY_WORD}){{0,2}}"
    return (
        rf"{_BREAK}({code}){_BREAK}{_CAPITAL}(?:[ -]{_CAPITAL}){{0,2}}(?: \(\p{{Lu}}{{2}}\))?"
        rf"|{_FIRM_BREAK}(?:{_TOWN}|{any_town}){region},?\s{{1,2}}({code})"
    )


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing that belongs to it stands before or behind it."""
    before = text[start - 1 : start]
    if (
        before.isalnum()
        or before in ("_", "@", "#")
        or (before in (".", ",") and text[start - 2 : start - 1].isdigit())
    ):
        return False
    return not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def _one_of(entries: Iterable[str], *, capital: bool = False) -> str:
    """An expression for folded words, in whatever letters they are written; one that fits nothing for none."""
    listed = sorted(set(entries), key=lambda each: (-len(each), each))
    return (
        f"(?:{'|'.join(_written(each, capital=capital) for each in listed)})"
        if listed
        else r"[^\x00-\x{10FFFF}]"
    )


def _written(word: str, *, capital: bool) -> str:
    return f"{_letter(word[0].upper())}(?i:{_letters(word[1:])})" if capital else _letters(word)


def _letters(word: str) -> str:
    parts, place = [], 0
    while place < len(word):
        pair = _WRITTEN_OUT.get(word[place : place + 2])
        parts.append(pair or _letter(word[place]))
        place += 2 if pair else 1
    return "".join(parts)


@lru_cache(maxsize=256)
def _letter(letter: str) -> str:
    """A letter with all signs that may stand on it."""
    if not (letter.isascii() and letter.isalpha()):
        return re.escape(letter)
    same = [
        chr(code)
        for code in _LATIN
        if fold(chr(code)) == letter.lower() and chr(code).isupper() == letter.isupper()
    ]
    return f"[{letter}{''.join(same)}]" if same else letter
