"""Rows to a file, from the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from steward_app.gui.context import Message
from steward_app.gui.format import plural, shown_name, size
from steward_app.gui.pages.data.export_dialog import Choice, ExportDialog
from steward_app.gui.pages.data.time_past import Past, look_back
from steward_app.gui.pages.data.time_words import kept_sentences, told
from steward_app.gui.pages.data.words import filter_words
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.data_table import DataTable
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context
from steward_app.services.rows import Export, Exported, Source, export_rows, guarded_in
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from steward_app.gui.pages.data.page import DataPage


def ask_and_export(page: DataPage, rows: DataTable, personal: frozenset[str]) -> None:
    """Ask for format and file, then write the rows that are shown, as they are sorted and filtered."""
    source, folder = rows.source, page.context.file.path.parent
    if source is None:
        return
    hidden = frozenset(column.name for column in rows.columns if column.hidden)
    words = filter_words(rows.status().filter, hidden)
    past = page.travel.past if rows is page.browse.rows else None
    moment = told(past.moment.asked) if past is not None else ""
    kept = tuple(sorted(_guarded(source, page.context.file.path)))
    dialog = ExportDialog(
        source.name, words, tuple(sorted(personal)), folder, page, moment=moment, guarded=kept
    )

    def chosen(choice: Choice) -> None:
        if rows.source == source:
            export(page, rows, choice)

    dialog.chosen.connect(chosen)
    dialog.open()


def export(page: DataPage, rows: DataTable, choice: Choice) -> None:
    """Write the rows that are shown: a job. A file that is there is replaced only when somebody asked about it."""
    source, status, file = rows.source, rows.status(), page.context.file
    if source is None:
        return
    guarded = frozenset() if choice.plain else _guarded(source, file.path)
    named = choice.personal and guarded
    wish = Export(
        choice.format,
        columns=tuple(each.name for each in source.columns if each.name not in guarded) if named else None,
        filter=status.filter,
        sort=(status.sort,) if status.sort else (),
        personal=choice.personal,
        plain=choice.plain,
        formula_safe=choice.formula_safe,
        overwrite=choice.replace,
    )

    past, schema = page.travel.past if rows is page.browse.rows else None, page.schema

    def work(context: Context) -> Exported:
        if past is not None and schema is not None:
            return _as_they_were(page, schema, past, choice.target, context, wish)
        with file.read() as session:
            return export_rows(session, source, choice.target, context, wish)

    name = shown_name(source.name) or _tr("the query")
    page.run(
        _tr("Exporting {name}").format(name=name),
        work,
        lambda done: page.context.toast(_told(done)),
        on_stopped=lambda: page.context.toast(_stopped(choice.target)),
    )


def _guarded(source: Source, database: Path) -> frozenset[str]:
    """Columns that their level keeps from plain files. A bad policy is told when the rows are written."""
    try:
        return guarded_in(source, database)
    except StewardError:
        return frozenset()


def _as_they_were(
    page: DataPage, schema: Schema, past: Past, target: Path, context: Context, wish: Export
) -> Exported:
    """The rows of an earlier time, read on a session of their own, so that those on the page go on meanwhile."""
    with look_back(page.context, schema, past.moment.asked, context) as look:
        then = look.table(past.table.name)
        with look.at_one_moment():
            done = export_rows(look.session, then.source, target, context, wish)
            return replace(done, notes=(*kept_sentences(then.kept, look.moment), *done.notes))


def _told(done: Exported) -> Message:
    rows = plural(done.rows, _tr("row"), _tr("rows"))
    words = [f"{shown_name(done.path.name)}, {size(done.size_bytes)}."]
    if done.left_out:
        names = shown_name(", ".join(done.left_out))
        words.append(_tr("Left out, since they look personal: {names}.").format(names=names))
    return Message(_tr("Exported {rows}").format(rows=rows), " ".join([*words, *done.notes]))


def _stopped(target: Path) -> Message:
    words = _tr("{name} was not written.").format(name=shown_name(target.name))
    return Message(_tr("Stopped. Nothing was changed."), words, tone=Tone.MUTED)


def _tr(text: str) -> str:
    return QCoreApplication.translate("data", text)
