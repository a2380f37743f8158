"""Trigger recipes: what is installed and how it stands, the form of a new one, making again, removing, purging."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from steward_app.gui.actions import Action
from steward_app.gui.format import integer, plural, shown_name
from steward_app.gui.layout import vbox
from steward_app.gui.pages.audit.setup.plan_step import Way
from steward_app.gui.pages.audit.setup.recipe_deleted import DeletedRows
from steward_app.gui.pages.audit.setup.recipe_form import RecipeForm, kind_words
from steward_app.gui.pages.audit.setup.recipe_read import RecipesRead, read_deleted, read_recipes, recipe_way
from steward_app.gui.tokens import Tone
from steward_app.gui.widgets.buttons import Button, Kind
from steward_app.gui.widgets.cells import Cell, state_cell
from steward_app.gui.widgets.columns import Beside
from steward_app.gui.widgets.controls import Tick
from steward_app.gui.widgets.foot import FootLine
from steward_app.gui.widgets.parts import Parts
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
    RestoreRequest,
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
        self.renew_wanted = False  # somebody came here to make again what drifted
        self.table: SimpleTable[RecipeStatus] = SimpleTable(
            _tr("Recipes"), self._columns(), key=lambda recipe: recipe.id, row_height=44
        )
        self.form = RecipeForm()
        self._own_actions()
        self.inspector = Inspector(_tr("The recipe"), width=400)
        self.drop_data = Tick(_tr("Its columns and its log go, too"))
        none = EmptyState(
            "zap",
            _tr("No recipe is installed"),
            _tr("A recipe is a rule of a table that triggers in the file keep, whichever program writes."),
            Button(action=self.new_action, kind=Kind.PRIMARY),
        )
        self._listed = Parts()
        beside = Beside(self.table, self.inspector, width=400, below=880, scrolls=True)
        for widget in (beside, none):
            self._listed.addWidget(widget)
        self._stack = Parts()
        self.deleted = DeletedRows()
        for part in (self._listed, self.form, self.deleted):
            self._stack.addWidget(part)
        self.back_button = Button(_tr("Back"), self.show_list, icon="arrow-left")
        self.new_button = Button(action=self.new_action, kind=Kind.PRIMARY)
        self.add_button = Button(action=self.add_action, kind=Kind.PRIMARY)
        self.others = tuple(
            Button(action=action) for action in (self.deleted_action, self.purge_action, self.renew_action)
        )
        self.of_deleted = (
            Button(action=self.keys_action),
            Button(action=self.restore_action, kind=Kind.PRIMARY),
        )
        self.foot = FootLine(
            lambda: None,
            *self.others,
            self.new_button,
            self.add_button,
            *self.of_deleted,
            before=(self.back_button,),
        )
        whole = vbox(self._stack, self.foot)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.table.chosen.connect(self._inspect)
        self.form.changed.connect(self._reconsider)
        self.deleted.changed.connect(self._reconsider)
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
        self.deleted_action = Action(
            "audit.recipe.deleted", _tr("Restore…"), self.show_deleted, group, "rotate-ccw", "",
            self._why_not_deleted, "soft delete deleted rows bring back undelete",
        )  # fmt: skip
        self.restore_action = Action(
            "audit.recipe.restore", _tr("Bring rows back"), self.restore, group, "rotate-ccw", "",
            self._why_not_restore, "soft delete undelete",
        )  # fmt: skip
        self.keys_action = Action(
            "audit.recipe.keys", _tr("Show or hide personal keys"), self.toggle_keys, group, "eye", "",
            self._why_no_keys, "hidden personal",
        )  # fmt: skip

    def commands(self) -> tuple[Action, ...]:
        """What can be done here."""
        return (
            self.new_action, self.add_action, self.renew_action, self.remove_action, self.purge_action,
            self.deleted_action, self.restore_action, self.keys_action,
        )  # fmt: skip

    # What is shown

    def _columns(self) -> tuple[Column[RecipeStatus], ...]:
        return (
            Column(_tr("Recipe"), lambda recipe: Cell(kind_words(recipe.what), second=recipe.sentence)),
            Column(_tr("Table"), lambda recipe: Cell(shown_name(recipe.table), mono=True), width=160),
            Column(
                _tr("Deleted rows"),
                self._count_cell,
                width=110,
                right=True,
                order=lambda recipe: self._found.deleted_by(recipe.id)[0],
            ),
            Column(_tr("State"), lambda recipe: state_cell(*_state_words(recipe)), width=150),
        )

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
        if self._stack.currentWidget() is self._listed:
            self._show_buttons()
        wanted, self.renew_wanted = self.renew_wanted, False
        if self.table.current is None and found.recipes:
            self.table.choose(self._drifting[0] if self._drifting else found.recipes[0])
        self.form.show_tables(found)
        self._inspect(self.table.current)
        if self._stack.currentWidget() is self.deleted:
            self.show_deleted()
        if wanted and not self._why_not_renew():
            self.renew()

    def show_list(self) -> None:
        """The recipes there are."""
        self._stack.setCurrentWidget(self._listed)
        self._show_buttons()
        self.back_button.hide()
        self._reconsider()

    def _show_buttons(self) -> None:
        """Those of a list; without a recipe, the one that leads to the first stands in the middle."""
        self.foot.show_buttons(*((*self.others, self.new_button) if self.recipes else ()))

    def show_form(self) -> None:
        """The form of a new one, on the table of the recipe that is chosen."""
        self._page.show_view("setup")
        self.wanted.emit()
        self._stack.setCurrentWidget(self.form)
        self.foot.show_buttons(self.add_button)
        self.back_button.show()
        self.form.begin(self.table.current.table if self.table.current is not None else "")
        self._reconsider()

    def show_deleted(self) -> None:
        """The rows that the recipe which is chosen has deleted softly."""
        recipe = self._soft
        if recipe is None:
            return
        self._page.show_view("setup")
        self._stack.setCurrentWidget(self.deleted)
        self.foot.show_buttons(*self.of_deleted)
        self.back_button.show()
        file, number = self._page.context.file, recipe.id
        self._page.run(
            _tr("Reading deleted rows"),
            lambda context: read_deleted(file, number, context),
            self.deleted.show_found,
            quiet=True,
        )
        self._reconsider()

    def toggle_keys(self) -> None:
        """Show keys that look personal, or hide them again."""
        self.deleted.show_keys(not self.deleted.reveal)

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
            if recipe.what is What.SOFT_DELETE:
                made.append((_tr("Deleted"), self._deleted_words(recipe)))
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
        elif self._stack.currentWidget() is self.deleted:
            self.foot.say(self.deleted.words)
            keys = _tr("Hide keys") if self.deleted.reveal else _tr("Show keys")
            self.of_deleted[0].set_words(keys)
        else:
            self.foot.say(plural(len(self.recipes), _tr("recipe"), _tr("recipes")))

    # What can be done now

    @property
    def _drifting(self) -> tuple[RecipeStatus, ...]:
        return tuple(each for each in self.recipes if each.state is not State.ARMED)

    def _why_not_add(self) -> str:
        return self.form.reason or self._busy()

    def _why_not_renew(self) -> str:
        if self._drifting and not any(each.spec for each in self._drifting):
            return _tr("What cannot be read cannot be made again. Remove it.")
        return self._busy() if self._drifting else _tr("Every recipe is as it should be.")

    def _why_not_remove(self) -> str:
        return self._busy() if self.table.current is not None else _tr("Choose a recipe first.")

    def _why_not_purge(self) -> str:
        soft = any(each.what is What.SOFT_DELETE for each in self.recipes)
        return self._busy() if soft else _tr("No recipe deletes rows softly.")

    @property
    def _soft(self) -> RecipeStatus | None:
        """The soft delete that is chosen, or the only one."""
        chosen, soft = self.table.current, [each for each in self.recipes if each.what is What.SOFT_DELETE]
        if chosen is not None and chosen.what is What.SOFT_DELETE:
            return chosen
        return soft[0] if len(soft) == 1 else None

    def _why_not_deleted(self) -> str:
        return self._why_not_purge() or ("" if self._soft is not None else _tr("Choose a soft delete first."))

    def _why_not_restore(self) -> str:
        if self._stack.currentWidget() is not self.deleted:
            return _tr("Look at the deleted rows first.")
        return self.deleted.why_not or self._busy()

    def _why_no_keys(self) -> str:
        shown = self._stack.currentWidget() is self.deleted and self.deleted.hides
        return "" if shown else _tr("No key of a deleted row is hidden here.")

    def _deleted_words(self, recipe: RecipeStatus) -> str:
        count, followed = self._found.deleted_by(recipe.id)
        said = plural(count, _tr("row"), _tr("rows"))
        if followed:
            said = _tr("{rows}, {count} of them with another row").format(rows=said, count=integer(followed))
        return said

    def _count_cell(self, recipe: RecipeStatus) -> Cell:
        if recipe.what is not What.SOFT_DELETE:
            return Cell("", right=True)
        return Cell(integer(self._found.deleted_by(recipe.id)[0]), right=True)

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

    def restore(self) -> None:
        """Plan to bring the rows back that are chosen."""
        chosen, path = self.deleted.chosen, self._page.context.file.path
        if chosen is not None:
            of, keys = chosen
            self._plan(
                _tr("Bringing rows back"),
                lambda known: RestoreRequest(path, known, of.table, keys, of.recipe),
            )

    def _plan(self, doing: str, ask: Callable[[str], Request]) -> None:
        context = self._page.context
        self._begin(recipe_way(context.catalog, context.file, doing, ask))


def _state_words(recipe: RecipeStatus) -> tuple[str, Tone, str]:
    if recipe.what is None:
        return _tr("Edited"), Tone.DANGER, "circle-x"
    if recipe.state is State.ARMED:
        return _tr("As it should be"), Tone.SUCCESS, "circle-check"
    if recipe.state is State.STALE:
        return _tr("Stale"), Tone.WARNING, "triangle-alert"
    if recipe.state is State.BYPASSED:
        return _tr("Bypassed"), Tone.DANGER, "triangle-alert"
    return _tr("Gone"), Tone.DANGER, "circle-x"


def _tr(text: str) -> str:
    return QCoreApplication.translate("audit", text)
