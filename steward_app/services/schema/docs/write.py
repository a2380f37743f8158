"""Writing a data dictionary to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from steward_app.db import ReadSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.schema.check import CheckReport, check
from steward_app.services.schema.docs.dictionary import Comments, make_dictionary
from steward_app.services.schema.docs.html import html_files
from steward_app.services.schema.docs.markdown import markdown
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, TableKind
from steward_app.services.schema.statistics import count_rows, measure_space
from steward_app.storage.disk import translated
from steward_app.storage.local import is_there, write_whole


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the folder, its first page, and how many files and tables it holds."""

    folder: str
    index: str
    files: int
    tables: int


def write_dictionary(
    session: ReadSession, folder: Path, context: Context, *, comments: Comments | None = None
) -> Written:
    """Write the dictionary of a file as HTML pages, diagrams and one Markdown document.

    Files of an earlier dictionary are written over; anything else in the folder stays. All is made before the first
    file is written, so that who cancels finds the folder as it was. The index is written last.

    Raises:
        Cancelled: when the context was cancelled; nothing was written.
        UsageError: when the folder is a file, or holds things and no dictionary.
        Failure: when it cannot be written.
    """
    with _folder(folder):
        tables, files = _make(session, context, comments)
        context.finishing()
    for place, text in files:
        target = folder / place
        with translated(target):
            target.parent.mkdir(exist_ok=True)
        write_whole(target, text.encode("utf-8", "replace"))
    return Written(str(folder), str(folder / "index.html"), len(files), tables)


def _make(
    session: ReadSession, context: Context, comments: Comments | None
) -> tuple[int, list[tuple[str, str]]]:
    """How many tables there are, and pairs of (path inside the folder, text)."""
    schema = read_schema(session, context)
    report = check(session, schema, context)
    context.checkpoint()
    dictionary = make_dictionary(
        schema,
        comments=comments,
        report=report,
        row_counts=_counts(session, schema, report, context),
        sizes=_sizes(session, schema, context),
    )
    name = session.path.name
    files = [("dictionary.md", markdown(dictionary, name)), *html_files(dictionary, name, context)]
    return len(dictionary.entries), files


def _counts(session: ReadSession, schema: Schema, report: CheckReport, context: Context) -> dict[str, int]:
    """The rows of every table that can be counted."""
    counts = {c.constraint.table: c.rows_checked for c in report.constraints if c.rows_checked is not None}
    for table in schema.tables:
        if table.name not in counts and table.kind is TableKind.TABLE and not table.problem:
            with suppress(SqliteSays), in_sqlites_words():
                counts[table.name] = count_rows(session, table, context).rows
    return counts


def _sizes(session: ReadSession, schema: Schema, context: Context) -> dict[str, int]:
    """What every table takes with its indexes; nothing of a damaged file."""
    with suppress(SqliteSays), in_sqlites_words():
        return {space.table: space.bytes for space in measure_space(session, schema, context)}
    return {}


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """A folder that a dictionary may go to; when the block fails and it was made for it, it is gone again."""
    was_there = is_there(folder)
    _prepare(folder)
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):  # somebody put something into it
                folder.rmdir()
        raise


def _prepare(folder: Path) -> None:
    if is_there(folder) and not folder.is_dir():
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"“{folder.name}” is a file; the dictionary needs a folder.",
            hint="Name another.",
        )
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / "dictionary.md").exists():
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"The folder “{folder.name}” holds other files.",
                hint="Nothing was written. Name a new or empty folder, or one with an earlier dictionary.",
            )
