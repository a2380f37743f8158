"""The steps of restoring from a store alone: which store, which of its points, and where to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.format import integer, shown_name, size, when
from steward_app.gui.layout import boxed, fix, hbox, vbox
from steward_app.gui.pages.backups.store_fields import AddressField
from steward_app.gui.pages.backups.table import PointTable
from steward_app.gui.pages.backups.words import capital, facts, moment, state_meaning
from steward_app.gui.pages.restore.store_read import Looked
from steward_app.gui.pages.restore.words import age_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import LabelledField
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Card, EmptyState, KeyValueList, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.clock import from_text
from steward_app.services.backup.store_contents import StoreContents

_WIDTH = 560


class AddressStep(QWidget):
    """Where the store is.

    Signals:
        entered: Enter was pressed in the address.
    """

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.where = AddressField(new=False, stem="")
        words = Label(
            _tr(
                "The folder, server or bucket that backups went to. It is only read. Where it is encrypted, you are "
                "asked for one of its keys, or its passphrase, once it is found."
            ),
            tone=Tone.MUTED,
            wrap=True,
        )
        card = fix(Card(_tr("Where is the store?"), words, self.where, gap=12), width=_WIDTH)
        self.setLayout(vbox(Scroll(boxed(vbox(hbox(card, None), None, margins=(24, 16, 24, 24))))))
        self.where.field.edit.returnPressed.connect(self.entered)


class PointStep(QWidget):
    """The points of the store, and the name of the new file.

    Args:
        another: goes back to choose another store.

    Signals:
        changed: another point, or another name.
        opened: Enter was pressed on a point.
    """

    changed = Signal()
    opened = Signal()

    def __init__(self, another: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = PointTable()
        self._facts = Label(role="small", tone=Tone.MUTED, elide=True)
        self._icon = IconLabel("", Tone.WARNING, 14)
        self._warning = Label(role="small", tone=Tone.WARNING, wrap=True)
        told = hbox(boxed(vbox(self._icon, None, margins=(0, 1, 0, 0))), self._warning, gap=6)
        told.setStretch(1, 1)
        self._told = boxed(told)
        self.field = LabelledField(_tr("New file"))
        self._choose = Button(_tr("Choose…"), self._choose_target, icon="folder-open")
        self._store = KeyValueList([], key_width=96)
        self._points = Card(_tr("Restore points"), self.table, flush=True, foot=(self._facts,))
        self._points.body.setStretch(0, 1)
        row = Columns(self._points, self._target_card(), below=900, shares=(68, 40))
        whole = vbox(row, margins=(24, 16, 24, 24))
        whole.setStretch(0, 1)
        empty = EmptyState(
            "archive",
            _tr("There is no restore point in this store"),
            _tr("It is a store, and nothing was backed up to it, or all of it was removed since."),
            Button(_tr("Choose another store"), another, icon="hard-drive"),
        )
        card = Card("", empty)
        card.body.setStretch(0, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(Scroll(boxed(whole)))
        self._stack.addWidget(Scroll(boxed(vbox(card, margins=(24, 16, 24, 24)))))
        self.setLayout(vbox(self._stack))
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(lambda _: self.opened.emit())
        self.field.edit.textEdited.connect(lambda _: self._typed())

    def _target_card(self) -> Card:
        words = _tr("A file of its own. Nothing that is there is replaced.")
        name = hbox(self.field, boxed(vbox(26, self._choose, None)), gap=8)
        name.setStretch(0, 1)
        return Card(
            _tr("Where to"),
            Label(words, tone=Tone.MUTED, wrap=True),
            name,
            self._told,
            8,
            Label(_tr("The store"), role="strong-small", tone=Tone.MUTED),
            self._store,
            None,
            gap=8,
        )

    @property
    def point(self) -> Point | None:
        """The point that is chosen."""
        return self.table.current

    @property
    def target(self) -> Path:
        """The new file."""
        typed = Path(self.field.edit.text().strip()).expanduser()
        return typed if typed.is_absolute() else Path.home() / typed

    @property
    def empty(self) -> bool:
        """Whether the store holds no point."""
        return not self.table.rows

    @property
    def reason(self) -> str:
        """Why it cannot go on from here; "" when it can."""
        if self.point is None:
            return (
                _tr("There is no restore point in this store.")
                if self.empty
                else _tr("Choose a point first.")
            )
        return "" if self.field.edit.text().strip() else _tr("Name the new file first.")

    def show_store(self, found: Looked) -> None:
        """Show what is in a store; what was chosen and typed stays."""
        points, before = found.contents.points, self.point.id if self.point else ""
        self._points.say_beside(integer(len(points)))
        self._store.set_rows(_facts_of(found.contents))
        self.table.show_points(points, {})
        usual = found.newest_sound
        self.table.choose(next((point for point in points if point.id == before), usual))
        if not self.field.edit.isModified():
            self.field.edit.setText(str(found.target))
        self._stack.setCurrentIndex(0 if points else 1)
        self._chosen(self.point)

    def say_wrong(self, sentence: str) -> None:
        """What is wrong with the name of the new file."""
        self.field.set_wrong(sentence)
        self.field.edit.setFocus()

    def _chosen(self, point: Point | None) -> None:
        self._facts.say(facts(point) if point is not None else "")
        words, tone = _warning_of(point, self.table.rows)
        self._warning.say(words)
        self._warning.set_tone(tone)
        self._icon.show_icon("circle-x" if tone is Tone.DANGER else "triangle-alert", tone)
        self._told.setVisible(bool(words))
        self.changed.emit()

    def _typed(self) -> None:
        self.field.set_wrong("")
        self.changed.emit()

    def _choose_target(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            _tr("Restore to a new file"),
            str(self.target),
            _tr("SQLite files (*.db *.db3 *.sqlite *.sqlite3);;All files (*)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if chosen:
            self.field.edit.setText(chosen)
            self.field.edit.setModified(True)
            self._typed()


def origin(point: Point, contents: StoreContents) -> KeyValueList:
    """Which point of which store a file comes from."""
    told = ", ".join(filter(None, (capital(moment(point)), age_words(point.made_at))))
    return KeyValueList(
        [
            (_tr("Restore point"), told),
            (_tr("State"), state_meaning(point.state)),
            (_tr("Size"), size(point.size_bytes)),
            (_tr("Store"), shown_name(contents.where)),
        ],
        key_width=136,
    )


def _facts_of(contents: StoreContents) -> list[tuple[str, str]]:
    if not contents.encrypted:
        key = _tr("Not encrypted")
    else:
        key = _tr("Encrypted, open") if contents.readable else _tr("Encrypted, locked")
    return [
        (_tr("Place"), shown_name(contents.where)),
        (_tr("Made"), when(from_text(contents.created_at))),
        (_tr("Encryption"), key),
    ]


def _warning_of(point: Point | None, points: tuple[Point, ...]) -> tuple[str, Tone]:
    """What to know of a point before it is restored."""
    if point is None:
        return "", Tone.MUTED
    if point.state is PointState.FAILED:
        words = _tr("It was found to be no longer as it was made. Every page is compared, and if one is not as it was, "
                    "nothing is restored.")  # fmt: skip
        sound = next((each for each in points if each.state is not PointState.FAILED), None)
        if sound is not None:
            return (
                f"{words} {_tr('The newest other one is of {when}.').format(when=moment(sound))}",
                Tone.DANGER,
            )
        return f"{words} {_tr('No point of this store passed its last check.')}", Tone.DANGER
    if point.state is PointState.TAKEN:
        return _tr(
            "No check has looked into it yet. While it is restored, every page is compared."
        ), Tone.WARNING
    return "", Tone.MUTED


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
