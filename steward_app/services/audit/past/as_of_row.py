"""One row as it was at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from steward_app.db import Session, fold, qualified, quote
from steward_app.services.audit.engine.model import (
    NOT_KEPT,
    AuditedTable,
    Change,
    Key,
    Mode,
    NotKept,
    Op,
    Value,
)
from steward_app.services.audit.engine.values import bound, same
from steward_app.services.audit.past.as_of import reaching
from steward_app.services.audit.past.erased_cells import ErasedCells, is_whole
from steward_app.services.audit.past.lineage import Lineage, lineage, require_key
from steward_app.services.audit.past.moments import Moment, from_milliseconds
from steward_app.services.audit.past.overlay import read_row
from steward_app.services.audit.past.row_changes import RowChanges
from steward_app.services.erasure import Judge

Values: TypeAlias = Mapping[str, "Value | NotKept"]


@dataclass(frozen=True, slots=True)
class RowAsOf:
    """A row as it was.

    Attributes:
        key: what named it then, as keys are written now.
        there: whether there was such a row.
        values: by the names that its columns have now; `NOT_KEPT` where the log does not tell.
        erased: it was there, and its values were erased since.
    """

    moment: Moment
    key: Key
    there: bool
    values: Values
    erased: bool = False


class RowsAsOf:
    """Rows of one table as they were. It has its session to itself, as `RowChanges` has."""

    def __init__(self, session: Session, table: str, *, judge: Judge | None = None) -> None:
        """Args:
        judge: from `ledger.judge_since`: a row that was erased since is not told, whatever the log still holds.
        """
        self._session = session
        self._judge = judge
        self._lineage: Lineage = lineage(session, table)
        self._changes = RowChanges(session, self._lineage)
        columns = self._lineage.newest.columns
        self._unlogged: Values = {each.name: NOT_KEPT for each in columns if each.mode is Mode.NONE}
        self._erased = ErasedCells(session)

    def row(self, key: Key, moment: Moment) -> RowAsOf:
        """The row that this key names now (or named last), as it was.

        Raises what `table_as_of` raises.
        """
        versions = reaching(self._session, self._lineage, moment)
        key = exact_key(self._session, self._lineage, key)
        for change, before in self._changes.backward(key):
            if change.seq <= moment.seq:
                break
            key = before
        there = {fold(name) for name in versions[-1].columns.values()}
        values, erased = self._values(key, moment.seq)
        kept = {name: value for name, value in (values or {}).items() if fold(name) in there}
        if values is not None and self._judge is not None and self._judge.concerns(self._lineage.name):
            return self._judged(self._judge, RowAsOf(moment, key, True, kept, erased))
        return RowAsOf(moment, key, values is not None, kept, erased)

    def after(self, change: Change) -> RowAsOf:
        """The row as one of the table's changes left it; not there where that removed it.

        What the change itself did not tell is what later changes found, or what is there now.
        """
        version = self._lineage.by_tid[change.tid]
        moment = Moment(from_milliseconds(change.at), change.seq, change.at)
        if change.new_key is None or version.key_order is None:
            return RowAsOf(moment, change.key, False, {})
        key = version.key_now(change.new_key)
        values, erased = self._values(key, change.seq)
        return RowAsOf(moment, key, values is not None, dict(values or {}), erased)

    def later(self, change: Change) -> Iterator[Change]:
        """What became of a row after one of the table's changes, the oldest first, until it was removed.

        Where that removed it: of the row that has its key next.
        """
        version = self._lineage.by_tid[change.tid]
        if version.key_order is None:
            return iter(())
        return self._changes.forward(version.key_now(change.new_key or change.key), change.seq)

    def _judged(self, judge: Judge, row: RowAsOf) -> RowAsOf:
        """What the ledger of erasures lets through of a row."""
        table = judge.schema.table(self._lineage.name)
        assert table is not None  # it is under audit
        image = {
            name: bound(None if isinstance(value, NotKept) else value) for name, value in row.values.items()
        }
        if self._lineage.newest.by_rowid:
            image.setdefault(table.rowid_name, bound(row.key[0]))
        said = judge.image(table, image)
        if not said.may_return:
            return replace(row, there=False, values={}, erased=True)
        return replace(row, values={**row.values, **dict.fromkeys(said.changes, NOT_KEPT)})

    def _values(self, key: Key, seq: int) -> tuple[Values | None, bool]:
        """What a key named after a change: of each cell the value before its next change, else that of now."""
        found: dict[str, Value | NotKept] = {}
        for change in self._changes.forward(key, seq):
            if change.op is Op.INSERT:
                return None, False
            version = self._lineage.by_tid[change.tid]
            gone = self._erased.columns(version.audited, change.seq)
            for then, cell in change.cells.items():
                if then in version.columns:
                    found.setdefault(version.columns[then], NOT_KEPT if then in gone else cell.old)
            if change.new_key is None:
                erased = is_whole(version.audited, gone)
                return (None if erased else {**self._unlogged, **found}), erased
            key = version.key_now(change.new_key)
        live = self._live(self._lineage.newest, key)
        return (None if live is None else {**live, **found}), False

    def _live(self, audited: AuditedTable, key: Key) -> Values | None:
        logged = [each.name for each in audited.columns if each.mode is not Mode.NONE]
        found = read_row(
            self._session, qualified(self._lineage.name), list(map(quote, logged)), _key_sql(audited), key
        )
        if found is None:
            return None
        image = dict(zip(logged, found.values(), strict=True))
        if not audited.by_rowid and not all(map(same, (image[name] for name in audited.primary_key), key)):
            return None  # another row, whose key only compares as equal: 1 and 1.0
        return {**self._unlogged, **image}


def exact_key(session: Session, table: Lineage, key: Key) -> Key:
    """A key as the row that it names now has it: `a` may name the row of `A`, and 1 that of 1.0.

    Raises `UsageError` for one that has not as many values as name a row.
    """
    audited = table.newest
    require_key(table, key, as_logged=True)
    if audited.by_rowid or not table.armed:
        return key
    names = list(map(quote, audited.primary_key))
    found = read_row(session, qualified(table.name), names, _key_sql(audited), key)
    return key if found is None else tuple(found.values())


def _key_sql(audited: AuditedTable) -> list[tuple[str, str]]:
    """The parts of the key, which compare as their columns do."""
    if audited.by_rowid:
        return [(f"l.{quote(audited.rowid)}", "")]
    return [(f"l.{quote(name)}", "") for name in audited.primary_key]
