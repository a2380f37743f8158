"""Triggers of the same event that fire in another order: SQLite fires the one first that was made last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from steward_app.db import fold
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.lint.acts import Create
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Schema, Trigger

_When = tuple[str, str]


def problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """Triggers that are made again and come before others of their table that were before them."""
    made = {
        fold(step.act.name): step
        for step in steps
        if isinstance(step.act, Create) and step.act.kind == "trigger" and step.before is not step.after
    }
    if not made:
        return
    was = _places(steps[0].before)
    for table in steps[-1].after.tables:
        groups: dict[_When, list[Trigger]] = defaultdict(list)
        for each in table.triggers:
            if (each.occasion, fold(each.name)) in was:
                groups[each.occasion].append(each)
        for when, group in groups.items():
            for earlier, later in pairwise(group):
                step = made.get(fold(later.name))
                if step is not None and _place(was, when, later) < _place(was, when, earlier):
                    title = (
                        f"The trigger {quoted(later.name)} fires before {quoted(earlier.name)} from now on"
                    )
                    subject = Subject("trigger", table.name, later.name)
                    yield step.problem("fires_before", title, subject)


def _places(schema: Schema) -> Mapping[tuple[_When, str], int]:
    found = (
        each
        for table in schema.tables
        for each in table.triggers
        if not (each.temporary or is_ours(each.name))
    )
    return {(each.occasion, fold(each.name)): place for place, each in enumerate(found)}


def _place(was: Mapping[tuple[_When, str], int], when: _When, trigger: Trigger) -> int:
    return was[when, fold(trigger.name)]
