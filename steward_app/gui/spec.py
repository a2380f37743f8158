"""What the window knows of a page before it is built. Light: the list of pages costs no import of any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from steward_app.gui.context import PageContext
    from steward_app.gui.page import Page


class Group(StrEnum):
    """Groups of the sidebar, in the order of the work."""

    SEE = "See"
    GUARD = "Guard"
    COMPLY = "Comply"
    CHANGE = "Change"
    PROVE = "Prove"

    @property
    def words(self) -> str:
        """Its name in the steward's language."""
        return _translated(self.value)


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that can be visited.

    Attributes:
        id: short and stable: "constraints".
        source_title, source_sentence: `title` and `sentence` in English, the keys of their translations.
        icon: name of an icon.
        group: where it stands in the sidebar.
        build: imports the page's module and makes the page; called at the first visit.
        keywords: other words a steward may look for.
    """

    id: str
    source_title: str
    source_sentence: str
    icon: str
    group: Group
    build: Callable[[PageSpec, PageContext], Page]
    keywords: str = ""

    @property
    def title(self) -> str:
        """Shown in the head, in sidebar and palette."""
        return _translated(self.source_title)

    @property
    def sentence(self) -> str:
        """What the page is for; shown in the head."""
        return _translated(self.source_sentence)


def _translated(text: str) -> str:
    return QCoreApplication.translate("pages", text)
