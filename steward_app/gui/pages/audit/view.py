"""A view of the Audit page. The page shows one at a time, under one head and one toolbar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.services.audit.guard.status import AuditStatus

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class View(QWidget):
    """Base of the views. All are built with the page; each reads when it is first shown.

    Attributes:
        page: runs jobs (`page.run`), shows banners, and knows the file (`page.context`).
        tools: what stands in the toolbar while this view is shown.
        needs_log: whether it has nothing to show of a file that has no audit; the page says so in its place.
    """

    needs_log = True

    def __init__(self, page: AuditPage) -> None:
        super().__init__()
        self.page = page
        self.tools: tuple[QWidget, ...] = ()

    def commands(self) -> Sequence[Action]:
        """What can be done here; in the palette while the page is shown, whichever view is."""
        return ()

    def visit(self, status: AuditStatus) -> None:
        """Read: it is shown for the first time, or again after something was changed."""

    def arrive(self, **arguments: Any) -> None:
        """Somebody came here for something: a row, a transaction. Before `visit` where it was not shown yet."""

    @property
    def planning(self) -> bool:
        """Whether a plan or its receipt stands in its place."""
        return False

    def take_focus(self) -> None:
        """Somebody came here: put the focus where the work begins."""

    def reconsider(self) -> None:
        """What can be done may be other now: the read-only switch was turned."""
