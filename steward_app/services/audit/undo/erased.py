"""What was erased does not come back by an undo: neither from the log, nor against the ledger of erasures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from steward_app.catalog import Catalog, erasure
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.values import SqlValue
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import NotKept
from steward_app.services.audit.engine.values import bound, same
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.seals import redacted
from steward_app.services.audit.undo.meet import Met
from steward_app.services.audit.undo.model import ONLY_ROW, Conflict, ConflictKind
from steward_app.services.audit.undo.select import Found
from steward_app.services.audit.undo.walk import Row
from steward_app.services.erasure import Judge, Judgement, judging, ledger_keys
from steward_app.services.schema.model import Schema
from steward_app.storage.secrets import open_secrets

_CLOCKS = timedelta(days=1)
"""How far the clocks of whoever wrote and of whoever erased may be apart."""


def from_the_log(session: Session, chosen: Found) -> frozenset[tuple[int, str]]:
    """The cells of these changes whose values were erased from the log: (change, column as it was called then)."""
    if not chosen.changes:
        return frozenset()
    found = set()
    for seq, kept in redacted.between(session, chosen.first, max(chosen.changes)).items():
        if seq not in chosen.changes:
            continue
        version = chosen.families[seq].versions[chosen.changes[seq].tid]
        columns = layout(version.audited).columns
        for opening in kept.openings:
            if not opening.salt and 0 < opening.number <= len(columns):
                found.add((seq, columns[opening.number - 1]))
    return frozenset(found)


def by_the_ledger(
    catalog: Catalog, session: Session, schema: Schema, database_id: str, rows: Sequence[Row], since_ms: int
) -> Iterator[Met]:
    """The rows that would hold again what was erased since the oldest of their changes.

    Raises `Refused` where the ledger cannot be read with the keys that are here.
    """
    made_at = clock.to_text(from_milliseconds(since_ms) - _CLOCKS)
    with catalog.reading() as ledger:
        if not erasure.counts(ledger, database_id, made_at):
            return
        ids = erasure.key_ids(ledger, database_id)
    keys = ledger_keys(open_secrets(catalog.directory), database_id, ids)
    with judging(catalog, session, schema, database_id, made_at, keys) as judge:
        for row in rows:
            if row.touched and row.exists and judge.concerns(row.family.name):
                yield from _judged(judge, row)


def _judged(judge: Judge, row: Row) -> Iterator[Met]:
    assert row.family.table is not None
    image: dict[str, tuple[str, SqlValue]] = {}
    for name in row.family.columns:
        value = row.value(name)
        image[name] = bound(None if isinstance(value, NotKept) else value)
    said = judge.image(row.family.table, image)
    if not said.may_return:
        yield row, _conflict(row, ONLY_ROW)
    for name, value in said.changes.items():
        if _brings_back(row, name, value, said):
            yield row, _conflict(row, name)


def _brings_back(row: Row, name: str, value: SqlValue, said: Judgement) -> bool:
    """Whether a column that an erasure emptied would get another value by the undo."""
    return said.may_return and name in row.changed and not same(row.changed[name], value)


def _conflict(row: Row, column: str) -> Conflict:
    return Conflict(ConflictKind.ERASED, row.family.name, row.before or row.after or row.key, column)
