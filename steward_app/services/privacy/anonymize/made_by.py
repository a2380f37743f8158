"""By which rules a file was made, where it is a copy from this register: what its columns have become."""

from __future__ import annotations

from pathlib import Path

from steward_app.catalog import Catalog, journal, releases
from steward_app.db.image import image_hash
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.rules_json import rules_from_json
from steward_app.services.privacy.rules import ReleaseRules


def rules_made_by(catalog: Catalog, path: Path, context: Context) -> ReleaseRules | None:
    """The rules of the copy that a file is, or by which it was anonymized in its place; None where it is neither.

    A copy is known by its place, or, where it was moved, by every byte.
    """
    with catalog.reading() as session:
        found = releases.like(session, str(path.absolute()), path.stat().st_size)
    row = next((each for each in found if each.path == str(path.absolute())), None)
    if row is None and found:
        digest = image_hash(path, context)
        row = next((each for each in found if each.file_hash == digest), None)
    if row is None:
        return None
    with catalog.reading() as session:
        record = journal.record(session, row.operation_id)
    request = record.started.data.get("request") if record else None
    said = request.get("rules") if isinstance(request, dict) else None
    try:
        return rules_from_json(said) if isinstance(said, dict) else None
    except UsageError:  # kept by a program that wrote them otherwise
        return None
