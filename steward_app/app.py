"""The window's composition root: the pages there are, in one list, and what they are given."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from steward_app import __version__
from steward_app.gui import first_look
from steward_app.gui.shell.frame import Frame
from steward_app.gui.spec import Group, PageSpec
from steward_app.gui.theme import Mode, Theme

if TYPE_CHECKING:
    from steward_app.gui.context import PageContext
    from steward_app.gui.desk import Desk
    from steward_app.gui.page import Page
    from steward_app.gui.shell.window import Window


def _page(module: str, name: str) -> Callable[[PageSpec, PageContext], Page]:
    """Builds a page of `gui.pages`, whose module is imported at its first visit."""

    def build(spec: PageSpec, context: PageContext) -> Page:
        page: type[Page] = getattr(import_module(f"steward_app.gui.pages.{module}"), name)
        return page(spec, context)

    return build


PAGES: tuple[PageSpec, ...] = (
    PageSpec(
        "overview",
        "Overview",
        "How this file is doing, and what needs your attention.",
        "layout-dashboard",
        Group.SEE,
        _page("overview.page", "OverviewPage"),
        keywords="dashboard health protection size to do",
    ),
    PageSpec(
        "schema_map",
        "Schema map",
        "How the tables hang together, and what is stored in them.",
        "workflow",
        Group.SEE,
        _page("schema_map.page", "SchemaMapPage"),
        keywords="erd diagram relations foreign keys",
    ),
    PageSpec(
        "constraints",
        "Constraints",
        "What the file promises, what SQLite really enforces, and which rows break it.",
        "list-checks",
        Group.SEE,
        _page("constraints.page", "ConstraintsPage"),
        keywords="check foreign keys not null unique rules findings",
    ),
    PageSpec(
        "data",
        "Data",
        "Read, filter and follow links. Personal columns stay hidden until you ask for them.",
        "table-2",
        Group.SEE,
        _page("data.page", "DataPage"),
        keywords="rows browse tables query sql find search export",
    ),
    PageSpec(
        "backups",
        "Backups",
        "Copies you can return to, and the proof that you can.",
        "copy-check",
        Group.GUARD,
        _page("backups.page", "BackupsPage"),
        keywords="restore points copies prove verify protect",
    ),
    PageSpec(
        "restore",
        "Restore",
        "Bring back the file, a table or rows as they were at an earlier moment.",
        "rotate-ccw",
        Group.GUARD,
        _page("restore.page", "RestorePage"),
        keywords="bring back recover undo",
    ),
    PageSpec(
        "audit",
        "Audit",
        "Who changed which cell, when, and what it was before.",
        "clock",
        Group.GUARD,
        _page("audit.page", "AuditPage"),
        keywords="history undo changes deleted rows recycle bin proof seal who when",
    ),
    PageSpec(
        "personal",
        "Personal data",
        "Which columns say something about a person, and why.",
        "id-card",
        Group.COMPLY,
        _page("personal.page", "PersonalPage"),
        keywords="privacy gdpr classify scan discover register article 30 sensitive",
    ),
    PageSpec(
        "anonymize",
        "Anonymize",
        "Make a copy for release, and see how far anybody could turn it back.",
        "eye-off",
        Group.COMPLY,
        _page("anonymize.page", "AnonymizePage"),
        keywords="pseudonym release copy k-anonymity risk attack generalize research test data",
    ),
    PageSpec(
        "migrations",
        "Migrations",
        "Change the schema, after seeing on a copy of your real data what it will do.",
        "arrow-left-right",
        Group.CHANGE,
        _page("migrations.page", "MigrationsPage"),
        keywords="schema change alter sql rehearse apply undo version ddl",
    ),
    PageSpec(
        "journal",
        "Journal",
        "What was done, by whom, with which result, and the proof that nobody changed it.",
        "book-text",
        Group.PROVE,
        _page("journal.page", "JournalPage"),
        keywords="history log chain events who when",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window; gives the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.tour and not _has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Data Steward")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("data-steward")
    if asked.tour:
        return _tour(app, asked.file, asked.out)
    begun = first_look.read()
    theme = Theme(app, mode=Mode(begun.theme), zoom=begun.zoom)

    def furnish() -> Window:
        from steward_app.gui import faults
        from steward_app.gui.desk import Desk

        desk = Desk()
        window = make_window(app, theme, desk)
        faults.install(window)
        window.closed.connect(lambda: _keep(desk, theme, frame))
        if desk.problem is not None:
            window.welcome.show_error(desk.problem, window.opening.again)
        elif asked.sample:
            window.opening.open_sample()
        elif asked.file is not None:
            window.opening.open(_in_full(asked.file))
        return window

    frame = Frame(begun, furnish)
    frame.show()
    return app.exec()


def make_window(app: QApplication, theme: Theme, desk: Desk, pages: Sequence[PageSpec] = PAGES) -> Window:
    """The window with its pages."""
    from steward_app.gui import faults
    from steward_app.gui.bridge import JobCenter
    from steward_app.gui.focus_ring import FocusRing
    from steward_app.gui.garbage import Collector
    from steward_app.gui.shell.window import Window
    from steward_app.jobs import JobRunner
    from steward_app.storage.log import start_log

    start_log("window")
    Collector(app)
    FocusRing(app)
    window = Window(desk, JobCenter(JobRunner()), theme, pages)
    window.jobs.faulted.connect(lambda error: faults.show(error, window))
    return window


def _keep(desk: Desk, theme: Theme, frame: Frame) -> None:
    """Keep what the steward chose: in the catalog, and beside it for the first frame of the next time."""
    from dataclasses import replace

    from steward_app.catalog.preferences import Geometry, Preferences
    from steward_app.catalog.preferences import Theme as KeptTheme

    at = frame.place()
    place = Geometry(at.x, at.y, at.width, at.height, at.maximized)
    desk.prefer(Preferences(KeptTheme(theme.mode.value), theme.zoom, place))
    first_look.keep(replace(at, theme=theme.mode.value, zoom=theme.zoom))


def _in_full(path: Path) -> Path:
    """A path from the root, with the file called as it was asked for."""
    return path.parent.resolve() / path.name


def _tour(app: QApplication, file: Path | None, out: Path) -> int:
    from steward_app.gui.desk import Desk
    from steward_app.gui.tour import take_pictures
    from steward_app.kernel.errors import StewardError
    from steward_app.kernel.progress import Context

    desk = Desk()
    window = make_window(app, Theme(app), desk)
    try:
        for path in take_pictures(window, _in_full(file or desk.sample(Context())), out):
            sys.stdout.write(f"{path}\n")
    except StewardError as error:
        sys.stderr.write(f"{error.message} {error.hint}".rstrip() + "\n")
        return error.exit_code
    finally:
        window.shut()
    return 0


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="data-steward", description="Custody of a local SQLite database: the window."
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the database to open")
    parser.add_argument("--sample", action="store_true", help="open the sample database")
    parser.add_argument(
        "--tour", action="store_true", help="look for personal data, save a picture of every page and exit"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), metavar="DIR", help="where the pictures go (out/)"
    )
    return parser
