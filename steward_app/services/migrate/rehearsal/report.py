"""Making the report of a rehearsal: two scratch copies, one as the file was and one as the migrations left it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.classified import classified
from steward_app.db import Session, fold, open_read
from steward_app.db.difference import beside
from steward_app.db.integrity import ForeignKeyCheck, foreign_key_check, structure_check
from steward_app.db.query import readable
from steward_app.db.skeleton import skeleton
from steward_app.kernel import clock
from steward_app.kernel.errors import Failure
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import armed
from steward_app.services.migrate.quoted_words import Place, Words, read_words, turned
from steward_app.services.migrate.rehearsal import findings, other_findings, queries
from steward_app.services.migrate.rehearsal.audit import audit
from steward_app.services.migrate.rehearsal.checks import checks
from steward_app.services.migrate.rehearsal.disk import disk
from steward_app.services.migrate.rehearsal.map import drawn_together
from steward_app.services.migrate.rehearsal.model import (
    AuditDifference,
    Links,
    PersonalDifference,
    QueryDifference,
    Renamed,
    Report,
    Step,
    TriggerDifference,
    ViewDifference,
)
from steward_app.services.migrate.rehearsal.moved import with_moved
from steward_app.services.migrate.rehearsal.pairs import Pair, pairs, without_ours
from steward_app.services.migrate.rehearsal.personal import personal
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.row_model import TableDifference
from steward_app.services.migrate.rehearsal.rows import NOT_READ, compare_table
from steward_app.services.migrate.rehearsal.views import triggers, views
from steward_app.services.schema.diff import SchemaDiff
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema


def report(
    before: Path,
    after: Path,
    context: Context,
    *,
    database: Path,
    steps: Sequence[Step] = (),
    renames: Sequence[Renamed] = (),
    catalog: Catalog | None = None,
    database_id: str = "",
    point_bytes: int | None = None,
) -> Report:
    """Say what migrations did to a copy.

    Both copies are only read, and nothing else may have them open: that they are compared page by page would take its
    locks from it.

    Args:
        before: a consistent copy of the file.
        after: the same with the migrations applied.
        database: the file itself: its policy, and the disk it lies on.
        steps: the migrations, with the time each took on the copy.
        renames: what has another name afterwards; see `renames.told`.
        catalog, database_id: where the filters are kept that a steward gave names.
        point_bytes: what the restore point takes; None for as much as the file.

    Raises `Failure` when a copy cannot be read, `UsageError` when the policy cannot be understood, `Cancelled`.
    """
    said = classified(database)
    needs = disk(before, after, database, point_bytes, context)
    with (
        open_read(before) as old,
        open_read(after) as new,
        old.under(context),
        new.under(context),
    ):
        schemas = read_schema(old, context), read_schema(new, context)
        was, now = map(without_ours, schemas)
        names = Names(renames, was, now)
        schema = names.compare(was, now)
        became = turned(_words(old, schemas[0]), _words(new, schemas[1]))
        problems = structure_check(new, context).problems
        links = _links(foreign_key_check(old, context), foreign_key_check(new, context), names)
        listened = audit(armed.status(old, schemas[0]), armed.status(new, schemas[1]), names)
        asked = queries.views(was, now, names, old, new)
        if catalog is not None:
            asked = (*queries.filters(catalog, database_id, was, now, names, old, new), *asked)
        lost_statistics = _statistics(old, names) - _statistics(new, None)
        with beside(new, before):
            both = pairs(was, now, names)
            tables = _tables(new, both, names, now, context)
            persons = personal(new, both, said, names)
    seen, fired = views(was, now, names, became), triggers(was, now, names, became)
    rows = {table.name: table.rows_after for table in tables if table.name}
    return Report(
        path=str(database.absolute()),
        finished_at=clock.to_text(clock.now()),
        schema_before=schemas[0].hash,
        schema_after=schemas[1].hash,
        steps=tuple(steps),
        disk=needs,
        checks=checks(problems, links, seen, fired, listened, tables, needs),
        findings=_findings(tables, seen, fired, schema, lost_statistics, listened, persons, asked),
        schema=schema,
        tables=tables,
        links=links,
        views=seen,
        triggers=fired,
        audit=listened,
        personal=persons,
        queries=asked,
        map=drawn_together(was, now, names, schema, rows),
    )


def _words(session: Session, schema: Schema) -> dict[Place, Words]:
    with closing(skeleton(session)) as empty:
        return read_words(empty, schema.unusable)


def _findings(
    tables: Sequence[TableDifference],
    seen: Sequence[ViewDifference],
    fired: Sequence[TriggerDifference],
    schema: SchemaDiff,
    lost_statistics: Collection[str],
    listened: Sequence[AuditDifference],
    persons: Sequence[PersonalDifference],
    asked: Sequence[QueryDifference],
) -> tuple[Finding, ...]:
    found = (
        *findings.of_tables(tables),
        *other_findings.of_views(seen),
        *other_findings.of_triggers(fired, tables),
        *other_findings.of_schema(schema, tables),
        *other_findings.of_statistics(each.name for each in tables if fold(each.name) in lost_statistics),
        *other_findings.of_audit(listened, tables),
        *other_findings.of_personal(persons),
        *other_findings.of_queries(asked),
    )
    return tuple(sorted(found, key=lambda each: each.severity.rank))


def _tables(
    session: Session, both: Sequence[Pair], names: Names, after: Schema, context: Context
) -> tuple[TableDifference, ...]:
    found = []
    for done, pair in enumerate(both):
        context.checkpoint()
        context.report(done, len(both), unit="tables", note=pair.name)
        if pair.shows_others:
            continue
        try:
            with readable(pair.name):
                compared = compare_table(session, pair, names)
        except Failure as error:
            if not pair.is_virtual or error.code not in NOT_READ:
                raise
            continue  # its module is not here, and the tables that it keeps its rows in are told as any others
        found.append(with_moved(session, compared, pair, names, after))
    return tuple(found)


def _links(
    before: Sequence[ForeignKeyCheck], after: Sequence[ForeignKeyCheck], names: Names
) -> tuple[Links, ...]:
    was = {fold(names.table(check.table)): check for check in before}
    found = []
    for check in after:
        earlier = was.get(fold(check.table), ForeignKeyCheck(check.table))
        problem = check.problem if not earlier.problem else ""
        found.append(Links(check.table, earlier.violations, check.violations, problem))
    return tuple(found)


def _statistics(session: Session, names: Names | None) -> set[str]:
    """The tables of which ANALYZE has told something, by the name they have afterwards, folded."""
    if not session.value("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'"):
        return set()
    found = session.all("SELECT DISTINCT tbl FROM main.sqlite_stat1")
    return {fold(names.table(str(tbl)) if names else str(tbl)) for (tbl,) in found}
