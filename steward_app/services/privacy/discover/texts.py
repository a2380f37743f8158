"""What texts are: each different value is looked at once, and counts as often as it stands.

Patterns run in one automaton over each value, words are looked up in one dictionary; that takes about a microsecond a
value and word. Nothing of the values is kept but some for checks that take long, as long as the scan of the column.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from types import MappingProxyType
from typing import Final, TypeVar

from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.checks import (
    beside_addresses,
    check,
    dialled,
    is_card,
    is_imei,
    valid_phones,
)
from steward_app.services.privacy.discover.folding import fold_all, words_all
from steward_app.services.privacy.discover.key_names import is_full_name
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.names_alone import MOST, may_be_names
from steward_app.services.privacy.discover.profile import Form, Inside
from steward_app.services.privacy.discover.spans import Span
from steward_app.services.privacy.discover.tokens import (
    BEFORE_A_NAME,
    FAMILY,
    GIVEN,
    NOT_OF_A_NAME,
    TITLED,
    lists_of,
)
from steward_app.services.privacy.discover.unspaced import parts
from steward_app.services.privacy.written_names import FIRST_UNSPACED

T = TypeVar("T", bound=Hashable)

_PIECE_CHARACTERS = 1 << 17  # looked at between two looks at the wish to stop: some ten milliseconds
_FIRST_TESTED = 24
_MOST_TESTED = 100  # values of one combination of forms
_MOST_SHAPES = 20_000
_SHAPES_KEPT = 2_000
_LEAST_OF_KEY = 24  # characters
_LEAST_OF_SENTENCE = 4  # words from which a text is looked into
_LEAST_OF_TEXT = 6
_NAMES = range(2, 6)
_NAME = GIVEN | FAMILY
_OF_NAMES = _NAME | NOT_OF_A_NAME
_LONGEST_NAME = 64
_DIGITS_OF_PHONE = range(7, 16)
_PHONES_TRIED = 0.2  # of the cells look like telephone numbers: else it is not tried whether they are
_SEPARATOR: Final = "\x1f"
_YEAR: Final = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d")
_YEAR_AND_NUMBER: Final = re.compile(r"(?:19|20)\d\d(?:[-/. ]\d{1,6}){1,2}")  # of an invoice, a file, a stay
_NEARLY_ALL = 0.9
_BOTH = 0.1  # of the cells at least are addresses of e-mail, and digits beside them
_DIGIT: Final = re.compile(r"\d")
_DECIMAL: Final = re.compile(r"[.,']")
_IN_THREES: Final = re.compile(r"(?:\d{3}\.){2}\d{3}")  # no price is so high
_TESTED: Final[Mapping[Form | str, Callable[[str], bool]]] = {
    Form.CARD: is_card,
    Form.IMEI: is_imei,
    Form.IBAN: lambda value: check("iban")(value),
}
_WORDLESS: Final[frozenset[Form | str]] = frozenset(
    {
        Form.EMAIL, Form.URL, Form.IP, Form.MAC, Form.UUID, Form.CARD, Form.IBAN, Form.DATE, Form.TIME, Form.NUMBER,
        Form.PHONE, Form.HASH, Form.USER_AGENT, Form.POSITION, Form.HANDLE,
    }
)  # fmt: skip
"""What has no words worth comparing with lists."""
_NO_PHONE = frozenset(
    {Form.DATE, Form.IP, Form.LATITUDE, Form.LONGITUDE, Form.TIME, Form.MAC, Form.UUID, Form.POSITION}
)


def _counts(known: Mapping[str, float] = MappingProxyType({})) -> defaultdict[str, float]:
    return defaultdict(float, known)


@dataclass(slots=True)
class Fitting:
    """What values fit.

    Attributes:
        seems, forms, right: cells by form, by kind of a pattern of the packs, by check with right digits.
        regions: shares of valid telephone numbers by country.
    """

    seems: defaultdict[str, float]
    forms: defaultdict[str, float] = field(default_factory=_counts)
    right: defaultdict[str, float] = field(default_factory=_counts)
    regions: dict[str, float] = field(default_factory=dict)
    years: Span = field(default_factory=Span)


class Texts:
    """Gathers what the texts of one column are.

    Attributes:
        seems, inside: cells by form, by what is inside.
        shapes: cells by shape, repeats left out; the rare ones of very many are dropped.
        named: cells that are a given and a family name; `capital`, `spaced`, `digits`, `characters`: see the profile.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon, self._addressed = lexicon, Addressed(lexicon)
        self._fits: dict[tuple[int, ...], int] = {}
        self._samples: dict[tuple[int, ...], list[str]] = {}
        self._mute: set[tuple[int, ...]] = set()
        self._entries: Counter[tuple[int, ...]] = Counter()
        self._marks: Counter[int] = Counter()
        self._lengths: Counter[int] = Counter()
        self._first: dict[str, None] = {}
        self.seems: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self.shapes: Counter[str] = Counter()
        self.count = self.named = self.capital = self.spaced = self.digits = self.characters = 0
        self.length = Span()

    def add(self, counted: Mapping[str, int], checkpoint: Callable[[], None]) -> None:
        """Look at texts without blanks around them, each with how often it stands there."""
        for piece in _pieces(counted):
            checkpoint()
            said = self.add_written(piece)
            self._shape(piece)
            self._first |= dict.fromkeys(islice(piece, MOST - len(self._first)))
            if said:
                self._read(said, [piece[value] for value in said])

    def add_written(self, counted: Mapping[str, int]) -> list[str]:
        """Look at the forms of values, without their words. Back come those that may have words."""
        found = self._lexicon.forms(counted)
        tallied = _count(Counter(), found, counted.values())
        for numbers, count in tallied.items():
            if numbers not in self._fits:
                self._fits[numbers] = 0
                self._samples[numbers] = []
                if not _WORDLESS.isdisjoint(map(self._lexicon.form, numbers)):
                    self._mute.add(numbers)
            self._fits[numbers] += count
        self._sample(counted, found, tallied)
        mute = self._mute.intersection(tallied)
        if len(mute) == len(tallied):
            return []
        if not mute:
            return list(counted)
        return [value for value, numbers in zip(counted, found, strict=True) if numbers not in mute]

    @property
    def whole(self) -> Counter[str]:
        """Cells by list whose whole value is an entry."""
        return self._by_list(self._entries, iter)

    @property
    def within(self) -> Counter[str]:
        """Cells by list, or kind of terms, with an entry in them."""
        return self._by_list(self._marks, lists_of)

    @property
    def may_be_names(self) -> bool:
        """Whether most of the first different texts are names and nothing else."""
        return may_be_names(self._first, self._lexicon)

    @property
    def words(self) -> Span:
        """Words of the values that may have some."""
        found = Span()
        for words, count in self._lengths.items():
            found.add(words, count)
        return found

    def _by_list(self, counted: Mapping[T, int], lists: Callable[[T], Iterable[int]]) -> Counter[str]:
        found: Counter[str] = Counter()
        for each, count in counted.items():
            for number in lists(each):
                found[self._lexicon.lists[number]] += count
        return found

    def fitting(self) -> Fitting:
        """What the values fit, and what of it holds when it is looked at more closely. Takes some milliseconds."""
        found = Fitting(_counts(self.seems))
        found.seems[Form.TEXT] = sum(n for words, n in self._lengths.items() if words >= _LEAST_OF_TEXT)
        phones: list[str] = []
        bare: list[str] = []
        for numbers, count in self._fits.items():
            sample = self._samples[numbers]
            targets = {self._lexicon.form(number) for number in numbers}
            for target in targets:
                if target == Form.STREET and Form.DATE in targets:
                    continue  # Nov 11, 2013 12:59 AM
                if target == Form.PHONE:
                    some = _phones(sample, targets)
                    phones += some
                    found.seems[Form.PHONE] += count * len(some) / len(sample)
                elif target == Form.DIALLED:
                    bare += sample
                    found.seems[Form.DIALLED] += count
                elif isinstance(target, Form):
                    passes = self._is_street if target == Form.STREET else _TESTED.get(target)
                    found.seems[target] += count * (_share(sample, passes) if passes else 1)
                else:
                    found.forms[target] += count
            for name in {name for target in targets for name in self._lexicon.checks.get(target, ())}:
                found.right[name] += count * _share(sample, check(name))
            if numbers not in self._mute or targets == {Form.HANDLE}:
                found.seems[Form.FULL_NAME] += count * _share(sample, self._is_full_name)
            if Form.DATE in targets:
                _add_years(found.years, sample, count)
        if found.seems[Form.PHONE] > _PHONES_TRIED * self.count:
            share, found.regions = valid_phones(phones)
            found.seems[Form.PHONE_VALID] = found.seems[Form.PHONE] * share
        form = dialled(bare) if found.seems[Form.DIALLED] > _NEARLY_ALL * self.count else None
        of_digits = found.seems.pop(Form.DIALLED, 0.0)
        if form is not None:
            found.seems[form] = of_digits
        mails = found.seems[Form.EMAIL]
        all_of_it = mails + of_digits > _NEARLY_ALL * self.count
        if all_of_it and min(mails, of_digits) >= _BOTH * self.count and beside_addresses(bare):
            found.seems[Form.PHONE] = of_digits
        return found

    def _is_street(self, value: str) -> bool:
        """Whether words and a number may be a street; in small letters only one that the lists have."""
        if value != value.lower() or value == value.upper():
            return True
        words = words_all(fold_all([value]))[0]
        endings = self._lexicon.street_endings
        return any(word in self._lexicon.streets or word.endswith(endings) for word in words)

    def _is_full_name(self, value: str) -> bool:
        one_word = value.isalpha() and value[1:].islower()
        if one_word or len(value) > _LONGEST_NAME or _DIGIT.search(value):
            return False
        return is_full_name(value, self._lexicon)

    def _sample(
        self, values: Iterable[str], found: Sequence[tuple[int, ...]], among: Iterable[tuple[int, ...]]
    ) -> None:
        """Keep some of the values of each combination of forms."""
        wanted = {numbers: some for numbers in among if len(some := self._samples[numbers]) < _MOST_TESTED}
        if wanted:
            for value, numbers in zip(values, found, strict=True):
                if numbers in wanted and len(wanted[numbers]) < _MOST_TESTED:
                    wanted[numbers].append(value)

    def _shape(self, piece: Mapping[str, int]) -> None:
        """Note the lengths and shapes of values."""
        values, counts = list(piece), piece.values()
        lengths = _count(Counter(), map(len, values), counts)
        self.length.add_all(lengths)
        joined = _SEPARATOR.join(values)
        if joined.count(_SEPARATOR) != len(values) - 1:
            joined = _SEPARATOR.join([value.replace(_SEPARATOR, " ") for value in values])
        shapes = joined.translate(_SIGNS)
        self.digits += shapes.count("9")
        self.characters += len(shapes)
        split = _without_repeats(shapes).split(_SEPARATOR)
        found = _count(Counter(), split, counts)
        self.count += sum(counts)
        self.capital += sum([count for shape, count in found.items() if shape[0] == "A"])
        self.spaced += sum([count for shape, count in found.items() if " " in shape])
        self.shapes.update(found)
        if len(self.shapes) > _MOST_SHAPES:
            self.shapes = Counter(dict(self.shapes.most_common(_SHAPES_KEPT)))
        if max(lengths) >= _LEAST_OF_KEY:
            self._keys(piece, split, found)

    def _keys(self, piece: Mapping[str, int], shapes: Sequence[str], different: Iterable[str]) -> None:
        """Long values without blanks that mix letters and digits: nobody types or reads them."""
        mixed = {shape for shape in different if " " not in shape and {"9", "a", "A"} <= set(shape)}
        if mixed:
            for (value, count), shape in zip(piece.items(), shapes, strict=True):
                if shape in mixed and len(value) >= _LEAST_OF_KEY:
                    self.seems[Form.KEY] += count

    def _read(self, values: Sequence[str], counts: Sequence[int]) -> None:
        """The words of values."""
        for lists, count in zip(self._lexicon.words.entries(fold_all(values)), counts, strict=True):
            if lists:
                self._entries[lists] += count
        texts = words_all(values)
        marks = self._lexicon.words.marks(texts)
        _count(self._marks, marks, counts)
        _count(self._lengths, map(len, texts), counts)
        for place in [place for place, found in enumerate(marks) if found & _OF_NAMES == _NAME]:
            if len(texts[place]) in _NAMES and not _DIGIT.search(values[place]):
                self.named += counts[place]
        if max(values) >= FIRST_UNSPACED:
            self.named += sum([count for value, count in zip(values, counts, strict=True) if parts(value)])
        for place in [place for place, found in enumerate(marks) if found & TITLED]:
            if self._addressed.names(texts[place]):
                self.seems[Form.ADDRESSED] += counts[place]
        longer = [place for place, words in enumerate(texts) if len(words) >= _LEAST_OF_SENTENCE]
        inside = self._lexicon.inside([values[place] for place in longer])
        for place, speaks_of in zip(longer, inside, strict=True):
            for each in speaks_of:
                self.inside[each] += counts[place]
            if marks[place] & BEFORE_A_NAME and self._lexicon.words.names_a_person(texts[place]):
                self.inside[Inside.PERSON_NAME] += counts[place]


