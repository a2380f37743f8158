"""Something small for every row of a table (a hash, a secret), kept close: 256 row numbers to a block.

A block is one row of a table in the user's file:

    block   the row number without its last eight bits; for a table WITHOUT ROWID the encoded key, one row to a block
    data    the last eight bits of each row number, ascending, one byte each; then the things, in the same order
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias, cast

from steward_app.db import Session, WriteSession, quote

BlockId: TypeAlias = int | bytes
_KEPT = 4096  # blocks in memory: 16 MB of secrets


class Blocks:
    """The blocks of one table, read and written through a session. What was put is in the file after `flush`.

    Args:
        name: of the table that holds them. Where there is none, nothing is kept for any row.
        width: bytes of one thing.
    """

    def __init__(self, session: Session, name: str, width: int) -> None:
        self._session = session
        self.name = name
        self.width = width
        self._known: dict[BlockId, bytes] = {}
        self._changed: dict[BlockId, dict[int, bytes]] = {}

    @cached_property
    def _there(self) -> bool:
        sql = "SELECT 1 FROM main.sqlite_schema WHERE name = ?"
        return self._session.value(sql, (self.name,)) is not None

    def block(self, block: BlockId) -> bytes:
        """The data of a block as the file has it; empty where there is none."""
        data = self._known.get(block)
        if data is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            data = self._known[block] = self._read(block)
        return data

    def get(self, block: BlockId, low: int) -> bytes:
        """What is kept for one row; empty where nothing is."""
        changed = self._changed.get(block)
        if changed is not None:
            return changed.get(low, b"")
        data = self.block(block)
        count = len(data) // (self.width + 1)
        at = data.find(low, 0, count) if low >= 0 else -1
        return data[count + at * self.width :][: self.width] if at >= 0 else b""

    def put(self, block: BlockId, low: int, thing: bytes) -> None:
        """Keep something for a row, or nothing any more (empty)."""
        things = self._changed.get(block)
        if things is None:
            things = self._changed[block] = dict(pairs(self.block(block), self.width))
        if thing:
            things[low] = thing
        else:
            things.pop(low, None)

    def flush(self) -> Iterator[tuple[BlockId, bytes, bytes]]:
        """Write what was put; gives each block that is another now, with its data before and after."""
        for block, things in self._changed.items():
            before, data = self.block(block), packed(things)
            if data == before:
                continue
            self._write(block, data)
            yield block, before, data
        self._known.clear()
        self._changed.clear()

    def every(self) -> Iterator[tuple[BlockId, bytes]]:
        """All blocks of the file, in their order."""
        if self._there:
            rows = self._session.execute(
                f"SELECT block, CAST(data AS BLOB) FROM {quote(self.name)} ORDER BY block"
            )
            for block, data in rows:
                yield cast(BlockId, block), data if isinstance(data, bytes) else b""

    def _read(self, block: BlockId) -> bytes:
        if not self._there:
            return b""
        found = self._session.value(
            f"SELECT CAST(data AS BLOB) FROM {quote(self.name)} WHERE block = ?", (block,)
        )
        return found if isinstance(found, bytes) else b""

    def _write(self, block: BlockId, data: bytes) -> None:
        session, table = self._session, quote(self.name)
        if not isinstance(session, WriteSession):
            raise TypeError("blocks are written through a session that writes")
        session.run(f"DELETE FROM {table} WHERE block = ?", (block,))
        if data:
            session.run(f"INSERT INTO {table} (block, data) VALUES (?, ?)", (block, data))


def pairs(data: bytes, width: int) -> Iterator[tuple[int, bytes]]:
    """The rows of a block, as the last eight bits of their numbers, with what is kept for each."""
    count = len(data) // (width + 1)
    for at in range(count):
        yield data[at], data[count + at * width :][:width]


def packed(things: dict[int, bytes]) -> bytes:
    """The data of a block."""
    lows = sorted(things)
    return bytes(lows) + b"".join([things[low] for low in lows])


def create_sql(name: str, *, without_rowid: bool) -> str:
    """The statement that makes the table of blocks of an audited table."""
    if without_rowid:
        return f"CREATE TABLE {quote(name)} (block BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID"
    return f"CREATE TABLE {quote(name)} (block INTEGER PRIMARY KEY, data BLOB NOT NULL)"
