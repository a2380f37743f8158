"""What a prune would do: which points go and why, what that frees, and what stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from steward_app.catalog import Catalog, points, schedules, stores
from steward_app.catalog.points import Point, PointKind
from steward_app.catalog.stores import Store
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Fingerprint, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.backup import retention
from steward_app.services.backup.connect import Opened, reached
from steward_app.services.backup.ending import ended
from steward_app.services.backup.refresh import refresh
from steward_app.services.backup.retention import Decision, Rule
from steward_app.services.backup.status import unset
from steward_app.services.backup.store import layout, reader, records
from steward_app.services.backup.sweep import GRACE, lying, why_not_sweep

HERE: Final = "here"
"""Stands for this computer where a store's id would stand."""

_SHOWN = 20
_FUTURE = timedelta(hours=1)
_NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """Points that shall go where the rules let them.

    Attributes:
        here: whole-file points on this computer, too.
    """

    path: Path
    database_id: str
    stores: tuple[Store, ...]
    here: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """What would be done in one store, or here."""

    name: str
    place: str
    decisions: tuple[Decision, ...]
    frees_bytes: int = 0
    frees_later_bytes: int = 0
    findings: tuple[Finding, ...] = ()
    going: tuple[Point, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "going", tuple(each.point for each in self.decisions if not each.stays))


def plan_of(operation: str, catalog: Catalog, request: PruneRequest, context: Context) -> Plan:
    """The plan. Raises `Failure` when none of the stores answers."""
    parts, silent = _parts(catalog, request, context)
    going: dict[str, Json] = {part.place: _why(part) for part in parts}
    count = sum(len(part.going) for part in parts)
    frees = sum(part.frees_bytes + part.frees_later_bytes for part in parts)
    nothing = not count and not frees
    rules = _rules(catalog, request.database_id)
    return Plan(
        id=ids.new_id("pl"),
        operation=operation,
        title=f"Remove {plural(count, 'restore point')} of {quoted(request.path.name)}",
        path=str(request.path.absolute()),
        database_id=request.database_id,
        made_at=clock.to_text(clock.now()),
        request={"going": going, "here": request.here},
        sentences=(*(line for part in parts for line in _lines(part)), _kept(rules)),
        findings=(*silent, *(finding for part in parts for finding in part.findings)),
        reversal=Reversal.NOT_NEEDED if nothing else Reversal.NONE,
        reversal_text="Nothing is removed."
        if nothing
        else "A point that was removed cannot be brought back. The database itself is not touched.",
        fingerprint=Fingerprint(schema_hash=""),
        button=f"Remove {plural(count, 'point')}",
        needs_confirmation=not nothing,
    )


def decided(catalog: Catalog, store: Store, found: Opened, context: Context) -> tuple[Decision, ...]:
    """What the rules say of each point of a store, the last written first, as the catalog knows it now."""
    with catalog.reading() as session:
        ours = [each for each in points.of_database(session, store.database_id) if each.store_id == store.id]
    held = records.holds(found.store, context)
    ours = [replace(each, held=each.held or ("On legal hold" if each.id in held else "")) for each in ours]
    ours.sort(key=lambda each: each.sequence, reverse=True)
    when = {}
    for info in found.store.objects.list(layout.POINTS, context):
        if name := layout.read_point(info.name):
            when[name.id] = info.modified_at
    now = clock.now()
    over = ended(catalog, ours, now)
    return _decide(_in_order(ours, when, now), _rules(catalog, store.database_id), now, over)


def something_goes(catalog: Catalog, store: Store) -> bool:
    """Whether the rules let a point of a store go, as far as the catalog knows: whether a prune is worth its while.

    Points that a clock which went back put before older ones are left out: only the store tells their age.
    """
    with catalog.reading() as session:
        ours = [each for each in points.of_database(session, store.database_id) if each.store_id == store.id]
    now = clock.now()
    in_order = [
        each for each in _in_order(ours, {each.id: _NOBODY_KNOWS for each in ours}, now) if each in ours
    ]
    over = ended(catalog, ours, now)
    return any(not each.stays for each in _decide(in_order, _rules(catalog, store.database_id), now, over))


def _decide(
    ordered: Sequence[Point], rules: Sequence[Rule], now: datetime, over: Collection[str]
) -> tuple[Decision, ...]:
    """Plain points, the way out, are thinned by themselves."""
    plain = [each for each in ordered if each.kind is PointKind.PLAIN]
    pages = [each for each in ordered if each.kind is not PointKind.PLAIN]
    return (*retention.decide(pages, rules, now, over), *retention.decide(plain, rules, now, over))


def decided_here(catalog: Catalog, database_id: str) -> tuple[Decision, ...]:
    """What the rules say of each whole-file point on this computer."""
    with catalog.reading() as session:
        every = points.of_database(session, database_id)
    ours = [each for each in every if each.kind is PointKind.FILE and not each.store_id]
    return retention.decide(ours, _rules(catalog, database_id), clock.now())


def chosen_stores(catalog: Catalog, database_id: str, store: str, here: bool) -> tuple[Store, ...]:
    """The stores to prune. Raises `UsageError` where there is none and nothing else was asked for."""
    with catalog.reading() as session:
        if store:
            return (stores.find(session, database_id, store),)
        known = stores.of_database(session, database_id)
    if not known and not here:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "This database has no backup store.",
            hint="Nothing was removed. With --here points on this computer are pruned.",
        )
    return known


