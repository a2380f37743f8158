"""Questions. Only where something would be lost; Cancel is the default, the other button carries the verb."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from steward_app.gui.format import plural
from steward_app.gui.layout import Item, boxed, fix, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.text import Label, Part, name


class Question(PageDialog):
    """A question over the window that does not stop its event loop.

    Args:
        title: the question: "Erase patient 20,418 everywhere?".
        sentence: what it means, with counts.
        verb: the button that does it: "Erase 1,149 rows".
        run: does it.
        type_to_confirm: what must be typed first; "" where nothing must.
        extra: widgets between sentence and field, such as a state line.
        stay: the words of the default button.
        show_plan: adds a link at the left.
    """

    def __init__(
        self,
        window: QWidget,
        title: str,
        sentence: Part | tuple[Part, ...],
        verb: str,
        run: Callable[[], None],
        *,
        type_to_confirm: str = "",
        danger: bool = False,
        extra: Iterable[QWidget] = (),
        stay: str = "",
        show_plan: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(window, title)
        self._run, self._needed = run, type_to_confirm
        parts = sentence if isinstance(sentence, tuple) else (sentence,)
        kind = Kind.DANGER if danger or type_to_confirm else Kind.PRIMARY
        self.verb = Button(verb, self._confirmed, kind=kind)
        self.stay = Button(stay or self.tr("Cancel"), self.reject)
        self.stay.setDefault(True)
        self.field = TextField(self.tr("Type {name} to go on").format(name=type_to_confirm))
        self._left = Label(role="small", tone=Tone.MUTED)
        body = vbox(Label(title, role="question", wrap=True), Label(*parts, wrap=True), *extra, gap=8,
                    margins=(20, 20, 20, 12))  # fmt: skip
        if type_to_confirm:
            self._add_field(body)
        buttons: list[Item] = [None, self.stay, self.verb]
        if show_plan is not None:
            buttons.insert(0, Button(self.tr("Show plan"), show_plan, kind=Kind.QUIET))
        foot = dialog_foot(*buttons)
        self.setLayout(vbox(boxed(body), foot))
        fix(self, width=400)

    def _add_field(self, body: QVBoxLayout) -> None:
        words = Label(self.tr("Type "), name(self._needed, bold=True), self.tr(" to go on"))
        words.setBuddy(self.field)
        for widget in (words, self.field, self._left):
            body.addWidget(widget)
        self.field.textChanged.connect(self._typed)
        self._typed("")

    def _typed(self, text: str) -> None:
        missing = len(self._needed) - len(text)
        fits = text == self._needed
        if fits:
            words = ""
        elif self._needed.startswith(text):
            words = self.tr("{count} to go").format(count=plural(missing, "character", "characters"))
        else:
            words = self.tr("This is not the name.")
        self._left.say(words)
        self.verb.disable("" if fits else self.tr("Type the name first."))

    def _confirmed(self) -> None:
        if not self._needed or self.field.text() == self._needed:
            self.accept()
            self._run()


def ask(
    window: QWidget, title: str, sentence: str, verb: str, run: Callable[[], None], *, stay: str = ""
) -> Question:
    """Ask once; `run` is called when the steward chooses the verb."""
    question = Question(window, title, sentence, verb, run, stay=stay)
    question.open()
    return question
