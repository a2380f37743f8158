"""The rolling baseline: a hash of every row of an audited table as of the last seal.

With it, a change that no trigger saw is found, and the row is named, without reading the log from its beginning. The
hashes are 8 bytes, keyed with a secret of the log, so that they say nothing of a value once that is destroyed. The sum
of all baselines (`lattice`) is in every seal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from steward_app.db import Session, WriteSession, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row
from steward_app.services.audit.seals import encoding, seal_tables
from steward_app.services.audit.seals.blocks import BlockId, Blocks, create_sql, packed, pairs
from steward_app.services.audit.seals.lattice import LatticeHash
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.unwind import Difference, How, Unwound

HASH_BYTES = 8
_ROWS_BETWEEN_REPORTS = 5_000


@dataclass(frozen=True, slots=True)
class Touched:
    """The rows that a range of changes touched, by their encoded keys.

    Attributes:
        keys: the keys themselves.
        before, after: the hash of each; empty where there was no row.
        differing: the rows whose values do not fit the log, with how.
    """

    keys: dict[bytes, Row]
    before: dict[bytes, bytes]
    after: dict[bytes, bytes]
    differing: dict[bytes, How]


class AllRows(Protocol):
    """Where the rows come from that a baseline is made of."""

    @property
    def name(self) -> str:
        """Of the table."""

    def every(self) -> Iterator[Row]:
        """All rows, in the order of their numbers where those name them."""

    def key_of(self, row: Row) -> Row:
        """What names a row."""


class Baseline:
    """The baseline of one audited table.

    Args:
        key: the secret of the log that the hashes are keyed with.
    """

    def __init__(self, session: Session, form: Form, key: bytes) -> None:
        self._session = session
        self._form = form
        self._key = key
        self._prefix = form.tid.to_bytes(8, "big")
        self.blocks = Blocks(session, seal_tables.base_table(form.tid), HASH_BYTES)

    def hash(self, row: Row | None) -> bytes:
        """The hash of a row as `LiveRows` gives it; of no row, nothing."""
        if row is None:
            return b""
        data = self._prefix + encoding.encoded_row(row)
        return blake2b(data, digest_size=HASH_BYTES, key=self._key).digest()

    def of(self, key: Row) -> bytes:
        """The hash that a row had; empty where there was none."""
        return self.blocks.get(*self._form.place_of(key))

    def build(self, live: AllRows, total: LatticeHash, context: Context) -> None:
        """Make the baseline from the rows as they are, and add it to the sum."""
        session, name = self._session, self.blocks.name
        assert isinstance(session, WriteSession)
        session.run(create_sql(name, without_rowid=(not self._form.by_rowid)))
        session.run_many(
            f"INSERT INTO {quote(name)} (block, data) VALUES (?, ?)",
            self._counted(self.blocks_of(live, context), total),
        )
        self.blocks = Blocks(session, name, HASH_BYTES)

    def drop(self, total: LatticeHash) -> None:
        """Forget the baseline of a version of a table that is no longer under audit."""
        session = self._session
        assert isinstance(session, WriteSession)
        for block, data in self.blocks.every():
            total.remove(self.thing(block, data))
        session.run(f"DROP TABLE {quote(self.blocks.name)}")

    def hashed(self, unwound: Unwound) -> Touched:
        """The rows of a range of changes, as the baseline compares them."""
        return Touched(
            unwound.keys,
            {code: self.hash(row) for code, row in unwound.before.items()},
            {code: self.hash(row) for code, row in unwound.after.items()},
            unwound.differing,
        )

    def check(self, table: str, touched: Touched) -> tuple[Difference, ...]:
        """The rows that were not, before a range of changes, what the baseline says."""
        found = dict(touched.differing)
        for code, actual in touched.before.items():
            expected = self.of(touched.keys[code])
            if expected != actual:
                found.setdefault(code, How.ADDED if not expected else How.CHANGED if actual else How.REMOVED)
        return tuple(
            Difference(self._form.tid, table, touched.keys[code], how) for code, how in found.items()
        )

    def advance(self, touched: Touched, total: LatticeHash) -> None:
        """Take the rows of a range of changes as they are after it."""
        for code, data in touched.after.items():
            self.blocks.put(*self._form.place_of(touched.keys[code]), data)
        self.flush(total)

    def take(self, key: Row, row: Row | None) -> None:
        """Take one row as it is. It counts after `flush`."""
        self.blocks.put(*self._form.place_of(key), self.hash(row))

    def flush(self, total: LatticeHash) -> None:
        """Write what was taken, and bring the sum up to date."""
        for block, before, data in self.blocks.flush():
            if before:
                total.remove(self.thing(block, before))
            if data:
                total.add(self.thing(block, data))

    def thing(self, block: BlockId, data: bytes) -> bytes:
        """A block as it is added to the sum."""
        return encoding.encoded((self._form.tid, block, data))

    def _counted(
        self, blocks: Iterator[tuple[BlockId, bytes]], total: LatticeHash
    ) -> Iterator[tuple[BlockId, bytes]]:
        for block, data in blocks:
            total.add(self.thing(block, data))
            yield block, data

    def blocks_of(self, live: AllRows, context: Context) -> Iterator[tuple[BlockId, bytes]]:
        """The blocks of rows, in their order."""
        current: BlockId | None = None
        things: dict[int, bytes] = {}
        for number, row in enumerate(live.every()):
            if number % _ROWS_BETWEEN_REPORTS == 0:
                context.checkpoint()
                context.report(number, unit="rows", note=live.name)
            block, low = self._form.place_of(live.key_of(row))
            if block != current and things and current is not None:
                yield current, packed(things)
                things = {}
            current = block
            things[low] = self.hash(row)
        if things and current is not None:
            yield current, packed(things)


def total_of(baselines: Iterator[Baseline]) -> LatticeHash:
    """The sum of baselines, counted anew from their blocks."""
    total = LatticeHash()
    for baseline in baselines:
        for block, data in baseline.blocks.every():
            total.add(baseline.thing(block, data))
    return total


def rows_of(form: Form, block: BlockId, data: bytes) -> Iterator[tuple[Row, bytes]]:
    """The keys of the rows in a block, with their hashes."""
    if not isinstance(block, int):
        with suppress(ValueError, TypeError):  # no key: edited by hand, which the sum of the baselines tells
            yield encoding.decoded(block), data[1:]
        return
    for low, thing in pairs(data, HASH_BYTES):
        yield (block << 8 | low,), thing
