"""Columns that a contract takes away: what only the old one held, and the new ones do not lead back to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import fold, qualified
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.expand.meant import NARROWED
from steward_app.services.migrate.expand.model import PREFIX, Expansion, from_json
from steward_app.services.migrate.expand.sql import richer
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step


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
    try:
        return from_json(str(row[0])) if row else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
