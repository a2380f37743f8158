"""Who has which combination of values, each once: what groups are counted in persons from.

Of most tables it fits into memory with the combinations themselves. Where the persons are too many, SQLite sorts the
rows by person on disk, and five bytes are kept of each combination that somebody has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy.reach import Source
from steward_app.services.privacy.risk.grouping import labels, once
from steward_app.services.privacy.risk.read import (
    TooMany,
    Tuples,
    lines_as_codes,
    lines_sql,
    numbers_of,
    read_tuples,
)
from steward_app.services.privacy.risk.sensitive import Shares, shares_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from steward_app.services.privacy.risk.grouping import Codes, Real, Whole

MOST_PAIRS = 60_000_000
_ROWS_AT_ONCE = 100_000
_PAIRS_AT_ONCE = 1 << 21
_KEY_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Whose:
    """Every person with every combination they have.

    Attributes:
        entry: the place of the combination; those of one person stand together.
        starts: whether the next person begins here.
    """

    entry: Codes
    starts: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.entry)

    def counted(self, label: Whole, groups: int) -> Real:
        """How many persons each group has.

        Args:
            label: the group of each combination, below `groups`.
        """
        import numpy as np

        found = np.zeros(groups)
        for start, end in self._parts():
            person = np.cumsum(self.starts[start:end], dtype=np.int64)
            group = label[self.entry[start:end]]
            first = once([group, person], [groups, end - start + 1], end - start)
            found += np.bincount(group[first], minlength=groups)
        return found

    def shares(self, label: Whole, groups: int, rank: Whole, values: int, blank: int = -1) -> Shares:
        """How many persons of each group have each value of a column.

        Args:
            rank: of each combination the number of its value, below `values`.
            blank: that of NULL, or -1.
        """
        import numpy as np

        pair, pairs = labels([label, rank], [groups, values], len(label))
        first = np.zeros(pairs, dtype=np.int64)
        first[pair] = np.arange(len(label))
        return shares_of(label[first], groups, rank[first], values, self.counted(pair, pairs), blank)

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Parts with all that their persons have."""
        start, length = 0, len(self.entry)
        while start < length:
            end = start + _PAIRS_AT_ONCE
            later = int(self.starts[end:].argmax()) if end < length else 0
            end = end + later if end < length and self.starts[end + later] else length
            yield start, end
            start = end


class PersonsOf:
    """The persons of each combination: what combinations in an order leave on both sides of a cut."""

    def __init__(self, whose: Whose, combinations: int) -> None:
        import numpy as np

        order = np.argsort(whose.entry, kind="stable")
        self._person = (np.cumsum(whose.starts, dtype=np.int64) - 1)[order]
        self._many = np.bincount(whose.entry, minlength=combinations)
        self._first = np.concatenate(([0], np.cumsum(self._many)))[:-1]

    def together(self, entries: Whole) -> int:
        """How many persons have any of some combinations."""
        import numpy as np

        return len(np.unique(self._listed(entries)[0]))

    def on_both_sides(self, entries: Whole) -> tuple[Whole, Whole]:
        """How many persons have any of the combinations up to each, and how many any of those after it."""
        import numpy as np

        person, place = self._listed(entries)
        _, first = np.unique(person, return_index=True)
        _, last = np.unique(person[::-1], return_index=True)
        begun = np.cumsum(np.bincount(place[first], minlength=len(entries)))
        over = np.cumsum(np.bincount(place[::-1][last], minlength=len(entries)))
        return begun, begun[-1] - over

    def _listed(self, entries: Whole) -> tuple[Whole, Whole]:
        """The persons of each combination, one after the other, and the place of the combination among these."""
        import numpy as np

        many = self._many[entries]
        place = np.repeat(np.arange(len(entries)), many)
        within = np.arange(len(place)) - np.repeat(np.cumsum(many) - many, many)
        return self._person[self._first[entries][place] + within], place


def read_whose(session: ReadSession, wanted: Source, many: int, context: Context) -> tuple[Tuples, Whose]:
    """The combinations of the first columns, each with how many persons have it; and who has them.

    Raises `TooMany` where memory would not stay bounded.

    Args:
        many: so many columns are of the combinations; those after them tell who it is.
    """
    try:
        return of_tuples(read_tuples(session, wanted, context), many)
    except TooMany:
        alone = replace(wanted, reached=wanted.reached[:many], columns_sql=wanted.columns_sql[:many])
        return _sorted(session, alone, wanted.columns_sql[many:], context)


