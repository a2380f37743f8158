"""Restore points that still hold what was taken out of a database when it was anonymized in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steward_app.catalog import Catalog, points
from steward_app.catalog.points import Point, PointState
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural
from steward_app.services.backup.ending import ends, made_for

IN_PLACE: Final = "privacy.anonymize_in_place"
_THEN = "Then the next clean-up of restore points destroys it, once a newer point is there."


def originals_kept(catalog: Catalog, database_id: str) -> Iterator[Finding]:
    """A reminder for each of them: until when it is kept, and when that day is over, what to do."""
    with catalog.reading() as session:
        every = [
            each for each in points.of_database(session, database_id) if each.state is not PointState.MISSING
        ]
        made = {each: made_for(session, each) for each in every if each.kept_until}
    before = {
        each: record
        for each, record in made.items()
        if record is not None and record.started.operation == IN_PLACE and record.happened
    }
    for point, record in before.items():
        older = sum(each.made_at < point.made_at and each not in before for each in every)
        yield _told(point, older, ends=ends(record))


def _told(point: Point, older: int, *, ends: bool) -> Finding:
    day = point.kept_until[:10]
    over = clock.from_text(point.kept_until) <= clock.now()
    also = f" {plural(older, 'older point')} hold them, too, as long as the rules keep them." if older else ""
    if ends:
        then = (
            _THEN
            if not over
            else "The next clean-up of restore points destroys it, once a newer point is there."
        )
    else:
        then = (
            "After that day, the rules for what stays decide."
            if not over
            else "The rules for what stays decide."
        )
    return Finding(
        "privacy_originals_kept",
        Severity.WARNING if over else Severity.NOTE,
        f"The restore point {point.id} holds the originals"
        + (f" after {day}, its last day" if over else f" until {day}"),
        Subject("point", name=point.id),
        detail=f"The database was anonymized in its place, and this is what it held before. {then}{also}",
        remedies=(
            "Make a new restore point, then clean up: “steward backup create”, “steward backup prune”.",
            *(
                ("Tighter rules let older points go: “steward backup schedule --keep”.",)
                if older or not ends
                else ()
            ),
        ),
    )
