"""When points are made by themselves, and how long they stay."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from steward_app.catalog.schedules import Schedule
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.backups.dialog import JobDialog
from steward_app.gui.pages.backups.words import keep_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.controls import Combo, LabelledField
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import UsageError
from steward_app.services import backup
from steward_app.services.backup import Status, retention
from steward_app.services.backup.retention import Rule

_USUAL = (0, 5, 15, 30, 60, 4 * 60, 24 * 60)


class ScheduleDialog(JobDialog):
    """How often, and what stays.

    Args:
        status: what holds now.
        done: told when it was set.
    """

    def __init__(self, page: Page, status: Status, done: Callable[[Schedule], None]) -> None:
        super().__init__(page, _tr("Schedule"), _tr("Set the schedule"), _tr("Setting it"), "calendar")
        self._done = done
        every = status.schedule.every_minutes
        self._minutes = sorted({*_USUAL, every})
        self.every = Combo(_tr("Make a point"), [_every_words(minutes) for minutes in self._minutes])
        self.every.setCurrentIndex(self._minutes.index(every))
        label = Label(_tr("Make a point"))
        label.setBuddy(self.every)
        runs = Label(
            _tr(
                "While this window is open. Where nothing has changed, nothing is made. “steward backup schedule” on "
                "the command line has the system do it when no window is open."
            ),
            role="small",
            tone=Tone.MUTED,
            wrap=True,
        )
        named = {_tr("As now"): status.rules, _tr("The usual"): retention.DEFAULT, _tr("Everything"): ()}
        self._rules = list(dict.fromkeys(named.values()))
        names = [next(name for name, each in named.items() if each == rules) for rules in self._rules]
        self.keep = Combo(_tr("What stays"), [*names, _tr("Rules of your own")])
        kept = Label(_tr("What stays"))
        kept.setBuddy(self.keep)
        self.own = LabelledField(_tr("Rules"))
        self.own.edit.setText(to_typed(status.rules or retention.DEFAULT))
        self._means = Label(role="small", tone=Tone.MUTED, wrap=True)
        always = Label(
            _tr(
                "The newest point, the newest proven one and those on legal hold stay whatever the rules say; those "
                "made by hand stay for 30 days."
            ),
            role="small",
            tone=Tone.MUTED,
            wrap=True,
        )
        self.add(
            boxed(vbox(label, self.every, gap=6)),
            runs,
            boxed(vbox(kept, self.keep, gap=6)),
            self.own,
            self._means,
            always,
        )
        self.keep.currentIndexChanged.connect(lambda _: self._show_keep())
        self.own.edit.textEdited.connect(lambda _: self._show_keep())
        self._show_keep()

    def _show_keep(self) -> None:
        chosen = self.keep.currentIndex()
        own = chosen == len(self._rules)
        self.own.setVisible(own)
        rules = self._typed() if own else self._rules[chosen]
        self._means.say(f"{keep_words(rules)}." if rules is not None else "")
        self.fit()

    def _typed(self) -> tuple[Rule, ...] | None:
        """The rules as they are typed; None where they are none, which is said at the field."""
        try:
            rules = retention.parse(self.own.edit.text())
        except UsageError as error:
            self.own.set_wrong(error.message)
            return None
        self.own.set_wrong("")
        return rules

    def submit(self) -> None:
        """Set it."""
        chosen = self.keep.currentIndex()
        keep = self._rules[chosen] if chosen < len(self._rules) else self._typed()
        if keep is None:
            self.own.edit.setFocus()
            return
        file, catalog = self.page.context.file, self.page.context.catalog
        every = self._minutes[self.every.currentIndex()]
        self.start(
            _tr("Setting the schedule"),
            lambda context: backup.set_schedule(catalog, file.path, context, every_minutes=every, keep=keep),
            self._done,
        )


def to_typed(rules: tuple[Rule, ...]) -> str:
    """Rules as they are typed: "5min:24h, 1h:7d"."""
    return ", ".join(f"{_unit(rule.every_minutes)}:{_unit(rule.for_minutes)}" for rule in rules)


def _unit(minutes: int) -> str:
    for unit, length in (("y", 365 * 24 * 60), ("m", retention.MONTH_MINUTES), ("d", 24 * 60), ("h", 60)):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}min"


def _every_words(minutes: int) -> str:
    if not minutes:
        return _tr("By hand only")
    if minutes % (24 * 60) == 0:
        return _tr("Every {days}").format(days=plural(minutes // (24 * 60), _tr("day"), _tr("days")))
    if minutes % 60 == 0:
        return _tr("Every {hours}").format(hours=plural(minutes // 60, _tr("hour"), _tr("hours")))
    return _tr("Every {minutes}").format(minutes=plural(minutes, _tr("minute"), _tr("minutes")))


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
