"""What can be done on the restore page, as actions: for buttons, keys and the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.pages.restore.choose import What

if TYPE_CHECKING:
    from steward_app.gui.pages.restore.page import RestorePage


@dataclass(frozen=True, slots=True)
class Own:
    """Made once, before the buttons."""

    plan: Action
    in_place: Action
    rows: Action
    table: Action
    rehearse: Action
    apply: Action
    back: Action
    reveal: Action
    older: Action
    newer: Action
    find: Action
    narrow: Action
    cancel: Action

    @property
    def every(self) -> tuple[Action, ...]:
        """All of them."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def own_actions(page: RestorePage) -> Own:
    """The actions of a page."""
    group = page.spec.title

    def no_choice() -> str:
        if page.busy:
            return _tr("Something is running.")
        return "" if page.choosing else _tr("This is chosen in the first step.")

    def not_in_place() -> str:
        if not page.choosing:
            return _tr("The place is chosen in the first step.")
        return page.choose.in_place.toolTip()

    def no_way_back() -> str:
        return "" if page.can_go_back else _tr("There is no step to go back to.")

    def no_rows() -> str:
        there = page.comparing_rows and page.rows.filter.isEnabled()
        return "" if there else _tr("No rows are compared here.")

    def what(chosen: What) -> Action:
        words, keys = {
            What.ROWS: (_tr("Bring back chosen rows"), "Ctrl+Shift+R"),
            What.TABLE: (_tr("Bring back one table"), "Ctrl+Shift+T"),
        }[chosen]
        return Action(f"restore.{chosen}", words, lambda: page.choose.choose_what(chosen), group, "", keys,
                      no_choice, "deleted missing undelete compare")  # fmt: skip

    return Own(
        Action("restore.plan", _tr("Plan the restore"), page.plan, group, "", "Ctrl+Return",
               page.why_not_plan, "bring back point compare"),
        Action("restore.in_place", _tr("Restore in place"), lambda: page.choose.choose_in_place(), group, "", "Ctrl+I",
               not_in_place, "back over itself"),
        what(What.ROWS),
        what(What.TABLE),
        Action("restore.rehearse", _tr("Rehearse on a copy"), lambda: page.carry.rehearse(), group, "flask-conical", "",
               lambda: page.carry.why_not_rehearse(), "try dry run"),
        Action("restore.apply", _tr("Restore as planned"), lambda: page.carry.apply(), group, "rotate-ccw", "",
               lambda: page.carry.why_not_apply()),
        Action("restore.back", _tr("Back"), page.back, group, "", "Alt+Left", no_way_back),
        Action("restore.reveal", _tr("Show personal columns"), lambda: page.comparing.toggle_personal(), group, "eye",
               "Ctrl+Shift+P", lambda: page.comparing.no_personal(), "hide reveal hidden"),
        Action("restore.older", _tr("An older point"), lambda: page.comparing.compare_beside(1), group, "chevron-left",
               "Alt+Up", lambda: page.comparing.why_not_beside(1)),
        Action("restore.newer", _tr("A newer point"), lambda: page.comparing.compare_beside(-1), group, "chevron-right",
               "Alt+Down", lambda: page.comparing.why_not_beside(-1)),
        Action("restore.find", _tr("Find in backups"), lambda: page.finding.open(), group, "search", "Ctrl+Shift+F",
               no_choice, "row value search points"),
        Action("restore.narrow", _tr("Find among the rows that differ"), lambda: page.rows.filter.begin(), group,
               "search", "Ctrl+F", no_rows, "filter narrow"),
        Action("restore.cancel", _tr("Cancel"), page.start_again, group, "", "", no_way_back, "begin again first step"),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("restore", text)
