"""What a column holds, beside the table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, locale, percent, shown_name
from steward_app.gui.layout import Item, hbox
from steward_app.gui.pages.data.words import filter_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.lists import Bar, BarList
from steward_app.gui.widgets.surfaces import Inspector, KeyValueList, Value
from steward_app.gui.widgets.text import Label, name
from steward_app.services.rows import ColumnStatistics, Condition, Filter, Operator, Preview

_LONGEST = 80


class ColumnView(Inspector):
    """Counts, extremes and the most frequent values of one column.

    Args:
        narrow: show only the rows that meet a condition.
    """

    def __init__(self, close: Callable[[], None], narrow: Callable[[Condition], None]) -> None:
        super().__init__(_tr("What the column holds"), width=376)
        self._close, self._narrow = close, narrow

    def show_statistics(self, table: str, found: ColumnStatistics, chosen: Filter) -> None:
        """Everything that was counted, of the rows that the filter left."""
        close = Button(_tr("Close"), self._close, kind=Kind.PLAIN_ICON, icon="x", small=True)
        items: list[Item] = [hbox(Label(shown_name(found.column), role="mono-heading", elide=True), close)]
        which = _tr(", rows with {filter}").format(filter=filter_words(chosen, ())) if chosen else ""
        items.append(Label(name(table), which, tone=Tone.MUTED, wrap=True))
        if found.sampled:
            words = _tr("From {n} rows spread over the table, of {all}.")
            items.append(
                Label(words.format(n=integer(found.rows), all=found.of_rows.text), tone=Tone.MUTED, wrap=True)
            )
        items.append(KeyValueList(_facts(found), key_width=128))
        if found.top:
            items += [Label(_tr("Most frequent values"), role="strong"), self._bars(found)]
        self.show_content(*items, None)

    def _bars(self, found: ColumnStatistics) -> BarList:
        bars = BarList(_tr("Most frequent values; Enter shows their rows"))
        bars.set_items(
            [
                Bar(str(place), cell_text(top.value)[:_LONGEST], float(top.rows), integer(top.rows))
                for place, top in enumerate(found.top)
            ]
        )
        bars.opened.connect(lambda key: self._show_rows(found, int(key)))
        return bars

    def _show_rows(self, found: ColumnStatistics, place: int) -> None:
        value = found.top[place].value
        if value is not None and not isinstance(value, Preview):
            self._narrow(Condition(found.column, Operator.EQUAL, (value,)))


def _facts(found: ColumnStatistics) -> list[tuple[str, Value]]:
    facts: list[tuple[str, Value]] = [
        (_tr("Rows looked at"), integer(found.rows)),
        (_tr("Empty"), _share(found.empty, found.rows)),
        (_tr("Different values"), found.distinct.figure),
    ]
    facts += [
        (_tr("Stored as {kind}").format(kind=storage.value), _share(rows, found.rows))
        for storage, rows in found.storages
        if storage.value != "null"
    ]
    if found.smallest is not None:
        facts.append((_tr("Smallest"), cell_text(found.smallest)))
        facts.append((_tr("Largest"), cell_text(found.largest)))
    if found.mean is not None:
        facts.append((_tr("Mean of numbers"), locale().toString(found.mean, "g", 6)))
    if found.shortest is not None and found.longest is not None:
        facts.append((_tr("Length"), f"{integer(found.shortest)} – {integer(found.longest)}"))
    return facts


def _share(part: int, whole: int) -> str:
    return f"{integer(part)} ({percent(part, whole)})" if part and whole else integer(part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
