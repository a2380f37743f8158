"""Everybody whom the database knows, as the words by which a text could name them.

A free text is read word by word: what stands there between two word borders is looked up, longest phrase first, without
regard to case, to accents and to signs between the words. Names in writings without spaces are looked for anywhere. Of
names also pet forms count, and where a word has a capital, inflected ones and those with a typing error (`variants`). A
number of few digits is anything, but behind the name of its key: “patient 7”.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from steward_app.db.any_text import legible
from steward_app.services.privacy import written_names, written_phones
from steward_app.services.privacy.discover.tokens import TITLES
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.plain_letters import in_plain_letters
from steward_app.services.privacy.references import called
from steward_app.services.privacy.transform.variants import (
    MOST_MISTYPED,
    Mistyped,
    is_word,
    nicknames,
    uninflected,
)
from steward_app.services.privacy.written_numbers import written_otherwise

WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_BETWEEN_PARTS = re.compile(r"[,;\n]")
_SHORTEST_PART = 3
_DIGITS_OF_HOUSE = 3  # longer ones are those of postcodes beside a town
_MOST_WORDS = 8
_LONGEST_VALUE = 200  # characters of a text that may be a value and nothing else
_MOST_FORMS = 100_000  # words of texts that are remembered
_DIGITS = "0123456789"
_SHORT = 2
_BEFORE = re.compile(r"(?<![\w.'’-])([^\W\d_][\u0300-\u036f]*[^\W\d_][\u0300-\u036f]*)[ \u00a0]$")
_BEHIND = re.compile(r",?[ \u00a0]([^\W\d_][\u0300-\u036f]*[^\W\d_][\u0300-\u036f]*)(?![\w'’-])")
_REACH = 8  # signs of a short name and what is before it
_TITLES = (*TITLES, "sn", "sayın", "fr", "г-н", "г-жа", "господин", "госпожа", "пан", "пані", "κ", "κα")
_TITLE = re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(map(re.escape, _TITLES))})\.?[ \u00a0]+$")
_LONGEST_TITLE = 16
PHONE = "phone"
NAMES = frozenset({"person_name", "given_name", "family_name"})


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody is named: from `start` to `end` of the text, by a value of the type `kind`.

    Attributes:
        meant: the name in small letters, where the text has another form of it.
    """

    start: int
    end: int
    kind: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class _Behind:
    """The short numbers of a key, and what finds numbers behind its name (`references.called`)."""

    name: re.Pattern[str]
    kind: str
    numbers: set[str]


