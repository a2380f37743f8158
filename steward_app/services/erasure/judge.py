"""Whether a row of an old state is one that was erased since: by its key and its content, never by one alone.

the key is that of an entry, and the content too    it is the erased row
the key is, the content is not                      uncertain: the row was changed in between, or its number was
                                                    given to somebody else; a person decides
neither                                             clear
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from steward_app.catalog import Catalog, erasure, quarantine
from steward_app.catalog.erasure import Action, Entry, Shape
from steward_app.catalog.quarantine import Why
from steward_app.db import Session, fold, qualified, quote
from steward_app.db.content import ValueReader
from steward_app.db.row_bytes import encoded
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.values import Key, SqlValue
from steward_app.services.erasure.fit import Fit, fits, shape_of
from steward_app.services.erasure.hashing import Hasher, LedgerKey, mark
from steward_app.services.erasure.model import CLEAR, Fate, Judgement
from steward_app.services.schema import Schema, Table

Keys = Mapping[str, LedgerKey]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to look at rows of a table: a shape laid over it, hashed with one key."""

    fit: Fit
    hasher: Hasher

    @property
    def by_key(self) -> bool:
        return bool(self.fit.key_sql)

    @property
    def by_content(self) -> bool:
        return self.fit.by_content and bool(self.fit.row_sql)


class Judge:
    """Judges rows of one state of one database. Made by `judging`.

    Attributes:
        ways: by table of the state, folded: how its rows are looked at.
        missing: tables of the ledger that are not in the state under any name.
        unusable: tables of the state whose rows cannot be told apart in the words of the ledger.
    """

    def __init__(
        self, ledger: Session, state: Session, schema: Schema, database_id: str, made_at: str, keys: Keys
    ) -> None:
        self.schema = schema
        self.keys = keys
        self.ways: dict[str, list[Way]] = {}
        self.missing: list[str] = []
        self.unusable: list[str] = []
        self._ledger = ledger
        self._state = state
        self._of = (database_id, made_at)
        self._reader = ValueReader(state)
        self._fits: dict[tuple[str, Shape], Fit] = {}
        self._lay_over()

    def concerns(self, table: str) -> bool:
        """Whether any entry may speak of rows of this table; where not, there is no need to ask for each row."""
        return fold(table) in self.ways

    def row(self, table: str, key: Key) -> Judgement:
        """What the ledger says of one row of the state.

        Args:
            table: its name in the state.
            key: values of the table's `key_columns`: its primary key, else its rowid.
        """
        found = self.schema.table(table)
        return self.at(found, found.key_columns, key) if found and self.concerns(table) else CLEAR

    def is_erased(self, table: str, key: Key) -> bool:
        """Whether a row may not come back: it was erased since, or may have been and nobody has decided yet."""
        return not self.row(table, key).may_return

    def at(self, table: Table, columns: Sequence[str], values: Key) -> Judgement:
        """What the ledger says of the row in which these columns have these values."""
        return self._of_row(self.found(table, columns, values))

    def image(self, table: Table, image: Mapping[str, tuple[str, SqlValue]]) -> Judgement:
        """What the ledger says of a row that is not there, but may come.

        Args:
            image: by the names of its columns, a hidden rowid among them: the mark that stands for its value in SQL
                ("?"), and what is bound to it.
        """
        terms = ", ".join(f"{mark_sql} AS {quote(name)}" for name, (mark_sql, _) in image.items())
        values = tuple(value for _, value in image.values())
        return self._of_row(Found(self._state, self._reader, table, f"FROM (SELECT {terms})", values))

    def _of_row(self, row: Found) -> Judgement:
        table = row.table
        entries: dict[str, Entry] = {}
        for way in self.ways.get(fold(table.name), ()):
            identity = way.hasher.identity(row.read(way.fit.key_sql)) if way.by_key else ""
            commitment = way.hasher.commitment(row.read(way.fit.row_sql)) if way.by_content else ""
            key_id = way.hasher.key_id
            for entry in erasure.matching(
                self._ledger, *self._of, key_id, identity=identity, commitment=commitment
            ):
                entries[entry.id] = entry
        oldest_first = sorted(entries.values(), key=lambda each: (not each.erased_at, each.erased_at))
        return self._judged(row, oldest_first) if entries else CLEAR

    def known_as(self, row: Found, key_id: str) -> tuple[Shape, str, str]:
        """A row in the words of its own table: shape, identity, commitment. By these a decision on it is kept."""
        shape = shape_of(row.table)
        hasher = Hasher(self.keys[key_id], shape)
        content = row.read(tuple(quote(name) for name, _ in shape.columns))
        key = row.read(tuple(quote(name) for name in shape.key_columns or (row.table.rowid_name,)))
        return shape, hasher.identity(key), hasher.commitment(content)

    def is_kept(self, row: Found, key_id: str) -> bool:
        """Whether a person has said of exactly this row that it is another one."""
        _, identity, commitment = self.known_as(row, key_id)
        return quarantine.is_kept(self._ledger, self._of[0], identity, commitment)

    def marks(self, table: Table, *, by_key: bool, key_id: str) -> frozenset[bytes]:
        """The marks of all identities, or of all commitments, that rows of a table may have."""
        return frozenset(
            mark(identity if by_key else commitment)
            for way in self.ways[fold(table.name)]
            if way.hasher.key_id == key_id
            for identity, commitment in erasure.hashes(self._ledger, *self._of, way.fit.shape, key_id)
        )

    def found(self, table: Table, columns: Sequence[str], values: Key) -> Found:
        """The row in which these columns have these values."""
        is_row = " AND ".join(f"{quote(name)} IS ?" for name in columns)
        return Found(self._state, self._reader, table, f"FROM {qualified(table.name)} WHERE {is_row}", values)

    def _judged(self, row: Found, entries: Sequence[Entry]) -> Judgement:
        """Go through the entries as they came, making the changes they made."""
        changes: dict[str, SqlValue] = {}
        decided = entries[0]
        doubts: list[tuple[Entry, Fit, Why]] = []
        for entry in entries:
            fit = self._fits[fold(row.table.name), entry.shape]
            wanted = _changes(entry, fit)
            if entry.action is Action.CHANGED and row.holds(wanted, changes):
                continue
            content = row.content(fit, changes)
            if (
                content
                and Hasher(self.keys[entry.key_id], entry.shape).commitment(content) == entry.commitment
            ):
                if entry.action is Action.DELETED:
                    return _of(Fate.ERASED, {}, entry)
                changes |= wanted
                decided = entry
            else:
                doubts.append((entry, fit, Why.DIFFERS if content else Why.UNMATCHED))
        if not doubts or any(self.is_kept(row, key_id) for key_id in {doubt[0].key_id for doubt in doubts}):
            return _of(Fate.CHANGED, changes, decided) if changes else CLEAR
        entry, _, why = next((doubt for doubt in doubts if doubt[0].action is Action.DELETED), doubts[0])
        if entry.action is Action.DELETED:
            return _of(Fate.UNCERTAIN, {}, entry, why)
        for each, fit, _ in doubts:
            changes |= _changes(each, fit)
        return _of(Fate.UNCERTAIN, changes, entry, why)

    def _lay_over(self) -> None:
        shapes = erasure.shapes(self._ledger, *self._of)
        taken = frozenset(fold(shape.table) for shape, _ in shapes)
        for shape, key_id in shapes:
            found = fits(shape, self.schema, taken)
            if not found and shape.table not in self.missing:
                self.missing.append(shape.table)
            for fit in found:
                self._fits[fold(fit.table.name), shape] = fit
                if fit.usable:
                    way = Way(fit, Hasher(self.keys[key_id], shape))
                    self.ways.setdefault(fold(fit.table.name), []).append(way)
                elif fit.table.name not in self.unusable:
                    self.unusable.append(fit.table.name)


