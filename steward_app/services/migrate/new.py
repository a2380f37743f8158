"""A migration file, empty or with what was written for it, named and numbered as its folder goes on."""

from __future__ import annotations

from pathlib import Path

from steward_app.db.migration_files import Kind, read_folder
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.files import file_name, next_version
from steward_app.storage import is_there, write_whole
from steward_app.storage.disk import translated

_NOTHING = "No file was made."
_PYTHON = '"""{what}"""\n\n\ndef migrate(session):\n    session.run("SELECT 1")\n'


def create(
    folder: Path,
    description: str,
    sql: str = "",
    *,
    repeatable: bool = False,
    undo_of: int | None = None,
    python: bool = False,
    above: int = 0,
) -> Path:
    """Make the next migration file of a folder, and the folder where it is missing; where the file stands.

    Args:
        description: what it does, in words; becomes the name of the file and its first remark.
        sql: its statements, as they were written; looked through when it is planned, not here.
        repeatable: an `R__` file, which runs again whenever its text changes.
        undo_of: make the file that takes this version back.
        python: a program instead of SQL.
        above: see `files.next_version`.

    Raises `UsageError` for a description that names nothing and a version that no file has, `Refused` where the file
    is there already.
    """
    if undo_of is not None:
        known = {each.version: each.name for each in read_folder(folder, frozenset(Kind), python=True)}
        if undo_of not in known:
            raise UsageError(
                ErrorCode.BAD_REQUEST, f"No migration has version {undo_of}, to be taken back.", hint=_NOTHING
            )
        stem = f"U{undo_of:04}__{known[undo_of]}"
    else:
        number = "R" if repeatable else f"V{next_version(folder, above):04}"
        stem = f"{number}__{file_name(description)}"
    path = folder / f"{stem}{'.py' if python else '.sql'}"
    if any(is_there(path.with_suffix(suffix)) for suffix in (".sql", ".py")):
        raise Refused(ErrorCode.NOT_ALLOWED, f"{quoted(path.name)} is there already.", hint=_NOTHING)
    what = " ".join(description.split()) or f"Takes back version {undo_of}."
    text = _PYTHON.format(what=what.replace("\\", "/").replace('"', "'")) if python else f"-- {what}\n"
    text += f"\n{sql.strip()}\n" if sql.strip() else ""
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode(), overwrite=False)
    return path
