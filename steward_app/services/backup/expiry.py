"""When points go by the rules for what stays, seen from today."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from steward_app.catalog import Catalog, schedules
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.kernel import clock
from steward_app.services.backup.ending import ending
from steward_app.services.backup.retention import Rule, decide, from_text
from steward_app.services.backup.status import unset

_NEVER_MIND = timedelta(days=800)  # further in the future than any stretch of a rule


@dataclass(frozen=True, slots=True)
class Expiry:
    """When the last of some points goes.

    Attributes:
        at: not later than that, by the rules; RFC 3339, UTC. "" for never by itself.
        why: what keeps it, in words.
    """

    at: str
    why: str


def last_goes(
    catalog: Catalog,
    database_id: str,
    points: Sequence[Point],
    ids: Collection[str],
    *,
    ends: Collection[str] = (),
) -> Expiry:
    """When the last of the points with these ids goes, if backups go on being made and thinned out.

    Args:
        points: all of the database, newest first.
        ends: ids of those that end on their day, beside those of which the journal says so.
    """
    ends = {*ends, *ending(catalog, points)}
    with catalog.reading() as session:
        schedule = schedules.get(session, database_id) or unset(database_id)
    rules, now = from_text(schedule.keep), clock.now()
    latest = Expiry(clock.to_text(now), "")
    for together in _thinned_together(points):
        those = [point for point in together if point.id in ids]
        if not those:
            continue
        expiry = _last(together, those, rules, now, ends)
        if not expiry.at:
            return expiry
        latest = max(latest, expiry, key=lambda each: each.at)
    return latest


def _thinned_together(points: Sequence[Point]) -> list[list[Point]]:
    """The points of each place and kind: the rules look at each of these alone."""
    places: dict[tuple[str, bool], list[Point]] = {}
    for point in points:
        places.setdefault((point.store_id, point.kind is PointKind.PLAIN), []).append(point)
    return list(places.values())


def _last(
    every: Sequence[Point],
    those: Sequence[Point],
    rules: Sequence[Rule],
    now: datetime,
    ends: Collection[str],
) -> Expiry:
    if any(not point.store_id for point in those):
        return Expiry("", "A whole-file copy on this computer, which stays until somebody removes it")
    held = next((point for point in those if point.held), None)
    if held:
        return Expiry("", "On legal hold")
    if not rules:
        return Expiry("", "There are no rules: everything stays")
    ids = {point.id for point in those}
    days = {point.id: clock.from_text(point.kept_until) for point in every if point.id in ends}
    over = {
        clock.from_text(point.made_at) + timedelta(minutes=r.for_minutes) for point in those for r in rules
    }
    over |= {clock.from_text(point.kept_until) for point in those if point.kept_until}
    borders = {day for day in days.values() if day > now}
    moments = sorted({now, *borders, *(each for each in over if each > now)})

    def gone(moment: datetime, since: datetime) -> bool:
        at = moment + timedelta(minutes=1)
        there = [point for point in every if days.get(point.id, at) > since]
        newer = _newer(every[0], at)  # which takes the place of the newest one, and of the newest proven one
        decisions = decide((newer, *there), rules, at, [each for each, day in days.items() if day <= moment])
        return not any(each.stays and each.point.id in ids for each in decisions)

    # What stays shrinks as time goes on, so the first moment at which all are gone is found by halving: until a point
    # ends on its day, which leaves its place to another.
    since = datetime.min.replace(tzinfo=UTC)
    for border in (*sorted(borders), moments[-1]):
        part = [each for each in moments if since < each <= border]
        first = bisect_left(part, True, key=partial(gone, since=since))
        if first < len(part):
            break
        since = border
    at = part[first]
    return Expiry(
        clock.to_text(at), "By the rules for what stays" if at > now else "With the next thinning out"
    )


def _newer(newest: Point, at: datetime) -> Point:
    return replace(
        newest,
        id="",
        made_at=clock.to_text(at + _NEVER_MIND),
        state=PointState.PROVEN,
        held="",
        kept_until="",
    )
