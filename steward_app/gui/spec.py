"""What the window knows of a page before it is built. Light: the list of pages costs no import of any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that can be visited.

    Attributes:
        id: short and stable: "constraints".
        title, sentence: shown in the head; the title also in sidebar and palette.
        icon: name of an icon.
        group: where it stands in the sidebar.
        build: imports the page's module and makes the page; called at the first visit.
        keywords: other words a steward may look for.
    """

    id: str
    title: str
    sentence: str
    icon: str
    group: Group
    build: Callable[[PageSpec, PageContext], Page]
    keywords: str = ""
