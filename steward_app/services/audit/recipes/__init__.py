"""Trigger recipes: common rules of a table, kept by triggers in the file whoever writes. See docs/recipes.md."""

from steward_app.services.audit.recipes.deleted import deleted_rows
from steward_app.services.audit.recipes.drift import of_table, recipe_status, recipes_in
from steward_app.services.audit.recipes.kinds import sentence, title
from steward_app.services.audit.recipes.model import (
    AddRequest,
    AppendOnly,
    DeletedRow,
    DeletedTable,
    Form,
    Immutable,
    OnDelete,
    PurgeRequest,
    RecipeStatus,
    RemoveRequest,
    RenewRequest,
    Request,
    RestoreRequest,
    SoftDelete,
    Spec,
    StatusLog,
    UpdatedAt,
    What,
)
from steward_app.services.audit.recipes.operations import carry_out, plan_recipes, rehearse, undoable

__all__ = [
    "AddRequest",
    "AppendOnly",
    "DeletedRow",
    "DeletedTable",
    "Form",
    "Immutable",
    "OnDelete",
    "PurgeRequest",
    "RecipeStatus",
    "RemoveRequest",
    "RenewRequest",
    "Request",
    "RestoreRequest",
    "SoftDelete",
    "Spec",
    "StatusLog",
    "UpdatedAt",
    "What",
    "carry_out",
    "deleted_rows",
    "of_table",
    "plan_recipes",
    "recipe_status",
    "recipes_in",
    "rehearse",
    "sentence",
    "title",
    "undoable",
]
