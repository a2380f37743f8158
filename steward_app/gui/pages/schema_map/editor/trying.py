"""What the dialogs share in which the schema is changed: fields, and beside them what they lead to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeAlias, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobHandle
from steward_app.gui.context import PageContext
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.schema_map.before_after import ChangesMap
from steward_app.gui.pages.schema_map.editor.fields import tr
from steward_app.gui.pages.schema_map.editor.preview import PreviewPanel
from steward_app.gui.pages.schema_map.editor.start import Start
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.confirm import ask
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.surfaces import hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.change_list import ChangeList
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.preview import Preview

_WIDTH, _HEIGHT = 1200, 820
_PAUSE_MS = 180
T = TypeVar("T")
Problems: TypeAlias = tuple[Problem, ...]
Look: TypeAlias = Callable[[ReadSession, Context], Preview]
Finish: TypeAlias = Callable[[ReadSession, Context], T | Problems]


class ChangeDialog(PageDialog, Generic[T]):
    """Fields at the left, what they lead to at the right. Nothing here changes the database.

    Args:
        words: what is done here, as its title.
    """

    def __init__(self, words: str, context: PageContext, parent: QWidget) -> None:
        super().__init__(parent, words)
        self._words, self._context = words, context
        self._looking: JobHandle | None = None
        self._problems: Problems = ()
        self._refused = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    # What a dialog says of itself

    @property
    @abstractmethod
    def unchanged(self) -> bool:
        """Whether there is nothing to be kept or lost."""

    @abstractmethod
    def look(self) -> Look:
        """What tries the fields as they are now."""

    @abstractmethod
    def finish(self) -> Finish[T]:
        """What is done with the fields as they are now, once the steward says so; or what is in the way."""

    @property
    @abstractmethod
    def doing(self) -> str:
        """What is being done then, in words."""

    @abstractmethod
    def take_result(self, result: T) -> None:
        """It is done."""

    @property
    @abstractmethod
    def at_stake(self) -> str:
        """What leaving the dialog means, in a sentence."""

    @property
    @abstractmethod
    def lost_anew(self) -> str:
        """What starting again means, in a sentence."""

    @abstractmethod
    def begin_again(self) -> None:
        """Show the fields as they were when the dialog was opened."""

    @abstractmethod
    def show_fields(self) -> None:
        """Show what is wrong at the fields."""

    @abstractmethod
    def where(self, place: Place) -> str:
        """What a place is called in a list of what is in the way, or ""."""

    @abstractmethod
    def go(self, place: Place) -> None:
        """Show the field where something is in the way."""

    def missing(self) -> str:
        """What must be said besides, or ""."""
        return ""

    # How it looks

    def lay_out(
        self, left: QWidget, verb: Button, note: str, *below: QWidget, map_: ChangesMap | None = None
    ) -> None:
        """Put the fields in.

        Args:
            verb: does what the dialog is for.
            note: what comes of that.
            below: what stands under the preview.
            map_: see `PreviewPanel`.
        """
        self.preview = PreviewPanel(self.where, self.go, map_)
        self.verb = verb
        self.anew = Button(tr("Start again"), self.ask_again, icon="rotate-ccw")
        under = (hairline(), boxed(vbox(*below, margins=(20, 12, 20, 12)))) if below else ()
        right = vbox(self.preview, *under)
        right.setStretch(0, 1)
        both = hbox(left, hairline(upright=True), boxed(right), gap=0)
        both.setStretch(0, 10)
        both.setStretch(2, 11)
        top = boxed(vbox(Label(self._words, role="question", elide=True), margins=(20, 16, 20, 0)))
        says = Label(note, tone=Tone.MUTED, elide=True)
        foot = dialog_foot(self.anew, says, Button(tr("Cancel"), self.reject), verb)
        whole = vbox(top, boxed(both), foot)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.take(_WIDTH, _HEIGHT)

    # What the fields lead to

    @property
    def problems(self) -> Problems:
        """What is in the way."""
        return self._problems

    def edited(self) -> None:
        """The fields say something else: look what they lead to once the typing rests."""
        self.show_fields()
        self._timer.start(_PAUSE_MS)
        self.reconsider()

    @property
    def settled(self) -> bool:
        """Whether what is shown belongs to the fields as they are."""
        return not self._timer.isActive() and self._looking is None

    def _look(self) -> None:
        if self._looking is not None:
            self._looking.drop()
        file, look = self._context.file, self.look()

        def work(context: Context) -> Preview:
            with file.read() as session:
                return look(session, context)

        self._looking = self._context.jobs.run(
            self,
            tr("Trying the change on an empty copy"),
            work,
            self.show_preview,
            on_failure=self._not_tried,
            on_end=self._looked,
            file=file.id,
            quiet=True,
        )

    def _not_tried(self, error: StewardError) -> None:
        self._refused = error.message
        self.preview.show_error(error)

    def _looked(self) -> None:
        self._looking = None
        self.reconsider()

    def show_preview(self, found: Preview) -> None:
        """Show what the fields lead to."""
        if self.unchanged:  # what begins empty is not wrong yet
            found = replace(found, problems=())
        self._refused = ""
        self.show_problems(found.problems)
        self.preview.show_preview(found)

    def show_problems(self, problems: Problems) -> None:
        """Say what is in the way."""
        self._problems = problems
        self.show_fields()
        self.reconsider()

    def reconsider(self) -> None:
        """Say why it cannot be done yet, if it cannot."""
        unchanged = tr("Nothing is changed yet.") if self.unchanged else ""
        self.anew.disable(unchanged)
        if unchanged:
            reason = unchanged
        elif self._problems:
            number = len(self._problems)
            reason = plural(number, tr("thing is in the way."), tr("things are in the way."))
        else:
            reason = self._refused or self.missing()
        self.verb.disable(reason)

    # Doing it

    def submit(self) -> None:
        """Do it; the dialog is closed then."""
        self.attempt(self.verb, self.doing, self.finish(), self._done)

    def attempt(self, button: Button, words: str, work: Finish[Any], done: Callable[[Any], None]) -> None:
        """Run what a button does; what is in the way is shown instead of its result.

        Args:
            words: what is being done.
        """
        if self.running is not None:
            return
        file = self._context.file

        def run(context: Context) -> Any:
            with file.read() as session:
                return work(session, context)

        def end() -> None:
            self.running = None
            button.set_busy("")
            self.reconsider()

        button.set_busy(words)
        self.running = self._context.jobs.run(
            self, words, run, done, on_failure=self.preview.show_error, on_end=end, file=file.id
        )

    def _done(self, result: T | Problems) -> None:
        if isinstance(result, tuple):
            found = self.preview.preview
            self.show_problems(result)
            if found is not None:
                self.preview.show_preview(replace(found, problems=result))
            self.go(result[0].place)
            return
        self.accept()
        self.take_result(result)

    def ask_again(self) -> None:
        """Start again once the steward says so: what was changed here is lost then."""
        words, stay = tr("Start again"), tr("Keep them")
        ask(self, tr("Start again?"), self.lost_anew, words, self.begin_again, stay=stay)

    def reject(self) -> None:
        """What was changed here is not thrown away unasked."""
        if self.running is None and not self.unchanged:
            leave, stay = tr("Leave without keeping them"), tr("Go on editing")
            ask(self, tr("Leave these changes?"), self.at_stake, leave, super().reject, stay=stay)
        else:
            super().reject()


class AddingDialog(ChangeDialog[ChangeList]):
    """One more change in a list of changes, which begins from what the earlier ones leave.

    Args:
        start: where it begins, and who is given the changes with the new one.
    """

    def __init__(self, words: str, start: Start) -> None:
        super().__init__(words, start.context, start.over)
        self.start = start

    def build(self, left: QWidget) -> None:
        """Put the fields in."""
        verb = Button(tr("Add to the changes"), self.submit, kind=Kind.PRIMARY, icon="plus")
        begins = tr("It begins with the schema that comes after {waits}.").format(waits=self.start.waits)
        below = (Label(begins, tone=Tone.MUTED, wrap=True),) if self.start.waits else ()
        self.lay_out(left, verb, tr("Next you see all changes together. Nothing is written yet."), *below)

    @property
    def doing(self) -> str:
        return tr("Adding to the changes")

    @property
    def at_stake(self) -> str:
        return tr("What you changed here is not among the changes yet. The database is unchanged.")

    @property
    def lost_anew(self) -> str:
        return tr("What you changed here goes back to what it was. The database is unchanged.")

    def take_result(self, result: ChangeList) -> None:
        self.start.done(result)
