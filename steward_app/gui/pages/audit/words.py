"""What the views of the history say of changes, writers and what stands in the way of an undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import day, integer, plural, shown_name, time, when
from steward_app.gui.pages.audit.line_list import Line
from steward_app.gui.pages.audit.read import Known, Later, Span
from steward_app.gui.pages.audit.shown import key_text
from steward_app.services.audit.engine.model import Change, Op, Txn
from steward_app.services.audit.past.history import Entry
from steward_app.services.audit.past.history_groups import Group
from steward_app.services.audit.past.missed import Missed
from steward_app.services.audit.past.moments import from_milliseconds
from steward_app.services.audit.past.recycle_bin import Deleted
from steward_app.services.audit.undo import Conflict, ConflictKind, LaterChange, UndoMode

_ICONS = {Op.INSERT: "plus", Op.UPDATE: "pencil", Op.DELETE: "trash-2", Op.DISPLACED: "arrow-left-right"}


def op_word(op: Op) -> str:
    """What happened to a row."""
    return {
        Op.INSERT: _tr("Added"),
        Op.UPDATE: _tr("Changed"),
        Op.DELETE: _tr("Deleted"),
        Op.DISPLACED: _tr("Replaced"),
    }[op]


def writer_words(writer: Txn | None) -> str:
    """Who it was: "M. Holt, Data Steward", "unknown writer"."""
    if writer is None:
        return _tr("unknown writer")
    return shown_name(", ".join(part for part in (writer.actor, writer.application) if part)) or _tr(
        "unknown writer"
    )


def actor_words(writer: Txn | None) -> str:
    """The name alone."""
    return shown_name(writer.actor) if writer is not None and writer.actor else _tr("unknown writer")


def by_words(writer: Txn | None) -> str:
    """ "by M. Holt, Data Steward"."""
    return _tr("by {writer}").format(writer=writer_words(writer))


def cells_words(change: Change) -> str:
    """How many cells it concerns: "3 cells"."""
    return plural(len(change.cells), _tr("cell"), _tr("cells"))


def row_words(table: str, change: Change, known: Known, *, reveal: bool) -> str:
    """Which row it is: "visit 312"."""
    of = known.table(table)
    names = of.key if of is not None else ()
    key = change.primary_key if names and len(change.primary_key) == len(names) else change.key
    hidden = of.personal if of is not None and not reveal else frozenset()
    told = key_text(key, names if len(key) == len(names) else (), hidden)
    return f"{shown_name(table)} {told}"


def title_of(entry: Entry) -> str:
    """What was done: "Undo", or what happened to the row."""
    return _tr("Undo") if entry.writer is not None and entry.writer.undo_of else op_word(entry.change.op)


def entry_line(entry: Entry, known: Known, *, reveal: bool, with_row: bool) -> Line:
    """A line for one change."""
    undo = entry.writer is not None and bool(entry.writer.undo_of)
    about = cells_words(entry.change)
    if with_row:
        about = f"{row_words(entry.table, entry.change, known, reveal=reveal)}, {about}"
    return _line(
        entry.change.seq,
        entry,
        "undo-2" if undo else _ICONS[entry.change.op],
        op_word(entry.change.op) if undo and with_row else title_of(entry),
        about,
        entry.change.at,
        entry.writer,
    )


def group_line(group: Group, known: Known, *, reveal: bool) -> Line:
    """A line for what was done at once."""
    if group.changes == 1:
        line = entry_line(group.newest, known, reveal=reveal, with_row=True)
        return replace(line, item=group, title=title_of(group.newest))
    undo = group.writer is not None and bool(group.writer.undo_of)
    counts = _by_op(group)
    op = max(counts, key=lambda each: counts[each])
    return _line(
        group.last_seq,
        group,
        "undo-2" if undo else _ICONS[op],
        _tr("Undo") if undo else _done_words(counts),
        _where_words(group, counted=undo or len(counts) == 1),
        group.newest.change.at,
        group.writer,
    )


def _by_op(group: Group) -> dict[Op, int]:
    counts: dict[Op, int] = {}
    for _, op, count in group.counts:
        counts[op] = counts.get(op, 0) + count
    return counts


def _done_words(counts: Mapping[Op, int]) -> str:
    """ "Deleted", or "Deleted 45, changed 3" where it was not all the same."""
    if len(counts) == 1:
        return op_word(next(iter(counts)))
    ops = sorted(counts, key=lambda each: -counts[each])
    words = ", ".join(f"{op_word(op).lower()} {integer(counts[op])}" for op in ops)
    return words[:1].upper() + words[1:]


def _where_words(group: Group, *, counted: bool) -> str:
    """ "6 rows in 2 tables"; "patient, 50,000 changes" where it is not known how many rows these are of."""
    tables = group.tables
    where = plural(len(tables), _tr("table"), _tr("tables")) if len(tables) > 1 else shown_name(tables[0])
    if not counted:
        return _tr("in {where}").format(where=where)
    rows = group.changes if group.rows is None and Op.UPDATE not in group.ops else group.rows
    if rows is None:
        changes = plural(group.changes, _tr("change"), _tr("changes"))
        return _tr("{where}, {changes}").format(where=where, changes=changes)
    return _tr("{rows} in {where}").format(rows=plural(rows, _tr("row"), _tr("rows")), where=where)


def deleted_line(row: Deleted, known: Known, *, reveal: bool) -> Line:
    """A line for a row that is not there any more."""
    return _line(
        row.change.seq,
        row,
        _ICONS[row.change.op],
        op_word(row.change.op),
        row_words(row.table, row.change, known, reveal=reveal),
        row.change.at,
        row.writer,
    )


def missed_line(one: Missed) -> Line:
    """A line for what the log missed, where it was found."""
    moment = from_milliseconds(one.at_ms)
    about, second = one.sentence, _tr("Found {day}")
    if one.rows:
        rows = plural(len(one.rows), _tr("row"), _tr("rows"))
        about = _tr("{rows} of {table} {how}").format(
            rows=rows, table=shown_name(one.table), how=_ways_words(one.how)
        )
        second = _tr("Behind the log's back, found {day}")
    elif one.taken:
        about = _tr("{changes} taken out").format(changes=plural(one.taken, _tr("change"), _tr("changes")))
        second = _tr("Out of the log, found {day}")
    title, day_words = _tr("Gap"), second.format(day=day(moment))
    return Line(one.seq, one, "triangle-alert", title, about, time(moment, to_second=True), day_words)


def missed_words(one: Missed) -> str:
    """What the log missed, in a sentence without its full stop."""
    if one.rows:
        rows = plural(len(one.rows), _tr("row"), _tr("rows"))
        return _tr("{rows} of {table} {how} behind the log's back").format(
            rows=rows, table=shown_name(one.table), how=_ways_words(one.how)
        )
    if one.taken:
        changes = plural(one.taken, _tr("change"), _tr("changes"))
        return _tr("{changes} taken out of the log before a seal was made").format(changes=changes)
    return one.sentence


def _ways_words(how: str) -> str:
    return {"changed": _tr("changed"), "added": _tr("added"), "removed": _tr("removed")}.get(
        how, _tr("changed, added or removed")
    )


def begin_line(moment_ms: int) -> Line:
    """The end of a row's line: what was before is not in the log."""
    moment = from_milliseconds(moment_ms)
    return Line("begin", None, "clock", _tr("History begins"), "", time(moment), day(moment))


