"""What is in the way of a list of changes in the rows of the file, as they are when its migration is written."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.migrate.draft.adding import rows_of
from steward_app.services.migrate.draft.change_list import ChangeList, beginning
from steward_app.services.migrate.draft.divide import unmatched
from steward_app.services.migrate.draft.lacking import Lacking
from steward_app.services.migrate.draft.model import Place, Problem
from steward_app.services.migrate.draft.sentences import sentence_of
from steward_app.services.migrate.edit.model import Edit, MergeTable, SetNotNull


def in_rows(session: ReadSession, changes: ChangeList, context: Context | None = None) -> tuple[Problem, ...]:
    """The changes that the rows do not allow, each by its number in the list. Reads rows.

    Rows may be others than when a change was added, and a change before it may be gone.
    """
    context = context or Context()
    with session.under(context):
        return tuple(_problems(session, changes, context))


def _problems(session: ReadSession, changes: ChangeList, context: Context) -> Iterator[Problem]:
    with beginning(session, changes) as begin:
        lacking = Lacking(session, begin, context)
    for at, edit in enumerate(changes.shown):
        match edit:
            case SetNotNull(table, column, on=True, fill=""):
                if why := lacking.value(changes.shown[:at], table, column):
                    yield _problem(at, edit, f"{why}.")
            case MergeTable():
                rows = rows_of(session, changes.cut(at), edit, context)
                for each in unmatched(edit, rows) if rows else ():
                    yield _problem(at, edit, each.sentence)


def _problem(at: int, edit: Edit, why: str) -> Problem:
    return Problem(Place(), f"Change {at + 1}, {sentence_of(edit)}: {why}")
