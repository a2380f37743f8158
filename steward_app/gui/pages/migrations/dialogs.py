"""Dialogs of the migrations page: a new migration, why without a rehearsal, values for placeholders, other plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import Item, boxed, fix, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import LabelledField, Tick
from steward_app.gui.widgets.sql import SqlEditor
from steward_app.gui.widgets.surfaces import Scroll, frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError

_WIDTH, _MARGIN = 520, 48


class Form(QDialog):
    """Fields over the window, with a verb and the way out.

    Attributes:
        said: what is said above the verb, where anything is.

    Args:
        submit: does what the verb says.
        wide: of the design.
    """

    def __init__(
        self,
        window: QWidget,
        title: str,
        sentence: str,
        verb: str,
        submit: Callable[[], None],
        *items: Item,
        wide: float = _WIDTH,
    ) -> None:
        super().__init__(window)
        self.setWindowTitle(title)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.verb = Button(verb, submit, kind=Kind.PRIMARY)
        self.stay = Button(tr("Cancel"), self.reject)
        words = Label(sentence, tone=Tone.MUTED, wrap=True)
        self._body = vbox(
            Label(title, role="question", wrap=True), words, *items, None, gap=12, margins=(20, 20, 20, 16)
        )
        self._foot = frame("foot", hbox(None, self.stay, self.verb, margins=(20, 12, 20, 12)))
        self.said = boxed(vbox(margins=(20, 0, 20, 12)))
        self.said.hide()
        whole = vbox(Scroll(boxed(self._body)), self.said, self._foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self._wide = wide

    def fit(self) -> None:
        """Be as high as what stands in it, once that is shown; what has no room in the window scrolls."""
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        parent = self.parentWidget()
        room = parent.size() if parent is not None else self.size()
        width = min(px(self._wide), room.width() - px(_MARGIN))
        self._body.activate()
        high = self._body.totalHeightForWidth(width) + self._foot.sizeHint().height()
        high += (
            0 if self.said.isHidden() else max(self.said.heightForWidth(width), self.said.sizeHint().height())
        )
        self.resize(width, min(high, room.height() - px(_MARGIN)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()
        self.fit()


class NewDialog(Form):
    """A migration that is written into the folder; nothing is run.

    Args:
        write: makes the file from a description, its SQL and whether it is repeated.
        made: is told where it stands.
    """

    def __init__(
        self,
        window: QWidget,
        folder: Path,
        write: Callable[[str, str, bool], Path],
        made: Callable[[Path], None],
    ) -> None:
        self._write, self._made = write, made
        self.description = LabelledField(tr("What it does"), tr("Add a phone number to patients"))
        self.sql = SqlEditor(tr("SQL"))
        self.sql.setPlaceholderText(tr("Leave it empty to write it in your own editor"))
        fix(self.sql, least=150)
        label = Label(tr("SQL"))
        label.setBuddy(self.sql)
        self.repeatable = Tick(tr("Runs again whenever its text changes, as views and triggers do"))
        self._wrong = Label(tone=Tone.DANGER, wrap=True)
        super().__init__(
            window,
            tr("New migration"),
            tr("A file is written into the folder {folder}. The database is not changed.").format(
                folder=shown_name(str(folder))
            ),
            tr("Write the file"),
            self.submit,
            self.description,
            boxed(vbox(label, frame("field", vbox(self.sql, margins=(1, 1, 1, 1))), gap=6)),
            self.repeatable,
            self._wrong,
            wide=620,
        )
        self._wrong.hide()
        self.description.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.description.edit.returnPressed.connect(self.submit)
        self.sql.run_wanted.connect(self.submit)

    def submit(self) -> None:
        """Write the file; what is wrong is said at the field."""
        said = self.description.edit.text().strip()
        self.description.set_wrong("" if said else tr("Say in a few words what it does."))
        if not said:
            return
        try:
            path = self._write(said, self.sql.toPlainText(), self.repeatable.isChecked())
        except StewardError as error:
            self._wrong.say(f"{error.message} {error.hint}".strip())
            self._wrong.show()
            return
        self.accept()
        self._made(path)


class ReasonDialog(Form):
    """Why something is applied without a rehearsal: asked, and written into the journal."""

    def __init__(self, window: QWidget, verb: str, run: Callable[[str], None]) -> None:
        self._run = run
        self.reason = LabelledField(tr("Why without a rehearsal"))
        super().__init__(
            window,
            tr("Apply without a rehearsal?"),
            tr(
                "Nobody has seen what it does to the rows of this file as it is now. A restore point is made first. "
                "The reason is kept in the journal."
            ),
            verb,
            self.submit,
            self.reason,
        )
        self.reason.edit.textChanged.connect(lambda _: self._typed())
        self.reason.edit.returnPressed.connect(self.submit)
        self._typed()
        self.reason.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self) -> None:
        said = self.reason.edit.text().strip()
        self.verb.disable("" if said else tr("Say why first."))

    def submit(self) -> None:
        """Apply it, for this reason."""
        if reason := self.reason.edit.text().strip():
            self.accept()
            self._run(reason)


class ValuesDialog(Form):
    """Values for the placeholders of the files. They are kept until the page is closed."""

    def __init__(
        self,
        window: QWidget,
        names: Sequence[str],
        values: Mapping[str, str],
        run: Callable[[dict[str, str]], None],
    ) -> None:
        self._run = run
        self.fields = {name: LabelledField(name) for name in names}
        for name, field in self.fields.items():
            field.edit.setText(values.get(name, ""))
            field.edit.returnPressed.connect(self.submit)
        super().__init__(
            window,
            tr("Values for the placeholders"),
            tr(
                "Each stands in the place of ${name} in the files. They are asked for again when the page is closed."
            ),
            tr("Use these values"),
            self.submit,
            *self.fields.values(),
        )

    def submit(self) -> None:
        """Take them."""
        self.accept()
        self._run({name: field.edit.text() for name, field in self.fields.items() if field.edit.text()})
