"""The rows that are to come back, in temporary tables: chosen ones, their children, the parents they need.

One temporary table for each table of the image, `steward_bring_<n>`, with a row for each row to bring:

    k0, k1, ...   its key then
    n0, n1, ...   its key as it will be: the same, or a new number, or the new number of its parent
    what          what is done: see `What`
    origin        0 chosen, 1 a child of such a row, 2 a parent that is missing now
    round         how many links away from a chosen row it was found

Everything is done by SQL on sets of rows, so that values never leave SQLite and a million rows are as good as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from steward_app.db import Session, fold, quote
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.restore.compare import bag_sql
from steward_app.services.restore.pairs import Pair, equal_sql, ordinary, pair_of
from steward_app.services.restore.rules import autoincrement
from steward_app.services.schema.model import ForeignKey, Schema, Table

CHOSEN, CHILD, PARENT = 0, 1, 2
_AT_ONCE = 200  # keys in one statement


class What(StrEnum):
    """What is done with a row that was gathered."""

    OPEN = ""  # not looked at yet
    INSERT = "insert"  # it is missing, and comes back
    UPDATE = "update"  # it is there and differs, and gets its old values
    SAME = "same"  # it is there as it was
    KEEP = "keep"  # it is there and differs, and stays as it is now
    OUT = "out"  # it stays out


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key between two tables that are known then; columns by their names then."""

    child: Pair
    columns: tuple[str, ...]
    parent: Pair
    parent_columns: tuple[str, ...]