def _pieces(counted: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    if 0 < sum(map(len, counted)) <= _PIECE_CHARACTERS:
        yield counted
        return
    values, counts = list(counted), list(counted.values())
    sizes = list(accumulate([len(value) + 16 for value in values]))
    start = size = 0
    while start < len(values):
        end = bisect_right(sizes, size + _PIECE_CHARACTERS) + 1
        size = sizes[min(end, len(sizes)) - 1]
        yield dict(zip(values[start:end], counts[start:end], strict=True))
        start = end


def _count(into: Counter[T], values: Iterable[T], counts: Collection[int]) -> Counter[T]:
    """Add values, some of which may be the same, each with how often it stands."""
    if sum(counts) == len(counts):
        into.update(values)  # in a fraction of the time
    else:
        for value, count in zip(values, counts, strict=True):
            into[value] += count
    return into


def _without_repeats(shapes: str) -> str:
    """Shapes with one sign for several letters or digits in a row."""
    import numpy as np

    signs = np.frombuffer(shapes.encode("utf-8", "surrogatepass"), np.uint8)
    kept = np.ones(len(signs), np.bool_)
    np.not_equal(signs[1:], signs[:-1], out=kept[1:])
    kept |= (signs != ord("a")) & (signs != ord("A")) & (signs != ord("9"))
    return signs[kept].tobytes().decode("utf-8", "surrogatepass")


def _share(sample: Sequence[str], passes: Callable[[str], bool]) -> float:
    """The share that passes. Where few of the first do, what the others do makes no difference."""
    few = sum(map(passes, sample[:_FIRST_TESTED]))
    if len(sample) <= _FIRST_TESTED or few < _FIRST_TESTED // 4:
        return few / min(_FIRST_TESTED, len(sample))
    return (few + sum(map(passes, sample[_FIRST_TESTED:]))) / len(sample)


def _phones(sample: Sequence[str], targets: set[Form | str]) -> list[str]:
    """Those that may be telephone numbers: what is a date or a price as well is none."""
    if not _NO_PHONE.isdisjoint(targets):
        return []
    if sum(map(bool, map(_YEAR_AND_NUMBER.fullmatch, sample))) > _NEARLY_ALL * len(sample):
        return []
    as_number = Form.NUMBER in targets and Form.WHOLE_NUMBER not in targets
    return [
        value
        for value in sample
        if sum(map(str.isdigit, value)) in _DIGITS_OF_PHONE
        and not (as_number and _DECIMAL.search(value) and not _IN_THREES.fullmatch(value))
    ]


def _add_years(years: Span, sample: Sequence[str], count: int) -> None:
    found = [int(year.group()) for value in sample if (year := _YEAR.search(value))]
    for number, times in Counter(found).items():
        years.add(number, max(1, count * times // len(sample)))


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
