"""Full-text tables that take their texts from another table: SQLite follows no name into them, and fills none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Create, Insert
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import ROWIDS
from steward_app.services.migrate.lint.step import Step, since
from steward_app.services.schema.fulltext import content_of, content_rowid_of, is_full_text
from steward_app.services.schema.model import Schema, Table


def problems(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What to say of them at the end of a file. Called after the rows followed all of it."""
    before, after = steps[0].before, steps[-1].after
    for table in after.tables:
        if is_full_text(table) and content_of(table):
            missing = _missing(after, table)
            if not missing:
                yield from _empty(steps, table, rows)
            elif not _missing(before, table) or before.table(table.name) is None:
                yield _broken(steps, table, missing)


def _broken(steps: Sequence[Step], table: Table, missing: str) -> Problem:
    def so(schema: Schema) -> bool:
        return schema.table(table.name) is not None and bool(_missing(schema, table))

    title = f"The full-text table {quoted(table.name)} takes its texts from {missing}, which is not there"
    return since(steps, so).problem("breaks_full_text", title, Subject("table", table.name))


def _empty(steps: Sequence[Step], table: Table, rows: Rows) -> Iterator[Problem]:
    """One that the file makes and does not fill, though there are texts."""
    made = next((s for s in reversed(steps) if isinstance(s.act, Create) and _is(s.act.name, table)), None)
    if made is None or made.before is made.after or made.before.hash == made.after.hash:
        return
    content = content_of(table) or ""
    count = rows.count(content)
    if count and not any(isinstance(s.act, Insert) and _is(s.act.table, table) for s in steps[made.number :]):
        name = quote(table.name)
        title = f"{quoted(table.name)} is not filled: it finds none of {plural(count, 'row')} of {quoted(content)}"
        yield made.problem(
            "full_text_not_filled",
            title,
            Subject("table", table.name),
            count=count,
            fix_sql=f"INSERT INTO {name} ({name}) VALUES ('rebuild');",
        )


def _missing(schema: Schema, table: Table) -> str:
    """What it takes its texts from and is not there, for a sentence; "" where nothing is missing."""
    name = content_of(table) or ""
    source = schema.table(name)
    if source is None:
        return quoted(name)
    wanted = [column.name for column in table.columns if not column.hidden]
    rowid = content_rowid_of(table)
    if fold(rowid) not in ROWIDS or not source.rowid_name:  # a view has none, nor a table WITHOUT ROWID
        wanted.append(rowid)
    lacking = next((each for each in wanted if source.column(each) is None), "")
    return f"{quoted(lacking)} of {quoted(name)}" if lacking else ""


def _is(name: str, table: Table) -> bool:
    return fold(name) == fold(table.name)
