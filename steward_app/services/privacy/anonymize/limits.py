"""What the rules say that a copy must reach, measured on the finished copy before it gets its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.rules import Limits, ReleaseRules

if TYPE_CHECKING:
    from steward_app.services.privacy.risk import Risk


def limit_checks(new: Path, rules: ReleaseRules, context: Context) -> tuple[Check, ...]:
    """Whether the copy reaches the limits of the rules, for each table with quasi-identifiers; () without limits."""
    from steward_app.services.privacy.risk import Question, measure

    found: list[Check] = []
    for table, by in rules.quasi_identifiers.items():
        limits = rules.limits_of(table)
        if by and limits != Limits():
            question = Question(table, by, rules.told_of(table))
            with context.step() as step:
                found += _checks(measure(new, question, step), limits)
    return tuple(found)


def _checks(risk: Risk, limits: Limits) -> Iterator[Check]:
    name = quoted(risk.table)
    if not risk.records:
        return
    if limits.k is not None:
        yield Check(f"At least {limits.k} records of {name} look alike", risk.k >= limits.k, f"k = {risk.k}")
    if limits.risk is not None:
        highest = risk.prosecutor.highest
        yield Check(
            f"Nobody in {name} is found with a chance above {limits.risk:.2g}",
            highest <= limits.risk + 1e-9,
            f"the highest chance is {highest:.2g}",
        )
    for each in risk.sensitive:
        column = quoted(each.column)
        if limits.l_diversity is not None:
            yield Check(
                f"Every group of {name} has {limits.l_diversity} values of {column}",
                each.l_distinct >= limits.l_diversity,
                f"l = {each.l_distinct}",
            )
        if limits.t_closeness is not None:
            yield Check(
                f"{column} is spread in every group of {name} as in all, but for {limits.t_closeness:.2g}",
                each.t <= limits.t_closeness + 1e-9,
                f"t = {each.t:.2g}",
            )
