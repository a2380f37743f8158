"""Erasing rows as the capability that erases people does it: entries first, then the rows, then the moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from steward_app.catalog import Catalog, erasure
from steward_app.db import open_read, open_write, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Key, Row, SqlValue
from steward_app.services.erasure import (
    Erasure,
    Judgement,
    LedgerKey,
    ReplayReport,
    State,
    confirm,
    judging,
    mark,
    record,
    replay,
)
from steward_app.services.schema import read_schema

DATABASE_ID = "8b1f6a52-4a77-4f0b-9e0c-6f6f4d7f2d10"
BEFORE, ERASED, AFTER = "2026-03-01T08:00:00.000Z", "2026-03-02T08:00:00.000Z", "2026-03-03T08:00:00.000Z"

_numbers = count(1)


@dataclass
class Ledger:
    """The ledger of one database, planted through the public functions."""

    catalog: Catalog
    database_id: str = DATABASE_ID
    key: LedgerKey = field(default_factory=LedgerKey.new)

    @property
    def keys(self) -> dict[str, LedgerKey]:
        return {self.key.id: self.key}

    def erase(
        self,
        path: Path,
        table: str,
        where_sql: str = "1",
        bindings: Row = (),
        *,
        changes: dict[str, SqlValue] | None = None,
        at: str = ERASED,
        confirmed: bool = True,
    ) -> int:
        """Erase rows of a file; how many."""
        what = Erasure(self.database_id, f"op_{next(_numbers):020}", "rq_1", changes=changes)
        with open_write(path) as session:
            session.run("PRAGMA foreign_keys = OFF")
            found = read_schema(session, Context()).table(table)
            assert found is not None
            entries = list(mark(session, found, what, self.key, where_sql=where_sql, bindings=bindings))
            with self.catalog.unit() as unit:
                record(unit, entries)
                unit.commit()
            with session.transaction():
                if changes:
                    to = ", ".join(f"{quote(name)} = ?" for name in changes)
                    sql = f"UPDATE {qualified(table)} SET {to} WHERE {where_sql}"
                    session.run(sql, (*changes.values(), *bindings))
                else:
                    session.run(f"DELETE FROM {qualified(table)} WHERE {where_sql}", bindings)
        if confirmed:
            with self.catalog.unit() as unit:
                confirm(unit, what.operation_id, at)
                unit.commit()
        return len(entries)

    def judge(self, path: Path, table: str, key: Key, *, made_at: str = BEFORE) -> Judgement:
        """What the ledger says of one row of a file."""
        with open_read(path) as state, state.snapshot():
            schema = read_schema(state, Context())
            with judging(self.catalog, state, schema, self.database_id, made_at, self.keys) as judge:
                return judge.row(table, key)

    def replay(self, path: Path, *, made_at: str = BEFORE, context: Context | None = None) -> ReplayReport:
        """Replay the ledger on a file, as before it is handed over."""
        state = State(path, self.database_id, made_at, "pt_1")
        return replay(self.catalog, state, self.keys, context or Context())

    def entries(self) -> list[erasure.Entry]:
        with self.catalog.reading() as session:
            return list(erasure.every(session, self.database_id))