class Found:
    """One row of a state, read as it is asked for."""

    def __init__(self, state: Session, reader: ValueReader, table: Table, from_sql: str, values: Key) -> None:
        self.table = table
        self._state = state
        self._reader = reader
        self._values = values
        self._from = from_sql

    def read(self, values_sql: Sequence[str]) -> tuple[bytes, ...]:
        """Values of the row, encoded; () where there is no such row."""
        row = self._state.one(f"SELECT {self._reader.terms(values_sql)} {self._from}", self._values)
        return self._reader.read(row) if row else ()

    def shown_key(self) -> Key:
        """By what a person finds the row: its primary key, else its rowid. Text that is no valid text is mended."""
        names = self.table.primary_key.columns if self.table.primary_key else (self.table.rowid_name,)
        row = self._state.one(
            f"SELECT {self._reader.terms(tuple(map(quote, names)))} {self._from}", self._values
        )
        return self._reader.shown(row) if row else ()

    def content(self, fit: Fit, changes: Mapping[str, SqlValue]) -> tuple[bytes, ...]:
        """All values in the words of a shape, with changes made; () where the shape has columns the table has not."""
        if not fit.row_sql:
            return ()
        values = self.read(fit.row_sql)
        pairs = zip(fit.columns, values, strict=True)
        return tuple(encoded(changes[name]) if name and name in changes else value for name, value in pairs)

    def holds(self, wanted: Mapping[str, SqlValue], changes: Mapping[str, SqlValue]) -> bool:
        """Whether the row has these values already, with changes made."""
        open_ones = {name: value for name, value in wanted.items() if name not in changes}
        made = all(
            encoded(changes[name]) == encoded(value) for name, value in wanted.items() if name in changes
        )
        there = tuple(map(encoded, open_ones.values()))
        return made and (not open_ones or self.read(tuple(map(quote, open_ones))) == there)


def _of(fate: Fate, changes: dict[str, SqlValue], entry: Entry, why: Why | None = None) -> Judgement:
    return Judgement(fate, changes, entry.id, why, entry.key_id, entry.commitment)


def _changes(entry: Entry, fit: Fit) -> dict[str, SqlValue]:
    """What an entry put in columns, by their names in the state; columns that are not there need nothing."""
    return {ours: value for name, value in entry.changes.items() if (ours := fit.column(name)) is not None}


@contextmanager
def judging(
    catalog: Catalog, state: Session, schema: Schema, database_id: str, made_at: str, keys: Keys
) -> Iterator[Judge]:
    """A judge of the rows of a state: of one that is brought back in parts. One that is handed over whole is replayed.

    Args:
        state: an open session on the state (a restore point, a scratch copy of it).
        schema: of the state.
        database_id: of the database the state is one of, whose ledger counts.
        made_at: the moment of the state; RFC 3339 in UTC.
        keys: from `ledger_keys`.

    Raises `Refused` when the ledger has entries made with a key that is not here.
    """
    with catalog.reading() as ledger:
        require_keys(ledger, database_id, made_at, keys)
        yield Judge(ledger, state, schema, database_id, made_at, keys)


def require_keys(ledger: Session, database_id: str, made_at: str, keys: Keys) -> None:
    """Refuse to go on where erased rows could not be recognised."""
    if any(key_id not in keys for _, key_id in erasure.shapes(ledger, database_id, made_at)):
        raise Refused(
            ErrorCode.BLOCKED,
            "Rows were erased after this state was made, and the key of the erasure ledger is not on this computer.",
            hint="Nothing was handed over, since erased people might come back. Take the ledger in from a backup "
            "store of this database first.",
        )
