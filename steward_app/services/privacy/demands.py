"""What the rules of a copy ask of groups, table by table and over foreign keys.

Who knows a person's year of birth finds their visits, and who knows the day of a visit finds the person: what must not
be learnt often stands in another table than what is known, and who knows both the year and the day knows them
together. So l and t are asked of the rows of every table from which foreign keys lead to something known and to
something sensitive: by all that is known along a way, for what stands at the end of another, or of the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Final, TypeAlias

from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.reach import Reached, leads_there, path_of, reach, ways_up
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import ForeignKey, Schema, Table, TableKind

_MOST: Final = 24
"""Questions that are asked of the rows of a table, and ways up from it that are looked at; the shortest come first."""
_SHOWN: Final = 4  # pairs of tables

_Way: TypeAlias = tuple[tuple[ForeignKey, ...], tuple[Table, ...]]
_Names: TypeAlias = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of the groups of one table.

    Attributes:
        by: columns known to others, of the table or, as "patient_id>birth_year", of one that its rows lead to.
        told: sensitive columns that still say something in the copy, written likewise, of the table `about`.
        limits: what they must reach; k and a risk are asked once, of the table whose columns are known.
        led: some of these columns stand in other tables: only rows that lead to all of them count.
    """

    table: str
    by: tuple[str, ...]
    told: tuple[str, ...]
    about: str
    limits: Limits
    led: bool = False


def demands(schema: Schema, rules: ReleaseRules) -> tuple[Demand, ...]:
    """All that is asked; own columns first. A table that the database does not have is asked about as it is named."""
    return (*_own(rules), *_led(schema, rules))


def demand_of(rules: ReleaseRules, table: str) -> Demand:
    """What is asked of a table by its own known columns."""
    by = rules.quasi_identifiers[table]
    told = tuple(each for each in rules.told_of(table) if each not in by)
    return Demand(table, by, told, table, rules.limits_of(table))


def _own(rules: ReleaseRules) -> Iterator[Demand]:
    return (demand_of(rules, name) for name, by in rules.quasi_identifiers.items() if by)


def _led(schema: Schema, rules: ReleaseRules) -> Iterator[Demand]:
    known, told = _known(rules), _told(rules)
    if known and told:
        for table in _tables(schema):
            yield from islice(_of_rows(schema, table, rules, known, told), _MOST)


def _of_rows(
    schema: Schema, table: Table, rules: ReleaseRules, known: _Names, told: _Names
) -> Iterator[Demand]:
    """What is asked of the rows of a table, by what they lead to, and for what they lead to."""
    ways = list(islice(_telling(schema, table, known, told), _MOST))
    for to_told in (way for way in ways if told.get(_end(way))):
        for to_known in (way for way in ways if known.get(_end(way))):
            if _asked_elsewhere(to_known, to_told, known):
                continue
            by = _along(schema, to_known, known)
            learnt = _at_end(schema, to_told, told)
            if by and learnt and (learnt := tuple(name for name in learnt if name not in by)):
                about = to_told[1][-1].name
                asked = _limits(rules, table.name, about, to_known[1][-1].name)
                yield Demand(table.name, by, learnt, about, asked, led=True)


def _limits(rules: ReleaseRules, judged: str, about: str, known: str) -> Limits:
    """l and t of a question: of the table whose rows go, else of the one that is told of, else of the one known."""
    own = rules.table_limits.get(judged, Limits()).over(rules.table_limits.get(about, Limits()))
    limits = own.over(rules.limits_of(known))
    return Limits(l_diversity=limits.l_diversity, t_closeness=limits.t_closeness)


def _telling(schema: Schema, table: Table, known: _Names, told: _Names) -> Iterator[_Way]:
    """The ways up from a table that end where something is known or told."""
    return (way for way in ways_up(schema, table) if known.get(_end(way)) or told.get(_end(way)))


def _asked_elsewhere(to_known: _Way, to_told: _Way, known: _Names) -> bool:
    """Whether the same is asked of the table itself, or of the rows that both ways lead to first."""
    if not to_known[0] or not to_told[0]:
        return to_known[0] == to_told[0]
    return to_known[0][0] == to_told[0][0] and not known.get(fold(to_known[1][0].name))


def _along(schema: Schema, way: _Way, known: _Names) -> tuple[str, ...]:
    """All that is known of a row along a way, and where it ends."""
    keys, tables = way
    parts = ((keys[:at], tables[: at + 1]) for at in range(len(tables)))
    return tuple(name for part in parts for name in _at_end(schema, part, known))


def _at_end(schema: Schema, way: _Way, names: _Names) -> tuple[str, ...]:
    """The names of columns where a way ends; those that no name means alone are left out."""
    keys, tables = way
    columns = names.get(_end(way), ())
    if not keys:
        return columns
    reached = (Reached(name, keys, tables[-1].name, name) for name in columns)
    paths = [path_of(schema, tables[0], each) for each in reached]
    return tuple(path for path in paths if leads_there(schema, tables[0].name, (path,)))


def _end(way: _Way) -> str:
    return fold(way[1][-1].name)


def _known(rules: ReleaseRules) -> _Names:
    return {fold(name): by for name, by in rules.quasi_identifiers.items() if by}


def _told(rules: ReleaseRules) -> _Names:
    return {fold(name): told for name in rules.sensitive if (told := rules.told_of(name))}


def _tables(schema: Schema) -> Iterator[Table]:
    return (each for each in schema.tables if each.kind is TableKind.TABLE and not each.ours)


