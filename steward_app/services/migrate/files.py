"""Writing migration files: the next version, a head that says what they do, and statements that are read back first.

Whoever makes a migration for a steward (a desired schema, the schema editor, expand and contract) writes it here, so
that each is a file to be read, changed and reviewed before it runs.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from steward_app.db import ReadSession
from steward_app.db.migration_files import Kind, Migration, checksum_of, read_folder
from steward_app.db.migration_script import NO_TRANSACTION, read_script
from steward_app.db.names import fold
from steward_app.db.script import ended
from steward_app.db.tokens import unquote
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.ahead import Ahead, ahead
from steward_app.services.migrate.anew import written_anew
from steward_app.services.migrate.desired.course import is_spared
from steward_app.services.migrate.desired.diff import way_back
from steward_app.services.migrate.desired.letters import remarks_of_way_back
from steward_app.services.migrate.desired.meant import meant, said_of
from steward_app.services.migrate.draft.sentences import sentence_of
from steward_app.services.migrate.edit.model import Edit, Settle, SplitTable
from steward_app.services.migrate.edit.together import require_goes_together
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.idle import idle
from steward_app.services.migrate.moves import back, moves_of, remarks_of
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.migrate.run.placeholders import escaped, fill
from steward_app.services.schema.introspect import read_schema
from steward_app.storage import is_there, read_whole, write_whole
from steward_app.storage.disk import translated

_LONGEST_NAME = 60
_WIDTH = 110
_MOST_TOLD = 60
_NAME = r'"(?:[^"]|"")+"'
_DROPS_COLUMN = re.compile(rf"ALTER TABLE (?:{_NAME}\.)?({_NAME}) DROP COLUMN ({_NAME})")
_ENDS = frozenset(".:?!")
"""Behind which a title wants no full stop before what follows it."""
_NOTHING_SAID: Final[Mapping[int, str]] = MappingProxyType({})
_IDLE = "Left out, since it is so already:"
_TAKES_BACK = "What was written meanwhile into what it made goes with it."


@dataclass(frozen=True, slots=True)
class NewMigration:
    """A migration that is to be written, or was.

    Attributes:
        path: V0004__what_it_does.sql in its folder.
        undo_path: the file that takes it back, or None.
    """

    version: int
    path: Path
    text: str
    undo_path: Path | None = None
    undo_text: str = ""

    @property
    def migration(self) -> Migration:
        """As it is read once it is written."""
        return _as_file(self.version, self.path, self.text)


def next_version(folder: Path, above: int = 0) -> int:
    """One more than the highest version of the files in a folder, and than `above`.

    Args:
        above: the highest version in the history of the database, whose files may be gone from the folder.
    """
    found = read_folder(folder, frozenset(Kind), python=True)
    return max([above, *(migration.version for migration in found)]) + 1


def file_name(title: str) -> str:
    """What stands behind the version in a file's name: "Add a note" gives "add_a_note"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain)[:_LONGEST_NAME].strip("_")
    if not name:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(title)} cannot be the name of a migration.",
            hint="Nothing was written. Use letters or digits.",
        )
    return name


