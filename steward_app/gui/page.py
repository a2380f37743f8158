"""What a page is. `docs/add-a-page.md` walks through one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from steward_app.gui.actions import Action
from steward_app.gui.bridge import JobHandle, Told
from steward_app.gui.context import PageContext
from steward_app.gui.layout import boxed, clear, vbox
from steward_app.gui.spec import Group, PageSpec
from steward_app.gui.widgets.banner import Banner, error_banner
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.surfaces import PageHead
from steward_app.kernel.errors import StewardError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context, Progress

T = TypeVar("T")


class Page(QWidget):
    """Base of all pages: head, place for banners, content. One is made for each open file, at its first visit.

    A subclass builds its widgets in `__init__` (add them to `self.content`), starts reading in `show_document`,
    and lists what can be done in `commands`.

    Signals:
        commands_changed: what can be done, or why not, has changed; the window asks `commands` again.
    """

    commands_changed = Signal()

    def __init__(self, spec: PageSpec, context: PageContext) -> None:
        super().__init__()
        self.spec = spec
        self.context = context
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName(f"page-{spec.id}")
        self.setAccessibleName(spec.title)
        self.head = PageHead(spec.title, spec.sentence)
        self._banners = vbox()
        self.content: QVBoxLayout = vbox()
        whole = vbox(self.head, self._banners, self.content)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    # What a page may say

    def commands(self) -> Sequence[Action]:
        """Everything that can be done here, for menus, keys and the palette."""
        return ()

    def show_document(self) -> None:
        """Start reading. Called once, when the page is first shown."""

    def refresh(self, touched: tuple[str, ...]) -> None:
        """Read again what depends on these tables; on everything, when empty (another program changed the file).

        Called when the page is shown, never for one that is hidden.
        """

    def refresh_unseen(self) -> None:
        """Tables were changed while another page is shown: count again what the sidebar tells of this one.

        `refresh` follows when the page is shown.
        """

    def refresh_guard(self) -> None:
        """Read again what tells of restore points, stores or drills; called for hidden pages too."""

    def arrive(self, **arguments: Any) -> None:
        """Somebody came here for something: a table, a finding. After `show_document`."""

    def save_state(self) -> dict[str, Json]:
        """What is worth keeping for the next time this file is opened: widths, a tab, a filter."""
        return {}

    def restore_state(self, state: dict[str, Json]) -> None:
        """The inverse of `save_state`; called before `show_document`, with what an older version saved too."""

    # What a page can use

    def head_actions(self, *actions: Action, primary: Action | None = None) -> None:
        """Put buttons into the head: plain ones, and at most one primary at the right."""
        buttons = [Button(action=action) for action in actions]
        if primary is not None:
            buttons.append(Button(action=primary, kind=Kind.PRIMARY))
        self.head.set_actions(*buttons)

    def run(
        self,
        title: str,
        work: Callable[[Context], T],
        on_success: Callable[[T], None] | None = None,
        *,
        on_failure: Callable[[StewardError], None] | None = None,
        on_stopped: Callable[[], None] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_end: Callable[[], None] | None = None,
        writes: bool = False,
        quiet: bool = False,
        tell: Callable[[T], Told] | None = None,
    ) -> JobHandle:
        """Call a service on a worker thread. The result comes back here while the page and its file live.

        A failure without `on_failure` becomes a banner on the page; `tell` says in the strip what came of it.
        """
        return self.context.jobs.run(
            self,
            title,
            work,
            on_success,
            on_failure=on_failure or self.show_error,
            on_stopped=on_stopped,
            on_progress=on_progress,
            on_end=on_end,
            file=self.context.file.id,
            writes=writes,
            quiet=quiet,
            tell=tell,
        )

    def show_error(self, error: StewardError) -> None:
        """Say on the page what happened, what is untouched and what to do."""
        self.show_banner(error_banner(error, on_close=self.clear_banners))

    def show_banner(self, banner: Banner, *, news: bool = True) -> None:
        """Show a banner under the head, in place of the one that stood there. A toast of before is old news then.

        Args:
            news: it tells of something that happened just now, and not of how things stand.
        """
        self.begin_anew() if news else self.clear_banners()
        self._banners.addWidget(boxed(vbox(banner, margins=(24, 0, 24, 12))))

    def begin_anew(self) -> None:
        """Take away what was said of the work before: other work begins."""
        self.clear_banners()
        self.context.clear_toasts()

    @property
    def has_banner(self) -> bool:
        """Whether something is said under the head."""
        return bool(self._banners.count())

    def clear_banners(self) -> None:
        """Remove the banner."""
        clear(self._banners)

    def reconsider(self) -> None:
        """What can be done has changed: buttons here ask again, and so do the window's menus and keys."""
        for button in self.findChildren(Button):
            button.reconsider()
        self.commands_changed.emit()


__all__ = ["Group", "Page", "PageSpec"]