def _line(seq: int, item: object, icon: str, title: str, about: str, at: int, writer: Txn | None) -> Line:
    moment = from_milliseconds(at)
    second = _tr("{day}, by {writer}").format(day=day(moment), writer=writer_words(writer))
    return Line(seq, item, icon, title, about, time(moment, to_second=True), second)


def span_words(span: Span) -> str:
    """ "Transaction 88,214", "A statement by an unknown writer"."""
    if span.writer is None:
        return _tr("A statement of an unknown writer")
    return _tr("Transaction {n}").format(n=integer(span.writer.txn))


# What stands in the way of an undo


def mode_words(mode: UndoMode) -> str:
    """What becomes of later changes that stand in the way."""
    return {
        UndoMode.STRICT: _tr("All or nothing"),
        UndoMode.SKIP: _tr("Leave out what stands in the way"),
        UndoMode.DEPENDENT: _tr("Undo the later changes, too"),
        UndoMode.FORCE: _tr("Put old values back over later ones"),
    }[mode]


def conflict_words(conflict: Conflict, later: Mapping[int, LaterChange]) -> str:
    """Why something cannot be undone as it is, and who made the later change."""
    other = shown_name(conflict.other_table)
    columns = shown_name(", ".join(conflict.constraint))
    words = {
        ConflictKind.CHANGED_SINCE: _tr("Changed since"),
        ConflictKind.ROW_GONE: _tr("The row was deleted since"),
        ConflictKind.BEHIND_THE_LOG: _tr("Not as the log left it: something changed it unseen"),
        ConflictKind.KEY_TAKEN: _tr("Another row has its key now"),
        ConflictKind.UNIQUE_CLASH: _tr("Another row has the same {columns} now"),
        ConflictKind.MISSING_PARENT: _tr("It would point to a row of {other} that is gone"),
        ConflictKind.MISSING_THEN: _tr("It would point to no row of {other}, as it did before"),
        ConflictKind.POINTED_TO: _tr("Rows of {other} point to this one"),
        ConflictKind.NOT_KEPT: _tr("Changed, value not kept"),
        ConflictKind.ERASED: _tr("Erased since; it does not come back"),
        ConflictKind.NOT_AUDITED: _tr("The audit does not watch the table now"),
        ConflictKind.COLUMN_GONE: _tr("The table has no such column any more"),
        ConflictKind.RENUMBERED: _tr("Its rows may have other numbers since"),
    }[conflict.kind].format(other=other, columns=columns)
    made = later.get(conflict.by) if conflict.by is not None else None
    if made is None:
        return words
    who = shown_name(made.actor) if made.actor else _tr("an unknown writer")
    return _tr("{words}, by {who}, {when}").format(
        words=words, who=who, when=when(from_milliseconds(made.at_ms))
    )


def done_words(later: Later | None) -> str:
    """That a cell is as before already, and since when."""
    if later is None:
        return _tr("As it was before already")
    moment = when(from_milliseconds(later.change.at))
    if later.by_undo:
        return _tr("Already put back, {when}").format(when=moment)
    who = actor_words(later.writer)
    return _tr("As it was before again, {when}, by {who}").format(when=moment, who=who)


def row_done_words(later: Later | None, *, gone: bool) -> str:
    """That a row is gone, or there again, already; and since when."""
    words = _tr("The row is gone already") if gone else _tr("The row is there again")
    if later is None:
        return words
    moment = when(from_milliseconds(later.change.at))
    if later.by_undo:
        back = _tr("Already undone, {when}")
        return back.format(when=moment)
    return _tr("{words}, {when}, by {who}").format(words=words, when=moment, who=actor_words(later.writer))


def listed(names: Collection[str]) -> str:
    """Names in a sentence."""
    return ", ".join(map(shown_name, names))


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
