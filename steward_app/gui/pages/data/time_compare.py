"""Two moments of a table compared: which rows came, went and changed, and what they held at either."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import Message
from steward_app.gui.format import integer, plural, shown_name, size
from steward_app.gui.layout import fix, vbox
from steward_app.gui.pages.data.narrow import Narrow
from steward_app.gui.pages.data.time_past import comparing
from steward_app.gui.pages.data.time_words import is_now, read_moment, told, written
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, link
from steward_app.gui.widgets.cells import Cell, name_cell, state_cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Segments, TextField
from steward_app.gui.widgets.grid.text import cell_text
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import FootBar, Toolbar
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.audit.past.compare import Differing, Kind
from steward_app.services.audit.past.compare_export import export_comparison
from steward_app.services.audit.past.moments import Moment
from steward_app.services.rows import Cell as Value
from steward_app.services.rows import Export, Exported, Preview, hidden_columns
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage
    from steward_app.gui.pages.data.time_travel import TimeTravel

AT_ONCE = 1_000
_STACKED_BELOW = 860
_COMPACT_BELOW = 900
_PILL = 16  # a longer value has no room for a tint around it
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the rows that differ.

    Attributes:
        later: the moment that was compared with, so that more of the same can be read.
        all: how many there are of each kind.
    """

    earlier: Moment
    later: Moment
    columns: tuple[str, ...]
    all: dict[Kind, int]
    rows: tuple[Differing, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of a row at both moments; None and `there` False where the row was not there."""

    column: str
    before: Value
    after: Value
    there: tuple[bool, bool]
    differs: bool
    hidden: bool


class TimeCompare(QWidget):
    """The list at the left, the chosen row before and after beside it. Esc leads back to the rows."""

    def __init__(self, page: DataPage, travel: TimeTravel) -> None:
        super().__init__()
        self._page, self._travel = page, travel
        self.wanted = False
        self.until: datetime | None = None
        self.found: Found | None = None
        self._reading: JobHandle | None = None
        self._hidden: frozenset[str] = frozenset()
        self._build()
        self.list.chosen.connect(self._show_row)
        self.list.opened.connect(self._open_row)
        self.kinds.chosen.connect(lambda key: self._read())
        self.field.returnPressed.connect(self._typed)

    def _build(self) -> None:
        self.back = Button(_tr("Back to the rows"), self.leave, icon="arrow-left")
        self.kinds = Segments(_tr("Which rows"), *((key, words) for key, words in self._segments({})))
        self.field = TextField(_tr("Second moment, local time"), _tr("compared with now"))
        fix(self.field, width=180)
        self.export_button = Button(_tr("Export differences"), self.export, icon="download")
        bar = Toolbar(self.back, self.kinds, self.field, None, self.export_button)
        self.list: SimpleTable[Differing] = SimpleTable(
            _tr("Rows that differ"),
            (
                Column(_tr("Since"), self._kind_cell, 132),
                Column(_tr("Row"), self._key_cell, 160),
                Column(_tr("Columns"), self._columns_cell),
            ),
            key=lambda row: row.number,
        )
        self.pairs: SimpleTable[Pair] = SimpleTable(
            _tr("The row at both moments"),
            (
                Column(
                    _tr("Column"), lambda pair: name_cell(shown_name(pair.column), bold=pair.differs), 150
                ),
                Column(_tr("Before"), lambda pair: self._side_cell(pair, 0), 0),
                Column(_tr("After"), lambda pair: self._side_cell(pair, 1), 0),
            ),
            side=16,
        )
        self.news = StateLabel("", Tone.MUTED, role="small", elide=True)
        self.place = Label(tone=Tone.MUTED, role="small")
        self.more = link(_tr("Show more"), self.read_more)
        self.more.hide()
        foot = FootBar(self.news, None, self.place, self.more)
        beside = Beside(self.list, self.pairs, width=440, below=_STACKED_BELOW)
        whole = vbox(12, bar, beside, foot)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        Narrow(self, _COMPACT_BELOW, self._set_compact)

    def _set_compact(self, compact: bool) -> None:
        for button in (self.back, self.export_button):
            button.set_compact(compact)

    def _segments(self, counts: dict[Kind, int]) -> list[tuple[str, str]]:
        words = {
            _ALL: _tr("All"),
            Kind.ADDED.value: _tr("Added"),
            Kind.REMOVED.value: _tr("Removed"),
            Kind.CHANGED.value: _tr("Changed"),
        }
        if counts:
            found = {_ALL: sum(counts.values()), **{kind.value: counts[kind] for kind in counts}}
            words = {key: f"{text} {integer(found[key])}" for key, text in words.items()}
        return list(words.items())

    # Opening and leaving

    def open(self) -> None:
        """Show the rows that differ between the time of the page and now."""
        if self._travel.asked is None:
            return
        self.wanted = True
        self.until = None
        self.field.clear()
        self.kinds.choose(_ALL)
        self._page.show_view()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._read()

    def leave(self) -> None:
        """Back to the rows."""
        if self.wanted:
            self.wanted = False
            self._stop()
            self.found = None
            self.list.set_rows(())
            self.pairs.set_rows(())
            self._page.show_view()
            self._page.browse.rows.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def follow(self) -> None:
        """The time of the page is another one."""
        if self.wanted and self._travel.asked is None:
            self.leave()
        elif self.wanted:
            self._read()

    # Reading

    @property
    def _kind(self) -> Kind | None:
        return None if self.kinds.value == _ALL else Kind(self.kinds.value)

    def count(self, schema: Schema, table: str, asked: datetime, context: Context) -> dict[Kind, int]:
        """How many rows differ from now. On a job's thread."""
        found = schema.table(table)
        assert found is not None  # it is shown
        with comparing(self._page.context, schema, found, asked, None, context) as result:
            return dict(result.counts)

    def read_more(self) -> None:
        """The next of the rows that differ."""
        if self.found is not None and self.found.rows:
            self._read(self.found)

    def _read(self, before: Found | None = None) -> None:
        page, schema, table, asked = (
            self._page,
            self._page.schema,
            self._page.browse.table,
            self._travel.asked,
        )
        if schema is None or table is None or asked is None:
            return
        self._stop()
        kind, until = self._kind, before.later if before is not None else self.until
        after = before.rows[-1].number if before is not None else 0

        def work(context: Context) -> Found:
            with comparing(page.context, schema, table, asked, until, context) as found:
                rows = found.page(kind, after=after, limit=AT_ONCE)
                moments = (found.earlier.moment, found.later.moment)
                return Found(*moments, found.columns, dict(found.counts), rows)

        def show(found: Found) -> None:
            rows = (*(before.rows if before is not None else ()), *found.rows)
            self._show(Found(found.earlier, found.later, found.columns, found.all, rows))

        self.news.show_state(_tr("Comparing …"), Tone.MUTED, "clock")
        title = _tr("Comparing {table}").format(table=shown_name(table.name))
        self._reading = page.run(title, work, show, on_failure=self._failed, on_stopped=self._stopped)

    def _stop(self) -> None:
        if self._reading is not None and self._reading.running:
            self._reading.cancel()
        self._reading = None

    def _stopped(self) -> None:
        self.news.show_state(_tr("Stopped. Nothing was changed."), Tone.MUTED, "square")

    def _failed(self, error: StewardError) -> None:
        self.news.show_state(f"{error.message} {error.hint}".strip(), Tone.WARNING)

    def _show(self, found: Found) -> None:
        self.found = found
        self._hide()
        for key, words in self._segments(found.all):
            self.kinds.set_text(key, words)
        self.list.set_rows(found.rows)
        if self.list.current is None and found.rows:
            self.list.choose(found.rows[0])
        self._show_row(self.list.current)
        there = sum(found.all.values()) if self._kind is None else found.all[self._kind]
        both = (told(found.earlier.asked), told(found.later.asked) if self.until is not None else _tr("now"))
        words = _tr("Between {one} and {other}") if there else _tr("No such row between {one} and {other}")
        self.news.show_state(words.format(one=both[0], other=both[1]), Tone.MUTED, "git-compare")
        rows = plural(there, _tr("row"), _tr("rows"))
        shown = _tr("the first {n} of {rows}").format(n=integer(len(found.rows)), rows=rows)
        self.place.say(shown if len(found.rows) < there else rows)
        self.more.setVisible(len(found.rows) < there)

    def _typed(self) -> None:
        text = self.field.text().strip()
        moment = read_moment(text) if text else None
        wrong = bool(text) and moment is None
        sentence = _tr("Write a moment as 2026-11-20 10:05, in local time.") if wrong else ""
        self.field.set_wrong(sentence)
        self.field.setToolTip(sentence)
        if wrong:
            self.news.show_state(sentence, Tone.DANGER)
            return
        self.until = moment if moment is not None and not is_now(moment) else None
        self.field.setText(written(self.until) if self.until is not None else "")
        self._read()

    # What is shown

    def _hide(self) -> None:
        """Which columns are hidden is what the page says."""
        table, self._hidden = self._page.browse.table, frozenset()
        if self.found is not None and table is not None and not self._page.browse.revealed:
            self._hidden = hidden_columns(table, self._page.context.file.path)

    def refresh_hidden(self) -> None:
        """Columns that look personal are shown now, or hidden again."""
        if self.found is not None:
            self._hide()
            self.list.set_rows(self.found.rows)
            self._show_row(self.list.current)

    def _kind_cell(self, row: Differing) -> Cell:
        return {
            Kind.ADDED: state_cell(_tr("Added"), Tone.SUCCESS, "plus"),
            Kind.REMOVED: state_cell(_tr("Removed"), Tone.DANGER, "trash-2"),
            Kind.CHANGED: state_cell(_tr("Changed"), Tone.WARNING, "pencil"),
        }[row.kind]

    def _key_cell(self, row: Differing) -> str:
        named = self._page.browse.key_columns
        parts = (
            _tr("hidden") if name in self._hidden else cell_text(part)
            for part, name in zip(row.key, (*named, *("" for _ in row.key)), strict=False)
        )
        return ", ".join(parts)

    def _columns_cell(self, row: Differing) -> Cell:
        return Cell(shown_name(", ".join(row.columns)), tone=Tone.MUTED, mono=True)

    def _side_cell(self, pair: Pair, side: int) -> Cell:
        value = (pair.before, pair.after)[side]
        if not pair.there[side]:
            return Cell(_tr("not there"), tone=Tone.MUTED)
        tone = (Tone.DANGER, Tone.SUCCESS)[side] if pair.differs else Tone.TEXT
        icon = ("minus", "plus")[side] if pair.differs else ""
        if pair.hidden:
            return Cell(_tr("hidden"), tone=Tone.PERSONAL, icon=icon, icon_tone=tone)
        text = cell_text(value)
        short = pair.differs and len(text) <= _PILL
        return Cell(text, tone=tone, icon=icon, icon_tone=tone, pill=short)

    def _show_row(self, row: Differing | None) -> None:
        if row is None or self.found is None:
            self.pairs.set_rows(())
            return
        hidden, there = self._hidden, (bool(row.before), bool(row.after))
        blank: tuple[Value, ...] = (None,) * len(self.found.columns)
        self.pairs.set_rows(
            Pair(name, before, after, there, name in row.columns or not all(there), name in hidden)
            for name, before, after in zip(
                self.found.columns, row.before or blank, row.after or blank, strict=True
            )
        )

    def _open_row(self, row: Differing) -> None:
        """Go to a row as it was at the first moment; where it was not there, to its history."""
        browse = self._page.browse
        key = tuple(part for part in row.key if not isinstance(part, Preview))
        if browse.table is None or len(key) < len(row.key):
            return
        if not row.before:
            self._page.context.navigate("audit", table=browse.table.name, key=key)
            return
        self.leave()
        browse.choose(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    # Export

    def export(self) -> None:
        """Ask for a file, which asks before one is replaced, and write the rows that differ to it."""
        table = self._page.browse.table
        if table is None:
            return
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in table.name)[:80] or "rows"
        folder = self._page.context.file.path.parent
        kinds = _tr("CSV (*.csv);;JSON (*.json);;JSON lines (*.jsonl)")
        chosen, _ = QFileDialog.getSaveFileName(
            self, _tr("Export differences"), str(folder / f"{plain}-differences.csv"), kinds
        )
        if chosen:
            self.write(Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.csv"))

    def write(self, target: Path) -> None:
        """Write the rows that differ to a file: a job. What is hidden on the page stays out of it."""
        page, schema, table, asked = (
            self._page,
            self._page.schema,
            self._page.browse.table,
            self._travel.asked,
        )
        if schema is None or table is None or asked is None:
            return
        kind, until = self._kind, self.found.later if self.found is not None else self.until
        wish = Export(personal=page.browse.revealed, overwrite=True)

        def work(context: Context) -> Exported:
            with comparing(page.context, schema, table, asked, until, context) as found:
                return export_comparison(found.earlier.session, found, target, context, wish, kind=kind)

        def done(written_: Exported) -> None:
            words = [f"{shown_name(written_.path.name)}, {size(written_.size_bytes)}."]
            if written_.left_out:
                names = shown_name(", ".join(written_.left_out))
                words.append(_tr("Left out, since they look personal: {names}.").format(names=names))
            lines = plural(written_.rows, _tr("line"), _tr("lines"))
            title = _tr("Exported {lines}").format(lines=lines)
            page.context.toast(Message(title, " ".join([*words, *written_.notes])))

        title = _tr("Exporting the differences of {table}").format(table=shown_name(table.name))
        page.run(title, work, done, on_stopped=self._stopped)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
