"""Making entries of the ledger from the rows that are about to be erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from steward_app.catalog.erasure import Action, Entry
from steward_app.db import Session, qualified, quote
from steward_app.db.content import ValueReader
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.erasure.fit import shape_of
from steward_app.services.erasure.hashing import Hasher, LedgerKey
from steward_app.services.schema import Table


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased, and on whose account.

    Attributes:
        operation_id, request_id: under which it is journalled.
        kept_until: the day the entries may go; RFC 3339 in UTC, "" for never.
        changes: columns and what they hold afterwards, as SQLite will have stored it; empty where rows are deleted.
            Never anything of the person.
    """

    database_id: str
    operation_id: str
    request_id: str = ""
    kept_until: str = ""
    changes: Mapping[str, SqlValue] | None = None


def mark(
    session: Session,
    table: Table,
    erasure: Erasure,
    key: LedgerKey,
    *,
    where_sql: str = "1",
    bindings: Row = (),
) -> Iterator[Entry]:
    """Entries for the rows of a table that meet a condition, as they are now; nothing is written.

    Record them (`record`) in a unit of the catalog that is committed before the rows are destroyed, and confirm them
    (`confirm`) after the commit that destroyed them. A full-text table that keeps its own text is a table of its own
    and needs entries of its own.

    Args:
        where_sql: a condition over the columns of the table, as SQL; its values are bound.
    """
    shape, reader = shape_of(table), ValueReader(session)
    hasher = Hasher(key, shape)
    key_names = shape.key_columns or (table.rowid_name,)
    terms = reader.terms([quote(name) for name in (*key_names, *(name for name, _ in shape.columns))])
    rows = session.execute(f"SELECT {terms} FROM {qualified(table.name)} WHERE {where_sql}", bindings)
    for row in rows:
        values = reader.read(row)
        yield Entry(
            database_id=erasure.database_id,
            operation_id=erasure.operation_id,
            shape=shape,
            key_id=key.id,
            identity=hasher.identity(values[: len(key_names)]),
            commitment=hasher.commitment(values[len(key_names) :]),
            action=Action.CHANGED if erasure.changes else Action.DELETED,
            changes=dict(erasure.changes or {}),
            request_id=erasure.request_id,
            kept_until=erasure.kept_until,
        )
