"""What the rules say that a copy must reach, measured on the finished copy before it gets its name.

Groups count rows. Where several rows of a table are of one person, a plan says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.db import ReadSession, qualified, quote
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import ForeignKey, Schema

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


def counted_by_rows(session: ReadSession, schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables with a limit of which several rows are of one person: a group of them may be one person alone."""
    for name, by in rules.quasi_identifiers.items():
        table = schema.table(name)
        if not by or table is None or Asked.of(rules.limits_of(name)).k < 2:
            continue
        others = rules.quasi_identifiers.keys() - {name}
        for key in table.foreign_keys:
            if key.parent_table in others and _several(session, table.name, key):
                yield _by_rows(table.name, key)
                break


def _several(session: ReadSession, table: str, key: ForeignKey) -> bool:
    """Whether two rows of a table point to the same row."""
    columns = ", ".join(map(quote, key.columns))
    there = " AND ".join(f"{quote(column)} IS NOT NULL" for column in key.columns)
    found = session.value(
        f"SELECT EXISTS (SELECT 1 FROM {qualified(table)} WHERE {there} GROUP BY {columns} HAVING count(*) > 1)"
    )
    return bool(found)


def _by_rows(table: str, key: ForeignKey) -> Finding:
    return Finding(
        "groups_count_rows",
        Severity.WARNING,
        f"A group of {quoted(table)} may be several rows of one and the same person",
        Subject("table", table, columns=key.columns),
        detail=f"Limits count rows, and several rows point to one row of {quoted(key.parent_table)}.",
        remedies=(
            f"Measure the copy by persons: “steward privacy risk”, with {quoted(table)} and "
            + " ".join(f"--person {quoted(column)}" for column in key.columns)
            + ".",
            "Ask for larger groups of this table.",
        ),
    )
