"""What `steward audit recipes deleted` prints as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from steward_app.cli.rows_documents import key_to_id
from steward_app.services.audit.recipes import DeletedTable


@dataclass(frozen=True, slots=True)
class DeletedRowDocument:
    """A row that is deleted softly.

    Attributes:
        id: names it for `restore`; null where its key looks personal and was not asked for.
        since: when it was deleted; RFC 3339, UTC, "" where that cannot be read.
        followed: it was deleted with a row that it belongs to, and comes back with that one.
    """

    id: str | None
    since: str
    followed: bool


@dataclass(frozen=True, slots=True)
class DeletedDocument:
    """The rows of a table that are deleted softly; of `count`, `followed` were deleted with another one.

    Attributes:
        id: number of the recipe that keeps them.
    """

    id: int
    table: str
    key_columns: tuple[str, ...]
    count: int
    followed: int
    rows: tuple[DeletedRowDocument, ...]


def deleted_document(there: Iterable[DeletedTable], *, personal: bool) -> tuple[DeletedDocument, ...]:
    """The tables with what was asked for of their rows."""
    return tuple(
        DeletedDocument(
            each.recipe,
            each.table,
            each.key_columns,
            each.count,
            each.followed,
            tuple(
                DeletedRowDocument(
                    key_to_id(row.key) if personal or not each.personal else None, row.since, row.followed
                )
                for row in each.rows
            ),
        )
        for each in there
    )
