"""Which database a path stands for, and which points it has: from the catalog, and from the manifests themselves.

Points outlive the catalog, and the database file. So a path that leads to no file any more, or to one that is no
database any more, stands for the database that was last seen there; and manifests that the catalog does not know
are taken into it.
"""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, identity, points
from steward_app.catalog.identity import IdentityQuestion
from steward_app.catalog.points import Point, PointState
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup import manifest as manifests
from steward_app.services.backup.files import Files, folder, points_in
from steward_app.services.backup.model import Manifest
from steward_app.services.backup.odd import damage


def database_id(catalog: Catalog, path: Path, context: Context) -> str:
    """The id of the database that is at a path, or was there when the file is gone or cannot be read any more.

    Raises:
        Refused: the steward must say first whether the file is the database that was known there.
        Failure: the file cannot be read, or is not there, and no database of this path is known.
    """
    try:
        with open_read(path, context) as session:
            recognised = identity.recognise(catalog, path, session)
    except Failure:
        before = _last_seen_at(catalog, path)
        if not before:
            raise
        return before
    if isinstance(recognised, IdentityQuestion):
        raise identity.unanswered(recognised)
    return recognised.database.id


def adopt(catalog: Catalog, database_id: str, path: Path) -> int:
    """Take points that the catalog does not know in from their manifests; how many.

    Those in the folder of the database, and those of databases this catalog does not know (an earlier catalog was lost)
    that were made of a file at this path. A manifest that cannot be read is taken for a failed point.
    """
    root = folder(catalog.directory, database_id).parent
    with catalog.reading() as session:
        known = {point.id for point in points.every(session)}
        databases = {database.id for database in identity.every(session)}
    found = [
        _read(files, database_id)
        for place in (root.iterdir() if root.is_dir() else ())
        if place.name == database_id or place.name not in databases
        for files in points_in(place)
        if files.id not in known
    ]
    ours = [
        point
        for point in found
        if point.path.parent.name == database_id or point.source_path == path.absolute()
    ]
    places = {point.path.parent for point in ours}  # where a manifest that cannot be read is one of theirs
    ours += [
        point
        for point in found
        if point not in ours and point.path.parent in places and point.source_path == Path()
    ]
    if ours:
        with catalog.unit() as unit:
            for point in ours:
                points.adopt(unit, point)
            unit.commit()
    return len(ours)


def as_point(manifest: Manifest, files: Files, database_id: str) -> Point:
    """A point as the catalog keeps it."""
    return Point(
        id=manifest.id,
        database_id=database_id,
        made_at=manifest.made_at,
        path=files.copy,
        source_path=Path(manifest.source_path),
        size_bytes=manifest.size_bytes,
        state=manifest.state,
        state_at=manifest.state_at,
        reason=manifest.reason,
        operation_id=manifest.operation_id,
        checks=manifest.checks,
        tables=manifest.found.tables if manifest.found else (),
        warning=damage(manifest.found) if manifest.found else "",
    )


def _read(files: Files, database_id: str) -> Point:
    try:
        return as_point(manifests.read(files.manifest)[0], files, database_id)
    except Failure:
        now = clock.to_text(clock.now())
        size_bytes = files.copy.stat().st_size if files.copy.exists() else 0
        reason = "Its manifest cannot be read"
        return Point(
            files.id, database_id, now, files.copy, Path(), size_bytes, PointState.FAILED, now, reason
        )


def _last_seen_at(catalog: Catalog, path: Path) -> str:
    with catalog.reading() as session:
        seen = [database.id for database in identity.every(session) if database.path == path.absolute()]
        if seen:
            return seen[0]
    root = catalog.directory / "points"
    for place in sorted(root.iterdir() if root.is_dir() else ()):
        for files in points_in(place):
            if _read(files, place.name).source_path == path.absolute():
                return place.name
    return ""
