"""What a page is given: the open file, the jobs, and the few words it may say to the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from steward_app.gui.bridge import JobCenter
from steward_app.gui.tokens import Tone

if TYPE_CHECKING:
    from steward_app.catalog import Catalog
    from steward_app.services.document import Document


@dataclass(frozen=True, slots=True)
class Message:
    """What a toast says. `undo` adds the button that takes it back."""

    title: str
    text: str = ""
    tone: Tone = Tone.SUCCESS
    icon: str = ""
    undo: Callable[[], None] | None = None


class Navigate(Protocol):
    """Go to a page; `arguments` reach its `arrive`: navigate("data", table="visit")."""

    def __call__(self, page: str, **arguments: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class PageContext:
    """Given to every page. The file is one for the life of the page: another file gets pages of its own.

    Attributes:
        file: the open database.
        jobs: starts calls of services; pages use `Page.run`.
        navigate: go to another page.
        toast: say that something was done, at the bottom left of the page.
        count: put a number beside the page in the sidebar: count("constraints", 4, Tone.DANGER); None removes it.
        catalog: the steward's own records, for the services that keep them.
        pages: ids of the pages there are, so that no link leads nowhere.
        database_id: of the file in the catalog; "" as long as the steward has not said which database it is.
        open_file: open another file in place of this one.
        clear_toasts: what was done is no news any more: something else begins, or has failed.
        guarded: say that restore points, stores or drills are others now, or what is known of the audit, so that what
            tells of them reads again.
        allow_changes: turn the read-only switch of this file off; the window says why where that cannot be.
    """

    file: Document
    jobs: JobCenter
    navigate: Navigate
    toast: Callable[[Message], None]
    count: Callable[[str, int | None, Tone], None]
    catalog: Catalog
    pages: frozenset[str]
    database_id: str = ""
    open_file: Callable[[Path], None] = lambda path: None
    allow_changes: Callable[[], None] = lambda: None
    guarded: Callable[[], None] = lambda: None
    clear_toasts: Callable[[], None] = lambda: None
