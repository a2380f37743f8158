"""What is asked on the way from one form of a table to another: does a column go, or is it called otherwise?"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from steward_app.gui.format import shown_name
from steward_app.gui.layout import fix, hbox, vbox
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.text import Label
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.model import Answers, Place, Question, Rename

_WIDE = 320


class QuestionRow(QWidget):
    """A question with its answers; `answered` is told the one that is chosen."""

    def __init__(self, question: Question, answered: Callable[[Answers], None]) -> None:
        super().__init__()
        self.question, self._answered = question, answered
        self.answer = fix(Combo(question.sentence, self._words()), width=_WIDE)
        self.answer.activated.connect(self._chosen)
        self.setLayout(
            vbox(
                Label(shown_name(question.sentence), role="strong", wrap=True), hbox(self.answer, None), gap=6
            )
        )

    def _words(self) -> list[str]:
        return [
            tr("Choose an answer"),
            *(tr("It is called {name}").format(name=quoted(each)) for each in self.question.candidates),
            tr("It goes") if self.question.index or self.question.key else tr("It goes, with what it holds"),
        ]

    def _chosen(self, number: int) -> None:
        place, candidates = self.question.place, self.question.candidates
        if 0 < number <= len(candidates):
            self._answered(Answers(renames=(_renamed(place, candidates[number - 1]),)))
        elif number:
            self._answered(self.question.gone)


def together(one: Answers, other: Answers) -> Answers:
    """Both answers."""
    return Answers(
        one.renames + other.renames,
        one.gone + other.gone,
        indexes=one.indexes + other.indexes,
        keys=one.keys + other.keys,
    )


def told(answers: Answers) -> tuple[str, ...]:
    """What was answered, a sentence each."""
    return (
        *(f"{each.sentence}." for each in answers.renames),
        *(tr("{name} goes.").format(name=quoted(each.column or each.table)) for each in answers.gone),
        *(tr("{name} goes.").format(name=quoted(each)) for each in answers.indexes),
        *(tr("{name} goes.").format(name=quoted(each.said)) for each in answers.keys),
    )


def _renamed(place: Place, name: str) -> Rename:
    return Rename(place.table, place.column, name) if place.column else Rename("", place.table, name)
