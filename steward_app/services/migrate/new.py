"""A new migration file, named and numbered as the folder goes on."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from steward_app.db.migration_files import Kind, Migration, read_folder
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.text import quoted
from steward_app.storage import is_there, write_whole

_LONGEST = 80
_NOTHING = "No file was made."
_SQL = "-- {what}\n"
_PYTHON = '"""{what}"""\n\n\ndef migrate(session):\n    session.run("{statement}")\n'


def create(
    folder: Path,
    description: str,
    text: str = "",
    *,
    repeatable: bool = False,
    undo_of: int | None = None,
    python: bool = False,
) -> Path:
    """Make the next migration file of a folder, and the folder where it is missing; where the file stands.

    Args:
        description: what it does, in words; becomes the name of the file.
        text: what it holds; by default a remark that says what it does.
        repeatable: an `R__` file, which runs again whenever its text changes.
        undo_of: make the file that takes this version back; the description may be "".
        python: a program instead of SQL.

    Raises `UsageError` for a description without a letter and a version that no file has, `Refused` where the file is
    there already.
    """
    files = read_folder(folder, frozenset(Kind), python=True)
    stem = _stem(files, description, repeatable=repeatable, undo_of=undo_of)
    path = folder / f"{stem}{'.py' if python else '.sql'}"
    if any(each.path.stem == stem for each in files) or is_there(path):
        raise Refused(ErrorCode.NOT_ALLOWED, f"{quoted(path.name)} is there already.", hint=_NOTHING)
    what = " ".join(description.split()) or stem
    made = text or (_PYTHON if python else _SQL).format(
        what=what.replace("\\", "/").replace('"', "'"), statement="SELECT 1"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            ErrorCode.NO_PERMISSION,
            f"The folder {quoted(str(folder), 200)} cannot be made: {error.strerror}.",
            hint=_NOTHING,
        ) from error
    write_whole(path, made.encode())
    return path


def _stem(files: tuple[Migration, ...], description: str, *, repeatable: bool, undo_of: int | None) -> str:
    if undo_of is not None:
        known = {each.version: each.name for each in files if each.kind is Kind.VERSIONED}
        if undo_of not in known:
            raise UsageError(
                ErrorCode.BAD_REQUEST, f"No migration has version {undo_of}, to be taken back.", hint=_NOTHING
            )
        return f"U{undo_of:04}__{known[undo_of]}"
    name = _name(description)
    if repeatable:
        return f"R__{name}"
    newest = max((each.version for each in files), default=0)
    return f"V{newest + 1:04}__{name}"


def _name(description: str) -> str:
    plain = unicodedata.normalize("NFKD", description).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_LONGEST].rstrip("_")
    if not name:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(description, 60)} gives no name for a file.",
            hint=f"{_NOTHING} Say in a few words what the migration does.",
        )
    return name
