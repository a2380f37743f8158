"""A restore point as an image to compare with and to bring rows back from, wherever the point lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.points import Point
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.services.backup import find_point
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.restore.point import findings
from steward_app.services.restore.shelf import image_of


@dataclass(frozen=True, slots=True)
class PointImage:
    """A restore point, and the whole database file of it, to be read as long as the block runs."""

    point: Point
    path: Path


@contextmanager
def point_image(
    catalog: Catalog,
    path: Path,
    point: str,
    context: Context,
    *,
    given: Unlocking | None = None,
    as_it_was: bool = False,
) -> Iterator[PointImage]:
    """A restore point of the database at a path, as an image.

    A whole-file point is one already, unless somebody was erased since. Of any other, one is made in scratch space and
    kept there until the catalog is closed.

    Args:
        point: its id, or the beginning of it.
        given: opens the store of the point, where this machine does not keep its key.
        as_it_was: with the rows of people who were erased since: for bringing rows back, which asks the ledger of each.

    Raises `UsageError` for a point that is not known, `Refused` for one that is missing or was found to be bad,
    `Failure` where its store cannot be read.
    """
    chosen = usable_point(catalog, path, point, context)
    with image_of(catalog, chosen, context, given=given, as_it_was=as_it_was) as image:
        yield PointImage(chosen, image)


def usable_point(catalog: Catalog, path: Path, point: str, context: Context) -> Point:
    """A restore point of the database at a path that rows can be taken from. Raises as `point_image` does."""
    chosen = find_point(catalog, path, point, context)
    for finding in findings(chosen):
        if finding.blocks:
            raise Refused(
                ErrorCode.BLOCKED, f"{finding.title}.", hint=f"Nothing was changed. {finding.remedies[-1]}"
            )
    return chosen
