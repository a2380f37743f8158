"""A rehearsal: the plan carried out on a copy of the real data, and a look at what it did there.

`rehearse_on_copy` takes any change of a database; the operations that need no more get it through `rehearse`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from steward_app import storage
from steward_app.catalog import Catalog
from steward_app.db import Session, WriteSession, open_read, open_write, qualified
from steward_app.db.copy import copy_database
from steward_app.db.difference import Difference, beside, compare_rows
from steward_app.db.integrity import ForeignKeyCheck, foreign_key_check, newly_broken, structure_check
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.plan import Check, Plan, Rehearsal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.operation import fingerprint, promise
from steward_app.services.operation.model import FileOperation, Operation, TransactionOperation
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind

Change: TypeAlias = Callable[[WriteSession, Context], Sequence[Check]]
"""Makes a change inside a transaction that is open, and says what it verified."""


_COLUMNS = "its columns were changed"
_NEW = "a new table"
_NO_ORPHANS: Mapping[str, int] = {}


def rehearse(operation: Operation[Any], plan: Plan, catalog: Catalog, context: Context) -> Rehearsal:
    """Carry a plan out on a copy of the file and report; the file itself is only read.

    Raises `Refused` when this operation cannot be rehearsed or the plan is stale, `Failure` when the copy cannot be
    made. What goes wrong on the copy is a check that did not pass, not an error.
    """
    with storage.scratch_directory(catalog.scratch) as scratch:
        match operation:
            case TransactionOperation():
                change = _change_of(operation, plan)
                return rehearse_on_copy(plan, scratch, context, change, operation.orphans(plan))
            case FileOperation():
                return operation.rehearse(plan, scratch, context)
    raise TypeError(f"{type(operation).__name__} is neither a TransactionOperation nor a FileOperation")


def rehearse_on_copy(
    plan: Plan, scratch: Path, context: Context, change: Change, orphans: Mapping[str, int] = _NO_ORPHANS
) -> Rehearsal:
    """Make the change on a copy in `scratch`, check the copy, and count what differs row by row.

    Args:
        orphans: how many rows of each table more may point to nothing.

    Needs space for two copies. The time told is that of the change alone.
    """
    before, after = scratch / "before.sqlite", scratch / "after.sqlite"
    copy_database(Path(plan.path), before, context, lasting=False)
    with open_read(before) as session:
        fingerprint.check(plan, session)
    copy_database(before, after, context)
    began = time.perf_counter()
    checks = _try(after, change, context)
    seconds = time.perf_counter() - began
    changes: tuple[TableChange, ...] = ()
    if all(check.passed for check in checks):
        checks += _look(before, after, orphans, context)
        changes = _differences(before, after, context)
        checks += (_as_planned(plan, changes),)
    return Rehearsal(plan.id, clock.to_text(clock.now()), seconds, checks, changes)


def _change_of(operation: TransactionOperation[Any], plan: Plan) -> Change:
    def change(session: WriteSession, context: Context) -> Sequence[Check]:
        outcome = operation.apply(plan, session, context)
        return (*promise.checks(plan, outcome, session), *operation.verify(plan, outcome, session, context))

    return change


def _try(path: Path, change: Change, context: Context) -> tuple[Check, ...]:
    try:
        with (
            open_write(path) as session,
            context.step() as step,
            session.transaction(step),
            session.under(step),
        ):
            checks = tuple(change(session, step))
    except Cancelled:
        raise
    except StewardError as error:
        return (Check("The change goes through", False, error.message),)
    return (Check("The change goes through", True), *checks)


def _look(before: Path, after: Path, planned: Mapping[str, int], context: Context) -> tuple[Check, ...]:
    with open_read(before) as session:
        keys_before = foreign_key_check(session, context)
        schema_before = read_schema(session, context)
    with open_read(after) as session:
        problems = structure_check(session, context).problems
        keys_after = foreign_key_check(session, context)
        schema_after = read_schema(session, context)
    orphans = _newly_broken(keys_before, keys_after, planned)
    lost = sorted(_unusable(schema_after) - _unusable(schema_before))
    return (
        Check("The file holds together", not problems, "; ".join(problems[:3])),
        Check("No foreign key is newly broken", not orphans, "; ".join(orphans)),
        Check("Views and triggers still work", not lost, ", ".join(map(quoted, lost))),
    )


def _newly_broken(
    before: Sequence[ForeignKeyCheck], after: Sequence[ForeignKeyCheck], planned: Mapping[str, int]
) -> list[str]:
    known = {check.table: check for check in before}
    more = newly_broken(before, after)
    told = []
    for check in after:
        earlier = known.get(check.table, ForeignKeyCheck(check.table))
        rows = more.get(check.table, 0)
        if rows > planned.get(check.table, 0):
            told.append(f"{plural(rows, 'row', 'rows')} more in {quoted(check.table)}")
        if check.problem and not earlier.problem:
            told.append(f"{quoted(check.table)}: {check.problem}")
    return told


def _unusable(schema: Schema) -> set[str]:
    views = {table.name for table in schema.tables if table.problem}
    return views | {trigger.name for table in schema.tables for trigger in table.triggers if trigger.problem}


def _differences(before: Path, after: Path, context: Context) -> tuple[TableChange, ...]:
    """Per table that differs, what differs; told for tables whose rows can be named in both files."""
    with open_read(before) as session:
        old = {table.name: (table, _count(session, table)) for table in _tables(session, context)}
    changes: list[TableChange] = []
    with open_read(after) as session, session.under(context), beside(session, before):
        new = {table.name: table for table in _tables(session, context)}
        for name in dict.fromkeys((*old, *new)):
            context.report(len(changes), unit="tables", note=name)
            earlier, rows_before = old.get(name, (None, 0))
            change = _difference(session, earlier, rows_before, new.get(name))
            if change is not None:
                changes.append(change)
    return tuple(changes)


def _difference(
    session: Session, old: Table | None, rows_before: int, new: Table | None
) -> TableChange | None:
    if new is None:
        name = old.name if old else ""
        return TableChange(name, rows_before, 0, deleted=rows_before, why="the table is gone")
    rows_after = _count(session, new)
    if old is None:
        return TableChange(new.name, 0, rows_after, inserted=rows_after, why=_NEW)
    columns = _in_both(old, new)
    why = "" if len(columns) == len(old.columns) == len(new.columns) else _COLUMNS
    if old.key_columns != new.key_columns or not new.key_columns:
        return TableChange(new.name, rows_before, rows_after, why="what names its rows was changed")
    found = compare_rows(session, new.name, new.key_columns, columns)
    if found == Difference() and not why:
        return None
    return TableChange(new.name, rows_before, rows_after, found.inserted, found.updated, found.deleted, why)


def _in_both(old: Table, new: Table) -> list[str]:
    return [column.name for column in new.columns if old.column(column.name) is not None]


def _tables(session: Session, context: Context) -> list[Table]:
    tables = read_schema(session, context).tables
    return [each for each in tables if each.kind in (TableKind.TABLE, TableKind.SHADOW) and not each.ours]


def _count(session: Session, table: Table) -> int:
    return session.count(f"SELECT count(*) FROM {qualified(table.name)}")


def _without_rows(change: TableChange) -> bool:
    """Whether a table is another one, or new, and no row differs in what both have."""
    return change.why in (_COLUMNS, _NEW) and not (change.inserted or change.updated or change.deleted)


def _as_planned(plan: Plan, found: Sequence[TableChange]) -> Check:
    """Whether no other rows differ than planned. Of tables that triggers change, too, what differs is only told."""
    planned = {
        change.table: (change.inserted, change.updated, change.deleted)
        for change in plan.changes
        if change.table not in plan.also
    }
    measured = {
        change.table: (change.inserted, change.updated, change.deleted)
        for change in found
        if change.table in planned or not (change.table in plan.also or _without_rows(change))
    }
    other = [name for name in dict.fromkeys((*planned, *measured)) if planned.get(name) != measured.get(name)]
    detail = ", ".join(map(quoted, other))
    by_triggers = [change.table for change in found if change.table in plan.also]
    if by_triggers and not other:
        detail = f"triggers of the file changed rows of {', '.join(map(quoted, by_triggers))}, too"
    return Check("The rows that differ are those of the plan", not other, detail)
