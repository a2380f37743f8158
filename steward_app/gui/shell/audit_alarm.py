"""Says above every page, in the sidebar too, that the audit of the open file does not tell every change any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout

from steward_app.gui.audit_findings import (
    BEHIND,
    DRIFTING,
    FORGED,
    OF_FILE,
    changed_unseen,
    of_tables,
    where_shown,
)
from steward_app.gui.format import full_stop, plural, shown_name
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.finding import Finding, Severity

if TYPE_CHECKING:
    from steward_app.gui.shell.window import Window

_PAGE = "audit"


class AuditAlarm(QObject):
    """One for the window. It stands in a place of its own: what else is said there does not take it away.

    Args:
        place: above the notices and the page.
    """

    def __init__(self, window: Window, place: QVBoxLayout) -> None:
        super().__init__(window)
        self._window, self._place = window, place
        window.own_seals.alarmed.connect(self._show)
        window.own_seals.sealed.connect(self._sealed)

    @Slot(object)
    def _show(self, findings: Sequence[Finding]) -> None:
        clear(self._place)
        alarms = [each for each in findings if each.severity is not Severity.NOTE]
        worst = Tone.DANGER if any(each.severity is Severity.ERROR for each in alarms) else Tone.WARNING
        self._window.sidebar.show_count(_PAGE, len(alarms) or None, worst)
        if alarms:
            lead, rest = alarm_words(alarms)
            banner = Banner(worst, lead, rest, actions=self._actions(alarms), on_close=self._close)
            around = boxed(vbox(banner, margins=(24, 12, 24, 0)))
            around.setProperty("kind", "page")  # it stands on the page's ground
            around.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self._place.addWidget(around)
        self._read_again()

    def _actions(self, alarms: Sequence[Finding]) -> tuple[Button, ...]:
        go = self._window.navigate
        if not any(spec.id == _PAGE for spec in self._window.specs):
            return ()
        tables = of_tables(alarms)
        to_show = where_shown(_forged(alarms) or (tables or alarms)[0], alarms)
        show = Button(self.tr("Show"), lambda: go(_PAGE, **to_show), small=True)
        if not tables and alarms[0].code not in OF_FILE:
            return (*self._make_again(alarms), show)
        changed = changed_unseen(alarms)
        arm = Button(
            self.tr("Arm again"), lambda: go(_PAGE, view="setup", rearm=True, tables=changed), small=True
        )
        return (arm, show)

    def _make_again(self, alarms: Sequence[Finding]) -> tuple[Button, ...]:
        """The way to the plan that makes recipes again, where those are what is wrong first."""
        if alarms[0].code != DRIFTING:
            return ()
        go = self._window.navigate
        to_plan = {"view": "setup", "section": "recipes", "renew": True}
        return (Button(self.tr("Make again"), lambda: go(_PAGE, **to_plan), small=True),)

    def _close(self) -> None:
        """It is read. It comes again when something else is wrong, or when the file is opened again."""
        clear(self._place)

    @Slot(object)
    def _sealed(self, _: object) -> None:
        self._read_again()

    def _read_again(self) -> None:
        """Pages that tell of the audit."""
        for page in self._window.pages.built:
            page.refresh_guard()


def _forged(alarms: Sequence[Finding]) -> Finding | None:
    return next((each for each in alarms if each.code == FORGED), None)


def alarm_words(alarms: Sequence[Finding]) -> tuple[str, str]:
    """What is wrong, and what follows from it.

    Args:
        alarms: the worst first.
    """
    tables, forged = of_tables(alarms), _forged(alarms)
    if forged is not None:
        return full_stop(forged.title), " ".join(
            filter(None, (forged.detail, _lead(tables) if tables else ""))
        )
    if not tables:
        return full_stop(alarms[0].title), alarms[0].detail
    lead = _lead(tables)
    rest = [tables[0].detail]
    if len(tables) > 1:
        rest = [full_stop(_tr("First: {finding}").format(finding=tables[0].title)), tables[0].detail]
    again = (
        _tr("Armed again, it is compared with the log, and what was missed is written down as a gap.")
        if len(tables) == 1
        else _tr("Armed again, they are compared with the log, and what was missed is written down as a gap.")
    )
    rest.append(again)
    others = [each for each in alarms if each not in tables]
    rest += [full_stop(each.title) for each in others[:1]]
    return lead, " ".join(filter(None, rest))


def _lead(tables: Sequence[Finding]) -> str:
    if all(each.code == BEHIND for each in tables):
        if len(tables) == 1:
            return full_stop(tables[0].title)
        words = _tr("Rows of {tables} are not what the log says.")
        return words.format(tables=plural(len(tables), _tr("table"), _tr("tables")))
    disarmed = all(each.code == "audit_disarmed" for each in tables)
    of = f"“{shown_name(tables[0].subject.table)}”"
    if len(tables) > 1:
        of = plural(len(tables), _tr("table"), _tr("tables"))
    words = (
        _tr("The audit of {tables} is disarmed.")
        if disarmed
        else _tr("The audit of {tables} is not as it should be.")
    )
    return words.format(tables=of)


def _tr(text: str) -> str:
    return QCoreApplication.translate("AuditAlarm", text)
