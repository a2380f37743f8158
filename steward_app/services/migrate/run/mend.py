"""Setting the history right: what was edited, stopped half-way or is gone; and where a history begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from steward_app.catalog.journal import Record
from steward_app.db import WriteSession, open_read
from steward_app.db.schema_hash import schema_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Entry, Origin, State
from steward_app.services.migrate.run.begins import compared
from steward_app.services.migrate.status import status
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.storage.process import user

_UNCHANGED = "Nothing was changed."
_NO_ROW_OF_YOURS = "No table of yours is changed, only the history of migrations."


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """Set the history right.

    Attributes:
        forget: names of files that are gone for good: their rows are taken out of the history.
    """

    path: Path
    database_id: str
    folder: Path
    forget: tuple[str, ...] = ()


class Repair(TransactionOperation[RepairRequest]):
    """Takes edited files for those that were applied, and takes out what stopped half-way or is to be forgotten."""

    name: ClassVar[str] = "migrate.repair"

    def plan(self, request: RepairRequest, context: Context) -> Plan:
        """Raises `Refused` where nothing needs it, `UsageError` for a file that is not missing."""
        with open_read(request.path, context) as session, session.snapshot():
            entries = status(session, request.folder).entries
            rows = history.read(session)
            rests_on = fingerprint.take(session, history.conditions(session))
            findings = obstacles.cannot_be_written(session)
        edited = [entry for entry in entries if entry.state is State.EDITED]
        failed = [entry for entry in entries if entry.state is State.FAILED]
        gone = _forgotten(entries, request.forget)
        if not edited and not failed and not gone:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"Nothing in the history of {quoted(request.path.name)} needs to be repaired.",
                hint=_UNCHANGED,
            )
        wrong = len(edited) + len(failed) + len(gone)
        count = plural(wrong, "migration")
        return Plan(
            id=ids.new_id("pl"),
            operation=self.name,
            title=f"Set the history of {count} of {quoted(request.path.name)} right",
            path=str(request.path.absolute()),
            database_id=request.database_id,
            made_at=clock.to_text(clock.now()),
            request={
                "count": wrong,
                "checksums": cast("Json", {str(_rank(each)): _checksum(each) for each in edited}),
                "again": cast("Json", [_rank(each) for each in failed]),
                "forget": cast("Json", [row.rank for row in rows if any(_is_of(row, each) for each in gone)]),
            },
            sentences=(
                *(
                    f"{quoted(each.file)}: its text of now is taken for the one that was applied."
                    for each in edited
                ),
                *(f"{quoted(each.file)}: it waits again, as if it had not been begun." for each in failed),
                *(
                    f"{quoted(each.file)}: it counts in the history no more. What it did stays."
                    for each in gone
                ),
            ),
            findings=findings,
            reversal=Reversal.NOT_NEEDED,
            reversal_text=_NO_ROW_OF_YOURS,
            fingerprint=rests_on,
            button=f"Set {count} right",
        )

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        checksums = cast("dict[str, str]", plan.request["checksums"])
        for rank, checksum in checksums.items():
            history.take_text(session, int(rank), checksum)
        for half in cast("list[int]", plan.request["again"]):
            history.take_out(session, half)
        for gone in cast("list[int]", plan.request["forget"]):
            history.forget(session, gone)
        return Outcome(f"{plural(int(str(plan.request['count'])), 'migration')} set right in the history")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        rows = {row.rank: row for row in history.read(session)}
        checksums = cast("dict[str, str]", plan.request["checksums"])
        gone = {*cast("list[int]", plan.request["again"]), *cast("list[int]", plan.request["forget"])}
        right = all(rows[int(rank)].checksum == checksum for rank, checksum in checksums.items())
        return (Check("The history says so", right and not rows.keys() & gone),)


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
            reversal=Reversal.NOT_NEEDED,
            reversal_text=_NO_ROW_OF_YOURS,
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


def _is_of(row: Applied, entry: Entry) -> bool:
    """Whether a row tells of the migration of an entry, be it of an earlier run."""
    return row.version == entry.version and (bool(row.version) or row.name == entry.name)


def _rank(entry: Entry) -> int:
    assert entry.applied is not None
    return entry.applied.rank


def _checksum(entry: Entry) -> str:
    assert entry.migration is not None
    return entry.migration.checksum
