"""What values become by a rule, as far as that needs nothing but the value: no key, no other row, no other column."""

from __future__ import annotations

from collections.abc import Sequence

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.hierarchies import from_options, level_of
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.amounts import rounded
from steward_app.services.privacy.transform.cells import CellStep, every_class
from steward_app.services.privacy.transform.plain import mask


def become(values: Sequence[SqlValue], rule: Rule | None) -> Sequence[SqlValue]:
    """What stands in the copy in place of values; what they are where that needs more, or there is no rule.

    Values that one text, number or NULL stands for are alike in the copy: that is what this is for, and a column that
    is emptied or filled alike is NULL here.
    """
    if rule is None:
        return values
    options = rule.options
    match rule.technique:
        case Technique.GENERALIZE:
            hierarchy = from_options(options)
            level = level_of(hierarchy, options)
            return CellStep(every_class(lambda some: hierarchy.at(some, level))).changed(values)
        case Technique.REMOVE | Technique.FIXED:
            return [None] * len(values)
        case Technique.MASK:
            first, last = (_whole(options.get(name)) for name in ("keep_first", "keep_last"))
            return mask(first, last, "*").changed(values)
        case Technique.ROUND if isinstance(step := options.get("to"), int | float) and step > 0:
            return rounded(step, lambda value: None).changed(values)
    return values


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
