"""What became of the values of rows that stand in two files: by column, from which storage class into which.

One pass over both tables. Of each pair of rows that differ SQLite gives the key and what differs, as numbers: a digit
for each column, 0 where it is the same, else of both storage classes and of whether the new value, turned back into the
old class, is another one than it was. Numbers, since SQLite makes a text piece by piece and needs memory for each.

Where most rows differ, and in the same, giving each of them takes longer than comparing them. So what turns out to be
frequent is counted by SQLite itself: the pass begins anew, and a function is given the rows that differ otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from steward_app.db.difference import Both, Match, differs
from steward_app.db.names import all_of, any_of, quote
from steward_app.db.session import Session
from steward_app.kernel.values import Key, Row, SqlValue

_CLASSES = ("null", "integer", "real", "text", "blob")
_ALONE = -1
_BASE = 51
"""Digits: 0 for the same, and 1 to 50 for two of the five classes and whether something was lost."""
_DIGITS = 11
"""Columns that fit into one number of SQLite's: 51 to the power of 11 is below 2 to the power of 63."""
_MOST_KINDS = 4_096
"""Kinds of changed rows that are counted before they are put together: each may be one of its own."""
_OFTEN = 10_000
"""Rows of one kind after which it is asked whether SQLite should count them."""
_MOST_OFTEN, _SHARE, _SHARE_OF_ALL = 4, 0.05, 0.5
"""Kinds that SQLite counts at most; of the rows given so far, what each of them must be, and all of them."""
_MOST_ARGUMENTS = 100
_OTHER = "steward_other"


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
    asked = _Asked(match, columns, key)
    counting = _Counting(len(columns), most_keys, asked.may_be_often)
    given = session.execute(f"SELECT {', '.join(asked.given)} FROM {match.all_sql} WHERE {asked.differing}")
    with closing(given) as rows:
        often = counting.count(rows, len(asked.numbers))
    if often:
        _count_often(session, asked, counting, counting.begin_anew(often))
    return counting.done(with_keys=not match.backwards)


def _count_often(session: Session, asked: _Asked, counting: _Counting, often: Sequence[Row]) -> None:
    """One pass in which SQLite counts the kinds that are frequent, and gives the rows of the others to a function."""
    numbers = len(asked.numbers)

    def other(*row: SqlValue) -> None:
        counting.add(row, numbers)

    counts = ", ".join(f"count(*) FILTER (WHERE kind = {place})" for place in range(len(often)))
    kinds = " ".join(f"WHEN {asked.is_of(said)} THEN {place}" for place, said in enumerate(often))
    others = f"WHEN {asked.differing} THEN {_OTHER}({', '.join(asked.given)})"
    # the LIMIT keeps SQLite from putting the CASE into each of the counts
    pairs = f"SELECT CASE {kinds} {others} END AS kind FROM {asked.match.all_sql} LIMIT -1"
    session._connection.create_scalar_function(_OTHER, other)
    try:
        for said, rows in zip(often, session.one(f"SELECT {counts} FROM ({pairs})") or (), strict=True):
            counting.add_often(said, int(rows or 0))
    finally:
        session._connection.create_scalar_function(_OTHER, None)


class _Asked:
    """What is asked of SQLite, as SQL.

    Attributes:
        numbers: what differs in a pair of rows, in as many numbers as it needs; the first is `_ALONE` and the others 0
            where a row has no partner.
        given: the numbers, and the key.
        differing: whether a pair is given.
    """

    def __init__(self, match: Match, columns: Sequence[Both], key: Sequence[str]) -> None:
        self.match, self._columns = match, columns
        digits = [_digit(column) for column in columns]
        numbers = [_number(digits[start : start + _DIGITS]) for start in range(0, len(digits), _DIGITS)]
        self.numbers = [
            f"CASE WHEN {match.alone_sql} THEN {0 if place else _ALONE} ELSE {number} END"
            for place, number in enumerate(numbers or ["0"])
        ]
        self.given = [*self.numbers, *(f"a.{quote(name)}" for name in key)]
        self.differing = any_of([match.alone_sql, *(differs(each) for each in columns)])

    @property
    def may_be_often(self) -> bool:
        """Whether a function can take what is given of a row."""
        return len(self.given) <= _MOST_ARGUMENTS

    def is_of(self, said: Row) -> str:
        """Whether a pair of rows differs in just what these numbers say. What is likely to fail stands first."""
        if said[0] == _ALONE:
            return f"({self.match.alone_sql})"
        told = sorted(zip(self._columns, _digits(said), strict=False), key=lambda each: not each[1])
        return all_of([f"NOT ({self.match.alone_sql})", *(_is_digit(*each) for each in told)])


