"""The map of a change: the tables and links before and after in one, with marks on what is not the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import shiboken6
from PySide6.QtWidgets import QWidget

from steward_app.gui.bridge import JobHandle
from steward_app.gui.flow import Flow
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import boxed, fix, hbox, shown_if, vbox
from steward_app.gui.page import Page
from steward_app.gui.pages.schema_map.changes import TONES, signed
from steward_app.gui.pages.schema_map.editor.fields import tr
from steward_app.gui.pages.schema_map.export import PICTURES
from steward_app.gui.pages.schema_map.outlets import save_picture
from steward_app.gui.pages.schema_map.read import Places
from steward_app.gui.pages.schema_map.scene import MapScene
from steward_app.gui.pages.schema_map.toolbar import ZoomControls
from steward_app.gui.pages.schema_map.view import MapView
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.controls import Segments
from steward_app.gui.widgets.dialog import PageDialog, dialog_foot
from steward_app.gui.widgets.surfaces import frame
from steward_app.gui.widgets.text import Label
from steward_app.kernel.progress import Context
from steward_app.services.schema.diff_model import ChangeKind
from steward_app.services.schema.erd.layout import arrange, keep
from steward_app.services.schema.erd.model import Diagram, Layout, Mark, Point
from steward_app.services.schema.snapshot import schema_of

_NEAR, _ALL = "near", "all"
_HEIGHT = 400
_WORDS = {
    ChangeKind.ADDED: "{n} added",
    ChangeKind.REMOVED: "{n} removed",
    ChangeKind.CHANGED: "{n} changed",
}


class ChangesMap(QWidget):
    """Opens on the tables that change and what they are linked with; all others can be shown, too, where they stand.

    Args:
        large: whether it stands over the window, as large as that.
    """

    def __init__(self, page: Page, *, large: bool = False) -> None:
        super().__init__()
        self._page = page
        self._job: JobHandle | None = None
        self.diagram = Diagram((), ())
        self.scene = MapScene()
        self.view = MapView(self.scene)
        self.view.setAccessibleName(tr("Map of the schema before and after"))
        self.shown = Segments(tr("Tables on the map"), (_NEAR, tr("What changes")), (_ALL, tr("All tables")))
        self.shown.chosen.connect(lambda _: self._draw())
        self.save = Button(tr("Save the map"), self._save, kind=Kind.ICON, icon="download")
        larger = Button(tr("Show it larger"), self._enlarge, kind=Kind.ICON, icon="maximize-2")
        self.larger = shown_if(not large, larger)
        self.told = Label(wrap=True)
        self.told.setMinimumHeight(self.told.sizeHint().height())
        self._left_out = Label(tone=Tone.MUTED, role="caption")
        above = Flow(self.shown, None, hbox(ZoomControls(self.view), self.save, self.larger, gap=6), gap=8)
        ground = frame("field", vbox(self.view, margins=(1, 1, 1, 1)))
        below = Flow(*_legend(), self._left_out, gap=16)
        whole = vbox(boxed(above), ground, boxed(below), self.told, gap=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        if not large:
            fix(ground, height=_HEIGHT)
        self.scene.chosen.connect(self._tell_table)
        self.scene.link_chosen.connect(self._tell_link)

    def show_map(self, diagram: Diagram) -> None:
        """Draw a diagram with marks; the same again is left as it stands."""
        if diagram == self.diagram:
            return
        self.diagram = diagram
        self.shown.setVisible(bool(diagram.around(diagram.marked).left_out))
        self._draw()

    def _draw(self) -> None:
        diagram = self.diagram
        shown = diagram.around(diagram.marked) if self.shown.value == _NEAR else diagram
        if self._job is not None:
            self._job.drop()

        def show(layout: Layout) -> None:
            if shiboken6.isValid(self):
                self._show(shown, layout)

        of_page = self._page.context
        file, places = of_page.file, Places(of_page.catalog, of_page.database_id)

        def work(context: Context) -> Layout:
            if shown.left_out:  # few tables stand far apart on the whole map
                return arrange(shown, context)
            return keep(shown, placed(shown, places.load(schema_of(file, context))), context)

        self._job = self._page.run(tr("Drawing the map"), work, show, quiet=True)

    def _show(self, shown: Diagram, layout: Layout) -> None:
        self.scene.choose("")
        self.scene.keep_bright(shown.marked)
        self.scene.show_diagram(shown, layout)
        self.view.fit()
        self._left_out.say(
            tr("{n} more that stay as they are").format(n=integer(shown.left_out)) if shown.left_out else ""
        )
        self._left_out.setVisible(bool(shown.left_out))
        self._tell_table("")

    def _tell_table(self, table: str) -> None:
        box = self.scene.diagram.box(table) if table else None
        if box is None:
            self._say(tr("On the map"), (summary(self.diagram),))
        elif box.mark is None:
            self._say(box.table, (tr("stays as it is"),))
        else:
            self._say(box.table, (box.mark.word, *box.mark.told))

    def _tell_link(self, key: str) -> None:
        link = self.scene.links[key].link
        title = tr("{child} to {parent}").format(child=link.child, parent=link.parent)
        words = (link.mark.word, *link.mark.told) if link.mark else (tr("stays as it is"),)
        self._say(title, words)

    def _say(self, title: str, words: Iterable[str]) -> None:
        said = f"{shown_name(title)}: {'; '.join(map(shown_name, words))}."
        self.told.say(said)
        self.view.setAccessibleDescription(said)

    def _save(self) -> None:
        save_picture(self._page, self.scene, PICTURES, f"{self._page.context.file.path.stem}-changes")

    def _enlarge(self) -> None:
        MapDialog(self._page, self.diagram, self.shown.value).open()


class MapDialog(PageDialog):
    """The map over the window."""

    def __init__(self, page: Page, diagram: Diagram, shown: str = _NEAR) -> None:
        title = tr("What becomes of the schema")
        super().__init__(page, title)
        self.map = ChangesMap(page, large=True)
        self.map.shown.choose(shown)
        self.stay = Button(tr("Close"), self.accept)
        self.stay.setDefault(True)
        head = vbox(Label(title, role="question", wrap=True), margins=(20, 20, 20, 8))
        foot = dialog_foot(None, self.stay)
        whole = vbox(boxed(head), boxed(vbox(self.map, margins=(20, 0, 20, 12))), foot)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.take(1200, 860)
        self.map.show_map(diagram)


def placed(diagram: Diagram, places: Mapping[str, Point]) -> dict[str, Point]:
    """Where the tables of a diagram stand on the schema map, those with another name by the one they had."""
    found: dict[str, Point] = {}
    for box in diagram.boxes:
        names = (box.mark.was, box.table) if box.mark else (box.table,)
        at = next((places[name] for name in names if name in places), None)
        if at is not None:
            found[box.table] = at
    return found


def summary(diagram: Diagram) -> str:
    """How much is not the same: "2 tables added, 1 changed, 1 link added"."""
    words: list[str] = []
    for marks, one, many in (
        ([box.mark for box in diagram.boxes], tr("table"), tr("tables")),
        ([link.mark for link in diagram.links], tr("link"), tr("links")),
    ):
        words += _counted([mark for mark in marks if mark], one, many)
    return ", ".join(words)


def _counted(marks: Iterable[Mark], one: str, many: str) -> Iterable[str]:
    counts = Counter(mark.kind for mark in marks)
    for kind in ChangeKind:
        if counts[kind]:
            yield tr(_WORDS[kind]).format(n=plural(counts[kind], one, many))


def _legend() -> Iterable[Label]:
    """What the signs mean."""
    for kind in ChangeKind:
        yield Label(signed(Mark(kind)), tone=TONES[kind], role="caption")
    yield Label(tr("pale: stays as it is"), tone=Tone.MUTED, role="caption")