def written(
    folder: Path,
    title: str,
    statements: Sequence[str],
    *,
    remarks: Sequence[str] = (),
    undo: Sequence[str] | None = None,
    above: int = 0,
    in_transaction: bool = True,
    said: Mapping[int, str] = _NOTHING_SAID,
    moves: Sequence[Renamed] = (),
    goes_on: bool = False,
    undo_remarks: Sequence[str] = (),
) -> NewMigration:
    """The texts of a migration, read back as the runner would read them. Nothing is written yet.

    A version whose writing was interrupted is taken up again: the file that takes it back stands in the folder, just
    as it would be written, and the migration does not.

    Args:
        title: what it does; names the file.
        statements: each without a semicolon at its end.
        remarks: what its head says, a line each; "" for an empty one.
        undo: statements that take it back, or None for no such file.
        undo_remarks: what the head of that file says besides, likewise.
        above: see `next_version`.
        in_transaction: False for a file whose statements are kept one by one.
        said: remarks that stand above a statement, by its number from 0.
        moves: columns that it moves into other tables.
        goes_on: it is the first of several that belong together: the newest of the folder is taken up again, too, where
            it is this one.

    Raises:
        UsageError: a statement cannot stand in a migration.
        Refused: a statement holds what a file would say otherwise.
    """
    name = file_name(title)

    def made(version: int) -> NewMigration:
        path = folder / f"V{version:04}__{name}.sql"
        head = [f"{title}." if any(remarks[:1]) and title[-1:] not in _ENDS else title, *remarks]
        marks = remarks_of(moves)
        text = _text(path, version, head, statements, marks, in_transaction=in_transaction, said=said)
        if undo is None:
            return NewMigration(version, path, text)
        undo_path = folder / f"U{version:04}__{name}.sql"
        head = [f"Takes back {path.name}. {_TAKES_BACK}", *undo_remarks]
        undo_text = _text(undo_path, version, head, undo, remarks_of(back(moves)))
        return NewMigration(version, path, text, undo_path, undo_text)

    begun = (made(version) for version in _left_over(folder, above, goes_on=goes_on) if undo is not None)
    return next(filter(_is_begun, begun), None) or made(next_version(folder, above))


def from_edits(
    session: ReadSession,
    edits: Sequence[Edit],
    folder: Path,
    title: str,
    *,
    remarks: Sequence[str] = (),
    above: int = 0,
    context: Context | None = None,
) -> NewMigration:
    """The texts of a migration that makes edits, with one that takes it back where the edits lose nothing.

    The edits are made to the schema that what waits in the folder leaves, see `ahead`.

    Args:
        session: the file that the edits are for; only its schema is read, and rows are counted. What the edits say
            that goes or is computed stands above the statement that loses it, so that lint takes it for meant.

    Raises as `written` does, as `edit.write.write` and `ahead`, and `Refused` for edits that do not go together, or
    change nothing.
    """
    with ahead(session, folder, context) as begin:
        told = (*remarks, *begin.remarks)
        return _from_edits(begin, session, edits, folder, title, told, above, context or Context())


def _from_edits(
    begin: Ahead,
    file: ReadSession,
    edits: Sequence[Edit],
    folder: Path,
    title: str,
    remarks: Sequence[str],
    above: int,
    context: Context,
) -> NewMigration:
    require_goes_together(edits)
    session = begin.schema
    made = write(session, edits, spared=is_spared)
    statements = made.statements
    if not statements:
        raise Refused(
            ErrorCode.NOT_ALLOWED,
            "Nothing changes: everything is so already.",
            hint="Nothing was written.",
        )
    if len(edits) > 1 and (nothing := idle(session, edits)):
        shown = [edit for edit in edits if not isinstance(edit, Settle)]
        remarks = [*remarks, "", _IDLE, *listed([f"{sentence_of(shown[number])}." for number in nothing])]
    if made.rebuilt:
        remarks = [*remarks, "", written_anew(made.rebuilt)]
    undo = (
        way_back(session, edits, context) or None
    )  # nothing is left to be done where it goes there and back
    if undo is None:
        remarks = [*remarks, "", "Nothing but a restore point takes it back."]
    make = partial(
        written,
        folder,
        title,
        statements,
        remarks=remarks,
        undo=undo,
        above=above,
        moves=moves_of(read_schema(session), edits),
        undo_remarks=remarks_of_way_back(session, statements, undo),
    )
    kept = _kept_elsewhere(edits, statements)
    gone = meant(file, make(said=kept).migration, said_of(edits), context, begin.waiting)
    return make(said={**gone, **kept})


