"""How it stands with the classification of a file: what is decided, what is to decide, and what is not as it should be.

Asked when a file is opened and when its schema or policy changes. Reads the schema, the policy and what the catalog
knows; no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.backup import database_id
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.drift import drift
from steward_app.services.privacy.classify.expired_copies import expired_copies
from steward_app.services.privacy.classify.handling import handling_findings
from steward_app.services.privacy.classify.model import Classification, Waiting
from steward_app.services.privacy.classify.undecided import to_decide, undecided
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands.

    Attributes:
        scan: the last one; None where nobody scanned.
        to_decide: what the steward has yet to decide about: what a release waits for, and what the scan proposes.
        waiting: what a release waits for, with the reason.
        findings: what came, went or was renamed, levels that are not handled as they ask for, and copies whose last day
            is over; worst first.
    """

    path: str
    database_id: str
    schema: Schema
    scan: Scan | None
    classification: Classification
    to_decide: tuple[Place, ...]
    waiting: tuple[Waiting, ...]
    findings: tuple[Finding, ...]

    @property
    def checked(self) -> bool:
        """Whether anybody ever looked: by a scan, or by deciding."""
        return self.scan is not None or bool(self.classification.decisions or self.classification.tables)

    @property
    def serious(self) -> tuple[Finding, ...]:
        """The findings that are more than notes."""
        return tuple(each for each in self.findings if each.severity is not Severity.NOTE)


def standing(catalog: Catalog, path: Path, context: Context) -> Standing:
    """How it stands with a file.

    Raises `UsageError` where the policy cannot be understood, `Failure` where the file cannot be read, `Refused` where
    the steward must say first which database it is.
    """
    known_as = database_id(catalog, path, context)
    return standing_of(catalog, path, known_as, context)


def standing_of(catalog: Catalog, path: Path, known_as: str, context: Context) -> Standing:
    """The same of a file whose id in the catalog is known already."""
    decided = classification(path)
    scan = last_scan(path, catalog)
    with open_read(path, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        handled = handling_findings(catalog, known_as, session, schema, decided)
    over = expired_copies(catalog, known_as)
    found = (*drift(schema, scan, decided), *_named_in_schema(schema, scan), *handled, *over)
    return Standing(
        str(path.absolute()),
        known_as,
        schema,
        scan,
        decided,
        to_decide(schema, scan, decided),
        undecided(schema, scan, decided) if scan is not None or decided.decisions or decided.tables else (),
        tuple(sorted(found, key=lambda finding: finding.severity.rank)),
    )


def _named_in_schema(schema: Schema, scan: Scan | None) -> Iterator[Finding]:
    """Persons whom the text of the schema names, as the last scan of this schema found them."""
    for each in scan.in_schema if scan is not None and scan.schema_hash == schema.hash else ():
        yield Finding(
            "privacy_in_schema",
            Severity.WARNING,
            f"The text of the {each.type} {quoted(each.name)} holds a value of {quoted(place_id(each.place))}",
            Subject(each.type, each.place.table, each.name, (each.place.column,)),
            detail="The text of the schema goes along with every copy, and whoever may read the file reads it.",
            remedies=("Change the schema, so that it names no value of a person, in its comments neither.",),
        )
