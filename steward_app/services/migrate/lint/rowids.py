"""Numbers of rows that no column holds, as SQLite gives them: who uses these, and what a copy makes of them.

https://www.sqlite.org/rowidtable.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.selects import Select
from steward_app.services.migrate.lint.sources import ROWIDS
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.fulltext import content_of, content_rowid_of, is_full_text
from steward_app.services.schema.model import Table, TableKind

_SHOWN: Final = 6
_ORDERED: Final = re.compile(r"\b(WHERE|ORDER)\b", re.IGNORECASE)


def is_rowid(name: str, table: Table) -> bool:
    """Whether a name means the number of a row, and no column."""
    return fold(name) in ROWIDS and table.column(name) is None


def problems(
    steps: Sequence[Step], copy: Step, name: str, source: Table, given: str | None, changed: int | None
) -> Iterator[Problem]:
    """Rows that a copy gives other numbers, where something of the file uses these. Called at the end of a file.

    Args:
        copy: the statement.
        name: what the table is called that is written anew.
        source: the table that is copied.
        given: what it writes for the number, or None where it writes none.
        changed: how many rows get another one; None where that is not known.
    """
    numbered = any(column.rowid_alias for column in source.columns)
    if numbered or not source.rowid_name or changed == 0 or (given is not None and changed is None):
        return
    if users := list(_users(steps, copy, name)):
        held = f"{plural(changed, 'row')} of {quoted(name)}" if changed else f"the rows of {quoted(name)}"
        by = ", ".join(map(quoted, users[:_SHOWN]))
        title = f"The copy gives {held} another number (rowid), and {by} {'uses' if len(users) == 1 else 'use'} it"
        yield copy.problem("rowids_changed", title, Subject("table", name), count=changed)


def changed(step: Step, rows: Rows, select: Select, given: str | None) -> int | None:
    """How many rows get another number, by a copy of the table itself by a plain query; None where it is not known."""
    own = f"{quote(select.known_as)}.rowid"
    if given is None and (_ORDERED.search(_query_of(step)) or not select.alone):
        return None
    new = given if given is not None else f"row_number() OVER (ORDER BY {own})"
    source = rows.query(f"SELECT {own} AS o, ({new}\n) AS n {select.rest_sql}", step.accesses)
    row = rows.ask(f"SELECT count(*) FROM ({source.sql}) WHERE o IS NOT n") if source else None
    return row[0] if row and isinstance(row[0], int) else None


def _query_of(step: Step) -> str:
    return step.act.query_sql if isinstance(step.act, Insert) else step.statement.sql


def _users(steps: Sequence[Step], copy: Step, name: str) -> Iterator[str]:
    """Views and triggers that read the numbers, and full-text tables that were filled by them before the copy."""
    after, own = steps[-1].after, fold(name)
    filled = {fold(s.act.table) for s in steps if isinstance(s.act, Insert) and s.number > copy.number}
    numbered = {fold(each.name) for each in after.tables if _is_numbered(each, own)}
    for table in after.tables:
        if (table.kind is TableKind.VIEW and _reads(table.reads, own)) or fold(
            table.name
        ) in numbered - filled:
            yield table.name
        for trigger in table.triggers:
            written = {fold(each) for each, _ in trigger.writes}
            if _reads(trigger.reads, own) and not (written and written <= numbered):
                yield trigger.name


def _is_numbered(table: Table, content: str) -> bool:
    """Whether it is a full-text table that names the rows of another one by their numbers."""
    texts = content_of(table) if is_full_text(table) else None
    return bool(texts) and fold(texts or "") == content and fold(content_rowid_of(table)) in ROWIDS


def _reads(reads: Sequence[tuple[str, str]], table: str) -> bool:
    return any(fold(name) == table and fold(column) in ROWIDS for name, column in reads)
