"""What has another name after migrations: told by their ALTER TABLE statements, never guessed.

That a column moved into another table no statement tells: the remarks of the file do, see `migrate.moves`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from steward_app.db.names import fold
from steward_app.db.tokens import Token, significant, tokenize, unquote
from steward_app.kernel.finding import Subject
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.schema.diff import compare
from steward_app.services.schema.diff_model import Change, ChangeKind, Difference, SchemaDiff
from steward_app.services.schema.model import (
    ForeignKey,
    Index,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
)

Keyed = TypeVar("Keyed", PrimaryKey, Unique)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A column that moved into a table: where it was before all of it, and what it is called now."""

    table: str
    column: str
    name: str
    move: Renamed


@dataclass(slots=True)
class _Now:
    """A table as it is called at some point of a script.

    Attributes:
        name: as it is written.
        origin: its name before all of it; "" for one that the script made.
        columns: what a column was called before, by its name now, folded; "" for one that the script added.
        words: of one that the script made, every word of its CREATE TABLE, folded.
        source: the table that its rows are from, where the script fills it from one.
        before: what it was called before its last new name.
        heir_of: origin of the table that it was filled from and that was dropped then.
        places: the names of that one, folded: this takes its place where it has or gets one of them.
        arrived: the columns that moved into it, by their names now, folded.
    """

    name: str
    origin: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    source: _Now | None = None
    before: str = ""
    heir_of: str = ""
    places: frozenset[str] = frozenset()
    arrived: dict[str, _Arrived] = field(default_factory=dict)

    def rename(self, name: str) -> None:
        """Call it otherwise."""
        self.before, self.name = self.name, name
        self.take_place()

    def take_place(self) -> None:
        """Be the table that it was filled from, where it is called as that was."""
        if self.heir_of and fold(self.name) in self.places:
            self.origin = self.heir_of

    def inherit(self, other: _Now) -> None:
        """Take over what a table that is dropped was called: this one holds its rows, and its columns that it names."""
        self.heir_of = other.origin or other.heir_of
        mine = {
            name: (other.columns.get(fold(was), (was, was))[0], now)
            for name, (was, now) in self.columns.items()
        }
        passed_on = {fold(was) for was, _ in self.columns.values()}
        theirs = {
            name: each for name, each in other.columns.items() if name in self.words and name not in passed_on
        }
        self.columns = theirs | mine
        self.arrived |= {name: each for name, each in other.arrived.items() if name in self.words}
        self.places = frozenset((fold(other.name), fold(other.before)))
        self.take_place()


def told(statements: Iterable[str], moves: Sequence[Renamed] = ()) -> tuple[Renamed, ...]:
    """What the statements of a script rename, and what moved, as its remarks say; see `told_in_order`."""
    return told_in_order([(statements, moves)])


def told_in_order(scripts: Iterable[tuple[Iterable[str], Sequence[Renamed]]]) -> tuple[Renamed, ...]:
    """What scripts rename, in the end: chains are followed, and what the statements make themselves is left out.

    A table that is built anew under another name and then takes the place of the old one is not renamed: it has the
    name that the old one had. What its columns had been called before stays known.
    """
    known: dict[str, _Now] = {}
    for statements, moves in scripts:
        start = {
            name: replace(table, columns=dict(table.columns), arrived=dict(table.arrived))
            for name, table in (known.items() if moves else ())
        }
        for statement in statements:
            _follow(known, significant(tokenize(statement)))
        _arrive(known, start, moves)
    found = []
    for table in known.values():
        if table.origin:
            if table.name != table.origin:
                found.append(Renamed("", table.origin, table.name))
            found += [
                Renamed(table.origin, was, name)
                for was, name in table.columns.values()
                if was and was != name
            ]
        found += [_moved(table, each) for each in table.arrived.values() if each.table]
    return tuple(each for each in found if each.into or each.before != each.after)


