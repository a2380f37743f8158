"""What trigger recipes need, read on worker threads by calling services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steward_app.catalog import Catalog
from steward_app.db import fold
from steward_app.gui.pages.audit.setup.plan_step import Way
from steward_app.gui.pages.audit.setup.recipe_deleted import MOST_ROWS
from steward_app.kernel.progress import Context
from steward_app.services import backup
from steward_app.services.audit import recipes
from steward_app.services.audit.recipes import DeletedTable, RecipeStatus, Request, What
from steward_app.services.schema.model import Generated, Schema, Table, TableKind
from steward_app.services.schema.snapshot import schema_of


@dataclass(frozen=True, slots=True)
class TableChoice:
    """A table that a recipe may stand on.

    Attributes:
        columns: those that are stored.
        children: tables whose rows belong to its rows although they are not deleted with them.
    """

    name: str
    columns: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipesRead:
    """The recipes of the file, the tables there are, and how many rows are deleted softly.

    Attributes:
        deleted: by the tables of soft deletes, without rows.
    """

    recipes: tuple[RecipeStatus, ...]
    tables: tuple[TableChoice, ...]
    deleted: tuple[DeletedTable, ...] = ()

    def deleted_by(self, number: int) -> tuple[int, int]:
        """How many rows a recipe has deleted softly, and how many of them with another one."""
        of = [each for each in self.deleted if each.recipe == number]
        return sum(each.count for each in of), sum(each.followed for each in of)

    def table(self, name: str) -> TableChoice | None:
        """A table by its name."""
        return next((each for each in self.tables if fold(each.name) == fold(name)), None)


def read_recipes(file: Any, context: Context) -> RecipesRead:
    """How it stands with the recipes of a file, and where more may stand."""
    schema = schema_of(file, context)
    found = recipes.recipe_status(file.path, context)
    tables = tuple(
        TableChoice(table.name, _stored(table), _children(schema, table))
        for table in schema.tables
        if table.kind is TableKind.TABLE and not table.ours
    )
    soft = any(each.what is What.SOFT_DELETE for each in found)
    return RecipesRead(found, tables, recipes.deleted_rows(file.path, context) if soft else ())


def read_deleted(file: Any, number: int, context: Context) -> tuple[DeletedTable, ...]:
    """The rows that one recipe has deleted softly, the newest of each table."""
    return recipes.deleted_rows(file.path, context, limit=MOST_ROWS, ids=(number,))


def recipe_way(catalog: Catalog, file: Any, doing: str, ask: Callable[[str], Request]) -> Way:
    """How an operation on recipes is planned, rehearsed and carried out.

    Args:
        ask: makes the request, once it is known which database the file is.
    """
    return Way(
        doing,
        lambda context: recipes.plan_recipes(
            catalog, ask(backup.database_id(catalog, file.path, context)), context
        ),
        lambda plan, context, said: recipes.carry_out(catalog, plan, context, confirmation=said),
        lambda plan, context: recipes.rehearse(catalog, plan, context),
    )


def _stored(table: Table) -> tuple[str, ...]:
    return tuple(each.name for each in table.columns if each.generated is Generated.NO and not each.hidden)


def _children(schema: Schema, parent: Table) -> tuple[str, ...]:
    return tuple(
        table.name
        for table in schema.tables
        if not table.ours
        and any(
            fold(key.parent) == fold(parent.name) and key.on_delete.upper() != "CASCADE"
            for key in table.foreign_keys
        )
    )
