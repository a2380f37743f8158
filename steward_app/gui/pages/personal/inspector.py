"""What is known of the chosen column: why it looks like what it looks like, samples, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.format import integer, name_alone, plural
from steward_app.gui.layout import Item, clear, fix, grid, hbox, vbox
from steward_app.gui.look import px
from steward_app.gui.pages.personal.bars import Bar
from steward_app.gui.pages.personal.form import DecisionForm, Given
from steward_app.gui.pages.personal.read import Group, Line
from steward_app.gui.pages.personal.words import (
    evidence_words,
    filled_words,
    missed_words,
    place_words,
    strength_words,
    why_title,
)
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import TextField
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Inspector, frame, hairline
from steward_app.gui.widgets.text import Label, bold, muted
from steward_app.services.privacy.classify.model import Why
from steward_app.services.privacy.discover.model import ColumnScan
from steward_app.services.privacy.discover.samples import Samples
from steward_app.services.privacy.model import Place

WIDTH = 408
_MOST_EVIDENCE = 5


class ColumnInspector(Inspector):
    """Of one column, or of several that are decided alike.

    Args:
        confirm, later, take_back: what the buttons at the foot do.
        reveal: shows samples as they are, or masks them again.
        carry: carries a decision over to the new name of a column.
    """

    def __init__(
        self,
        confirm: Action,
        later: Action,
        take_back: Action,
        reveal: Callable[[], None],
        carry: Callable[[], None],
    ) -> None:
        super().__init__(_tr("Details of the chosen column"), width=WIDTH)
        self._actions = (confirm, later, take_back)
        self._reveal, self._carry = reveal, carry
        self.form = DecisionForm()
        self.form.setParent(self)
        self.form.hide()
        self.reason = TextField(_tr("Why they are not linked to a person"), _tr("Because…"))
        self.reason.setParent(self)
        self.reason.hide()
        self._samples = vbox()
        self._samples_title = Label(role="strong")
        self.reveal_button = Button()
        self.samples: Samples | None = None
        self.place: Place | None = None
        """Of which place samples can be shown: None while several columns, or none, are."""
        self._many: Button | None = None

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        self._clear()
        words = _tr("Choose a column to see why it looks personal, some of its values, and to decide.")
        self.show_content(Label(words, tone=Tone.MUTED, wrap=True), None)
        self.show_actions()

    def show_line(self, line: Line, given: Given, counter: str) -> None:
        """Everything about one line; samples follow with `show_samples`."""
        self._clear()
        items: list[Item] = [self._head(line)]
        if line.found is not None:
            items.append(Label(filled_words(line.found), tone=Tone.MUTED, wrap=True))
        if line.gone:
            self._show_gone(line, items)
            return
        if line.found is not None:
            items += self._evidence(line, line.found)
        elif line.decision is None:
            words = line.waiting.sentence if line.waiting is not None else ""
            items.append(Label(name_alone(words), tone=Tone.MUTED, wrap=True))
        self.place = line.place
        self._samples, self._samples_title = vbox(), Label(role="strong")
        self.reveal_button = Button(_tr("Reveal"), self._reveal, kind=Kind.QUIET, icon="eye", small=True)
        self.reveal_button.hide()
        items += [4, hbox(self._samples_title, None, self.reveal_button), self._samples]
        items += [4, Label(_tr("Your decision"), role="strong"), *self._decided_words(line), self.form]
        self.form.show_given(given)
        self.form.show()
        self.show_content(*items, None)
        confirm, later, take_back = self._actions
        first = _tr("Confirm and go to next") if line.group is Group.TO_DECIDE else _tr("Keep this decision")
        decide = Button(first, action=confirm, kind=Kind.PRIMARY, icon="check")
        second = Button(action=later if line.group is Group.TO_DECIDE else take_back)
        self._offer(
            decide, second, counter, beside=line.decision is not None or line.group is Group.TO_DECIDE
        )

    def show_many(self, lines: Sequence[Line], words: str) -> None:
        """Several lines: they are confirmed as the scan proposes, or not linked for one reason."""
        self._clear()
        proposed = sum(line.proposed for line in lines)
        told = plural(len(lines), _tr("column"), _tr("columns"))
        names = [
            Label(place_words(each), role="mono", elide=True, middle=True) for each in lines[:8] if each.place
        ]
        rest = len(lines) - len(names)
        if rest > 0:
            names.append(Label(_tr("and {n} more").format(n=integer(rest)), tone=Tone.MUTED))
        items: list[Item] = [
            Label(_tr("{columns} chosen").format(columns=told), role="heading"),
            vbox(*names, gap=4),
        ]
        items += [8, Label(_many_words(len(lines), proposed), wrap=True), self.reason, None]
        self.reason.clear()
        self.reason.show()
        self.show_content(*items)
        confirm, _, take_back = self._actions
        self._many = Button(words, action=confirm, kind=Kind.PRIMARY, icon="check")
        self._offer(self._many, Button(action=take_back), "")

    def say_many(self, words: str) -> None:
        """What the button does now that a reason was typed."""
        if self._many is not None:
            self._many.set_words(words)

    def show_samples(self, samples: Samples, of: ColumnScan | None) -> None:
        """Some values, masked or as they are."""
        self.samples = samples
        clear(self._samples)
        title = _tr("Samples, masked") if samples.masked else _tr("Samples")
        rows = f" {len(samples.values)}" if of is None else f" {len(samples.values)} of {of.distinct:,}"
        self._samples_title.say(bold(title), muted(rows if samples.values else ""))
        self.reveal_button.setVisible(bool(samples.values))
        self.reveal_button.set_words(_tr("Reveal") if samples.masked else _tr("Hide"))
        self.reveal_button.show_icon_named("eye" if samples.masked else "eye-off")
        if not samples.values:
            self._samples.addWidget(Label(_tr("There is no value to show."), tone=Tone.MUTED))
            return
        column = vbox(margins=(1, 1, 1, 1))
        for number, value in enumerate(samples.values):
            if number:
                column.addWidget(hairline())
            shown = Label(name_alone(value), role="mono", elide=True)
            shown.setContentsMargins(px(12), px(3), px(12), px(3))
            column.addWidget(shown)
        self._samples.addWidget(frame("card", column))

    def say_no_samples(self, why: str) -> None:
        """Values cannot be shown."""
        clear(self._samples)
        self._samples.addWidget(Label(why, tone=Tone.MUTED, wrap=True))

    # Parts

    def _clear(self) -> None:
        """What stays is taken out first, so that it is not destroyed with what was shown."""
        self.samples, self.place, self._many = None, None, None
        for kept in (self.form, self.reason):
            kept.setParent(self)
            kept.hide()

    def _head(self, line: Line) -> Item:
        title = Label(place_words(line), role="mono-heading", elide=True, middle=True)
        title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if line.group is Group.TO_DECIDE:
            state = StateLabel(_tr("To decide"), Tone.WARNING, "triangle-alert")
        elif line.decision is not None:
            state = StateLabel(_tr("Decided"), Tone.SUCCESS, "circle-check")
        else:
            state = StateLabel(_tr("Nothing found"), Tone.MUTED, "circle")
        row = hbox(title, state, gap=8)
        row.setStretch(0, 1)
        return row

    def _evidence(self, line: Line, found: ColumnScan) -> list[Item]:
        items: list[Item] = [4, Label(why_title(line), role="strong", wrap=True)]
        if not found.evidence:
            items.append(Label(_tr("Nothing points to a person."), tone=Tone.MUTED, wrap=True))
        rows = grid(gap=(12, 4))
        told = sorted(found.evidence, key=lambda each: -abs(each.strength))[:_MOST_EVIDENCE]
        for number, each in enumerate(told):
            share = each.share if each.share is not None else abs(each.strength)
            rows.addWidget(Label(evidence_words(each), wrap=True), number, 0)
            bar = Bar(share, width=96, against=each.strength < 0)
            rows.addWidget(bar, number, 1, Qt.AlignmentFlag.AlignVCenter)
            figure = fix(Label(strength_words(each)), width=52)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            rows.addWidget(figure, number, 2)
        rows.setColumnStretch(0, 1)
        if told:
            items.append(rows)
        missed = missed_words(found)
        if missed:
            items.append(Label(missed, role="small", tone=Tone.MUTED, wrap=True))
        return items

    def _decided_words(self, line: Line) -> list[Item]:
        decision = line.decision
        if decision is None or line.group is Group.TO_DECIDE:
            return []
        if decision.by_table:
            words = _tr("By its table: {why}").format(why=name_alone(decision.not_personal))
        else:
            by = " ".join(filter(None, (decision.decided_by, decision.decided_on)))
            words = _tr("Decided by {by}").format(by=name_alone(by)) if by else _tr("As the policy says.")
        return [Label(words, tone=Tone.MUTED, wrap=True)]

    def _show_gone(self, line: Line, items: list[Item]) -> None:
        """What was decided about and is not there any more: carry it over, or take it back."""
        waiting = line.waiting
        assert waiting is not None
        items.append(Banner(Tone.WARNING, waiting.sentence))
        self.show_content(*items, None)
        buttons: list[QWidget] = []
        if waiting.why is Why.RENAMED:
            words = _tr("Carry over to {name}").format(name=name_alone(waiting.now))
            buttons.append(Button(words, self._carry, kind=Kind.PRIMARY, icon="arrow-right"))
        buttons.append(Button(action=self._actions[2]))
        self.show_actions(*buttons)

    def _offer(self, first: Button, second: Button, counter: str, *, beside: bool = True) -> None:
        self.show_actions(*((first, second) if beside else (first,)))
        if counter:
            words = Label(counter, role="small", tone=Tone.MUTED)
            self.foot.addWidget(words)


def _many_words(chosen: int, proposed: int) -> str:
    if not proposed:
        return _tr("The scan proposes nothing new about them. None of them is linked to a person, because:")
    if proposed == chosen:
        return _tr("All are confirmed as the scan proposes. Or none is linked to a person, because:")
    told = _tr("{n} of them are confirmed as the scan proposes. Or none is linked to a person, because:")
    return told.format(n=integer(proposed))


def _tr(text: str) -> str:
    return QCoreApplication.translate("personal", text)