def of_tuples(tuples: Tuples, many: int) -> tuple[Tuples, Whose]:
    """The same of combinations that were read with the columns that tell who it is."""
    import numpy as np

    rows, cards = len(tuples.weights), tuples.cards
    label, groups = labels(tuples.columns(range(many)), cards[:many], rows)
    person, _ = labels(tuples.columns(range(many, len(cards))), cards[many:], rows)
    order = np.argsort(person, kind="stable")
    first = np.zeros(groups, dtype=np.int64)
    first[label] = np.arange(rows)
    counted = np.bincount(label, minlength=groups).astype(np.int64)
    return (
        Tuples(tuples.values[:many], tuples.codes[first, :many], counted),
        Whose(label[order].astype(np.int32), _begins(person[order])),
    )


def _begins(person: Whole) -> npt.NDArray[np.bool_]:
    import numpy as np

    return np.concatenate(([True], person[1:] != person[:-1]))[: len(person)]


def _sorted(
    session: ReadSession, wanted: Source, person_sql: Sequence[str], context: Context
) -> tuple[Tuples, Whose]:
    """Both, with the rows sorted by person on disk."""
    import numpy as np

    tuples = read_tuples(session, wanted, context)
    known = _Known(tuples)
    entries: list[Codes] = []
    starts: list[npt.NDArray[np.bool_]] = []
    pairs = 0
    with session.under(context), session.temporary():
        for person, entry in _whole_persons(_batches(session, wanted, person_sql, context), known):
            entries.append(entry.astype(np.int32))
            starts.append(_begins(person))
            pairs += len(entry)
            if pairs > MOST_PAIRS:
                raise TooMany
    every = np.concatenate([np.zeros(0, np.int32), *entries]).astype(np.int32, copy=False)
    counted = np.bincount(every, minlength=len(tuples.weights)).astype(np.int64)
    return replace(tuples, weights=counted), Whose(every, np.concatenate([np.zeros(0, np.bool_), *starts]))


def _batches(
    session: ReadSession, wanted: Source, person_sql: Sequence[str], context: Context
) -> Iterator[tuple[list[bytes], Whole]]:
    """The rows as lines, and the number of each one's person, which never falls."""
    import numpy as np

    by = ", ".join(f"{sql} COLLATE BINARY" for sql in person_sql)
    rows = session.execute(
        f"SELECT {lines_sql(session, wanted)}, dense_rank() OVER (ORDER BY {by}) FROM {wanted.rows_sql} ORDER BY 2"
    )
    lines: list[bytes] = []
    persons: list[int] = []
    done = 0
    for line, person in rows:
        lines.append(line if isinstance(line, bytes) else str(line).encode())
        persons.append(cast(int, person))
        if len(lines) == _ROWS_AT_ONCE:
            done += len(lines)
            context.report(done, unit="rows")
            yield lines, np.array(persons, dtype=np.int64)
            lines, persons = [], []
    if lines:
        yield lines, np.array(persons, dtype=np.int64)


def _whole_persons(
    batches: Iterator[tuple[list[bytes], Whole]], known: _Known
) -> Iterator[tuple[Whole, Whole]]:
    """Persons and their combinations, every pair once; nobody stands in two parts."""
    import numpy as np

    waiting = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    for lines, persons in batches:
        person = np.concatenate([waiting[0], persons])
        entry = np.concatenate([waiting[1], known.entries(lines)])
        once_each = np.unique(np.stack([person, entry], axis=1), axis=0)
        person, entry = once_each[:, 0], once_each[:, 1]
        last = int(np.searchsorted(person, person[-1]))  # who comes last may go on in the next rows
        if last:
            yield person[:last], entry[:last]
        waiting = (person[last:], entry[last:])
    if len(waiting[0]):
        yield waiting


class _Known:
    """Finds the places of combinations again."""

    def __init__(self, tuples: Tuples) -> None:
        import numpy as np

        self._numbers, self._cards = numbers_of(tuples), tuples.cards
        self._joined: list[Whole] = []
        key = self._keys(tuples.columns(range(len(self._cards))), learning=True)
        self._order = np.argsort(key)
        self._sorted = key[self._order]

    def entries(self, lines: Sequence[bytes]) -> Whole:
        """The place of each."""
        import numpy as np

        different = list(dict.fromkeys(lines))
        codes = lines_as_codes(different, self._numbers)
        key = self._keys([codes[:, at] for at in range(len(self._cards))], learning=False)
        found = dict(zip(different, self._order[np.searchsorted(self._sorted, key)].tolist(), strict=True))
        return np.fromiter(map(found.__getitem__, lines), np.int64, len(lines))

    def _keys(self, columns: Sequence[Codes], *, learning: bool) -> Whole:
        """A number for each combination; where it would be too large, that of the first columns is numbered anew."""
        import numpy as np

        key, card, turn = np.zeros(len(columns[0]), dtype=np.int64), 1, 0
        for codes, many in zip(columns, self._cards, strict=True):
            if card * max(1, many) >= _KEY_LIMIT:
                if learning:
                    self._joined.append(np.unique(key))
                key, card, turn = np.searchsorted(self._joined[turn], key), len(self._joined[turn]), turn + 1
            key = key * many + codes
            card *= many
        return key