def _arrive(known: dict[str, _Now], start: dict[str, _Now], moves: Sequence[Renamed]) -> None:
    """Put the columns down that a script moved; `start` are the tables as they were before it."""
    for move in moves:
        before = start.get(fold(move.table), _Now(move.table, move.table))
        column = fold(move.before)
        if column in before.arrived:
            was = before.arrived[column].table, before.arrived[column].column
        else:
            name = before.columns.get(column, (move.before, ""))[0]
            was = (before.origin, name) if before.origin and name else ("", "")
        into = known.setdefault(fold(move.into), _Now(move.into, move.into))
        into.columns.pop(fold(move.after), None)
        into.arrived[fold(move.after)] = _Arrived(*was, move.after, move)


def _moved(table: _Now, each: _Arrived) -> Renamed:
    if fold(each.table) == fold(table.origin or table.name):  # and came back
        return Renamed(each.table, each.column, each.name)
    return Renamed(each.table, each.column, each.name, table.name, each.move.comes_by, each.move.goes_by)


def _follow(known: dict[str, _Now], tokens: Sequence[Token]) -> None:
    words = [token.word for token in tokens]
    if words[:2] == ["CREATE", "TABLE"]:
        at = 5 if words[2:5] == ["IF", "NOT", "EXISTS"] else 2
        name, _ = _name(tokens, at)
        if at == 2 or fold(name) not in known:
            said = frozenset(fold(unquote(token.text)) for token in tokens)
            known[fold(name)] = _Now(name, "" if at == 2 else name, words=said)
    elif words[:1] == ["INSERT"] and "INTO" in words and "FROM" in words:
        into, _ = _name(tokens, words.index("INTO") + 1)
        source, _ = _name(tokens, words.index("FROM") + 1)
        if fold(into) in known:
            known[fold(into)].source = known.setdefault(fold(source), _Now(source, source))
    elif words[:2] == ["DROP", "TABLE"]:
        name, _ = _name(tokens, 4 if words[2:4] == ["IF", "EXISTS"] else 2)
        gone = known.get(fold(name))
        for table in known.values():
            if gone is not None and table.source is gone and not table.origin:
                table.inherit(gone)
        known[fold(name)] = _Now(name, "")
    elif words[:2] == ["ALTER", "TABLE"]:
        _alter(known, tokens, words)


def _alter(known: dict[str, _Now], tokens: Sequence[Token], words: Sequence[str]) -> None:
    name, at = _name(tokens, 2)
    table = known.setdefault(fold(name), _Now(name, name))
    action, column = words[at : at + 1], at + 1 + (words[at + 1 : at + 2] == ["COLUMN"])
    if action == ["RENAME"] and words[at + 1 : at + 2] == ["TO"]:
        del known[fold(name)]
        table.rename(_text(tokens, at + 2))
        known[fold(table.name)] = table
    elif action == ["RENAME"]:
        old, new = _text(tokens, column), _text(tokens, column + 2)
        if there := table.arrived.pop(fold(old), None):
            table.arrived[fold(new)] = replace(there, name=new)
            return
        was, _ = table.columns.pop(fold(old), (old, old))
        table.columns[fold(new)] = (was, new)
    elif action == ["ADD"]:
        new = _text(tokens, column)
        table.columns[fold(new)] = ("", new)
    elif action == ["DROP"] and words[at + 1 : at + 2] != ["CONSTRAINT"]:
        table.columns.pop(fold(_text(tokens, column)), None)
        table.arrived.pop(fold(_text(tokens, column)), None)


