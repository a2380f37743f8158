"""What statements take that spare some rows: so it is meant, and how many rows or values it is is said.

A file of corrections has one such statement for each row: what many of them do to the same is told at the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Delete
from steward_app.services.migrate.lint.kept import Copy
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Generated, Table, TableKind

_UNITS: Final = {"rows_deleted": "row", "values_overwritten": "value"}
_MOST: Final = 3
"""Statements that do the same to the same which are told one by one."""


def deleted(step: Step, rows: Rows, act: Delete, copies: Sequence[Copy]) -> Iterator[Problem]:
    """The rows that a DELETE takes of those that are there. Called before the rows follow it."""
    table, total, count = step.before.table(act.table), rows.count(act.table), rows.chosen(step, act)
    if table is None or table.ours or table.kind is not TableKind.TABLE or count == 0 or total is None:
        return
    if count is None:
        title = (
            f"How many of {rows.told(act.table, total, 'row')} of {quoted(act.table)} DELETE deletes"
            " cannot be counted before it runs"
        )
        yield step.problem("rows_deleted", title, Subject("table", table.name), severity=Severity.WARNING)
        return
    if copies and _all_copied(step, rows, act, table, copies):
        return
    title = f"DELETE deletes {count:,} of {rows.told(act.table, total, 'row')} of {quoted(act.table)}"
    yield step.problem("rows_deleted", title, Subject("table", table.name), count=count)


def gathered(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems; where many statements of a file do the same to the same, told once, at the first of them."""
    alike: dict[tuple[str, Subject], list[Problem]] = defaultdict(list)
    for each in problems:
        if each.finding.severity is Severity.NOTE and each.finding.code in _UNITS:
            alike[each.finding.code, each.finding.subject].append(each)
        else:
            yield each
    for (code, _), found in alike.items():
        if len(found) <= _MOST:
            yield from found
            continue
        first, *others = found
        more = plural(sum(each.finding.count or 0 for each in others), _UNITS[code])
        title = f"{first.finding.title}; {plural(len(others), 'statement')} behind it do the same to {more}"
        count = sum(each.finding.count or 0 for each in found)
        yield replace(first, finding=replace(first.finding, title=title, count=count))


def _all_copied(step: Step, rows: Rows, act: Delete, table: Table, copies: Sequence[Copy]) -> bool:
    """Whether statements before it wrote every row that it takes somewhere else, with all its columns."""
    stored = {fold(each.name) for each in table.columns if each.generated is Generated.NO and not each.hidden}
    key = table.primary_key.columns if table.primary_key else ()
    if not key or any(not copy.keys or not stored <= copy.columns for copy in copies):
        return False
    source = rows.chosen_with(step, act, [f"{quote(act.known_as)}.{quote(each)}" for each in key])
    names = ", ".join(f"k{at}" for at in range(len(key)))
    kept = " UNION ALL ".join(f"SELECT * FROM ({copy.keys})" for copy in copies)
    taken = f"(WITH taken({names}) AS ({source.sql}) SELECT * FROM taken)" if source else ""
    return bool(taken) and rows.counts(taken, [f"({names}) NOT IN ({kept})"]) == [0]
