"""What may stand in one migration with a table that is split or merged."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.db.names import fold
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit.belonging import refused
from steward_app.services.migrate.edit.model import (
    DropColumn,
    DropObject,
    Edit,
    MergeTable,
    RenameColumn,
    RenameTable,
    RewriteTable,
    SplitTable,
)


def require_goes_together(edits: Sequence[Edit]) -> None:
    """Raise `Refused` where an edit takes a name or a column away that a split or merge beside it is about.

    Its migration says by name where columns move, and what the policy says of them goes along by these names. Other
    tables may change in any way, and the two tables may get columns, rules and indexes, before and after.
    """
    divided: dict[str, str] = {}
    for edit in edits:
        for table in _divides(edit):
            if fold(table) in divided:
                raise refused(
                    f"{quoted(table)} is {divided[fold(table)]} in the same migration already.",
                    "Write a migration for each.",
                )
            divided[fold(table)] = "split" if isinstance(edit, SplitTable) else "merged"
    for edit in edits:
        for table in _takes_from(edit):
            if fold(table) in divided:
                what = "loses a column or name" if not isinstance(edit, DropObject) else "goes"
                raise refused(
                    f"{quoted(table)} {what} and is {divided[fold(table)]} in the same migration.",
                    "Write a migration for each.",
                )


def stages(edits: Sequence[Edit]) -> list[list[Edit]]:
    """The edits in order, each split and each merge alone, and what stands between them together."""
    found: list[list[Edit]] = []
    for edit in edits:
        if found and not any(_divides(edit)) and not any(_divides(found[-1][-1])):
            found[-1].append(edit)
        else:
            found.append([edit])
    return found


def _divides(edit: Edit) -> tuple[str, ...]:
    match edit:
        case SplitTable(table=table, into=into):
            return (table, into)
        case MergeTable(table=table, merged=merged):
            return (table, merged)
    return ()


def _takes_from(edit: Edit) -> tuple[str, ...]:
    """The table that loses its name, a column's name or a column by an edit, by each name that it has."""
    match edit:
        case RenameTable(table=table, name=name):
            return (table, name)
        case RenameColumn(table=table) | DropColumn(table=table):
            return (table,)
        case RewriteTable(table=table) | DropObject(kind="table", name=table):
            return (table,)
    return ()
