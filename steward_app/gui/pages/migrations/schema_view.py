"""The texts of the schema before and after, side by side or one below the other, with marks on what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from PySide6.QtCore import QEvent
from PySide6.QtGui import QTextFormat
from PySide6.QtWidgets import QTextEdit, QWidget

from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.look import colour
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.text import visible_code
from steward_app.services.migrate.rehearsal.model import Report

_BESIDE, _BELOW, _SQL = "beside", "below", "sql"
_MOST_LINES, _MOST_TABLES, _MOST_SQL = 28, 20, 100_000
_GONE, _NEW, _SAME, _NONE = "-", "+", " ", ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one side, with its mark: gone, new, the same, or none of this side."""

    text: str
    mark: str


def compared(before: str, after: str) -> tuple[tuple[Line, Line], ...]:
    """Two texts line by line, each beside the one it became."""
    old, new = before.split("\n") if before else [], after.split("\n") if after else []
    return tuple(_pairs(old, new))


def one_below_the_other(pairs: Sequence[tuple[Line, Line]]) -> tuple[Line, ...]:
    """The same in one column: what is gone stands above what came."""
    lines: list[Line] = []
    came: list[Line] = []
    for old, new in pairs:
        if old.mark == _SAME:
            lines += [*came, old]
            came = []
            continue
        lines += [old] if old.mark else []
        came += [new] if new.mark else []
    return (*lines, *came)


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[Line, Line]]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ((Line(text, _SAME), Line(text, _SAME)) for text in old[a:b])
            continue
        for at in range(max(b - a, d - c)):
            left = Line(old[a + at], _GONE) if a + at < b else Line("", _NONE)
            right = Line(new[c + at], _NEW) if c + at < d else Line("", _NONE)
            yield left, right


class DiffView(SqlView):
    """Lines with a mark each, on a tint where they came or went."""

    def __init__(self, what: str, lines: Sequence[Line]) -> None:
        self._lines = tuple(Line(visible_code(line.text), line.mark) for line in lines)
        marked = "\n".join(f"{line.mark or ' '} {line.text}" for line in self._lines)
        super().__init__(marked, name=what, most_lines=_MOST_LINES)
        self._tint()

    def _tint(self) -> None:
        tints = {_GONE: "danger_tint", _NEW: "success_tint", _NONE: "hover"}
        selections = []
        for number, line in enumerate(self._lines):
            if line.mark not in tints:
                continue
            chosen = QTextEdit.ExtraSelection()
            chosen.format.setBackground(colour(tints[line.mark]))
            chosen.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            cursor = self.textCursor()
            cursor.setPosition(self.document().findBlockByNumber(number).position())
            chosen.cursor = cursor
            selections.append(chosen)
        self.setExtraSelections(selections)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_lines"):
            self._tint()


class SchemaCard(Card):
    """What becomes of the schema, and the SQL that does it."""

    def __init__(self) -> None:
        self.ways = Segments(
            tr("How the schema is shown"),
            (_BESIDE, tr("Side by side")),
            (_BELOW, tr("One below the other")),
            (_SQL, tr("SQL that runs")),
        )
        self._inner = vbox(gap=8)
        self._how_many = Label(tone=Tone.MUTED)
        head = Flow(Label(tr("Schema"), role="heading"), self._how_many, None, self.ways, gap=8)
        super().__init__("", boxed(head), boxed(self._inner))
        self.setAccessibleName(tr("Schema"))
        self.ways.chosen.connect(lambda _: self._show())
        self._report: Report | None = None
        self._statements: tuple[str, ...] = ()

    def show_schema(self, report: Report | None, statements: Sequence[str]) -> None:
        """Show what a rehearsal found; without one, the SQL alone."""
        self._report, self._statements = report, tuple(statements)
        if report is not None:
            changed = sum(each.sql_before != each.sql_after for each in report.tables)
            words = plural(len(report.tables), tr("table changes"), tr("tables change"))
            self._how_many.say(tr("{some} of {words}").format(some=integer(changed), words=words))
        else:
            self._how_many.say(plural(len(self._statements), tr("statement"), tr("statements")))
        self.ways.setVisible(report is not None)
        self._show()

    def _show(self) -> None:
        clear(self._inner)
        if self._report is None or self.ways.value == _SQL:
            self._show_sql()
            return
        changed = [each for each in self._report.tables if each.sql_before != each.sql_after]
        for table in changed[:_MOST_TABLES]:
            pairs = compared(_text(table.sql_before), _text(table.sql_after))
            self._inner.addWidget(Label(name(table.title, bold=True)))
            self._inner.addWidget(self._diff(table.title, pairs))
        others = [change.sentence for change in self._report.schema.changes if change.subject.kind == "view"]
        for sentence in others[:_MOST_TABLES]:
            self._inner.addWidget(Label(shown_name(sentence), wrap=True))
        if rest := max(0, len(changed) - _MOST_TABLES) + max(0, len(others) - _MOST_TABLES):
            more = tr("{n} more change. The SQL that runs shows all of it.").format(n=integer(rest))
            self._inner.addWidget(Label(more, tone=Tone.MUTED, wrap=True))
        if not changed and not others:
            self._inner.addWidget(Label(tr("The schema stays as it is."), tone=Tone.MUTED, wrap=True))

    def _diff(self, table: str, pairs: Sequence[tuple[Line, Line]]) -> QWidget:
        shown = shown_name(table)
        if self.ways.value == _BELOW:
            return DiffView(tr("Schema of {table}").format(table=shown), one_below_the_other(pairs))
        old = DiffView(tr("{table} before").format(table=shown), [left for left, _ in pairs])
        new = DiffView(tr("{table} after").format(table=shown), [right for _, right in pairs])
        _together(old, new)
        row = hbox(
            vbox(Label(tr("Before"), role="small", tone=Tone.MUTED), old, None, gap=2),
            vbox(Label(tr("After"), role="small", tone=Tone.MUTED), new, None, gap=2),
            gap=1,
        )
        row.setStretch(0, 1)
        row.setStretch(1, 1)
        return boxed(row)

    def _show_sql(self) -> None:
        whole = ";\n\n".join(each.rstrip().removesuffix(";") for each in self._statements)
        whole += ";" if whole else ""
        view = SqlView(whole[:_MOST_SQL], name=tr("SQL that runs"), most_lines=_MOST_LINES)
        self._inner.addWidget(view)
        if len(whole) > _MOST_SQL:
            words = tr("The beginning is shown. Open the file to see all of it.")
            self._inner.addWidget(Label(words, tone=Tone.MUTED, wrap=True))


def _together(one: SqlView, other: SqlView) -> None:
    """Both scroll as one."""

    def follow(view: SqlView) -> Callable[[int], None]:
        return lambda value: view.verticalScrollBar().setValue(value)

    one.verticalScrollBar().valueChanged.connect(follow(other))
    other.verticalScrollBar().valueChanged.connect(follow(one))


def _text(statements: Sequence[str]) -> str:
    return ";\n".join(statements)
