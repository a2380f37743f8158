"""Another tool's history and files, lined up, numbered, written as ours would be, and checked against the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from steward_app.db import ReadSession, Session, open_read
from steward_app.db.migration_files import Kind, Migration, bad, checksum_of
from steward_app.db.migration_script import NO_TRANSACTION
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.adopt.model import Ran, Reader, Record, Theirs, Tool, filled
from steward_app.services.migrate.adopt.readers import reader_of
from steward_app.services.migrate.adopt.rewritten import rewritten
from steward_app.services.migrate.adopt.verify import Difference, differences, made_by
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.desired.read import desired_schema
from steward_app.services.migrate.files import file_name

_UNCHANGED = "Nothing was changed."
_MOST_DIGITS = 18
_LARGEST_VERSION = 10**_MOST_DIGITS
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """Take over the history of another tool.

    Attributes:
        folder: the tool's own migrations.
        into: the folder in which ours are written.
        tool: which tool; None to tell it from the tables.
        table: where it keeps its history, "" for its usual table.
        against: a database that the tool made from nothing, or a script of its schema, for migrations that are
            programs.
        values: for placeholders `${name}` in the files, put in as they are.
    """

    path: Path
    database_id: str
    folder: Path
    into: Path
    tool: Tool | None = None
    table: str = ""
    against: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of ours: its name, text and checksum."""

    file: str
    text: str

    @property
    def checksum(self) -> str:
        """As `db.migration_files` counts it."""
        return checksum_of(Path(self.file), self.text)

    def migration(self, folder: Path) -> Migration:
        """As it will be read."""
        kind = {"R": Kind.REPEATABLE, "U": Kind.UNDO}.get(self.file[0], Kind.VERSIONED)
        return Migration(0, self.file, folder / self.file, self.text, self.checksum, kind)


