"""Numbers of rows that no column holds, as SQLite gives them: who uses these, and what a copy makes of them.

https://www.sqlite.org/rowidtable.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Insert
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.selects import Select
from steward_app.services.migrate.lint.sources import ROWIDS
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.fulltext import content_of, content_rowid_of, is_full_text
from steward_app.services.schema.model import Schema, Table, TableKind

_SHOWN: Final = 6
_ORDERED: Final = re.compile(r"\b(WHERE|ORDER)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Changed:
    """How many rows get another number than they have, and how many of these one that SQLite draws."""

    others: int
    drawn: int


def is_rowid(name: str, table: Table) -> bool:
    """Whether a name means the number of a row, and no column."""
    return fold(name) in ROWIDS and table.column(name) is None


def problems(
    steps: Sequence[Step],
    copy: Step,
    name: str,
    source: Table,
    key: str,
    given: str | None,
    changed: Changed | None,
) -> Iterator[Problem]:
    """Rows that a copy gives other numbers, where these are its new key or something of the file uses them.

    Called at the end of a file.

    Args:
        copy: the statement.
        name: what the table is called that is written anew.
        source: the table that is copied.
        key: the column that is the number in the new table, or "".
        given: what it writes for the number, or None where it writes none.
        changed: how many rows get another one; None where that is not known.
    """
    numbered = any(column.rowid_alias for column in source.columns)
    if numbered or not source.rowid_name or (changed and not changed.others):
        return
    subject, count = Subject("table", name), changed.others if changed else None
    held = f"{plural(count, 'row')} of {quoted(name)}" if count else f"the rows of {quoted(name)}"
    users = list(_users(steps, copy, name))
    if users and not (given is not None and changed is None):
        by = ", ".join(map(quoted, users[:_SHOWN]))
        title = f"The copy gives {held} another number (rowid), and {by} {'uses' if len(users) == 1 else 'use'} it"
        yield copy.problem("rowids_changed", title, subject, count=count)
    elif key and given is None:
        title = f"In {quoted(key)} the copy gives {held} another number than they had (rowid)"
        yield copy.problem("rowids_changed", title, subject, severity=Severity.NOTE, count=count)
    if key and changed and given is not None and changed.drawn:
        rows = f"{plural(changed.drawn, 'row')} of {quoted(name)} without a value in {quoted(key)}"
        title = f"SQLite gives {rows} a number, the next that is free"
        yield copy.problem("rowids_changed", title, subject, severity=Severity.NOTE, count=changed.drawn)


def changed(step: Step, rows: Rows, select: Select, given: str | None) -> Changed | None:
    """Which rows get another number, by a copy of the table itself by a plain query; None where it is not known."""
    own = f"{quote(select.known_as)}.rowid"
    if given is None and (_ORDERED.search(_query_of(step)) or not select.alone):
        return None
    new = given if given is not None else f"row_number() OVER (ORDER BY {own})"
    source = rows.query(f"SELECT {own} AS o, ({new}\n) AS n {select.rest_sql}", step.accesses)
    if source is None:
        return None
    row = rows.ask(f"SELECT count(*) FILTER (WHERE o IS NOT n), count(*) - count(n) FROM ({source.sql})")
    match row:
        case (int(others), int(drawn)):
            return Changed(others, drawn)
    return None


def _query_of(step: Step) -> str:
    return step.act.query_sql if isinstance(step.act, Insert) else step.statement.sql


def _users(steps: Sequence[Step], copy: Step, name: str) -> Iterator[str]:
    """Views and triggers that read the numbers, and full-text tables that were filled by them before the copy."""
    before, after, own = steps[0].before, steps[-1].after, fold(name)
    filled = {fold(s.act.table) for s in steps if isinstance(s.act, Insert) and s.number > copy.number}
    numbered = {fold(each.name) for each in after.tables if _is_numbered(each, own)}
    read = {each for schema in (before, after) for each in _readers(schema, own, numbered)}
    for table in after.tables:
        if fold(table.name) in read or fold(table.name) in numbered - filled:
            yield table.name
        yield from (trigger.name for trigger in table.triggers if fold(trigger.name) in read)


def _readers(schema: Schema, table: str, numbered: Set[str]) -> Iterator[str]:
    """The views and triggers, folded, that read the numbers, and not to feed a full-text table: SQLite says what they
    read by the name of the key, once there is one."""
    for each in schema.tables:
        if each.kind is TableKind.VIEW and _reads(each.reads, table):
            yield fold(each.name)
        for trigger in each.triggers:
            written = {fold(into) for into, _ in trigger.writes}
            if _reads(trigger.reads, table) and not (written and written <= numbered):
                yield fold(trigger.name)


def _is_numbered(table: Table, content: str) -> bool:
    """Whether it is a full-text table that names the rows of another one by their numbers."""
    texts = content_of(table) if is_full_text(table) else None
    return bool(texts) and fold(texts or "") == content and fold(content_rowid_of(table)) in ROWIDS


def _reads(reads: Sequence[tuple[str, str]], table: str) -> bool:
    return any(fold(name) == table and fold(column) in ROWIDS for name, column in reads)
