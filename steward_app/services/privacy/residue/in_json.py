"""Whole numbers of keys in JSON and in other columns: too short to be looked for in the bytes of a file.

What leads to a person in its own column does so elsewhere, too: {"patient": 48213}. So the numbers of each column, and
at each path of the JSON in rows, are compared with the keys, as numbers, as texts and as names of members. Where mostly
numbers of a key stand, or more of them than chance would give, each of them is an original.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from steward_app.db import ReadSession, fold, qualified, quote
from steward_app.db.any_text import legible
from steward_app.db.query import readable
from steward_app.db.raw_rows import RawRows
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.json_values import any_json
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import (
    NumberKey,
    called,
    is_named_after,
    may_be_of_key,
    named_path,
    number_behind_parts,
    number_of_code,
    numbers_of_key,
    whole_number,
)
from steward_app.services.privacy.residue.in_text import numbers_in_texts
from steward_app.services.privacy.residue.model import NotSearched, Searched, Where
from steward_app.services.privacy.residue.numbers_at_paths import MOST_NUMBERS, Group, NumbersAtPaths
from steward_app.services.privacy.residue.objects import Objects
from steward_app.services.privacy.residue.permissions import Leave, Permissions
from steward_app.services.privacy.residue.tally import Tally

_KEYS = "steward_residue_keys"
_AT_ONCE: Final = 10_000
_FIRST_ROWS: Final = 1_000
_MOST_BYTES: Final = 64 << 20
_EACH_ONCE: Final = 1.02
_IS_NUMBER: Final = (
    "CASE typeof({0}) WHEN 'integer' THEN {0} > 0"
    " WHEN 'real' THEN {0} > 0 AND {0} < 1e18 AND {0} = CAST({0} AS INTEGER)"
    " WHEN 'text' THEN length({0}) <= 18 AND {0} GLOB '[1-9]*' AND {0} NOT GLOB '*[^0-9]*' ELSE 0 END"
)
"""SQL: whether a cell is a whole number, or a text of its digits."""
_MOST_BEFORE: Final = 5
"""What codes of a key may have before their numbers. Of more, a number alone is none of them, unless nearly each code
has a number of its own and many have the same before it: “2021-000252”, “2022-000317”."""
_FEW_BEFORE, _ITS_OWN = 0.1, 0.98
_MOST_DIFFERENT: Final = 1_000


class KeyNumbers:
    """The whole numbers of the places that are keys, outside memory. Made in `session.temporary()`."""

    def __init__(self, session: ReadSession, places: Sequence[Searched]) -> None:
        self._session, self._places = session, places
        self._are_keys = {number for number, each in enumerate(places) if each.key}
        self._before: dict[int, set[str]] = {}
        self._codes: Counter[int] = Counter()
        self._waiting: set[tuple[int, int]] = set()
        session.all(
            f"CREATE TEMP TABLE {_KEYS} (place INTEGER, value INTEGER, PRIMARY KEY (value, place)) WITHOUT ROWID"
        )

    def add(self, place: int, value: SqlValue) -> None:
        """A value of a place, by its number. What is of no key, or neither a number nor ends with one, is left out."""
        if place not in self._are_keys:
            return
        number = whole_number(value)
        if number is None and (code := number_of_code(value) or number_behind_parts(value)):
            before = self._before.setdefault(place, set())
            if len(before) <= _MOST_DIFFERENT:
                before.add(code[0])
                self._codes[place] += 1
                number = int(code[1])
        if number is not None:
            self._waiting.add((place, number))
            if len(self._waiting) == _AT_ONCE:
                self._write()

    def search(
        self, objects: Objects, permissions: Permissions, tally: Tally, context: Context
    ) -> Iterator[NotSearched]:
        """Count the numbers of keys in cells that refer to them, and in their JSON; what could not be looked at."""
        self._write()
        keys = self._keys()
        for place, counted in self._columns(objects, context) if keys else ():
            self._judge_column(place, counted, keys, permissions, tally)
        names = called([key.place for key in keys.values()])
        inside = (
            numbers_in_texts(self._session, objects, self._own(), self._any, names, context) if keys else ()
        )
        for place, (counted, behind) in inside:
            self._judge_column(place, counted, keys, permissions, tally, behind)
        for place in self._json_columns(objects) if keys else ():
            gathered = NumbersAtPaths(permissions.names(place))
            problem = self._read(place, gathered, context)
            for group, counted in gathered.found.items():
                context.checkpoint()
                self._judge(place, group, counted, keys, permissions, tally)
            if problem or gathered.left_out:
                what = f"whole numbers of keys in more of the JSON in {place.table}.{place.column}"
                yield NotSearched(what, problem or "it has more paths than are told apart")

    def _judge(
        self,
        place: Place,
        group: Group,
        counted: Counter[int],
        keys: Mapping[int, NumberKey],
        permissions: Permissions,
        tally: Tally,
    ) -> None:
        """Count the numbers at a path of the keys that it refers to, each once."""
        at_path = Place(place.table, place.column, f"{group.path}~" if group.as_name else group.path)
        said: dict[int, str | None] = {}
        of: list[Place] = []
        for number, key in keys.items():
            among = partial(self._among, number)
            if held := numbers_of_key(counted, named_path(at_path), key, among, mixed=group.inside):
                reason = self._reason(permissions.leave(place, (number,)), group)
                of += [key.place] if reason is None else []
                for each in held:
                    said[each] = None if reason is None else said.get(each, reason)
        self._tell(at_path, counted, said, of, tally)
        for number, key in keys.items() if not said else ():
            alike = may_be_of_key(counted, named_path(at_path), key, partial(self._among, number))
            if alike and self._reason(permissions.leave(place, (number,)), group) is None:
                tally.numbers_alike(at_path, key.place, len(alike))

    def _judge_column(
        self,
        place: Place,
        counted: Counter[int],
        keys: Mapping[int, NumberKey],
        permissions: Permissions,
        tally: Tally,
        behind: Mapping[str, Counter[int]] | None = None,
    ) -> None:
        """The same of a whole column, or of the numbers inside its texts, of which some stand behind names of keys."""
        own = counted.total() <= _EACH_ONCE * len(counted)
        said: dict[int, str | None] = {}
        of: list[Place] = []
        for number, key in keys.items():
            among = partial(self._among, number)
            mixed = behind is not None
            held = numbers_of_key(counted, named_path(place), key, among, own=own, mixed=mixed)
            for path, some in (behind or {}).items():
                if is_named_after(path, key.place) and (meant := numbers_of_key(some, path, key, among)):
                    held |= meant
                    counted |= some
            if held:
                reason = permissions.leave(place, (number,)).reason
                of += [key.place] if reason is None else []
                for each in held:
                    said[each] = None if reason is None else said.get(each, reason)
        if not tally.is_found(Where.CELL, place):  # as longer texts, by their bytes
            self._tell(place, counted, said, of, tally)
        for number, key in keys.items() if not said else ():
            alike = may_be_of_key(counted, named_path(place), key, partial(self._among, number), own=own)
            if alike and permissions.leave(place, (number,)).reason is None:
                tally.numbers_alike(place, key.place, len(alike))

    @staticmethod
    def _tell(
        place: Place,
        counted: Counter[int],
        said: Mapping[int, str | None],
        of: Sequence[Place],
        tally: Tally,
    ) -> None:
        """Numbers of keys at a place, each with why it may stand there, or None; and of which keys the others are."""
        for reason in set(said.values()):
            held = [each for each, why in said.items() if why == reason]
            hits = sum(counted[each] for each in held)
            if reason is None:
                tally.found_cells(Where.CELL, place, hits, len(held), of)
            else:
                tally.allowed(place, reason, hits)

    def _reason(self, leave: Leave, group: Group) -> str | None:
        if leave.inside is None:
            return leave.reason
        return leave.inside.said_of(group.path, is_key=group.as_name) or None

    def _keys(self) -> dict[int, NumberKey]:
        rows = self._session.all(
            f"SELECT place, min(value), max(value), count(*) FROM temp.{_KEYS} GROUP BY place"
        )
        numbers = (tuple(int(each or 0) for each in row) for row in rows)
        return {
            place: NumberKey(self._places[place].place, least, greatest, count, bool(self._before.get(place)))
            for place, least, greatest, count in numbers
            if self._tells(place, count)
        }

    def _tells(self, place: int, count: int) -> bool:
        """Whether a number, of so many different ones, tells the code that ends with it."""
        before, codes = len(self._before.get(place, ())), self._codes[place]
        return before <= _MOST_BEFORE or (before <= _FEW_BEFORE * codes and count >= _ITS_OWN * codes)

    def _among(self, place: int, numbers: Collection[int]) -> set[int]:
        """Which of some numbers a key has."""
        found: set[int] = set()
        some = list(numbers)
        for start in range(0, len(some), _AT_ONCE):
            listed = ",".join(map(str, some[start : start + _AT_ONCE]))
            rows = self._session.all(
                f"SELECT value FROM temp.{_KEYS} WHERE place = ? AND value IN"
                " (SELECT value FROM json_each(?))",
                (place, f"[{listed}]"),
            )
            found.update(int(value or 0) for (value,) in rows)
        return found

    def _columns(self, objects: Objects, context: Context) -> Iterator[tuple[Place, Counter[int]]]:
        """The numbers of the columns that hold one of a key, but for those whose own originals are looked for."""
        own = self._own()
        for table, columns in objects.tables():
            names = [name for name, _ in columns if (fold(table), fold(name)) not in own]
            for name in self._holding(table, names, context):
                numbers = self._numbers_of(Place(table, name), context)
                if numbers:
                    yield Place(table, name), numbers

    def _own(self) -> set[tuple[str, str]]:
        return {(fold(each.place.table), fold(each.place.column)) for each in self._places}

    def _any(self, numbers: Collection[int]) -> bool:
        """Whether some key has one of the numbers."""
        listed = ",".join(map(str, numbers))
        sql = f"SELECT 1 FROM temp.{_KEYS} WHERE value IN (SELECT value FROM json_each(?)) LIMIT 1"
        return self._session.value(sql, (f"[{listed}]",)) is not None

    def _holding(self, table: str, names: Sequence[str], context: Context) -> list[str]:
        """The columns of a table that hold any number of any key: one reading of the table."""
        if not names or table.startswith("sqlite_"):
            return []
        tests = ", ".join(
            f"max({_IS_NUMBER.format(quote(name))} AND CAST({quote(name)} AS INTEGER)"
            f" IN (SELECT value FROM temp.{_KEYS}))"
            for name in names
        )
        try:
            with self._session.under(context), readable(table):
                row = self._session.one(f"SELECT {tests} FROM {qualified(table)}")
        except Failure:
            return []  # what SQLite cannot read is told where the whole of it is searched
        return [name for name, holds in zip(names, row or (), strict=False) if holds]

    def _numbers_of(self, place: Place, context: Context) -> Counter[int]:
        """The different numbers of a column, each with how often it stands there."""
        column = quote(place.column)
        sql = (
            f"SELECT CAST({column} AS INTEGER) AS number, count(*) FROM {qualified(place.table)}"
            f" WHERE {_IS_NUMBER.format(column)} GROUP BY number LIMIT {MOST_NUMBERS}"
        )
        try:
            with self._session.under(context), readable(place.table):
                rows = self._session.all(sql)
        except Failure:
            return Counter()
        found = Counter({int(number or 0): int(many or 0) for number, many in rows})
        return Counter({number: many for number, many in found.items() if whole_number(number) is not None})

    def _json_columns(self, objects: Objects) -> Iterator[Place]:
        """The columns of which one of the first rows holds an object or array."""
        for table, columns in objects.tables():
            names = [quote(name) for name, _ in columns]
            tests = ", ".join(
                f"max(iif(typeof({name}) IN ('text', 'blob') AND json_valid({name}, 9),"
                f" json_type({name}) IN ('object', 'array'), 0))"
                for name in names
            )
            sql = (
                f"SELECT {tests} FROM (SELECT {', '.join(names)} FROM {qualified(table)} LIMIT {_FIRST_ROWS})"
            )
            try:
                with readable(table):
                    row = self._session.one(sql) if names else None
            except Failure:
                continue  # what SQLite cannot read is told where the whole of it is searched
            yield from (
                Place(table, name) for (name, _), holds in zip(columns, row or (), strict=False) if holds
            )

    def _read(self, place: Place, gathered: NumbersAtPaths, context: Context) -> str:
        """Gather the numbers of a column; why not all of them, or ""."""
        column = quote(place.column)
        sql = (
            f"SELECT CAST(iif(typeof({column}) = 'blob', json({column}), {column}) AS BLOB)"
            f" FROM {qualified(place.table)} WHERE typeof({column}) IN ('text', 'blob') AND json_valid({column}, 9)"
        )
        size, raw = 0, RawRows(self._session, kept=())
        try:
            with self._session.under(context), readable(place.table):
                for (text,) in self._session.execute(sql):
                    if size > _MOST_BYTES:
                        return f"the first {_MOST_BYTES >> 20} MB of it were looked at"
                    size += len(text) if isinstance(text, bytes) else 0
                    gathered.add(any_json(legible(raw.text(text))) if isinstance(text, bytes) else None)
        except Failure:
            return "SQLite cannot read it"
        return ""

    def _write(self) -> None:
        self._session.run_many(
            f"INSERT OR IGNORE INTO temp.{_KEYS} (place, value) VALUES (?, ?)", list(self._waiting)
        )
        self._waiting.clear()
