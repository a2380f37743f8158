"""One more change in a list: tried on what the earlier ones leave, and checked against the rows of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from steward_app.db import ReadSession, Session
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.change_list import ChangeList, beginning, left_by, said
from steward_app.services.migrate.draft.check import without_value
from steward_app.services.migrate.draft.divide import (
    Division,
    preview_division,
    unmatched,
)
from steward_app.services.migrate.draft.lacking import Lacking
from steward_app.services.migrate.draft.matching import Matched, matched
from steward_app.services.migrate.draft.model import Draft, Place, Problem
from steward_app.services.migrate.draft.preview import Preview, preview
from steward_app.services.migrate.edit.model import Edit, MergeTable
from steward_app.services.migrate.edit.together import require_goes_together
from steward_app.services.schema.introspect import read_schema

Problems: TypeAlias = tuple[Problem, ...]


def try_table(
    session: Session, changes: ChangeList, base: Draft, draft: Draft, context: Context | None = None
) -> Preview:
    """Try a draft on what the changes leave. No row is read. Raises as `left_by` and `preview`.

    Args:
        base: the table as the changes leave it.
    """
    with left_by(session, changes) as empty:
        return _beside(changes, preview(empty, base, draft, context))


def try_division(
    session: Session, changes: ChangeList, edit: Division, context: Context | None = None
) -> Preview:
    """Try a split or merge on what the changes leave. No row is read. Raises as `left_by`."""
    with left_by(session, changes) as empty:
        return _beside(changes, preview_division(empty, edit, context))


def add_table(
    session: ReadSession, changes: ChangeList, base: Draft, draft: Draft, context: Context | None = None
) -> ChangeList | Problems:
    """The changes with those of a draft; or what is in the way. Raises as `try_table`."""
    context = context or Context()
    with session.under(context):
        found = try_table(session, changes, base, draft, context)
        wrong = found.problems
        if not wrong:
            with beginning(session, changes) as begin:
                lacking = Lacking(session, begin, context)
            wrong = without_value(base, draft, partial(lacking.value, changes.shown))
    return wrong or changes.more(found.edits)


def add_division(
    session: ReadSession, changes: ChangeList, edit: Division, context: Context | None = None
) -> ChangeList | Problems:
    """The changes with a split or merge; or what is in the way. Raises as `try_division`."""
    context = context or Context()
    found = try_division(session, changes, edit, context)
    wrong = found.problems
    if not wrong and isinstance(edit, MergeTable) and (rows := rows_of(session, changes, edit, context)):
        wrong = tuple(unmatched(edit, rows))
    return wrong or changes.more(found.edits)


def rows_of(
    session: ReadSession, changes: ChangeList, edit: MergeTable, context: Context | None = None
) -> Matched | None:
    """How rows belong together by then that a merge behind the changes is about; see `matched`."""
    with left_by(session, changes) as empty:
        schema = read_schema(empty)
    with beginning(session, changes) as begin:
        return matched(session, begin, changes.shown, edit, schema, context)


def _beside(changes: ChangeList, found: Preview) -> Preview:
    """What is tried, with what it may not stand beside."""
    why = _does_not_go(changes.more(found.edits).edits)
    return replace(found, problems=(*found.problems, Problem(Place(), why))) if why else found


def _does_not_go(edits: Sequence[Edit]) -> str:
    try:
        require_goes_together(edits)
    except Refused as error:
        return said(error)
    return ""
