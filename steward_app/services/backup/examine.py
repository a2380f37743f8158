"""Looking into a copy, and comparing what was found with what it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from steward_app.db import schema_hash
from steward_app.db.content import TableContent, table_contents
from steward_app.db.image import image_hash, open_image
from steward_app.db.integrity import foreign_key_check, structure_check
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup.model import Examination

DAMAGE = (ErrorCode.DAMAGED, ErrorCode.MALFORMED_SCHEMA, ErrorCode.TRUNCATED)

WHOLE_THEN = "The database was whole when this was made"
"""The check that fails of an exact copy of a damaged database."""


def examine(copy: Path, context: Context, *, read: Examination | None = None) -> Examination:
    """Read every byte of a copy, every row of its tables, and run SQLite's own checks on it.

    A copy so damaged that its tables cannot be listed has none, and the damage stands in `integrity`.

    Args:
        read: what was read a moment ago, by this program, from a file that this one is a copy of: where every byte is
            the same, so are the rows that they are, and they are not read once more.
    """
    file_hash = image_hash(copy, context)
    try:
        with open_image(copy) as session:
            if read is not None and (file_hash, schema_hash(session)) == (read.file_hash, read.schema_hash):
                return read
            context.report(0, note="Looking for damage")
            structure = structure_check(session, context)
            return Examination(
                file_hash=file_hash,
                integrity=structure.problems,
                unchecked=tuple(table for table, _ in structure.unchecked),
                schema_hash=schema_hash(session),
                tables=table_contents(session, context),
                foreign_keys=tuple(
                    each for each in foreign_key_check(session, context) if each.violations or each.problem
                ),
            )
    except Failure as error:
        if error.code not in DAMAGE:
            raise
        return Examination(file_hash, "", (), (error.code.value,), ())


def compare(expected: Examination, found: Examination) -> tuple[Check, ...]:
    """Everything that was read from a copy before against what is read from it, or from what was made of it, now."""
    return (
        Check("Every byte is as it was written", found.file_hash == expected.file_hash),
        Check("The schema is the same", found.schema_hash == expected.schema_hash),
        same_contents("Every table holds the same rows", expected.tables, found.tables),
        Check(
            "It holds together as it did",
            (found.integrity, found.unchecked) == (expected.integrity, expected.unchecked),
            structure_told(found),
        ),
        replace(orphans_check(found), passed=found.foreign_keys == expected.foreign_keys),
    )


def orphans_check(found: Examination) -> Check:
    """Rows without a parent are told; they are the database's own, and no fault of its copy."""
    orphans = sum(each.violations for each in found.foreign_keys)
    return Check(
        "Foreign keys are as in the database",
        True,
        f"{plural(orphans, 'row')} without a parent" if orphans else "",
    )


def same_contents(title: str, expected: Sequence[TableContent], found: Sequence[TableContent]) -> Check:
    """Whether the same tables hold the same rows. Tables are named, rows never."""
    before, after = ({table.name: table for table in tables} for tables in (expected, found))
    other = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if other:
        more = ", ..." if len(other) > 3 else ""
        return Check(title, False, f"different: {', '.join(map(quoted, other[:3]))}{more}")
    return Check(title, True, how_much(found))


def how_much(tables: Sequence[TableContent]) -> str:
    """How much was compared: "23 tables, 50,120 rows"."""
    return f"{plural(len(tables), 'table')}, {plural(sum(table.rows for table in tables), 'row')}"


def whole_then(found: Examination) -> Check:
    """Whether what was brought back, page by page as it was captured, holds together: else the database did not."""
    title = WHOLE_THEN if found.integrity else "It holds together"
    return Check(title, not found.integrity, structure_told(found))


def structure_told(found: Examination) -> str:
    """What SQLite's check of the structure gave, where that is not simply that all is well."""
    if found.integrity:
        return f"damaged: {plural(len(found.integrity), 'problem')}"
    if found.unchecked:
        return f"SQLite cannot check {plural(len(found.unchecked), 'table')}, which need what is not here"
    return ""
