"""The order in which rows of a copy stand: drawn with the key, where the one of the original would lead back.

A table without an INTEGER PRIMARY KEY keeps its rows by hidden numbers, in the order they came. Whoever knows that
order, by time or by name, would know every row of the copy. So rows that rules change get new numbers, in an order that
is drawn: the same key gives the same one. Numbers that something in the schema refers to stay, and their order with
them. The draw stands in `temp` for the time of the table, as row numbers alone: no value of a row is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steward_app.db import ReadSession, fold, qualified
from steward_app.db.tokens import significant, tokenize
from steward_app.kernel.values import Row
from steward_app.services.privacy.anonymize.fulltext import Fill
from steward_app.services.privacy.anonymize.objects import Objects
from steward_app.services.privacy.transform.keyed import Prf
from steward_app.services.privacy.transform.model import ROW
from steward_app.services.schema.model import Schema, Table

DRAWN = "temp.steward_row_order"
"""The table of the draw: `n` is the number of a row in the original, `place` the one it gets."""

_HASHED = "temp.steward_row_hashes"
_NAMES_OF_NUMBERS = frozenset({"ROWID", "_ROWID_", "OID"})
_FILLED_ANEW = frozenset({Fill.REBUILT, Fill.COPIED_FROM})


def has_hidden_numbers(table: Table) -> bool:
    """Whether rows have numbers that are no column, and that SQL can name."""
    return bool(table.rowid_name) and not any(column.rowid_alias for column in table.columns)


def referred_to(schema: Schema, objects: Objects) -> frozenset[str]:
    """Tables whose hidden row numbers something refers to that is not filled anew; folded names.

    That is a view that names such numbers, or a trigger that names them and writes to anything but full-text tables
    that are filled from the rows of the copy.
    """
    anew = {fold(each.table.name) for each in objects.virtual if each.fill in _FILLED_ANEW}
    found: set[str] = set()
    for table in schema.tables:
        if table.reads and _names_numbers(table.sql):
            found |= {fold(name) for name, _ in table.reads}
        for trigger in table.triggers if not table.ours else ():
            written = {fold(name) for name, _ in trigger.writes}
            if not written <= anew and _names_numbers(trigger.sql):
                found |= {fold(table.name), *(fold(name) for name, _ in trigger.reads), *written}
    return frozenset(fold(each.name) for each in objects.tables if has_hidden_numbers(each)) & found


@contextmanager
def drawn(source: ReadSession, table: Table, where: str, key: bytes) -> Iterator[None]:
    """In the block the order of a table stands in `DRAWN`.

    Args:
        where: SQL over the table called `ROW`, or "" for all rows.
    """
    digest = Prf(key, f"row order\0{fold(table.name)}").digest
    where_sql = f" WHERE {where}" if where else ""
    rows = source.execute(f"SELECT {ROW}.{table.rowid_name} FROM {qualified(table.name)} AS {ROW}{where_sql}")
    with source.temporary():
        source.all(f"CREATE TABLE {_HASHED} (h BLOB NOT NULL, n INTEGER NOT NULL)")
        source.all(f"CREATE TABLE {DRAWN} (place INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        source.run_many(
            f"INSERT INTO {_HASHED} VALUES (?, ?)",
            ((digest(int(n or 0).to_bytes(8, "big", signed=True)), n) for (n,) in rows),
        )
        source.all(f"INSERT INTO {DRAWN} (n) SELECT n FROM {_HASHED} ORDER BY h, n")
        source.all(f"DROP TABLE {_HASHED}")
    yield  # after a failure the table goes with the connection: rows that were not read to the end hold it
    with source.temporary():
        source.all(f"DROP TABLE {DRAWN}")


def drawn_places(source: ReadSession, table: Table, key: bytes) -> Iterator[Row]:
    """The place of each row in the order that is drawn for all of them, row by row as the original has them."""
    with drawn(source, table, "", key):
        yield from source.execute(f"SELECT place FROM {DRAWN} ORDER BY n")


def _names_numbers(sql: str) -> bool:
    words = {token.text.strip('"[]`').upper() for token in significant(tokenize(sql))}
    return not words.isdisjoint(_NAMES_OF_NUMBERS)
