"""Names and tables that a file brings: words of SQL, names that look like others, tables that are not STRICT."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache

from steward_app.db import fold, quote
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import KEYWORDS
from steward_app.db.skeleton import in_memory
from steward_app.db.tokens import unquote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint.acts import RenameTable
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, since
from steward_app.services.schema.model import Column, Schema, Table, TableKind
from steward_app.services.schema.names import hazards

_READY = frozenset({"NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})
_COMPUTED = re.compile(r"now|null|current_(date|time|timestamp)|[a-z_]+\(.*\)", re.IGNORECASE | re.DOTALL)
_NAMED = "CREATE TABLE {0} ({0})"
_NAMING = (
    "SELECT {0}.{0} + (SELECT CASE WHEN {0} THEN {0} END FROM {0} WHERE {0} = 7 ORDER BY {0})"
    " FROM {0} JOIN {0} AS other ON other.{0} = {0}.{0}"
)
"""A query with a word of SQL, bare, in every place where a name can stand."""
_KINDS = frozenset({TableKind.TABLE, TableKind.VIEW, TableKind.VIRTUAL})


def problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """What to say of the names that are there at the end of a file and were not at its beginning."""
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
    for table in _tables(after):
        was = before.table(table.name)
        if was is None:
            yield from _table(steps, after, table)
        yield from _columns(steps, was, table)
    yield from _of_tables(steps, before, after)


def _of_tables(steps: Sequence[Step], before: Schema, after: Schema) -> Iterator[Problem]:
    """Names of new indexes and triggers."""
    known = {(kind, fold(name)) for kind, _, name in _named(before)}
    there = _named(after)
    odd = hazards(name for _, _, name in there)
    for kind, table, name in there:
        if name in odd and (kind, fold(name)) not in known:
            step = since(steps, lambda now, said=(kind, name): said in {(k, n) for k, _, n in _named(now)})  # type: ignore[misc]
            title = f"The name {quoted(name)} misleads the eye: {', '.join(odd[name])}"
            yield step.problem("confusable_name", title, Subject(kind, table, name))


def _named(schema: Schema) -> list[tuple[str, str, str]]:
    """Kind, table and name of what somebody made and hung on a table."""
    found = []
    for table in schema.tables:
        found += [("index", table.name, each.name) for each in table.indexes if each.origin == "create"]
        found += [("trigger", table.name, each.name) for each in table.triggers if not each.temporary]
    return [each for each in found if not fold(each[2]).startswith("_steward_")]


def _table(steps: Sequence[Step], schema: Schema, table: Table) -> Iterator[Problem]:
    step = since(steps, lambda now: now.table(table.name) is not None)
    subject = Subject(table.kind.value, table.name)
    if _reserved(table.name):
        yield step.problem("reserved_name", f"{quoted(table.name)} is a word of SQL", subject)
    if table.hazards:
        title = f"The name {quoted(table.name)} misleads the eye: {', '.join(table.hazards)}"
        yield step.problem("confusable_name", title, subject)
    renamed = isinstance(step.act, RenameTable) and steps[0].before.table(step.act.table) is not None
    if not renamed:
        yield from _key(step, table)
    if table.kind is TableKind.TABLE and not table.strict and not renamed:
        others = [
            each for each in _tables(schema) if each.kind is TableKind.TABLE and each.name != table.name
        ]
        strict = sum(each.strict for each in others)
        usual = bool(others) and strict * 2 > len(others)
        but = f", and {strict} of the {len(others)} others are" if usual else ""
        yield step.problem(
            "not_strict",
            f"{quoted(table.name)} is not STRICT{but}",
            subject,
            severity=Severity.WARNING if usual else None,
        )


def _key(step: Step, table: Table) -> Iterator[Problem]:
    """A key that takes NULL, since nothing says NOT NULL and it is written otherwise than INTEGER PRIMARY KEY."""
    key = table.primary_key
    column = table.column(key.columns[0]) if key and key.nullable and len(key.columns) == 1 else None
    if column is not None:
        name = f"{quoted(column.name)} of {quoted(table.name)}"
        numbers = column.affinity == "INTEGER"
        title = f"The key {name} takes NULL, in as many rows as come"
        if numbers:
            title = f"The key {name} is not the rowid: it takes NULL, and numbers no row"
        subject = Subject("column", table.name, columns=(column.name,))
        yield step.problem("key_not_rowid", title, subject, severity=None if numbers else Severity.NOTE)


def _columns(steps: Sequence[Step], was: Table | None, table: Table) -> Iterator[Problem]:
    if table.kind is TableKind.VIEW:
        return
    odd = hazards(column.name for column in table.columns)
    for column in table.columns:
        if was is None or was.column(column.name) is None:
            yield from _column(steps, table, column.name, odd.get(column.name, ()))
            yield from _default(steps, table, column)


def _default(steps: Sequence[Step], table: Table, column: Column) -> Iterator[Problem]:
    """A default in quotes that was to be computed."""
    default = column.default or ""
    said = unquote(default) if default[:1] in ("'", '"') or default.isidentifier() else ""
    if said and default.upper() not in _READY and _COMPUTED.fullmatch(said):
        title = f"The default of {quoted(column.name)} of {quoted(table.name)} is the text {quoted(said, 60)}"
        subject = Subject("column", table.name, columns=(column.name,))
        fix = f"DEFAULT {said}" if "(" not in said else f"DEFAULT ({said})"
        yield _since_column(steps, table, column.name).problem(
            "default_is_text", title, subject, fix_sql="" if fold(said).startswith("now") else fix
        )


def _since_column(steps: Sequence[Step], table: Table, name: str) -> Step:
    return since(
        steps, lambda now: (found := now.table(table.name)) is not None and found.column(name) is not None
    )


def _column(steps: Sequence[Step], table: Table, name: str, odd: tuple[str, ...]) -> Iterator[Problem]:
    if not odd and not _reserved(name):
        return
    step = _since_column(steps, table, name)
    subject = Subject("column", table.name, columns=(name,))
    if _reserved(name):
        yield step.problem(
            "reserved_name", f"The column {quoted(name)} of {quoted(table.name)} is a word of SQL", subject
        )
    if odd:
        title = f"The column {quoted(name)} of {quoted(table.name)} misleads the eye: {', '.join(odd)}"
        yield step.problem("confusable_name", title, subject)


def _tables(schema: Schema) -> list[Table]:
    return [
        table
        for table in schema.tables
        if table.kind in _KINDS and not fold(table.name).startswith("_steward_")
    ]


@cache
def _reserved(name: str) -> bool:
    """Whether a name is a word of SQL and names nothing without quotes: SQLite takes many for names."""
    if fold(name).upper() not in KEYWORDS:
        return False
    with closing(in_memory()) as empty:
        try:
            with in_sqlites_words():
                empty.run(_NAMED.format(name))
                empty.run(f"INSERT INTO {quote(name)} VALUES (7)")
                return empty.value(_NAMING.format(name)) != 14
        except SqliteSays:
            return True
