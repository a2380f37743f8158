"""What the migrations page reads: the folder beside the history, and all that is known of the one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.catalog import Catalog
from steward_app.catalog.rehearsals import KeptRehearsal
from steward_app.db import fold, open_read
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.migrate import history
from steward_app.services.migrate.expand.contract import is_expanded
from steward_app.services.migrate.folder import folder_of
from steward_app.services.migrate.model import Entry, Origin, State, Status
from steward_app.services.migrate.rehearsal.examples import Example, examples
from steward_app.services.migrate.rehearsal.model import Report
from steward_app.services.migrate.rehearsal.row_model import TableDifference
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.course import Wanted
from steward_app.services.migrate.run.kept import (
    files_of,
    is_outdated,
    kept_for,
    kept_of,
    newest_of,
    result_of,
    went_through,
)
from steward_app.services.migrate.run.placeholders import asked_by
from steward_app.services.migrate.run.rehearsed import RehearsalResult
from steward_app.services.migrate.status import status
from steward_app.services.rows import look_personal

OPEN = (State.PENDING, State.REPEATS, State.LATE)
"""States of a migration that can be applied."""
_MOST_EXAMPLES = 50  # of a table


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the file stands.

    Attributes:
        there: whether the folder exists.
        kept: rehearsals, the newest first.
        has_history: whether anything was ever recorded in the file.
        expanded: whether a column is expanded and not contracted yet.
    """

    database_id: str
    there: bool
    status: Status
    kept: tuple[KeptRehearsal, ...]
    has_history: bool
    expanded: bool = False

    @property
    def open(self) -> tuple[Entry, ...]:
        """What can be applied, in order."""
        return tuple(entry for entry in self.status.entries if entry.state in OPEN)

    def rehearsal_of(self, entry: Entry) -> KeptRehearsal | None:
        """The newest rehearsal of a migration as it is now."""
        return newest_of(self.kept, entry)


