"""A list of changes at the left and what is chosen in it at the right: what the views of the history share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from steward_app.gui.actions import Action, add_to_menu
from steward_app.gui.bridge import JobHandle
from steward_app.gui.format import plural
from steward_app.gui.layout import boxed, hbox, vbox
from steward_app.gui.pages.audit import read
from steward_app.gui.pages.audit.detail import Detail
from steward_app.gui.pages.audit.line_list import Line, LineList
from steward_app.gui.pages.audit.read import Known, Some
from steward_app.gui.pages.audit.view import View
from steward_app.gui.pages.audit.words import missed_line
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.surfaces import EmptyState, Views, hairline
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard.status import AuditStatus
from steward_app.services.audit.past.history import Asked
from steward_app.services.audit.past.missed import Missed

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage

Read = Callable[[int | None, Context], Some]
_NARROW, _LIST = 880, 336


class HistoryView(View):
    """Reads lines in pages, as they are scrolled to.

    Args:
        nothing: title and words where there is nothing, `none_fits` where filters leave nothing.
        unasked: stands there while nothing is asked for.
        beside: stands at the right of the count; `below` stands between it and the list.

    Attributes:
        known: tables and writers, as last read.
    """

    def __init__(
        self,
        page: AuditPage,
        name: str,
        nothing: tuple[str, str],
        none_fits: tuple[str, str] | None = None,
        *,
        unasked: EmptyState | None = None,
        beside: QWidget | None = None,
        below: Sequence[QWidget] = (),
    ) -> None:
        super().__init__(page)
        self.known = Known((), ())
        self.list = LineList(name)
        self.detail = Detail(page, after=self.list)
        self._items: list[Any] = []
        self._next: int | None = None
        self._reading: JobHandle | None = None
        self._knowing: JobHandle | None = None
        self._read: Read | None = None
        self._total: int | None = None
        self._count = Label(role="heading", elide=True)
        right = (beside,) if beside is not None else ()
        top = hbox(self._count, *right, gap=8)
        top.setStretch(0, 1)
        self.head = vbox(top, *below, gap=8, margins=(24, 12, 16, 8))
        self._none = EmptyState("history", *nothing)
        self._none_fits = EmptyState("list-filter", *(none_fits or nothing))
        self._blank = unasked if unasked is not None else QWidget()
        self._arriving = False
        self._stack = Views()
        for widget in (self._blank, self.list, self._none, self._none_fits):
            self._stack.addWidget(widget)
        left = vbox(boxed(self.head), self._stack)
        left.setStretch(1, 1)
        inner = hbox(boxed(left), hairline(upright=True), gap=0)
        inner.setStretch(0, 1)
        self.setLayout(
            vbox(Beside(self.detail, boxed(inner), width=_LIST, below=_NARROW, scrolls=True, left=True))
        )
        self.list.chosen.connect(self._chosen)
        self.list.wanted.connect(self._read_on)
        self.list.menu_wanted.connect(self._show_menu)

    # What a view may say

    @abstractmethod
    def line_of(self, item: Any) -> Line:
        """The words of what was read."""

    @abstractmethod
    def show_chosen(self, item: Any) -> None:
        """Something is chosen in the list."""

    @abstractmethod
    def source(self) -> Read | None:
        """What reads the list; None where nothing is asked for yet."""

    @property
    def filtered(self) -> bool:
        """Whether filters leave something out."""
        return False

    def exported(self) -> tuple[Asked, str] | None:
        """What of the history the list shows, and in words; None where there is nothing to export."""
        return None

    def menu(self) -> Sequence[Action | None]:
        """What can be done with the line that is chosen."""
        return self.page.undo_actions

    # Reading

    def visit(self, status: AuditStatus) -> None:
        path = self.page.context.file.path
        if self._knowing is not None:
            self._knowing.drop()

        def show(known: Known) -> None:
            self._knowing = None
            self._show_known(known)

        self._knowing = self.page.run(
            _tr("Reading the history"), lambda context: read.known(path, context), show, quiet=True
        )

    def _show_known(self, known: Known) -> None:
        self.known = known
        self.offer()
        self.read_again()

    def offer(self) -> None:
        """Tables and writers may be others now."""

    def read_again(self) -> None:
        """Read from the newest."""
        self._drop()
        self._total = None
        self._read = self.source()
        if self._read is None:
            self._items, self._next = [], None
            self.list.show_lines((), more=False)
            self._stack.setCurrentWidget(self._blank)
            self._count.say("")
            self.detail.show_nothing()
            self._arrive_at(self.begins_at)
            return
        self._ask(None)

    def _read_on(self) -> None:
        if self._next is not None:
            self._ask(self._next)

    def _ask(self, after: int | None) -> None:
        wanted = self._read
        if wanted is None:
            return
        self._reading = self.page.run(
            _tr("Reading the history"),
            lambda context: wanted(after, context),
            lambda some: self._show(some, first=after is None),
            on_failure=self._failed,
            quiet=True,
        )

    def _drop(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def _failed(self, error: StewardError) -> None:
        self._reading = None
        self.page.show_error(error)

    def _show(self, some: Some, *, first: bool) -> None:
        self._reading = None
        lines = [self._line(item) for item in some.items]
        if some.next is None:
            lines += self.last_lines_after([*([] if first else self._items), *some.items])
        self._next = some.next
        if first:
            self._items = list(some.items)
            self._total = some.total if some.total is not None else self._total
            empty = self._none_fits if self.filtered else self._none
            self._stack.setCurrentWidget(self.list if lines else empty)
            self.list.show_lines(lines, more=some.next is not None)
            if not lines:
                self.detail.show_nothing()
        else:
            self._items += some.items
            self.list.add(lines, more=some.next is not None)
        self.say_count()
        self.page.reconsider()
        if lines:
            self._arrive_at(self.list)

    # Focus

    @property
    def begins_at(self) -> QWidget | None:
        """Where something is asked for, while nothing is."""
        return None

    def take_focus(self) -> None:
        """To the list, once it is read; until then to what chose this view."""
        self._arriving = True
        chosen = [button for button in self.page.segments.buttons if button.isChecked()]
        for button in chosen:
            button.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._read is None and self._reading is None:
            self._arrive_at(self.begins_at)

    def _arrive_at(self, widget: QWidget | None) -> None:
        """The focus goes on, unless the steward has moved it meanwhile."""
        if widget is None or not self._arriving or not self.isVisible():
            return
        self._arriving = False
        focused = QApplication.focusWidget()
        if focused is None or focused is self.page or self.page.segments.isAncestorOf(focused):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, item: Any) -> Line:
        return missed_line(item) if isinstance(item, Missed) else self.line_of(item)

    def last_lines_after(self, items: Sequence[Any]) -> list[Line]:
        """What stands below the last of these."""
        return []

    def say_total(self, total: int | None) -> None:
        """How many there are, where somebody counted."""
        self._total = total
        self.say_count()

    def say_count(self) -> None:
        """Say how many lines there are, or that there are more."""
        changes = sum(not isinstance(item, Missed) for item in self._items)
        number = self._total if self._total is not None else changes
        words = self.counted(number)
        more = self._total is None and self._next is not None
        self._count.say(_tr("{n} and more").format(n=words) if more else words)

    def counted(self, number: int) -> str:
        """A number of lines in words."""
        return plural(number, _tr("change"), _tr("changes"))

    def _chosen(self, line: Line | None) -> None:
        if line is None or line.item is None:
            words = _tr("History begins here. What was before is not in the log.") if line is not None else ""
            self.detail.show_nothing(words)
        elif isinstance(line.item, Missed):
            self.detail.show_missed(line.item, self.known)
        else:
            self.show_chosen(line.item)
        self.page.reconsider()

    def conceal(self) -> None:
        """Personal values are shown, or hidden, from now on."""
        lines = [self._line(line.item) if line.item is not None else line for line in self.list.lines]
        self.list.say_again(lines)
        self.detail.conceal()

    def reconsider(self) -> None:
        self.detail.panel.reconsider()

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        add_to_menu(menu, self.menu())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
