"""Writing a data dictionary to a folder."""

from __future__ import annotations

from contextlib import suppress
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

    Files of an earlier dictionary are written over; anything else in the folder stays. The index is written last.

    Raises:
        UsageError: when the folder is a file, or holds things and no dictionary.
        Failure: when it cannot be written.
    """
    _prepare(folder)
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
    write_whole(folder / "dictionary.md", markdown(dictionary, name).encode("utf-8"))
    files = 1
    for place, text in html_files(dictionary, name, context):
        target = folder / place
        with translated(target):
            target.parent.mkdir(exist_ok=True)
        write_whole(target, text.encode("utf-8", "replace"))
        files += 1
    return Written(str(folder), str(folder / "index.html"), files, len(dictionary.entries))


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
