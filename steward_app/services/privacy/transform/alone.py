"""What values become by the rules, where that needs nothing but the value: no key, no other row, no other column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.making import Work
from steward_app.services.privacy.transform.model import Batch, Step
from steward_app.services.privacy.transform.prepare import step_of, written
from steward_app.services.privacy.transform.target import Target
from steward_app.services.schema.model import Schema

_ALONE: Final = (
    Technique.GENERALIZE,
    Technique.REMOVE,
    Technique.FIXED,
    Technique.MASK,
    Technique.ROUND,
)


class Alone:
    """What stands in the copy in place of values: the very steps of the copy make it, so that both have one outcome.

    Values stay what they are where more than a value is needed, or there is no rule.
    """

    def __init__(self, session: Session, schema: Schema, rules: ReleaseRules, context: Context) -> None:
        self._work = Work(session, schema, completed(schema, rules), b"", context, trial=True)
        self._steps: dict[Place, Step | None] = {}

    def become(self, values: Sequence[SqlValue], at: Place) -> Sequence[SqlValue]:
        """What values of a column become. Raises `Refused` where the rule of it makes no sense."""
        if at not in self._steps:
            self._steps[at] = self._step(at)
        step = self._steps[at]
        return values if step is None else step(values, Batch((), 0))

    def _step(self, at: Place) -> Step | None:
        rule, table = self._work.done.rules.at(at), self._work.schema.table(at.table)
        if rule is None or table is None or rule.technique not in _ALONE:
            return None
        names = tuple(each.name for each in written(table))
        column = table.column(at.column)
        if column is None or column.name not in names:
            return None
        return step_of(self._work, Target(table, column, rule, names.index(column.name), names, []))
