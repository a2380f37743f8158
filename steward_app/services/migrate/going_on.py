"""The sentence at the head of a migration of ours that goes on where it was, should it stop half-way."""

from __future__ import annotations

from typing import Final

from steward_app.db.migration_script import remarks_ahead
from steward_app.services.migrate.model import Entry, Origin

GOES_ON: Final = (
    "Stopped half-way, it goes on where it was when it is run again: “steward migrate repair”, then apply."
)
"""The sentence."""


def says_it_goes_on(text: str) -> bool:
    """Whether the head of a script says so."""
    return GOES_ON in " ".join(remarks_ahead(text))


def goes_on(entry: Entry) -> bool:
    """Whether a migration of the folder, which is not being taken back, does."""
    back = entry.applied is not None and entry.applied.origin is Origin.UNDO
    return entry.migration is not None and not back and says_it_goes_on(entry.migration.text)