class Selection:
    """The rows that are to come back. `session` sees the file and the image, and may make temporary tables."""

    def __init__(self, session: Session, then: Schema, now: Schema, context: Context) -> None:
        self.session = session
        self.then = then
        self.now = now
        self.context = context
        self._pairs: dict[str, Pair] = {}
        self._renumbered: set[int] = set()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The tables of which rows were gathered."""
        return tuple(self._pairs.values())

    def pair(self, name: str) -> Pair:
        """A table of the image, by its name then or now. Raises `UsageError` where there is none, `Failure` where its
        rows cannot be told apart."""
        table = self._tables.get(fold(name))
        if table is None:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There was no table {quoted(name)} then, or its rows cannot be brought back one by one.",
                hint="Nothing was changed. Views and virtual tables follow from other tables.",
            )
        known = self._pairs.get(fold(table.name))
        if known is None:
            known = pair_of(self.session, len(self._pairs), table, self._now_tables.get(fold(table.name)))
            if known.problem:
                raise Failure(
                    ErrorCode.NOT_ALLOWED,
                    f"Rows of {quoted(table.name)} cannot be brought back: {known.problem}.",
                    hint="Nothing was changed. Restore the whole file to a new one to take them from there.",
                )
            self._pairs[fold(table.name)] = known
            self._make(known)
        return known

    def run(self, sql: str, bindings: Key = ()) -> int:
        """Run a statement on temporary tables; how many rows it changed."""
        self.session.all(sql, bindings)
        return self.session.count("SELECT changes()")

    def count(self, pair: Pair, *what: What) -> int:
        """How many of a table's gathered rows are to be treated so."""
        marks = ", ".join(f"'{each}'" for each in what)
        return self.session.count(f"SELECT count(*) FROM {bring(pair)} WHERE what IN ({marks})")

    def count_gone(self, pair: Pair) -> int:
        """How many rows of the file are taken out of a table."""
        return self.session.count(f"SELECT count(*) FROM {gone(pair)}")

    def known(self, name: str) -> Pair | None:
        """A table of which rows were gathered already."""
        return self._pairs.get(fold(name))

    # Gathering

    def choose(self, pair: Pair, keys: Iterable[Key]) -> int:
        """Gather rows by their keys then; how many of them were there."""
        waiting, chosen = list(keys), 0
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            if any(len(each) != len(pair.key) for each in some):
                raise UsageError(
                    ErrorCode.BAD_REQUEST,
                    f"A row of {quoted(pair.name)} is named by {len(pair.key)} values: {', '.join(pair.key)}.",
                )
            tuples = ", ".join(f"({', '.join('?' * len(pair.key))})" for _ in some)
            named = ", ".join(f"i.{quote(name)}" for name in pair.key)
            among = f"({named}) IN (VALUES {tuples})" if len(pair.key) > 1 else f"{named} IN ({tuples})"
            if len(pair.key) == 1:
                among = f"{named} IN ({', '.join('?' * len(some))})"
            chosen += self.choose_where(pair, among, tuple(value for each in some for value in each))
        return chosen

    def choose_where(self, pair: Pair, condition_sql: str, bindings: Key = ()) -> int:
        """Gather the rows `i` of the image that meet a condition; how many were new."""
        return self.run(
            f"INSERT OR IGNORE INTO {bring(pair)} ({keys('k', pair)}, origin, round)"
            f" SELECT {_names('i', pair.key)}, {CHOSEN}, 0 FROM {pair.then_sql} AS i WHERE {condition_sql}",
            bindings,
        )

    def choose_differing(self, pair: Pair) -> None:
        """Gather every row that is missing or differs, and note those of the file that were not there then."""
        if pair.now is None:
            self.choose_where(pair, "1")
        elif pair.keyless:
            self.choose_where(pair, f"i.{quote(pair.key[0])} IN ({bag_sql(pair, 0)})")
            self.run(f"INSERT INTO {gone(pair)} {bag_sql(pair, 1)}")
        else:
            same = f"SELECT 1 FROM {pair.now_sql} AS m WHERE {pair.same_key_sql()}"
            self.choose_where(pair, f"NOT EXISTS ({same} AND NOT ({pair.differs_somewhere_sql()}))")
            self.run(
                f"INSERT INTO {gone(pair)} SELECT {_names('m', pair.key_now)} FROM {pair.now_sql} AS m"
                f" WHERE NOT EXISTS (SELECT 1 FROM {pair.then_sql} AS i WHERE {pair.same_key_sql()})"
            )

    def choose_missing(self, pair: Pair) -> None:
        """Gather every row that is missing now."""
        if pair.now is None:
            self.choose_where(pair, "1")
        elif pair.keyless:
            self.choose_where(pair, f"i.{quote(pair.key[0])} IN ({bag_sql(pair, 0)})")
        else:
            same = f"SELECT 1 FROM {pair.now_sql} AS m WHERE {pair.same_key_sql()}"
            self.choose_where(pair, f"NOT EXISTS ({same})")

    def choose_changed(self, pair: Pair) -> None:
        """Gather every row that is there now with other values. Rows without a key are never that."""
        if pair.now is None or pair.keyless:
            return
        there = f"SELECT 1 FROM {pair.now_sql} AS m WHERE {pair.same_key_sql()}"
        self.choose_where(pair, f"EXISTS ({there} AND ({pair.differs_somewhere_sql()}))")

    def add_children(self, left_out: frozenset[str]) -> None:
        """Gather the children of what was chosen, and theirs, through every foreign key there was.

        Args:
            left_out: folded names of tables whose rows are not wanted.
        """
        fresh = {pair.number: 1 for pair in self.pairs}
        place = 0
        while any(fresh.values()):
            found: dict[int, int] = {}
            for link in [*self._links_to(fresh)]:
                if fold(link.child.name) in left_out:
                    continue
                self.context.checkpoint()
                rows = self.run(
                    f"INSERT OR IGNORE INTO {bring(link.child)} ({keys('k', link.child)}, origin, round)"
                    f" SELECT {_names('c', link.child.key)}, {CHILD}, {place + 1} FROM {bring(link.parent)} AS b"
                    f" CROSS JOIN {link.parent.then_sql} AS p ON {bring_key('p', link.parent)}"
                    f" CROSS JOIN {link.child.then_sql} AS c ON {points(link)} WHERE b.round = {place}"
                )
                found[link.child.number] = found.get(link.child.number, 0) + rows
            fresh, place = found, place + 1
            self.context.report(place, unit="levels")

    def add_parents(self, wanted: Callable[[Pair], bool]) -> int:
        """Gather the parents that rows to be written point to and that are missing now; how many.

        Also those whose number seems to be another row's now: to which of the two they belong must be asked.

        Args:
            wanted: whether rows of a table come back with their parents.
        """
        added = 0
        for pair in filter(wanted, self.pairs):
            for link in self.links_from(pair):
                added += self.run(
                    f"INSERT OR IGNORE INTO {bring(link.parent)} ({keys('k', link.parent)}, origin, round)"
                    f" SELECT {_names('p', link.parent.key)}, {PARENT}, -1 FROM {bring(pair)} AS b"
                    f" CROSS JOIN {pair.then_sql} AS c ON {bring_key('c', pair)}"
                    f" CROSS JOIN {link.parent.then_sql} AS p ON {points(link)}"
                    f" WHERE b.what IN ('insert', 'update') AND (NOT {self.parent_now(link)}"
                    f" OR {self._is_anothers(link.parent)})"
                )
        return added

    # Links

    def links_from(self, pair: Pair) -> tuple[Link, ...]:
        """The links that must hold for a row of this table: those of now, or of then where the table is gone."""
        if pair.now is None:
            return tuple(filter(None, (self._link(pair, key, self.then) for key in pair.then.foreign_keys)))
        return tuple(filter(None, (self._link(pair, key, self.now) for key in pair.now.foreign_keys)))

    def parent_now(self, link: Link) -> str:
        """That the parent of a row `c` of the image is in the file, and is not one that gets another number."""
        if link.parent.now is None:
            return "0"
        now = [link.parent.now_name(name) for name in link.parent_columns]
        if None in now:
            return "0"
        same = " AND ".join(
            f"m.{quote(str(one))} = {self.value(link.child, two, f'c.{quote(two)}')}"
            for one, two in zip(now, link.columns, strict=True)
        )
        return f"EXISTS (SELECT 1 FROM {link.parent.now_sql} AS m WHERE {same})"

    def value(self, pair: Pair, column: str, plain: str) -> str:
        """A value of a column (by its name then) as it will be: the new number of the parent where that gets one.

        Args:
            plain: the value then, in SQL.
        """
        for root in self._roots(pair, fold(column), frozenset()):
            if root.number in self._renumbered:
                return (
                    f"coalesce((SELECT r.n0 FROM {bring(root)} AS r WHERE r.k0 = {plain}"
                    f" AND r.n0 IS NOT r.k0 AND r.what <> 'out'), {plain})"
                )
        return plain

    def differs(self, pair: Pair, then: str, now: str) -> str:
        """That a column differs between a row `i` of then, as it will be, and a row `m` of now."""
        return pair.differs_sql(then, now, self.value(pair, then, f"i.{quote(then)}"))

    def another_row(self, pair: Pair) -> str:
        """That `i` and `m`, which have the same number, look like two rows: more than half of the columns differ.

        "" where a number is never given twice, or is no number.
        """
        if not pair.numbered or pair.keyless or not pair.others or autoincrement(pair.now):
            return ""
        many = " + ".join(f"({self.differs(pair, *names)})" for names in pair.others)
        return f"({many}) * 2 > {len(pair.others)}"

    def _is_anothers(self, parent: Pair) -> str:
        """That the number of a parent `p` of then is what looks like another row's now."""
        another = self.another_row(parent)
        if not another or parent.now is None:
            return "0"
        return (
            f"EXISTS (SELECT 1 FROM {parent.now_sql} AS m CROSS JOIN {parent.then_sql} AS i"
            f" WHERE {equal_sql('m', parent.key_now, 'p', parent.key)}"
            f" AND {equal_sql('i', parent.key, 'p', parent.key)} AND {another})"
        )

    def renumbered(self, pair: Pair) -> None:
        """Say that rows of this table get new numbers."""
        self._renumbered.add(pair.number)

    def _roots(self, pair: Pair, column: str, seen: frozenset[tuple[int, str]]) -> Iterator[Pair]:
        """The tables whose number a column repeats, through one or more foreign keys."""
        if (pair.number, column) in seen:
            return
        for key in (*pair.then.foreign_keys, *(pair.now.foreign_keys if pair.now else ())):
            for ours, theirs in zip(key.columns, key.parent_columns, strict=False):
                parent = self._pairs.get(fold(key.parent_table))
                if fold(ours) != column or parent is None:
                    continue
                if parent.numbered and not parent.keyless and fold(parent.key[0]) == fold(theirs):
                    yield parent
                yield from self._roots(parent, fold(theirs), seen | {(pair.number, column)})

    def _links_to(self, fresh: dict[int, int]) -> Iterator[Link]:
        for parent in self.pairs:
            if not fresh.get(parent.number):
                continue
            for table, key in self.then.referring(parent.then.name):
                if fold(table.name) in self._tables and self._usable(table, key, parent.then):
                    child = self.pair(table.name)
                    yield Link(child, key.columns, parent, key.parent_columns)

    def _link(self, pair: Pair, key: ForeignKey, schema: Schema) -> Link | None:
        """A foreign key of now (or then) by the names of the columns then; None where one of them was not there."""
        parent_table = schema.table(key.parent_table) if key.parent_table else None
        if parent_table is None or fold(parent_table.name) not in self._tables:
            return None
        parent = self.pair(parent_table.name)
        if schema is self.now:
            ours = [pair.then_name(name) for name in key.columns]
            theirs = [parent.then_name(name) for name in key.parent_columns]
        else:
            ours, theirs = [*key.columns], [*key.parent_columns]
        if not ours or len(ours) != len(theirs) or None in (*ours, *theirs):
            return None
        return Link(pair, tuple(map(str, ours)), parent, tuple(map(str, theirs)))

    def _usable(self, child: Table, key: ForeignKey, parent: Table) -> bool:
        ours = [child.column(name) for name in key.columns]
        theirs = [parent.column(name) for name in key.parent_columns]
        return len(ours) == len(theirs) > 0 and None not in ours and None not in theirs

    # Tables

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {fold(table.name): table for table in ordinary(self.then)}

    @cached_property
    def _now_tables(self) -> dict[str, Table]:
        return {fold(table.name): table for table in ordinary(self.now)}

    def _make(self, pair: Pair) -> None:
        sorted_as = [(pair.then.column(name) or _ROWID).collation for name in pair.key]
        declared = ", ".join(f"k{at} COLLATE {quote(each)}" for at, each in enumerate(sorted_as))
        self.session.all(
            f"CREATE TEMP TABLE {bring(pair, made=True)} ({declared}, {keys('n', pair)}, what TEXT NOT NULL DEFAULT '',"
            f" origin INT, round INT, PRIMARY KEY ({keys('k', pair)})) WITHOUT ROWID"
        )
        self.session.all(
            f"CREATE TEMP TABLE {asked(pair, made=True)} (kind TEXT, {declared}, answer TEXT NOT NULL,"
            f" PRIMARY KEY (kind, {keys('k', pair)})) WITHOUT ROWID"
        )
        self.session.all(
            f"CREATE TEMP TABLE {gone(pair, made=True)} ({declared}, PRIMARY KEY ({keys('k', pair)})) WITHOUT ROWID"
        )


