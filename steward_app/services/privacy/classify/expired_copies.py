"""Copies for release whose last day is over, and of which nobody recorded that they are gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steward_app.catalog import Catalog, releases
from steward_app.catalog.releases import ReleaseRow
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted, visible


def expired_copies(catalog: Catalog, database_id: str) -> Iterator[Finding]:
    """A finding for each of them, by what the register says: the files themselves are not looked at."""
    with catalog.reading() as session:
        known = releases.of_database(session, database_id)
    for each in known:
        if each.over_since is not None:
            yield _told(each)


def _told(copy: ReleaseRow) -> Finding:
    name = quoted(Path(copy.path).name)
    what = "This database, anonymized in its place," if copy.in_place else f"The copy {name}"
    whom = f"It was made for {visible(copy.recipient, 120)}. " if copy.recipient else ""
    given = f"It was given to {visible(copy.note, 120)}. " if copy.state == "given" else ""
    return Finding(
        "privacy_copy_expired",
        Severity.WARNING,
        f"{what} was to be used until {copy.until} only",
        Subject("release", name=copy.id),
        detail=f"{whom}{given}Nobody recorded that it is gone.",
        remedies=(
            "Have it destroyed wherever it lies, and record that:"
            f" “steward privacy releases DATABASE --release {copy.id} --destroyed HOW”.",
            "Where it is still needed, make a new copy with another last day.",
        ),
    )
