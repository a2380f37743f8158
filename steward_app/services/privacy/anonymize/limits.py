"""What the rules say that a copy must reach, measured on the finished copy before it gets its name.

Where several rows of a table are of one person, groups count persons, as far as the copy still tells whose a row is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from steward_app.db import ReadSession
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Check
from steward_app.kernel.text import quoted
from steward_app.services.privacy.along import in_words, persons_in_words
from steward_app.services.privacy.anonymize.measuring import MOVED, Measured
from steward_app.services.privacy.demands import demands
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.reach import asked_source, leads_there
from steward_app.services.privacy.risk.persons import shared
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import ForeignKey, Schema

if TYPE_CHECKING:
    from steward_app.services.privacy.risk import Risk


def limit_checks(measured: Sequence[Measured]) -> tuple[Check, ...]:
    """Whether the copy reaches the limits of the rules, for each table with quasi-identifiers; () without limits.

    What is asked of a column by several sets of known columns is told once, with what the worst comes to.
    """
    worst: dict[str, tuple[float, Check]] = {}
    for each in measured:
        if each.named and each.risk is not None:
            for short, check in _checks(each.risk, each.limits, each.told.person):
                if check.title not in worst or short > worst[check.title][0]:
                    worst[check.title] = (short, check)
    return tuple(check for _, check in worst.values())


def _checks(risk: Risk, limits: Limits, person: tuple[str, ...]) -> Iterator[tuple[float, Check]]:
    """What is checked, the worse the higher the number before it."""
    name = quoted(risk.table)
    if not risk.records:
        return
    if limits.k is not None:
        counted = "persons in" if person else "records of"
        yield (
            -risk.k,
            Check(
                f"At least {limits.k} {counted} {name} look alike",
                risk.k >= limits.k,
                f"k = {risk.k}{_in_smaller(risk, limits.k)}",
            ),
        )
    if limits.risk is not None:
        highest = risk.prosecutor.highest
        yield (
            highest,
            Check(
                f"Nobody in {name} is found with a chance above {limits.risk:.2g}",
                highest <= limits.risk + 1e-9,
                f"the highest chance is {highest:.2g}",
            ),
        )
    for each in risk.sensitive:
        column = in_words((each.column,))
        if (
            limits.l_diversity is not None and limits.l_diversity > 1
        ):  # 1 asks for nothing, not even of blanks
            yield (
                -each.l_distinct,
                Check(
                    f"Every group of {name} has {limits.l_diversity} values of {column}",
                    each.l_distinct >= limits.l_diversity,
                    f"l = {each.l_distinct}",
                ),
            )
        if limits.t_closeness is not None:
            yield (
                each.t,
                Check(
                    f"{column} is spread in every group of {name} as in all, but for {limits.t_closeness:.2g}",
                    each.t <= limits.t_closeness + 1e-9,
                    f"t = {each.t:.2g}",
                ),
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
        moved = [name for name in by if (rule := rules.at(Place(table, name))) and rule.technique in MOVED]
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


def told_otherwise(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables of which limits count persons, and where a row may be told by several ways whose it is."""
    asked = {each.table for each in demands(schema, rules) if Asked.of(each.limits).anything}
    for name in sorted(asked & rules.persons.keys()):
        person = rules.persons[name]
        if person and leads_there(schema, name, person):
            others = asked_source(schema, name, (), person=person).others
            if others:
                yield _otherwise(name, person, others)


def _otherwise(table: str, person: tuple[str, ...], others: tuple[str, ...]) -> Finding:
    return Finding(
        "persons_by_several_ways",
        Severity.NOTE,
        f"Several foreign keys of {quoted(table)} tell whose a row is",
        Subject("table", table),
        detail=f"Groups count persons by {persons_in_words(person, others)}. What is known over each of these keys is"
        " asked, whichever tells whose the row is.",
        remedies=(f"Name another one first: “steward privacy limits”, with {quoted(table)} and --person.",),
    )


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
