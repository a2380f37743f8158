"""Columns on their way to others: what a contract loses, and what keeps others from being kept alike meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from steward_app.db import fold, qualified
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.expand.meant import NARROWED
from steward_app.services.migrate.expand.model import PREFIX, Expansion
from steward_app.services.migrate.expand.sql import richer
from steward_app.services.migrate.expand.whole import apart, read_definition
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step, since


def problems(steps: Sequence[Step], begin: Rows) -> Iterator[Problem]:
    """What the end of an expansion loses. Called at the end of a file.

    Args:
        begin: the rows as the file found them.
    """
    for step in steps:
        if isinstance(step.act, Drop) and fold(step.act.name).startswith(PREFIX):
            expansion = _read(begin, step.act.name)
            here = steps[-1].after.table(expansion.table) if expansion else None
            if expansion and here and here.column(expansion.old) is None:
                yield from _lost(step, begin, expansion)


def kept_alike(steps: Sequence[Step], rows: Rows) -> Iterator[Problem]:
    """What a file does to columns that go on being kept alike. Called after the rows followed all of it."""

    def definition(record: str) -> object:
        row = rows.ask(f"SELECT definition FROM {here}") if (here := rows.from_sql(record)) else None
        return row[0] if row else None

    before = apart(steps[0].before, definition)
    for record, why in apart(steps[-1].after, definition).items():
        if record not in before:
            yield _since_apart(steps, record, definition).problem(
                "columns_come_apart", why, Subject("table", record)
            )


def _since_apart(steps: Sequence[Step], record: str, definition: Callable[[str], object]) -> Step:
    return since(steps, lambda schema: record in apart(schema, definition))


def _lost(step: Step, begin: Rows, expansion: Expansion) -> Iterator[Problem]:
    if count := begin.count(expansion.table, richer(expansion)):
        held = f"{plural(count, 'value')} of {quoted(expansion.old)} of {quoted(expansion.table)}"
        goes, it = ("goes", "it") if count == 1 else ("go", "them")
        names, do = " and ".join(map(quoted, expansion.into)), "do" if len(expansion.into) > 1 else "does"
        title = f"{held} {goes}, and {names} {do} not lead back to {it}"
        subject = Subject("column", expansion.table, columns=(expansion.old,))
        yield step.problem(NARROWED, title, subject, count=count)


def _read(begin: Rows, record: str) -> Expansion | None:
    """What the file says that is expanded; None where it does not say it yet, or not so."""
    row = begin.ask(f"SELECT definition FROM {qualified(record)}")
    return read_definition(row[0]) if row else None