def not_measured(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Sensitive columns of which l or t is asked, and of which not all is measured that somebody may know.

    What no known column leads to stops the plan, and l or t of which nobody said what they are asked of.
    """
    asked = demands(schema, rules)
    yield from _of_nothing(schema, rules, asked)
    for name in rules.sensitive:
        told, table = rules.told_of(name), schema.table(name)
        if not told or table is None:
            continue
        mine = [each for each in asked if fold(each.about) == fold(name) and each.told and each.by]
        if not (rules.limits_of(name).of_sensitive or any(each.limits.of_sensitive for each in mine)):
            continue
        if not mine:
            yield _nothing_measures(name, told)
        elif pairs := tuple(_apart(schema, rules, table, mine)):
            yield _not_together(name, told, pairs)
    yield from _cut(schema, rules)


def _of_nothing(schema: Schema, rules: ReleaseRules, asked: Sequence[Demand]) -> Iterator[Finding]:
    """Limits l and t, of all tables or of one, where the rules name no sensitive column that they are asked of."""
    if rules.limits.of_sensitive and not any(rules.sensitive.values()):
        yield _no_sensitive("", rules.limits)
    told = {fold(name) for name, columns in rules.sensitive.items() if columns}
    told |= {fold(table.name) for each in asked if each.told for table in _met(schema, each)}
    told |= {fold(each.table) for each in asked if each.told}
    for name, limits in rules.table_limits.items():
        if limits.of_sensitive and fold(name) not in told:
            yield _no_sensitive(name, limits)


def _no_sensitive(name: str, limits: Limits) -> Finding:
    """What is said of limits that are asked of nothing; without a name, of those of all tables."""
    parts = {"l": replace(limits, t_closeness=None), "t": replace(limits, l_diversity=None)}
    asked = [word for word, part in parts.items() if part.of_sensitive]
    what = " and ".join(asked)
    of = f" of {quoted(name)}" if name else ""
    return Finding(
        "limit_not_measured",
        Severity.ERROR,
        f"The rules ask for {what}{of}, and name no sensitive column of which"
        f" {'it is' if len(asked) == 1 else 'they are'} measured",
        Subject("table", name) if name else Subject("database"),
        detail="Nothing would be measured, and the copy made as if nothing were asked.",
        remedies=(
            "Write the columns of which nobody is to learn anything as “sensitive” into the rules.",
            f"Ask for nothing: take {what} out of the limits.",
        ),
        blocks=True,
    )


def _cut(schema: Schema, rules: ReleaseRules) -> Iterator[Finding]:
    """Tables of whose rows more could be asked than is."""
    known, told = _known(rules), _told(rules)
    if not (
        known
        and told
        and (rules.limits.of_sensitive or any(each.of_sensitive for each in rules.table_limits.values()))
    ):
        return
    for table in _tables(schema):
        questions = len(list(islice(_of_rows(schema, table, rules, known, told), _MOST + 1)))
        if questions > _MOST or (
            questions and len(list(islice(_telling(schema, table, known, told), _MOST + 1))) > _MOST
        ):
            yield Finding(
                "limit_not_combined",
                Severity.WARNING,
                f"Not all that is known along the foreign keys of {quoted(table.name)} is asked together",
                Subject("table", table.name),
                detail=f"There are too many ways: the {_MOST} shortest are looked at.",
                remedies=("Name fewer tables by whose columns somebody could be found.",),
            )


def _nothing_measures(name: str, told: tuple[str, ...]) -> Finding:
    return Finding(
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


def _apart(
    schema: Schema, rules: ReleaseRules, table: Table, asked: Sequence[Demand]
) -> Iterator[tuple[str, str]]:
    """Tables that nothing asks together, though rows of both belong to the same rows.

    Two with known columns; or one with known columns, and the sensitive one.
    """
    above = set(map(_end, ways_up(schema, table)))
    together = [frozenset(each.name for each in _met(schema, demand)) for demand in asked]
    met = frozenset[str]().union(*together)
    for name, by in rules.quasi_identifiers.items():
        other = schema.table(name)
        if (
            by
            and other is not None
            and other.name not in met
            and above & set(map(_end, ways_up(schema, other)))
        ):
            yield other.name, table.name
    for one, other_name in combinations(sorted(met), 2):
        if not any({one, other_name} <= each for each in together):
            yield one, other_name


def _met(schema: Schema, demand: Demand) -> Iterator[Table]:
    """The tables whose known columns a demand asks by."""
    table = schema.table(demand.table)
    for name in demand.by if table is not None else ():
        found = schema.table(reach(schema, table, name).table) if table is not None else None
        if found is not None:
            yield found


def _not_together(name: str, told: tuple[str, ...], pairs: Sequence[tuple[str, str]]) -> Finding:
    shown = "; ".join(f"{quoted(one)} and {quoted(other)}" for one, other in pairs[:_SHOWN])
    more = f"; and {plural(len(pairs) - _SHOWN, 'more pair')}" if len(pairs) > _SHOWN else ""
    return Finding(
        "limit_not_combined",
        Severity.WARNING,
        f"Not all that somebody may know is asked together of the sensitive columns of {quoted(name)}",
        Subject("table", name, columns=told),
        detail=f"Not together: {shown}{more}. No foreign key leads from rows of one to rows of the other. Somebody who"
        " knows several tables of a person may learn more than the limits say.",
        count=len(pairs),
        remedies=(
            f"Ask for more values: “steward privacy limits”, with {quoted(name)} and --l.",
            "Take one of these tables out of the copy, or the columns that join them.",
        ),
    )
