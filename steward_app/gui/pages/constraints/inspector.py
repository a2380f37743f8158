"""What is known of the chosen constraint: what it means, the rows that break it, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from steward_app.gui.format import integer, plural, shown_name, when
from steward_app.gui.layout import Item, clear, hbox, vbox
from steward_app.gui.pages.constraints.preview import Preview
from steward_app.gui.pages.constraints.words import (
    TONES,
    kind_words,
    sentence,
    severity_words,
    state_words,
    subject_words,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell as Shown
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.states import SEVERITIES, Pill, StateLabel
from steward_app.gui.widgets.surfaces import Inspector, KeyValueList, Value
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label, name
from steward_app.kernel.finding import Finding
from steward_app.services.rows import Cell
from steward_app.services.schema.check import CheckedConstraint, ConstraintKind, ConstraintState
from steward_app.services.schema.model import ForeignKey, Schema


class ConstraintInspector(Inspector):
    """Details of one constraint, or of one finding that is about no constraint."""

    def __init__(self, open_rows: Callable[[Finding], None], show_on_map: Callable[[str], None]) -> None:
        super().__init__(_tr("Details of the chosen constraint"), width=432)
        self._open_rows, self._show_on_map = open_rows, show_on_map
        self._sql: SqlView | None = None
        self._rows_place: QVBoxLayout = vbox()
        self._how_many = Label(tone=Tone.MUTED)

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        words = _tr("Choose a line to see what it means, which rows are concerned and what can be done.")
        self.show_content(Label(words, tone=Tone.MUTED, wrap=True), None)
        self.show_actions()

    def show_constraint(
        self, checked: CheckedConstraint, schema: Schema, checked_at: datetime | None
    ) -> None:
        """Everything about one constraint; the rows that break it follow with `show_rows`."""
        tone, icon = TONES[checked.state]
        items: list[Item] = [
            hbox(
                StateLabel(state_words(checked), tone, icon), None, Pill(kind_words(checked.constraint.kind))
            ),
            Label(sentence(checked), role="heading", wrap=True, selectable=True),
        ]
        finding = checked.finding
        if finding is not None and finding.detail:
            items.append(Label(finding.detail, tone=Tone.MUTED, wrap=True))
        elif checked.reason:
            items.append(Label(_as_sentence(checked.reason), tone=Tone.MUTED, wrap=True))
        items.append(KeyValueList(_facts(checked, schema, checked_at), key_width=136))
        if finding is not None:
            items += self._of_finding(finding)
        items.append(None)
        self.show_content(*items)
        broken = checked.state is ConstraintState.BROKEN and finding is not None and finding.count
        self._offer(checked.constraint.table, finding if broken else None)

    def show_rows(self, preview: Preview, of: int) -> None:
        """The first rows, and how many there are."""
        clear(self._rows_place)
        self._rows_place.addWidget(_rows_table(preview))
        self._how_many.say(_tr("{some} of {all}").format(some=len(preview.rows), all=integer(of)))

    def show_finding(self, finding: Finding) -> None:
        """A finding about the schema itself: a broken view, an index that does nothing."""
        icon, tone = SEVERITIES[finding.severity]
        items: list[Item] = [
            hbox(
                StateLabel(severity_words(finding.severity), tone, icon), None, Pill(subject_words(finding))
            ),
            Label(finding.title, role="heading", wrap=True, selectable=True),
        ]
        if finding.detail:
            items.append(Label(finding.detail, tone=Tone.MUTED, wrap=True, selectable=True))
        items += self._of_finding(finding)
        self.show_content(*items, None)
        self._offer(finding.subject.table, finding if finding.count else None)

    def _of_finding(self, finding: Finding) -> list[Item]:
        items: list[Item] = []
        self._rows_place = vbox()  # what was shown before takes its own with it
        if finding.remedies:
            items.append(
                Banner(Tone.ACCENT, _tr("What can be done."), " ".join(finding.remedies), icon="info")
            )
        if finding.count:
            title = Label(_tr("Rows that break it"), role="strong")
            show_all = link(_tr("Open all in Data"), lambda: self._open_rows(finding))
            self._how_many = Label(tone=Tone.MUTED)
            items += [hbox(title, self._how_many, None, show_all), self._rows_place]
        if finding.query:
            self._sql = SqlView(finding.query)
            self._sql.hide()
            items.append(self._sql)
        else:
            self._sql = None
        return items

    def _offer(self, table: str, rows_of: Finding | None) -> None:
        """The ways on: to the rows of a finding, to a table on the map, to the query."""
        buttons = []
        if rows_of is not None:
            rows = plural(rows_of.count or 0, _tr("row"), _tr("rows"))
            show = Button(
                _tr("Show {rows}").format(rows=rows), lambda: self._open_rows(rows_of), icon="table-2"
            )
            buttons.append(show)
        if table:
            buttons.append(Button(_tr("On the map"), lambda: self._show_on_map(table), icon="workflow"))
        if self._sql is not None:
            buttons.append(Button(_tr("Show SQL"), self._toggle_sql, icon="code"))
        self.show_actions(*buttons)

    def _toggle_sql(self) -> None:
        if self._sql is not None:
            self._sql.setVisible(not self._sql.isVisible())


def _rows_table(preview: Preview) -> SimpleTable[tuple[Cell, ...]]:
    def shown(place: int, title: str) -> Callable[[tuple[Cell, ...]], str | Shown]:
        if title in preview.hidden:
            return lambda row: Shown(
                _tr("hidden"), tone=Tone.PERSONAL, icon="eye-off", icon_tone=Tone.PERSONAL
            )
        if title in preview.concerned:
            return lambda row: Shown(cell_text(row[place]), tone=Tone.DANGER, bold=True)
        return lambda row: cell_text(row[place])

    columns = [Column(shown_name(title), shown(place, title)) for place, title in enumerate(preview.columns)]
    table: SimpleTable[tuple[Cell, ...]] = SimpleTable(_tr("Rows that break it"), columns, side=8)
    table.set_rows(preview.rows)
    table.show_whole()
    return table


def _facts(
    checked: CheckedConstraint, schema: Schema, checked_at: datetime | None
) -> list[tuple[str, Value]]:
    constraint = checked.constraint
    facts: list[tuple[str, Value]] = [
        (_tr("Table"), (name(constraint.table),)),
        (_tr("Rule"), (name(constraint.rule),)),
    ]
    if constraint.name:
        facts.append((_tr("Name"), (name(constraint.name),)))
    table = schema.table(constraint.table)
    if constraint.kind is ConstraintKind.LINK and table is not None:
        key = next(key for key in table.foreign_keys if key.id == constraint.number)
        facts.append((_tr("When a parent goes"), _deletes(key)))
        facts.append(
            (_tr("Index"), (name(key.index),) if key.index else _tr("none: deleting a parent is slow"))
        )
    facts.append((_tr("Held by SQLite"), constraint.enforcement))
    if checked.rows_checked is not None:
        facts.append((_tr("Rows checked"), integer(checked.rows_checked)))
    if checked_at is not None and checked.state is not ConstraintState.NOT_CHECKED:
        facts.append((_tr("Last check"), when(checked_at)))
    return facts


def _deletes(key: ForeignKey) -> str:
    return {
        "CASCADE": _tr("its rows here are deleted too"),
        "SET NULL": _tr("the link is emptied"),
        "SET DEFAULT": _tr("the link gets its default"),
        "RESTRICT": _tr("SQLite refuses, at once"),
    }.get(key.on_delete, _tr("SQLite refuses"))


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _tr(text: str) -> str:
    return QCoreApplication.translate("constraints", text)
