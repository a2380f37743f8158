"""The rows of a state that the ledger speaks of, listed in tables of SQLite's own temporary file, a table for each.

So memory stays the same however many there are. A listed row is named by its rowid, or by its key where it has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.catalog.quarantine import Quarantined, Why
from steward_app.db import WriteSession, fold, qualified, quote
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Key
from steward_app.services.erasure.fit import locator, shape_of
from steward_app.services.erasure.judge import Judge
from steward_app.services.erasure.model import Fate, Judgement, State, TableReplay
from steward_app.services.schema import Table

WITH_PARENT, UNLINKED, KEPT = "with_parent", "unlinked", "kept"


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed rows of one table.

    Attributes:
        name_sql: the temporary table: fate, why, entry, key_id, changes, gone (1 where the row is taken out), identity
            and commitment of a row that waits, the commitment of the entry (matched), and the columns of `keys_sql`.
        keys_sql: its columns that name the row.
        names: the columns of the table itself that do.
    """

    table: Table
    name_sql: str
    keys_sql: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def row_sql(self) -> tuple[str, ...]:
        return tuple(map(quote, self.names))

    @property
    def where_sql(self) -> str:
        """A condition on the row whose name is bound."""
        return " AND ".join(f"{column} IS ?" for column in self.row_sql)

    @property
    def gone_sql(self) -> str:
        """A condition on rows of the table: they are taken out."""
        return f"({', '.join(self.row_sql)}) IN (SELECT {', '.join(self.keys_sql)} FROM {self.name_sql} WHERE gone)"


class FoundRows:
    """The lists, made as they are needed."""

    def __init__(self, session: WriteSession, judge: Judge) -> None:
        self.session = session
        self._judge = judge
        self._lists: dict[str, Listing] = {}

    def of(self, table: Table) -> Listing:
        """The list of a table; empty at first."""
        known = self._lists.get(fold(table.name))
        if known is None:
            names = locator(table)
            if not names:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"Rows of {quoted(table.name)} cannot be taken out: nothing names them, since its columns have "
                    "taken all names of the rowid.",
                    hint="Nothing was handed over.",
                )
            keys = tuple(f"k{number}" for number in range(len(names)))
            name_sql = f'temp."found_{len(self._lists)}"'
            self.session.run(
                f"CREATE TABLE {name_sql} (fate TEXT, why TEXT, entry TEXT, key_id TEXT, changes TEXT, gone INTEGER,"
                " identity TEXT, commitment TEXT, matched TEXT,"
                f" {', '.join(keys)}, PRIMARY KEY ({', '.join(keys)})) WITHOUT ROWID"
            )
            known = Listing(table, name_sql, keys, names)
            self._lists[fold(table.name)] = known
        return known

    @property
    def lists(self) -> tuple[Listing, ...]:
        return tuple(self._lists.values())

    def add(self, listing: Listing, key: Key, judged: Judgement, *, gone: bool) -> None:
        """List a row as it is now; one that is listed already is listed anew."""
        changes = json.dumps(plain(judged.changes)) if judged.changes else ""
        identity = commitment = ""
        if judged.fate is Fate.UNCERTAIN:
            row = self._judge.found(listing.table, listing.names, key)
            _, identity, commitment = self._judge.known_as(row, judged.key_id)
        self.session.run(
            f"INSERT OR REPLACE INTO {listing.name_sql} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {_marks(key)})",
            (
                *(judged.fate.value, judged.why or "", judged.entry_id, judged.key_id, changes, gone),
                *(identity, commitment, judged.commitment, *key),
            ),
        )

    def note(self, listing: Listing, key: Key, what: str, by: tuple[str, str]) -> None:
        """List a row that stays, with the entry and the id of its key that led to it, unless it is listed already."""
        self.session.run(
            f"INSERT INTO {listing.name_sql} VALUES (?, '', ?, ?, '', 0, '', '', '', {_marks(key)})"
            " ON CONFLICT DO UPDATE SET fate = excluded.fate WHERE excluded.fate = 'kept'",
            (what, *by, *key),
        )

    def trust_content(self, listing: Listing) -> None:
        """Let go of rows that have but the rowid of an erased row which was found elsewhere: VACUUM gave it away."""
        self.session.run(
            f"DELETE FROM {listing.name_sql} WHERE fate = '{Fate.UNCERTAIN}' AND matched IN"
            f" (SELECT matched FROM {listing.name_sql} WHERE fate IN ('{Fate.ERASED}', '{Fate.CHANGED}'))"
        )

    def make_changes(self) -> None:
        """Put into columns what stands there instead; a row that will not take it is taken out, for a person."""
        for listing in self.lists:
            with_changes = (
                f"SELECT changes, entry, key_id, {', '.join(listing.keys_sql)} FROM {listing.name_sql}"
            )
            for changes, entry, key_id, *key in self.session.execute(f"{with_changes} WHERE changes <> ''"):
                values = json.loads(str(changes), object_hook=from_plain)
                to = ", ".join(f"{quote(name)} = ?" for name in values)
                try:
                    self.session.run(
                        f"UPDATE OR ABORT {qualified(listing.table.name)} SET {to} WHERE {listing.where_sql}",
                        (*values.values(), *key),
                    )
                except Failure as failure:
                    if failure.code is not ErrorCode.CONSTRAINT:
                        raise
                    clash = Judgement(Fate.UNCERTAIN, {}, str(entry), Why.CLASH, str(key_id))
                    self.add(listing, tuple(key), clash, gone=True)

    def take_out(self) -> None:
        """Delete the rows that are gone."""
        for listing in self.lists:
            self.session.run(f"DELETE FROM {qualified(listing.table.name)} WHERE {listing.gone_sql}")

    def waiting(self, state: State) -> Iterator[Quarantined]:
        """The rows that wait for a person, as they were in the state. To be read before rows are taken out."""
        for listing in self.lists:
            shape = shape_of(listing.table)
            rows = self.session.execute(
                f"SELECT why, entry, key_id, identity, commitment, {', '.join(listing.keys_sql)}"
                f" FROM {listing.name_sql} WHERE fate = '{Fate.UNCERTAIN}'"
            )
            for why, entry, key_id, identity, commitment, *key in rows:
                yield Quarantined(
                    database_id=state.database_id,
                    made_at=state.made_at,
                    source=state.source,
                    table=listing.table.name,
                    key=self._judge.found(listing.table, listing.names, tuple(key)).shown_key(),
                    why=Why(str(why)),
                    entry_id=str(entry),
                    shape=shape,
                    key_id=str(key_id),
                    identity=str(identity),
                    commitment=str(commitment),
                )

    def counted(self, listing: Listing, rows: int) -> TableReplay:
        """What became of the rows of a table of which so many were looked at."""
        fates = f"SELECT fate, count(*) FROM {listing.name_sql} GROUP BY fate"
        found = {str(fate): int(str(number)) for fate, number in self.session.execute(fates)}
        return TableReplay(
            listing.table.name,
            rows,
            erased=found.get(Fate.ERASED, 0),
            changed=found.get(Fate.CHANGED, 0),
            with_parent=found.get(WITH_PARENT, 0),
            unlinked=found.get(UNLINKED, 0),
            quarantined=found.get(Fate.UNCERTAIN, 0),
        )

    def clear(self) -> None:
        """Drop the lists."""
        for listing in self.lists:
            self.session.run(f"DROP TABLE {listing.name_sql}")
        self._lists.clear()


def _marks(key: Key) -> str:
    return ", ".join("?" * len(key))
