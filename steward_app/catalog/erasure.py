"""The erasure ledger: which rows were erased, in words that name nobody.

An entry holds keyed hashes: one of the row's key, one of the whole row. Who has the key can tell whether a row found in
an old state is the erased one; nobody can tell from the entry who it was. Entries are written before the rows are
destroyed, with no moment yet, and are confirmed afterwards; without a moment they count as newer than every state.

`services.erasure` makes entries and replays them; docs/erasure.md tells the whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from steward_app.catalog.store import Unit
from steward_app.db import Session
from steward_app.kernel import clock, ids
from steward_app.kernel.plain import from_plain, plain
from steward_app.kernel.values import Row, SqlValue


class Action(StrEnum):
    """What was done to a row."""

    DELETED = "deleted"
    CHANGED = "changed"  # some of its columns were set to NULL or to something that says nothing


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns hashes were made over. Names as they were in the file then.

    Attributes:
        key_columns: the primary key in its order; () where rows have no key but their rowid.
        columns: (name, affinity) of all stored columns, in order of declaration.
    """

    table: str
    key_columns: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        told = json.dumps([self.table, self.key_columns, self.columns], ensure_ascii=True)
        return hashlib.blake2s(told.encode("ascii"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that was erased. Moments are RFC 3339 in UTC.

    Attributes:
        erased_at: when; "" until it is confirmed.
        key_id: which key the hashes were made with.
        identity, commitment: keyed hashes in hex, see `services.erasure.hashing`.
        changes: for `Action.CHANGED`, what stands in the columns instead. Never anything of the person.
        kept_until: the day the entry may go, once no state older than it is kept; "" for never.
        withdrawn_at: when it turned out that the row was not erased; "" else.
    """

    database_id: str
    operation_id: str
    shape: Shape
    key_id: str
    identity: str
    commitment: str
    action: Action = Action.DELETED
    changes: dict[str, SqlValue] = field(default_factory=dict)
    erased_at: str = ""
    request_id: str = ""
    kept_until: str = ""
    withdrawn_at: str = ""
    id: str = field(default_factory=lambda: ids.new_id("er"))


_ENTRY = (
    "id, database_id, erased_at, operation_id, request_id, shape_id, key_id, identity, commitment, action, changes,"
    " kept_until, withdrawn_at"
)
_NEWER = "database_id = ? AND withdrawn_at = '' AND (erased_at = '' OR erased_at >= ?)"


def record(unit: Unit, entries: Iterable[Entry]) -> int:
    """Write entries, in the unit that comes before the rows are destroyed; how many were new."""
    return sum(_insert(unit, entry) for entry in entries)


def confirm(unit: Unit, operation_id: str, erased_at: str) -> None:
    """Say when the rows of an operation were destroyed: a moment after its commit, never before."""
    unit.session.run(
        "UPDATE erasures SET erased_at = ? WHERE operation_id = ? AND erased_at = ''",
        (erased_at, operation_id),
    )


def withdraw(unit: Unit, operation_id: str) -> None:
    """Say that an operation did not happen. Its entries stay, so that no copy of the ledger brings them back."""
    unit.session.run(
        "UPDATE erasures SET withdrawn_at = ? WHERE operation_id = ? AND withdrawn_at = ''",
        (clock.to_text(clock.now()), operation_id),
    )


def newer(session: Session, database_id: str, made_at: str) -> Iterator[Entry]:
    """The entries that apply to a state of that moment, oldest first; those not confirmed last."""
    rows = session.execute(
        f"SELECT {aliased('e', _ENTRY)}, s.table_name, s.key_columns, s.columns FROM erasures AS e"
        " JOIN erasure_shapes AS s ON s.id = e.shape_id"
        f" WHERE {_NEWER} ORDER BY erased_at = '', erased_at, e.rowid",
        (database_id, made_at),
    )
    return map(_entry, rows)


def counts(session: Session, database_id: str, made_at: str) -> dict[str, int]:
    """How many rows the entries that apply to a state of that moment are of, by table."""
    rows = session.execute(
        "SELECT s.table_name, count(DISTINCT e.identity) FROM erasures AS e"
        " JOIN erasure_shapes AS s ON s.id = e.shape_id"
        f" WHERE {_NEWER} GROUP BY s.table_name ORDER BY s.table_name",
        (database_id, made_at),
    )
    return {str(table): cast(int, number) for table, number in rows}


def key_ids(session: Session, database_id: str) -> frozenset[str]:
    """The keys that the entries of a database were made with."""
    rows = session.execute("SELECT DISTINCT key_id FROM erasures WHERE database_id = ?", (database_id,))
    return frozenset(str(key_id) for (key_id,) in rows)


def matching(
    session: Session, database_id: str, made_at: str, key_id: str, *, identity: str, commitment: str = ""
) -> tuple[Entry, ...]:
    """The entries for a state of that moment that have this identity, or this commitment; oldest first."""
    rows = session.execute(
        f"SELECT {aliased('e', _ENTRY)}, s.table_name, s.key_columns, s.columns FROM erasures AS e"
        " JOIN erasure_shapes AS s ON s.id = e.shape_id"
        f" WHERE e.rowid IN (SELECT rowid FROM erasures WHERE identity = ? AND key_id = ?"
        f" UNION SELECT rowid FROM erasures WHERE commitment = ? AND key_id = ?) AND {_NEWER}"
        " ORDER BY erased_at = '', erased_at, e.rowid",
        (identity, key_id, commitment, key_id, database_id, made_at),
    )
    return tuple(map(_entry, rows))


def hashes(
    session: Session, database_id: str, made_at: str, shape: Shape, key_id: str
) -> Iterator[tuple[str, str]]:
    """Identity and commitment of each entry of one shape and key for a state of that moment."""
    rows = session.execute(
        f"SELECT identity, commitment FROM erasures WHERE shape_id = ? AND key_id = ? AND {_NEWER}",
        (shape.id, key_id, database_id, made_at),
    )
    return ((str(identity), str(commitment)) for identity, commitment in rows)


def shapes(session: Session, database_id: str, made_at: str) -> tuple[tuple[Shape, str], ...]:
    """The shapes, each with the id of a key, that entries for a state of that moment were made with."""
    rows = session.execute(
        "SELECT DISTINCT s.table_name, s.key_columns, s.columns, e.key_id FROM erasures AS e"
        f" JOIN erasure_shapes AS s ON s.id = e.shape_id WHERE {_NEWER} ORDER BY s.id, e.key_id",
        (database_id, made_at),
    )
    return tuple((read_shape(*row[:3]), str(row[3])) for row in rows)


def every(session: Session, database_id: str) -> Iterator[Entry]:
    """All entries of a database, withdrawn ones too: what a copy of the ledger holds."""
    rows = session.execute(
        f"SELECT {aliased('e', _ENTRY)}, s.table_name, s.key_columns, s.columns FROM erasures AS e"
        " JOIN erasure_shapes AS s ON s.id = e.shape_id WHERE database_id = ? ORDER BY e.rowid",
        (database_id,),
    )
    return map(_entry, rows)


def state(session: Session, database_id: str) -> str:
    """One word for all that the ledger of a database says; "" where nothing was ever erased."""
    digest, told = hashlib.blake2s(digest_size=16), False
    for row in session.execute(
        "SELECT id, erased_at, withdrawn_at FROM erasures WHERE database_id = ?1 UNION ALL"
        " SELECT id, decided_at, verdict FROM quarantine WHERE database_id = ?1 AND verdict <> 'waiting' ORDER BY 1",
        (database_id,),
    ):
        digest.update(json.dumps(row).encode("ascii"))
        told = True
    return digest.hexdigest() if told else ""


def merge(unit: Unit, entries: Iterable[Entry]) -> int:
    """Take in the entries of another copy of the ledger; how many were new. What either copy knows is known then."""
    new = 0
    for entry in entries:
        new += _insert(unit, entry)
        unit.session.run(
            "UPDATE erasures SET erased_at = iif(erased_at = '', ?1, erased_at),"
            " withdrawn_at = iif(withdrawn_at = '', ?2, withdrawn_at) WHERE id = ?3",
            (entry.erased_at, entry.withdrawn_at, entry.id),
        )
    return new


def forget(unit: Unit, database_id: str, *, now: str, oldest_state: str) -> int:
    """Remove entries whose end has come and that no kept state is older than; how many.

    Args:
        oldest_state: made_at of the oldest point that is still kept anywhere, "" where none is.
    """
    unit.session.run("PRAGMA secure_delete = ON")  # they are personal data for whoever has the key
    gone = unit.session.run(
        "DELETE FROM erasures WHERE database_id = ? AND kept_until <> '' AND kept_until <= ?"
        " AND (withdrawn_at <> '' OR (erased_at <> '' AND (?3 = '' OR erased_at < ?3)))",
        (database_id, now, oldest_state),
    )
    unit.session.run(
        "DELETE FROM quarantine WHERE database_id = ? AND entry_id NOT IN (SELECT id FROM erasures)",
        (database_id,),
    )
    return gone


def _insert(unit: Unit, entry: Entry) -> int:
    keep_shape(unit, entry.shape)
    return unit.session.run(
        f"INSERT OR IGNORE INTO erasures ({_ENTRY}) VALUES ({', '.join('?' * 13)})",
        (
            *(
                entry.id,
                entry.database_id,
                entry.erased_at,
                entry.operation_id,
                entry.request_id,
                entry.shape.id,
            ),
            *(
                entry.key_id,
                entry.identity,
                entry.commitment,
                entry.action.value,
                json.dumps(plain(entry.changes)),
            ),
            *(entry.kept_until, entry.withdrawn_at),
        ),
    )


def keep_shape(unit: Unit, shape: Shape) -> None:
    """Write a shape down, for entries and rows that name it by its id."""
    unit.session.run(
        "INSERT OR IGNORE INTO erasure_shapes (id, table_name, key_columns, columns) VALUES (?, ?, ?, ?)",
        (shape.id, shape.table, json.dumps(shape.key_columns), json.dumps(shape.columns)),
    )


def aliased(alias: str, names: str) -> str:
    """Names of columns with that of their table before them."""
    return ", ".join(f"{alias}.{name.strip()}" for name in names.split(","))


def read_shape(table: SqlValue, key_columns: SqlValue, columns: SqlValue) -> Shape:
    """A shape as it stands in its row."""
    return Shape(
        str(table),
        tuple(json.loads(str(key_columns))),
        tuple((str(name), str(affinity)) for name, affinity in json.loads(str(columns))),
    )


def _entry(row: Row) -> Entry:
    entry_id, database_id, erased_at, operation_id, request_id, _, key_id, identity, commitment = map(
        str, row[:9]
    )
    return Entry(
        database_id=database_id,
        operation_id=operation_id,
        shape=read_shape(*row[13:]),
        key_id=key_id,
        identity=identity,
        commitment=commitment,
        action=Action(str(row[9])),
        changes=json.loads(str(row[10]), object_hook=from_plain),
        erased_at=erased_at,
        request_id=request_id,
        kept_until=str(row[11]),
        withdrawn_at=str(row[12]),
        id=entry_id,
    )
