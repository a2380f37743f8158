"""Restoring in place: the live file gets the contents of a restore point, in one transaction of SQLite.

What it holds now is made a restore point first, and proven; the pipeline does that. The image that is put in place
carries the operation's row in `_steward_operations`, so that after a crash the file itself says what happened.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steward_app.catalog import Catalog, points, stamp
from steward_app.catalog.journal import Event
from steward_app.db import OpenMode, ReadSession, Session, fold, open_read, open_write, schema_hash
from steward_app.db.content import TableContent, content_tables, table_contents, table_rows
from steward_app.db.copy import copy_database, drop_tail, replace_contents
from steward_app.db.image import open_image
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Fingerprint, Plan, Rehearsal, Reversal, TableChange
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup.examine import DAMAGE, how_much, same_contents
from steward_app.services.backup.model import Examination
from steward_app.services.backup.store.keys import Unlocking
from steward_app.services.backup.write_out import bring_out
from steward_app.services.operation import FileOperation, Outcome, Scope, Settlement
from steward_app.services.restore import audited, kept
from steward_app.services.restore.fewer import AT_MOST, fewer
from steward_app.services.restore.model import RestoreRequest
from steward_app.services.restore.point import findings, moment, planned
from steward_app.services.restore.without import Without, erased_check
from steward_app.storage import scratch_directory

_MARGIN_BYTES = 1 << 20
_AS_NEW_FILE_ONLY = (
    "The database was damaged when this point was made, and can be brought back as a new file only"
)
_INSTEAD = (
    "Restore to a new file.",
    "Or move this file away, with what lies beside it, and restore again: then it is made anew in its place.",
)


@dataclass(frozen=True, slots=True)
class _Now:
    """The live file as it is before. `rows` of a table that SQLite will not count (it needs what is not here) is None;
    `why_not_writable` is "" where the file can be written.
    """

    size_bytes: int
    page_size_bytes: int
    rows: dict[str, int | None]
    schema_hash: str
    damaged: bool
    why_not_writable: str


class RestoreInPlace(FileOperation[RestoreRequest]):
    """Gives the live file what a restore point holds. Undone by the point of what it held before."""

    name = "restore.in_place"
    changes_database = True

    def __init__(self, catalog: Catalog | None = None, given: Unlocking | None = None) -> None:
        """
        Args:
            catalog: has the point, to rehearse.
            given: opens the store, where this machine does not keep its key.
        """
        self._catalog = catalog
        self._given = given

    def plan(self, request: RestoreRequest, context: Context) -> Plan:
        """Raises `Failure` for a file that is no database any more, and says what can be done then."""
        point = request.point
        now = _now(request.path, context)
        name = quoted(request.path.name)
        held = _rows(request.held.found.tables) if request.held and request.held.found else None
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Restore {name} to the point of {moment(point)}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"point": point.id},
            sentences=(
                f"{name} gets back what it held on {moment(point)}: every table, and the schema.",
                "What was written to it since then is taken out of it.",
                *request.erased.sentences,
                *audited.sentences(now.rows, held, erased=request.erased.entries > 0),
                "What it holds now is made a restore point first, and kept.",
                "Other programs may keep it open; while it is replaced they wait.",
            ),
            reversal=Reversal.RESTORE_POINT,
            reversal_text="Undone by restoring the point that is made of what the file holds now.",
            fingerprint=Fingerprint(now.schema_hash),
            button=f"Restore {plural(len(held), 'table')}" if held else "Restore the file",
            changes=()
            if held is None
            else _changes(now.rows, held, fewer(request.path, request.erased, context)),
            findings=(*findings(point), *request.erased.findings, *_obstacles(request, now)),
            disk_bytes=now.size_bytes * 2
            + max(now.size_bytes, point.size_bytes) * (2 if request.erased.entries else 1)
            + _MARGIN_BYTES,
            disk_path=str(request.directory),
        )

    def rehearse(self, plan: Plan, scratch: Path, context: Context) -> Rehearsal:
        """Restore a copy of the live file in place, with the same code, and tell which tables differ."""
        assert self._catalog is not None, "a rehearsal needs the catalog"
        live, image = scratch / "live.sqlite", scratch / "image.sqlite"
        copy_database(Path(plan.path), live, context)
        with open_read(live, context) as session:
            before = table_contents(session, context)
        with planned(self._catalog, plan, context, self._given) as point:
            without = Without(self._catalog, plan.database_id, point.point, context, rehearsing=True)
            found = _openable(bring_out(point.source, image, context, before_it_is_there=without))
        began = time.perf_counter()
        with context.step() as step:
            replace_contents(live, image, step)
        seconds = time.perf_counter() - began
        with open_read(live, context) as session:
            after = table_contents(session, context)
        check = same_contents("The copy holds what the restore point holds", found.tables, after)
        return Rehearsal(
            plan.id,
            clock.to_text(clock.now()),
            seconds,
            (check, *without.checks),
            _differences(before, found.tables),
        )

    def apply(self, plan: Plan, scope: Scope, context: Context) -> Outcome:
        compared: list[Check] = []
        with scratch_directory(scope.catalog.scratch) as scratch:
            image = scratch / "image.sqlite"
            with planned(scope.catalog, plan, context, self._given) as point:
                made = point.point
                without = Without(scope.catalog, scope.database_id, made, context)
                _openable(bring_out(point.source, image, context, before_it_is_there=without))
            expected = _stamped(image, made.id, scope, context)
            scope.confirm_lease()
            context.report(0, note="Putting it in place")
            replace_contents(
                scope.path,
                image,
                context,
                lambda live, written: compared.append(_compare(live, written, expected, context)),
            )
        if not compared[0].passed:
            raise Failure(
                ErrorCode.VERIFY_FAILED,
                f"{quoted(scope.path.name)} did not hold what the restore point holds: {compared[0].detail}.",
                hint="What it held before was put back. Check the disk.",
            )
        rows = _rows(expected)
        before = _rows(_point(scope.catalog, scope.restore_point).tables)
        return Outcome(
            f"Restored {quoted(scope.path.name)} to {moment(made)}",
            changes=_changes(before, rows),
            result={"point": made.id, "compared": compared[0].detail, **without.result},
        )

    def verify(self, plan: Plan, outcome: Outcome, scope: Scope, context: Context) -> tuple[Check, ...]:
        return (
            Check("Every table holds the rows of the restore point", True, str(outcome.result["compared"])),
            Check("The file says that it was restored", scope.has_happened()),
            *erased_check(outcome),
        )

    def withdraw(self, plan: Plan, scope: Scope) -> None:
        """Put the old contents back where the new ones are in place. Without a point of them, none are."""
        if not scope.restore_point:
            return
        with open_write(scope.path) as session:  # which settles a commit that a failing disk left half done
            replaced = stamp.has(session, scope.operation_id)
        if replaced:
            with scope.catalog.reading() as session:
                before = points.find(session, scope.restore_point)
            replace_contents(scope.path, before.path, Context())

    def settle(self, started: Event, scope: Scope) -> Settlement:
        happened = scope.has_happened()
        _cut_off(scope)
        if happened:
            return Settlement(True, "The file holds what the restore point holds.")
        return Settlement(False, "The file is as it was before.")


def _cut_off(scope: Scope) -> None:
    """Take away the pages of before that a killed process had no time to cut off behind those of the file.

    A file in WAL mode loses them at its next checkpoint. Where other programs hold the file open they stay.
    """
    with open_read(scope.path) as session:
        if session.value("PRAGMA main.journal_mode") == "wal":
            return
    with scratch_directory(scope.catalog.scratch) as scratch:
        try:
            drop_tail(scope.path, scratch, Context())
        except Failure as error:
            if error.code is not ErrorCode.LOCKED:
                raise


def _now(path: Path, context: Context) -> _Now:
    try:
        with open_read(path, context) as session, session.snapshot(), session.under(context):
            return _look(session, context)
    except Failure as error:
        if error.code not in (*DAMAGE, ErrorCode.NOT_A_DATABASE, ErrorCode.ENCRYPTED, ErrorCode.NEWER_FORMAT):
            raise
        hint = f"It is unchanged, and it cannot be restored in place as it is. {' '.join(_INSTEAD)}"
        raise Failure(error.code, error.message, hint=hint) from error


def _look(session: ReadSession, context: Context) -> _Now:
    rows: dict[str, int | None] = {}
    hashed, damaged = "", session.state.mode is OpenMode.SAFE
    try:
        hashed = schema_hash(session)
        for number, table in enumerate(content_tables(session)):
            context.report(number, unit="tables", note=table)
            rows[table] = table_rows(session, table)
    except Failure as error:
        if error.code not in DAMAGE:
            raise
        damaged = True
    page_size_bytes = session.count("PRAGMA page_size")
    size_bytes = session.count("PRAGMA page_count") * page_size_bytes
    why_not = session.state.why_not_writable
    return _Now(size_bytes, page_size_bytes, rows, "" if damaged else hashed, damaged, why_not)


def _obstacles(request: RestoreRequest, now: _Now) -> tuple[Finding, ...]:
    subject = Subject("database", name=request.path.name)
    held, found = request.held, []
    if now.why_not_writable:
        found.append(
            Finding(
                "cannot_be_written",
                Severity.ERROR,
                f"{quoted(request.path.name)} cannot be written: {now.why_not_writable}",
                subject,
                remedies=_INSTEAD,
                blocks=True,
            )
        )
    if now.rows.get(kept.LINES):
        found.append(
            Finding(
                "earlier_undo_ends",
                Severity.NOTE,
                "Rows that were brought back before can no longer be undone one by one afterwards",
                subject,
                detail="What undoes them lies in the file, and goes with it into the point that is made first.",
            )
        )
    if held is not None and not request.point.store_id and not _can_be_opened(request.point.path):
        found.append(
            Finding(
                "point_damaged",
                Severity.ERROR,
                _AS_NEW_FILE_ONLY,
                Subject("restore point", name=request.point.id),
                detail="It is kept as it was then. SQLite refuses its schema, and so it cannot be put in place.",
                remedies=("Restore to a new file.", "Choose another restore point."),
                blocks=True,
            )
        )
    if held is not None and held.found is None:
        found.append(
            Finding(
                "point_not_counted",
                Severity.NOTE,
                "What this restore point holds was not counted when it was made",
                Subject("restore point", name=request.point.id),
            )
        )
    if held is not None and now.size_bytes and held.page_size_bytes != now.page_size_bytes:
        found.append(
            Finding(
                "other_page_size",
                Severity.ERROR,
                f"The file has pages of {now.page_size_bytes:,} bytes, the restore point has {held.page_size_bytes:,}",
                subject,
                detail="SQLite cannot put one in the place of the other while programs may have the file open.",
                remedies=("Restore to a new file instead.",),
                blocks=True,
            )
        )
    if now.damaged and not now.why_not_writable:
        found.append(
            Finding(
                "damaged_now",
                Severity.WARNING,
                "The file is damaged as it is now",
                subject,
                detail="The restore point made of it keeps it as it is, damage included.",
            )
        )
    return tuple(found)


def _can_be_opened(copy: Path) -> bool:
    try:
        with open_image(copy) as image:
            image.count("SELECT count(*) FROM main.sqlite_schema")
    except Failure as error:
        if error.code not in DAMAGE:
            raise
        return False
    return True


def _openable(found: Examination) -> Examination:
    """What is in an image that can be put in place. Raises `Failure` where SQLite refuses its schema."""
    if found.schema_hash:
        return found
    raise Failure(
        ErrorCode.DAMAGED,
        f"{_AS_NEW_FILE_ONLY}.",
        hint="The file is unchanged. Restore to a new file, or choose another restore point.",
    )


def _stamped(image: Path, point_id: str, scope: Scope, context: Context) -> tuple[TableContent, ...]:
    """Write the operation's row into the image that will be put in place; what it holds then.

    Not in WAL mode: SQLite does not tell when a WAL could not be moved into the file at the end, or only a part of it.
    The live file keeps its own journal mode.
    """
    with open_write(image) as session:
        session.run("PRAGMA journal_mode = DELETE")
        with session.transaction():
            audited.tell(session, point_id, scope.operation_id)
            scope.stamp(session)
    with open_image(image) as made:
        return table_contents(made, context)


def _compare(live: Session, written: bool, expected: tuple[TableContent, ...], context: Context) -> Check:
    title = "Every table holds the rows of the restore point"
    if written:
        return Check(title, True, "not compared: another program has written to the file since")
    check = same_contents(title, expected, table_contents(live, context))
    told = how_much([table for table in expected if table.name != stamp.TABLE])
    return replace(check, detail=told) if check.passed else check


def _point(catalog: Catalog, point_id: str) -> points.Point:
    with catalog.reading() as session:
        return points.find(session, point_id)


def _rows(tables: Sequence[TableContent]) -> dict[str, int | None]:
    """Rows of each table; None of one that could not be read."""
    return {table.name: None if table.problem else table.rows for table in tables}


def _changes(
    before: Mapping[str, int | None], after: Mapping[str, int | None], at_most: Collection[str] = ()
) -> tuple[TableChange, ...]:
    """Table by table, as far as the rows are known in both. Of the tables `at_most`, folded, there may be fewer."""
    return tuple(
        TableChange(table, was, will, why=AT_MOST if fold(table) in at_most else _why(table, before, after))
        for table in sorted({*before, *after} - {stamp.TABLE})
        if (was := before.get(table, 0)) is not None and (will := after.get(table, 0)) is not None
    )


def _why(table: str, before: Mapping[str, int | None], after: Mapping[str, int | None]) -> str:
    if table not in before:
        return "comes back"
    return "" if table in after else "was not there then"


def _differences(
    before: tuple[TableContent, ...], after: tuple[TableContent, ...]
) -> tuple[TableChange, ...]:
    old, new = ({table.name: table for table in tables} for tables in (before, after))
    other = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return _changes(*(_rows([tables[name] for name in other if name in tables]) for tables in (old, new)))
