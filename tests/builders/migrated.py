"""A file before and after statements were run on a copy of it, and the report of that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builders.under_audit import run
from steward_app.db.copy import copy_database
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.model import Renamed, Report
from steward_app.services.migrate.rehearsal.report import report
from steward_app.services.migrate.rehearsal.row_model import ColumnDifference, TableDifference


def migrated(
    database: Path, *statements: str, renames: Sequence[Renamed] = (), refused: int = 0, **pragmas: int
) -> Report:
    """Run statements on a copy of a file, as another program may, and report what they did.

    Args:
        refused: how many of them SQLite must refuse.
    """
    before, after = (database.with_suffix(suffix) for suffix in (".before", ".after"))
    for copy in (before, after):
        copy.unlink(missing_ok=True)
        copy_database(database, copy, Context())
    said = run(after, *statements, **pragmas)
    assert len(said) == refused, said
    return report(before, after, Context(), database=database, renames=renames)


def table(found: Report, name: str) -> TableDifference:
    """What the report says of a table, by the name it has or had."""
    return next(each for each in found.tables if each.title == name)


def column(found: Report, name: str, of_table: str = "t") -> ColumnDifference:
    """What it says of a column."""
    return next(each for each in table(found, of_table).columns if name in (each.name, each.was))


def titles(found: Report, *codes: str) -> list[str]:
    """The titles of its findings, or of those with one of the codes."""
    return [each.title for each in found.findings if not codes or each.code in codes]


def failed(found: Report) -> list[str]:
    """The checks that were not passed."""
    return [each.title for each in found.checks if not each.passed]
