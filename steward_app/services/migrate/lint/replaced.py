"""Rows that REPLACE deletes: those that have the key of a row that is written, under whatever key the table has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.computed import changed_columns
from steward_app.services.migrate.lint.conflicts import REPLACE, conflicts
from steward_app.services.migrate.lint.keys import alike, meets, named, rests_on, unique_keys
from steward_app.services.migrate.lint.left import updated
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.passing_on import passed_on
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Generated, Index, Table, TableKind

_SHOWN: Final = 6


def problems(step: Step, rows: Rows) -> Iterator[Problem]:
    """What a statement deletes by REPLACE. Called before the rows follow it."""
    act = step.act
    table = step.before.table(act.table) if isinstance(act, Insert | Update) else None
    if not isinstance(act, Insert | Update) or table is None or table.kind is not TableKind.TABLE:
        return
    keys = conflicts(table, act).replacing
    if keys and isinstance(act, Insert):
        yield from _written_anew(step, rows, act, table)
        yield from _others(step, rows, act, table, keys)
    elif keys and isinstance(act, Update):
        yield from _run_into(step, rows, act, table, keys)


def _written_anew(step: Step, rows: Rows, act: Insert, table: Table) -> Iterator[Problem]:
    """Rows that get a new form with fewer values."""
    coming, given = rows.coming(step), {fold(column) for column in act.columns}
    held = rows.from_sql(table.name)
    left = [c.name for c in table.columns if fold(c.name) not in given and c.generated is Generated.NO]
    if not given or not left or not held or coming is None:
        return
    filled = " OR ".join(f"{quote(each)} IS NOT NULL" for each in left)
    fuller = f"(SELECT * FROM {held} WHERE {filled}) AS {quote(table.name)}"
    keys = [key for key in unique_keys(table, act.conflict, REPLACE) if _gives(key, given)]
    new = f"({coming.sql}) AS {quote(table.name)}"
    counts = rows.counts(fuller, [meets(key, new) for key in keys])
    if count := max((each or 0 for each in counts), default=0):
        title = (
            f"REPLACE writes {plural(count, 'row')} of {quoted(table.name)} anew, without what"
            f" {'it has' if count == 1 else 'they have'} in {', '.join(map(quoted, left[:_SHOWN]))}"
        )
        subject = Subject("table", table.name, columns=tuple(left))
        yield step.problem("replaced_whole", title, subject, count=count)


def _others(step: Step, rows: Rows, act: Insert, table: Table, keys: Sequence[Index]) -> Iterator[Problem]:
    """Rows that are gone for another one: the one that comes is theirs by a second key, and not by the first."""
    given = {fold(column) for column in act.columns} or {fold(column.name) for column in table.columns}
    first, *others = sorted(
        (key for key in keys if _gives(key, given)), key=lambda key: key.origin != "primary key"
    ) or (None,)
    if first is None or not others:
        return
    coming, held = rows.coming(step), rows.from_sql(table.name)
    if coming is None or not held:
        yield _perhaps(step, table, others, "which other rows get")
        return
    new = f"({coming.sql}) AS {quote(table.name)}"
    gone = f"({' OR '.join(meets(key, new) for key in others)}) AND {meets(first, new)} IS NOT TRUE"
    (count,) = rows.counts(held, [gone])
    twice = [_number(rows, alike(key, new)) for key in (first, *others)]
    if count is None or None in twice:
        yield _perhaps(step, table, others, "which other rows get")
    elif count := count + (0 if twice[0] else max(each or 0 for each in twice)):
        severity = Severity.WARNING if act.lists else None
        yield _told(step, table, others, count, severity=severity)


def _run_into(step: Step, rows: Rows, act: Update, table: Table, keys: Sequence[Index]) -> Iterator[Problem]:
    """Rows that are gone since an UPDATE gives others the key that they have."""
    changed = changed_columns(step, table)
    concerned = [key for key in keys if rests_on(key, changed)]
    if not concerned or rows.count(table.name) == 0:
        return
    after = updated(rows, step, act)
    new = f"({after.sql}) AS {quote(table.name)}" if after else ""
    counts = [_number(rows, alike(key, new)) if new else None for key in concerned]
    lost = [(count, key) for count, key in zip(counts, concerned, strict=True) if count]
    if lost:
        yield _told(step, table, [key for _, key in lost], max(count for count, _ in lost))
        return
    unsure = [key for count, key in zip(counts, concerned, strict=True) if count is None]
    unsure += [
        key for key in concerned if key not in unsure and passed_on(step, rows, act, table, key).count != 0
    ]
    if unsure:
        yield _perhaps(step, table, unsure, "which other rows get while it runs")


def _told(
    step: Step, table: Table, keys: Sequence[Index], count: int, *, severity: Severity | None = None
) -> Problem:
    what, its = _columns(keys), "it has" if count == 1 else "they have"
    title = f"REPLACE deletes {plural(count, 'row')} of {quoted(table.name)}: another row gets what {its} in {what}"
    return step.problem("rows_replaced", title, _subject(table, keys), severity=severity, count=count)


def _perhaps(step: Step, table: Table, keys: Sequence[Index], how: str) -> Problem:
    title = (
        f"REPLACE deletes each row of {quoted(table.name)} that has a value in {_columns(keys)} {how};"
        " they cannot be counted before it runs"
    )
    return step.problem("rows_replaced", title, _subject(table, keys), severity=Severity.WARNING)


def _subject(table: Table, keys: Sequence[Index]) -> Subject:
    columns = dict.fromkeys(term.name for key in keys for term in key.columns if term.name)
    return Subject("table", table.name, columns=tuple(columns))


def _columns(keys: Sequence[Index]) -> str:
    return visible(" or ".join(dict.fromkeys(quoted(named(key)) for key in keys)), 120)


def _gives(key: Index, given: set[str]) -> bool:
    """Whether a statement gives every column of a key."""
    return all(fold(term.name) in given for term in key.columns)


def _number(rows: Rows, sql: str) -> int | None:
    row = rows.ask(sql)
    return row[0] if row and isinstance(row[0], int) else None
