"""What can be done on the page of personal data, as actions: for buttons, keys and the palette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steward_app.gui.actions import Action

if TYPE_CHECKING:
    from steward_app.gui.pages.personal.page import PersonalPage


@dataclass(frozen=True)
class Commands:
    """All of them."""

    scan: Action
    scan_full: Action
    stop: Action
    register: Action
    responsible: Action
    confirm: Action
    later: Action
    not_linked: Action
    take_back: Action
    confirm_sure: Action
    choose_unknown: Action
    reveal: Action
    on_map: Action
    in_data: Action

    @property
    def every(self) -> tuple[Action, ...]:
        """As a page lists them."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def commands(page: PersonalPage) -> Commands:
    """Those of one page."""
    tr, title = page.tr, page.spec.title

    def busy() -> str:
        return tr("The scan is running.") if page.foot.busy else ""

    def listed(why_not: Callable[[], str]) -> Callable[[], str]:
        """Nothing is decided unseen, while a form or the findings stand in the place of the list."""
        return lambda: why_not() if page.table.isVisibleTo(page) else tr("Go to the list of columns first.")

    def why_not_chosen() -> str:
        return "" if page.chosen else tr("Choose a column first.")

    chosen = listed(why_not_chosen)

    return Commands(
        scan=Action(
            "personal.scan",
            tr("Scan again") if page.scanned else tr("Find personal data"),
            page.scan,
            title,
            "search",
            "F5",
            busy,
            "discover find sample look",
        ),
        scan_full=Action(
            "personal.scan_full",
            tr("Scan every cell"),
            lambda: page.scan(full=True),
            title,
            "search",
            enabled_when=busy,
            keywords="full discover all",
        ),
        stop=Action(
            "personal.stop",
            tr("Stop the scan"),
            page.foot.stop,
            title,
            "x",
            enabled_when=lambda: "" if page.foot.busy else tr("No scan is running."),
        ),
        register=Action(
            "personal.register",
            tr("Write register"),
            page.record.write,
            title,
            "file-text",
            "Ctrl+E",
            page.record.why_not,
            "report record of processing article 30 ropa",
        ),
        responsible=Action(
            "personal.responsible",
            tr("Who is responsible…"),
            page.show_responsible,
            title,
            "user",
            "",
            lambda: "" if page.shown is not None else tr("The policy is not read yet."),
            "controller contact representative data protection officer transfers",
        ),
        confirm=Action(
            "personal.confirm",
            page.deciding.words,
            page.deciding.confirm,
            title,
            "check",
            "Ctrl+Return",
            listed(page.deciding.why_not_confirm),
            "decide classify accept",
        ),
        later=Action(
            "personal.later",
            tr("Decide later"),
            page.deciding.go_to_next,
            title,
            "",
            "Ctrl+J",
            chosen,
            "next skip",
        ),
        not_linked=Action(
            "personal.not_linked",
            tr("Not linked to a person…"),
            page.deciding.ask_for_reason,
            title,
            "",
            "Ctrl+Shift+N",
            chosen,
            "no personal data reason",
        ),
        take_back=Action(
            "personal.take_back",
            tr("Take back decision"),
            page.deciding.take_back,
            title,
            "undo-2",
            "",
            listed(page.deciding.why_not_take_back),
            "withdraw",
        ),
        confirm_sure=Action(
            "personal.confirm_sure",
            tr("Confirm all the scan is at least 90 % sure of"),
            page.deciding.confirm_sure,
            title,
            "list-checks",
            "",
            listed(lambda: "" if page.deciding.sure else tr("There is nothing it is so sure of to decide.")),
            "bulk all",
        ),
        choose_unknown=Action(
            "personal.choose_unknown",
            tr("Choose all that nobody can tell"),
            page.deciding.choose_unknown,
            title,
            "list-checks",
            "",
            listed(lambda: "" if page.deciding.unknown else tr("There is nothing of that kind to decide.")),
            "undecided unknown waiting bulk all not linked",
        ),
        reveal=Action(
            "personal.reveal",
            tr("Reveal samples"),
            page.reveal,
            title,
            "eye",
            "Ctrl+R",
            listed(lambda: "" if page.can_reveal else tr("There is no sample to reveal.")),
            "values show hide mask",
        ),
        on_map=Action(
            "personal.on_map", tr("Show on the map"), page.show_on_map, title, "workflow", "", chosen
        ),
        in_data=Action(
            "personal.in_data", tr("Show the table in Data"), page.show_in_data, title, "table-2", "", chosen
        ),
    )
