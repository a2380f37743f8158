"""What an audit will cost, measured before it is installed: on rows of the very table, in an empty copy of the schema.

The same rows are inserted, changed and removed twice, in a copy without the audit and in one with it. The time is that
of the processor, in memory: what the disk takes beside it is the same for both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from steward_app.db import Session, WriteSession, qualified, quote
from steward_app.db.skeleton import skeleton
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.audit.engine import ddl, tables
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable, RawText, Value
from steward_app.services.audit.engine.values import StoredValues
from steward_app.services.audit.guard import trial
from steward_app.services.audit.guard.rate import Growth, Rate, rate_of
from steward_app.services.audit.guard.trial import Chosen
from steward_app.services.schema.model import Table

SAMPLE = 1_000
"""Rows that are tried, at most."""
SEALED_BYTES = 17
"""What sealing a change adds to it: 13 in the list of the changes of a row, 4 in the seal."""
_SAMPLE_BYTES = 16 << 20
_CELL_BYTES = (
    6  # of a row in a page beside its values: the lengths of both parts of it, its number, its place
)
_ROUNDS = 3
_MOST_ROUNDS = 40
_CHANGES = 1_500  # that a workload has at least, over its rounds


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of change costs, in microseconds of the processor, without and with the audit, and in bytes."""

    without_us: float
    with_us: float
    bytes: float

    @property
    def times(self) -> float:
        """How many times as long it takes."""
        return self.with_us / self.without_us if self.without_us else 1.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the audit of one table will cost.

    Attributes:
        sampled: rows it was measured with: the newest ones. 0 where there are none.
        insert, update, delete: None where that could not be tried; `update` of two columns that repeat least.
        rate: changes a day as far as they can be seen, or None: then nobody knows.
        bytes_a_day: what the log grows by at that rate, sealed; None where it is not known.
        problem: why nothing could be measured, or "".
    """

    table: str
    rows: int
    sampled: int = 0
    insert: Cost | None = None
    update: Cost | None = None
    delete: Cost | None = None
    rate: Rate | None = None
    bytes_a_day: int | None = None
    problem: str = ""


def forecast(
    session: Session,
    table: Table,
    chosen: Chosen,
    context: Context,
    growth: Mapping[str, Growth] | None = None,
) -> Forecast:
    """Measure what the audit of a table will cost. The file is only read.

    Args:
        growth: by table, how its number of rows grew between restore points.
    """
    name = chosen.shape.table
    rows = session.count(f"SELECT count(*) FROM {qualified(name)}")
    sample = _sample(session, chosen)
    rate = rate_of(session, table, (growth or {}).get(name))
    if not sample:
        return Forecast(name, rows, rate=rate)
    try:
        with (
            skeleton(session, triggers=()) as plain,
            trial.armed_copy(session, chosen) as audited,
        ):
            insert, update, delete = _Measuring(plain, audited, chosen, sample, context).costs()
    except Cancelled:
        raise
    except StewardError as error:
        return Forecast(name, rows, len(sample), rate=rate, problem=error.message)
    return Forecast(
        name, rows, len(sample), insert, update, delete, rate, _a_day(rate, insert, update, delete)
    )


def _a_day(rate: Rate | None, insert: Cost, update: Cost | None, delete: Cost) -> int | None:
    if rate is None:
        return None
    parts = ((rate.inserts, insert), (rate.updates, update or insert), (rate.deletes, delete))
    return round(sum((number or 0) * (cost.bytes + SEALED_BYTES) for number, cost in parts))


def _columns(chosen: Chosen) -> list[str]:
    """What a row is written with: its number too, where that names it."""
    names = [column.name for column in chosen.shape.columns]
    number = chosen.shape.rowid
    return names if not number or chosen.shape.alias else [number, *names]


def _sample(session: Session, chosen: Chosen) -> list[Row]:
    """The newest rows, as far as their names tell."""
    shape = chosen.shape
    key = [quote(shape.rowid)] if shape.rowid else [quote(part.column) for part in shape.key]
    newest = ", ".join(f"{term} DESC" for term in key)
    terms = [quote(name) for name in _columns(chosen)]
    found: list[Row] = []
    weight = 0
    rest = f"FROM {qualified(shape.table)} ORDER BY {newest} LIMIT {SAMPLE}"
    for row in StoredValues(session).exactly(terms, rest):
        found.append(tuple(map(_plain, row)))
        weight += sum(len(value) for value in found[-1] if isinstance(value, str | bytes))
        if weight > _SAMPLE_BYTES:
            break
    return found


def _plain(value: Value) -> SqlValue:
    return value.stored.decode("utf-8", "replace") if isinstance(value, RawText) else value


class _Measuring:
    """Does the same to both copies."""

    def __init__(
        self,
        plain: WriteSession,
        audited: WriteSession,
        chosen: Chosen,
        sample: Sequence[Row],
        context: Context,
    ) -> None:
        self._plain = plain
        self._audited = audited
        self._shape = chosen.shape
        self._sample = sample
        self._context = context
        self._columns = _columns(chosen)
        self._logged: AuditedTable = tables.tables(audited, current=True)[-1]
        for copy in (plain, audited):
            copy.run("PRAGMA ignore_check_constraints = ON")
            copy.run("PRAGMA foreign_keys = OFF")

    def costs(self) -> tuple[Cost, Cost | None, Cost]:
        """Of an insert, an update and a delete."""
        table = qualified(self._shape.table)
        names = ", ".join(map(quote, self._columns))
        marks = ", ".join("?" * len(self._columns))
        key = [self._shape.rowid] if self._shape.rowid else [part.column for part in self._shape.key]
        at = [self._columns.index(name) for name in key]
        is_row = " AND ".join(f"{quote(name)} IS ?" for name in key)
        keys = [tuple(row[place] for place in at) for row in self._sample]
        work: list[tuple[str, Sequence[Row]]] = [
            (f"INSERT INTO {table} ({names}) VALUES ({marks})", self._sample)
        ]
        changed = self._changed()
        if changed:
            sets = ", ".join(f"{quote(self._columns[place])} = ?" for place in changed)
            others = [*self._sample[1:], self._sample[0]]
            values = [tuple(row[place] for place in changed) for row in others]
            bound = [value + key for value, key in zip(values, keys, strict=True)]
            work.append((f"UPDATE {table} SET {sets} WHERE {is_row}", bound))
        work.append((f"DELETE FROM {table} WHERE {is_row}", keys))
        costs = self._measured(work)
        return costs[0], costs[1] if changed else None, costs[-1]

    def _changed(self) -> list[int]:
        """The places of up to two columns that no key needs and that differ most from row to row."""
        keyed = {*self._shape.unique_columns, *(part.column for part in self._shape.key), self._shape.alias}
        keyed |= {self._shape.rowid}
        variety = {
            place: len({row[place] for row in self._sample})
            for place, name in enumerate(self._columns)
            if name not in keyed
        }
        best = sorted((place for place in variety if variety[place] > 1), key=lambda place: -variety[place])
        return sorted(best[:2])

    def _measured(self, work: Sequence[tuple[str, Sequence[Row]]]) -> list[Cost]:
        rounds = min(_MOST_ROUNDS, max(_ROUNDS, -(-_CHANGES // len(self._sample))))
        spent = [[float("inf")] * 2 for _ in work]
        stored = [0.0] * len(work)
        for number in range(rounds):
            for at, (sql, rows) in enumerate(work):
                self._context.checkpoint()
                before = self._log() if number == 0 else (0, 0)
                for copy, session in enumerate((self._plain, self._audited)):
                    spent[at][copy] = min(spent[at][copy], _seconds(session, sql, rows))
                if number == 0:
                    changes, size = (now - then for now, then in zip(self._log(), before, strict=True))
                    stored[at] = size / changes if changes else 0.0
        each = 1e6 / len(self._sample)
        return [Cost(one[0] * each, one[1] * each, size) for one, size in zip(spent, stored, strict=True)]

    def _log(self) -> tuple[int, int]:
        """How many changes are logged, and how many bytes they take."""
        places = layout(self._logged)
        names = [name for name in ddl.table_names(places) if not name.startswith("_steward_audit_pen_")]
        stored = 0
        for name in names:
            payload = self._audited.one(
                "SELECT payload, ncell FROM dbstat WHERE name = ? AND aggregate = TRUE", (name,)
            )
            assert payload is not None
            stored += int(str(payload[0])) + _CELL_BYTES * int(str(payload[1]))
        return tables.last_seq(self._audited), stored


def _seconds(session: WriteSession, sql: str, rows: Sequence[Row]) -> float:
    with session.transaction():
        began = time.process_time()
        session.run_many(sql, rows)
        return time.process_time() - began
