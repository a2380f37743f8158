"""What leaves the log: old changes for an archive, values for good. Both are planned before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.catalog import Catalog
from steward_app.gui.actions import Action
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, fix, vbox
from steward_app.gui.pages.audit import read as history
from steward_app.gui.pages.audit.key_fields import KeyFields
from steward_app.gui.pages.audit.read import TableKnown
from steward_app.gui.pages.audit.setup.plan_step import Way
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.controls import Combo, TextField
from steward_app.gui.widgets.surfaces import Card, KeyValueList, Scroll
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.audit.engine.model import Key
from steward_app.services.audit.erasing import erase as erasing
from steward_app.services.audit.erasing.erase import EraseRequest
from steward_app.services.audit.leaving import prune_log as pruning
from steward_app.services.audit.leaving.prune import Segment
from steward_app.services.audit.leaving.prune_log import PruneRequest
from steward_app.services.audit.leaving.retention import due, keep_days, set_keep_days

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

_MOST_DAYS = 365_000
_ROW, _MOST_ROWS = 28, 6


@dataclass(frozen=True, slots=True)
class LeavingRead:
    """What may leave.

    Attributes:
        days: how long changes stay, as was decided; None where nobody has.
        due: the sealed changes that are older; None where there are none, or nothing was decided.
        tables: those of the log.
    """

    days: int | None
    due: Segment | None
    tables: tuple[TableKnown, ...]


def read_leaving(file: Any, context: Context) -> LeavingRead:
    """What may leave the log of a file. Raises `UsageError` where the policy cannot be understood."""
    days = keep_days(file.path)
    with file.read() as session, session.snapshot(), session.under(context):
        found = due(session, timedelta(days=days)) if days is not None else None
    return LeavingRead(days, found, history.known(file.path, context).tables)


class LeavingPart(QWidget):
    """Two cards: how long changes stay, and what is erased.

    Args:
        prune, erase: the actions that plan.

    Signals:
        decided: the steward decided for how many days changes stay; None for not at all.
        changed: what is to be erased is another now.
    """

    decided = Signal(object)
    changed = Signal()

    def __init__(self, prune: Action, erase: Action, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tables: tuple[TableKnown, ...] = ()
        self._wanted: tuple[str, Key] | None = None
        self.days = TextField(_tr("Days that changes stay in the log"), _tr("Days"))
        fix(self.days, width=104)
        self._decided = Label(wrap=True)
        self._wrong = Label(role="small", tone=Tone.DANGER)
        self._wrong.hide()
        self.decide = Button(_tr("Decide"), self._decide)
        self.undecide = Button(_tr("Take it back"), lambda: self.decided.emit(None))
        keep = Card(
            _tr("How long changes stay"),
            Label(
                _tr("Old changes leave for a signed archive, which reads like a log. The seals stay, so that both "
                    "verify. Nothing leaves by itself."),
                tone=Tone.MUTED,
                wrap=True,
            ),
            self._decided,
            boxed(Flow(self.days, self.decide, self.undecide, Button(action=prune), gap=8)),
            self._wrong,
            icon="hourglass",
            gap=8,
        )  # fmt: skip
        self.table = Combo(_tr("Table"), mono=True)
        fix(self.table, width=208)
        self.key = KeyFields()
        self.columns: SimpleTable[str] = SimpleTable(
            _tr("Columns to erase"),
            (Column(_tr("Only these columns"), lambda name: Cell(shown_name(name), mono=True)),),
            several=True,
            side=0,
        )  # fmt: skip
        fix(self.columns, height=_ROW * (_MOST_ROWS + 1))
        self.reason = TextField(_tr("Why"), _tr("Why: the number of a request, never who it is about"))
        gone = Card(
            _tr("Erase values from the log"),
            Label(
                _tr("The values of a row or of columns go for good; the seals stay valid. Nothing undoes it: no "
                    "restore, no undo and no look back brings them back. The tables are not touched."),
                tone=Tone.MUTED,
                wrap=True,
            ),
            boxed(Flow(self.table, self.key, gap=8)),
            Label(_tr("Choose columns, or none for all values but what names the row."), role="small", tone=Tone.MUTED,
                  wrap=True),
            self.columns,
            self.reason,
            boxed(Flow(Button(action=erase), gap=8)),
            icon="trash-2",
            gap=8,
        )  # fmt: skip
        self.setLayout(vbox(Scroll(boxed(vbox(keep, gone, None, gap=16, margins=(24, 16, 24, 24))))))
        self.days.returnPressed.connect(self._decide)
        self.table.currentIndexChanged.connect(lambda _: self._choose_table())
        self.key.entered.connect(self.changed)
        self.columns.selectionModel().selectionChanged.connect(lambda *_: self.changed.emit())

    # What is shown

    def show_leaving(self, found: LeavingRead) -> None:
        """Show what may leave."""
        self._say_decided(found)
        chosen = self.chosen
        self._tables = found.tables
        self.table.blockSignals(True)
        self.table.clear()
        self.table.addItems([shown_name(each.name) for each in found.tables])
        names = [each.name for each in found.tables]
        if chosen is not None and chosen.name in names:
            self.table.setCurrentIndex(names.index(chosen.name))
        self.table.blockSignals(False)
        self._choose_table()
        if self._wanted is not None:
            self.show_row(*self._wanted)

    def show_row(self, table: str, key: Key) -> None:
        """Offer to erase values of a row, now or as soon as the tables were read."""
        self._wanted = (table, key)
        names = [each.name for each in self._tables]
        if table in names:
            self.table.setCurrentIndex(names.index(table))
            self.key.show_key(key)
            self._wanted = None

    def _say_decided(self, found: LeavingRead) -> None:
        if found.days is None:
            words = _tr("Nobody has decided how long changes stay.")
        else:
            days = plural(found.days, _tr("day"), _tr("days"))
            words = _tr("Changes stay for {days}. None is older.").format(days=days)
            if found.due is not None:
                changes = plural(found.due.changes, _tr("change is"), _tr("changes are"))
                words = _tr("Changes stay for {days}. {changes} older and may leave.").format(
                    days=days, changes=changes
                )
        self._decided.say(words)
        if not self.days.hasFocus():
            self.days.setText("" if found.days is None else str(found.days))
        self.undecide.setVisible(found.days is not None)

    def _decide(self) -> None:
        try:
            days = int(self.days.text())
            wrong = "" if 1 <= days <= _MOST_DAYS else self._at_least()
        except ValueError:
            days, wrong = 0, self._at_least()
        self.days.set_wrong(wrong)
        self._wrong.say(wrong)
        self._wrong.setVisible(bool(wrong))
        if not wrong:
            self.decided.emit(days)

    def _at_least(self) -> str:
        return _tr("A number of days, from 1 to {most}").format(most=integer(_MOST_DAYS))

    # What is to be erased

    @property
    def chosen(self) -> TableKnown | None:
        """The table whose values are to be erased."""
        at = self.table.currentIndex()
        return self._tables[at] if 0 <= at < len(self._tables) else None

    def why_not_erase(self) -> str:
        """Why nothing can be erased yet."""
        if self.chosen is None:
            return _tr("No table has a log.")
        if self.key.key is None and not self.columns.selected:
            return _tr("Name a row, or choose columns.")
        return ""

    def _choose_table(self) -> None:
        table = self.chosen
        self.key.show_table(table)
        for field in self.key.fields:
            field.textChanged.connect(lambda _: self.changed.emit())
        self.columns.set_rows(table.columns if table is not None else ())
        self.changed.emit()


class Leaving:
    """How what leaves is planned and carried out."""

    def __init__(self, page: AuditPage) -> None:
        self._page = page

    def ask_archive(self, days: int) -> Way | None:
        """Ask where the archive shall be; the way to it, or None."""
        catalog, file = self._page.context.catalog, self._page.context.file
        start = str(file.path.with_name(f"{file.path.stem}-audit-archive.db"))
        chosen, _ = QFileDialog.getSaveFileName(
            self._page, _tr("Move old changes to an archive"), start, _tr("SQLite files (*.db)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if not chosen:
            return None
        target, period = Path(chosen), timedelta(days=days)
        return Way(
            _tr("Moving old changes to an archive"),
            lambda context: pruning.plan_prune_log(
                catalog, PruneRequest(file.path, _known(catalog, file, context), target, period), context
            ),
            lambda plan, context, said: pruning.prune_log(catalog, plan, context, said),
            lambda plan, context: pruning.rehearse_prune_log(catalog, plan, context),
        )

    def erasing(self, part: LeavingPart) -> Way | None:
        """The way to erase what is chosen, or None."""
        catalog, file, table = self._page.context.catalog, self._page.context.file, part.chosen
        if table is None:
            return None
        named, columns, reason = part.key.key, tuple(part.columns.selected), part.reason.text().strip()

        def request(context: Context) -> EraseRequest:
            key = history.key_of(file.path, table.name, named, context) if named is not None else None
            if key is None and not columns:
                raise UsageError(ErrorCode.BAD_REQUEST, "Name a row, or choose columns.")
            return EraseRequest(
                file.path, _known(catalog, file, context), table.name, key, None, columns, (), reason
            )

        return Way(
            _tr("Erasing values from the log"),
            lambda context: erasing.plan_erase(catalog, request(context), context),
            lambda plan, context, said: erasing.erase(catalog, plan, context, said),
            lambda plan, context: erasing.rehearse_erase(catalog, plan, context),
            lambda: _more_words(named is not None, columns),
        )

    def decide(self, days: int | None) -> None:
        """Keep in the policy beside the file how long changes stay."""
        path = self._page.context.file.path
        self._page.run(
            _tr("Writing the policy"),
            lambda context: set_keep_days(path, days),
            lambda _: self._page.read_status(),
        )


def _more_words(row: bool, columns: Sequence[str]) -> tuple[QWidget, ...]:
    """What was asked for, without the row itself."""
    of = _tr("One row") if row else _tr("Every row")
    names = ", ".join(map(shown_name, columns)) or _tr("All values but what names the row")
    return (KeyValueList(((_tr("Rows"), of), (_tr("Columns"), names)), key_width=104),)


def _known(catalog: Catalog, file: Any, context: Context) -> str:
    return backup.database_id(catalog, file.path, context)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