class _Counting:
    """Counts by the kind of row first, which is quick; a kind says what became of every column."""

    def __init__(self, columns: int, most_keys: int, may_be_often: bool) -> None:
        self._rows = self._alone = 0
        self._alone_keys: list[Key] = []
        self._most_keys = most_keys
        self._may_be_often = may_be_often
        self._kinds: dict[Row, _Kind] = {}
        self._columns: list[dict[int, Became]] = [{} for _ in range(columns)]

    def count(self, rows: Iterable[Row], numbers: int) -> tuple[Row, ...]:
        """Count rows, each of `numbers` numbers and then its key, until some kinds turn out to be frequent: these."""
        for row in rows:
            if self.add(row, numbers) == _OFTEN and (often := self._often()):
                return often
        return ()

    def add(self, row: Row, numbers: int) -> int:
        """Count one row; how many there are of its kind by now."""
        said = row[:numbers]
        kind = self._kinds.get(said)
        if kind is None:
            if len(self._kinds) >= _MOST_KINDS:
                self._together()
            kind = self._kinds[said] = _Kind()
        kind.rows += 1
        if kind.rows <= self._most_keys:
            kind.keys.append(row[numbers:])
        return kind.rows

    def begin_anew(self, often: tuple[Row, ...]) -> tuple[Row, ...]:
        """Forget what was counted, but for the first keys of frequent kinds, and the order in which kinds came up."""
        for said, kind in self._kinds.items():
            kind.rows = 0
            if said not in often:
                kind.keys.clear()
        return often

    def add_often(self, said: Row, rows: int) -> None:
        """Count the rows of a kind whose first keys are known."""
        self._kinds[said].rows += rows

    def done(self, *, with_keys: bool) -> Tally:
        self._together()
        keys = tuple(self._alone_keys) if with_keys else ()
        return Tally(self._rows, tuple(_lost_first(each) for each in self._columns), self._alone, keys)

    def _often(self) -> tuple[Row, ...]:
        """The kinds that SQLite should count; () where that would not be worth another pass."""
        if not self._may_be_often or self._rows or self._alone:  # or some were put together already
            return ()
        rows = sum(kind.rows for kind in self._kinds.values())
        least = max(_SHARE * rows, self._most_keys)  # all keys that are kept of it are known then
        first = sorted(self._kinds.items(), key=lambda each: -each[1].rows)[:_MOST_OFTEN]
        often = [(said, kind.rows) for said, kind in first if kind.rows >= least]
        enough = sum(count for _, count in often) >= _SHARE_OF_ALL * rows
        return tuple(said for said, _ in often) if enough else ()

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


def _is_digit(column: Both, digit: int) -> str:
    """Whether the digit of a column is this one, without making the digit."""
    if not digit:
        return f"NOT ({differs(column)})"
    one, two, became = f"a.{quote(column.after)}", f"b.{quote(column.before)}", _became(digit)
    told = [f"typeof({one}) = '{became.after}'", f"typeof({two}) = '{became.before}'"]
    if became.before == became.after:
        told.append(differs(column))
    elif became.before != "null":
        lost = _another_turned_back(one, two, became.before)
        told.append(f"{'' if _is_lost(digit) else 'NOT '}({lost})")
    return all_of(told)


def _class(value_sql: str) -> str:
    """Its place in `_CLASSES`. Written out, since a part of a text would be made anew for each row."""
    cases = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(_CLASSES[:-1]))
    return f"CASE typeof({value_sql}) {cases} ELSE {len(_CLASSES) - 1} END"


def _lost(one_sql: str, two_sql: str) -> str:
    """Whether what was there cannot be had back. A value that took another's place in its class is not a conversion."""
    back = " ".join(
        f"WHEN '{kind}' THEN {_another_turned_back(one_sql, two_sql, kind)}"
        for kind in ("integer", "real", "text", "blob")
    )
    return f"{two_sql} IS NOT NULL AND typeof({one_sql}) <> typeof({two_sql}) AND CASE typeof({two_sql}) {back} END"


def _another_turned_back(one_sql: str, two_sql: str, before: str) -> str:
    """Whether a value, turned back into the class it had, is another one than it was. One that was reckoned is not."""
    other = f"+CAST({one_sql} AS {before.upper()}) IS NOT +{two_sql} COLLATE BINARY"
    return f"{other} AND NOT ({reckoned(one_sql, two_sql)})" if before in ("integer", "real") else other


def reckoned(one_sql: str, two_sql: str) -> str:
    """Whether a number that changed its class is another than turning or rounding makes of it: `fee * 100`."""
    rounded = f"{one_sql} = CAST({two_sql} AS INTEGER) OR abs({one_sql} - {two_sql}) < 1"
    return (
        f"CASE typeof({two_sql}) WHEN 'real' THEN typeof({one_sql}) = 'integer' AND NOT ({rounded})"
        f" WHEN 'integer' THEN typeof({one_sql}) = 'real' AND {one_sql} <> CAST({two_sql} AS REAL) ELSE 0 END"
    )
