"""What is known of the chosen table or link, beside the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import about, integer, name_alone, plural, shown_name
from steward_app.gui.layout import Item, boxed, hbox, vbox
from steward_app.gui.pages.constraints.words import kind_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.controls import Tabs
from steward_app.gui.widgets.states import IconLabel, Pill, StateLabel
from steward_app.gui.widgets.surfaces import Inspector, KeyValueList, Value
from steward_app.gui.widgets.text import Label, Span, name, tip
from steward_app.kernel.finding import Finding
from steward_app.services.schema.check import CheckReport, ConstraintKind, constraints
from steward_app.services.schema.erd.model import Cardinality, Link
from steward_app.services.schema.model import Generated, Schema, Table, TableKind

Choose = Callable[[str], None]


class TableInspector(Inspector):
    """Details of one table in four views, or of one link."""

    def __init__(
        self,
        choose: Choose,
        open_data: Choose,
        show_broken: Choose,
        focus: Choose,
        open_rows: Callable[[Finding], None],
        change: Callable[[], None],
    ) -> None:
        super().__init__(_tr("Details of the chosen table"), width=320)
        self._open_rows, self._change = open_rows, change
        self._report: CheckReport | None = None
        self._choose, self._open_data, self._show_broken, self._focus = choose, open_data, show_broken, focus
        self._view = "links"

    def show_nothing(self, words: str) -> None:
        """No table is chosen."""
        self.show_content(Label(words, tone=Tone.MUTED, wrap=True), None)
        self.show_actions()

    def show_table(
        self,
        schema: Schema,
        table: Table,
        links: list[Link],
        count: tuple[int, bool] | None,
        report: CheckReport | None,
        comments: Mapping[tuple[str, str], str],
    ) -> None:
        """Everything about one table. `comments`: the steward's own words, by table and column."""
        self._report = report
        views = {
            "links": lambda: self._links(table, links),
            "columns": lambda: _columns(table, comments),
            "rules": lambda: self._rules(schema, table, report),
            "indexes": lambda: _indexes(table),
        }
        tabs = Tabs(
            _tr("View"),
            ("links", _tr("Links")),
            ("columns", _tr("Columns")),
            ("rules", _tr("Rules")),
            ("indexes", _tr("Indexes")),
        )
        tabs.choose(self._view)
        place = vbox(gap=0)

        def show(view: str) -> None:
            self._view = view
            while place.count():
                old = place.takeAt(0)
                if old is not None and (widget := old.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
            place.addWidget(boxed(vbox(*views[view](), gap=8)))

        tabs.chosen.connect(show)
        show(self._view)
        title = Label(name_alone(table.name), role="mono-heading", elide=True, selectable=True)
        pills = [Pill(words) for words in _badges(table)]
        items: list[Item] = [title]
        if pills:
            items.append(hbox(*pills, None, gap=6))
        if about := comments.get((table.name, ""), "") or table.comment:
            items.append(Label(about, wrap=True, selectable=True))
        if table.problem:
            items.append(Label(table.problem, tone=Tone.DANGER, wrap=True))
        items.append(_figures(table, count))
        if table.kind is TableKind.TABLE and not table.ours:
            items.append(hbox(link(_tr("Change this table"), self._change, onward=True), None))
        items += [tabs, place, None]
        self.show_content(*items)
        buttons: list[QWidget] = [
            Button(_tr("Open data"), lambda: self._open_data(table.name), icon="table-2")
        ]
        if broken_rows(report, table.name):
            buttons.append(
                Button(_tr("Show broken rows"), lambda: self._show_broken(table.name), icon="list-checks")
            )
        else:
            buttons.append(Button(_tr("Neighbours only"), lambda: self._focus(table.name), icon="crosshair"))
        self.show_actions(*buttons)

    def show_link(self, schema: Schema, chosen: Link, report: CheckReport | None) -> None:
        """Everything about one link."""
        self._report = report
        rows: list[tuple[str, Value]] = [
            (_tr("From"), (name(f"{chosen.child} ({', '.join(chosen.child_columns)})"),)),
            (_tr("To"), (name(f"{chosen.parent} ({', '.join(chosen.parent_columns)})"),)),
            (_tr("Rows here"), _end_words(chosen.child_end)),
            (_tr("Rows there"), _end_words(chosen.parent_end)),
        ]
        table = schema.table(chosen.child)
        key = None if table is None else next((k for k in table.foreign_keys if k.id == chosen.number), None)
        if chosen.inferred:
            state: QWidget = StateLabel(_tr("Not declared, but likely"), Tone.ACCENT, "circle-help")
            rows.append((_tr("How sure"), f"{chosen.confidence:.0%}"))
        elif chosen.problem:
            state = StateLabel(_tr("SQLite cannot use this link"), Tone.DANGER, "circle-x")
        elif chosen.orphans:
            state = self._orphans(chosen)
        else:
            state = StateLabel(_tr("Declared"), Tone.MUTED, "link")
        if key is not None:
            rows += [
                (_tr("On delete"), key.on_delete.lower()),
                (_tr("On update"), key.on_update.lower()),
                (_tr("Index"), (name(key.index),) if key.index else _tr("none: deleting a parent is slow")),
            ]
            if key.deferrable:
                rows.append((_tr("When checked"), key.deferrable.lower()))
        content = KeyValueList(rows, key_width=96)
        self.show_content(Label(_tr("Link"), role="heading"), state, content, None)
        self.show_actions(
            Button(_tr("Show the child"), lambda: self._choose(chosen.child)),
            Button(_tr("Show the parent"), lambda: self._choose(chosen.parent)),
        )

    def _links(self, table: Table, links: list[Link]) -> list[Item]:
        here = [one for one in links if one.parent == table.name]
        away = [one for one in links if one.child == table.name]
        items: list[Item] = [_section(_tr("Rows that point here"), len(here))]
        items += [
            self._line(one, one.child, _tr("many") if one.child_end is Cardinality.MANY else _tr("0 or 1"))
            for one in here
        ]
        if not here:
            items.append(Label(_tr("No table refers to this one."), tone=Tone.MUTED, wrap=True))
        items += [4, _section(_tr("Points to"), len(away))]
        items += [self._line(one, one.parent, _end_words(one.parent_end)) for one in away]
        if not away:
            items.append(Label(_tr("This table refers to no other."), tone=Tone.MUTED, wrap=True))
        return items

    def _line(self, one: Link, other: str, how_many: str) -> QWidget:
        columns = ", ".join(one.child_columns)
        button = link(shown_name(other, 30), lambda: self._choose(other), mono=True)
        button.setToolTip(tip(shown_name(f"{other} ({columns})")))
        row = hbox(button, None, Label(how_many, tone=Tone.MUTED), gap=8)
        below: list[Item] = [row, Label(shown_name(columns), role="mono", tone=Tone.MUTED, elide=True)]
        if one.problem:
            below.append(StateLabel(_tr("cannot work"), Tone.DANGER, "circle-x"))
        if one.orphans:
            below.append(self._orphans(one))
        elif one.inferred:
            below.append(
                Label(
                    _tr("not declared, {share} sure").format(share=f"{one.confidence:.0%}"), tone=Tone.MUTED
                )
            )
        return boxed(vbox(*below, gap=0))

    def _orphans(self, one: Link) -> QWidget:
        words = plural(one.orphans or 0, _tr("row without parent"), _tr("rows without parent"))
        found = (c for c in (self._report.constraints if self._report else ()) if c.finding is not None)
        mine = (c for c in found if (c.constraint.table, c.constraint.number) == (one.child, one.number))
        finding = next((c.finding for c in mine if c.constraint.kind is ConstraintKind.LINK), None)
        return self._broken(words, finding)

    def _broken(self, words: str, finding: Finding | None) -> QWidget:
        """How many rows break something, which leads to them."""
        if finding is None:
            return StateLabel(words, Tone.DANGER, "circle-x")
        mark = IconLabel("circle-x", Tone.DANGER, 14)
        return boxed(hbox(mark, link(words, lambda: self._open_rows(finding)), None, gap=6))

    def _rules(self, schema: Schema, table: Table, report: CheckReport | None) -> list[Item]:
        states = {c.constraint.id: c for c in report.constraints} if report else {}
        items: list[Item] = []
        for constraint in constraints(schema):
            if constraint.table != table.name:
                continue
            rows: list[Item] = [
                Label(kind_words(constraint.kind), tone=Tone.MUTED, role="small"),
                Label(name(constraint.rule), wrap=True),
            ]
            checked = states.get(constraint.id)
            if checked is not None and checked.broken_rows:
                words = plural(checked.broken_rows, _tr("row breaks it"), _tr("rows break it"))
                rows.append(self._broken(words, checked.finding))
            items.append(boxed(vbox(*rows, gap=0)))
        return items or [Label(_tr("This table declares no rules."), tone=Tone.MUTED, wrap=True)]


def broken_rows(report: CheckReport | None, table: str) -> int:
    """Rows of a table that break something, as the last check counted them."""
    if report is None:
        return 0
    return sum(checked.broken_rows for checked in report.constraints if checked.constraint.table == table)


def _figures(table: Table, count: tuple[int, bool] | None) -> QWidget:
    shown: list[Item] = []
    if count is not None:
        number, exact = count
        shown.append(_figure(integer(number) if exact else about(number), _noun(number, "row", "rows")))
    columns, indexes = len(table.columns), len(table.indexes)
    shown.append(_figure(integer(columns), _noun(columns, "column", "columns")))
    shown.append(_figure(integer(indexes), _noun(indexes, "index", "indexes")))
    return boxed(hbox(*shown, None, gap=24))


def _figure(number: str, words: str) -> QWidget:
    return boxed(vbox(Label(number, role="heading"), Label(words, tone=Tone.MUTED, role="small")))


def _noun(number: int, one: str, many: str) -> str:
    return _tr(one if number == 1 else many)


def _badges(table: Table) -> list[str]:
    return [
        words
        for words, holds in (
            (_tr("strict"), table.strict),
            (_tr("without rowid"), table.without_rowid),
            (table.module, bool(table.module)),
            (_tr("key may be empty"), table.primary_key is not None and table.primary_key.nullable),
            (_tr("no key"), table.primary_key is None),
            (_tr("odd name"), bool(table.hazards)),
        )
        if holds
    ]


def _columns(table: Table, comments: Mapping[tuple[str, str], str]) -> list[Item]:
    items: list[Item] = []
    for column in table.columns:
        if column.hidden:
            continue
        marks = [
            words
            for words, holds in (
                (_tr("key"), bool(column.key_position)),
                (_tr("rowid"), column.rowid_alias),
                (_tr("counts up"), column.autoincrement),
                (_tr("not empty"), column.not_null and not column.key_position),
                (_tr("generated"), column.generated is not Generated.NO),
                (column.collation.lower(), column.collation != "BINARY"),
            )
            if holds
        ]
        line = hbox(
            Label(name_alone(column.name), role="mono-strong" if column.key_position else "mono", elide=True),
            Label(Span(column.declared_type.lower() or _tr("any"), tone=Tone.MUTED)),
        )
        rows: list[Item] = [line]
        if marks:
            rows.append(Label(", ".join(marks), tone=Tone.MUTED, role="small", wrap=True))
        if about := comments.get((table.name, column.name), "") or column.comment:
            rows.append(Label(about, role="small", wrap=True))
        items.append(boxed(vbox(*rows, gap=0)))
    return items


def _indexes(table: Table) -> list[Item]:
    items: list[Item] = []
    for index in table.indexes:
        terms = ", ".join(
            (term.name or term.expression) + (" ↓" if term.descending else "") for term in index.columns
        )
        words = [_tr("unique")] if index.unique else []
        if index.origin != "create":
            words.append(_tr("made by a rule"))
        rows: list[Item] = [
            Label(name_alone(index.name), role="mono", elide=True),
            Label(name(terms, tone=Tone.MUTED), wrap=True),
        ]
        if index.where:
            rows.append(
                Label(_tr("only where {condition}").format(condition=index.where), tone=Tone.MUTED, wrap=True)
            )
        if words:
            rows.append(Label(", ".join(words), tone=Tone.MUTED, role="small"))
        items.append(boxed(vbox(*rows, gap=0)))
    if table.indexes:
        items.insert(0, _section(_tr("Indexes"), len(table.indexes)))
    if table.triggers:
        items += [4, _section(_tr("Triggers"), len(table.triggers))]
    items += [
        boxed(
            vbox(
                Label(name_alone(trigger.name), role="mono", elide=True),
                Label(f"{trigger.timing} {trigger.event}".lower(), tone=Tone.MUTED, role="small"),
            )
        )
        for trigger in table.triggers
    ]
    return items or [Label(_tr("This table has no indexes and no triggers."), tone=Tone.MUTED, wrap=True)]


def _section(title: str, number: int) -> QWidget:
    return boxed(hbox(Label(title, role="strong"), Label(integer(number), tone=Tone.MUTED), None, gap=6))


def _end_words(end: Cardinality) -> str:
    return {
        Cardinality.MANY: _tr("many"),
        Cardinality.NONE_OR_ONE: _tr("0 or 1"),
        Cardinality.EXACTLY_ONE: _tr("exactly 1"),
    }[end]


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
