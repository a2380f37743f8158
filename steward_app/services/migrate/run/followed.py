"""What the journal knows of a policy, or of kept filters, that went along with a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Phase

_MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Followed:
    """A migration that something went along with: its file, by a name that it has alone in the operation."""

    operation_id: str
    file: str


def note_of(catalog: Catalog, operation: str, of: Followed) -> Mapping[str, Any] | None:
    """What the journal says under `operation` of what went along; None where nothing did."""
    with catalog.reading() as session:
        told = journal.events(
            session,
            operation=operation,
            operation_id=of.operation_id,
            phases=(Phase.NOTE,),
            limit=_MOST_LOOKED_AT,
        )
    return next((each.data for each in told if each.data.get("file") == of.file), None)
