"""Recipes that are not as they should be, and entries in their list that cannot be read, as alarms."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.recipes import RecipeStatus, recipes_in, title
from steward_app.services.audit.recipes.entries import is_there
from steward_app.services.schema.introspect import read_schema

KIND = "recipe"
"""What the subjects of these findings are."""
_RENEW = "Make it again (“steward audit recipes renew”)."
_REMOVE = "Remove it (“steward audit recipes remove”), and install what is wanted again."


def of_recipes(session: Session, context: Context) -> Iterator[Finding]:
    """What is wrong with the recipes of a file, whether or not it is under audit. Costs one read where it has none."""
    if is_there(session):
        for each in recipes_in(session, read_schema(session, context)):
            if each.state is not State.ARMED:
                yield _drifting(each) if each.spec is not None else _unreadable(each, session.path.name)


def _drifting(recipe: RecipeStatus) -> Finding:
    assert recipe.spec is not None
    table = recipe.table or recipe.spec.table
    return Finding(
        "recipe_drifting",
        Severity.WARNING if recipe.state is State.STALE else Severity.ERROR,
        f"Recipe {recipe.id} on {quoted(table)} is not as it should be: {title(recipe.spec)}",
        Subject(KIND, table=table, name=str(recipe.id)),
        detail=_sentences(recipe.why),
        remedies=(_RENEW,) if recipe.table else ("Remove it, or restore the table.", _RENEW),
    )


def _unreadable(recipe: RecipeStatus, name: str) -> Finding:
    what = f"Recipe {recipe.id}" if recipe.id else "The list of recipes"
    return Finding(
        "recipe_unreadable",
        Severity.ERROR,
        f"{what} of {quoted(name)} cannot be read",
        Subject(KIND, table=recipe.table, name=str(recipe.id)),
        detail=f"{_sentences(recipe.why)} Somebody edited it.",
        remedies=(_REMOVE,),
    )


def _sentences(why: tuple[str, ...]) -> str:
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in why)
