"""Restore points that still hold what was taken out of a database when it was anonymized in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup.ending import ends, made_for
from steward_app.services.backup.expiry import last_goes

IN_PLACE: Final = "privacy.anonymize_in_place"
_THEN = "Then the next clean-up of restore points destroys it, once a newer point is there."
_CLEAN_UP = "Make a new restore point, then clean up: “steward backup create”, “steward backup prune”."
_TIGHTER = "Tighter rules let older points go: “steward backup schedule --keep”, then “steward backup prune”."
_HERE = "Those on this computer go by the same rules, and only when asked: “steward backup prune --here”."


@dataclass(frozen=True, slots=True)
class Coming:
    """The restore point of before, that is made when the plan is carried out.

    Attributes:
        store_id: where; "" where there is no store for it.
        keep_days: for so many it is kept.
        ends: it is destroyed then.
    """

    store_id: str
    keep_days: int
    ends: bool


def originals_before(catalog: Catalog, database_id: str, coming: Coming) -> Iterator[Finding]:
    """Before a database is anonymized in its place: the points that were made already, since they stay as they are.

    Args:
        coming: the point that is made now, which may take the place of others.
    """
    with catalog.reading() as session:
        every = _there(points.of_database(session, database_id))
    if every:
        yield Finding(
            "originals_in_points",
            Severity.WARNING,
            f"{plural(len(every), 'restore point')} made before {_verb(every, 'holds')} the originals, too",
            Subject("database"),
            detail=f"They are not destroyed with the point that is made now. {_until(catalog, every, coming=coming)}",
            count=len(every),
            remedies=_remedies(every),
        )


def originals_kept(catalog: Catalog, database_id: str) -> Iterator[Finding]:
    """A reminder for each of them: until when it is kept, and when that day is over, what to do."""
    with catalog.reading() as session:
        every = _there(points.of_database(session, database_id))
        made = {each: made_for(session, each) for each in every if each.kept_until}
    before = {
        each: record
        for each, record in made.items()
        if record is not None and record.started.operation == IN_PLACE and record.happened
    }
    for point, record in before.items():
        older = [each for each in every if each.made_at < point.made_at and each not in before]
        yield _told(catalog, point, older, ends=ends(record))


def _told(catalog: Catalog, point: Point, older: Sequence[Point], *, ends: bool) -> Finding:
    day = point.kept_until[:10]
    over = clock.from_text(point.kept_until) <= clock.now()
    also = (
        f" {plural(len(older), 'older point')} {_verb(older, 'holds')} them, too. {_until(catalog, older)}"
        if older
        else ""
    )
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
        remedies=(_CLEAN_UP, *(_remedies(older) if older else () if ends else (_TIGHTER,))),
    )


def _there(found: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(each for each in found if each.state is not PointState.MISSING)


def _until(catalog: Catalog, held: Sequence[Point], *, coming: Coming | None = None) -> str:
    """Where points lie, and when the last of them goes, when the one that comes is there."""
    with catalog.reading() as session:
        names = {each.id: quoted(each.name) for each in stores.of_database(session, held[0].database_id)}
        every = points.of_database(session, held[0].database_id)
    counts = Counter(names.get(each.store_id, "another store") if each.store_id else "" for each in held)
    places = ", ".join(
        f"{count:,} {f'in {place}' if place else 'on this computer'}" for place, count in counts.items()
    )
    ends = []
    if coming is not None and coming.store_id:
        made = _made_now(every[0], coming)
        every, ends = (made, *every), [made.id] if coming.ends else []
    expiry = last_goes(catalog, held[0].database_id, every, {each.id for each in held}, ends=ends)
    if expiry.at:
        return (
            f"They lie here: {places}. By the rules for what stays, the last is gone after {expiry.at[:10]}."
        )
    return f"They lie here: {places}. Not all of them ever go by themselves ({expiry.why[0].lower()}{expiry.why[1:]})."


def _made_now(like: Point, coming: Coming) -> Point:
    now = clock.now()
    return replace(
        like,
        id="coming",
        made_at=clock.to_text(now),
        store_id=coming.store_id,
        kind=PointKind.PAGES,
        state=PointState.PROVEN,
        kept_until=clock.to_text(now + timedelta(days=coming.keep_days)),
        held="",
        warning="",
    )


def _remedies(held: Sequence[Point]) -> tuple[str, ...]:
    here = any(not each.store_id for each in held)
    stored = any(each.store_id for each in held)
    return (*((_TIGHTER,) if stored else ()), *((_HERE,) if here else ()))


def _verb(held: Sequence[Point], word: str) -> str:
    """As the number before it wants it: "1 point holds, 2 hold"."""
    return word if len(held) == 1 else word.removesuffix("s")