def _name(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The name that stands there, without its schema, and the place behind it."""
    if at + 1 < len(tokens) and tokens[at + 1].text == ".":
        at += 2
    return _text(tokens, at), at + 1


def _text(tokens: Sequence[Token], at: int) -> str:
    return unquote(tokens[at].text) if at < len(tokens) else ""


class Names:
    """What tables and columns are called afterwards, by what they were called. Names compare as in SQLite."""

    def __init__(self, renames: Iterable[Renamed], before: Schema, after: Schema) -> None:
        self._tables: dict[str, str] = {}
        self._columns: dict[tuple[str, str], str] = {}
        self._moved: dict[tuple[str, str], Renamed] = {}
        self._beside: dict[tuple[str, str], Renamed] = {}
        for each in renames:
            if not each.table and before.table(each.before) and after.table(each.after):
                self._tables[fold(each.before)] = each.after
        for each in renames:
            old, new = before.table(each.table), after.table(self.table(each.table))
            if each.twin:
                if new:
                    self._beside[fold(new.name), fold(each.after)] = each
            elif each.into:
                if old and (there := after.table(each.into)) and there.column(each.after):
                    self._moved[fold(each.table), fold(each.before)] = replace(each, into=there.name)
            elif each.table and old and new and old.column(each.before) and new.column(each.after):
                self._columns[fold(each.table), fold(each.before)] = each.after

    def table(self, name: str) -> str:
        """The name a table has afterwards."""
        return self._tables.get(fold(name), name)

    def move(self, table: str, name: str) -> Renamed | None:
        """How a column came into another table; names as `column` takes them."""
        return self._moved.get((fold(table), fold(name)))

    def moved(self, table: str, name: str) -> tuple[str, str] | None:
        """The other table that a column is in afterwards, with its name there."""
        found = self.move(table, name)
        return (found.into, found.after) if found else None

    def beside(self, table: str, name: str) -> Renamed | None:
        """The column that a new one stands beside; names as they are afterwards."""
        return self._beside.get((fold(table), fold(name)))

    def column(self, table: str, name: str) -> str:
        """The name a column has afterwards; `table` is the name its table had before."""
        return self._columns.get((fold(table), fold(name)), name)

    def place(self, table: str, name: str) -> tuple[str, str]:
        """The names that a table and a column of it have afterwards."""
        return self.table(table), self.column(table, name)

    def columns(self, table: str, names: Iterable[str]) -> tuple[str, ...]:
        """The names several columns of a table have afterwards."""
        return tuple(self.column(table, name) for name in names)

    def schema(self, before: Schema) -> Schema:
        """The schema before under the names afterwards; the texts in it, and expressions, stay as they are."""
        if not (self._tables or self._columns):
            return before
        return replace(before, tables=tuple(map(self._table, before.tables)))

    def compare(self, before: Schema, after: Schema) -> SchemaDiff:
        """What differs between the two schemas, what is renamed told as a change of its name."""
        found = compare(self.schema(before), after)
        changes = {(change.kind, change.subject): change for change in found.changes}
        for subject, was, name in self._renamed(before):
            place = ChangeKind.CHANGED, subject
            known = changes.get(place)
            differences = (Difference("name", was, name), *(known.differences if known else ()))
            changes[place] = Change(*place, differences)
        return SchemaDiff(tuple(changes.values()), found.renames)

    def _renamed(self, before: Schema) -> Iterator[tuple[Subject, str, str]]:
        for table in before.tables:
            name = self.table(table.name)
            if name != table.name:
                yield Subject("table", name, name), table.name, name
            for column in table.columns:
                now = self.column(table.name, column.name)
                if now != column.name:
                    yield Subject("column", name, now), column.name, now

    def _table(self, table: Table) -> Table:
        was = table.name
        return replace(
            table,
            name=self.table(was),
            columns=tuple(replace(each, name=self.column(was, each.name)) for each in table.columns),
            primary_key=self._keyed(was, table.primary_key) if table.primary_key else None,
            uniques=tuple(self._keyed(was, each) for each in table.uniques),
            checks=tuple(replace(each, column=self.column(was, each.column)) for each in table.checks),
            foreign_keys=tuple(self._foreign_key(was, each) for each in table.foreign_keys),
            indexes=tuple(self._index(was, each) for each in table.indexes),
            triggers=tuple(self._trigger(was, each) for each in table.triggers),
        )

    def _keyed(self, table: str, key: Keyed) -> Keyed:
        return replace(key, columns=self.columns(table, key.columns))

    def _foreign_key(self, table: str, key: ForeignKey) -> ForeignKey:
        return replace(
            key,
            columns=self.columns(table, key.columns),
            parent=self.table(key.parent),
            parent_table=self.table(key.parent_table),
            parent_columns=self.columns(key.parent, key.parent_columns),
        )

    def _index(self, table: str, index: Index) -> Index:
        columns = tuple(replace(each, name=self.column(table, each.name)) for each in index.columns)
        return replace(index, table=self.table(index.table), columns=columns)

    def _trigger(self, table: str, trigger: Trigger) -> Trigger:
        return replace(
            trigger,
            table=self.table(trigger.table),
            of_columns=self.columns(table, trigger.of_columns),
        )
