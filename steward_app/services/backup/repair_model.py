"""What a repair gave, and why something could not be repaired."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app import __version__
from steward_app.catalog.points import Point
from steward_app.services.backup.model import Examination
from steward_app.services.backup.store.model import Details

NO_KEY = "the page maps cannot be read without the private key of the store"
NOWHERE = "it was found nowhere else"
NOT_ALONE = "its contents are there again; the points that need it miss something else, too"


@dataclass(frozen=True, slots=True)
class Work:
    """What a repair did.

    Attributes:
        repaired: objects that are right again, or that no point needs any more, something else standing for them.
        left: objects that could not be repaired, and why.
        points: ids of the points that have all they need again.
        broken: ids of those that still miss something.
        silent: stores that could not be looked into, and why.
    """

    repaired: tuple[str, ...]
    left: dict[str, str]
    points: tuple[str, ...]
    broken: tuple[str, ...]
    silent: tuple[str, ...]


def details_of(point: Point) -> Details:
    """What a point tells of itself, as far as the catalog knows it."""
    return Details(
        source_path=str(point.source_path),
        journal_mode="",
        reason=point.reason,
        operation_id=point.operation_id,
        application=f"data-steward {__version__}",
        found=Examination("", "", point.tables, (), ()) if point.tables else None,
    )
