"""The chain of seals: each says what the log held between two changes, names the seal before it, and is signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final, cast

from steward_app.catalog import keys
from steward_app.catalog.keys import Signature
from steward_app.db import Session, WriteSession
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names
from steward_app.services.audit.seals import merkle, seal_tables
from steward_app.services.audit.seals.lattice import EMPTY, LatticeHash
from steward_app.storage.secrets import Secrets

FORMAT: Final = "data-steward-audit-seal/1"
MOST_CHANGES: Final = 65_536
"""Changes in one seal: what is verified in one piece, and what erasing a value has to hash again."""
MARK_BYTES: Final = 4
START: Final = bytes(merkle.HASH_BYTES)
"""Stands for the seal before the first."""

_NUMBERS = ("n", "first_seq", "last_seq", "last_txn", "last_tid", "sealed_us")
_HASHES = ("root", "cells", "base", "previous", "marks")
_TEXTS = ("key_id", "public_key", "signature")
_COLUMNS = ", ".join((*_NUMBERS, *_HASHES, *_TEXTS))
_READ = ", ".join(  # whatever somebody wrote there
    (
        *(f"iif(typeof({name}) = 'integer', {name}, -1)" for name in _NUMBERS),
        *(f"iif(typeof({name}) = 'blob', {name}, x'')" for name in _HASHES),
        *(
            f"iif(typeof({name}) = 'text' AND {name} NOT GLOB '*[^a-zA-Z0-9+/=]*', {name}, '')"
            for name in _TEXTS
        ),
    )
)


_UNSIGNED = Signature("", "", "")


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal, as it stands in the file.

    Attributes:
        n: seals are counted from 1.
        first_seq, last_seq: the changes and events it covers.
        last_txn, last_tid: it covers the transactions and the definitions of tables up to these, from the seal before.
        root: of the tree of changes, and `cells` of the tree of cells.
        base: hash of all baselines as they were then.
        previous: hash of the seal before.
        sealed_us: when, in microseconds since 1970, UTC, by the clock of the computer that sealed.
        signature: over `document`.
        marks: the first four bytes of each leaf, with which a change that was forged is named. They prove nothing.
    """

    n: int
    first_seq: int
    last_seq: int
    last_txn: int
    last_tid: int
    root: bytes
    cells: bytes
    base: bytes
    previous: bytes
    sealed_us: int
    signature: Signature = _UNSIGNED
    marks: bytes = b""

    def document(self, log: bytes) -> bytes:
        """What is signed."""
        return keys.canonical(
            {
                "format": FORMAT,
                "log": log.hex(),
                "n": self.n,
                "first_seq": self.first_seq,
                "last_seq": self.last_seq,
                "last_txn": self.last_txn,
                "last_tid": self.last_tid,
                "root": self.root.hex(),
                "cells": self.cells.hex(),
                "base": self.base.hex(),
                "previous": self.previous.hex(),
                "sealed_us": self.sealed_us,
            }
        )

    def digest(self, log: bytes) -> bytes:
        """What the next seal and receipts name it by."""
        return sha256(self.document(log)).digest()

    def signed(self, log: bytes, secrets: Secrets) -> Seal:
        """The same, signed with the key of this machine."""
        return replace(self, signature=keys.sign(self.document(log), secrets))

    def is_signed(self, log: bytes) -> bool:
        """Whether its signature is of the key it names."""
        return keys.verify(self.document(log), self.signature)

    def goes_on(self, before: Seal | None) -> bool:
        """Whether it begins where the seal before it ends, or beyond a hole that is too large for a seal."""
        hole = self.first_seq - (before.last_seq if before else 0) - 1
        return hole == 0 or hole >= MOST_CHANGES

    @property
    def is_sound(self) -> bool:
        """Whether these can be the numbers of a seal that we made."""
        return self.first_seq > 0 and 0 <= self.changes <= MOST_CHANGES

    @property
    def changes(self) -> int:
        """How many changes and events it covers."""
        return self.last_seq - self.first_seq + 1


