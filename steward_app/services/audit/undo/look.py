"""What would come of an undo: chosen, walked back, and looked at beside all that is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from steward_app.catalog import Catalog
from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.services.audit.engine import tables
from steward_app.services.audit.engine.model import Key, Value
from steward_app.services.audit.undo import select
from steward_app.services.audit.undo.erased import by_the_ledger, from_the_log
from steward_app.services.audit.undo.families import Family, Image, families
from steward_app.services.audit.undo.links import explained
from steward_app.services.audit.undo.meet import Meeting, Met
from steward_app.services.audit.undo.model import (
    ONLY_ROW,
    Conflict,
    ConflictKind,
    LaterChange,
    Outlook,
    RowUndo,
    Selection,
    UndoMode,
)
from steward_app.services.audit.undo.select import Found
from steward_app.services.audit.undo.walk import Row, Walk
from steward_app.services.schema.model import Schema

Live: TypeAlias = dict[int, dict[Key, Image]]
"""The rows of now, by the number of their table's version now."""
_NAMED = 20
"""Conflicts about rows beside, of which it is looked up who made them."""
_LINKS = (ConflictKind.MISSING_PARENT, ConflictKind.MISSING_THEN)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of an undo, without the file."""

    selection: Selection
    mode: UndoMode
    excluded: frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking.

    Attributes:
        schema, families: of the file as it was.
        chosen: the changes that were asked for, and those that are undone with them.
        added: the numbers of the latter.
        rows: those that something is done to.
    """

    schema: Schema
    families: Sequence[Family]
    mode: UndoMode
    last_seq: int
    chosen: Found
    others: Found
    added: frozenset[int]
    rows: tuple[Row, ...]
    conflicts: tuple[Conflict, ...]

    def outlook(self, session: Session) -> Outlook:
        """The same for people: with values, and with who made the later changes."""
        named = {each.by for each in self.conflicts if each.by is not None}
        known = Found()
        for found in (self.chosen, self.others):
            known.changes |= {seq: found.changes[seq] for seq in named if seq in found.changes}
        missing = named - known.changes.keys()
        if missing:
            known.changes |= select.read(session, self.families, missing).changes
        txns = select.signed(session, named, known)
        later = {
            seq: LaterChange(seq, change.at, txns[seq].actor, txns[seq].reason)
            if seq in txns
            else LaterChange(seq, change.at)
            for seq, change in known.changes.items()
        }
        return Outlook(
            self.mode,
            self.last_seq,
            tuple(sorted(self.chosen.changes.keys() - self.added)),
            tuple(sorted(self.added)),
            tuple(map(_told, self.rows)),
            self.conflicts,
            later,
        )


def look(
    session: Session, schema: Schema, catalog: Catalog, database_id: str, wish: Wish, context: Context
) -> Look:
    """Look at a file as it is. Reads only.

    Raises:
        UsageError: nothing was chosen, or something that is not in the log.
        Refused: the erasure ledger cannot be read with the keys that are here.
    """
    every = families(session, schema)
    wish = replace(wish, selection=select.checked(session, every, wish.selection))
    chosen = select.select(session, every, wish.selection)
    last_seq, added = tables.last_seq(session), set[int]()
    excluded = wish.excluded | _other_cells(chosen, wish.selection.column)
    while chosen.changes:
        context.checkpoint()
        others = select.later(session, chosen)
        erased = from_the_log(session, chosen)
        live = _live(session, chosen, others)
        walk = Walk(wish.mode, live, excluded, erased)
        walk.run(chosen, others, context)
        oldest = min(change.at for change in chosen.changes.values())

        def met(rows: Sequence[Row], since: int = oldest, live: Live = live) -> list[Met]:
            found = list(Meeting(session, schema, every, rows, live).conflicts())
            return found + list(by_the_ledger(catalog, session, schema, database_id, rows, since))

        beside = _settled(met, walk.rows) if wish.mode is UndoMode.SKIP else met(walk.rows)
        told, holders = _who(session, every, beside, chosen.first, wish.mode)
        if wish.mode is UndoMode.DEPENDENT:
            needed = {seq for some in (*walk.holders, *holders) for seq in some} - chosen.changes.keys()
            needed = {seq for seq in needed if (seq, ONLY_ROW) not in excluded}
            more = select.read(session, every, needed)
            if more.changes:
                added |= more.changes.keys()
                chosen.changes |= more.changes
                chosen.families |= more.families
                continue
        touched = tuple(row for row in walk.rows if row.touched)
        conflicts = (*walk.conflicts, *told)
        return Look(schema, every, wish.mode, last_seq, chosen, others, frozenset(added), touched, conflicts)
    return Look(schema, every, wish.mode, last_seq, chosen, Found(), frozenset(), (), ())


def _other_cells(chosen: Found, column: str) -> set[tuple[int, str]]:
    """Where one column was asked for, the other cells of these changes."""
    if not column:
        return set()
    return {
        (seq, name)
        for seq, change in chosen.changes.items()
        for name in chosen.families[seq].cells(change)
        if name != column
    }


def _live(session: Session, chosen: Found, others: Found) -> Live:
    every = {f.current.tid: f for found in (chosen, others) for f in found.families.values()}
    return {
        tid: family.live(session, list(chosen.keys(family) | others.keys(family)))
        for tid, family in every.items()
    }


def _settled(met: Callable[[Sequence[Row]], list[Met]], rows: Sequence[Row]) -> list[Met]:
    """Leave rows as they are that cannot be as they shall, until all others can."""
    left: list[Met] = []
    while found := met(rows):
        for row, _ in found:
            row.withdraw()
        left += found
    return left


def _who(
    session: Session, every: Sequence[Family], beside: Sequence[Met], first: int, mode: UndoMode
) -> tuple[list[Conflict], list[tuple[int, ...]]]:
    """The conflicts with the later changes that made them, as far as there are such."""
    by_name = {each.name: each for each in every if each.table is not None}
    told: list[Conflict] = []
    holders: list[tuple[int, ...]] = []
    links = explained(session, by_name, beside, first)
    for at, (_, conflict) in enumerate(beside):
        known = links.get(at, conflict)
        if known.kind not in _LINKS and (at < _NAMED or mode is UndoMode.DEPENDENT):
            other = by_name.get(conflict.other_table)
            known = replace(conflict, by=_maker(session, other, conflict, first))
        told.append(known)
        holders.append(() if known.by is None else (known.by,))
    return told, holders


def _maker(session: Session, other: Family | None, conflict: Conflict, first: int) -> int | None:
    if other is None or not conflict.other_key or len(conflict.other_key) != len(other.key):
        return None
    return select.newest_of_row(session, other, conflict.other_key, conflict.constraint, first)


def _told(row: Row) -> RowUndo:
    whole = row.now is None or not row.exists
    columns = row.family.columns if whole else tuple(row.changed)
    now: dict[str, Value] = {} if row.now is None else {name: row.now[name] for name in columns}
    then = {name: row.value(name) for name in columns} if row.exists else {}
    return RowUndo(row.family.name, row.before, row.after, now, then, tuple(sorted(row.seqs)))
