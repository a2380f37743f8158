"""The texts of the schema before and after, side by side or one below the other, with marks on what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from steward_app.db.script import ended
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.pages.schema_map.before_after import ChangesMap
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.sql_diff import Line, SqlDiff, compared, one_below_the_other
from steward_app.gui.widgets.surfaces import Card
from steward_app.gui.widgets.text import Label, Part, muted, name
from steward_app.services.migrate.rehearsal.model import Report

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage

_BESIDE, _BELOW, _MAP, _SQL = "beside", "below", "map", "sql"
_MOST_LINES, _MOST_SHOWN, _MOST_SQL = 28, 20, 100_000


class SchemaCard(Card):
    """What becomes of the schema, and the SQL that does it."""

    def __init__(self, page: MigrationsPage) -> None:
        self.ways = Segments(
            tr("How the schema is shown"),
            (_BESIDE, tr("Side by side")),
            (_BELOW, tr("One below the other")),
            (_MAP, tr("Map")),
            (_SQL, tr("SQL that runs")),
        )
        self._inner = vbox(gap=8)
        self.map = ChangesMap(page)
        self._how_many = Label(tone=Tone.MUTED)
        head = Flow(Label(tr("Schema"), role="heading"), self._how_many, None, self.ways, gap=8)
        super().__init__("", boxed(head), boxed(self._inner), self.map)
        self.setAccessibleName(tr("Schema"))
        self.ways.chosen.connect(lambda _: self._show())
        self._report: Report | None = None
        self._statements: tuple[str, ...] = ()
        self._text = ""

    def show_schema(self, report: Report | None, statements: Sequence[str], text: str = "") -> None:
        """Show what a rehearsal found; without one, the SQL alone.

        Args:
            statements: what runs, where that is known.
            text: the file as it is written, where it is not.
        """
        self._report, self._statements, self._text = report, tuple(statements), text
        if report is not None:
            changed = _changed(report)
            views = sum(bool(each.kind) for each in changed)
            words = plural(len(report.tables), tr("table changes"), tr("tables change"))
            words = tr("{some} of {words}").format(some=integer(len(changed) - views), words=words)
            more = plural(views, tr("view changes"), tr("views change"))
            self._how_many.say(tr("{words}, {more}").format(words=words, more=more) if views else words)
        elif text:
            self._how_many.say(tr("as the file has it"))
        else:
            self._how_many.say(plural(len(self._statements), tr("statement"), tr("statements")))
        self.ways.setVisible(report is not None)
        self._show()

    def _show(self) -> None:
        clear(self._inner)
        diagram = self._report.map if self._report is not None else None
        mapped = diagram is not None and bool(diagram.boxes) and self.ways.value == _MAP
        self.map.setVisible(mapped)
        if diagram is not None and mapped:
            self.map.show_map(diagram)
            return
        if self._report is None or self.ways.value == _SQL:
            self._show_sql()
            return
        changed = _changed(self._report)
        if self.ways.value == _MAP and changed and all(each.kind for each in changed):
            words = tr("No table and no link changes. What does is shown side by side.")
            self._inner.addWidget(Label(words, tone=Tone.MUTED, wrap=True))
            return
        for each in changed[:_MOST_SHOWN]:
            self._inner.addWidget(Label(*each.heading))
            self._inner.addWidget(self._diff(each.name, compared(_text(each.before), _text(each.after))))
        others = _in_words(self._report)
        for sentence in others[:_MOST_SHOWN]:
            self._inner.addWidget(Label(shown_name(sentence), wrap=True))
        if rest := max(0, len(changed) - _MOST_SHOWN) + max(0, len(others) - _MOST_SHOWN):
            more = tr("{n} more change. The SQL that runs shows all of it.").format(n=integer(rest))
            self._inner.addWidget(Label(more, tone=Tone.MUTED, wrap=True))
        if not changed and not others:
            self._inner.addWidget(Label(tr("The schema stays as it is."), tone=Tone.MUTED, wrap=True))

    def _diff(self, table: str, pairs: Sequence[tuple[Line, Line]]) -> QWidget:
        shown = shown_name(table)
        if self.ways.value == _BELOW:
            return _shown(tr("Schema of {table}").format(table=shown), one_below_the_other(pairs))
        old = _shown(tr("{table} before").format(table=shown), [left for left, _ in pairs])
        new = _shown(tr("{table} after").format(table=shown), [right for _, right in pairs])
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
        whole = self._text.rstrip() or "\n\n".join(map(ended, self._statements))
        view = SqlView(whole[:_MOST_SQL], name=tr("SQL that runs"), most_lines=_MOST_LINES)
        self._inner.addWidget(view)
        if len(whole) > _MOST_SQL:
            words = tr("The beginning is shown. Open the file to see all of it.")
            self._inner.addWidget(Label(words, tone=Tone.MUTED, wrap=True))


@dataclass(frozen=True, slots=True)
class _Changed:
    """A table or view whose text, or that of its indexes and triggers, is another one."""

    name: str
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def heading(self) -> tuple[Part, ...]:
        return (name(self.name, bold=True), *((muted(f"  {self.kind}"),) if self.kind else ()))


def _changed(report: Report) -> list[_Changed]:
    tables = (_Changed(each.title, "", each.sql_before, each.sql_after) for each in report.tables)
    views = (_Changed(each.name, tr("view"), each.sql_before, each.sql_after) for each in report.views)
    return [each for each in (*tables, *views) if each.before != each.after]


def _in_words(report: Report) -> list[str]:
    """Views that do other things with the same text, and those of reports that hold no text of them."""
    in_text = {each.name for each in _changed(report)}
    changes = (each for each in report.schema.changes if each.subject.kind == "view")
    silent = (
        tr("The view “{name}” has the same text and gives or reads other columns.").format(name=each.name)
        for each in report.views
        if each.silently
    )
    return [*silent, *(each.sentence for each in changes if each.subject.table not in in_text)]


def _shown(what: str, lines: Sequence[Line]) -> SqlDiff:
    view = SqlDiff(what, most_lines=_MOST_LINES)
    view.show_lines(lines)
    return view


def _together(one: SqlView, other: SqlView) -> None:
    """Both scroll as one."""

    def follow(view: SqlView) -> Callable[[int], None]:
        return lambda value: view.verticalScrollBar().setValue(value)

    one.verticalScrollBar().valueChanged.connect(follow(other))
    other.verticalScrollBar().valueChanged.connect(follow(one))


def _text(statements: Sequence[str]) -> str:
    return "\n".join(map(ended, statements))
