"""What the window itself can do, as actions, and the lines of its palette."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.actions import Action
from steward_app.gui.format import name_alone
from steward_app.gui.palette import Entry, entry_of
from steward_app.gui.widgets.confirm import ask

if TYPE_CHECKING:
    from steward_app.gui.shell.window import Window


def window_actions(window: Window) -> tuple[Action, ...]:
    """Open, close, refresh, theme, zoom, the pages by Ctrl and a digit."""
    theme = window.theme

    def needs_file() -> str:
        return "" if window.file is not None else _tr("No file is open.")

    def other() -> str:
        return "light" if theme.mode == "dark" else "dark"

    return (
        Action("window.open", _tr("Open a file"), window.choose_file, _tr("File"), "folder-open", "Ctrl+O"),
        Action("window.sample", _tr("Open the sample"), window.opening.open_sample, _tr("File"),
               "flask-conical"),
        Action("window.restore", _tr("Restore from a backup store"), window.from_store.open, _tr("File"),
               "rotate-ccw", keywords="new computer lost catalog backup key recover"),
        Action("window.close", _tr("Close this file"), window.close_file, _tr("File"), "x", "Ctrl+W",
               needs_file),
        Action("window.refresh", _tr("Read everything again"), window.refresh, _tr("File"), "refresh-cw", "F5",
               needs_file, keywords="refresh reload"),
        _read_only(window, needs_file()),
        Action("window.palette", _tr("Go to anything"), window.open_palette, _tr("Window"), "search", "Ctrl+K",
               needs_file),
        Action("window.theme", _tr("Use the {name} theme").format(name=other()), lambda: theme.set_mode(other()),
               _tr("Window"), "moon" if other() == "dark" else "sun", "Ctrl+Shift+D",
               keywords="dark light theme palette"),
        Action("window.system", _tr("Follow the system's theme"), lambda: theme.set_mode("system"),
               _tr("Window"), "monitor", keywords="dark light theme"),
        Action("window.larger", _tr("Larger text"), theme.zoom_in, _tr("Window"), "zoom-in", "Ctrl++",
               keywords="zoom"),
        Action("window.smaller", _tr("Smaller text"), theme.zoom_out, _tr("Window"), "zoom-out", "Ctrl+-",
               keywords="zoom"),
        Action("window.normal", _tr("Text at 100 %"), theme.zoom_reset, _tr("Window"), "type", "Ctrl+0",
               keywords="zoom reset"),
        Action("window.stop", _tr("Stop what is running"), lambda: _stop(window), _tr("Window"), "square", "Ctrl+.",
               lambda: "" if window.jobs.live() else _tr("Nothing is running."), "cancel abort"),
        Action("window.jobs", _tr("Show all jobs"), window.strip.toggle, _tr("Window"), "list-checks", "Ctrl+J"),
        Action("window.about", _tr("About and licences"), lambda: about(window), _tr("Window"), "info"),
        Action("window.quit", _tr("Quit"), window.leave, _tr("Window"), "log-out", "Ctrl+Q"),
        *page_actions(window),
    )  # fmt: skip


def page_actions(window: Window) -> tuple[Action, ...]:
    """One to go to each page."""

    def go(key: str) -> Callable[[], None]:
        return lambda: window.navigate(key)

    return tuple(
        Action(
            f"page.{spec.id}", spec.title, go(spec.id), spec.group.words, spec.icon,
            f"Ctrl+{number}" if number < 10 else "",
            lambda: "" if window.file is not None else _tr("No file is open."),
            spec.keywords,
        )
        for number, spec in enumerate(window.specs, 1)
    )  # fmt: skip


def palette_entries(window: Window) -> tuple[Entry, ...]:
    """The tables of the file, what can be done, and the pages."""

    def rows_of(table: str) -> Callable[[], None]:
        return lambda: window.navigate("data", table=table)

    tables: list[Entry] = []
    if window.facts is not None and any(spec.id == "data" for spec in window.specs):
        tables = [
            Entry(_tr("Tables"), name_alone(name), rows_of(name), icon="table-2")
            for name in (*window.facts.tables, *window.facts.views)
        ]
    done = [
        entry_of(action, _tr("Actions"))
        for action in window.commands()
        if action.id != "window.palette" and not action.id.startswith("page.")
    ]
    pages = [entry_of(action, _tr("Pages")) for action in page_actions(window)]
    return (*tables, *done, *pages)


def about(window: Window) -> None:
    """What this program is and what it is made of."""
    from steward_app.gui.shell.about import About

    About(window).open()


def _stop(window: Window) -> None:
    """Stop the job that the strip shows: the oldest that runs."""
    window.jobs.cancel(window.jobs.live()[0].id)


def _read_only(window: Window, reason: str) -> Action:
    allowed = window.file is not None and not window.file.read_only
    return Action(
        "window.read_only",
        _tr("Make the file read-only") if allowed else _tr("Allow changes"),
        lambda: window.set_read_only(allowed),
        _tr("File"),
        "lock" if allowed else "lock-open",
        "Ctrl+Shift+L",
        lambda: reason,
        "read-only lock unlock write",
    )


def ask_to_quit(window: Window, quit_now: Callable[[], None]) -> None:
    """Something runs: ask before it is stopped."""
    names = ", ".join(info.title for info in window.jobs.live())
    ask(
        window,
        _tr("Stop what is running and quit?"),
        _tr("{jobs}. A change that is not finished is undone; the file stays as it was.").format(jobs=names),
        _tr("Stop and quit"),
        quit_now,
        stay=_tr("Keep working"),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
