"""What an undo would do as lines with boxes, and what turning a box leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from steward_app.db import fold
from steward_app.gui.format import plural, shown_name
from steward_app.gui.pages.audit.cell_line import CellLine
from steward_app.gui.pages.audit.read import Known, Later, Seen
from steward_app.gui.pages.audit.shown import NOTHING, Shown, key_text, shown
from steward_app.gui.pages.audit.undo_read import Excluded, Sum, UndoRead
from steward_app.gui.pages.audit.words import conflict_words, done_words, row_done_words
from steward_app.gui.tokens import Tone
from steward_app.services.audit.engine.model import Key, Op
from steward_app.services.audit.undo import ONLY_ROW, Conflict, ConflictKind, RowUndo, UndoMode

_ON, _OFF, _SOME = Qt.CheckState.Checked, Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked
_MANY = 50  # rows, from which on sums by table stand before them


@dataclass(frozen=True, slots=True)
class Ticked:
    """A line, and what it leaves out when it is unticked. `within`: the same of the whole row that it is of."""

    line: CellLine
    leaves: Excluded = frozenset()
    within: Excluded = frozenset()

    def turned(self, excluded: Excluded, *, on: bool) -> Excluded:
        """What is left out once its box was turned."""
        if not on:
            return excluded | self.leaves
        whole = frozenset((seq, ONLY_ROW) for seq, _ in self.leaves)
        if self.leaves >= whole:
            return frozenset(pair for pair in excluded if (pair[0], ONLY_ROW) not in whole)
        rest = self.within - self.leaves if whole & excluded else frozenset[tuple[int, str]]()
        return (excluded - whole - self.leaves) | rest


def done_columns(found: UndoRead, seen: Seen) -> tuple[str, ...]:
    """The columns of an update whose values are as before already."""
    if seen.entry.change.op is not Op.UPDATE:
        return ()
    seq = seen.entry.change.seq
    open_ = {fold(name) for row in found.base.rows for name in row.then}
    open_ |= {fold(each.column) for each in found.base.conflicts if (seq, each.column) not in found.already}
    if "" in open_:
        return ()  # something stands in the way of the row as such
    return tuple(name for name in seen.columns if name in seen.changed and fold(name) not in open_)


def row_done(found: UndoRead, seen: Seen) -> Later | bool | None:
    """Whether the row that came or went is as before already, and by whom; False where it is not."""
    op, whole = seen.entry.change.op, (seen.entry.change.seq, ONLY_ROW)
    if op is Op.UPDATE or (whole not in found.already and (found.base.rows or found.base.conflicts)):
        return False
    return seen.gone_by if op is Op.INSERT else seen.back_by


def undone(found: UndoRead, seen: Seen) -> bool | None:
    """Whether a change was undone: True whole, None in part, False not. Only where an undo did it."""
    if seen.entry.change.op is not Op.UPDATE:
        by = row_done(found, seen)
        return isinstance(by, Later) and by.by_undo
    back = [name for name in done_columns(found, seen) if _by_undo(seen, name)]
    if not back:
        return False
    return True if len(back) == len(seen.changed) else None


def _by_undo(seen: Seen, column: str) -> bool:
    later = seen.later.get(column)
    return later is not None and later.by_undo


class UndoLines:
    """Makes the lines of one undo, the next ones whenever they are wanted.

    Sums by table come first where there are many rows; then the rows that something stands in the way of, each with
    what that is; then all others.
    """

    def __init__(
        self, found: UndoRead, excluded: Excluded, known: Known, seen: Seen | None, *, reveal: bool
    ) -> None:
        self._found, self._excluded, self._known, self._seen = found, excluded, known, seen
        self._reveal = reveal
        self._single = seen is not None and len(found.base.rows) <= 1 and not found.base.added
        self._later = {**found.base.later, **found.outlook.later}
        self._standing = {_place(each) for each in found.outlook.conflicts}
        self._blocking = {_place(each) for each in found.outlook.blocking}
        self._by_row: dict[tuple[str, Key], list[Conflict]] = {}
        self._of_cell: dict[tuple[int, str], Conflict] = {}
        self._first = self._index()
        self._next = self._all()
        self._waiting: Ticked | None = next(self._next, None)

    def again(self, *, reveal: bool) -> UndoLines:
        """The same from the beginning, with personal values shown or hidden."""
        made = copy(self)
        made._reveal = reveal
        made._next = made._all()
        made._waiting = next(made._next, None)
        return made

    @property
    def more(self) -> bool:
        """Whether there are lines that were not taken yet."""
        return self._waiting is not None

    def take(self, most: int) -> tuple[Ticked, ...]:
        """The next of them, in their order."""
        taken: list[Ticked] = []
        while self._waiting is not None and len(taken) < most:
            taken.append(self._waiting)
            self._waiting = next(self._next, None)
        return tuple(taken)

    def _index(self) -> set[int]:
        """Put what stands in the way where it belongs; the numbers of the rows that it concerned at first."""
        found = self._found
        place_of = dict[tuple[str, int], tuple[str, Key]]()
        rows = dict[tuple[str, Key], int]()
        for number, row in enumerate(found.base.rows):
            key = row.before or row.after
            assert key is not None
            rows[row.table, key] = number
            place_of.update(((row.table, seq), (row.table, key)) for seq in row.seqs)
        known: dict[object, Conflict] = {_place(each): each for each in found.base.conflicts}
        first = set[int]()
        for at, each in {**known, **{_place(each): each for each in found.outlook.conflicts}}.items():
            if (each.seq, each.column) in found.already or (each.seq, ONLY_ROW) in found.already:
                continue
            if (
                at not in self._standing
                and not self._out(each)
                and (each.seq, each.column) not in found.erased
            ):
                continue
            place = (each.table, each.key)
            if place not in rows and each.seq is not None:
                place = place_of.get((each.table, each.seq), place)
            self._by_row.setdefault(place, []).append(each)
            if each.seq is not None and at in self._standing and at not in self._blocking:
                self._of_cell[each.seq, each.column] = each
            if at in known and place in rows:
                first.add(rows[place])
        return first

    def _out(self, conflict: Conflict) -> bool:
        """Whether what it is about was left out."""
        seq = conflict.seq
        return seq is not None and not self._excluded.isdisjoint(((seq, conflict.column), (seq, ONLY_ROW)))

    def _all(self) -> Iterator[Ticked]:
        rows = self._found.base.rows
        if len(rows) > _MANY:
            yield from map(self._sum, self._found.sums)
        told = set[tuple[str, Key]]()
        for number in sorted(self._first):
            yield from self._row_with_conflicts(rows[number], told)
        here = {(row.table, row.before or row.after) for row in rows} if self._by_row else set()
        for place, some in self._by_row.items():
            if place not in here:
                yield from self._conflicts(some, alone=True)
        for number, row in enumerate(rows):
            if number not in self._first:
                yield from self._row_with_conflicts(row, told)
        yield from self._done()

    def _row_with_conflicts(self, row: RowUndo, told: set[tuple[str, Key]]) -> Iterator[Ticked]:
        lines = list(self._row(row))
        place = (row.table, row.before or row.after or ())
        beside = (
            list(self._conflicts(self._by_row.get(place, ()), alone=False, row=row))
            if place not in told
            else []
        )
        told.add(place)
        at = 1 if lines and lines[0].line.head else 0
        yield from (*lines[:at], *beside, *lines[at:]) if at else (*lines, *beside)

    def _sum(self, of: Sum) -> Ticked:
        parts = (
            (of.changed, _tr("{rows} changed")),
            (of.came, _tr("{rows} put back")),
            (of.gone, _tr("{rows} removed")),
        )
        told = ", ".join(
            words.format(rows=plural(count, _tr("row"), _tr("rows"))) for count, words in parts if count
        )
        state = _OFF if of.leaves <= self._excluded else _ON
        if state is _ON and any((seq, ONLY_ROW) in of.leaves for seq, _ in self._excluded):
            state = _SOME
        line = CellLine(("sum", of.table), shown_name(of.table), tick=state, head=True, told=told)
        return Ticked(line, of.leaves, of.leaves)

    def _hidden(self, table: str) -> Callable[[str], bool]:
        of = self._known.table(table)
        private = {fold(name) for name in of.personal} if of is not None and not self._reveal else set()
        return lambda name: fold(name) in private

    def row_name(self, table: str, key: Key | None) -> str:
        """ "visit 312"."""
        of = self._known.table(table)
        names = of.key if of is not None and key is not None and len(of.key) == len(key) else ()
        hidden = of.personal if of is not None and not self._reveal else frozenset()
        return f"{shown_name(table)} {key_text(key or (), names, hidden)}"

    def _row(self, row: RowUndo) -> Iterator[Ticked]:
        comes, goes = row.before is None, row.after is None
        whole = frozenset((seq, ONLY_ROW) for seq in row.seqs)
        place = (row.table, row.before or row.after)
        hidden = self._hidden(row.table)
        cells = whole if comes or goes else _cells(row)
        if comes or goes or not self._single:
            words = _tr("{row} comes back") if comes else _tr("{row} is removed") if goes else "{row}"
            name = words.format(row=self.row_name(row.table, row.before or row.after))
            state = self._state(whole | cells, all_of=whole)
            yield Ticked(CellLine(("row", *place), name, tick=state, head=True), cells, cells)
        if self._single and (comes or goes):
            return  # the row itself stands above
        off = whole <= self._excluded
        for name in row.then if not goes else row.now:
            old = shown(row.now[name], hidden=hidden(name)) if not comes else NOTHING
            new = shown(row.then[name], hidden=hidden(name)) if not goes else NOTHING
            if comes or goes:
                yield Ticked(CellLine(("info", *place, name), shown_name(name), old, new, changed=not off))
                continue
            leaves = frozenset((seq, name) for seq in row.seqs)
            state = _OFF if off or leaves <= self._excluded else _ON
            over = next((self._of_cell[pair] for pair in leaves if pair in self._of_cell), None)
            yield Ticked(
                CellLine(
                    ("cell", *place, name), shown_name(name), old, new, changed=state is _ON, tick=state,
                    note=conflict_words(over, self._later) if over is not None else self._note(name),
                    tone=Tone.WARNING if over is not None else Tone.MUTED,
                ),
                leaves,
                cells,
            )  # fmt: skip

    def _note(self, column: str) -> str:
        """Where a single change was chosen, that a cell goes back with a later one."""
        seen = self._seen
        own = seen is None or seen.entry.change.op is not Op.UPDATE or not self._found.base.added
        if own or fold(column) in {fold(name) for name in seen.changed}:  # type: ignore[union-attr]
            return ""
        return _tr("with the later change")

    def _state(self, leaves: Excluded, *, all_of: Excluded) -> Qt.CheckState:
        if all_of <= self._excluded or (leaves - all_of and leaves - all_of <= self._excluded):
            return _OFF
        return _SOME if leaves & self._excluded else _ON

    def _conflicts(
        self, some: Iterable[Conflict], *, alone: bool, row: RowUndo | None = None
    ) -> Iterator[Ticked]:
        """What stands in the way of a row. `alone`: no line tells which row that is."""
        skips = self._found.outlook.mode is UndoMode.SKIP
        for each in some:
            at = _place(each)
            standing, erased = at in self._standing, (each.seq, each.column) in self._found.erased
            over = standing and at not in self._blocking
            if over and row is not None and each.seq in row.seqs and each.column in row.then:
                continue  # the line of the cell says so
            leaves = frozenset({(each.seq, each.column)}) if each.seq is not None else frozenset()
            out = self._out(each)
            tick, can = (_OFF if out or skips else _ON), not (skips or over)
            harmless = over or out or not standing
            yield Ticked(
                CellLine(
                    ("conflict", at),
                    self._conflict_name(each, alone=alone),
                    self._now(each),
                    told=conflict_words(each, self._later),
                    tick=tick if leaves and not (erased and not standing) else None,
                    can_tick=can,
                    tone=Tone.MUTED if erased and not standing else Tone.WARNING if harmless else Tone.DANGER,
                    icon="" if erased and not standing else "triangle-alert" if harmless else "circle-x",
                ),
                leaves,
                leaves | (_cells(row) if row is not None else frozenset()),
            )

    def _conflict_name(self, conflict: Conflict, *, alone: bool) -> str:
        """The column it is about; and the row, where nothing else names that."""
        columns = shown_name(conflict.column or ", ".join(conflict.constraint))
        if self._single and conflict.column:
            return columns
        if not alone and columns and conflict.kind is not ConflictKind.POINTED_TO:
            return columns
        name = self.row_name(conflict.table, conflict.key)
        return f"{name}, {columns}" if conflict.column else name

    def _now(self, conflict: Conflict) -> Shown:
        """The value that is there now, where it is the row that is looked at."""
        seen = self._seen
        if seen is None or seen.now is None or not conflict.column or conflict.seq != seen.entry.change.seq:
            return NOTHING
        if conflict.column not in seen.now:
            return NOTHING
        return shown(seen.now[conflict.column], hidden=self._hidden(conflict.table)(conflict.column))

    def _done(self) -> Iterator[Ticked]:
        """What is as before already."""
        found, seen = self._found, self._seen
        if seen is None:
            told = {seq for row in found.base.rows for seq in row.seqs}
            told |= {each.seq for each in found.base.conflicts if each.seq is not None}
            left = len(set(found.base.selected) - told) + len(
                found.already
            )  # of erased cells their lines tell
            if left:
                words = plural(left, _tr("value is as before already"), _tr("values are as before already"))
                yield Ticked(CellLine(("done",), _tr("Nothing to do"), told=words))
            return
        hidden = self._hidden(seen.entry.table)
        for name in done_columns(found, seen):
            old = shown(seen.now[name], hidden=hidden(name)) if seen.now and name in seen.now else NOTHING
            words = done_words(seen.later.get(name))
            yield Ticked(
                CellLine(("done", name), shown_name(name), old, told=words, tick=_OFF, can_tick=False)
            )
        by = row_done(found, seen)
        if by is not False:
            gone = seen.entry.change.op is Op.INSERT
            words = row_done_words(by if isinstance(by, Later) else None, gone=gone)
            name = self.row_name(seen.entry.table, seen.entry.change.primary_key or seen.entry.change.key)
            yield Ticked(CellLine(("done",), name, told=words, tick=_OFF, can_tick=False))


def _cells(row: RowUndo) -> Excluded:
    return frozenset((seq, name) for seq in row.seqs for name in row.then)


def _place(conflict: Conflict) -> object:
    return (conflict.kind, conflict.table, conflict.key, conflict.column, conflict.seq, conflict.constraint)


def counted(found: UndoRead, ticked: Mapping[object, Ticked]) -> int:
    """How many cells are ticked, where single cells of one row are; else 0."""
    lines = [each.line for each in ticked.values()]
    if any(line.head for line in lines):
        return 0
    return sum(line.tick is _ON and line.can_tick and not line.told for line in lines)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
