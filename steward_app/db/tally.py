"""What became of the values of rows that stand in two files: by column, from which storage class into which.

One pass over both tables. Of each pair of rows that differ SQLite gives the key and a short text: for each column "-"
where it is the same, else the first letters of both storage classes ("tr" for TEXT that became REAL) and 1 where the
new value, turned back into the old class, is another one than it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from steward_app.db.difference import Both, Match, differs
from steward_app.db.names import any_of, quote
from steward_app.db.session import Session
from steward_app.kernel.values import Key

_SAID = re.compile("-|[nirtb]{2}[01]")
_CLASSES = {"n": "null", "i": "integer", "r": "real", "t": "text", "b": "blob"}
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
    names = "".join(f", a.{quote(name)}" for name in key)
    said = f"CASE WHEN {match.alone_sql} THEN '' ELSE {_joined([_said(each) for each in columns])} END"
    differing = any_of([match.alone_sql, *(differs(each) for each in columns)])
    for kind, *values in session.execute(f"SELECT {said}{names} FROM {match.all_sql} WHERE {differing}"):
        counting.add(str(kind), tuple(values))
    return counting.done(with_keys=not match.backwards)


class _Counting:
    """Counts by the kind of row first, which is quick; a kind says what became of every column."""

    def __init__(self, columns: int, most_keys: int) -> None:
        self._rows = self._alone = 0
        self._alone_keys: list[Key] = []
        self._most_keys = most_keys
        self._kinds: dict[str, tuple[int, list[Key]]] = {}
        self._columns: list[dict[str, Became]] = [{} for _ in range(columns)]

    def add(self, kind: str, key: Key) -> None:
        if not kind:
            self._alone += 1
            if self._alone <= self._most_keys:
                self._alone_keys.append(key)
            return
        self._rows += 1
        count, keys = self._kinds.get(kind) or (0, [])
        if count < self._most_keys:
            keys.append(key)
        self._kinds[kind] = (count + 1, keys)
        if len(self._kinds) >= _MOST_KINDS:
            self._together()

    def done(self, *, with_keys: bool) -> Tally:
        self._together()
        keys = tuple(self._alone_keys) if with_keys else ()
        return Tally(self._rows, tuple(_lost_first(each) for each in self._columns), self._alone, keys)

    def _together(self) -> None:
        for kind, (count, keys) in self._kinds.items():
            for found, said in zip(self._columns, _SAID.findall(kind), strict=True):
                if said != "-":
                    became = found.setdefault(said, Became(_CLASSES[said[0]], _CLASSES[said[1]]))
                    became.rows += count
                    became.lost += count * int(said[2])
                    became.keys += keys[: self._most_keys - len(became.keys)]
        self._kinds.clear()


def _lost_first(found: dict[str, Became]) -> tuple[Became, ...]:
    """Each conversion once: what was lost in it and what was not, put together."""
    whole: dict[str, Became] = {}
    for said in sorted(found, key=lambda each: each[2], reverse=True):
        one, became = found[said], whole.get(said[:2])
        if became is None:
            whole[said[:2]] = one
        else:
            became.rows += one.rows
    return tuple(whole.values())


def _said(column: Both) -> str:
    one, two = f"a.{quote(column.after)}", f"b.{quote(column.before)}"
    letters = f"substr(typeof({two}), 1, 1) || substr(typeof({one}), 1, 1)"
    return f"CASE WHEN {differs(column)} THEN {letters} || ({_lost(one, two)}) ELSE '-' END"


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


def _joined(texts: Sequence[str]) -> str:
    """Put together in halves: SQLite takes no expression that is more than 1,000 steps deep."""
    half = len(texts) // 2
    if not texts:
        return "''"
    return f"({_joined(texts[:half])} || {_joined(texts[half:])})" if half else texts[0]
