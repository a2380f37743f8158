"""The soft deletes of a file, to be worked with: those that were chosen, as their tables are called now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.db import Session
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine.model import Mode
from steward_app.services.audit.guard.armed import State
from steward_app.services.audit.recipes import drift, under_audit
from steward_app.services.audit.recipes.model import Recipe, What
from steward_app.services.audit.recipes.needs import UNCHANGED
from steward_app.services.audit.recipes.remove import chosen_of, require_readable
from steward_app.services.schema.model import Schema


def soft_deletes(session: Session, schema: Schema, ids: Sequence[int], path: Path) -> list[Recipe]:
    """Soft deletes by their numbers; all where none is given.

    Raises `UsageError` for a number that no soft delete has, `Refused` where there is none, or one has drifted.
    """
    at = drift.places(session)
    standing = {each.id: each for each in drift.recipes_in(session, schema)}
    chosen = [
        replace(each, spec=drift.spec_now(each, schema, at))
        for each in require_readable(chosen_of(session, ids, path), ids)
    ]
    others_than = [each.id for each in chosen if each.spec.what is not What.SOFT_DELETE]
    if ids and others_than:
        raise UsageError(ErrorCode.BAD_REQUEST, f"Recipe {others_than[0]} is no soft delete.", hint=UNCHANGED)
    soft = [each for each in chosen if each.spec.what is What.SOFT_DELETE]
    if not soft:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"Rows of no table of {quoted(path.name)} are deleted softly.",
            hint=UNCHANGED,
        )
    for each in soft:
        if standing[each.id].state is not State.ARMED:
            raise Refused(
                ErrorCode.BLOCKED,
                f"Recipe {each.id} is not as it should be: {standing[each.id].why[0]}.",
                hint=f"{UNCHANGED} “steward audit recipes renew” makes it again.",
            )
    return soft


def is_kept_whole(session: Session, schema: Schema, tables: Sequence[str]) -> bool:
    """Whether the audit logs all of every table that changes."""
    armed = {
        each.table
        for each in under_audit.guarded(session, schema, tables)
        if each.state is State.ARMED and all(mode is Mode.FULL for mode in each.audited.modes.values())
    }
    return all(table in armed for table in tables)
