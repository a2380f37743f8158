"""What can be done on the Anonymize page, as data for buttons, keys and palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.gui.actions import Action
from steward_app.gui.pages.anonymize.words import tr

if TYPE_CHECKING:
    from steward_app.gui.pages.anonymize.page import AnonymizePage


@dataclass(frozen=True, slots=True)
class Own:
    """The actions of the page."""

    look: Action
    onward: Action
    back: Action
    cancel: Action
    known: Action
    sensitive: Action
    trial: Action
    rehearse: Action
    attack: Action
    report: Action
    given: Action
    destroyed: Action
    assess: Action
    key: Action
    copies: Action
    open: Action

    @property
    def every(self) -> tuple[Action, ...]:
        """All of them, in the order of the work."""
        return tuple(getattr(self, name) for name in self.__slots__)


def own_actions(page: AnonymizePage) -> Own:
    """The actions of a page."""
    group = page.spec.title

    def action(
        id_: str, title: str, run: object, icon: str, why_not: object, words: str = "", keys: str = ""
    ) -> Action:
        return Action(f"anonymize.{id_}", title, run, group, icon, keys, why_not, words)  # type: ignore[arg-type]

    copy, make, why = page.copies, page.making, page.reasons
    return Own(
        look=action("look", tr("Find personal data"), lambda: page.read_again(look=True), "search", why.look, "scan"),
        onward=action("onward", tr("Go on"), page.go_on, "", why.go_on, "next step", "Ctrl+Return"),
        back=action("back", tr("Back"), page.go_back, "", why.back, "step before"),
        cancel=action("cancel", tr("Cancel"), page.start_again, "", why.cancel, "start again"),
        known=action("known", tr("Known to others"), page.turn_known, "users", why.turn, "quasi identifier"),
        sensitive=action("sensitive", tr("Sensitive"), page.turn_sensitive, "eye-off", why.turn),
        trial=action("trial", tr("Make a trial copy"), page.try_out, "flask-conical", why.trial, "rehearse"),
        rehearse=action("rehearse", tr("Rehearse"), make.rehearse, "flask-conical", make.why_not_rehearse),
        attack=action("attack", tr("Attack the copy"), copy.attack, "shield", copy.why_not_attack, "prove linkage"),
        report=action("report", tr("Write the report"), copy.write_report, "file-text", copy.why_not_report, "pdf"),
        given=action("given", tr("Record that it was given"), copy.record_given, "upload", copy.why_not_record),
        destroyed=action("gone", tr("Record that it is gone"), copy.record_destroyed, "trash-2", copy.why_not_record),
        assess=action("assess", tr("Assess as anonymous"), copy.assess, "pencil", copy.why_not_record, "sheet sign"),
        key=action("key", tr("Destroy the key"), copy.destroy_key, "key-round", copy.why_not_destroy_key, "pseudonyms"),
        copies=action("copies", tr("Show copies made"), page.show_copies, "package", why.copies, "register"),
        open=action("open", tr("Look at the copy"), page.open_copy, "", why.open, "attack report"),
    )  # fmt: skip
