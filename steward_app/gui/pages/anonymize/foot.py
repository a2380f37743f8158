"""The foot of the Anonymize page: the way back and the way on from the step that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from steward_app.gui.format import full_stop, name_alone, plural
from steward_app.gui.pages.anonymize.commands import Own
from steward_app.gui.pages.anonymize.reasons import (
    BALANCE,
    COLUMNS,
    COPY,
    MAKE,
    NOTHING,
    REGISTER,
    TECHNIQUES,
)
from steward_app.gui.pages.anonymize.words import against_giving, tr
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.foot import JobFoot
from steward_app.services.privacy.along import in_words

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage


class Foot(JobFoot):
    """Buttons of the step that is shown."""

    def furnish(self, own: Own, allow: Callable[[], None]) -> None:
        """Put the buttons in. `allow` turns the read-only switch of the file off."""
        self.allow = Button(tr("Allow changes"), allow, icon="lock-open")
        self.cancel, self.back, self.rehearse = (
            Button(action=each) for each in (own.cancel, own.back, own.rehearse)
        )
        self.onward, self.attack, self.look = (
            Button(action=each, kind=Kind.PRIMARY) for each in (own.onward, own.attack, own.open)
        )
        self.hold(
            self.back, self.allow, self.rehearse, self.onward, self.attack, self.look, before=(self.cancel,)
        )

    def show_step(self, page: AnonymizePage) -> None:
        """Show the buttons of the page's step, and what is to be said beside them."""
        step = page.step
        self.setVisible(
            (step > NOTHING and not (step == REGISTER and not page.register.table.rows)) or self.busy
        )
        if self.busy:
            return
        verbs = {
            COLUMNS: tr("Choose techniques"),
            TECHNIQUES: tr("Find the balance"),
            BALANCE: tr("Anonymize the file") if page.making.in_place else tr("Make the copy for release"),
            MAKE: page.making.verb,
        }
        self.onward.set_words(verbs.get(step, page.own.onward.title))
        attacked = step == COPY and page.copy.report is not None
        self.attack.set_words(tr("Attack it again") if attacked else page.own.attack.title)
        back = (self.back,) if COLUMNS < step < REGISTER else ()
        rehearse = (self.rehearse,) if step == MAKE and page.making.plan is not None else ()
        primary = {COPY: self.attack, REGISTER: self.look}.get(step, self.onward)
        itself = step == COPY and page.copy.release is not None and page.copy.release.in_place
        allow = (self.allow,) if step == MAKE and page.making.wants_changes else ()
        self.show_buttons(*back, *allow, *rehearse, *(() if itself else (primary,)))
        self.cancel.setVisible(COLUMNS < step < COPY)
        stays = tr("{file} stays as it is.").format(file=name_alone(page.context.file.path.name))
        if step == MAKE:
            self.say(page.making.words)
        elif step == COPY and (against := against_giving(page.copy.report)) and not itself:
            self.say(against)
        elif itself:
            self.say(tr("The originals are in restore points alone."))
        else:
            self.say(
                (page.reasons.go_on() if step < MAKE else "")
                or (_of_balance(page) if step == BALANCE else "")
                or stays
            )


def _of_balance(page: AnonymizePage) -> str:
    """What nobody should miss before going on from the balance; "" without such a thing."""
    draft = page.draft
    if draft.trial is not None and draft.trial_fits and (beaten := len(draft.trial.attacks.beaten)):
        attacks = plural(
            beaten,
            tr("attack on the trial copy beats its limit"),
            tr("attacks on the trial copy beat their limit"),
        )
        return full_stop(attacks)
    if draft.node is not None and (others := draft.not_weighed):
        return tr("Not weighed yet, and nothing is asked there: {tables}.").format(tables=in_words(others))
    return ""
