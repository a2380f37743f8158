"""The operation that writes another tool's history as ours, once the schema bears it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, TypeAlias, cast

from steward_app.catalog.journal import Record
from steward_app.db import WriteSession, open_read, qualified
from steward_app.db.migration_script import read_script
from steward_app.db.schema_hash import schema_hash
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Refused, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check, Json, Plan, Reversal
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.adopt.adoption import Adopted, Adoption, AdoptRequest, look
from steward_app.services.migrate.adopt.verify import Difference
from steward_app.services.migrate.model import Applied, Origin
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.run.unbegin import UNDONE_BY_TAKING_OUT
from steward_app.services.migrate.run.undoing import undo_of_beginning
from steward_app.services.operation import Outcome, TransactionOperation, Undo, fingerprint, obstacles
from steward_app.storage.process import user

_UNCHANGED = "Nothing was changed."
Row: TypeAlias = dict[str, Json]


class Adopt(TransactionOperation[AdoptRequest]):
    """Writes what another tool applied into the history of the file. The tool's own tables stay as they are."""

    name: ClassVar[str] = "migrate.adopt"

    def plan(self, request: AdoptRequest, context: Context) -> Plan:
        """Raises as `look`, and `Refused` where the file has a history of ours already."""
        return plan_of(request, look(request, context), context)

    def apply(self, plan: Plan, session: WriteSession, context: Context) -> Outcome:
        if history.read(session):
            raise fingerprint.stale(plan, "a history of migrations was begun")
        now, by, rows = schema_hash(session, without_ours=True), user(), _rows(plan)
        for number, row in enumerate(rows, 1):
            applied = Applied(
                rank=0,
                version=int(str(row["version"])),
                name=str(row["name"]),
                file=str(row["file"]),
                checksum=str(row["checksum"]),
                origin=Origin.ADOPTED,
                applied_at=str(row["applied_at"]) or clock.to_text(clock.now()),
                duration_ms=0,
                applied_by=str(row["applied_by"]) or by,
                schema_before="",
                schema_after=now if number == len(rows) else "",  # what it was between them nobody knows
            )
            history.record(session, applied)
        return Outcome(f"{plural(len(rows), 'migration')} of {plan.request['tool']} adopted")

    def verify(
        self, plan: Plan, outcome: Outcome, session: WriteSession, context: Context
    ) -> tuple[Check, ...]:
        wanted = [(row["version"], row["name"], row["file"], row["checksum"]) for row in _rows(plan)]
        found = [(row.version, row.name, row.file, row.checksum) for row in history.read(session)]
        return (Check("The history holds what was adopted and nothing else", found == wanted),)

    def inverse(self, done: Record) -> Undo | None:
        return undo_of_beginning(done)


def plan_of(request: AdoptRequest, adoption: Adoption, context: Context) -> Plan:
    """The plan that takes over what was looked at. Raises as `Adopt.plan`."""
    with open_read(request.path, context) as session, session.snapshot():
        if history.read(session):
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(request.path.name)} has a history of migrations already.",
                hint=f"{_UNCHANGED} “steward migrate status” shows it.",
            )
        counted = f"SELECT count(*) FROM {qualified(adoption.table)}"
        rests_on = fingerprint.take(session, [counted])
        findings = (*obstacles.cannot_be_written(session), *_findings(adoption, request))
    tool, count = adoption.reader.tool, plural(len(adoption.recorded), "migration")
    return Plan(
        id=ids.new_id("pl"),
        operation=Adopt.name,
        title=f"Adopt {count} of {tool.known_as} into the history of {quoted(request.path.name)}",
        path=str(request.path.absolute()),
        database_id=request.database_id,
        made_at=clock.to_text(clock.now()),
        request={
            "tool": tool.known_as,
            "rows": cast("Json", [_row(each) for each in adoption.recorded]),
            "into": str(request.into.absolute()),
            "files": {each.file: each.checksum for each in adoption.files},
        },
        sentences=tuple(_sentences(request, adoption)),
        findings=findings,
        reversal=Reversal.INVERSE,
        reversal_text=UNDONE_BY_TAKING_OUT,
        fingerprint=rests_on,
        button=f"Adopt {count}",
    )


def _row(entry: Adopted) -> Row:
    return {
        "version": entry.version,
        "name": entry.name,
        "file": entry.up.file if entry.up else "",
        "checksum": entry.up.checksum if entry.up else "",
        "applied_at": entry.ran.applied_at if entry.ran else "",
        "applied_by": entry.ran.applied_by if entry.ran else "",
    }


def _rows(plan: Plan) -> list[Row]:
    return cast("list[Row]", plan.request["rows"])