def _in_order(ours: Sequence[Point], when: Mapping[str, datetime], now: datetime) -> tuple[Point, ...]:
    """The same points; one whose moment lies before that of a point written earlier is counted from when it was
    written, by the store's clock: the clock of the computer had gone back then.
    """
    latest: datetime | None = None
    ordered = []
    for point in reversed(ours):
        made_at = clock.from_text(point.made_at)
        if latest and made_at < latest and point.id in when:
            point = replace(point, made_at=clock.to_text(max(made_at, when[point.id])))
        elif made_at <= now + _FUTURE:  # a moment that has not come yet orders nothing
            latest = made_at
        ordered.append(point)
    return tuple(reversed(ordered))


def _rules(catalog: Catalog, database_id: str) -> tuple[Rule, ...]:
    with catalog.reading() as session:
        schedule = schedules.get(session, database_id) or unset(database_id)
    return retention.from_text(schedule.keep)


def _parts(
    catalog: Catalog, request: PruneRequest, context: Context
) -> tuple[tuple[_Part, ...], tuple[Finding, ...]]:
    parts: list[_Part] = []
    silent: list[Finding] = []
    for number, store in enumerate(request.stores):
        context.report(number, len(request.stores), unit="stores", note=store.name)
        try:
            parts.append(_in_store(catalog, store, context))
        except (Failure, Refused) as error:
            if len(request.stores) == 1 and not request.here:
                raise
            silent.append(_finding("store_silent", store, f"Nothing is removed from it: {error.message}"))
    if request.here:
        here = decided_here(catalog, request.database_id)
        freed = sum(each.point.size_bytes for each in here if not each.stays)
        parts.append(_Part("this computer", HERE, here, freed))
    return tuple(parts), tuple(silent)


def _in_store(catalog: Catalog, store: Store, context: Context) -> _Part:
    refresh(catalog, store, context)
    with reached(catalog, store, context) as found:
        decisions = decided(catalog, store, found, context)
        there = lying(found.store, context)
        listing = reader.points(found.store, context)
        held = records.holds(found.store, context)
    going = {each.point.id for each in decisions if not each.stays}
    needed = {
        name for point in listing.points if point.manifest.id not in going for name in point.manifest.objects
    }
    before = clock.now() - GRACE
    unneeded = [info for name, info in there.items() if name not in needed]
    frees = sum(info.size_bytes for info in unneeded if info.modified_at < before)
    later = sum(info.size_bytes for info in unneeded if info.modified_at >= before)
    listing = replace(listing, damaged=tuple(each for each in listing.damaged if not _goes(each.name, going)))
    if why_not := why_not_sweep(listing, held):
        return _Part(store.name, store.id, decisions, findings=(_finding("sweep_blocked", store, why_not),))
    return _Part(store.name, store.id, decisions, frees, later)


def _goes(name: str, going: set[str]) -> bool:
    told = layout.read_point(name)
    return told is not None and told.id in going


def _finding(code: str, store: Store, detail: str) -> Finding:
    titles = {
        "store_silent": f"{quoted(store.name)} cannot be pruned now",
        "sweep_blocked": f"No space is freed in {quoted(store.name)}",
    }
    return Finding(code, Severity.WARNING, titles[code], Subject("store", name=store.name), detail)


def _why(part: _Part) -> dict[str, Json]:
    return {each.point.id: each.why for each in part.decisions if not each.stays}


def _verb(word: str, count: int) -> str:
    """As the number before it wants it: "1 point goes, 2 stay"."""
    return word if count != 1 else {"go": "goes"}.get(word, f"{word}s")


def _lines(part: _Part) -> list[str]:
    name = part.name[0].upper() + part.name[1:] if part.place == HERE else quoted(part.name)
    every, going = len(part.decisions), len(part.going)
    if not going and not part.frees_bytes:
        return [f"{name}: no point goes, {plural(every, 'point')} {_verb('stay', every)}.{_later(part)}"]
    lines = [
        f"{name}: {plural(going, 'point')} of {every:,} {_verb('go', going)}, {every - going:,} "
        f"{_verb('stay', every - going)}; about {size(part.frees_bytes)} become free.{_later(part)}"
    ]
    leaving = [each for each in part.decisions if not each.stays]
    lines += [
        f"{each.point.id}, made {clock.shown(each.point.made_at)}: {each.why}" for each in leaving[:_SHOWN]
    ]
    if len(leaving) > _SHOWN:
        lines.append(f"and {plural(len(leaving) - _SHOWN, 'more point')}")
    return lines


def _later(part: _Part) -> str:
    if not part.frees_later_bytes:
        return ""
    return f" {size(part.frees_later_bytes)} more are younger than {GRACE.days} days and become free later."


def _kept(rules: Sequence[Rule]) -> str:
    kept = "; ".join(map(retention.told, rules)) if rules else "everything, by its rules"
    always = (
        "the newest point, the newest proven one, those on legal hold, and for 30 days those made by hand"
    )
    return f"What stays: {kept}. Always: {always}."
