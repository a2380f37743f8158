"""What the cells of a column are, gathered batch by batch in memory that does not grow with the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import eq, itemgetter
from typing import Final

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy import json_values
from steward_app.services.privacy.discover import json_paths
from steward_app.services.privacy.discover.folding import Joined
from steward_app.services.privacy.discover.key_words import key_words
from steward_app.services.privacy.discover.lexicon import Lexicon
from steward_app.services.privacy.discover.magic import content, is_jsonb, text_of
from steward_app.services.privacy.discover.missing import LONGEST_MISSING, MISSING
from steward_app.services.privacy.discover.profile import ColumnProfile, Content, Form
from steward_app.services.privacy.discover.reading import Cell, Part
from steward_app.services.privacy.discover.sketch import Distinct, Shared
from steward_app.services.privacy.discover.spans import Rising, Span
from steward_app.services.privacy.discover.texts import Texts
from steward_app.services.privacy.encoded_texts import whole_in_the_clear
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import LONGEST, MOST_NUMBERS, whole_number
from steward_app.services.privacy.written_codes import CodesInside
from steward_app.services.privacy.written_numbers import NumbersInside

_SHAPES = 6
_LEAST_SHAPE = 0.02  # share of cells: a rare shape could be that of one value
_LONGEST_SHAPE = 32
_MOST_SAID = 64  # different texts that keys that are names lead to: are they common words?
_DOCUMENTS = 512  # of JSON, between two looks at the wish to stop
_MOST_WRITTEN = 4_000  # texts of which it is looked whether they are numbers, for the range
_LEAST_SHARED_NUMBER = 100_000  # smaller ones are the same in any two tables that count their rows
_EXACT_FLOAT = 2.0**53
_LEAST_LONG_NUMBER = 1_000_000.0
_JULIAN = (2_415_020.5, 2_488_069.5)  # the years 1900 to 2100
_DAYS_A_YEAR = 365.25
_JULIAN_OF_YEAR_0 = 1_721_060.0
_SECONDS_A_YEAR = 31_556_952
_FIRST_MOMENT, _LAST_MOMENT = 631_152_000, 2_208_988_800  # the years 1990 to 2039
_DECIMALS: Final = 100.0
_BEGINS_JSON = frozenset("{[")
_BEGINS_A_VALUE = frozenset('"-0123456789tf')

Unpack = Callable[[bytes], str | None]
"""The text of SQLite's JSONB, or None where bytes are none."""


