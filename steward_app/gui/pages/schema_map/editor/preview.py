"""What a draft would do, beside it: the text before and after, the statements, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from steward_app.db.script import ended
from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import boxed, clear, hbox, vbox
from steward_app.gui.pages.schema_map.before_after import ChangesMap
from steward_app.gui.pages.schema_map.editor.fields import tr
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.banner import error_banner
from steward_app.gui.widgets.buttons import link
from steward_app.gui.widgets.controls import Tabs
from steward_app.gui.widgets.sql import SqlView
from steward_app.gui.widgets.sql_diff import SqlDiff
from steward_app.gui.widgets.states import IconLabel
from steward_app.gui.widgets.surfaces import Scroll
from steward_app.gui.widgets.text import Label
from steward_app.kernel.errors import StewardError
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.preview import Preview

_MOST_LINES = 2_000
_MOST_PROBLEMS = 4


class PreviewPanel(QWidget):
    """The migration that a draft becomes, as it is typed.

    Args:
        where: what a place is called, or "".
        go: shows the field where something is in the way.
        map_: draws what is before and after, as one more view that comes first.
    """

    def __init__(
        self,
        where: Callable[[Place], str],
        go: Callable[[Place], None],
        map_: ChangesMap | None = None,
    ) -> None:
        super().__init__()
        self._where, self._go, self._map = where, go, map_
        self.views = Tabs(
            tr("What is shown of the change"),
            *((("map", tr("Map")),) if map_ is not None else ()),
            ("texts", tr("Before and after")),
            ("statements", tr("Statements of the migration")),
        )
        self.diff = SqlDiff(tr("Text before and after"), most_lines=_MOST_LINES)
        self.statements = SqlView(name=tr("Statements of the migration"), most_lines=_MOST_LINES)
        self._nothing = Label(tr("Nothing is changed yet."), tone=Tone.MUTED, wrap=True)
        self._wrong = vbox(gap=6)
        self._wrong_box = boxed(self._wrong)
        self._wrong_box.hide()
        self._note = Label(tone=Tone.MUTED, wrap=True)
        inside = vbox(self._nothing, self.diff, self.statements, None)
        self._scroll = Scroll(boxed(inside))
        maps = (map_,) if map_ is not None else ()
        whole = vbox(
            self.views, self._wrong_box, *maps, self._scroll, self._note, gap=12, margins=(20, 4, 20, 12)
        )
        for at in range(2, 3 + len(maps)):
            whole.setStretch(at, 1)
        self.setLayout(whole)
        self.views.chosen.connect(lambda _: self._show())
        self._preview: Preview | None = None

    @property
    def preview(self) -> Preview | None:
        """What was shown last, or None."""
        return self._preview

    @property
    def said(self) -> str:
        """What is said to be in the way."""
        if not self._wrong_box.isVisibleTo(self):
            return ""
        items = (
            self._wrong.itemAt(at) for at in range(self._wrong.count())
        )  # what is cleared lives on for a while
        rows = [item.widget() for item in items if item is not None]
        labels = [
            label
            for row in rows
            if row is not None
            for label in (row, *row.findChildren(Label))
            if isinstance(label, Label)
        ]
        return " ".join(label.plain for label in labels)

    def show_preview(self, found: Preview) -> None:
        """Show what a draft leads to; while nothing can be tried, what it led to before stays."""
        clear(self._wrong)
        for problem in found.problems[:_MOST_PROBLEMS]:
            self._wrong.addWidget(self._problem(problem))
        self._wrong_box.setVisible(bool(found.problems))
        rest = len(found.problems) - _MOST_PROBLEMS
        if rest > 0:
            more = plural(rest, tr("more thing is in the way"), tr("more things are in the way"))
            self._wrong.addWidget(Label(more, tone=Tone.MUTED))
        if not found.problems or found.statements or self._preview is None:
            self._preview = found
        self._show()

    def forget(self) -> None:
        """What was shown is about something else."""
        self._preview = None
        self.diff.show_change("", "")
        self.statements.show_sql("")
        self._note.say("")
        self._show()

    def show_error(self, error: StewardError) -> None:
        """Say what went wrong."""
        clear(self._wrong)
        self._wrong.addWidget(error_banner(error))
        self._wrong_box.show()

    def _problem(self, problem: Problem) -> QWidget:
        where, place = self._where(problem.place), problem.place
        words = Label(problem.sentence, tone=Tone.DANGER, wrap=True, selectable=True)
        mark = boxed(vbox(IconLabel("circle-x", Tone.DANGER, 14), None, margins=(0, 3, 0, 0)))
        leads = boxed(vbox(link(where, lambda: self._go(place), mono=True), None)) if where else None
        row = hbox(mark, *((leads,) if leads else ()), words, gap=8)
        row.setStretch(row.count() - 1, 1)
        return boxed(row)

    def _show(self) -> None:
        found = self._preview
        texts = self.views.value == "texts"
        drawn = self.views.value == "map" and found is not None and bool(found.statements)
        if self._map is not None:
            self._map.setVisible(drawn)
        self._scroll.setVisible(not drawn)
        made = found is not None and (bool(found.statements) or found.before != found.after)
        self._nothing.setVisible(not made and not (found and found.before))
        self.diff.setVisible(texts and found is not None and bool(found.before or found.after))
        self.statements.setVisible(not texts and bool(found and found.statements))
        if not texts:
            self._nothing.setVisible(not (found and found.statements))
        if found is None:
            return
        self.diff.show_change(found.before, found.after)
        self.statements.show_sql("\n\n".join(map(ended, found.statements)))
        self._note.say(_note(found))
        self._note.setVisible(bool(self._note.plain))


def _note(found: Preview) -> str:
    if not (found.statements and found.before and found.after):
        return ""
    if not found.rebuilt:
        return tr("SQLite changes this where it stands. Nothing is written anew, row by row.")
    tables = ", ".join(shown_name(each, 40) for each in found.rebuilt)
    words = tr("{tables} is written anew, row by row. What stays keeps its values and rowids.")
    many = tr("{tables} are written anew, row by row. What stays keeps its values and rowids.")
    return (words if len(found.rebuilt) == 1 else many).format(tables=tables)
