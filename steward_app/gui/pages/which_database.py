"""Asks on a page which database a file is, where the catalog cannot tell, and goes on with the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication

from steward_app.catalog import Catalog, identity
from steward_app.catalog.identity import IdentityQuestion
from steward_app.gui.page import Page
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import Banner
from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context


def ask_which(page: Page, error: StewardError, again: Callable[[], None]) -> None:
    """Show an error on the page; where it is the question which database this is, with its two answers.

    Args:
        again: reads once more, when the question was answered.
    """
    if error.code is not ErrorCode.WHICH_DATABASE:
        page.show_error(error)
        return
    file, catalog = page.context.file, page.context.catalog

    def answered(_: object) -> None:
        page.clear_banners()
        again()

    def give(answer: Literal["same", "new"]) -> Callable[[], None]:
        def work(context: Context) -> None:
            settle(catalog, file, context, answer)

        return lambda: _start(page, work, answered)

    page.show_banner(
        Banner(
            Tone.WARNING,
            error.message,
            _tr(
                "The same: its journal and restore points go on with this file. Another: it starts with none, and "
                "those of the one before stay as they are."
            ),
            actions=(
                Button(_tr("The same database"), give("same"), small=True),
                Button(_tr("Another one"), give("new"), small=True),
            ),
        )
    )


def settle(catalog: Catalog, file: Any, context: Context, answer: Literal["same", "new"]) -> None:
    """Tell the catalog which database a file is. Does nothing when it knows by now."""
    with file.read() as session, session.under(context):
        found = identity.recognise(catalog, file.path, session)
    if isinstance(found, IdentityQuestion):
        identity.resolve(catalog, found, answer)


def _start(page: Page, work: Callable[[Context], None], done: Callable[[object], None]) -> None:
    page.run(_tr("Keeping your answer"), work, done, quiet=True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("which_database", text)
