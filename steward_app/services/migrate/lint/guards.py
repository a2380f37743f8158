"""Triggers that a file drops and that kept something right: they refused rows, or wrote what a search looks through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import significant, tokenize
from steward_app.kernel.finding import Subject
from steward_app.kernel.text import quoted
from steward_app.services.migrate.desired.course import is_ours
from steward_app.services.migrate.lint.acts import Drop
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, earlier_name
from steward_app.services.schema.fulltext import is_full_text
from steward_app.services.schema.model import Schema, Table, Trigger

_REFUSES: Final = frozenset({"ABORT", "FAIL", "ROLLBACK"})
_CHANGES: Final = {"INSERT": "new rows", "UPDATE": "rows that change", "DELETE": "rows that go"}


def problems(steps: Sequence[Step]) -> Iterator[Problem]:
    """What nothing keeps right any more at the end of a file, of tables that stay."""
    before, after = steps[0].before, steps[-1].after
    dropped = {
        fold(step.act.name): step
        for step in steps
        if isinstance(step.act, Drop) and step.act.kind == "trigger" and step.before is not step.after
    }
    for table in after.tables if dropped else ():
        was = before.table(table.name) or before.table(earlier_name(steps, table.name)[0])
        for trigger in was.triggers if was else ():
            step = dropped.get(fold(trigger.name))
            if step is not None and not is_ours(trigger.name):
                yield from _without(step, trigger, table, after)


def _without(step: Step, trigger: Trigger, table: Table, after: Schema) -> Iterator[Problem]:
    stay = [each for each in table.triggers if each.event == trigger.event]
    said = []
    if _refuses(trigger) and not any(map(_refuses, stay)):
        said.append("nothing refuses the rows that it refused")
    untold = _filled(trigger, after) - {each for other in stay for each in _filled(other, after)}
    said += [f"{quoted(name)} is not told of {_CHANGES[trigger.event]}" for name in sorted(untold)]
    if said:
        title = f"The trigger {quoted(trigger.name)} of {quoted(table.name)} is dropped: {' and '.join(said)} any more"
        subject = Subject("trigger", table.name, trigger.name)
        yield step.problem("trigger_dropped", title, subject, fix_sql=f"{trigger.sql};")


def _refuses(trigger: Trigger) -> bool:
    words = [token.word or token.text for token in significant(tokenize(trigger.sql))]
    return any(
        words[at : at + 2] == ["RAISE", "("] and words[at + 2] in _REFUSES for at in range(len(words) - 2)
    )


def _filled(trigger: Trigger, schema: Schema) -> set[str]:
    """The full-text tables that a trigger writes to."""
    written = {schema.table(name) for name, _ in trigger.writes}
    return {table.name for table in written if table is not None and is_full_text(table)}
