"""What is known of a file that is a copy from this register: its rules, and what was said of the original's columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, identity, journal, releases
from steward_app.catalog.releases import ReleaseRow
from steward_app.db import locate, open_read
from steward_app.db.image import image_hash
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.rules_json import rules_from_json
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.quasi import Known, known, known_of
from steward_app.services.privacy.discover.kept import known_as, last_scan_of
from steward_app.services.privacy.rules import ReleaseRules


@dataclass(frozen=True, slots=True)
class KnownHere:
    """What is known of a file.

    Attributes:
        what: what was found and decided of its columns; of a copy from this register, of those of its original.
        made_by: the rules of the copy that it is, or by which it was anonymized in its place; None where it is neither.
    """

    what: Known
    made_by: ReleaseRules | None


def known_here(catalog: Catalog, path: Path, context: Context) -> KnownHere:
    """What is known of a file.

    A copy is known by its place, or, where it was moved, by every byte. What somebody decided about the copy itself
    counts before what was decided about its original; a scan of it would take what was made up for persons.

    Raises `Failure` where there is no such file.
    """
    row = _entry(catalog, path, context)
    rules = _rules(catalog, row) if row is not None else None
    if row is None or rules is None or row.in_place:
        return KnownHere(known_of(path, catalog), rules)
    scan, source = last_scan_of(catalog, row.database_id), _source(catalog, row.database_id)
    said, own = classification(source) if source else None, classification(path)
    if scan is None and not (said and said.decisions):
        return KnownHere(known_of(path, catalog), rules)
    if said is not None:
        stated = {each.place for each in own.decisions}
        kept = (each for each in said.decisions if each.place not in stated)
        own = replace(own, decisions=(*own.decisions, *kept))
    return KnownHere(known(scan, own), rules)


def _entry(catalog: Catalog, path: Path, context: Context) -> ReleaseRow | None:
    size = locate(path).size_bytes
    with catalog.reading() as session:
        found = releases.like(session, str(path.absolute()), size)
    row = next((each for each in found if each.path == str(path.absolute())), None)
    if row is None and found:
        digest = image_hash(path, context)
        row = next((each for each in found if each.file_hash == digest), None)
    return row


def _rules(catalog: Catalog, row: ReleaseRow) -> ReleaseRules | None:
    with catalog.reading() as session:
        record = journal.record(session, row.operation_id)
    request = record.started.data.get("request") if record else None
    said = request.get("rules") if isinstance(request, dict) else None
    try:
        return rules_from_json(said) if isinstance(said, dict) else None
    except UsageError:  # kept by a program that wrote them otherwise
        return None


def _source(catalog: Catalog, database_id: str) -> Path | None:
    """Where the original was seen last; None where another file stands there now."""
    with catalog.reading() as session:
        place = next((each.path for each in identity.every(session) if each.id == database_id), None)
    if place is None or not place.exists():
        return place  # its policy may be there still
    with open_read(place) as session:
        return place if known_as(catalog, place, session) == database_id else None
