"""The line below the time line: the chosen point, what is known of it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QPoint, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QWidget

from steward_app.catalog.points import Point, PointState
from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.format import shown_name
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.backups.words import STATES, capital, facts, moment, state_word, whole_copy
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.columns import Columns
from steward_app.gui.widgets.controls import Combo
from steward_app.gui.widgets.states import Pill
from steward_app.gui.widgets.text import Label


class PointFoot(QWidget):
    """What is chosen is what its buttons act on. Where a moment lies in several places, one of them is chosen here.

    Args:
        actions: as buttons.
        more: what the menu behind the dots lists; asked each time.

    Signals:
        copy_chosen: id of the copy of this moment that shall be used.
    """

    copy_chosen = Signal(str)

    def __init__(
        self,
        actions: Sequence[Action],
        more: Callable[[], Sequence[Action | None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._more = more
        self._when = Label(role="strong")
        self._state = Pill("")
        self._facts = Label(tone=Tone.MUTED, elide=True)
        self._copies: tuple[Point, ...] = ()
        self.places = Combo(_tr("Copy of this moment"))
        self.places.setProperty("small", True)
        self.places.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.places.activated.connect(self._take)
        words = hbox(self._when, self._state, self._facts, gap=12)
        words.setStretch(2, 1)
        self._menu_button = Button(
            _tr("More about this restore point"), self._open_menu, kind=Kind.ICON, icon="ellipsis", small=True
        )
        buttons = hbox(
            self.places,
            *(Button(action=action, small=True) for action in actions),
            self._menu_button,
            None,
            gap=8,
        )
        row = Columns(boxed(words), boxed(buttons), below=900, shares=(1, 0), gap=12)
        self.setLayout(vbox(row))

    def show_point(
        self,
        point: Point,
        copies: Sequence[Point],
        stores: Mapping[str, str],
        alike: Collection[str] = (),
    ) -> None:
        """Show a point.

        Args:
            copies: all copies of its moment, itself among them.
            stores: names of the stores by id.
            alike: ids of those whose moments are told to the second.
        """
        tone, icon = STATES[point.state]
        self._when.say(capital(moment(point, alike)))
        self._state.show_state(state_word(point.state), tone, icon)
        name = shown_name(stores.get(point.store_id, ""))
        held = _tr(" On legal hold: {why}.").format(why=point.held.rstrip(".")) if point.held else ""
        failed = [each for each in copies if each.state is PointState.FAILED and each.id != point.id]
        wrong = "".join(
            _tr("The copy in {name} failed. ").format(name=_where(each, stores)) for each in failed
        )
        self._facts.say(wrong + facts(point, name) + held)
        self._copies = tuple(copies)
        self.places.clear()
        self.places.addItems([_place(each, stores) for each in copies])
        self.places.setCurrentIndex(next(n for n, each in enumerate(copies) if each.id == point.id))
        self.places.setVisible(len(copies) > 1)

    def _take(self, number: int) -> None:
        self.copy_chosen.emit(self._copies[number].id)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        add_to_menu(menu, self._more())
        corner = self._menu_button.rect().topRight() - QPoint(
            menu.sizeHint().width(), menu.sizeHint().height()
        )
        menu.exec(self._menu_button.mapToGlobal(corner))


def _place(point: Point, stores: Mapping[str, str]) -> str:
    """ "Clinic NAS, proven"."""
    return f"{_where(point, stores)}, {state_word(point.state).lower()}"


def _where(point: Point, stores: Mapping[str, str]) -> str:
    return shown_name(stores.get(point.store_id, "")) or whole_copy()


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)