def _sentences(request: AdoptRequest, adoption: Adoption) -> Iterator[str]:
    title = adoption.reader.tool.known_as
    yield (
        f"{quoted(adoption.table)} says that {title} applied {plural(len(adoption.applied), 'migration')}. They are"
        " written into the history that this program keeps in the file."
    )
    objects = plural(adoption.compared, "object")
    if all(each.lost for each in adoption.differences):
        but = f", but for what {title} lost of it" if adoption.differences else ""
        yield (
            f"The file has the schema of {quoted(request.against.name)}{but}: {objects} compared."
            if request.against
            else f"Run on an empty database, its files make the schema that this file has{but}: {objects} compared."
        )
    files = [entry.up.file for entry in adoption.entries if entry.up]
    if files:
        back = sum(1 for entry in adoption.entries if entry.down)
        with_undo = f", and {back:,} that take back" if back else ""
        are = "is" if len(files) == 1 else "are"
        yield (
            f"{plural(len(files), 'file')} {are} written into {quoted(str(request.into), 200)}:"
            f" {' to '.join(map(quoted, dict.fromkeys((files[0], files[-1]))))}{with_undo}."
        )
    waiting = sum(1 for entry in adoption.waiting if entry.up)
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        yield f"{plural(waiting, 'migration')} that {title} did not apply {wait}: “steward migrate apply”."
    known = sum(1 for entry in adoption.recorded if not entry.up)
    if known:
        stand = "stands" if known == 1 else "stand"
        yield f"{plural(known, 'migration')} {stand} in the history by name alone, without a file."
    if adoption.reader.unchecked:
        yield adoption.reader.unchecked
    yield f"{quoted(adoption.table)} stays as it is. From now on apply with one of the two programs only."


def _findings(adoption: Adoption, request: AdoptRequest) -> Iterator[Finding]:
    title = adoption.reader.tool.known_as
    for problem in adoption.record.problems:
        yield Finding(
            "adopted_history_broken",
            Severity.ERROR,
            problem.rstrip("."),
            Subject("database", name=adoption.table),
            remedies=(f"Set it right with {title} first.",),
            blocks=True,
        )
    for each in adoption.differences:
        if each.lost:
            yield _lost(each, title)
    for number, each in enumerate(each for each in adoption.differences if not each.lost):
        yield Finding(
            "adopted_schema_differs",
            Severity.ERROR,
            f"The {each.kind} {quoted(each.name)} {each.how}",
            Subject(each.kind, table=each.table, name=each.name),
            detail=""
            if number
            else f"The history of {title} does not tell how this file came to be as it is.",
            remedies=()
            if number
            else (
                f"Set the file or the migrations right with {title}, then adopt.",
                "Take the file as it stands for the beginning: “steward migrate baseline”.",
            ),
            blocks=True,
        )
    for file in adoption.changed_since:
        yield _note(
            "adopted_file_changed", file, "was changed after it had been applied, as its checksum says"
        )
    for entry in adoption.entries:
        if entry.up is None and not entry.ran:
            yield _note(
                "adopted_program_waits",
                entry.called,
                f"waits and is not read here ({entry.theirs.why})"
                if entry.theirs and entry.theirs.why
                else f"waits and is a program of {title}",
                f"Apply it with {title} first.",
            )
        elif not entry.ran and entry.theirs and entry.theirs.condition:
            yield _note(
                "adopted_waits_for_condition",
                entry.called,
                f"waits, and {title} applies it only {entry.theirs.condition}",
                "Where that is not so here, delete its file before “steward migrate apply”.",
            )
        yield from _not_for_us(entry, request)


def _lost(each: Difference, title: str) -> Finding:
    return Finding(
        "adopted_tool_lost",
        Severity.WARNING,
        f"The {each.kind} {quoted(each.name)} {each.how}: {title} left it so",
        Subject(each.kind, table=each.table, name=each.name),
        detail="The migrations say otherwise, and a database that is made from them is as they say.",
        remedies=("Set the file right with a migration of its own, once the history is adopted.",),
    )


def _not_for_us(entry: Adopted, request: AdoptRequest) -> Iterator[Finding]:
    """What this program would not run of a file, should it run again: on another database, or when it waits."""
    for file in entry.files:
        migration = file.migration(request.into)
        try:
            read_script(migration, fill(migration, {}))
        except StewardError as refusal:
            said = refusal.message.rstrip(".")
            yield Finding(
                "adopted_file_cannot_run",
                Severity.NOTE if entry.ran else Severity.WARNING,
                f"{quoted(file.file)} would not run here: {said}",
                Subject("migration", name=file.file),
                remedies=("Write it anew before it is needed.",),
            )


def _note(code: str, file: str, what: str, remedy: str = "") -> Finding:
    return Finding(
        code,
        Severity.WARNING,
        f"{quoted(file, 200)} {what}",
        Subject("migration", name=file),
        remedies=(remedy,) if remedy else (),
    )
