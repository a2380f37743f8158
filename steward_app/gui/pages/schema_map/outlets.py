"""What the map gives away: pictures, paper, a data dictionary, and descriptions of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from steward_app.catalog.policy import policy_path
from steward_app.gui.context import Message
from steward_app.gui.page import Page
from steward_app.gui.pages.schema_map.describe import Comments, DescribeDialog, keep_descriptions
from steward_app.gui.pages.schema_map.export import ALL_KINDS, choose_target, print_map
from steward_app.gui.pages.schema_map.scene import MapScene
from steward_app.kernel.progress import Context
from steward_app.services.schema.docs import Written, write_dictionary
from steward_app.services.schema.erd.export import render
from steward_app.services.schema.model import Table
from steward_app.storage.local import write_whole

if TYPE_CHECKING:
    from steward_app.gui.pages.schema_map.page import SchemaMapPage


def save_picture(
    page: Page, scene: MapScene, kinds: Sequence[tuple[str, str, str]] = ALL_KINDS, stem: str = ""
) -> None:
    """Save a map as it is drawn.

    Args:
        stem: the name it is offered under; that of the file by default.
    """
    path = page.context.file.path
    chosen = choose_target(page, path.with_stem(stem) if stem else path, kinds)
    if chosen is None:
        return
    target, kind = chosen
    diagram, layout = scene.diagram, scene.layout()

    def work(context: Context) -> None:
        write_whole(target, render(diagram, layout, kind))

    saved = Message(_tr("The map is saved"), str(target))
    page.run(_tr("Saving the map"), work, lambda _: page.context.toast(saved))


def print_out(page: SchemaMapPage) -> None:
    """Print the map as it is drawn."""
    if print_map(page, page.scene):
        page.context.toast(Message(_tr("The map went to the printer")))


def describe(page: SchemaMapPage, table: Table, comments: Comments) -> None:
    """Let the steward say what a table and its columns are; the page shows it once it is kept."""
    file = page.context.file.path

    def show(kept: Comments) -> None:
        page.show_comments(kept)
        page.context.toast(Message(_tr("The descriptions are kept"), policy_path(file).name))

    def keep(changed: Comments) -> None:
        page.run(_tr("Keeping descriptions"), lambda context: keep_descriptions(file, changed), show)

    dialog = DescribeDialog(table, comments, file, page)
    dialog.kept.connect(keep)
    dialog.open()


def write_docs(page: SchemaMapPage, comments: Comments) -> None:
    """Write a data dictionary of the whole file to a folder."""
    folder = QFileDialog.getExistingDirectory(page, _tr("Folder for the data dictionary"))
    if not folder:
        return
    file = page.context.file

    def work(context: Context) -> Written:
        with file.read() as session:
            return write_dictionary(session, Path(folder), context, comments=comments)

    def show(written: Written) -> None:
        page.context.toast(Message(_tr("The data dictionary is written"), written.index))

    page.run(_tr("Writing the data dictionary"), work, show)


def _tr(text: str) -> str:
    return QCoreApplication.translate("schema map", text)
