"""The line above the list: how many columns are about a person, in which ways, and how many are to decide."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.format import integer, plural
from steward_app.gui.layout import boxed, hbox
from steward_app.gui.pages.personal.bars import PartsBar
from steward_app.gui.pages.personal.read import Counts
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Toolbar
from steward_app.gui.widgets.text import Label


class Summary(Toolbar):
    """With the buttons that confirm what the scan is sure of, and choose what nobody can tell."""

    def __init__(self, confirm_sure: Action, choose_unknown: Action) -> None:
        self.figure = Label(role="figure")
        self.figure_words = Label(tone=Tone.MUTED)
        self.parts = PartsBar(width=120)
        self.parts_words = Label(tone=Tone.MUTED)
        self.left = StateLabel("", Tone.WARNING)
        self._sure = Button(action=confirm_sure, kind=Kind.QUIET, small=True)
        self._unknown = Button(action=choose_unknown, kind=Kind.QUIET, small=True)
        told = boxed(hbox(self.figure, self.figure_words, gap=8))
        super().__init__(
            told,
            self.parts,
            self.parts_words,
            None,
            boxed(hbox(self._sure, self._unknown, self.left, gap=12)),
        )

    def show_counts(self, counts: Counts, sure: int, unknown: int) -> None:
        """Show what was counted; `sure` columns can be confirmed at once, and `unknown` ones chosen."""
        self.figure.say(integer(counts.personal))
        words = _tr("of {columns} columns are about a person")
        if counts.inside:  # what the page is about stands above: with more to say, the line stays one
            words = _tr("of {columns} columns, and {places}")
        inside = plural(counts.inside, _tr("place in JSON"), _tr("places in JSON"))
        self.figure_words.say(words.format(columns=integer(counts.columns), places=inside))
        self.parts.show_parts((counts.identify, counts.narrow, counts.sensitive, counts.about))
        told = (
            plural(counts.identify, _tr("identifies"), _tr("identify")),
            plural(counts.narrow, _tr("narrows down"), _tr("narrow down")),
            plural(counts.sensitive, _tr("is sensitive"), _tr("are sensitive")),
            plural(counts.about, _tr("says more"), _tr("say more")),
        )
        shown = zip(told, (counts.identify, counts.narrow, counts.sensitive, counts.about), strict=True)
        self.parts_words.say("   ".join(words for words, count in shown if count))
        if counts.to_decide:
            left = _tr("{n} to decide").format(n=integer(counts.to_decide))
            self.left.show_state(left, Tone.WARNING)
        else:
            self.left.show_state(_tr("All decided"), Tone.SUCCESS)
        self._sure.set_words(_tr("Confirm {n} sure ones").format(n=integer(sure)))
        self._sure.setVisible(sure > 1)
        self._unknown.set_words(_tr("Choose {n} unknown").format(n=integer(unknown)))
        self._unknown.setVisible(unknown > 1)


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
