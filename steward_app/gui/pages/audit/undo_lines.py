"""What an undo would do as lines with boxes, and what turning a box leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from steward_app.db import fold
from steward_app.gui.format import plural, shown_name
from steward_app.gui.pages.audit.cell_line import CellLine
from steward_app.gui.pages.audit.read import Known, Later, Seen
from steward_app.gui.pages.audit.shown import NOTHING, Shown, key_text, shown
from steward_app.gui.pages.audit.undo_read import UndoRead
from steward_app.gui.pages.audit.words import conflict_words, done_words, row_done_words
from steward_app.gui.tokens import Tone
from steward_app.services.audit.engine.model import Key, Op
from steward_app.services.audit.undo import ONLY_ROW, Conflict, RowUndo, UndoMode

Excluded = frozenset[tuple[int, str]]
_ON, _OFF, _SOME = Qt.CheckState.Checked, Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked


@dataclass(frozen=True, slots=True)
class Ticked:
    """A line, and what it leaves out when it is unticked."""

    line: CellLine
    leaves: Excluded = frozenset()


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
    """Makes the lines of one undo."""

    def __init__(
        self, found: UndoRead, excluded: Excluded, known: Known, seen: Seen | None, *, reveal: bool
    ) -> None:
        self._found, self._excluded, self._known, self._seen = found, excluded, known, seen
        self._reveal = reveal
        self._single = seen is not None and len(found.base.rows) <= 1 and not found.base.added

    def every(self) -> tuple[Ticked, ...]:
        """All of them, in the order of the tables."""
        lines = [each for row in self._found.base.rows for each in self._row(row)]
        return (*lines, *self._conflicts(), *self._done())

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
        cells = (
            frozenset((seq, name) for seq in row.seqs for name in row.then)
            if not comes and not goes
            else whole
        )
        if comes or goes or not self._single:
            words = _tr("{row} comes back") if comes else _tr("{row} is removed") if goes else "{row}"
            name = words.format(row=self.row_name(row.table, row.before or row.after))
            state = self._state(whole | (cells if not comes and not goes else whole), all_of=whole)
            yield Ticked(
                CellLine(("row", *place), name, tick=state, head=True), whole if comes or goes else cells
            )
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
            line = CellLine(
                ("cell", *place, name), shown_name(name), old, new, changed=state is _ON, tick=state
            )
            yield Ticked(line, leaves)

    def _state(self, leaves: Excluded, *, all_of: Excluded) -> Qt.CheckState:
        if all_of <= self._excluded or (leaves - all_of and leaves - all_of <= self._excluded):
            return _OFF
        return _SOME if leaves & self._excluded else _ON

    def _conflicts(self) -> Iterator[Ticked]:
        found = self._found
        later = {**found.base.later, **found.outlook.later}
        standing = {_place(each) for each in found.outlook.conflicts}
        blocking = {_place(each) for each in found.outlook.blocking}
        known: dict[object, Conflict] = {_place(each): each for each in found.base.conflicts}
        known |= {_place(each): each for each in found.outlook.conflicts}
        for place, each in known.items():
            if (each.seq, each.column) in found.already or (each.seq, ONLY_ROW) in found.already:
                continue
            leaves = frozenset({(each.seq, each.column)}) if each.seq is not None else frozenset()
            if place not in standing and not leaves & self._excluded:
                continue
            over = place in standing and place not in blocking
            name = shown_name(each.column) if each.column else self.row_name(each.table, each.key)
            if each.column and not self._single:
                name = f"{self.row_name(each.table, each.key)}, {name}"
            tick, can = (_OFF if leaves & self._excluded else _ON), True
            if found.outlook.mode is UndoMode.SKIP:
                tick, can = _OFF, False
            elif over or not leaves:
                tick, can = _ON, False
            yield Ticked(
                CellLine(
                    ("conflict", place),
                    name,
                    self._now(each),
                    told=conflict_words(each, later),
                    tick=tick if leaves else None,
                    can_tick=can,
                    tone=Tone.WARNING if over or tick is _OFF else Tone.DANGER,
                    icon="triangle-alert" if over or tick is _OFF else "circle-x",
                ),
                leaves,
            )

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
            left = len(set(found.base.selected) - told) + len(found.already)
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
