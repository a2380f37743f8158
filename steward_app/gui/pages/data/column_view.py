"""What a column holds, beside the table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.gui.format import integer, locale, percent, shown_name
from steward_app.gui.layout import Item, hbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.lists import Bar, BarList
from steward_app.gui.widgets.surfaces import Inspector, KeyValueList, Value
from steward_app.gui.widgets.text import Label, name
from steward_app.services.rows import ColumnStatistics


class ColumnView(Inspector):
    """Counts, extremes and the most frequent values of one column."""

    def __init__(self, close: Callable[[], None]) -> None:
        super().__init__(_tr("What the column holds"), width=368)
        self._close = close

    def show_statistics(self, table: str, found: ColumnStatistics) -> None:
        """Everything that was counted."""
        close = Button(_tr("Close"), self._close, kind=Kind.PLAIN_ICON, icon="x", small=True)
        title = Label(name(found.column, bold=True), role="mono-heading", elide=True)
        items: list[Item] = [hbox(title, close), Label(shown_name(table), tone=Tone.MUTED, elide=True)]
        if found.sampled:
            words = _tr("From {n} rows spread over the table, of {all}.")
            items.append(
                Label(words.format(n=integer(found.rows), all=found.of_rows.text), tone=Tone.MUTED, wrap=True)
            )
        items.append(KeyValueList(_facts(found), key_width=128))
        if found.top:
            items.append(Label(_tr("Most frequent values"), role="strong"))
            bars = BarList(_tr("Most frequent values"))
            bars.set_items(
                [
                    Bar(str(place), cell_text(top.value)[:80], float(top.rows), integer(top.rows))
                    for place, top in enumerate(found.top)
                ]
            )
            items.append(bars)
        self.show_content(*items, None)


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
