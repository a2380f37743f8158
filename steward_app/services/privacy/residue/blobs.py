"""Original values in compressed BLOBs of rows: documents, archives, packed texts.

Each is opened and searched. Looked at are the columns that are declared for BLOBs or for anything, and those of which
one of the first rows holds a BLOB; reading every row of all others would take as long as the rest of the search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from steward_app.db import ReadSession, qualified, quote
from steward_app.db.query import readable
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.crowds import reading
from steward_app.services.privacy.residue.forms import LONGEST, Form
from steward_app.services.privacy.residue.judge import Judge
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.model import Looked, NotSearched, Where
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.packed import LEAST, opened
from steward_app.services.privacy.residue.sweep import WINDOW, found_in
from steward_app.services.privacy.residue.tally import Tally
from steward_app.services.privacy.residue.wanted import Wanted, WantedStrings

FIRST_ROWS: Final = 1_000
_AROUND = 1_000  # bytes of a text on both sides of a string
_SEARCHED = (Form.TEXT, Form.PART, Form.BLOB)


class PackedBlobs:
    """The compressed BLOBs of a database. Made in the snapshot that is searched.

    Attributes:
        permitted: numbers of the values that one of them holds by permission, in this round.
    """

    def __init__(self, session: ReadSession, objects: Objects, tally: Tally) -> None:
        self._session, self._tally = session, tally
        self._columns = [Place(table, column) for table, column in self._chosen(objects)]
        self._unread: Counter[str] = Counter()
        self._unreadable: set[str] = set()
        self._bytes = 0
        self.permitted: set[int] = set()

    def search(
        self,
        matcher: Matcher,
        wanted: WantedStrings,
        judge: Judge,
        context: Context,
    ) -> None:
        """Open them, and count the values of one round in them."""
        self._unread.clear()
        self.permitted.clear()
        self._bytes = 0
        for place in self._columns:
            for data in self._blobs(place, context):
                numbers: set[int] = set()
                for part in self._opened(data):
                    context.checkpoint()
                    numbers |= set(values_in(part, place, matcher, wanted, judge))
                for number in sorted(numbers):
                    reason = judge.reason(place, number)
                    if reason is not None:
                        self.permitted.add(number)
                        self._tally.allowed(place, reason)
                    else:
                        self._tally.found(Where.PACKED, "", place.table, place.column, number)

    def searched(self) -> tuple[Looked, ...]:
        """How much was opened."""
        return (Looked("what compressed BLOBs hold", self._bytes),) if self._bytes else ()

    def not_searched(self) -> tuple[NotSearched, ...]:
        """What could not be opened."""
        columns = (
            NotSearched(f"compressed BLOBs in {name}", "SQLite cannot read them") for name in self._unreadable
        )
        kinds = (
            NotSearched(f"BLOBs with {kind}", "these are not opened", many)
            for kind, many in sorted(self._unread.items())
        )
        return (*columns, *kinds)

    def _chosen(self, objects: Objects) -> Iterator[tuple[str, str]]:
        """The columns that may hold BLOBs."""
        for table, columns in objects.tables():
            other = [name for name, for_blobs in columns if not for_blobs]
            held = self._hold_one(table, other)
            yield from ((table, name) for name, for_blobs in columns if for_blobs or name in held)

    def _hold_one(self, table: str, columns: Sequence[str]) -> set[str]:
        if not columns:
            return set()
        names = ", ".join(quote(name) for name in columns)
        tests = ", ".join(f"max(typeof({quote(name)}) = 'blob')" for name in columns)
        sql = f"SELECT {tests} FROM (SELECT {names} FROM {qualified(table)} LIMIT {FIRST_ROWS})"
        try:
            with readable(table):
                row = self._session.one(sql)
        except Failure:
            return set()
        return {name for name, held in zip(columns, row or (), strict=False) if held}

    def _blobs(self, place: Place, context: Context) -> Iterator[bytes]:
        column = quote(place.column)
        sql = (
            f"SELECT {column} FROM {qualified(place.table)}"
            f" WHERE typeof({column}) = 'blob' AND length({column}) >= {LEAST}"
        )
        try:
            with self._session.under(context), readable(place.table):
                for (value,) in self._session.execute(sql):
                    if isinstance(value, bytes):
                        yield value
        except Failure:
            self._unreadable.add(f"{place.table}.{place.column}")

    def _opened(self, data: bytes) -> Sequence[bytes]:
        found = opened(data)
        if not found.packed:
            return ()
        self._unread.update(found.unread)
        self._bytes += sum(map(len, found.parts))
        return found.parts


def values_in(
    part: bytes,
    place: Place,
    matcher: Matcher,
    wanted: WantedStrings,
    judge: Judge,
) -> Iterator[int]:
    """The numbers of the values that stand in what a BLOB holds."""
    for base in range(0, len(part), WINDOW):
        for within, string in found_in(matcher, part[base : base + WINDOW + LONGEST]):
            near = partial(reading, lambda at, count: part[at : at + count], base + within)
            for number in wanted.numbers(string, near):
                each = wanted[number]
                if each.form in _SEARCHED and _stands(part, base + within, place, each, judge):
                    yield each.value


def _stands(part: bytes, at: int, place: Place, wanted: Wanted, judge: Judge) -> bool:
    """Whether a string is the value, and not a part of a longer word."""
    if wanted.form is Form.BLOB:
        return True
    if wanted.form is Form.PART:
        return judge.is_within(part, wanted.value)
    start = at - min(at, _AROUND) // 2 * 2
    around = part[start : at + 6 * LONGEST + _AROUND]
    texts = (
        around.decode("utf-8", "replace"),
        around.decode("utf-16-le", "replace"),
        part[start - 1 : start - 1 + len(around)].decode("utf-16-be", "replace") if start else "",
        around[1:].decode("utf-16-be", "replace"),
    )
    return any(judge.holds(text, wanted.value, place) for text in texts)
