"""What the rules of a copy ask of groups, table by table and over foreign keys.

Who knows a person's year of birth finds their visits, and who knows the day of a visit finds the person: what must not
be learnt often stands in another table than what is known. So l and t are asked of a table with sensitive columns also
by what is known of the rows that it leads to, and of a table with known columns also for what these rows say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.privacy.reach import Reached, path_of, ways_up
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import Schema, Table


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of the groups of one table.

    Attributes:
        by: columns known to others, of the table or, as "patient_id>birth_year", of one that its rows lead to.
        told: sensitive columns that still say something in the copy, written likewise.
        limits: what they must reach; k and a risk are asked once, of the table whose columns are known.
        led: some of the known columns stand in other tables.
    """

    table: str
    by: tuple[str, ...]
    told: tuple[str, ...]
    limits: Limits
    led: bool = False


def demands(schema: Schema, rules: ReleaseRules) -> tuple[Demand, ...]:
    """All that is asked; own columns first. A table that the database does not have is asked about as it is named."""
    return (*_own(schema, rules), *_led(schema, rules))


def demand_of(schema: Schema, rules: ReleaseRules, table: str) -> Demand:
    """What is asked of a table by its own known columns."""
    return next(each for each in _own(schema, rules) if each.table == table)


def _own(schema: Schema, rules: ReleaseRules) -> Iterator[Demand]:
    for name, by in rules.quasi_identifiers.items():
        if by:
            table = schema.table(name)
            above = tuple(_told_above(schema, table, rules)) if table else ()
            told = tuple(each for each in rules.told_of(name) if each not in by)
            yield Demand(name, by, (*told, *above), rules.limits_of(name))


def _led(schema: Schema, rules: ReleaseRules) -> Iterator[Demand]:
    for name in rules.sensitive:
        table, told = schema.table(name), rules.told_of(name)
        if table is None or not told:
            continue
        own = rules.quasi_identifiers.get(name, ())
        for parent, known in rules.quasi_identifiers.items():
            if known and fold(parent) != fold(name):
                for columns in _columns_above(schema, table, parent, known):
                    limits = rules.table_limits.get(name, Limits()).over(rules.limits_of(parent))
                    asked = Limits(l_diversity=limits.l_diversity, t_closeness=limits.t_closeness)
                    yield Demand(
                        name, (*own, *columns), told, replace(asked, left_out=limits.left_out), led=True
                    )


def _columns_above(
    schema: Schema, table: Table, parent: str, names: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Columns of a table that rows lead to, once for each nearest way there."""
    above = schema.table(parent)
    for keys in ways_up(schema, table, parent) if above else ():
        yield tuple(path_of(Reached(name, keys, parent, name)) for name in names)


def _told_above(schema: Schema, table: Table, rules: ReleaseRules) -> Iterator[str]:
    for parent in rules.sensitive:
        told = rules.told_of(parent)
        if told and fold(parent) != fold(table.name):
            for columns in _columns_above(schema, table, parent, told):
                yield from columns


def not_measured(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Sensitive columns of which l or t is asked, and that no known column leads to: each stops the plan."""
    measured = {fold(name) for name in _measured(schema, rules)}
    for name in rules.sensitive:
        told = rules.told_of(name)
        if told and rules.limits_of(name).of_sensitive and fold(name) not in measured:
            yield Finding(
                "limit_not_measured",
                Severity.ERROR,
                f"Nothing measures what is asked of the sensitive columns of {quoted(name)}",
                Subject("table", name, columns=told),
                detail="Neither it nor a table that its foreign keys lead to has columns that are known to others, so "
                "that nobody can tell how many values a group of rows has.",
                remedies=(
                    f"Say by which columns somebody in {quoted(name)} could be found.",
                    f"Ask nothing of it: “steward privacy limits”, with {quoted(name)}, --l 1 and --t 1.",
                ),
                blocks=True,
            )


def _measured(schema: Schema, rules: ReleaseRules) -> Iterator[str]:
    """The tables of whose sensitive columns something is measured."""
    for demand in demands(schema, rules):
        yield demand.table
        table = schema.table(demand.table)
        if table is not None and not demand.led:
            yield from (parent for parent in rules.sensitive if ways_up(schema, table, parent))
