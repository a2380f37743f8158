"""Columns that are expanded: how far each is, what is in the way of taking the old one away, and the file that does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steward_app.db import open_read
from steward_app.gui.format import as_here, integer, shown_name, when
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.pages.migrations.asking import Asking, show_migrations
from steward_app.gui.pages.migrations.words import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.controls import Combo, LabelledField, Tick
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import KeyValueList
from steward_app.gui.widgets.text import Label
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.services.migrate import history
from steward_app.services.migrate.expand.contract import Reason, contract, expansions, reasons, standing
from steward_app.services.migrate.expand.model import Standing
from steward_app.services.migrate.files import NewMigration

if TYPE_CHECKING:
    from steward_app.gui.pages.migrations.page import MigrationsPage

_QUIET_DAYS = 14


class ContractDialog(Asking):
    """One column at a time: its figures, the declaration that old programs are gone, and why it is too early."""

    def __init__(self, page: MigrationsPage, open_ones: Sequence[Standing]) -> None:
        self._page, self._open = page, list(open_ones)
        self.column = Combo(tr("Column"), map(_name, self._open), mono=True)
        label = Label(tr("Column"))
        label.setBuddy(self.column)
        self.facts = KeyValueList(key_width=230)
        self.days = LabelledField(tr("Days without a write under the old name"))
        self.days.edit.setText(str(_QUIET_DAYS))
        self.gone = LabelledField(
            tr("Your declaration that no program needs the old column"),
            tr("The old desk program was switched off in May, and nothing else reads the column"),
        )
        self.meant = Tick("")
        self._asked = {
            "undeclared": tr("Say that the old programs are gone."),
            "richer": tr("Say what becomes of the values that the old column alone holds."),
        }
        self._against = vbox(gap=4)
        self._reasons = boxed(self._against)
        super().__init__(
            page,
            tr("Columns that are expanded"),
            tr(
                "The old column can go when both sides agree, nobody has written under the old name for some days, and"
                " you say that the old programs are gone. The migration looks once more when it runs."
            ),
            tr("Show the file"),
            boxed(vbox(label, self.column, gap=6)),
            self.facts,
            self.days,
            self.gone,
            self.meant,
            self._reasons,
        )
        self.column.currentIndexChanged.connect(lambda _: self._show())
        self.days.edit.textChanged.connect(lambda _: self._judge())
        self.gone.edit.textChanged.connect(lambda _: self._judge())
        self.meant.toggled.connect(lambda _: self._judge())
        self._show()

    @property
    def found(self) -> Standing:
        """The one that is chosen."""
        return self._open[max(0, self.column.currentIndex())]

    @property
    def quiet_days(self) -> int | None:
        """What was typed, or None where that is no number of days."""
        said = self.days.edit.text().strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) < 5 else None

    @property
    def loses(self) -> int:
        """How many values may go that only the old column holds."""
        return self.found.richer if self.meant.isChecked() else 0

    @property
    def against(self) -> tuple[Reason, ...]:
        """Why it is too early."""
        return reasons(self.found, self.quiet_days or 0, self.gone.edit.text(), self.loses)

    def _show(self) -> None:
        found = self.found
        self.meant.setChecked(False)
        self.meant.setVisible(found.richer > 0)
        one = len(found.expansion.into) == 1
        self.meant.setText(
            (
                tr("It is meant that {n} of the old column go which the new one does not lead back to")
                if one
                else tr("It is meant that {n} of the old column go which the new ones do not lead back to")
            ).format(n=_values(found.richer))
        )
        self.facts.set_rows(
            (
                (tr("Becomes"), shown_name(", ".join(found.expansion.into))),
                (tr("Expanded"), when(clock.from_text(found.since))),
                (
                    tr("Rows that disagree"),
                    tr("{some} of {all}").format(some=integer(found.disagreeing), all=integer(found.rows)),
                ),
                (
                    tr("Held by the old column alone"),
                    _values(found.richer) if found.richer else tr("nothing"),
                ),
                (tr("Written under the old name"), _writes(found.old_writes, found.old_last)),
                (tr("Written under the new name"), _writes(found.new_writes, found.new_last)),
            )
        )
        self._judge()

    def _judge(self) -> None:
        """Say live what is still in the way."""
        days = self.quiet_days
        self.days.set_wrong("" if days is not None else tr("Write a number of days."))
        clear(self._against)
        against = self.against
        self._reasons.setVisible(bool(against))
        for each in against:
            words = self._asked.get(each.code, each.sentence)
            icon, tone = ("pencil", Tone.MUTED) if each.code in self._asked else ("hourglass", Tone.WARNING)
            self._against.addWidget(StateLabel(as_here(words), tone, icon))
        reason = tr("Write a number of days.") if days is None else ""
        reason = reason or (tr("It is too early: see what is in the way above.") if against else "")
        self.verb.disable(reason)
        self.fit()

    def submit(self) -> None:
        """Have the file made, without writing it; where rows came meanwhile that are against it, show them first."""
        here, found, days, loses = self._page.standing, self.found, self.quiet_days, self.loses
        gone = self.gone.edit.text().strip()
        if here is None or days is None or self.against:
            return
        path, folder = here.status.path, here.status.folder

        def work(context: Context) -> NewMigration | Standing:
            with open_read(path) as session:
                now = standing(session, found.expansion.table, found.expansion.old, context)
                if reasons(now, days, gone, loses):
                    return now
                above = max((row.version for row in history.read(session)), default=0)
                return contract(session, now, folder, quiet_days=days, gone=gone, loses=loses, above=above)

        self.ask(tr("Comparing the columns"), work, self._made)

    def _ended(self) -> None:
        super()._ended()
        self._judge()  # the button is enabled by what is so now

    def _made(self, new: NewMigration | Standing) -> None:
        if isinstance(new, Standing):
            self._open[max(0, self.column.currentIndex())] = new
            self._show()
            self.tell(
                Banner(Tone.WARNING, tr("The rows have changed meanwhile."), tr("Look at the figures again."))
            )
            return
        self.accept()
        show_migrations(
            self._page,
            tr("The migration that takes the old column away"),
            tr(
                "It is not applied yet. When it runs it looks once more, and changes nothing where it is too early."
            ),
            new,
        )


def contract_column(page: MigrationsPage) -> None:
    """Compare the columns that are expanded, and show them."""
    path = page.context.file.path

    def work(context: Context) -> list[Standing]:
        with open_read(path) as session:
            return [standing(session, each.table, each.old, context) for each in expansions(session)]

    page.run(
        tr("Comparing the columns"), work, lambda found: ContractDialog(page, found).open() if found else None
    )


def _name(found: Standing) -> str:
    return shown_name(f"{found.expansion.table}.{found.expansion.old}")


def _writes(number: int, last: str) -> str:
    if not last:
        return tr("never")
    return tr("{values}, the last {when}").format(values=_values(number), when=when(clock.from_text(last)))


def _values(number: int) -> str:
    return tr("1 value") if number == 1 else tr("{n} values").format(n=integer(number))