@dataclass(frozen=True, slots=True)
class ExampleRows:
    """Values before and after, of one table. Kept while the page is there and nowhere else."""

    table: TableDifference
    rows: tuple[Example, ...]
    personal: frozenset[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """All that is known of the migration that is chosen.

    Attributes:
        wanted: what applying it asks for; None where it is not one that can be applied.
        plan: None where it cannot run, and `problem` says why.
        kept: its last rehearsal, and `result` what that found.
        among: where it was not rehearsed as it would be applied, a rehearsal of other files that it went through.
        fits: whether that was on what the file holds now; None where only applying it will compare them.
        placeholders: names that need a value before it can run.
        outdated: names of all that wait whose rehearsal went through on something else than the file holds now.
    """

    entry: Entry
    wanted: Wanted | None = None
    plan: Plan | None = None
    problem: StewardError | None = None
    kept: KeptRehearsal | None = None
    among: KeptRehearsal | None = None
    result: RehearsalResult | None = None
    fits: bool | None = False
    placeholders: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    outdated: frozenset[str] = frozenset()

    @property
    def ready(self) -> bool:
        """Whether it was rehearsed as it is, and may be applied as far as is known."""
        passed = self.kept is not None and self.kept.passed
        return passed and self.fits is not False and self.plan is not None and not self.plan.blocking


def read_standing(catalog: Catalog, path: Path, context: Context) -> Standing:
    """Read folder and history. Raises as `database_id`, `folder_of` and `status` do."""
    known_as = database_id(catalog, path, context)
    folder = folder_of(path, must_be_there=False)
    with open_read(path) as session, session.under(context), session.snapshot():
        found = status(session, folder)
        has_history, expanded = bool(history.read(session, forgotten=True)), is_expanded(session)
    return Standing(known_as, folder.is_dir(), found, kept_of(catalog, known_as), has_history, expanded)


def wanted_for(standing: Standing, entry: Entry, values: Mapping[str, str]) -> Wanted:
    """Everything up to a migration that waits; a repeatable one comes after all others."""
    return Wanted(
        standing.status.path,
        standing.database_id,
        standing.status.folder,
        entry.version or None,
        values,
        late=entry.state is State.LATE,
    )


def look_at(
    catalog: Catalog, standing: Standing, entry: Entry, values: Mapping[str, str], context: Context
) -> Looked:
    """Plan to apply a migration, and find its rehearsal; of one that is applied, the rehearsal before it."""
    if entry.state not in OPEN:
        kept = standing.rehearsal_of(entry)
        return Looked(entry, kept=kept, result=_result(catalog, kept), fits=None)
    wanted = wanted_for(standing, entry, values)
    asked = _placeholders(standing, entry)
    try:
        plan = service.plan_apply(catalog, wanted, context)
    except Cancelled:
        raise
    except StewardError as error:
        return Looked(entry, wanted, problem=error, placeholders=asked, values=values)
    kept = kept_for(catalog, plan)
    rehearsed = [(each, standing.rehearsal_of(each)) for each in standing.open]
    passed = any(found is not None and found.passed for found in (kept, *(found for _, found in rehearsed)))
    holds = service.rehearsed_now(catalog, standing.database_id, wanted.path, context) if passed else None
    fits: bool | None = False
    if kept is not None and kept.passed:
        fits = kept.plan in holds.values() if holds is not None else None
    outdated = frozenset(each.name for each, found in rehearsed if is_outdated(found, each, holds))
    among = _among(standing, entry, plan) if kept is None else None
    result = _result(catalog, kept)
    return Looked(entry, wanted, plan, None, kept, among, result, fits, asked, values, outdated)


def _among(standing: Standing, entry: Entry, plan: Plan) -> KeptRehearsal | None:
    """A rehearsal of other files that a migration went through: of some after it, or without what runs with it now."""
    found = standing.rehearsal_of(entry) if entry.state is not State.LATE else None
    if found is None or not went_through(found, entry):
        return None
    return found if found.files != files_of(plan) else None


def rehearse(
    catalog: Catalog, plan: Plan, context: Context
) -> tuple[RehearsalResult, tuple[ExampleRows, ...]]:
    """Rehearse, and read the first values that change while both copies are there."""
    found: list[ExampleRows] = []

    def look(before: Path, after: Path, report: Report, context: Context) -> None:
        for table in report.changed_tables:
            if not any(column.conversions for column in table.columns):
                continue
            rows = examples(before, after, table, context)[:_MOST_EXAMPLES]
            found.append(ExampleRows(table, rows, _personal(table, Path(plan.path))))

    return service.rehearse_fully(catalog, plan, context, look=look), tuple(found)


def undo_target(entry: Entry) -> int | None:
    """The version to go back to, so that a migration is taken back with all above it."""
    return entry.version - 1 if entry.version else None


def asked_to_undo(standing: Standing, entry: Entry) -> tuple[str, ...]:
    """The placeholders of the files that take a migration back with all above it; () where the restore point does."""
    target = undo_target(entry) or 0
    back = [
        each
        for each in standing.status.entries
        if each.version > target and each.applied is not None and each.state not in (*OPEN, State.UNDONE)
    ]
    by_files = all(each.undo and each.state is not State.FAILED for each in back)
    return asked_by(each.undo for each in back) if by_files else ()


def has_no_way_back(entry: Entry) -> bool:
    """Whether a migration is none that can be taken back."""
    applied = entry.applied
    return (
        applied is None
        or not entry.version
        or applied.origin is Origin.BASELINE
        or entry.state in (*OPEN, State.UNDONE)
    )


def stamps(folder: Path) -> frozenset[tuple[str, int, int]]:
    """What tells whether somebody changed a file of a folder: names, times and sizes."""
    found = set()
    with suppress(OSError):
        for path in folder.iterdir():
            told = path.stat()
            found.add((path.name, told.st_mtime_ns, told.st_size))
    return frozenset(found)


def _result(catalog: Catalog, kept: KeptRehearsal | None) -> RehearsalResult | None:
    if kept is None:
        return None
    try:
        return result_of(catalog, kept)
    except StewardError:  # kept by another version of the program: it is rehearsed again
        return None


def _placeholders(standing: Standing, entry: Entry) -> tuple[str, ...]:
    """The placeholders of all that would run."""
    beyond = [
        each for each in standing.open if entry.version and (each.version > entry.version or not each.version)
    ]
    return asked_by(each.migration for each in standing.open if each not in beyond)


def _personal(table: TableDifference, path: Path) -> frozenset[str]:
    """The columns of a table whose values are hidden, by their names afterwards; decided under either name."""
    columns = {*table.key, *(column.name for column in table.columns if column.name)}
    hidden = {each.column for each in look_personal(columns, table.name, path)}
    was = {fold(column.was): column.name for column in table.columns if column.was and column.name}
    for each in look_personal([column.was for column in table.columns if column.was], table.was, path):
        hidden.add(was.get(fold(each.column), each.column))
    return frozenset(hidden)
