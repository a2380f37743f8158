"""Which migrations run, in which order, each looked through before the first one runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from steward_app.db import Session, fold
from steward_app.db.migration_files import Kind, Migration
from steward_app.db.migration_script import NO_TRANSACTION, Script, read_script
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.model import Entry, Origin, State, Status
from steward_app.services.migrate.moves import moves_in, twins_in
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.rehearsal.renames import told, told_in_order
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.status import status

_UNCHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        target: the version to stop at; None for all. Of an undo, the version to go back to; None for one step.
        values: for the placeholders of the files, by name.
        late: run migrations whose version is below one that is applied, too.
        beside: go on while other programs have the file open.
        wait_seconds: how long to wait for other programs before it is given up.
    """

    path: Path
    database_id: str
    folder: Path
    target: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    beside: bool = False
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A statement and where it stands in its file, from 1."""

    sql: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One migration that will run.

    Attributes:
        entry: where the migration stands now.
        migration: the file that runs: the migration itself, or the one that takes it back.
        script: its statements; None for a program.
        renames: tables and columns that get another name or place, as its statements and remarks say.
        moves: columns that move into other tables, as its remarks say.
        twins: columns that come to stand beside others, or end, as its remarks say.
    """

    entry: Entry
    migration: Migration
    script: Script | None
    renames: tuple[Renamed, ...] = ()
    moves: tuple[Renamed, ...] = ()
    twins: tuple[Renamed, ...] = ()

    @property
    def followed(self) -> tuple[Renamed, ...]:
        """What the policy goes along with: of a column that ends, its name goes over to the other one by itself."""
        ended = {(fold(each.table), fold(each.before)) for each in self.twins if each.twin.goes}
        named = (each for each in self.renames if (fold(each.table), fold(each.before)) not in ended)
        return (*named, *self.twins)

    @property
    def file(self) -> str:
        """Name of the file that runs."""
        return self.migration.path.name

    @property
    def state(self) -> State:
        """Where the migration stands before it runs."""
        return self.entry.state

    @property
    def takes_back(self) -> bool:
        """Whether it takes a migration back."""
        return self.migration.kind is Kind.UNDO

    @property
    def in_transaction(self) -> bool:
        """Whether it runs in one transaction."""
        return self.script is None or self.script.in_transaction

    @property
    def statements(self) -> tuple[Line, ...]:
        """What will run, in order; () for a program."""
        if self.script is None:
            return ()
        places = [(each, self.script.position(each.offset)) for each in self.script.statements]
        return tuple(Line(each.sql, place.line, place.column) for each, place in places)

    def name_before(self, name: str) -> str:
        """The name that a table has before it runs, of one that is named as it leaves it."""
        names = {fold(each.after): each.before for each in self.renames if not each.table}
        return names.get(fold(name), name)

    @property
    def needs(self) -> tuple[str, ...]:
        """What is special about it, a sentence each."""
        said = []
        if self.script is None:
            said.append("It is a program: what it does is seen only when it runs. Read it first.")
        elif not self.script.in_transaction:
            said.append(
                f"It asks for no transaction (“-- {NO_TRANSACTION}”): when it stops half-way, what it had done until"
                " then stays, and the restore point brings the file back."
            )
        elif self.script.taken_over:
            said.append("The BEGIN and COMMIT around it are left out: it runs in one transaction anyway.")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class Course:
    """What runs, in order.

    Attributes:
        status: where the file stands now.
        left_out: migrations that wait and are not run, since they are beyond the target.
    """

    status: Status
    steps: tuple[Step, ...]
    left_out: tuple[Entry, ...] = ()

    @property
    def renames(self) -> tuple[Renamed, ...]:
        """What has another name or place when all of it has run."""
        return told_in_order(
            ([each.sql for each in step.script.statements], step.moves) for step in self.steps if step.script
        )

    @property
    def twins(self) -> tuple[Renamed, ...]:
        """What comes to stand beside other columns, and what ends, in order."""
        return tuple(each for step in self.steps for each in step.twins)


def forward(session: Session, wanted: Wanted) -> Course:
    """The migrations that apply would run.

    Raises `UsageError` for a file that cannot be run (with its place), and for a target that no file has.
    """
    found = status(session, wanted.folder)
    _check_target(found, wanted.target)
    states = (State.PENDING, State.REPEATS, *((State.LATE,) if wanted.late else ()))
    waiting = [entry for entry in found.entries if entry.state in states and entry.migration is not None]
    beyond = [entry for entry in waiting if wanted.target is not None and entry.version > wanted.target]
    if beyond:  # what repeats may rest on what is left out
        beyond += [entry for entry in waiting if not entry.version]
    runs = [entry for entry in waiting if entry not in beyond]
    return Course(
        found,
        tuple(_step(entry, entry.migration, wanted) for entry in runs if entry.migration),
        tuple(beyond),
    )


def back(session: Session, wanted: Wanted) -> tuple[Course, tuple[Entry, ...]]:
    """The undo files that take back the newest migration, or all above the target, newest first.

    Second, where one of them has no such file or stopped half-way, all of them: then nothing but a restore point leads
    back. Raises `Refused` where nothing is to be taken back, `UsageError` for an undo file with no statement.
    """
    found = status(session, wanted.folder)
    applied = [
        entry
        for entry in found.entries
        if entry.applied is not None
        and (entry.state is State.FAILED or (entry.version and entry.applied.origin is not Origin.UNDO))
    ]
    newest_first = sorted(  # one that stopped half-way is what happened last
        applied, key=lambda entry: (entry.state is State.FAILED, entry.version), reverse=True
    )
    if wanted.target is None:
        newest_first = newest_first[:1]
    else:
        newest_first = [
            entry for entry in newest_first if entry.version > wanted.target or entry.state is State.FAILED
        ]
    if not newest_first:
        where = "" if wanted.target is None else f" above version {wanted.target}"
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"No migration{where} is applied to {quoted(session.path.name)}.",
            hint=_UNCHANGED,
        )
    if any(entry.undo is None or entry.state is State.FAILED for entry in newest_first):
        return Course(found, ()), tuple(newest_first)
    steps = tuple(_step(entry, entry.undo, wanted) for entry in newest_first if entry.undo)
    for step in steps:
        if step.script is not None and not step.script.statements:
            raise UsageError(
                ErrorCode.BAD_MIGRATION,
                f"{quoted(step.file)} holds no statement, so it would take nothing back.",
                hint=f"{_UNCHANGED} Fill it; or delete it, and the restore point is brought back instead.",
            )
    return Course(found, steps), ()


def _step(entry: Entry, migration: Migration, wanted: Wanted) -> Step:
    if migration.python:
        return Step(entry, migration, None)
    script = read_script(migration, fill(migration, wanted.values))
    moves = moves_in(script.text)
    renames = told((each.sql for each in script.statements), moves)
    return Step(entry, migration, script, renames, moves, twins_in(script.text))


def _check_target(found: Status, target: int | None) -> None:
    if target is None or any(entry.version == target for entry in found.entries) or target == found.version:
        return
    raise UsageError(
        ErrorCode.BAD_REQUEST,
        f"No migration in {quoted(str(found.folder), 200)} has version {target}.",
        hint=_UNCHANGED,
    )
