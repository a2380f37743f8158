"""What texts are: each different value is looked at once, and counts as often as it stands.

Patterns run in one automaton over each value, words are looked up in one dictionary; that takes about a microsecond a
value and word. Nothing of the values is kept but some for checks that take long, as long as the scan of the column.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from steward_app.services.privacy.discover.checks import check, is_card, is_imei, valid_phones
from steward_app.services.privacy.discover.folding import fold_all
from steward_app.services.privacy.discover.lexicon import Lexicon, Token
from steward_app.services.privacy.discover.profile import Form, Inside
from steward_app.services.privacy.discover.spans import Span

_PIECE_CHARACTERS = 1 << 17  # looked at between two looks at the wish to stop: some ten milliseconds
_MOST_TESTED = 300
_MOST_SHAPES = 20_000
_SHAPES_KEPT = 2_000
_LEAST_OF_KEY = 24  # characters
_LEAST_OF_SENTENCE = 4  # words from which a text is looked into
_LEAST_OF_TEXT = 6
_NAMES = range(2, 6)
_DIGITS_OF_PHONE = range(7, 16)
_PHONES_TRIED = 0.2  # of the cells look like telephone numbers: else it is not tried whether they are
_SEPARATOR: Final = "\x1f"
_YEAR: Final = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d")
_TESTED: Final[Mapping[str, Callable[[str], bool]]] = {
    Form.CARD: is_card,
    Form.IMEI: is_imei,
    Form.IBAN: lambda value: check("iban")(value),
}
_NO_PHONE = frozenset(
    {Form.DATE, Form.IP, Form.LATITUDE, Form.LONGITUDE, Form.TIME, Form.MAC, Form.UUID, Form.POSITION}
)


class Texts:
    """Gathers what the texts of one column are.

    Attributes:
        seems, whole, within, inside: cells by form, by list, by list or kind of terms, by what is inside.
        shapes: cells by shape, repeats left out; the rare ones of very many are dropped.
        named: cells that are a given and a family name; `capital`, `spaced`, `digits`, `characters`: see the profile.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._fits: Counter[tuple[int, ...]] = Counter()
        self._tests: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._candidates: dict[str, dict[str, None]] = {}
        self._candidate_cells: Counter[str] = Counter()
        self.seems: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.within: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self.shapes: Counter[str] = Counter()
        self.count = self.named = self.capital = self.spaced = self.digits = self.characters = 0
        self.length, self.words, self.years = Span(), Span(), Span()

    def add(self, counted: Mapping[str, int], checkpoint: Callable[[], None]) -> None:
        """Look at texts without blanks around them, each with how often it stands there."""
        for piece in _pieces(counted):
            checkpoint()
            self.add_written(piece)
            lettered = self._shape(piece)
            for value, folded in zip(lettered, fold_all(list(lettered)), strict=True):
                count = lettered[value]
                for number in self._lexicon.entry(folded):
                    self.whole[self._lexicon.lists[number]] += count
                self._read(value, count)

    def add_written(self, counted: Mapping[str, int]) -> None:
        """Numbers as they are written: which forms they have, and nothing of words."""
        match, fits, tests = self._lexicon.forms, self._fits, self._tests
        for value, count in counted.items():
            numbers = tuple(match(value))
            if numbers:
                fits[numbers] += count
                names = tests.get(numbers)
                for name in self._plan(numbers) if names is None else names:
                    self._test(name, value, count)

    def seem(self) -> tuple[Counter[str], Counter[str], dict[str, float], dict[str, float]]:
        """Cells by form and by kind; cells by check with right digits; shares of valid telephone numbers by country."""
        seems, forms = Counter(self.seems), Counter[str]()
        for numbers, count in self._fits.items():
            for target in {self._lexicon.form(number) for number in numbers}:
                (seems if isinstance(target, Form) else forms)[target] += count
        for form, passes in _TESTED.items():
            seems[form] = round(seems[form] * self._passing(form, passes))
        seems[Form.PHONE] = self._candidate_cells[Form.PHONE]
        regions: dict[str, float] = {}
        if seems[Form.PHONE] > _PHONES_TRIED * self.count:
            share, regions = valid_phones(self._candidates[Form.PHONE])
            seems[Form.PHONE_VALID] = round(seems[Form.PHONE] * share)
        checks = {name for names in self._lexicon.checks.values() for name in names} & set(self._candidates)
        right = {name: self._candidate_cells[name] * self._passing(name, check(name)) for name in checks}
        return seems, forms, right, regions

    def _plan(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """What is to be tested of values that fit these patterns."""
        targets = {self._lexicon.form(number) for number in numbers}
        names = [str(form) for form in _TESTED if form in targets]
        as_number = Form.NUMBER in targets and Form.WHOLE_NUMBER not in targets
        if Form.PHONE in targets and not as_number and _NO_PHONE.isdisjoint(targets):
            names.append(Form.PHONE)
        if Form.DATE in targets:
            names.append(Form.DATE)
        names += {name for target in targets for name in self._lexicon.checks.get(target, ())}
        return self._tests.setdefault(numbers, tuple(names))

    def _test(self, name: str, value: str, count: int) -> None:
        if name == Form.DATE:
            year = _YEAR.search(value)
            if year:
                self.years.add(int(year.group()), count)
            return
        if name == Form.PHONE and sum(map(str.isdigit, value)) not in _DIGITS_OF_PHONE:
            return
        kept = self._candidates.setdefault(name, {})
        if len(kept) < _MOST_TESTED:
            kept[value] = None
        self._candidate_cells[name] += count

    def _passing(self, name: str, passes: Callable[[str], bool]) -> float:
        tested = self._candidates.get(name, {})
        return sum(map(passes, tested)) / len(tested) if tested else 0.0

    def _shape(self, piece: Mapping[str, int]) -> dict[str, int]:
        """Note the shapes of values; those with letters come back."""
        joined = _SEPARATOR.join(piece)
        if joined.count(_SEPARATOR) != len(piece) - 1:
            joined = _SEPARATOR.join(value.replace(_SEPARATOR, " ") for value in piece)
        shapes = joined.translate(_SIGNS)
        self.digits += shapes.count("9")
        self.characters += len(shapes)
        for sign in "aA9":
            while sign * 2 in shapes:
                shapes = shapes.replace(sign * 2, sign)
        lettered = {}
        for (value, count), shape in zip(piece.items(), shapes.split(_SEPARATOR), strict=True):
            self.count += count
            self.length.add(len(value), count)
            self.shapes[shape] += count
            self.capital += count if shape[0] == "A" else 0
            if " " in shape:
                self.spaced += count
            elif len(value) >= _LEAST_OF_KEY and "9" in shape and "a" in shape and "A" in shape:
                self.seems[Form.KEY] += count
            if "a" in shape or "A" in shape:
                lettered[value] = count
        if len(self.shapes) > _MOST_SHAPES:
            self.shapes = Counter(dict(self.shapes.most_common(_SHAPES_KEPT)))
        return lettered

    def _read(self, value: str, count: int) -> None:
        """The words of a value."""
        tokens = self._lexicon.tokens(value)
        self.words.add(len(tokens), count)
        found: set[int] = set()
        for place, token in enumerate(tokens):
            found.update(token.lists)
            for words, number in token.longer:
                if all(
                    a == b.folded for a, b in zip(words, tokens[place : place + len(words)], strict=False)
                ):
                    found.add(number)
        for number in found:
            self.within[self._lexicon.lists[number]] += count
        if len(tokens) in _NAMES and _is_name(tokens) and not any(map(str.isdigit, value)):
            self.named += count
        if len(tokens) >= _LEAST_OF_SENTENCE:
            self.seems[Form.TEXT] += count if len(tokens) >= _LEAST_OF_TEXT else 0
            for inside in self._lexicon.inside(value):
                self.inside[inside] += count
            self.inside[Inside.PERSON_NAME] += count if _speaks_of_a_person(tokens) else 0


def _pieces(counted: Mapping[str, int]) -> Iterator[dict[str, int]]:
    piece: dict[str, int] = {}
    size = 0
    for value, count in counted.items():
        piece[value] = count
        size += len(value) + 16
        if size > _PIECE_CHARACTERS:
            yield piece
            piece, size = {}, 0
    if piece:
        yield piece


def _is_name(tokens: Sequence[Token]) -> bool:
    given = family = 0
    for token in tokens:
        if not (token.given or token.family or len(token.folded) == 1):
            return False
        given += token.given
        family += token.family
    return given > 0 and family > 0


def _speaks_of_a_person(tokens: Sequence[Token]) -> bool:
    return any(
        second.capital
        and not second.title
        and (first.title or (first.capital and first.given and second.family and len(second.folded) > 1))
        for first, second in pairwise(tokens)
    )


class _Signs(dict[int, str]):
    """What a character is in a shape: a letter "a" or "A", a digit "9", any other itself."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        if category in ("Lu", "Lt"):
            sign = "A"
        elif category[0] in "LM":
            sign = "a"
        else:
            sign = "9" if category == "Nd" else chr(code)
        self[code] = sign
        return sign


_SIGNS = _Signs()
