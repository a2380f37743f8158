"""What the rules say that a copy must reach, measured on the finished copy before it gets its name.

Where several rows of a table are of one person, groups count persons, as far as the copy still tells whose a row is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, open_read
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk.columns import known_table, reach
from steward_app.services.privacy.risk.persons import person_columns, shared
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import ForeignKey, Schema

if TYPE_CHECKING:
    from steward_app.services.privacy.risk import Risk

_TELLS_APART: Final = (Technique.KEEP, Technique.PERMUTE, Technique.TOKEN, Technique.PSEUDONYM)
"""After these, rows of one person still have one value, and those of others another."""

_MOVED: Final = (Technique.SHIFT, Technique.NOISE, Technique.SHUFFLE)


def limit_checks(new: Path, rules: ReleaseRules, context: Context) -> tuple[Check, ...]:
    """Whether the copy reaches the limits of the rules, for each table with quasi-identifiers; () without limits."""
    from steward_app.services.privacy.risk import Question
    from steward_app.services.privacy.risk.measure import measure_in

    asked = {
        table: by
        for table, by in rules.quasi_identifiers.items()
        if by and Asked.of(rules.limits_of(table)).anything
    }
    if not asked:
        return ()
    found: list[Check] = []
    with open_read(new, context) as session, session.snapshot():
        schema = read_schema(session, context)
        for table, by in asked.items():
            person = told_apart(session, schema, rules, table)
            question = Question(table, by, rules.told_of(table), person)
            with context.step() as step:
                found += _checks(measure_in(session, question, step), rules.limits_of(table), person)
    return tuple(found)


def told_apart(session: ReadSession, schema: Schema, rules: ReleaseRules, name: str) -> tuple[str, ...]:
    """What tells in a copy whose row it is; () where a rule made rows of several persons alike.

    Args:
        session, schema: of the copy.
    """
    from steward_app.services.privacy.transform.completed import completed

    columns = person_columns(session, schema, rules, name)
    done = completed(schema, rules).rules
    of_columns = (done.at(place) for column in columns for place in _on_the_way(schema, name, column))
    return columns if all(rule is None or rule.technique in _TELLS_APART for rule in of_columns) else ()


def _on_the_way(schema: Schema, table: str, column: str) -> Iterator[Place]:
    """The columns that lead from a row to what tells whose it is, and that one."""
    reached = reach(schema, known_table(schema, table), column)
    child = table
    for key in reached.keys:
        yield from (Place(child, name) for name in key.columns)
        child = key.parent_table
    yield Place(reached.table, reached.column)


def _checks(risk: Risk, limits: Limits, person: tuple[str, ...]) -> Iterator[Check]:
    name = quoted(risk.table)
    if not risk.records:
        return
    if limits.k is not None:
        counted = "persons in" if person else "records of"
        yield Check(
            f"At least {limits.k} {counted} {name} look alike",
            risk.k >= limits.k,
            f"k = {risk.k}{_in_smaller(risk, limits.k)}",
        )
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


def _in_smaller(risk: Risk, k: int) -> str:
    """How many stand in groups that are too small, in words; "" where none does."""
    few = sum(each.size * each.groups for each in risk.sizes if each.size < k)
    return f"; {few:,} of {risk.records:,} are in smaller groups" if few else ""


def not_foreseen(rules: ReleaseRules) -> Iterator[Finding]:
    """Tables with limits and a column of which only the finished copy tells how many rows are alike in it."""
    for table, by in rules.quasi_identifiers.items():
        if not Asked.of(rules.limits_of(table)).anything:
            continue
        moved = [name for name in by if (rule := rules.at(Place(table, name))) and rule.technique in _MOVED]
        if moved:
            yield Finding(
                "limits_not_foreseen",
                Severity.WARNING,
                f"Whether {quoted(table)} reaches its limits shows in the finished copy alone",
                Subject("table", table, columns=tuple(moved)),
                detail=f"Row by row, other values are made for {', '.join(map(quoted, moved))}: rows that are alike"
                " now need not be alike then. A copy that does not reach the limits gets no name.",
                remedies=(
                    "Generalize or remove these columns.",
                    "Take them away from the columns that are known to others.",
                ),
            )


def counted_by_rows(session: ReadSession, schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables with a limit of which several rows may be of one person, and nobody said whose they are."""
    for name, by in rules.quasi_identifiers.items():
        table = schema.table(name)
        if not by or table is None or rules.persons.get(name) or Asked.of(rules.limits_of(name)).k < 2:
            continue
        others = rules.quasi_identifiers.keys() - {name}
        for key in table.foreign_keys:
            if key.parent_table in others and shared(session, schema, name, key.columns):
                yield _by_rows(name, key)
                break


def _by_rows(table: str, key: ForeignKey) -> Finding:
    return Finding(
        "groups_count_rows",
        Severity.WARNING,
        f"A group of {quoted(table)} may be several rows of one and the same person",
        Subject("table", table, columns=key.columns),
        detail=f"Limits count rows, and several rows point to one row of {quoted(key.parent_table)}.",
        remedies=(
            f"Let them count persons: “steward privacy limits”, with {quoted(table)} and "
            + " ".join(f"--person {quoted(column)}" for column in key.columns)
            + ".",
            "Ask for larger groups of this table.",
        ),
    )
