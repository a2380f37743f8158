"""Setting the history right: what was edited, stopped half-way or is gone; and where a history begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.db import WriteSession, open_read
from steward_app.db.schema_hash import schema_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Entry, Origin, State
from steward_app.services.migrate.run.begins import compared
from steward_app.services.migrate.run.correction import Correction
from steward_app.services.migrate.run.edited import edited_looked_at
from steward_app.services.migrate.run.halfway import (
    as_settled,
    ended_by_hand,
    looked_at,
    runs_on_what_it_left,
    sentence,
)
from steward_app.services.migrate.run.unbegin import UNDONE_BY_TAKING_OUT
from steward_app.services.migrate.status import status
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.storage.process import user

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """Set the history right.

    Attributes:
        forget: names of files that are gone for good: their rows are taken out of the history.
        done: names of files that stopped half-way, and of which all is done: they do not run again. The others that
            stopped do, from their first statement.
    """

    path: Path
    database_id: str
    folder: Path
    forget: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repair(TransactionOperation[RepairRequest]):
    """Takes edited files for those that were applied, settles what stopped half-way, and forgets what is gone.

    Attributes:
        catalog: has the restore points, to compare with what stopped half-way and is said to be done.
    """

    catalog: Catalog | None = None

    name: ClassVar[str] = "migrate.repair"

    def plan(self, request: RepairRequest, context: Context) -> Plan:
        """Raises `Refused` where nothing needs it, `UsageError` for a file that is not missing, or did not stop."""
        with open_read(request.path, context) as session, session.snapshot():
            found = status(session, request.folder)
            entries = found.entries
            done = ended_by_hand(entries, request.done)
            compared = [looked_at(session, found, entry, self.catalog, context) for entry in done]
            edited = [entry for entry in entries if entry.state is State.EDITED]
            now, otherwise = edited_looked_at(session, found, edited, self.catalog, context)
            rows = history.read(session, forgotten=True)
            rests_on = fingerprint.take(session, history.conditions(session))
            findings = obstacles.cannot_be_written(session)
        failed = [entry for entry in entries if entry.state is State.FAILED]
        gone = _forgotten(entries, request.forget)
        if not edited and not failed and not gone:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"Nothing in the history of {quoted(request.path.name)} needs to be repaired.",
                hint=_UNCHANGED,
            )
        half = [(entry, entry in done) for entry in failed]
        settled = [as_settled(entry, found, done=is_done) for entry, is_done in half]
        correction = _correction(rows, edited, settled, gone)
        wrong = len(edited) + len(failed) + len(gone)
        count = plural(wrong, "migration")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Set the history of {count} of {quoted(request.path.name)} right",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"count": wrong, "newest": correction.newest(rows), **correction.request},
            sentences=(
                *(
                    f"{quoted(each.file)}: its text of now is taken for the one that was applied."
                    for each in edited
                ),
                *now,
                *(sentence(each, done=is_done) for each, is_done in half),
                *(said for sentences, _ in compared for said in sentences),
                *(
                    f"{quoted(each.file)}: it counts in the history no more. What it did stays."
                    for each in gone
                ),
            ),
            findings=(
                *findings,
                *otherwise,
                *(each for _, differs in compared for each in differs),
                *(w for each, is_done in half if not is_done for w in runs_on_what_it_left(each, found)),
            ),
            reversal=Reversal.INVERSE,
            reversal_text="Undone by putting the history back as it was, while nothing follows. No table of yours is"
            " changed.",
            fingerprint=rests_on,
            button=f"Set {count} right",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        correction = Correction.asked(plan.request)
        if not correction.fits(session):
            raise fingerprint.stale(plan, "the history went on")
        correction.make(session)
        return Outcome(f"{plural(int(str(plan.request['count'])), 'migration')} set right in the history")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        return (Check("The history says so", Correction.asked(plan.request).is_made(session)),)

    def inverse(self, done: Record) -> Undo | None:
        from steward_app.services.migrate.run.undoing import undo_of_repair  # it plans with this module

        return undo_of_repair(done)


@dataclass(frozen=True, slots=True)
class BaselineRequest:
    """Begin the history of a file at this version."""

    path: Path
    database_id: str
    folder: Path
    version: int | None = None


class Baseline(TransactionOperation[BaselineRequest]):
    """Says that a file that has no history stands at a version."""

    name: ClassVar[str] = "migrate.baseline"

    def plan(self, request: BaselineRequest, context: Context) -> Plan:
        """Raises `Refused` where the file has a history already, `UsageError` where there is no version to name."""
        with open_read(request.path, context) as session, session.snapshot():
            if history.read(session):
                raise Refused(
                    ErrorCode.NOT_ALLOWED,
                    f"{quoted(request.path.name)} has a history of migrations already.",
                    hint=f"{_UNCHANGED} “steward migrate status” shows it.",
                )
            every = status(session, request.folder).entries
            entries = [each for each in every if each.version]
            version, name = _begins_at(entries, request)
            said, differs = compared(session, every, version, context)
            rests_on = fingerprint.take(session)
            findings = (*obstacles.cannot_be_written(session), *differs)
        skipped = [entry for entry in entries if entry.version <= version]
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Begin the history of {quoted(request.path.name)} at version {version}",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={"version": version, "name": name},
            sentences=(
                f"{plural(len(skipped), 'migration')} up to version {version} will never run on it: the file is taken"
                " to hold what they make.",
                *([said] if said else ()),
            ),
            findings=findings,
            reversal=Reversal.INVERSE,
            reversal_text=UNDONE_BY_TAKING_OUT,
            fingerprint=rests_on,
            button=f"Begin at version {version}",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        now, version = schema_hash(session, without_ours=True), int(str(plan.request["version"]))
        history.record(
            session,
            Applied(
                rank=0,
                version=version,
                name=str(plan.request["name"]),
                file="",
                checksum="",
                origin=Origin.BASELINE,
                applied_at=clock.to_text(clock.now()),
                duration_ms=0,
                applied_by=user(),
                schema_before=now,
                schema_after=now,
            ),
        )
        return Outcome(f"The history of {quoted(Path(plan.path).name)} begins at version {version}")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        rows = history.read(session)
        begun = len(rows) == 1 and rows[0].origin is Origin.BASELINE
        return (Check("The history holds the version and nothing else", begun),)

    def inverse(self, done: Record) -> Undo | None:
        from steward_app.services.migrate.run.undoing import undo_of_beginning  # it plans with this module

        return undo_of_beginning(done)


def _begins_at(entries: Sequence[Entry], request: BaselineRequest) -> tuple[int, str]:
    version = request.version
    if version is None:
        if not entries:
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"There is no migration in {quoted(str(request.folder), 200)} to tell the version from.",
                hint=f"{_UNCHANGED} Say it: --version NUMBER.",
            )
        return entries[-1].version, entries[-1].name
    return version, next((entry.name for entry in entries if entry.version == version), "baseline")


def _forgotten(entries: Sequence[Entry], files: Sequence[str]) -> list[Entry]:
    missing = {entry.file: entry for entry in entries if entry.state is State.MISSING}
    for file in files:
        if file not in missing:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"{quoted(file)} is no migration that was applied and whose file is gone.",
                hint=f"{_UNCHANGED} “steward migrate status” shows which are missing.",
            )
    return [missing[file] for file in dict.fromkeys(files)]


def _correction(
    rows: Sequence[Applied], edited: Sequence[Entry], settled: Sequence[Applied], gone: Sequence[Entry]
) -> Correction:
    """Edited files count with their text of now, what stopped half-way as it is settled, what is gone no more.

    A row that counts no more stays, to say which schema it left, so that no change is taken for somebody else's.
    """
    texts = {each.applied.rank: each.migration.checksum for each in edited if each.applied and each.migration}
    half = {row.rank: row for row in settled}
    counted = [row for row in rows if row.origin is not Origin.FORGOTTEN]
    forgotten = {row.rank for row in counted if any(_is_of(row, each) for each in gone)}
    before = tuple(row for row in rows if row.rank in texts.keys() | half.keys() | forgotten)
    after = (
        replace(row, origin=Origin.FORGOTTEN)
        if row.rank in forgotten
        else half[row.rank]
        if row.rank in half
        else replace(row, checksum=texts[row.rank])
        for row in before
    )
    return Correction(before, tuple(after))


def _is_of(row: Applied, entry: Entry) -> bool:
    """Whether a row tells of the migration of an entry, be it of an earlier run."""
    return row.version == entry.version and (bool(row.version) or row.name == entry.name)