@dataclass(frozen=True, slots=True)
class Adopted:
    """One of their migrations as it will stand in our history and our folder.

    Attributes:
        theirs: what their folder holds, or None where it is known from the table alone.
        ran: what their table says, or None where it waits.
        version: 0 for a repeatable one.
        up, down: our files; None where there is no SQL of it.
    """

    theirs: Theirs | None
    ran: Ran | None
    version: int
    name: str
    up: Written | None = None
    down: Written | None = None

    @property
    def called(self) -> str:
        """What a person knows it by: their file, or what their table calls it."""
        return self.theirs.file if self.theirs else self.ran.key if self.ran else self.name

    @property
    def files(self) -> tuple[Written, ...]:
        """Our files, the one that takes it back first: alone it does nothing."""
        return tuple(each for each in (self.down, self.up) if each)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A history that can be taken over.

    Attributes:
        entries: what was applied in that order, then what waits.
        differences: where the file is not as the migrations make it.
        compared: how many objects of the schema were compared.
        changed_since: their files that are not what was applied any more, as their own checksum says.
    """

    reader: Reader
    table: str
    record: Record
    entries: tuple[Adopted, ...]
    differences: tuple[Difference, ...]
    compared: int
    changed_since: tuple[str, ...]

    @property
    def applied(self) -> tuple[Adopted, ...]:
        """What was applied."""
        return tuple(each for each in self.entries if each.ran)

    @property
    def recorded(self) -> tuple[Adopted, ...]:
        """What will stand in our history: all but repeatable ones whose text nobody has."""
        return tuple(each for each in self.applied if each.version or each.up)

    @property
    def waiting(self) -> tuple[Adopted, ...]:
        """What is in their folder and was not applied."""
        return tuple(each for each in self.entries if not each.ran)

    @property
    def files(self) -> tuple[Written, ...]:
        """Our files, in the order in which they are written."""
        return tuple(file for each in self.entries for file in each.files)


def look(request: AdoptRequest, context: Context) -> Adoption:
    """Read their history and files, and run the files on an empty database to see whether they make this schema.

    Raises:
        UsageError: no such history, or a migration is a program or gone, and `against` does not say what it makes.
        Refused: nothing was applied, or the folder of ours is theirs.
        Failure: a file cannot be read.
    """
    _check_request(request)
    with open_read(request.path, context) as session, session.snapshot():
        reader, table = reader_of(session, request.tool, request.table)
        _check_into(request, reader)
        theirs = [filled(each, request.values) for each in reader.read_files(request.folder)]
        _require_each_once(theirs)
        record = reader.read_table(session, table, theirs)
        if not record.ran and not record.problems:
            raise Refused(
                ErrorCode.NOT_ALLOWED,
                f"{quoted(table)} says that nothing was applied to {quoted(request.path.name)}.",
                hint=f"{_UNCHANGED} Put the migrations into a folder of the steward and apply them.",
            )
        entries = _numbered(reader, _lined_up(record, theirs))
        found, compared = _verified(session, reader, table, entries, request, context)
    return Adoption(reader, table, record, entries, found, compared, tuple(_changed_since(entries)))


def _check_request(request: AdoptRequest) -> None:
    if not request.folder.is_dir():
        raise UsageError(
            ErrorCode.BAD_REQUEST, f"There is no folder {quoted(str(request.folder), 200)}.", hint=_UNCHANGED
        )
    if request.against is not None and request.against.resolve() == request.path.resolve():
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(request.path.name)} cannot be compared with itself.",
            hint=f"{_UNCHANGED} Name a database that the tool made from nothing.",
        )


def _check_into(request: AdoptRequest, reader: Reader) -> None:
    """Our files must not come to stand where the tool would take them for its own."""
    theirs, ours = request.folder.resolve(), request.into.resolve()
    if theirs == ours or (reader.reads_below and theirs in ours.parents):
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            f"{quoted(str(request.into), 200)} is the folder of the other tool, or lies in it.",
            hint=f"{_UNCHANGED} Name another one for the steward's files: --into FOLDER.",
        )


def _require_each_once(theirs: Sequence[Theirs]) -> None:
    """Raise `Failure` where two files have one version: which of them was applied nobody can tell."""
    known: dict[str, Theirs] = {}
    for each in theirs:
        if (other := known.setdefault(each.key, each)) is not each:
            raise bad(
                f"{quoted(other.file, 200)} and {quoted(each.file, 200)} stand for the same migration.",
                f"{_UNCHANGED} Take the one that was not applied out of the folder, or give it another version.",
            )


def _lined_up(record: Record, theirs: Sequence[Theirs]) -> list[Adopted]:
    """What ran, in that order, each with its file; then the files that wait."""
    known = {each.key: each for each in theirs}
    ran = {each.key for each in record.ran}
    applied = [Adopted(known.get(each.key), each, 0, each.name) for each in record.ran]
    waiting = [each for each in theirs if each.key not in ran and each.key not in record.passed_over]
    return [*applied, *(Adopted(each, None, 0, each.name) for each in waiting)]


def _numbered(reader: Reader, entries: Sequence[Adopted]) -> tuple[Adopted, ...]:
    """With versions, names and files. Their numbers are kept where they are whole, from 1, and each there once."""
    versioned = [each for each in entries if not _repeats(each)]
    numbers = [_number(each) for each in versioned]
    kept = len(set(numbers)) == len(numbers) and all(0 < number < _LARGEST_VERSION for number in numbers)
    versions = iter(numbers if kept else range(1, len(numbers) + 1))
    taken: set[str] = set()
    return tuple(_written(reader, each, 0 if _repeats(each) else next(versions), taken) for each in entries)


def _repeats(entry: Adopted) -> bool:
    return entry.theirs.repeatable if entry.theirs else bool(entry.ran and entry.ran.repeatable)


def _number(entry: Adopted) -> int:
    if entry.theirs is not None:
        return entry.theirs.version or 0
    key = entry.ran.key if entry.ran else ""
    return int(key) if key.isdecimal() and len(key) <= _MOST_DIGITS else 0


def _written(reader: Reader, entry: Adopted, version: int, taken: set[str]) -> Adopted:
    theirs = entry.theirs
    name = _name(theirs.name if theirs and theirs.name else entry.name or entry.called)
    if not version:
        name = next(each for each in _variants(name) if each not in taken)
        taken.add(name)
    stem = f"{version:04}__{name}" if version else f"R__{name}"
    entry = replace(entry, version=version, name=name)
    if theirs is None or theirs.up is None:
        return entry
    head = f"-- Adopted from {reader.tool.known_as}: {visible(theirs.file)}"
    mark = "" if theirs.in_transaction else f"-- {NO_TRANSACTION}\n"
    up = Written(f"{'V' if version else ''}{stem}.sql", f"{mark}{head}\n\n{theirs.up.strip()}\n")
    down = None
    if version and theirs.down is not None and theirs.down.strip():
        down = Written(f"U{stem}.sql", f"{mark}{head}\n\n{theirs.down.strip()}\n")
    return replace(entry, up=up, down=down)


def _name(said: str) -> str:
    try:
        return file_name(said)
    except UsageError:  # nothing of it can stand in the name of a file
        return "migration"


def _variants(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _changed_since(entries: Sequence[Adopted]) -> Iterator[str]:
    for each in entries:
        held, said = each.theirs, each.ran.checksum if each.ran else ""
        if held and said and held.checksum not in ("", said):
            yield held.file


def _verified(
    session: ReadSession,
    reader: Reader,
    table: str,
    entries: Sequence[Adopted],
    request: AdoptRequest,
    context: Context,
) -> tuple[tuple[Difference, ...], int]:
    """Where the file is not as the migrations make it, and how many objects were compared."""

    ran = [each.theirs for each in entries if each.ran and each.theirs and not each.ran.only_marked]

    def spared(name: str) -> bool:
        return is_ours(name) or reader.keeps(name, table) or reader.keeps(name, reader.table)

    with ExitStack() as stack:
        made: Session
        if request.against is not None:
            made = stack.enter_context(desired_schema(request.against, context))
        else:
            made = stack.enter_context(made_by(_scripts(reader, entries), context))
        return differences(session, made, spared, rewritten(ran))


def _scripts(reader: Reader, entries: Sequence[Adopted]) -> list[tuple[str, str]]:
    """What was run, in that order. Raises `UsageError` where the text of one is not known."""
    ran = [each for each in entries if each.ran and not each.ran.only_marked and not each.ran.before_history]
    unknown = [each for each in ran if each.theirs is None or _shape(each.theirs) is None]
    if unknown:
        shown = "; ".join(
            each.theirs.why if each.theirs and each.theirs.why else quoted(each.called, 200)
            for each in unknown[:_SHOWN]
        )
        more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{len(unknown):,} of {plural(len(ran), 'migration')} cannot be run here, being programs or not in the"
            f" folder: {shown}{more}. What they make has to be known from elsewhere.",
            hint=f"{_UNCHANGED} {reader.anew}: --against FILE.",
        )
    scripts = [(each.theirs.file, _shape(each.theirs)) for each in ran if each.theirs]
    return [(file, sql) for file, sql in scripts if sql is not None]


def _shape(theirs: Theirs) -> str | None:
    """What makes the schema of it."""
    return theirs.shape if theirs.up is None else theirs.up