@dataclass(frozen=True, slots=True)
class _Rowid:
    collation: str = "BINARY"


_ROWID = _Rowid()


def bring(pair: Pair, *, made: bool = False) -> str:
    """The temporary table of a pair, in SQL."""
    return f"{'' if made else 'temp.'}steward_bring_{pair.number}"


def asked(pair: Pair, *, made: bool = False) -> str:
    """The temporary table of the conflicts of a pair's rows: what kind, which row then, and the answer or ""."""
    return f"{'' if made else 'temp.'}steward_asked_{pair.number}"


def gone(pair: Pair, *, made: bool = False) -> str:
    """The temporary table of the rows of the file that are taken out, by their key now."""
    return f"{'' if made else 'temp.'}steward_gone_{pair.number}"


def keys(letter: str, pair: Pair, row: str = "") -> str:
    """`k0, k1`, or `b.k0, b.k1`."""
    return ", ".join(f"{row}{letter}{at}" for at in range(len(pair.key)))


def bring_key(row: str, pair: Pair) -> str:
    """That a row of the image is the gathered row `b`."""
    return " AND ".join(f"{row}.{quote(name)} = b.k{at}" for at, name in enumerate(pair.key))


def now_key(row: str, names: tuple[str, ...]) -> str:
    """That a row of the file is the one the gathered row `b` will be."""
    return " AND ".join(f"{row}.{quote(name)} = b.n{at}" for at, name in enumerate(names))


def points(link: Link) -> str:
    """That a child `c` points to a parent `p`, as SQLite compares them: by the parent's affinity and collation."""
    terms = []
    for ours, theirs in zip(link.columns, link.parent_columns, strict=True):
        one, two = link.child.then.column(ours), link.parent.then.column(theirs)
        plain = one is not None and two is not None and one.affinity == two.affinity
        terms.append(f"p.{quote(theirs)} = {'' if plain else '+'}c.{quote(ours)}")
    return " AND ".join(terms)


def _names(row: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{row}.{quote(name)}" for name in names)
