"""Recipes that cannot stand together on one table, and what is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.audit.recipes import kinds
from steward_app.services.audit.recipes.model import (
    AppendOnly,
    Immutable,
    Recipe,
    SoftDelete,
    Spec,
    UpdatedAt,
    What,
)
from steward_app.services.audit.recipes.needs import Needs

_MANY = frozenset({What.UPDATED_AT, What.STATUS_LOG})
"""Kinds of which a table may have several, on several columns."""


def clashes(there: Sequence[Recipe], needs: Needs) -> Iterator[Finding]:
    """Why a recipe cannot be installed beside those that are there."""
    tables = {fold(needs.spec.table)} | {fold(each.table) for each in needs.columns}
    for each in there:
        if not {fold(name) for name in each.tables} & tables:
            continue
        why = (
            _same(each.spec, needs.spec) or _against(each.spec, needs.spec) or _against(needs.spec, each.spec)
        )
        if why:
            yield Finding(
                "recipe_clash",
                Severity.ERROR,
                why,
                Subject("table", needs.spec.table),
                detail=f"Recipe {each.id} is installed there: {kinds.sentence(each.spec, each.tables)}",
                remedies=(f"Remove recipe {each.id} first.",),
                blocks=True,
            )


def _same(there: Spec, new: Spec) -> str:
    if there.what is not new.what:
        return ""
    own, other = getattr(there, "column", ""), getattr(new, "column", "")
    if isinstance(there, Immutable) and isinstance(new, Immutable):
        both = set(map(fold, there.columns)) & set(map(fold, new.columns))
        return f"{quoted(min(both))} is immutable already" if both else ""
    if there.what in _MANY and fold(own) != fold(other):
        return ""
    return f"{quoted(new.table)} has this recipe already"


def _against(one: Spec, other: Spec) -> str:
    """Why the first keeps the second from working."""
    written = _written(other)
    if isinstance(one, AppendOnly) and written:
        return f"Rows of an append-only table are never changed, so {quoted(written)} could not be set"
    if isinstance(one, Immutable) and fold(written) in map(fold, one.columns) and written:
        return f"{quoted(written)} is to be immutable, and to be set by a trigger"
    return ""


def _written(spec: Spec) -> str:
    return spec.column if isinstance(spec, UpdatedAt | SoftDelete) else ""
