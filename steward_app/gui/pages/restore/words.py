"""What the restore page says of rows, of what belongs to them, and of what stands in their way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from steward_app.db import fold
from steward_app.gui.format import age, integer, plural, shown_name, when
from steward_app.gui.pages.data.words import key_words
from steward_app.gui.pages.restore.origin import Belongs, Row, Value
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.kernel.clock import from_text
from steward_app.kernel.values import Key
from steward_app.services.erasure import Fate
from steward_app.services.restore import Answer, Conflict, ConflictKind, Kind, Outlook
from steward_app.services.rows import Cell, look_personal

_LONGEST = 40


def age_words(made_at: str) -> str:
    """How long ago a point was made; "" where its moment says that already ("yesterday 16:28")."""
    made = from_text(made_at)
    return "" if age(made) in when(made) else age(made)


def kind_words(kind: Kind, count: int) -> str:
    """A way to differ with its count: "Missing 15"."""
    word = {Kind.REMOVED: _tr("Missing"), Kind.CHANGED: _tr("Changed"), Kind.ADDED: _tr("New")}[kind]
    return f"{word} {integer(count)}"


def nothing_words(kind: Kind) -> str:
    """That no row differs so."""
    return {
        Kind.REMOVED: _tr("No row of this table is missing now."),
        Kind.CHANGED: _tr("No row of this table was changed since."),
        Kind.ADDED: _tr("No row of this table is new."),
    }[kind]


def back_words(found: Outlook, name: str) -> str:
    """What comes of it: "14 rows of visit and 486 rows that belong to them"."""
    own = fold(name)
    rows = sum(each.missing + each.overwritten for each in found.branches if fold(each.table) == own)
    rest = sum(each.missing + each.overwritten for each in found.branches) - rows
    gone = sum(each.taken_out for each in found.branches)
    if not rows + rest + gone:
        return ""
    told = _tr("{rows} of {table}").format(rows=plural(rows, _tr("row"), _tr("rows")), table=shown_name(name))
    if rest:
        belong = plural(rest, _tr("row that belongs"), _tr("rows that belong"))
        told += _tr(" and {rest} to {them}").format(rest=belong, them=_tr("it") if rows == 1 else _tr("them"))
    return told + (_tr(", {n} of now go").format(n=integer(gone)) if gone else "")


def value_words(row: Row, value: Value) -> str:
    """A value of a line: "20 Nov"; of a row that changed "status open → closed"."""
    if row.kind is not Kind.CHANGED:
        return _short(value.then)
    name = shown_name(value.column)
    return f"{name} {_short(value.then)} → {_short(value.now)}"


def belongs_words(belongs: Belongs, out: bool) -> str:
    """How many rows come along: "36 rows", "10 rows, there now"."""
    rows = plural(belongs.rows, _tr("row"), _tr("rows"))
    if out:
        return _tr("left out, of every row")
    if belongs.needed:
        return _tr("{rows}, needed by it").format(rows=rows)
    if not belongs.there:
        return rows
    if not belongs.rows:
        return _tr("{rows}, there now").format(rows=plural(belongs.there, _tr("row"), _tr("rows")))
    return _tr("{rows}, {n} more there now").format(rows=rows, n=integer(belongs.there))


def cells_words(columns: Sequence[str], cells: Sequence[Cell], hidden: Collection[str]) -> str:
    """A row in a line, without what is hidden until asked for: "kind pulse, value 73"."""
    parts = [
        f"{shown_name(name)} {_tr('hidden') if name in hidden else _short(cell)}"
        for name, cell in zip(columns, cells, strict=False)
        if cell is not None
    ]
    return ", ".join(parts)


def fate_words(fate: Fate) -> str:
    """Why a row stays out."""
    if fate is Fate.UNCERTAIN:
        return _tr("Waits for a decision")
    return _tr("Erased person, stays out")


def fate_tone(fate: Fate) -> tuple[Tone, str]:
    """How that is shown: tone and icon."""
    return (Tone.WARNING, "hourglass") if fate is Fate.UNCERTAIN else (Tone.PERSONAL, "ban")


def conflict_words(conflict: Conflict, key: Key | None, database: Path | None) -> tuple[str, str]:
    """What stands in the way: the row or rows, and the rest of the sentence.

    Args:
        key: of the one row; None where all of them are meant.
        database: whose decisions say which columns are personal.
    """
    table = shown_name(conflict.table)
    if key is not None:
        hidden = {each.column for each in look_personal(conflict.key_columns, conflict.table, database)}
        return f"{table} {key_words(key, conflict.key_columns, hidden)}", _of_one(conflict.kind)
    rows = plural(conflict.rows, _tr("row"), _tr("rows"))
    named = _tr("{rows} of {table}").format(rows=rows, table=table)
    return named, _of_one(conflict.kind) if conflict.rows == 1 else _of_many(conflict.kind)


def _of_one(kind: ConflictKind) -> str:
    return {
        ConflictKind.DIFFERS: _tr("is there now, with other values."),
        ConflictKind.NUMBER_TAKEN: _tr("has a number that another row seems to have now."),
        ConflictKind.UNIQUE_CLASH: _tr("has a value that may stand only once, and is another row's now."),
        ConflictKind.MISSING_PARENT: _tr("points to a row that is not there."),
        ConflictKind.REFUSED: _tr("is not accepted by the rules of the table as it is now."),
        ConflictKind.TABLE_GONE: _tr("belongs to a table that is gone."),
        ConflictKind.HAS_CHILDREN: _tr("would be taken out, and rows point to it now."),
        ConflictKind.ERASED: _tr("belongs to somebody who was erased since."),
    }[kind]


def _of_many(kind: ConflictKind) -> str:
    return {
        ConflictKind.DIFFERS: _tr("are there now, with other values."),
        ConflictKind.NUMBER_TAKEN: _tr("have numbers that other rows seem to have now."),
        ConflictKind.UNIQUE_CLASH: _tr("have values that may stand only once, and are other rows' now."),
        ConflictKind.MISSING_PARENT: _tr("point to rows that are not there."),
        ConflictKind.REFUSED: _tr("are not accepted by the rules of the table as it is now."),
        ConflictKind.TABLE_GONE: _tr("belong to a table that is gone."),
        ConflictKind.HAS_CHILDREN: _tr("would be taken out, and rows point to them now."),
        ConflictKind.ERASED: _tr("belong to somebody who was erased since."),
    }[kind]


def answer_words(answer: Answer) -> str:
    """An answer as a button has it."""
    return {
        Answer.KEEP: _tr("Keep what is there now"),
        Answer.OLD: _tr("Take the old values"),
        Answer.NEW_NUMBER: _tr("Give a new number"),
        Answer.LEAVE_OUT: _tr("Leave out"),
        Answer.BRING_PARENT: _tr("Bring that row, too"),
        Answer.RECREATE: _tr("Make the table again"),
    }[answer]


def _short(cell: Cell) -> str:
    text = cell_text(cell)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
