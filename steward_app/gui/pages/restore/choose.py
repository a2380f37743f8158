"""The first step: which point, and where to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.format import integer, shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.backups.table import PointTable
from steward_app.gui.pages.backups.words import facts
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Choice, LabelledField
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label

_BAD = (PointState.FAILED, PointState.MISSING)


class ChooseStep(QWidget):
    """Both choices on one page, the usual ones made already.

    Signals:
        changed: another point or another place was chosen.
        opened: Enter was pressed on a point.
    """

    changed = Signal()
    opened = Signal()

    def __init__(self, allow_changes: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = Path()
        self.table = PointTable()
        self._facts = Label(role="small", tone=Tone.MUTED, elide=True)
        self.points = Card(_tr("Restore point"), self.table, flush=True, foot=(self._facts,))
        self.points.body.setStretch(0, 1)
        self.to_new = Choice(_tr("To a new file"))
        self.to_new.setChecked(True)
        self.field = LabelledField(_tr("New file"))
        self._browse = Button(_tr("Choose"), self._choose_target, icon="folder-open")
        self.in_place = Choice(_tr("In place"))
        self._why_not = Label(role="small", tone=Tone.WARNING, wrap=True)
        self._lock = IconLabel("lock", Tone.WARNING, 14)
        self._allow = Button(_tr("Allow changes"), allow_changes, icon="lock-open", small=True)
        self._place_words = Label(tone=Tone.MUTED, wrap=True)
        row = Columns(self.points, self._where_card(), below=900, shares=(68, 40))
        self.setLayout(vbox(Scroll(boxed(vbox(row, margins=(24, 16, 24, 24))))))
        self.table.chosen.connect(self._point_chosen)
        self.table.opened.connect(lambda _: self.opened.emit())
        self.to_new.toggled.connect(lambda _: self._place_changed())
        self.field.edit.textEdited.connect(lambda _: self._typed())

    def _where_card(self) -> Card:
        words = _tr("A file of its own. The open one stays as it is, and you can compare the two.")
        new = vbox(
            self.to_new,
            boxed(vbox(Label(words, tone=Tone.MUTED, wrap=True), self.field, hbox(self._browse, None), gap=8,
                       margins=(24, 0, 0, 0))),
            gap=4,
        )  # fmt: skip
        lock = boxed(vbox(self._lock, None, margins=(0, 1, 0, 0)))
        why = hbox(lock, self._why_not, gap=6)
        why.setStretch(1, 1)
        self._reason = boxed(vbox(why, hbox(self._allow, None), gap=8))
        old = vbox(
            self.in_place,
            boxed(vbox(self._place_words, self._reason, gap=8, margins=(24, 0, 0, 0))),
            gap=4,
        )
        return Card(_tr("Where to"), new, old, None, gap=20)

    # What is chosen

    @property
    def point(self) -> Point | None:
        """The point that will be restored."""
        return self.table.current

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
        """Why no plan can be made of this; "" when one can."""
        point = self.point
        if point is None:
            return _tr("Choose a restore point first.")
        if point.state in _BAD:
            return _tr("This copy cannot be relied on. Choose another.")
        if self.to_new.isChecked() and not self.field.edit.text().strip():
            return _tr("Name the new file first.")
        return ""

    # What is shown

    def show_choices(self, points: Sequence[Point], choice: str, target: Path, source: Path) -> None:
        """Show the points, one of them chosen, and a name for the new file unless one was typed."""
        self._source = source
        self.table.set_rows(points)
        self.points.say_beside(integer(len(points)))
        wanted = next((point for point in points if point.id == choice), None)
        sound = next((point for point in points if point.state not in _BAD), None)
        self.table.choose(wanted or self.point or sound)
        if not self.field.edit.isModified():
            self.field.edit.setText(str(target))
            self.field.edit.setCursorPosition(len(str(target)))
        words = _tr("{name} gets back what it held. What it holds now is kept as a restore point of its own.")
        self._place_words.say(words.format(name=shown_name(source.name)))

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

    def _point_chosen(self, point: Point | None) -> None:
        self._facts.say(facts(point) if point is not None else "")
        self.changed.emit()

    def _place_changed(self) -> None:
        new = self.to_new.isChecked()
        self.field.setEnabled(new)
        self._browse.disable("" if new else _tr("It is restored in place."))
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


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
