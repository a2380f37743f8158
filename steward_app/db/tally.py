"""What became of the values of rows that stand in two files: by column, from which storage class into which.

One pass over both tables. Of each pair of rows that differ SQLite gives the key and what differs, as numbers: a digit
for each column, 0 where it is the same, else of both storage classes and of whether the new value, turned back into the
old class, is another one than it was. Numbers, since SQLite makes a text piece by piece and needs memory for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from steward_app.db.difference import Both, Match, differs
from steward_app.db.names import any_of, quote
from steward_app.db.session import Session
from steward_app.kernel.values import Key, Row

_CLASSES = ("null", "integer", "real", "text", "blob")
_ALONE = -1
_BASE = 51
"""Digits: 0 for the same, and 1 to 50 for two of the five classes and whether something was lost."""
_DIGITS = 11
"""Columns that fit into one number of SQLite's: 51 to the power of 11 is below 2 to the power of 63."""
_MOST_KINDS = 4_096
"""Kinds of changed rows that are counted before they are put together: each may be one of its own."""


@dataclass(slots=True)
class Became:
    """Rows in which values of one storage class became others.

    Attributes:
        before, after: "null", "integer", "real", "text", "blob".
        lost: rows whose new value, turned back, is another one than it was.
        keys: of the first of them; of the first lost ones where some are lost.
    """

    before: str
    after: str
    rows: int = 0
    lost: int = 0
    keys: list[Key] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What differs between two tables.

    Attributes:
        rows: pairs of rows that differ.
        columns: for each column, in the order asked for, what became what in these.
        alone: rows without a partner, of the later table (of the earlier one where the match goes backwards).
        alone_keys: keys of the first of them; () where it goes backwards.
    """

    rows: int
    columns: tuple[tuple[Became, ...], ...]
    alone: int = 0
    alone_keys: tuple[Key, ...] = ()


def tally(
    session: Session, match: Match, columns: Sequence[Both], key: Sequence[str], *, most_keys: int
) -> Tally:
    """Count what differs in rows that stand in both files, and those that stand in one.

    Args:
        columns: what is compared.
        key: the columns of the later table whose values name a row.
        most_keys: how many keys are kept of each kind of change.
    """
    try:
        return _tally(session, match, columns, key, most_keys)
    except UnicodeDecodeError:  # a key that is text and not valid: it cannot be told
        return _tally(session, match, columns, (), 0)


def _tally(
    session: Session, match: Match, columns: Sequence[Both], key: Sequence[str], most_keys: int
) -> Tally:
    counting = _Counting(len(columns), most_keys)
    digits = [_digit(column) for column in columns]
    numbers = [_number(digits[start : start + _DIGITS]) for start in range(0, len(digits), _DIGITS)] or ["0"]
    numbers[0] = f"CASE WHEN {match.alone_sql} THEN {_ALONE} ELSE {numbers[0]} END"
    names = [f"a.{quote(name)}" for name in key]
    differing = any_of([match.alone_sql, *(differs(each) for each in columns)])
    rows = session.execute(f"SELECT {', '.join([*numbers, *names])} FROM {match.all_sql} WHERE {differing}")
    counting.count(rows, len(numbers))
    return counting.done(with_keys=not match.backwards)


class _Counting:
    """Counts by the kind of row first, which is quick; a kind says what became of every column."""

    def __init__(self, columns: int, most_keys: int) -> None:
        self._rows = self._alone = 0
        self._alone_keys: list[Key] = []
        self._most_keys = most_keys
        self._kinds: dict[Row, _Kind] = {}
        self._columns: list[dict[int, Became]] = [{} for _ in range(columns)]

    def count(self, rows: Iterable[Row], numbers: int) -> None:
        """Count rows, each of `numbers` numbers and then its key."""
        kinds, most_keys = self._kinds, self._most_keys
        for row in rows:
            said = row[:numbers]
            kind = kinds.get(said)
            if kind is None:
                if len(kinds) >= _MOST_KINDS:
                    self._together()
                kind = kinds[said] = _Kind()
            kind.rows += 1
            if kind.rows <= most_keys:
                kind.keys.append(row[numbers:])

    def done(self, *, with_keys: bool) -> Tally:
        self._together()
        keys = tuple(self._alone_keys) if with_keys else ()
        return Tally(self._rows, tuple(_lost_first(each) for each in self._columns), self._alone, keys)

    def _together(self) -> None:
        for said, kind in self._kinds.items():
            if said[0] == _ALONE:
                self._alone += kind.rows
                self._alone_keys += kind.keys[: self._most_keys - len(self._alone_keys)]
                continue
            self._rows += kind.rows
            for found, digit in zip(self._columns, _digits(said), strict=False):
                if digit:
                    became = found.setdefault(digit, _became(digit))
                    became.rows += kind.rows
                    became.lost += kind.rows * _is_lost(digit)
                    became.keys += kind.keys[: self._most_keys - len(became.keys)]
        self._kinds.clear()


@dataclass(slots=True)
class _Kind:
    """Rows that differ in the same."""

    rows: int = 0
    keys: list[Key] = field(default_factory=list)


def _digits(numbers: Row) -> Iterator[int]:
    """The digits of numbers, column by column; more than there are columns."""
    for number in numbers:
        left = int(number or 0)
        for _ in range(_DIGITS):
            left, digit = divmod(left, _BASE)
            yield digit


def _became(digit: int) -> Became:
    pair = (digit - 1) % 25
    return Became(_CLASSES[pair // 5], _CLASSES[pair % 5])


def _is_lost(digit: int) -> bool:
    return digit > 25


def _lost_first(found: dict[int, Became]) -> tuple[Became, ...]:
    """Each conversion once: what was lost in it and what was not, put together."""
    whole: dict[tuple[str, str], Became] = {}
    for digit in sorted(found, key=_is_lost, reverse=True):
        one = found[digit]
        became = whole.setdefault((one.before, one.after), one)
        if became is not one:
            became.rows += one.rows
    return tuple(whole.values())


def _number(digits: Sequence[str]) -> str:
    return " + ".join(f"{digit} * {_BASE**place}" for place, digit in enumerate(digits))


def _digit(column: Both) -> str:
    one, two = f"a.{quote(column.after)}", f"b.{quote(column.before)}"
    classes = f"1 + 5 * {_class(two)} + {_class(one)} + 25 * ({_lost(one, two)})"
    return f"CASE WHEN {differs(column)} THEN {classes} ELSE 0 END"


def _class(value_sql: str) -> str:
    """Its place in `_CLASSES`. Written out, since a part of a text would be made anew for each row."""
    cases = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(_CLASSES[:-1]))
    return f"CASE typeof({value_sql}) {cases} ELSE {len(_CLASSES) - 1} END"


def _lost(one_sql: str, two_sql: str) -> str:
    """Whether what was there cannot be had back. A value that took another's place in its class is not a conversion."""
    back = " ".join(
        f"WHEN '{kind}' THEN CAST({one_sql} AS {kind.upper()})"
        for kind in ("integer", "real", "text", "blob")
    )
    return (
        f"{two_sql} IS NOT NULL AND typeof({one_sql}) <> typeof({two_sql})"
        f" AND CASE typeof({two_sql}) {back} END IS NOT +{two_sql} COLLATE BINARY"
    )
