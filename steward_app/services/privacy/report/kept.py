"""Release reports that outlive the program that made them: the last one of each copy in the register.

What the register and the journal hold themselves is read there again: the entry of the copy, its rules, its key.
"""

from __future__ import annotations

import json
from dataclasses import replace

from steward_app.catalog import Catalog, releases
from steward_app.kernel.plain import adapter, from_plain, plain
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.report.known import rules_known
from steward_app.services.privacy.report.model import ReleaseReport
from steward_app.services.privacy.report.words import key_words


def keep(catalog: Catalog, report: ReleaseReport) -> None:
    """Keep a report, in the place of the one before; of a copy that is not in the register nothing is kept."""
    if report.release is None:
        return
    document = adapter(ReleaseReport).dump_python(replace(report, release=None, rules=None))
    with catalog.unit() as unit:
        releases.keep_report(unit, report.release.id, report.made_at, json.dumps(plain(document)))
        unit.commit()


def kept_report(catalog: Catalog, release: Release) -> ReleaseReport | None:
    """The last report of a copy, with what the register says of it today; None where there is none that can be read.

    Whether the file is what it was then is not looked at: `file_hash` says of which bytes the report speaks.
    """
    from pydantic import ValidationError

    with catalog.reading() as session:
        text = releases.report(session, release.id)
    if not text:
        return None
    try:
        document = json.loads(text, object_hook=from_plain)
        report: ReleaseReport = adapter(ReleaseReport).validate_python(document)
    except (ValidationError, ValueError):  # kept by a program that wrote them otherwise
        return None
    return replace(
        report,
        release=release,
        rules=rules_known(catalog, report.source, release),
        key=key_words(release),
    )
