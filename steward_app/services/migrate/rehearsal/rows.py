"""What became of the rows of one table: found again by their key, their number or their values, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.difference import (
    BEFORE,
    Both,
    Difference,
    Match,
    apart,
    looks_up,
    lost_keys,
    paired,
    rows_after,
    rows_before,
    rows_without,
    under_another_key,
)
from steward_app.db.query import readable
from steward_app.db.tally import Became, Tally, tally
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.services.migrate.rehearsal.alike import lost_in
from steward_app.services.migrate.rehearsal.pairs import Pair
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import (
    ColumnDifference,
    Conversion,
    Matched,
    TableDifference,
)
from steward_app.services.rows.model import Storage
from steward_app.services.schema.model import Column, Table

KEYS_TOLD = 5
_ONE_CLASS = ({"TEXT"}, {"REAL"}, {"INTEGER", "NUMERIC"})
"""Affinities between which equal values are of one storage class: a whole number is never REAL in the last."""
NOT_READ = (ErrorCode.MISSING_MODULE, ErrorCode.MALFORMED_SCHEMA)
"""What is said of a table that SQLite cannot run here, such as one with a function of another program."""


def compare_table(session: Session, pair: Pair, names: Names) -> TableDifference:
    """What became of a table. The session is of the file afterwards and sees the one before `beside` it.

    What keeps rows from being read, such as a function that is missing here, is told in the result.
    """
    bare = TableDifference(
        name=pair.new.name if pair.new else "",
        was=pair.old.name if pair.old else "",
        rows_before=rows_before(session, pair.old.name) if pair.old else 0,
        rows_after=rows_after(session, pair.new.name) if pair.new else 0,
        key=pair.new.key_columns if pair.new else (),
        sequence_before=_sequence(session, BEFORE, pair.old),
        sequence_after=_sequence(session, "main", pair.new),
        sql_before=texts(pair.old),
        sql_after=texts(pair.new),
    )
    if pair.old is None or pair.new is None:
        return replace(bare, added=bare.rows_after, lost=bare.rows_before)
    try:
        with readable(pair.name):
            return _Rows(session, pair.old, pair.new, pair, names, bare).compare()
    except Failure as error:
        if error.code not in NOT_READ:
            raise
        return replace(bare, problem=error.message)


@dataclass(frozen=True, slots=True)
class _Found:
    """How the rows are found again.

    Attributes:
        same_number: where it is by the key and the rowid counts, rows that have the same one in both.
    """

    match: Match
    by: Matched
    same_number: int | None = None


class _Rows:
    """One table, in both files."""

    def __init__(
        self, session: Session, old: Table, new: Table, pair: Pair, names: Names, bare: TableDifference
    ) -> None:
        self.session, self.old, self.new, self.pair, self.names, self.bare = (
            session,
            old,
            new,
            pair,
            names,
            bare,
        )
        self.both = [(one, other) for one, other in pair.columns if one and other and not other.hidden]
        self.taken_over: frozenset[str] = frozenset()

    def compare(self) -> TableDifference:
        found = self._by_key() or self._by_rowid()
        if found is None:
            return self._by_values()
        self.taken_over = self._taken_over(found.match)
        compared = [each for each in self.both if not _is_the_key(found.match, each)]
        counted = tally(
            self.session, found.match, _to_compare(compared), self.new.key_columns, most_keys=KEYS_TOLD
        )
        told = self._told(found, compared, counted)
        return self._renumbered(told) if found.by is Matched.ROWID else told

    def _taken_over(self, match: Match) -> frozenset[str]:
        """Columns that went, where another got the name and holds all their values: so ends what was expanded."""
        renamed = {fold(other.name): other for one, other in self.both if fold(one.name) != fold(other.name)}
        went = [one for one, other in self.pair.columns if one and other is None and not one.hidden]
        named = [(one, renamed[fold(one.name)]) for one in went if fold(one.name) in renamed]
        if not named:
            return frozenset()
        counted = tally(self.session, match, _to_compare(named), self.new.key_columns, most_keys=KEYS_TOLD)
        return frozenset(
            one.name for (one, _), became in zip(named, counted.columns, strict=True) if not became
        )

    def _by_key(self) -> _Found | None:
        on = self._same_key()
        if not on:
            return None
        old, new = self.old.name, self.new.name
        if _is_rowid(self.old, on[0][0]) and _is_rowid(self.new, on[0][1]):
            return _Found(Match(old, new, on, by_rowid=True), Matched.KEY)
        same_number = None
        if self.old.rowid_name and self.new.rowid_name and not _aliased(self.old, self.new):
            match = Match(old, new, ((self.old.rowid_name, self.new.rowid_name), *on), by_rowid=True)
            same_number = paired(self.session, match)
            if same_number == min(self.bare.rows_before, self.bare.rows_after):
                return _Found(match, Matched.KEY, same_number)
        for match in (Match(old, new, on), Match(old, new, on, backwards=True)):
            if looks_up(self.session, match):
                return _Found(match, Matched.KEY, same_number)
        return None

    def _by_rowid(self) -> _Found | None:
        if not (self.old.rowid_name and self.new.rowid_name):
            return None
        rowids = (self.old.rowid_name, self.new.rowid_name)
        return _Found(Match(self.old.name, self.new.name, (rowids,), by_rowid=True), Matched.ROWID)

    def _by_values(self) -> TableDifference:
        found = self._apart()
        return replace(
            self.bare,
            matched=Matched.VALUES,
            added=found.inserted,
            lost=found.deleted,
            columns=self._columns({}),
        )

    def _apart(self) -> Difference:
        if not self.both:
            return Difference(self.bare.rows_after, 0, self.bare.rows_before)
        return apart(self.session, self.old.name, self.new.name, _to_compare(self.both))

    def _same_key(self) -> tuple[tuple[str, str], ...]:
        """The primary key where both have the same one that names a row."""
        before, after = self.old.primary_key, self.new.primary_key
        if before is None or after is None:
            return ()
        now = self.names.columns(self.old.name, before.columns)
        if list(map(fold, now)) != list(map(fold, after.columns)):
            return ()
        if (before.nullable and rows_without(self.session, self.old.name, before.columns, BEFORE)) or (
            after.nullable and rows_without(self.session, self.new.name, after.columns)
        ):
            return ()  # a row without one has no name
        return tuple(zip(before.columns, after.columns, strict=True))

    def _told(
        self, found: _Found, compared: Sequence[tuple[Column, Column]], counted: Tally
    ) -> TableDifference:
        session, match = self.session, found.match
        one_to_one = self._keys_alike(match) and not match.backwards
        count = self.bare.rows_after - counted.alone if one_to_one else paired(session, match, once=True)
        lost, added = self.bare.rows_before - count, self.bare.rows_after - count
        in_key = {after for _, after in match.on}
        others = _to_compare(each for each in compared if each[1].name not in in_key)
        can_look = lost and looks_up(session, replace(match, backwards=True)) and one_to_one
        elsewhere = found.by is Matched.KEY and can_look and added and others
        became = {
            other.name: _conversions(each, lost_in(session, match, both, each))
            for (_, other), both, each in zip(compared, _to_compare(compared), counted.columns, strict=True)
        }
        return replace(
            self.bare,
            matched=found.by,
            added=added,
            changed=counted.rows,
            lost=lost,
            renumbered=under_another_key(session, match, others, added, lost) if elsewhere else 0,
            rowids=0 if found.same_number is None else count - found.same_number,
            columns=self._columns(became),
            sample_added=counted.alone_keys,
            sample_lost=lost_keys(session, match, self.old.key_columns, KEYS_TOLD) if can_look else (),
        )

    def _keys_alike(self, match: Match) -> bool:
        """Whether a key can be that of one row only in the other file: it is of the same type, and compares alike."""
        on = [(self.old.column(one), self.new.column(other)) for one, other in match.on]
        return all(
            one is None
            or other is None
            or (one.affinity, fold(one.collation)) == (other.affinity, fold(other.collation))
            for one, other in on
        )

    def _renumbered(self, told: TableDifference) -> TableDifference:
        """Rows that nothing but their number names may have got others, and are the same all the same."""
        if not (told.lost and told.added) and not (told.changed and (told.lost or told.added)):
            return told
        found = self._apart()
        if found.inserted + found.deleted >= told.lost + told.added + told.changed:
            return told
        return replace(
            told,
            matched=Matched.VALUES,
            added=found.inserted,
            changed=0,
            lost=found.deleted,
            rowids=max(told.added + told.changed - found.inserted, 0),
            columns=self._columns({}),
            sample_added=(),
            sample_lost=(),
        )

    def _columns(self, became: Mapping[str, tuple[Conversion, ...]]) -> tuple[ColumnDifference, ...]:
        come = [other for one, other in self.pair.columns if one is None and other and not other.hidden]
        gone = [
            one
            for one, other in self.pair.columns
            if other is None and one and not one.hidden and one.name not in self.taken_over
        ]
        values = _values(self.session, "main", self.new.name, come)
        had = _values(self.session, BEFORE, self.old.name, gone)
        found = []
        for one, other in self.pair.columns:
            if other is None and one in gone:
                found.append(ColumnDifference("", one.name, had[one.name]))
            elif one is None and other in come:
                found.append(ColumnDifference(other.name, "", values[other.name]))
            elif one and other:
                told = became.get(other.name, ())
                if told or one.name != other.name:
                    found.append(
                        ColumnDifference(other.name, one.name, sum(each.rows for each in told), told)
                    )
        return tuple(found)


def _to_compare(columns: Iterable[tuple[Column, Column]]) -> list[Both]:
    return [
        Both(one.name, other.name, any({one.affinity, other.affinity} <= each for each in _ONE_CLASS))
        for one, other in columns
    ]


def _is_the_key(match: Match, column: tuple[Column, Column]) -> bool:
    """Whether a column cannot differ: it is the number by which the rows were found."""
    return all(each.rowid_alias for each in column) and match.by_rowid


def _is_rowid(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.rowid_alias


def _aliased(*tables: Table) -> bool:
    return any(column.rowid_alias for table in tables for column in table.columns)


def _conversions(became: Iterable[Became], alike: Mapping[tuple[str, str], int]) -> tuple[Conversion, ...]:
    """What values became; `alike` are those that are as others now, by their storage class before and now."""

    def conversion(each: Became) -> Conversion:
        lost = each.lost + alike.get((each.before, each.after), 0)
        return Conversion(Storage(each.before), Storage(each.after), each.rows, lost, tuple(each.keys))

    return tuple(map(conversion, sorted(became, key=lambda each: (-each.rows, each.before, each.after))))


def _values(session: Session, schema: str, of_table: str, columns: Sequence[Column]) -> dict[str, int]:
    """How many rows have a value in each column."""
    if not columns:
        return {}
    counts = ", ".join(f"count({quote(each.name)})" for each in columns)
    row = session.one(f"SELECT {counts} FROM {qualified(of_table, schema)}") or ()
    return {each.name: int(str(count)) for each, count in zip(columns, row, strict=True)}


def _sequence(session: Session, schema: str, table: Table | None) -> int | None:
    """The highest number that AUTOINCREMENT gave out; None where it gave none."""
    if table is None or not any(column.autoincrement for column in table.columns):
        return None
    found = session.value(f"SELECT seq FROM {quote(schema)}.sqlite_sequence WHERE name = ?", (table.name,))
    return found if isinstance(found, int) else None


def texts(table: Table | None) -> tuple[str, ...]:
    """The stored text of a table or view with its indexes and triggers, statement by statement."""
    if table is None:
        return ()
    own = (index.sql for index in table.indexes if index.origin == "create")
    return (table.sql, *own, *(trigger.sql for trigger in table.triggers))
