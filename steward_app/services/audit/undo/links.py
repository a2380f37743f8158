"""What became of rows that others would point to: who took them away, and whether they were gone before already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from steward_app.db import Session, fold
from steward_app.services.audit.engine import log, tables
from steward_app.services.audit.engine.model import NotKept, Op, Value
from steward_app.services.audit.seals import redacted
from steward_app.services.audit.seals.oddities import GAP
from steward_app.services.audit.undo.families import Family
from steward_app.services.audit.undo.meet import Met, collated
from steward_app.services.audit.undo.model import Conflict, ConflictKind
from steward_app.services.audit.undo.walk import Row
from steward_app.services.schema.model import ForeignKey

_Wanted: TypeAlias = tuple[str, ...]
"""The values by which a row points, as they are looked for in the log."""


def explained(
    session: Session, by_name: Mapping[str, Family], beside: Sequence[Met], first: int
) -> dict[int, Conflict]:
    """The links to rows that are gone, each with the change that took its row away, by their place.

    A link whose row was not there from the first of the changes on pointed to nothing when they were made.

    Args:
        first: the oldest change that is undone.
    """
    links: dict[tuple[str, tuple[str, ...], tuple[str, ...]], dict[int, _Wanted]] = {}
    for at, (row, conflict) in enumerate(beside):
        if conflict.kind is not ConflictKind.MISSING_PARENT or conflict.other_table not in by_name:
            continue
        for key in _keys(row, conflict):
            told = (conflict.other_table, key.columns, key.parent_columns)
            links.setdefault(told, {})[at] = tuple(_compared(row.value(name)) for name in key.columns)
    found: dict[int, Conflict] = {}
    for (name, _, columns), wanted in links.items():
        parent = by_name[name]
        seen = _seen(session, parent, columns, set(wanted.values()), first)
        whole = _tells_all(session, parent, columns, first)
        for at, values in wanted.items():
            conflict = beside[at][1]
            if values in seen:
                found[at] = replace(conflict, by=seen[values])
            elif whole:
                found.setdefault(at, replace(conflict, kind=ConflictKind.MISSING_THEN))
    return found


def _keys(row: Row, conflict: Conflict) -> Iterator[ForeignKey]:
    table = row.family.table
    for key in table.foreign_keys if table is not None else ():
        if key.columns == conflict.constraint and fold(key.parent_table) == fold(conflict.other_table):
            yield key


def _seen(
    session: Session, parent: Family, columns: Sequence[str], wanted: set[_Wanted], first: int
) -> dict[_Wanted, int | None]:
    """The newest change since the first one that took each of these rows away; None where one only brought it."""
    found: dict[_Wanted, int | None] = {}
    for version in parent.versions.values():
        for change in log.changes(session, version.audited, first_seq=first):
            cells = {fold(name): cell for name, (_, cell) in parent.cells(change).items()}
            at = [cells.get(fold(name)) for name in columns]
            if any(cell is None for cell in at):
                continue
            before = tuple(_compared(cell.old) for cell in at if cell is not None)
            after = tuple(_compared(cell.new) for cell in at if cell is not None)
            if change.op is not Op.INSERT and before in wanted:
                found[before] = max(change.seq, found.get(before) or 0)
            if after in wanted:
                found.setdefault(after, None)
    return found


def _tells_all(session: Session, parent: Family, columns: Sequence[str], first: int) -> bool:
    """Whether the log would tell of every row of a table that left it since a change."""
    if parent.table is None or not parent.versions:
        return False
    begins = min(each.audited.from_seq for each in parent.versions.values())
    unkept = {fold(name) for names in parent.unkept.values() for name in names}
    missed = any(
        each.kind == GAP and each.tid in (None, *parent.versions)
        for each in tables.events(session, first_seq=first)
    )
    return (
        begins < first
        and not missed
        and unkept.isdisjoint(map(fold, columns))
        and not redacted.between(session, first, tables.last_seq(session))
    )


def _compared(value: Value | NotKept) -> str:
    """A value as it is compared here: what any column may take for the same is the same."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(collated(str(value), "NOCASE")).rstrip(" ")
