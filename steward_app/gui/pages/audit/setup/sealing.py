"""Whether new changes are sealed by themselves: the choice, and what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit.setup.read import database_id
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.controls import Switch
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import Card, Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.going_on import Standing, choose, standing

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class SealingSection(QWidget):
    """A switch, and in words what it does."""

    def __init__(self, page: AuditPage) -> None:
        super().__init__()
        self._page = page
        self.switch = Switch(_tr("Seal new changes without being asked"))
        self.state = StateLabel(_tr("Looking"), Tone.MUTED, "shield")
        self._why = Label(wrap=True)
        words = _tr(
            "While this file is open here, new changes are sealed after each operation, when the file is opened, every "
            "15 minutes, and when it is closed. Nobody is asked, and no row is changed. A change that is not sealed "
            "yet can be edited in the log without a trace."
        )
        card = Card(
            _tr("Sealing"),
            hbox(self.switch, Label(_tr("Seal new changes without being asked")), None, gap=12),
            Label(words, tone=Tone.MUTED, wrap=True),
            self._why,
            hbox(
                link(_tr("Open the seals"), lambda: page.arrive(view="proof", part="seals"), onward=True),
                None,
            ),
            icon="shield",
            state=self.state,
            gap=12,
        )
        self.setLayout(vbox(Scroll(boxed(vbox(card, None, margins=(24, 16, 24, 24))))))
        self.switch.clicked.connect(self._choose)

    def read(self) -> None:
        """Read how it stands."""
        context = self._page.context

        def work(job: Context) -> Standing:
            known = database_id(context.catalog, context.file, job)
            return standing(context.catalog, context.file.path, known, job)

        self._page.run(_tr("Looking at the seals"), work, self._show, quiet=True)

    def _show(self, found: Standing) -> None:
        self.switch.setChecked(found.on)
        self._why.say(found.why)
        self._why.setVisible(bool(found.why))
        tail = plural(found.unsealed, _tr("change is"), _tr("changes are"))
        if found.able:
            words = (
                _tr("On") if not found.unsealed else _tr("On; {changes} not sealed yet").format(changes=tail)
            )
            self.state.show_state(words, Tone.SUCCESS, "shield-check")
        elif found.on:
            self.state.show_state(_tr("Not possible now"), Tone.WARNING, "triangle-alert")
        else:
            words = (
                _tr("Off") if not found.unsealed else _tr("Off; {changes} not protected").format(changes=tail)
            )
            self.state.show_state(words, Tone.WARNING, "shield-alert")

    def _choose(self, on: bool) -> None:
        context = self._page.context

        def work(job: Context) -> Standing:
            known = database_id(context.catalog, context.file, job)
            choose(context.catalog, known, on=on)
            return standing(context.catalog, context.file.path, known, job)

        self._page.run(_tr("Keeping the choice"), work, self._chosen)

    def _chosen(self, found: Standing) -> None:
        self._show(found)
        self._page.context.guarded()


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
