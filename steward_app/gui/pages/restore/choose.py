"""The first step: what to bring back, and of which moment."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.catalog.points import Point
from steward_app.gui.actions import Action
from steward_app.gui.format import shown_name
from steward_app.gui.layout import Item, boxed, hbox, vbox
from steward_app.gui.pages.backups.read import PointsRead
from steward_app.gui.pages.restore.moment import MomentCard
from steward_app.gui.pages.restore.standing import Standing, can_be_tried
from steward_app.gui.pages.restore.waiting import WaitingCard
from steward_app.gui.spec import PageSpec
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Choice, LabelledField
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label


class What(StrEnum):
    """What is brought back."""

    NEW_FILE = "new_file"
    IN_PLACE = "in_place"
    TABLE = "table"
    ROWS = "rows"


def head_words(what: What, spec: PageSpec) -> tuple[str, str]:
    """Title and sentence of the page for what is brought back."""
    return {
        What.ROWS: (
            _tr("Restore rows"),
            _tr("Bring rows back from a moment before. The rest stays as it is."),
        ),
        What.TABLE: (
            _tr("Restore a table"),
            _tr("Bring a table back from a moment before, without touching the rest."),
        ),
    }.get(what, (spec.title, spec.sentence))


class ChooseStep(QWidget):
    """Both choices on one page, the usual ones made already.

    Args:
        find: finds the point of a moment that is typed.
        search: finds a row or a value in the points.
        waiting: rows that a person must decide on.
        standing: what is to be known of the points there are.

    Signals:
        changed: another point, another thing or another place was chosen.
        opened: Enter was pressed on a point.
    """

    changed = Signal()
    opened = Signal()

    def __init__(
        self,
        allow_changes: Callable[[], None],
        find: Callable[[str], None],
        search: Action,
        waiting: WaitingCard,
        standing: Standing,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = Path()
        self.moment = MomentCard(find, search)
        self.table = self.moment.table
        self.to_new = Choice(_tr("To a new file"))
        self.to_new.setChecked(True)
        self.field = LabelledField(_tr("New file"))
        self._browse = Button(_tr("Choose…"), self._choose_target, icon="folder-open")
        self.in_place = Choice(_tr("In place"))
        self.one_table = Choice(_tr("One table"))
        self.rows = Choice(_tr("Chosen rows"))
        self._why_not = Label(role="small", tone=Tone.WARNING, wrap=True)
        self._lock = IconLabel("lock", Tone.WARNING, 14)
        self._allow = Button(_tr("Allow changes"), allow_changes, icon="lock-open", small=True)
        self._place_words = Label(tone=Tone.MUTED, wrap=True)
        self._row = Columns(self.moment, self._what_card(), below=900, shares=(68, 40))
        whole = vbox(waiting, standing, self._row, gap=16, margins=(24, 16, 24, 24))
        whole.setStretch(2, 1)
        self.setLayout(vbox(Scroll(boxed(whole))))
        self.moment.chosen.connect(lambda _: self.changed.emit())
        self.table.opened.connect(lambda _: self.opened.emit())
        for choice in (self.to_new, self.in_place, self.one_table, self.rows):
            choice.toggled.connect(lambda on: self._what_changed() if on else None)
        self.field.edit.textEdited.connect(lambda _: self._typed())

    def _what_card(self) -> Card:
        words = _tr("A file of its own. The open one stays as it is.")
        name = hbox(self.field, boxed(vbox(None, self._browse)), gap=8)
        name.setStretch(0, 1)
        new = vbox(self.to_new, _indented(Label(words, tone=Tone.MUTED, wrap=True), name), gap=4)
        lock = boxed(vbox(self._lock, None, margins=(0, 1, 0, 0)))
        why = hbox(lock, self._why_not, gap=6)
        why.setStretch(1, 1)
        self._reason = boxed(vbox(why, hbox(self._allow, None), gap=8))
        old = vbox(self.in_place, _indented(self._place_words, self._reason), gap=4)
        table = _tr("The rows of a table that are missing now, or all that it held.")
        rows = _tr("Rows you choose, with the rows that belong to them.")
        parts = vbox(
            vbox(self.one_table, _indented(Label(table, tone=Tone.MUTED, wrap=True)), gap=4),
            vbox(self.rows, _indented(Label(rows, tone=Tone.MUTED, wrap=True)), gap=4),
            gap=12,
        )
        whole = Label(_tr("The whole file"), role="strong-small", tone=Tone.MUTED)
        part = Label(_tr("A part of it"), role="strong-small", tone=Tone.MUTED)
        # the buttons are of several layouts; what makes them exclusive is their common parent
        return Card(_tr("What to bring back"), whole, new, 4, old, 8, part, parts, None, gap=8)

    # What is chosen

    @property
    def what(self) -> What:
        """What is to be brought back."""
        chosen = {self.in_place: What.IN_PLACE, self.one_table: What.TABLE, self.rows: What.ROWS}
        return next((what for choice, what in chosen.items() if choice.isChecked()), What.NEW_FILE)

    @property
    def of_whole_file(self) -> bool:
        """Whether the whole file comes back."""
        return self.what in (What.NEW_FILE, What.IN_PLACE)

    @property
    def step_names(self) -> list[str]:
        """The steps that lead there."""
        between = [] if self.of_whole_file else [_tr("Rows and conflicts")]
        return [_tr("What and when"), *between, _tr("Plan and rehearse"), _tr("Receipt")]

    @property
    def point(self) -> Point | None:
        """The point that it comes from."""
        return self.moment.point

    @property
    def target(self) -> Path | None:
        """The new file; None for in place."""
        if not self.to_new.isChecked():
            return None
        typed = self.field.edit.text().strip()
        path = Path(typed).expanduser()
        return path if path.is_absolute() else self._source.parent / path

    @property
    def reason(self) -> str:
        """Why it cannot go on from here; "" when it can."""
        point = self.point
        if point is None:
            return _tr("Choose a restore point first.")
        if not can_be_tried(point):
            return _tr("This copy cannot be relied on. Choose another.")
        if self.to_new.isChecked() and not self.field.edit.text().strip():
            return _tr("Name the new file first.")
        return ""

    # What is shown

    def show_choices(self, read: PointsRead, wanted: str, target: Path, source: Path) -> None:
        """Show the points, one of them chosen, and a name for the new file unless one was typed."""
        self._source = source
        self.moment.show_points(read, wanted)
        if not self.field.edit.isModified():
            self.field.edit.setText(str(target))
            self.field.edit.setCursorPosition(len(str(target)))
        words = _tr("{name} gets back what it held. What it holds now is kept as a restore point of its own.")
        self._place_words.say(words.format(name=shown_name(source.name)))

    def choose_what(self, what: What) -> None:
        """Choose what to bring back."""
        choices = {
            What.NEW_FILE: self.to_new,
            What.IN_PLACE: self.in_place,
            What.TABLE: self.one_table,
            What.ROWS: self.rows,
        }
        choices[what].setChecked(True)

    def choose_in_place(self) -> None:
        """Choose the file's own place; the plan is the next step."""
        self.in_place.setChecked(True)
        self.in_place.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_place(self, reason: str, *, can_allow: bool) -> None:
        """Whether the file may be restored in place; `reason` says why not."""
        came_from_lock = self._allow.hasFocus()
        self.in_place.setEnabled(not reason)
        self.in_place.setToolTip(reason)
        self.in_place.setAccessibleDescription(reason)
        self._why_not.say(reason)
        self._reason.setVisible(bool(reason))
        self._allow.setVisible(can_allow)
        if reason and self.in_place.isChecked():
            self.to_new.setChecked(True)
        if came_from_lock and not reason:
            self.in_place.setFocus(Qt.FocusReason.OtherFocusReason)  # the button is gone; this was wanted

    def say_wrong(self, sentence: str) -> None:
        """What is wrong with the name of the new file."""
        self.field.set_wrong(sentence)
        if sentence:
            self.field.edit.setFocus()

    def _what_changed(self) -> None:
        new = self.to_new.isChecked()
        self.field.setEnabled(new)
        self._browse.disable("" if new else _tr("No new file is made."))
        self.changed.emit()

    def _typed(self) -> None:
        self.field.set_wrong("")
        self.changed.emit()

    def _choose_target(self) -> None:
        target = self.target or self._source
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            _tr("Restore to a new file"),
            str(target),
            _tr("SQLite files (*.db *.db3 *.sqlite *.sqlite3);;All files (*)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if chosen:
            self.field.edit.setText(chosen)
            self.field.edit.setModified(True)
            self._typed()


def _indented(*items: Item) -> QWidget:
    """What belongs to a choice, below its words."""
    return boxed(vbox(*items, gap=8, margins=(24, 0, 0, 0)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
