"""What the rules of a copy ask of groups, table by table and over foreign keys.

Who knows a person's year of birth finds their visits, and who knows the day of a visit finds the person: what must not
be learnt often stands in another table than what is known, and who knows both the year and the day knows them
together. So l and t are asked of the rows of every table from which foreign keys lead to something known and to
something sensitive: by all that is known over all foreign keys of a row together, and by what is known over some of
them, since there are rows that lead there alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations, islice
from typing import Final, TypeAlias

from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.reach import Reached, known_table, leads_there, path_of, reach, ways_up
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema.model import ForeignKey, Schema, Table, TableKind

_MOST: Final = 24
"""Questions that are asked of the rows of a table, and ways up from it that are looked at; the shortest come first."""
_JOINED: Final = 48  # tables that one question reads; SQLite joins 64
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
            yield from islice(dict.fromkeys(_of_rows(schema, table, rules, known, told)), _MOST)


def _of_rows(
    schema: Schema, table: Table, rules: ReleaseRules, known: _Names, told: _Names
) -> Iterator[Demand]:
    """What is asked of the rows of a table, by what they lead to, and for what they lead to."""
    ways = list(islice(_telling(schema, table, known, told), _MOST))
    to_told = [way for way in ways if told.get(_end(way))]
    for ends in islice(_together([way for way in ways if known.get(_end(way))]), _MOST):
        by = tuple(dict.fromkeys(name for end in ends for name in _along(schema, end, known)))
        for way in to_told if by else ():
            learnt = tuple(name for name in _at_end(schema, way, told) if name not in by)
            if learnt and not _asked_elsewhere(ends, way, known):
                about = way[1][-1].name
                asked = _limits(rules, table.name, about, [end[1][-1].name for end in ends])
                yield Demand(table.name, by, learnt, about, asked, led=True)


def _together(ways: Sequence[_Way]) -> Iterator[tuple[_Way, ...]]:
    """Which ways are known together, those alone left out that another one goes on from.

    First all, as far as one question can read them: what holds for these holds for the others of rows that lead
    everywhere. Then what is left to rows that do not: each way, every two of them, and so on.
    """
    every = _readable([way for way in ways if not any(_goes_on(other, way) for other in ways)])
    if every:
        yield every
    for many in range(1, len(ways) + 1):
        for some in combinations(ways, many):
            apart = not any(_goes_on(one, other) for one in some for other in some)
            if apart and some != every and _readable(some) == some:
                yield some


def _goes_on(way: _Way, other: _Way) -> bool:
    """Whether a way leads over the end of another one."""
    return len(way[0]) > len(other[0]) and way[0][: len(other[0])] == other[0]


def _readable(ways: Sequence[_Way]) -> tuple[_Way, ...]:
    """The first of the ways, as many as one question can read together."""
    steps: set[tuple[ForeignKey, ...]] = set()
    found: list[_Way] = []
    for way in ways:
        steps |= {way[0][: at + 1] for at in range(len(way[0]))}
        if len(steps) > _JOINED:
            break
        found.append(way)
    return tuple(found)


def _limits(rules: ReleaseRules, judged: str, about: str, known: Sequence[str]) -> Limits:
    """l and t of a question: of the table whose rows go, else of the one that is told of, else of those known."""
    own = rules.table_limits.get(judged, Limits()).over(rules.table_limits.get(about, Limits()))
    limits = own.over(reduce(Limits.strictest, map(rules.limits_of, known)))
    return Limits(l_diversity=limits.l_diversity, t_closeness=limits.t_closeness)


def _telling(schema: Schema, table: Table, known: _Names, told: _Names) -> Iterator[_Way]:
    """The ways up from a table that end where something is known or told."""
    return (way for way in ways_up(schema, table) if known.get(_end(way)) or told.get(_end(way)))


def _asked_elsewhere(to_known: Sequence[_Way], to_told: _Way, known: _Names) -> bool:
    """Whether the same is asked of the table itself, or of the rows that all these ways lead to first."""
    if not to_told[0]:
        return all(not keys for keys, _ in to_known)
    return not known.get(fold(to_told[1][0].name)) and all(keys[:1] == to_told[0][:1] for keys, _ in to_known)


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
    yield from _again(schema, asked)


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
        if any(_of_rows(schema, table, rules, known, told)) and _more(schema, table, rules, known, told):
            yield Finding(
                "limit_not_combined",
                Severity.WARNING,
                f"Not all that is known along the foreign keys of {quoted(table.name)} is asked together",
                Subject("table", table.name),
                detail=f"There are too many ways: the {_MOST} shortest are looked at, and {_MOST} questions asked of"
                " what is known along them, first of all that one question can read.",
                remedies=("Name fewer tables by whose columns somebody could be found.",),
            )


def _more(schema: Schema, table: Table, rules: ReleaseRules, known: _Names, told: _Names) -> bool:
    """Whether more could be asked of the rows of a table than is."""
    ways = list(islice(_telling(schema, table, known, told), _MOST + 1))
    to_known = [way for way in ways[:_MOST] if known.get(_end(way))]
    return (
        len(ways) > _MOST
        or _readable(to_known) != tuple(to_known)
        or len(list(islice(_together(to_known), _MOST + 1))) > _MOST
        or len(dict.fromkeys(_of_rows(schema, table, rules, known, told))) > _MOST
    )


def _again(schema: Schema, asked: Sequence[Demand]) -> Iterator[Finding]:
    """Known tables whose rows lead to other rows of the same table: a way meets no table twice."""
    limited = [each for each in asked if each.told and each.limits.of_sensitive]
    for name in sorted({table.name for each in limited for table in _met(schema, each)}):
        table = known_table(schema, name)
        keys = [key for key in table.foreign_keys if schema.table(key.parent_table) is table]
        if keys:
            by = ", ".join(quoted(column) for key in keys for column in key.columns)
            yield Finding(
                "limit_not_combined",
                Severity.WARNING,
                f"What is known of two rows of {quoted(name)} is not asked together, though one leads to the other",
                Subject("table", name, columns=tuple(column for key in keys for column in key.columns)),
                detail=f"By {by}. Somebody who knows both rows may learn more than the limits say.",
                remedies=(
                    f"Ask for more values: “steward privacy limits”, with {quoted(name)} and --l.",
                    f"Remove {by} in the copy.",
                ),
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
) -> Iterator[tuple[Table, Table, str]]:
    """Two tables that nothing asks together, and the one that both lead to: rows of both belong to a row of that.

    Two with known columns; or one with known columns, and the sensitive one.
    """
    together = [frozenset(each.name for each in _met(schema, demand)) for demand in asked]
    met = frozenset[str]().union(*together)
    for name, by in rules.quasi_identifiers.items():
        other = schema.table(name)
        if by and other is not None and other.name not in met and (of := _shared(schema, other, table)):
            yield other, table, of
    for one, other_name in combinations(sorted(met), 2):
        if not any({one, other_name} <= each for each in together):
            pair = known_table(schema, one), known_table(schema, other_name)
            if of := _shared(schema, *pair):
                yield *pair, of


def _shared(schema: Schema, one: Table, other: Table) -> str:
    """The nearest table that rows of both lead to; "" where there is none, or where it is one of the two."""
    there = set(map(_end, ways_up(schema, other)))
    found = next((way[1][-1] for way in ways_up(schema, one) if _end(way) in there), one)
    return "" if found in (one, other) else found.name


def _met(schema: Schema, demand: Demand) -> Iterator[Table]:
    """The tables whose known columns a demand asks by."""
    table = schema.table(demand.table)
    for name in demand.by if table is not None else ():
        found = schema.table(reach(schema, table, name).table) if table is not None else None
        if found is not None:
            yield found


def _not_together(name: str, told: tuple[str, ...], pairs: Sequence[tuple[Table, Table, str]]) -> Finding:
    shown = "; ".join(
        f"{quoted(one.name)} and {quoted(other.name)} of one {quoted(of)}"
        for one, other, of in pairs[:_SHOWN]
    )
    more = f"; and {plural(len(pairs) - _SHOWN, 'more pair')}" if len(pairs) > _SHOWN else ""
    return Finding(
        "limit_not_combined",
        Severity.WARNING,
        f"Not all that somebody may know is asked together of the sensitive columns of {quoted(name)}",
        Subject("table", name, columns=told),
        detail=f"Not together: {shown}{more}. One such row may have many rows in both tables, and none of these leads"
        " to one of the other table. Somebody who knows rows of both tables may learn more than the limits say.",
        count=len(pairs),
        remedies=(
            f"Ask for more values: “steward privacy limits”, with {quoted(name)} and --l.",
            "Generalize or remove the known columns of one of the two tables in the copy.",
            "Take one of these tables out of the copy, or the columns that join them.",
        ),
    )
