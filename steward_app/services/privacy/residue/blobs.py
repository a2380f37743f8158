"""Original values in compressed BLOBs of rows: documents, archives, packed texts; and in texts that are encoded.

Each is opened and searched. Looked at are the columns that are declared for BLOBs or for anything, and those of which
one of the first rows holds a BLOB; reading every row of all others would take as long as the rest of the search. So it
is with texts in base64 and the like: columns of which one of the first rows has some.
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
from steward_app.services.privacy.encoded_texts import LEAST_ALONE, in_the_clear
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
_BEGINNING = 4_096  # characters of a text that tell whether it is encoded
_LEAST_ENCODED = LEAST_ALONE  # bytes; a word with two escapes has one more
_MOST_ENCODED = 64 << 20
_SEARCHED = (Form.TEXT, Form.PART, Form.BLOB)


class PackedBlobs:
    """The compressed BLOBs of a database, and its encoded texts. Made in the snapshot that is searched.

    Attributes:
        permitted: numbers of the values that one of them holds by permission, in this round.
    """

    def __init__(self, session: ReadSession, objects: Objects, tally: Tally) -> None:
        self._session, self._tally = session, tally
        self._columns = [Place(table, column) for table, column in self._chosen(objects)]
        self._encoded = [place for table in objects.tables() for place in self._with_encoded(*table)]
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
        opening = [(place, self._packed(place, context)) for place in self._columns]
        opening += [(place, self._decoded(place, context)) for place in self._encoded]
        for place, cells in opening:
            for document, parts in cells:
                numbers: set[int] = set()
                for part in parts:
                    context.checkpoint()
                    numbers |= set(values_in(part, place, matcher, wanted, judge))
                for number in sorted(numbers):
                    reason = judge.reason(place, number, document)
                    if reason is not None:
                        self.permitted.add(number)
                        self._tally.allowed(place, reason)
                    else:
                        self._tally.found(Where.PACKED, "", place.table, place.column, number)

    def searched(self) -> tuple[Looked, ...]:
        """How much was opened."""
        return (Looked("what compressed BLOBs and encoded texts hold", self._bytes),) if self._bytes else ()

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

    def _with_encoded(self, table: str, columns: Sequence[tuple[str, bool]]) -> Iterator[Place]:
        """The columns of which one of the first rows has a text that is encoded, at its beginning."""
        names = [name for name, _ in columns]
        if not names or table.startswith("sqlite_"):
            return
        terms = ", ".join(f"CAST(substr({quote(name)}, 1, {_BEGINNING}) AS BLOB)" for name in names)
        rest = ", ".join(map(quote, names))
        sql = f"SELECT {terms} FROM (SELECT {rest} FROM {qualified(table)} LIMIT {FIRST_ROWS})"
        try:
            with readable(table):
                rows = self._session.all(sql)
        except Failure:
            return
        for name, cells in zip(names, zip(*rows, strict=True), strict=False):
            texts = (_text(cell) for cell in cells if isinstance(cell, bytes) and len(cell) >= _LEAST_ENCODED)
            if any(True for text in texts for _ in in_the_clear(text)):
                yield Place(table, name)

    def _decoded(self, place: Place, context: Context) -> Iterator[tuple[str, Sequence[bytes]]]:
        """Each text and those that are encoded in it."""
        column = quote(place.column)
        sql = (
            f"SELECT CAST({column} AS BLOB) FROM {qualified(place.table)}"
            f" WHERE typeof({column}) IN ('text', 'blob') AND length({column}) >= {_LEAST_ENCODED}"
        )
        for data in self._read(sql, place, context):
            text = _text(data)
            parts = [each.encode("utf-8", "surrogatepass") for each in in_the_clear(text)]
            self._bytes += sum(map(len, parts))
            yield text, parts

    def _packed(self, place: Place, context: Context) -> Iterator[tuple[str, Sequence[bytes]]]:
        return (("", self._opened(data)) for data in self._blobs(place, context))

    def _blobs(self, place: Place, context: Context) -> Iterator[bytes]:
        column = quote(place.column)
        sql = (
            f"SELECT {column} FROM {qualified(place.table)}"
            f" WHERE typeof({column}) = 'blob' AND length({column}) >= {LEAST}"
        )
        return self._read(sql, place, context)

    def _read(self, sql: str, place: Place, context: Context) -> Iterator[bytes]:
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


def _text(data: bytes) -> str:
    return data[:_MOST_ENCODED].decode("utf-8", "replace")


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
