"""Walks back through the changes of some rows and takes back those that were chosen.

The walk begins at the rows of now and goes through every change that concerns them, the newest first, so that a row is
known by the key it had at each step. A change that was chosen is taken back where its cells still hold what it put
there and no change that stays came after it. A change that stays leaves its number on the cells it changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from steward_app.kernel.progress import Context
from steward_app.services.audit.engine.model import NOT_KEPT, Cell, Change, Key, NotKept, Op, Value
from steward_app.services.audit.engine.values import same
from steward_app.services.audit.undo.families import Family, Image
from steward_app.services.audit.undo.model import ONLY_ROW, OVERRULED, Conflict, ConflictKind, UndoMode
from steward_app.services.audit.undo.select import Found

_STEPS = 1_000  # between two looks whether to go on


@dataclass(slots=True, eq=False)
class Row:
    """One row, from its insert to its end.

    Attributes:
        now: what it holds now; None where it is gone.
        exists: whether it shall be there.
        cells: what shall stand in its columns, where that was said.
        over: by column, the changes that stay, the newest first.
        removed_by: the change that took it away and stays, or None.
        seqs: the changes taken back.
    """

    family: Family
    now: Image | None
    key: Key
    exists: bool
    cells: dict[str, Value] = field(default_factory=dict)
    over: dict[str, list[int]] = field(default_factory=dict)
    removed_by: int | None = None
    seqs: list[int] = field(default_factory=list)

    def value(self, column: str) -> Value | NotKept:
        """What shall stand in a column; `NOT_KEPT` where that is not known."""
        if column in self.cells:
            return self.cells[column]
        return self.now[column] if self.now is not None else NOT_KEPT

    @property
    def changed(self) -> dict[str, Value]:
        """The columns that shall hold something else than now."""
        now = self.now or {}
        return {
            name: value for name, value in self.cells.items() if name not in now or not same(now[name], value)
        }

    @property
    def before(self) -> Key | None:
        """What names it now."""
        return None if self.now is None else tuple([self.now[name] for name in self.family.key])

    @property
    def after(self) -> Key | None:
        """What shall name it."""
        if not self.exists:
            return None
        cells, now = self.cells, self.now or {}
        return tuple([cells[name] if name in cells else now[name] for name in self.family.key])

    @property
    def touched(self) -> bool:
        """Whether anything is to be done."""
        if self.exists is (self.now is None):
            return True
        return self.exists and bool(self.changed)

    def withdraw(self) -> None:
        """Leave it as it is now."""
        self.exists, self.seqs = self.now is not None, []
        self.cells.clear()


class Walk:
    """One walk. `rows` and `conflicts` are what came of it."""

    def __init__(
        self,
        mode: UndoMode,
        live: Mapping[int, Mapping[Key, Image]],
        excluded: Collection[tuple[int, str]] = (),
        erased: Collection[tuple[int, str]] = (),
    ) -> None:
        """Args:
        live: by family, the rows of now that the changes may concern.
        excluded: (change, column) that are left out.
        erased: (change, column as it was called then) of which the log holds no value any more.
        """
        self.rows: list[Row] = []
        self.conflicts: list[Conflict] = []
        self.holders: list[tuple[int, ...]] = []
        self._mode = mode
        self._live = live
        self._excluded = excluded
        self._erased = erased
        self._at: dict[tuple[int, Key], Row | None] = {}
        self._unkept: dict[tuple[int, str], Conflict] = {}
        self._needless: set[int] = set()

    def run(self, chosen: Found, others: Found, context: Context) -> None:
        """Walk through all of both, the newest first."""
        seqs = sorted((*chosen.changes, *others.changes), reverse=True)
        for step, seq in enumerate(seqs):
            if step % _STEPS == 0:
                context.report(step, len(seqs), unit="changes")
                context.checkpoint()
            change = chosen.changes.get(seq)
            if change is None or (seq, ONLY_ROW) in self._excluded:
                self._stays(others.changes[seq] if change is None else change, _family(seq, chosen, others))
                continue
            family = chosen.families[seq]
            problem = family.problems.get(change.tid)
            if problem is not None:
                self._note(problem, family, change)
                self._stays(change, family)
            elif change.op is Op.INSERT:
                self._take_out(change, family)
            elif change.op is Op.UPDATE:
                self._put_values_back(change, family)
            else:
                self._put_back(change, family)
        self._forget_needless()

    def _stays(self, change: Change, family: Family) -> None:
        if change.op is Op.INSERT:
            self._find(family, change.key)
            self._at[family.current.tid, change.key] = None
        elif change.new_key is None:
            self._new(family, change.key).removed_by = change.seq
        elif (row := self._moved(change, family)) is not None:
            for name in family.cells(change):
                row.over.setdefault(name, []).append(change.seq)

    def _take_out(self, change: Change, family: Family) -> None:
        row = self._find(family, change.key)
        self._at[family.current.tid, change.key] = None
        if row is None:
            self._note(ConflictKind.BEHIND_THE_LOG, family, change)
            return
        if row.removed_by is not None:
            self._note(ConflictKind.ROW_GONE, family, change, by=row.removed_by)
            return
        stands = True
        unkept = [
            (seq, name) for name, seqs in row.over.items() for seq in seqs if (seq, name) in self._unkept
        ]
        for name, seqs in row.over.items():
            later = tuple(seq for seq in seqs if (seq, name) not in self._unkept)
            if later:
                stands &= self._note(ConflictKind.CHANGED_SINCE, family, change, name, later[0], later)
        for name, (_, cell) in family.cells(change).items():
            if name not in row.over and cell.new is not NOT_KEPT and not same(row.value(name), cell.new):
                stands &= self._note(ConflictKind.BEHIND_THE_LOG, family, change, name)
        if stands:
            row.exists = False
            row.seqs += {seq for seq, _ in unkept if seq not in row.seqs}
            row.seqs.append(change.seq)
            self._needless.update(id(self._unkept[each]) for each in unkept)

    def _forget_needless(self) -> None:
        """Values that were not kept stand in nobody's way where the row goes."""
        if not self._needless:
            return
        left = [
            pair
            for pair in zip(self.conflicts, self.holders, strict=True)
            if id(pair[0]) not in self._needless
        ]
        self.conflicts, self.holders = [each for each, _ in left], [some for _, some in left]

    def _put_back(self, change: Change, family: Family) -> None:
        taken = self._find(family, change.key)
        row = self._new(family, change.key)
        stands = taken is None or self._note(ConflictKind.KEY_TAKEN, family, change)
        for name in family.unkept[change.tid]:
            stands &= self._note(ConflictKind.NOT_KEPT, family, change, name)
        named = family.named[change.tid]
        for name in named if self._erased else ():
            if (change.seq, name) in self._erased:
                stands &= self._note(ConflictKind.ERASED, family, change, named[name])
        if not stands:
            row.removed_by = change.seq
            return
        row.exists = True
        row.cells = {  # of which every value is kept
            named[name]: cell.old  # type: ignore[misc]
            for name, cell in change.cells.items()
            if name in named
        }
        if family.hidden:
            row.cells[family.hidden] = change.key[0]
        row.seqs.append(change.seq)

    def _put_values_back(self, change: Change, family: Family) -> None:
        row = self._moved(change, family)
        if row is None:
            self._note(ConflictKind.BEHIND_THE_LOG, family, change)
            return
        if row.removed_by is not None:
            self._note(ConflictKind.ROW_GONE, family, change, by=row.removed_by)
            return
        for name in family.gone(change):
            self._note(ConflictKind.COLUMN_GONE, family, change, name)
        done = False
        for name, (then, cell) in family.cells(change).items():
            if (change.seq, name) in self._excluded or not self._fits(row, change, name, then, cell):
                row.over.setdefault(name, []).append(change.seq)
            else:
                row.cells[name] = _known(cell.old)
                done = True
        if done:
            row.seqs.append(change.seq)

    def _fits(self, row: Row, change: Change, name: str, then: str, cell: Cell) -> bool:
        """Whether a cell may get its old value back; what stands in the way is noted."""
        family = row.family
        if cell.old is NOT_KEPT or cell.new is NOT_KEPT:
            self._note(ConflictKind.NOT_KEPT, family, change, name)
            self._unkept[change.seq, name] = self.conflicts[-1]
            return False
        if (change.seq, then) in self._erased:
            return self._note(ConflictKind.ERASED, family, change, name)
        if name in row.over:
            seqs = row.over[name]
            return self._note(ConflictKind.CHANGED_SINCE, family, change, name, seqs[0], tuple(seqs))
        if not same(row.value(name), cell.new):
            return self._note(ConflictKind.BEHIND_THE_LOG, family, change, name)
        return True

    def _note(
        self,
        kind: ConflictKind,
        family: Family,
        change: Change,
        column: str = ONLY_ROW,
        by: int | None = None,
        holders: tuple[int, ...] = (),
    ) -> bool:
        """Note what stands in the way; whether it is gone over."""
        named = change.new_key or change.key
        self.conflicts.append(Conflict(kind, family.name, named, column, change.seq, by))
        self.holders.append(holders or ((by,) if by is not None else ()))
        return self._mode is UndoMode.FORCE and kind in OVERRULED

    def _find(self, family: Family, key: Key) -> Row | None:
        """The row that had this key at this step of the walk."""
        place = (family.current.tid, key)
        if place not in self._at:
            image = self._live.get(family.current.tid, {}).get(key)
            row = None if image is None else Row(family, image, key, exists=True)
            if row is not None:
                self.rows.append(row)
            self._at[place] = row
        return self._at[place]

    def _new(self, family: Family, key: Key) -> Row:
        """A row that is gone at the step before this one."""
        self._find(family, key)
        row = Row(family, None, key, exists=False)
        self._at[family.current.tid, key] = row
        self.rows.append(row)
        return row

    def _moved(self, change: Change, family: Family) -> Row | None:
        """The row of an update, under the key it had before."""
        after = change.key if change.new_key is None else change.new_key
        row = self._find(family, after)
        if change.key != after:
            self._at[family.current.tid, after] = None
        self._at[family.current.tid, change.key] = row
        return row


def _family(seq: int, chosen: Found, others: Found) -> Family:
    return chosen.families[seq] if seq in chosen.families else others.families[seq]


def _known(value: Value | NotKept) -> Value:
    return None if isinstance(value, NotKept) else value
