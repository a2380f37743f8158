"""Which number a row has now, where VACUUM gave the rows of a table others: so that its history goes on.

A table of its own for the version that began with the new numbers says it (`before`, `now`), for each number that is
another one. It is a permutation: a number that no row had any more before, and that a row has now, stands for one that
is free now. The event `rearmed` holds a hash of it, and is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from steward_app.db import Session, WriteSession, quote
from steward_app.services.audit.engine import names
from steward_app.services.audit.seals import seal_tables

_KEPT = 100_000  # numbers in memory


class Moved:
    """The numbers of before and of now. Numbers that are not told are the same."""

    def __init__(self, session: Session, tid: int) -> None:
        table = quote(seal_tables.moved_table(tid))
        self._session = session
        self._sql = {
            "now": f"SELECT now FROM main.{table} WHERE before = ?",
            "before": f"SELECT before FROM main.{table} WHERE now = ?",
        }
        self._number = lru_cache(_KEPT)(self._read)

    def now(self, number: int) -> int:
        """The number that a row has, of the one that it had."""
        return self._number("now", number)

    def before(self, number: int) -> int:
        """The number that a row had, of the one that it has."""
        return self._number("before", number)

    def _read(self, side: str, number: int) -> int:
        found = self._session.value(self._sql[side], (number,))
        return found if isinstance(found, int) else number


def keep(session: WriteSession, tid: int, numbers: Sequence[int]) -> str:
    """Keep for a new version which numbers the rows had, those of row 1, 2 and so on; gives the hash of it."""
    table = quote(seal_tables.moved_table(tid))
    session.run(f"CREATE TABLE main.{table} (before INTEGER PRIMARY KEY, now INTEGER NOT NULL UNIQUE)")
    session.run_many(f"INSERT INTO main.{table} (before, now) VALUES (?, ?)", _pairs(numbers))
    return digest(session, tid)


def digest(session: Session, tid: int) -> str:
    """BLAKE2b, 16 bytes in hex, over all pairs in the order of `before`, each as "before>now;"."""
    found = blake2b(digest_size=16)
    table = quote(seal_tables.moved_table(tid))
    for before, now in session.execute(f"SELECT before, now FROM main.{table} ORDER BY before"):
        found.update(f"{before!s}>{now!s};".encode())
    return found.hexdigest()


def said(session: Session) -> Mapping[int, str]:
    """The versions that began since rows had other numbers, each with its hash; "" where it is not known which."""
    if not seal_tables.is_there(session, names.EVENT):
        return {}
    rows = session.all(
        f"SELECT tid, coalesce(detail ->> 'numbers', '') FROM main.{names.EVENT}"
        " WHERE kind = 'rearmed' AND detail ->> 'renumbered'"
    )
    return {int(str(tid)): str(told) for tid, told in rows}


def known(session: Session) -> Mapping[int, Moved | None]:
    """The versions that began since the rows had other numbers; None where it is not known which row had which."""
    return {
        tid: Moved(session, tid)
        if told and seal_tables.is_there(session, seal_tables.moved_table(tid))
        else None
        for tid, told in said(session).items()
    }


def _pairs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each number that is another one now; and each that had no row and has one now, with one that is free now."""
    count, after = len(numbers), 0
    beyond = iter([number for number in numbers if not 1 <= number <= count])
    for place, number in enumerate(numbers):
        if 1 <= number <= count:
            yield from ((hole, next(beyond)) for hole in range(after + 1, number))
            after = number
        if number != place + 1:
            yield number, place + 1
    yield from ((hole, next(beyond)) for hole in range(after + 1, count + 1))