def _kept_elsewhere(edits: Sequence[Edit], statements: Sequence[str]) -> Mapping[int, str]:
    """What lint need not call a loss: a column that is dropped once its values are in another table."""
    homes = {
        (fold(edit.table), fold(column)): edit.into
        for edit in edits
        if isinstance(edit, SplitTable)
        for column in edit.columns
    }
    said: dict[int, str] = {}
    for at, statement in enumerate(statements):
        drops = _DROPS_COLUMN.match(statement)
        into = homes.get((fold(unquote(drops[1])), fold(unquote(drops[2])))) if drops else None
        if into is not None:
            said[at] = f"-- steward: allows column_dropped (its values are in {quoted(into)})"
    return said


def save(new: NewMigration) -> None:
    """Write the files of a migration, and their folder where it is missing. Never over another file.

    The file that takes it back comes first: alone it does nothing.
    """
    with translated(new.path.parent):
        new.path.parent.mkdir(parents=True, exist_ok=True)
    if new.undo_path is not None and not _holds(new.undo_path, new.undo_text):
        write_whole(new.undo_path, new.undo_text.encode(), overwrite=False)
    if not _holds(new.path, new.text):
        write_whole(new.path, new.text.encode(), overwrite=False)


def _left_over(folder: Path, above: int, *, goes_on: bool) -> list[int]:
    """The versions whose writing may have been interrupted: behind the newest migration, or that one itself."""
    found = read_folder(folder, frozenset(Kind), python=True)
    newest = max((each.version for each in found if each.kind is Kind.VERSIONED), default=0)
    alone = {each.version for each in found if each.kind is Kind.UNDO and each.version > newest}
    return sorted(each for each in (*alone, *([newest] if goes_on else [])) if each > above)


def _is_begun(new: NewMigration) -> bool:
    """Whether all that stands in the folder of a migration is as it would be written."""
    assert new.undo_path is not None
    return _holds(new.undo_path, new.undo_text) and (not is_there(new.path) or _holds(new.path, new.text))


def _holds(path: Path, text: str) -> bool:
    data = text.encode()
    return (
        is_there(path)
        and path.stat().st_size == len(data)
        and read_whole(path, limit_bytes=len(data)) == data
    )


def _text(
    path: Path,
    version: int,
    head: Sequence[str],
    statements: Sequence[str],
    marks: Sequence[str] = (),
    *,
    in_transaction: bool = True,
    said: Mapping[int, str] = _NOTHING_SAID,
) -> str:
    lines = [] if in_transaction else [f"-- {NO_TRANSACTION}"]
    lines += [f"-- {line}".rstrip() for remark in head for line in _wrapped(remark)]
    lines += marks
    parts = [
        (f"{said[number]}\n" if number in said else "") + ended(escaped(statement))
        for number, statement in enumerate(statements)
    ]
    text = "\n".join([*lines, "", "\n\n".join(parts), ""])
    migration = _as_file(version, path, text)
    script = read_script(migration, fill(migration, {}))
    read_back = [statement.sql for statement in script.statements]
    if (
        read_back != list(map(ended, statements))
        or script.in_transaction != in_transaction
        or script.taken_over
    ):
        raise _unsayable(path, "a statement in it does not end where it should")
    return text


def listed(sentences: Sequence[str]) -> list[str]:
    """Sentences as remarks of a head, a line each; of very many the first."""
    more = len(sentences) - _MOST_TOLD
    shown = [f"* {sentence}" for sentence in sentences[:_MOST_TOLD]]
    return [*shown, f"* and {plural(more, 'more change')}"] if more > 0 else shown


def _as_file(version: int, path: Path, text: str) -> Migration:
    return Migration(version, path.stem, path, text, checksum_of(path, text))


def _wrapped(remark: str) -> list[str]:
    """A remark in lines, with nothing in it that would end it."""
    shown = visible(remark)
    indent = "  " if shown.startswith("* ") else ""
    return textwrap.wrap(shown, _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _unsayable(path: Path, why: str) -> Refused:
    return Refused(
        ErrorCode.BLOCKED,
        f"{quoted(path.name)} was not written: {why}.",
        hint="Nothing was written. Write this change as a migration by hand.",
    )