class Column:
    """Gathers one column, and what is at the paths inside its JSON.

    Args:
        known: keys in JSON that name persons whom the database knows.

    Attributes:
        keys_are: of keys in JSON that are names of persons, their type.
        inside: whole numbers inside the first texts; `codes`: the codes there.
        of_named: such keys lead straight to its values.
        of_structure: keys in JSON that are months, days or versions.
    """

    def __init__(
        self,
        place: Place,
        declared_type: str,
        comment: str,
        lexicon: Lexicon,
        unpack: Unpack,
        known: frozenset[str] = frozenset(),
    ) -> None:
        self.place = place
        self.keys_are = ""
        self.of_named = self.of_structure = False
        self.shared = Shared()
        self._declared_type, self._comment = declared_type, comment
        self._lexicon, self._unpack = lexicon, unpack
        self._storage: Counter[str] = Counter()
        self._content: Counter[str] = Counter()
        self._seems: Counter[str] = Counter()
        self._texts = Texts(lexicon)
        self._distinct = Distinct()
        self._said: set[str] = set()
        self._numbers, self._years, self._bytes = Span(), Span(), Span()
        self._paths = json_paths.Paths(lexicon, known)
        self._children: dict[str, Column] = {}
        self._looked_at = self._filled = self._damaged = self._cut = self._whole_numbers = self._written = 0
        self._as_numbers: set[int] = set()
        self._as_texts: set[int] = set()
        self.inside, self.codes = NumbersInside(MOST_NUMBERS), CodesInside()
        self._rising = Rising()
        self._fractions = False

    @property
    def looked_at(self) -> int:
        """Cells that were read."""
        return self._looked_at

    @property
    def filled(self) -> int:
        """Of those, neither NULL nor blank."""
        return self._filled

    @property
    def paths_left_out(self) -> bool:
        """There is more in its JSON than was looked at."""
        return self._paths.left_out

    @property
    def numbers(self) -> tuple[frozenset[int], frozenset[int]]:
        """Some of the whole numbers, to compare them with keys: stored as numbers, and as texts."""
        measured = self._fractions and not self.place.path  # what has fractions measures, and counts nobody
        return frozenset(() if measured else self._as_numbers), frozenset(self._as_texts)

    def everything(self) -> Iterator[Column]:
        """The column, and what is at its paths in order of name."""
        yield self
        for path in sorted(self._children):
            yield from self._children[path].everything()

    def add(self, cells: Sequence[Cell], checkpoint: Callable[[], None]) -> None:
        """Look at some cells."""
        self._looked_at += len(cells)
        kinds = Counter(map(type, cells))
        texts: Counter[str] = Counter()
        unread: Counter[bytes] = Counter()
        if kinds[str]:
            texts.update(cells if len(kinds) == 1 else [cell for cell in cells if type(cell) is str])  # type: ignore[arg-type]
            self._storage["text"] += kinds[str]
        if kinds[int]:
            self._add_integers([cell for cell in cells if type(cell) is int])
        if kinds[float]:
            self._add_reals([cell for cell in cells if type(cell) is float])
        for cell in cells if kinds[bytes] or kinds[Part] else ():
            if isinstance(cell, Part):
                self._damaged += cell.damaged
                self._cut += cell.cut
                cell = cell.value
                if isinstance(cell, str):
                    self._storage["text"] += 1
                    texts[cell] += 1
            if isinstance(cell, bytes):
                self._add_bytes(cell, texts, unread)
        self._distinct.add(unread)
        if texts:
            self._add_texts(whole_in_the_clear(texts), checkpoint)

    def profile(self, rows: int, missed_at_most: float) -> ColumnProfile:
        """What was gathered. `rows` is how many the table has."""
        texts, filled = self._texts, self._filled
        fitting = texts.fitting()
        for form, count in self._seems.items():
            fitting.seems[form] += count
        total = max(1, filled)
        of_texts = max(1, texts.count)
        years = fitting.years if fitting.years.count else self._years
        return ColumnProfile(
            place=self.place,
            declared_type=self._declared_type,
            rows=rows,
            looked_at=self._looked_at,
            filled=filled,
            distinct=min(self._distinct.count, filled),
            comment=self._comment,
            once=round(self._distinct.once, 4),
            largest=_share(self._distinct.most, total),
            increasing=filled == self._whole_numbers and self._rising.counts(rows),
            stepped=filled > 0 and self._rising.counts_by_steps(rows),
            storage=_shares(self._storage, total),
            seems=_shares(fitting.seems, total),
            forms=_shares(fitting.forms, total),
            right=_shares(fitting.right, total),
            whole=_shares(texts.whole, total),
            within=_shares(texts.within, total),
            named=_share(texts.named, total),
            inside=_shares(texts.inside, total),
            content=_shares(self._content, total),
            shapes=self._shapes(),
            length=(texts.length if texts.length.count else self._bytes).range(whole=True),
            words=texts.words.range(whole=True),
            numbers=self._numbers.range(),
            years=years.range(whole=True),
            capital=_share(texts.capital, of_texts),
            spaced=_share(texts.spaced, of_texts),
            digits=_share(texts.digits, max(1, texts.characters)),
            not_utf8=_share(self._damaged, total),
            truncated=_share(self._cut, total),
            regions={region: round(share, 4) for region, share in fitting.regions.items()},
            missed_at_most=missed_at_most,
            keys_are=self.keys_are,
            may_be_names=texts.may_be_names,
            common=self.of_structure
            or (0 < len(self._said) < _MOST_SAID and key_words(self._lexicon).are_common(self._said)),
        )

    def _add_texts(self, texts: Mapping[str, int], checkpoint: Callable[[], None]) -> None:
        stripped, documents = self._stripped(texts, checkpoint)
        self._distinct.add(stripped)
        if self.of_named and len(self._said) < _MOST_SAID:
            self._said.update(islice(stripped, _MOST_SAID))
        self.shared.add(Joined(list(stripped)).each(str.casefold))
        self._texts.add(stripped, checkpoint)
        some = stripped if self.place.path else islice(stripped, max(0, _MOST_WRITTEN - self._written))
        _gather(self._as_texts, (text for text in some if text.isdecimal()))
        self.inside.add(stripped)
        self.codes.add(stripped)
        if self._rising.rises:
            self._follow(stripped)
        self._add_written_numbers(stripped)
        for start in range(0, len(documents), _DOCUMENTS):
            self._add_documents(documents[start : start + _DOCUMENTS], checkpoint)

    def _stripped(
        self, texts: Mapping[str, int], checkpoint: Callable[[], None]
    ) -> tuple[dict[str, int], list[tuple[object, int]]]:
        """Filled texts without blanks around them, and what of them is JSON."""
        documents: list[tuple[object, int]] = []
        if _are_plain(texts):
            stripped = dict(texts)
            self._filled += sum(texts.values())
        else:
            stripped = self._without_documents(texts, documents, checkpoint)
        as_json = self._seems[Form.JSON] + sum(count for _, count in documents)
        if as_json * 2 >= self._filled > 0:
            documents += self._single(stripped)
        return stripped, documents

    def _without_documents(
        self, texts: Mapping[str, int], documents: list[tuple[object, int]], checkpoint: Callable[[], None]
    ) -> dict[str, int]:
        stripped: Counter[str] = Counter()
        parsed: Counter[str] = Counter()
        for value, count in zip(map(str.strip, texts), texts.values(), strict=True):
            if not value or (len(value) <= LONGEST_MISSING and value.casefold() in MISSING):
                self._storage["text"] -= min(count, self._storage["text"])  # of the filled cells
                continue
            self._filled += count
            if value[0] in _BEGINS_JSON and (document := json_values.parse(value)) is not None:
                checkpoint()
                documents.append((document, count))
                parsed[value] += count
            else:
                stripped[value] += count
        self._distinct.add(parsed)
        return stripped

    def _single(self, stripped: dict[str, int]) -> list[tuple[object, int]]:
        """Single values of JSON beside its objects, taken out of the texts: they are at the path "$"."""
        found: list[tuple[object, int]] = []
        parsed: dict[str, int] = {}
        for value in [each for each in stripped if each[0] in _BEGINS_A_VALUE]:
            single = json_values.any_json(value)
            if single is not None:
                parsed[value] = stripped.pop(value)
                found.append((single, parsed[value]))
        self._distinct.add(parsed)
        return found

    def _add_documents(self, documents: Sequence[tuple[object, int]], checkpoint: Callable[[], None]) -> None:
        self._seems[Form.JSON] += sum(count for _, count in documents)
        for path, values in self._paths.values(documents).items():
            if path not in self._children:
                place = Place(self.place.table, self.place.column, path)
                self._children[path] = Column(place, "", "", self._lexicon, self._unpack)
                self._children[path].keys_are = self._paths.named(path)
                self._children[path].of_named = self._paths.is_of_named(path)
                self._children[path].of_structure = path.endswith(KEYS)
            child = self._children[path]
            child.of_structure = child.of_structure and json_paths.are_of_structure(values)
            child.add(values, checkpoint)

    def _add_bytes(self, value: bytes, texts: Counter[str], unread: Counter[bytes]) -> None:
        self._storage["blob"] += 1
        self._bytes.add(len(value))
        unpacked = self._unpack(value) if is_jsonb(value) else None
        if unpacked is not None:
            self._content[Content.JSON] += 1
            texts[unpacked] += 1
            return
        found = content(value[:1_024])
        text = text_of(value) if found in (Content.TEXT, Content.JSON, Content.KEY) else None
        if found is Content.JSON:
            found = Content.TEXT if text is not None else Content.UNKNOWN
        self._content[found] += 1
        if text is not None:
            texts[text] += 1
        elif value:
            self._filled += 1
            unread[value] += 1

    def _add_integers(self, values: Sequence[SqlValue]) -> None:
        integers = [value for value in values if isinstance(value, int)]
        self._storage["integer"] += len(integers)
        self._filled += len(integers)
        self._whole_numbers += len(integers)
        counted = Counter(integers)
        self._numbers.add_all(counted)
        self._distinct.add(counted)
        self._rising.add(integers)
        written = {str(value): count for value, count in counted.items()}
        self._texts.add_written(written)
        self.shared.add(
            [text for text, value in zip(written, counted, strict=True) if value >= _LEAST_SHARED_NUMBER]
        )
        _gather(self._as_numbers, counted)
        if max(counted) >= _FIRST_MOMENT:
            self._years_of_moments(counted)

    def _add_reals(self, values: Sequence[SqlValue]) -> None:
        counted = Counter(value for value in values if isinstance(value, float))
        self._storage["real"] += len(values)
        self._filled += len(values)
        self._distinct.add(counted)
        self._rising.stop()
        self._fractions = self._fractions or not all(map(float.is_integer, counted))
        if not self._fractions:
            _gather(self._as_numbers, counted)
        self._numbers.add_all(counted)
        self._seems[Form.NUMBER] += sum(counted.values())
        written: dict[str, int] = {}
        for value, count in counted.items():
            if value.is_integer():
                if _LEAST_LONG_NUMBER <= abs(value) < _EXACT_FLOAT:
                    written[str(int(value))] = count
            elif abs(value) <= 180 and round(value * _DECIMALS) != value * _DECIMALS:
                self._seems[Form.LONGITUDE] += count
                self._seems[Form.LATITUDE] += count if abs(value) <= 90 else 0
            if _JULIAN[0] <= value <= _JULIAN[1]:
                self._seems[Form.JULIAN_DAY] += count
                self._years.add(int((value - _JULIAN_OF_YEAR_0) / _DAYS_A_YEAR), count)
        self._seems[Form.NUMBER] -= sum(written.values())  # counted again by the pattern
        self._texts.add_written(written)

    def _add_written_numbers(self, counted: Mapping[str, int]) -> None:
        """The range of numbers that are stored as text."""
        for value, count in islice(counted.items(), max(0, _MOST_WRITTEN - self._written)):
            self._written += 1
            if value[-1] in "0123456789" and len(value) < 20:
                try:
                    self._numbers.add(float(value), count)
                except ValueError:
                    continue

    def _follow(self, texts: Collection[str]) -> None:
        """Whether numbers that are stored as text rise."""
        if all(text.isdecimal() and len(text) <= LONGEST for text in texts):
            self._rising.add(list(map(int, texts)))
        else:
            self._rising.stop()

    def _years_of_moments(self, counted: Mapping[int, int]) -> None:
        for value, count in counted.items():
            seconds = value // 1_000 if value > 10**11 else value
            if _FIRST_MOMENT <= seconds < _LAST_MOMENT:
                self._years.add(1970 + seconds // _SECONDS_A_YEAR, count)

    def _shapes(self) -> tuple[tuple[str, float], ...]:
        """Shapes of several values; a rare one, or a long one, could say what a value is."""
        total = max(1, self._texts.count)
        found = [
            (shape, _share(count, total))
            for shape, count in self._texts.shapes.most_common(_SHAPES)
            if count >= _LEAST_SHAPE * total and count > 1 and len(shape) <= _LONGEST_SHAPE
        ]
        return tuple(found)


def _gather(numbers: set[int], values: Iterable[SqlValue]) -> None:
    if len(numbers) < MOST_NUMBERS:
        found = (number for value in values if (number := whole_number(value)) is not None)
        numbers.update(islice(found, MOST_NUMBERS - len(numbers)))


def _are_plain(texts: Mapping[str, int]) -> bool:
    """Nobody needs to look at each of them: no blanks around it, no sign for nothing, no JSON."""
    return (
        min(map(len, texts)) > LONGEST_MISSING
        and _BEGINS_JSON.isdisjoint(map(itemgetter(0), texts))
        and all(map(eq, map(str.strip, texts), texts))
    )


def _share(count: float, total: int) -> float:
    return round(min(1.0, count / total), 6)


def _shares(counted: Mapping[str, float], total: int) -> dict[str, float]:
    return {str(name): share for name, count in counted.items() if (share := _share(count, total))}
