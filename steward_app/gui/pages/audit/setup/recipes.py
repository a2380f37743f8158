"""Trigger recipes: what is installed and how it stands, the form of a new one, making again, removing, purging."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.format import plural, shown_name
from steward_app.gui.layout import vbox
from steward_app.gui.pages.audit.parts import Parts
from steward_app.gui.pages.audit.setup.plan_step import Way
from steward_app.gui.pages.audit.setup.recipe_form import RecipeForm, kind_words
from steward_app.gui.pages.audit.setup.recipe_read import RecipesRead, read_recipes, recipe_way
from steward_app.gui.pages.restore.foot import FootLine
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Tick
from steward_app.gui.widgets.states import StateLabel
from steward_app.gui.widgets.surfaces import EmptyState, Inspector, KeyValueList, Value
from steward_app.gui.widgets.table import Column, SimpleTable
from steward_app.gui.widgets.text import Label
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.recipes import (
    AddRequest,
    PurgeRequest,
    RecipeStatus,
    RemoveRequest,
    RenewRequest,
    Request,
    What,
)

if TYPE_CHECKING:
    from steward_app.gui.pages.audit.page import AuditPage


class RecipesSection(QWidget):
    """The recipes of the file.

    Args:
        begin: shows the plan of a way.
        busy: why nothing can be begun now, or "".

    Signals:
        wanted: this section is to be shown.
    """

    wanted = Signal()

    def __init__(self, page: AuditPage, begin: Callable[[Way], None], busy: Callable[[], str]) -> None:
        super().__init__()
        self._page, self._begin, self._busy = page, begin, busy
        self._found = RecipesRead((), ())
        self.table: SimpleTable[RecipeStatus] = SimpleTable(
            _tr("Recipes"), _columns(), key=lambda recipe: recipe.id, row_height=44
        )
        self.form = RecipeForm()
        self._own_actions()
        self.inspector = Inspector(_tr("The recipe"), width=400)
        self.drop_data = Tick(_tr("Its columns and its log go, too"))
        none = EmptyState(
            "zap",
            _tr("No recipe is installed"),
            _tr("A recipe is a rule of a table that triggers in the file keep, whichever program writes."),
            Button(action=self.new_action),
        )
        self._listed = Parts()
        beside = Beside(self.table, self.inspector, width=400, below=880, scrolls=True)
        for widget in (beside, none):
            self._listed.addWidget(widget)
        self._stack = Parts()
        self._stack.addWidget(self._listed)
        self._stack.addWidget(self.form)
        self.back_button = Button(_tr("Back"), self.show_list, icon="arrow-left")
        self.new_button = Button(action=self.new_action, kind=Kind.PRIMARY)
        self.add_button = Button(action=self.add_action, kind=Kind.PRIMARY)
        self.others = tuple(Button(action=action) for action in (self.purge_action, self.renew_action))
        self.foot = FootLine(
            lambda: None, *self.others, self.new_button, self.add_button, before=(self.back_button,)
        )
        whole = vbox(self._stack, self.foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.table.chosen.connect(self._inspect)
        self.form.changed.connect(self._reconsider)
        self.show_list()

    def _own_actions(self) -> None:
        group = self._page.spec.title
        self.new_action = Action(
            "audit.recipe.new", _tr("Add a recipe"), self.show_form, group, "plus", "", self._busy,
            "trigger updated_at soft delete immutable append-only status log",
        )  # fmt: skip
        self.add_action = Action(
            "audit.recipe.add",
            _tr("Plan the recipe"),
            self.add,
            group,
            "zap",
            "",
            self._why_not_add,
            "trigger",
        )
        self.renew_action = Action(
            "audit.recipe.renew", _tr("Make again"), self.renew, group, "refresh-cw", "", self._why_not_renew,
            "recipe trigger drift",
        )  # fmt: skip
        self.remove_action = Action(
            "audit.recipe.remove", _tr("Remove the recipe"), self.remove, group, "x", "", self._why_not_remove,
            "trigger uninstall",
        )  # fmt: skip
        self.purge_action = Action(
            "audit.recipe.purge", _tr("Purge deleted rows"), self.purge, group, "trash-2", "", self._why_not_purge,
            "soft delete grace",
        )  # fmt: skip

    def commands(self) -> tuple[Action, ...]:
        """What can be done here."""
        return (self.new_action, self.add_action, self.renew_action, self.remove_action, self.purge_action)

    # What is shown

    def read(self) -> None:
        """Read the recipes again."""
        file = self._page.context.file
        self._page.run(
            _tr("Reading the recipes"), lambda context: read_recipes(file, context), self._show, quiet=True
        )

    @property
    def recipes(self) -> tuple[RecipeStatus, ...]:
        """The recipes of the file."""
        return self._found.recipes

    def _show(self, found: RecipesRead) -> None:
        self._found = found
        self.table.set_rows(found.recipes)
        self._listed.setCurrentIndex(0 if found.recipes else 1)
        if self.table.current is None and found.recipes:
            self.table.choose(self._drifting[0] if self._drifting else found.recipes[0])
        self.form.show_tables(found)
        self._inspect(self.table.current)

    def show_list(self) -> None:
        """The recipes there are."""
        self._stack.setCurrentWidget(self._listed)
        self.foot.show_buttons(*self.others, self.new_button)
        self.back_button.hide()
        self.foot.say(plural(len(self.recipes), _tr("recipe"), _tr("recipes")))

    def show_form(self) -> None:
        """The form of a new one, on the table of the recipe that is chosen."""
        self._page.show_view("setup")
        self.wanted.emit()
        self._stack.setCurrentWidget(self.form)
        self.foot.show_buttons(self.add_button)
        self.back_button.show()
        self.form.begin(self.table.current.table if self.table.current is not None else "")
        self._reconsider()

    def _inspect(self, recipe: RecipeStatus | None) -> None:
        self.drop_data = Tick(_tr("Its columns and its log go, too"))
        if recipe is None:
            self.inspector.show_content(None)
            self.inspector.show_actions()
        else:
            made: list[tuple[str, Value]] = []
            if recipe.added_columns:
                made.append((_tr("Columns it made"), shown_name(", ".join(recipe.added_columns))))
            if recipe.log:
                made.append((_tr("Table it made"), shown_name(recipe.log)))
            made.append((_tr("Tables"), shown_name(", ".join(recipe.tables))))
            why = [
                Label(f"{each[:1].upper()}{each[1:]}.", tone=Tone.DANGER, wrap=True) for each in recipe.why
            ]
            drop = [self.drop_data] if recipe.added_columns or recipe.log else []
            self.inspector.show_content(
                Label(kind_words(recipe.what), role="heading"),
                StateLabel(*_state_words(recipe)),
                Label(recipe.sentence, wrap=True),
                *why,
                KeyValueList(made, key_width=104),
                *([Label(_tr("When it is removed"), role="strong"), *drop] if drop else []),
                None,
            )
            self.inspector.show_actions(Button(action=self.remove_action))
        self._reconsider()

    def _reconsider(self) -> None:
        for button in self.findChildren(Button):
            button.reconsider()
        if self._stack.currentWidget() is self.form:
            self.foot.say(self.form.reason or _tr("Nothing is changed yet."))
        else:
            self.foot.say(plural(len(self.recipes), _tr("recipe"), _tr("recipes")))

    # What can be done now

    @property
    def _drifting(self) -> tuple[RecipeStatus, ...]:
        return tuple(each for each in self.recipes if each.state is not State.ARMED)

    def _why_not_add(self) -> str:
        return self.form.reason or self._busy()

    def _why_not_renew(self) -> str:
        return self._busy() if self._drifting else _tr("Every recipe is as it should be.")

    def _why_not_remove(self) -> str:
        return self._busy() if self.table.current is not None else _tr("Choose a recipe first.")

    def _why_not_purge(self) -> str:
        soft = any(each.what is What.SOFT_DELETE for each in self.recipes)
        return self._busy() if soft else _tr("No recipe deletes rows softly.")

    # Planning

    def add(self) -> None:
        """Plan the recipe of the form."""
        spec, path = self.form.spec, self._page.context.file.path
        if spec is not None:
            self._plan(_tr("Installing a recipe"), lambda known: AddRequest(path, known, spec))

    def renew(self) -> None:
        """Plan to make again what is not as it should be."""
        path = self._page.context.file.path
        self._plan(_tr("Making recipes again"), lambda known: RenewRequest(path, known))

    def remove(self) -> None:
        """Plan to remove the recipe that is chosen."""
        recipe, path = self.table.current, self._page.context.file.path
        if recipe is not None:
            ids, drop = (recipe.id,), self.drop_data.isChecked()
            self._plan(
                _tr("Removing a recipe"), lambda known: RemoveRequest(path, known, ids, drop_data=drop)
            )

    def purge(self) -> None:
        """Plan to remove the rows for good whose days of grace are over."""
        path = self._page.context.file.path
        self._plan(_tr("Purging deleted rows"), lambda known: PurgeRequest(path, known))

    def _plan(self, doing: str, ask: Callable[[str], Request]) -> None:
        context = self._page.context
        self._begin(recipe_way(context.catalog, context.file, doing, ask))


def _state_words(recipe: RecipeStatus) -> tuple[str, Tone, str]:
    if recipe.state is State.ARMED:
        return _tr("As it should be"), Tone.SUCCESS, "circle-check"
    if recipe.state is State.STALE:
        return _tr("Stale"), Tone.WARNING, "triangle-alert"
    if recipe.state is State.BYPASSED:
        return _tr("Bypassed"), Tone.DANGER, "triangle-alert"
    return _tr("Gone"), Tone.DANGER, "circle-x"


def _columns() -> tuple[Column[RecipeStatus], ...]:
    return (
        Column(_tr("Recipe"), lambda recipe: Cell(kind_words(recipe.what), second=recipe.sentence)),
        Column(_tr("Table"), lambda recipe: Cell(shown_name(recipe.table), mono=True), width=160),
        Column(_tr("State"), lambda recipe: state_cell(*_state_words(recipe)), width=160),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