@dataclass
class Chain:
    """What a log has besides its seals.

    Attributes:
        log: 16 random bytes that name the log; a copy of the file has the same.
        base_key: what the hashes of baselines are keyed with.
        base: the sum of all baselines as of the last seal.
    """

    log: bytes
    base_key: bytes
    base: LatticeHash

    @classmethod
    def begin(cls, session: WriteSession) -> Chain:
        """The chain of a file, begun where there is none."""
        seal_tables.ensure(session)
        found = cls.read(session)
        if found is not None:
            return found
        made = cls(os.urandom(16), os.urandom(16), LatticeHash())
        session.run(
            f"INSERT INTO main.{seal_tables.CHAIN} (id, log, base_key, base) VALUES (1, ?, ?, ?)",
            (made.log, made.base_key, EMPTY),
        )
        return made

    @classmethod
    def read(cls, session: Session) -> Chain | None:
        """The chain of a file; None where nothing was ever sealed."""
        if not seal_tables.is_there(session, seal_tables.CHAIN):
            return None
        columns = ", ".join(f"CAST({name} AS BLOB)" for name in ("log", "base_key", "base"))
        row = session.one(f"SELECT {columns} FROM main.{seal_tables.CHAIN} WHERE id = 1")
        if row is None:
            return None
        log, base_key, base = (value if isinstance(value, bytes) else b"" for value in row)
        whole = len(base) == len(EMPTY)
        return cls(log, base_key[:64], LatticeHash(base if whole else EMPTY))

    def save(self, session: WriteSession) -> None:
        """Write the sum of the baselines."""
        session.run(f"UPDATE main.{seal_tables.CHAIN} SET base = ? WHERE id = 1", (self.base.state,))


def seals(session: Session, *, first: int | None = None) -> Iterator[Seal]:
    """The seals of a file in the order of their numbers, as they stand there, forged or not."""
    if not seal_tables.is_there(session, seal_tables.SEAL):
        return
    least = -(2**63) if first is None else first
    for row in session.execute(
        f"SELECT {_READ} FROM main.{seal_tables.SEAL} WHERE n >= ? ORDER BY n", (least,)
    ):
        yield _read(row)


def last_seal(session: Session) -> Seal | None:
    """The newest seal, or None."""
    if not seal_tables.is_there(session, seal_tables.SEAL):
        return None
    row = session.one(f"SELECT {_READ} FROM main.{seal_tables.SEAL} ORDER BY n DESC LIMIT 1")
    return _read(row) if row else None


def signers(session: Session) -> set[str]:
    """The ids of the keys that seals of the file name."""
    if not seal_tables.is_there(session, seal_tables.SEAL):
        return set()
    proper = "typeof(key_id) = 'text' AND key_id NOT GLOB '*[^0-9a-f]*'"
    rows = session.execute(f"SELECT DISTINCT key_id FROM main.{seal_tables.SEAL} WHERE {proper}")
    return {str(key_id) for (key_id,) in rows}


def append(session: WriteSession, seal: Seal) -> None:
    """Write a seal into the file."""
    session.run(
        f"INSERT INTO main.{seal_tables.SEAL} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(getattr(seal, name) for name in (*_NUMBERS, *_HASHES)),
            *(getattr(seal.signature, name) for name in _TEXTS),
        ),
    )


def unsealed(session: Session) -> int:
    """How many changes and events no seal protects yet."""
    last = last_seal(session)
    clock = session.value(f"SELECT max(seq) FROM main.{names.CLOCK}")
    return max(0, (clock if isinstance(clock, int) else 0) - (last.last_seq if last else 0))


def _read(row: Row) -> Seal:
    n, first, last, txn, tid, at, root, cells, base, previous, marks, *texts = cast("list[Any]", row)
    signature = Signature(*texts)
    return Seal(n, first, last, txn, tid, root, cells, base, previous, at, signature, marks)
