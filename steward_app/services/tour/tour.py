"""The tour itself: build, map, check, guard, restore, compare, look, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from steward_app.catalog import Catalog, chain, identity, journal, open_catalog
from steward_app.catalog.chain import Verification
from steward_app.catalog.journal import Event
from steward_app.db import open_read, schema_hash
from steward_app.db.content import table_contents
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.finding import Severity
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted, size
from steward_app.services import backup, restore, sample
from steward_app.services.backup.examine import same_contents
from steward_app.services.schema.check import CheckReport, ConstraintState, check
from steward_app.services.schema.erd.build import Scope
from steward_app.services.schema.erd.draw import draw
from steward_app.services.schema.erd.model import ColumnsShown
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, TableKind
from steward_app.services.tour.model import FindingCount, Station, TourSummary
from steward_app.services.tour.page import Seen, write_page
from steward_app.services.tour.pictures import Taken, take_pictures
from steward_app.services.tour.place import Place, prepare
from steward_app.storage import private_directory, write_whole

T = TypeVar("T")

STATIONS = 10
_EVENTS_SHOWN = 12


def take_tour(folder: Path, context: Context, *, directory: Path | None = None) -> TourSummary:
    """Do on the sample what a steward does with a database, and write a report of it to `folder`/index.html.

    Args:
        folder: where everything goes; made when it is not there. What an earlier tour made in it is replaced.
        directory: the data directory to use; one inside `folder` by default, so that the steward's own stays as it is.

    Raises:
        UsageError: something else stands in the folder under a name of the tour.
        Refused: a database of the earlier tour is open.
        Failure: the disk is full, the folder cannot be written; a restore that is not what it was made from.
        Cancelled: what was made by then stays, and the next tour replaces it.
    """
    context.checkpoint()
    place = prepare(folder)
    try:
        with open_catalog(private_directory(directory or place.home)) as catalog:
            return _walk(place, catalog, context)
    except Cancelled as stopped:
        raise Cancelled(
            f"Stopped. What the tour had made by then is in {quoted(str(folder), 200)}; the next tour replaces it."
        ) from stopped


@dataclass
class _Walk:
    """Goes from station to station and keeps what each was and how long it took."""

    context: Context
    stations: list[Station] = field(default_factory=list)

    def go(self, title: str, call: Callable[[Context], T], told: Callable[[T], str]) -> T:
        self.context.report(len(self.stations), STATIONS, unit="stations", note=title)
        began = time.perf_counter()
        with self.context.step() as step:
            result = call(step)
        self.stations.append(Station(title, told(result), time.perf_counter() - began))
        return result


def _walk(place: Place, catalog: Catalog, context: Context) -> TourSummary:
    walk = _Walk(context)
    walk.go(
        "Build the sample",
        lambda step: sample.build(place.sample, context=step),
        lambda made: (
            f"{plural(len(made.tables), 'table')}, {plural(made.rows, 'row')}, {size(made.size_bytes)}."
        ),
    )
    _make_known(catalog, place.sample)
    schema = walk.go("Map it", lambda step: _map(place, step), _mapped)
    report = walk.go("Check it", lambda step: _check(place.sample, step), _checked)
    point = walk.go("Make a restore point", lambda step: _guard(catalog, place.sample, step), _guarded)
    verdict = walk.go(
        "Verify the restore point",
        lambda step: backup.verify(catalog, place.sample, step, point=point.id, prove=True)[0],
        lambda read: f"{read.state.value.capitalize()}: {plural(len(read.checks), 'check')} passed.",
    )
    restored = walk.go(
        "Restore it to a new file",
        lambda step: _restore(place, catalog, point.id, step),
        lambda receipt: f"{receipt.sentence}.",
    )
    compared = walk.go(
        "Compare the two files",
        lambda step: _compare(place, step),
        lambda found: f"{found.title}: {found.detail}.",
    )
    walk.go(
        "Make an encrypted store and a point in it",
        lambda step: _fill_store(place, catalog, step),
        lambda visit: f"{visit.sentence}.",
    )
    drilled = walk.go(
        "Drill the point in the store",
        lambda step: restore.drill(catalog, place.sample, step)[0],
        lambda done: f"{done.sentence}. The evidence is signed.",
    )
    taken = walk.go(
        "Take pictures of the window",
        lambda step: take_pictures(place.sample, place.pictures, catalog.directory, step),
        _pictured,
    )
    events, verified = _journal(catalog)
    summary = TourSummary(
        report=place.report,
        sample=place.sample,
        diagram=place.diagram,
        restored=place.restored,
        store=place.store,
        drilled=drilled.passed,
        home=catalog.directory,
        point=point.id,
        point_state=verdict.state.value,
        compared=compared,
        findings=_counts(report),
        broken_rows=report.broken_rows,
        journal_events=verified.events,
        journal_holds=verified.holds,
        pictures=taken.pictures,
        no_pictures=taken.problem,
        stations=tuple(walk.stations),
    )
    write_page(place, Seen(summary, schema, report, point, verdict, restored, drilled, events, verified))
    return summary


def _make_known(catalog: Catalog, path: Path) -> None:
    """In a catalog that knows the sample of an earlier tour at this place, this one is another database."""
    with open_read(path) as session:
        known = identity.recognise(catalog, path, session)
    if isinstance(known, identity.IdentityQuestion):
        identity.resolve(catalog, known, "new")


def _fill_store(place: Place, catalog: Catalog, context: Context) -> backup.Visit:
    backup.new_store(catalog, place.sample, str(place.store), context, name="Clinic NAS")
    (visit,) = backup.go_round(catalog, place.sample, context, reason="For the tour")
    return visit


def _map(place: Place, context: Context) -> Schema:
    with open_read(place.sample, context) as session:
        schema = read_schema(session, context)
        drawn = draw(session, "svg", Scope(columns=ColumnsShown.KEYS), context, inferred=True)
    write_whole(place.diagram, drawn)
    return schema


def _mapped(schema: Schema) -> str:
    kinds = [table.kind for table in schema.tables]
    links = sum(len(table.foreign_keys) for table in schema.tables)
    told = (
        plural(kinds.count(TableKind.TABLE), "table"),
        plural(kinds.count(TableKind.VIRTUAL), "virtual table"),
        plural(kinds.count(TableKind.VIEW), "view"),
        plural(links, "declared link"),
    )
    return f"{', '.join(told)}."


def _check(path: Path, context: Context) -> CheckReport:
    with open_read(path, context) as session:
        report = check(session, read_schema(session, context), context)
    context.checkpoint()
    return report


def _checked(report: CheckReport) -> str:
    rules, rows = plural(len(report.constraints), "rule"), plural(report.broken_rows, "row")
    broken, found = report.count(ConstraintState.BROKEN), plural(len(report.findings), "finding")
    return (
        f"{rules}, of which {broken:,} are broken, by {rows} in all; {found}."
        f" Structure of the file: {report.integrity}."
    )


def _counts(report: CheckReport) -> tuple[FindingCount, ...]:
    found = [finding.severity for finding in report.findings]
    return tuple(FindingCount(severity, found.count(severity)) for severity in Severity)


def _guard(catalog: Catalog, path: Path, context: Context) -> backup.Point:
    plan = backup.plan_create(catalog, path, context, reason="Tour")
    receipt = backup.create(catalog, plan, context)
    return backup.find_point(catalog, path, str((receipt.result or {})["point"]), Context())


def _guarded(point: backup.Point) -> str:
    return f"{point.state.value.capitalize()}, {size(point.size_bytes)}: {plural(len(point.checks), 'check')} passed."


def _restore(place: Place, catalog: Catalog, point: str, context: Context) -> Receipt:
    plan = restore.plan_restore(catalog, place.sample, point, context, to=place.restored)
    return restore.restore(catalog, plan, context)


def _compare(place: Place, context: Context) -> Check:
    """Every table of both files by count and content hash, and the schemas. Raises `Failure` when they differ."""
    with open_read(place.sample, context) as session:
        before, schema_before = table_contents(session, context), schema_hash(session)
    with open_read(place.restored, context) as session:
        after, schema_after = table_contents(session, context), schema_hash(session)
    found = same_contents("Every table holds the same rows", before, after)
    if not found.passed or schema_before != schema_after:
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"{quoted(place.restored.name)} does not hold what {quoted(place.sample.name)} holds.",
            hint="Check the disk that holds both.",
        )
    return found


def _pictured(taken: Taken) -> str:
    return " ".join(part for part in (plural(len(taken.pictures), "picture") + ".", taken.problem) if part)


def _journal(catalog: Catalog) -> tuple[Sequence[Event], Verification]:
    with catalog.reading() as session:
        return journal.events(session, limit=_EVENTS_SHOWN)[::-1], chain.verify(session)
