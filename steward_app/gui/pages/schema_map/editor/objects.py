"""Indexes, triggers and views of a table, as text."""

from __future__ import annotations

from dataclasses import replace

from steward_app.gui.format import name_alone
from steward_app.gui.layout import fix
from steward_app.gui.pages.schema_map.editor.columns import state_of
from steward_app.gui.pages.schema_map.editor.fields import Labelled, tr
from steward_app.gui.pages.schema_map.editor.parts import Part, PartsTab
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button
from steward_app.gui.widgets.cells import Cell
from steward_app.gui.widgets.sql import SqlEditor
from steward_app.gui.widgets.table import Column
from steward_app.services.migrate.draft.model import Draft, DraftObject, ObjectKind
from steward_app.services.migrate.draft.read import first_text, name_in

_KINDS: tuple[ObjectKind, ...] = ("index", "trigger", "view")
_TEXT_HEIGHT = 200


class ObjectsTab(PartsTab[DraftObject]):
    """The statements of one kind. In a draft they stand in the order of the kinds."""

    part = "object"

    def __init__(self, kind: ObjectKind) -> None:
        self.kind = kind
        words = {
            "index": (tr("Indexes"), tr("Add an index"), tr("This table has no index of its own yet.")),
            "trigger": (tr("Triggers"), tr("Add a trigger"), tr("This table has no trigger yet.")),
            "view": (tr("Views"), tr("Add a view"), tr("No view reads this table yet.")),
        }
        title, adds, nothing = words[kind]
        super().__init__(
            title,
            (
                Column[Part[DraftObject]](tr("Name"), _name),
                Column[Part[DraftObject]](tr("State"), state_of, 104),
            ),
            nothing,
        )
        self.sql = SqlEditor(tr("CREATE statement"))
        self.sql.textChanged.connect(self._typed)
        self.text = Labelled(tr("CREATE statement"), fix(self.sql, height=_TEXT_HEIGHT), framed=True)
        self.fields["sql"] = self.text
        self.new = Button(adds, self.add_object, icon="plus", small=True)
        self.build(self.text, self.new)

    def _typed(self) -> None:
        text = self.sql.edited
        if self.current is not None and text != self.current.what.sql:
            self.put(replace(self.current.what, sql=text))

    def add_object(self) -> None:
        """One more, with a text to begin with."""
        self.add(DraftObject(self.kind, first_text(self.kind, self.draft)))
        self.sql.setFocus()

    def place_of(self, number: int) -> int:
        """The draft counts the objects of all kinds."""
        before = _KINDS[: _KINDS.index(self.kind)]
        here = number - sum(each.kind in before for each in self.draft.objects)
        return here if here < len(self.parts(self.draft)) else -1

    def parts(self, draft: Draft) -> tuple[DraftObject, ...]:
        return tuple(each for each in draft.objects if each.kind == self.kind)

    def with_parts(self, parts: tuple[DraftObject, ...]) -> Draft:
        others = [each for each in self.draft.objects if each.kind != self.kind]
        ordered = sorted((*others, *parts), key=lambda each: _KINDS.index(each.kind))
        return replace(self.draft, objects=tuple(ordered))

    def was(self, part: DraftObject) -> object:
        return part.was

    def fill(self, part: DraftObject) -> None:
        if self.sql.edited != part.sql:
            self.sql.edit_sql(part.sql)


def _name(part: Part[DraftObject]) -> Cell:
    shown = name_alone(name_in(part.what.sql) or part.what.was or tr("no name yet"))
    return Cell(shown, mono=True, tone=Tone.MUTED if part.state == "gone" else Tone.TEXT)
