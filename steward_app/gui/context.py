"""What a page is given: the open file, the jobs, and the few words it may say to the window."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from steward_app.db import ReadSession
from steward_app.gui.bridge import JobCenter
from steward_app.gui.tokens import Tone


class OpenFile(Protocol):
    """The open database, as the window and its pages see it (`services.document.Document`)."""

    @property
    def path(self) -> Path: ...

    @property
    def id(self) -> str: ...

    @property
    def read_only(self) -> bool: ...

    def read(self) -> AbstractContextManager[ReadSession]: ...

    def close(self) -> None: ...


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
        toast: say that something was done, at the bottom right.
        count: put a number beside the page in the sidebar: count("constraints", 4, Tone.DANGER); None removes it.
        tables: tell the window the names of tables for the palette and the header.
        pages: ids of the pages there are, so that no link leads nowhere.
    """

    file: Any
    jobs: JobCenter
    navigate: Navigate
    toast: Callable[[Message], None]
    count: Callable[[str, int | None, Tone], None]
    catalog: Any
    pages: frozenset[str]