class Known:
    """All values by which a person could be named, gathered before any text is read.

    Args:
        only_a_name: says of a word of a name whether it is no other word: in a text without capitals it counts then,
            and without its accents.
        no_grammar: says of a word of two letters whether it is none of those that sentences are made of (An, De, Lo).
    """

    def __init__(
        self,
        only_a_name: Callable[[str], bool] = lambda word: False,
        no_grammar: Callable[[str], bool] = lambda word: True,
    ) -> None:
        self._only_a_name, self._no_grammar = only_a_name, no_grammar
        self._phrases: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._together: dict[str, str] = {}
        self._short: set[str] = set()
        self._phones: set[str] = set()
        self._starts: set[str] = set()
        self._unspaced: dict[str, str] = {}
        self._longest = 0
        self._automaton: Any = None
        self._mistyped: Mistyped | None = None
        self._other_forms: dict[tuple[str, bool], str] = {}
        self._behind: dict[tuple[Place, ...], _Behind] = {}

    def __len__(self) -> int:
        return len(self._phrases) + len(self._whole) + len(self._unspaced) + len(self._phones)

    def add(self, values: Iterable[str], kind: str, key: Sequence[Place] = ()) -> None:
        """Values of one type. Of a whole name its words count too; what is too short to tell anybody is left out.

        Args:
            key: their names, by columns: short numbers are looked for behind these and those of the tables.
        """
        for value in map(legible, values):
            if _UNSPACED.search(value):
                if len(value.strip()) > 1:
                    self._unspaced.setdefault(value.strip(), kind)
                continue
            words = [_small(word) for word in WORD.findall(value)]
            if kind == "address":
                self._put_streets(value)
            if kind == PHONE:
                self._phones.update(written_phones.homes(value.strip()))
            if not words or len(words) > _MOST_WORDS or not _tells(words, kind):
                self._whole.setdefault(value.strip().casefold(), kind)
                if number := _number(value.strip()):
                    self._put_behind(number, kind, tuple(key))
                continue
            self._put(words, kind)
            if kind in NAMES:
                self._put_nicknames(words, kind, last_first="," in value)
            if kind in NAMES and len(words) > 1:
                self._put_short(value)
                for word in words:
                    if len(word) >= _SHORTEST_PART and word.isalpha():
                        self._put([word], kind)
                if kind == "person_name" and len(words) == 2:
                    self._put(words[::-1], kind)

    def _put_short(self, name: str) -> None:
        """The words of two letters of a whole name, as they are written: Lê, Wu, but not “de”."""
        for word in map(_composed, WORD.findall(name)):
            fits = len(word) == _SHORT and word.istitle() and word not in self._short
            if fits and (not word.isascii() or self._no_grammar(word)):
                self._short.update((word, word.upper()))

    def _put_streets(self, address: str) -> None:
        """Of a whole address the part that has the street and the number: a text names it without the town."""
        for part in _BETWEEN_PARTS.split(address):
            words = [_small(word) for word in WORD.findall(part)]
            named = any(len(word) >= _SHORTEST_PART and word.isalpha() for word in words)
            numbered = any(
                word[0].isdigit() and sum(map(str.isdigit, word)) <= _DIGITS_OF_HOUSE for word in words
            )
            if named and numbered and 1 < len(words) <= _MOST_WORDS:
                self._put(words, "address")

    def _put_nicknames(self, words: Sequence[str], kind: str, *, last_first: bool) -> None:
        """What people call somebody of this name; alone where that is no word, else beside the family name."""
        given = words if len(words) == 1 or last_first else words[:-1]
        for name in () if kind == "family_name" else given:
            for nickname in nicknames(name):
                if not is_word(nickname):
                    self._put([nickname], kind)
                if len(words) > 1:
                    family = words[0] if last_first else words[-1]
                    self._put([nickname, family], kind)

    def _put(self, words: Sequence[str], kind: str) -> None:
        phrase = " ".join(words)
        self._phrases.setdefault(phrase, kind)
        for plain in in_plain_letters(phrase):
            self._plain.setdefault(plain, phrase)
        if len(words) > 1:
            self._starts.update(each.partition(" ")[0] for each in (phrase, *in_plain_letters(phrase)))
            self._longest = max(self._longest, len(words))
            for one in written_names.together(words) if kind in NAMES else ():
                self._together.setdefault(one, phrase)

    def _put_behind(self, number: str, kind: str, key: tuple[Place, ...]) -> None:
        if key not in self._behind and (name := called(key)):
            self._behind[key] = _Behind(name, kind, set())
        if key in self._behind:
            self._behind[key].numbers.add(number)

    def hits(self, text: str) -> list[Hit]:
        """Where a text names somebody, from its start to its end, never overlapping.

        A text that is one of the values, and nothing else, is taken for it however short it is or written.
        """
        text = legible(text)
        if kind := self._is_one(text):
            return [Hit(0, len(text), kind)]
        found = [*self._with_short(text, self._by_words(text)), *self._by_number(text)]
        if self._unspaced or self._behind or self._phones:
            found = _disjoint(
                [*found, *self._by_key(text), *(self._anywhere(text) if self._unspaced else ())]
            )
        return found

    def _is_one(self, text: str) -> str:
        """The type of the value that a text is, or "" for none."""
        plain = text.strip().casefold()
        if plain in self._whole:
            return self._whole[plain]
        if _composed(text.strip()) in self._short:
            return "person_name"
        if not 0 < len(plain) <= _LONGEST_VALUE:
            return ""
        return self._phrases.get(self._as_known(" ".join(map(_small, WORD.findall(text)))), "")

    def _as_known(self, phrase: str) -> str:
        """A phrase, but with the accents of the value where one of the two is without them."""
        if phrase in self._phrases:
            return phrase
        for plain in (phrase, *in_plain_letters(phrase)):
            if plain in self._plain or plain in self._phrases:
                return self._plain.get(plain, plain)
        return phrase

    def _by_words(self, text: str) -> Iterator[Hit]:
        spans = [(each.start(), each.end()) for each in WORD.finditer(text)]
        words = [_small(text[start:end]) for start, end in spans]
        phrases, place = self._phrases, 0
        while place < len(words):
            word, taken, kind, meant = words[place], 0, None, ""
            if not self._starts.isdisjoint((word, *in_plain_letters(word))):
                for length in range(min(self._longest, len(words) - place), 1, -1):
                    phrase = " ".join(words[place : place + length])
                    known = self._as_known(phrase)
                    kind, meant = phrases.get(known), known if known != phrase else ""
                    if kind is not None:
                        taken = length
                        break
            if not taken:
                kind = phrases.get(word) or (phrases.get(word[:-1]) if word.endswith("s") else None)
                taken = int(bool(kind) and self._is_meant(text, spans[place], kind or ""))
                if kind is None:
                    meant = self._meant_by(text, spans, words, place)
                    kind, taken = phrases.get(meant), int(bool(meant))
            if kind and taken:
                yield Hit(spans[place][0], spans[place + taken - 1][1], kind, meant)
            place += taken or 1

    def _with_short(self, text: str, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Some hits, and the names of two letters beside names, with the accents and the capital that they have."""
        end = 0
        for hit in hits:
            beside = hit.kind in NAMES and bool(self._short)
            before = _BEFORE.search(text, max(end, hit.start - _REACH), hit.start) if beside else None
            if before and _composed(before[1]) in self._short:
                yield Hit(before.start(1), before.end(1), hit.kind)
            if hit.start >= end:
                yield hit
                end = hit.end
            behind = _BEHIND.match(text, end) if beside else None
            if behind and _composed(behind[1]) in self._short:
                yield Hit(behind.start(1), behind.end(1), hit.kind)
                end = behind.end(1)

    def _meant_by(self, text: str, spans: Sequence[tuple[int, int]], words: Sequence[str], place: int) -> str:
        """The value of which a word is another form: in plain letters, inflected or mistyped; "" for none."""
        word, written = words[place], text[slice(*spans[place])]
        whole = self._together.get(word.rstrip(_DIGITS)) if len(word) >= written_names.LEAST else None
        if whole and _is_joined(text, *spans[place]):
            return whole
        for each in (word, word.removesuffix("s")):
            meant = self._as_known(each)
            kind = self._phrases[meant] if meant != each else ""
            if kind and self._is_meant(text, spans[place], kind):
                sure = kind not in NAMES or self._only_a_name(word)
                if sure or self._beside(text, spans, words, place):
                    return meant
        if not (written[0].isupper() or _has_no_capitals(written)):
            return ""
        return self._other_form(word, beside=self._beside(text, spans, words, place))

    def _is_meant(self, text: str, span: tuple[int, int], kind: str) -> bool:
        """A name that is also a word (will, long) is meant where it has a capital.

        Of others, small letters are enough behind a title, or in a text that has no capitals; and of an account that
        stands where names stand, since no word has digits.
        """
        start, written = span[0], text[slice(*span)]
        if (
            (kind not in NAMES and kind != "city")
            or not written[0].islower()
            or not set(_DIGITS).isdisjoint(written)
        ):
            return True
        may_be = kind in NAMES and (
            text.islower() or _TITLE.search(text, max(0, start - _LONGEST_TITLE), start)
        )
        return bool(may_be) and self._only_a_name(written)

    def _beside(self, text: str, spans: Sequence[tuple[int, int]], words: Sequence[str], place: int) -> bool:
        """Whether a name that is known stands before or after a word, in the same breath."""
        for other, between in ((place - 1, (place - 1, place)), (place + 1, (place, place + 1))):
            if not 0 <= other < len(words) or self._phrases.get(self._as_known(words[other])) not in NAMES:
                continue
            gap = text[spans[between[0]][1] : spans[between[1]][0]]
            if text[spans[other][0]].isupper() and gap.strip(" ,\t") == "":
                return True
        return False

    def _other_form(self, word: str, *, beside: bool) -> str:
        """The name of which a word is another form, "" for none."""
        known = self._other_forms.get((word, beside))
        if known is None:
            if len(self._other_forms) > _MOST_FORMS:
                self._other_forms.clear()
            inflected = (name for name in uninflected(word) if self._phrases.get(name) in NAMES)
            known = next(inflected, "") or self._names_mistyped().name(word, beside_a_name=beside)
            self._other_forms[word, beside] = known
        return known

    def _names_mistyped(self) -> Mistyped:
        if self._mistyped is None:
            names = [name for name, kind in self._phrases.items() if kind in NAMES and " " not in name]
            self._mistyped = Mistyped(names if len(names) <= MOST_MISTYPED else ())
        return self._mistyped

    def _by_number(self, text: str) -> Iterator[Hit]:
        """Numbers that are written otherwise: 670,123, 0xA39AB; of telephones with any signs: (21) 9 4941.4482."""
        for start, end, number in written_otherwise(text):
            if kind := self._phrases.get(str(number)):
                yield Hit(start, end, kind)
        for runs in written_phones.grouped(text) if self._phones else ():
            if run := next((run for run in runs if written_phones.known(run.digits, self._phones)), None):
                yield Hit(run.start, run.end, PHONE)

    def _by_key(self, text: str) -> Iterator[Hit]:
        for key in self._behind.values():
            for found in key.name.finditer(text):
                if _number(found[3]) in key.numbers:
                    yield Hit(found.start(3), found.end(3), key.kind)

    def _anywhere(self, text: str) -> Iterator[Hit]:
        import ahocorasick

        if self._automaton is None:
            automaton = ahocorasick.Automaton()
            for value, kind in self._unspaced.items():
                automaton.add_word(value, (len(value), kind))
            automaton.make_automaton()
            self._automaton = automaton
        for last, (length, kind) in self._automaton.iter_long(text):
            yield Hit(last - length + 1, last + 1, kind)


def _is_joined(text: str, start: int, end: int) -> bool:
    """Whether a word is several: by capitals in it, or where it stands."""
    written = text[start:end]
    capitals = not written.isupper() and any(map(str.isupper, written[1:]))
    return capitals or written_names.is_in_a_run(text, start, end)


def _has_no_capitals(word: str) -> bool:
    """Whether a word is in one of the alphabets from right to left: Hebrew, Arabic."""
    return unicodedata.bidirectional(word[0]) in ("R", "AL")


def _small(word: str) -> str:
    """A word in small letters, each with its accents one sign; “İ” is two in lower case."""
    small = word.casefold()
    return small if small.isascii() else unicodedata.normalize("NFC", small)


def _composed(word: str) -> str:
    """A word as it is written, each letter with its accents one sign."""
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def _tells(words: Sequence[str], kind: str) -> bool:
    """Whether words are enough to tell somebody: "Jo" is a name, A12 a code, 7 no number that anybody would know."""
    letters = sum(map(len, words))
    if kind in NAMES:
        return letters > 1
    return letters > 3 or (letters > 2 and not any(word.isdecimal() or word.isalpha() for word in words))


def _number(text: str) -> str:
    """The digits of a number without zeros before them; "" of anything else."""
    return (text.lstrip("0") or "0") if text.isdecimal() else ""


def _disjoint(hits: Sequence[Hit]) -> list[Hit]:
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not found or hit.start >= found[-1].end:
            found.append(hit)
    return found
