"""What is attacked: which tables, which columns of them, and what attackers know of their persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from steward_app.db import ReadSession, qualified
from steward_app.kernel.errors import ErrorCode, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.attack.case import Case
from steward_app.services.privacy.attack.json_places import is_elsewhere, name_of, paths, place_of, value_sql
from steward_app.services.privacy.attack.model import Knowledge
from steward_app.services.privacy.attack.reading import Tables
from steward_app.services.privacy.attack.truth import Recompute
from steward_app.services.privacy.columns import Form
from steward_app.services.privacy.dates import DAYS_MOVED
from steward_app.services.privacy.demands import Demand, demands
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.reach import leads_sql, leads_there, reach, scalar_sql, whose_sql
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.ways import persons_of
from steward_app.services.schema import Schema, Table, TableKind

_KEY_OF_PERSONS: Final = "person_number"
_PAIRS_UP_TO: Final = 5  # quasi-identifiers, of which every two are tried


@dataclass(frozen=True, slots=True)
class Work:
    """What every step needs."""

    source: ReadSession
    copy: ReadSession
    other: ReadSession | None
    before: Schema
    after: Schema
    later: Schema | None
    rules: ReleaseRules | None
    recompute: Recompute | None
    subjects: Mapping[str, tuple[str, ...]]
    knowledge: Mapping[str, tuple[Knowledge, ...]]
    seconds: float
    context: Context


def known_of(work: Work, case: Case) -> tuple[Knowledge, ...]:
    """What is known of the persons of a table: as asked for, else by the rules, else what the copy shows."""
    table = case.table.name
    if work.knowledge:
        return work.knowledge.get(table, ())
    quasi = quasi_of(work, case)
    sets = [quasi]
    if 2 < len(quasi) <= _PAIRS_UP_TO:
        sets += list(combinations(quasi, 2))
    sets.append(shown_of(work, case))
    return tuple(Knowledge(table, names) for names in dict.fromkeys(sets) if names)


def quasi_of(work: Work, case: Case) -> tuple[str, ...]:
    """The columns of a table by which the rules take attackers to look for somebody."""
    return tuple(work.rules.quasi_identifiers.get(case.table.name, ())) if work.rules else ()


def to_infer(work: Work, table: Table) -> tuple[Demand, ...]:
    """What somebody wants to learn from rows of a table, and by which columns, of others too that the rows lead to."""
    if work.rules is None:
        return ()
    rules = work.rules
    if work.knowledge:
        known = {name: of[0].columns for name, of in work.knowledge.items() if of}
        rules = replace(rules, quasi_identifiers=known)
    return tuple(each for each in demands(work.before, rules) if each.table == table.name)


def leading(work: Work, table: Table, demand: Demand) -> dict[str, str]:
    """Marks of the rows that a demand is about, with their SQL: NULL for rows that lead to nobody. () where all count.

    "patient_id>" marks those whose "patient_id" leads to somebody, ">patient_id" those that it, or another way to the
    same table, says whose they are.
    """
    marks: dict[str, str] = {}
    if not demand.led:
        return marks
    for name in (*demand.by, *demand.told):
        if keys := reach(work.before, table, name).keys:
            marks[f"{name.rpartition('>')[0]}>"] = leads_sql(table, keys)
    names = subject(work, table)
    for name, sql in zip(names, whose_sql(work.before, table, names) if names else (), strict=True):
        marks[f">{name}"] = f"CASE WHEN {sql} IS NOT NULL THEN 1 END"
    return marks


def shown_of(work: Work, case: Case) -> tuple[str, ...]:
    """All that the copy shows, but for what only numbers rows, and what attackers want to learn."""
    sensitive = work.rules.sensitive.get(case.table.name, ()) if work.rules else ()
    left_out = {*numbers_of_rows(work, case), *sensitive}
    return tuple(
        name
        for name in case.usable()
        if name not in left_out
        and case.after.forms.get(name) is not Form.BLOB
        and not is_elsewhere(case.table, name)
    )


def own_of(case: Case) -> list[str]:
    """The columns of the table itself, and paths in them, that the copy has."""
    return [name for name in case.after.codes if not is_elsewhere(case.table, name)]


def names_others(work: Work, case: Case, name: str) -> bool:
    """Whether a column is a key of persons, and not of those whom its rows are about."""
    if name in case.subject or name not in case.before.codes or case.table.column(name) is None:
        return False
    rule = work.rules.at(place_of(case.table, name)) if work.rules else None
    if rule is not None and rule.options.get("kind") == _KEY_OF_PERSONS:
        return True
    keys = (key for key in case.table.foreign_keys if key.columns == (name,))
    return any(work.subjects.get(key.parent_table) == () for key in keys)


def moved_by(work: Work, case: Case, name: str) -> int | None:
    """By how many different amounts the rules may have moved the dates of a column; None where they did not."""
    rule = work.rules.at(place_of(case.table, name)) if work.rules else None
    if rule is None or rule.technique is not Technique.SHIFT:
        return None
    days = rule.options.get("days", DAYS_MOVED)
    return 2 * days if isinstance(days, int) and days > 0 else None


def numbers_of_rows(work: Work, case: Case) -> set[str]:
    """Keys that SQLite gave out itself, and columns that point to such keys: nobody outside knows them."""
    found = {column.name for column in case.table.columns if column.rowid_alias}
    for key in case.table.foreign_keys:
        parent = work.before.table(key.parent_table) if key.parent_table else None
        columns = [parent.column(name) for name in key.parent_columns] if parent else []
        if columns and all(column is not None and column.rowid_alias for column in columns):
            found |= set(key.columns)
    return found


def columns(work: Work, table: Table, made: Iterable[str]) -> list[str]:
    """The columns of a table, and paths in them, that are looked at: the most important first.

    Args:
        made: the paths.
    """
    wanted: dict[str, None] = dict.fromkeys(table.primary_key.columns if table.primary_key else ())
    wanted.update(dict.fromkeys(subject(work, table)))
    wanted.update(dict.fromkeys(name for each in work.knowledge.get(table.name, ()) for name in each.columns))
    if work.rules:
        wanted.update(dict.fromkeys(work.rules.quasi_identifiers.get(table.name, ())))
        wanted.update(dict.fromkeys(work.rules.sensitive.get(table.name, ())))
        wanted.update({name_of(r.place): None for r in work.rules.rules if r.place.table == table.name})
    wanted.update({column.name: None for column in table.columns})
    wanted.update(dict.fromkeys(made))
    there = {column.name for column in table.columns if not column.hidden} | set(made)
    return [name for name in wanted if name in there]


def tables(
    work: Work, table: Table, there: Table, copy: ReadSession, schema: Schema, *, ruled: bool = True
) -> Tables:
    """A table of both files, as `read_case` takes it.

    Args:
        copy, schema: the copy that is looked at: this one, or the other release.
    """
    asked: dict[str, tuple[str, ...]] = {}
    for known_columns in work.knowledge.get(table.name, ()):
        for name in known_columns.columns:
            place = place_of(table, name)
            if place.path:
                asked[place.column] = (*asked.get(place.column, ()), place.path)
    made = paths(work.source, table, work.rules, asked)
    made = {name: sql for name, sql in made.items() if there.column(place_of(table, name).column) is not None}
    for demand in to_infer(work, table):
        for name in (*demand.by, *demand.told):
            if name not in made and (reached := reach(work.before, table, name)).keys:
                made[name] = scalar_sql(table, reached)
        made |= leading(work, table, demand)
    return Tables(
        table,
        there,
        work.before,
        schema,
        work.source,
        copy,
        columns(work, table, made),
        made,
        subject(work, table),
        work.rules if ruled else None,
        work.recompute,
        work.context,
    )


def subject(work: Work, table: Table) -> tuple[str, ...]:
    """The columns that lead from a row to its person, or the way there by foreign keys; () where a row is one.

    As the rules say; else those that lead straight to the person, where the table has them.
    """
    named = work.rules.persons.get(table.name, ()) if work.rules else ()
    if named and leads_there(work.before, table.name, named):
        return named
    said = work.subjects.get(table.name)
    if said is not None:
        way = persons_of(work.source, work.before, work.subjects)[table.name]
        return way if leads_there(work.before, table.name, way) else said
    quasi = work.rules.quasi_identifiers if work.rules else {}
    keys = (key.columns for key in table.foreign_keys if key.parent_table in quasi)
    return next(keys, ()) if table.name not in quasi else ()


def attacked(work: Work) -> list[Table]:
    """Tables of both files that are about persons, or that the rules change; without a word of either, all."""
    named = about_persons(work)
    if named:
        named |= {
            table.name for table in work.before.tables if any(each.led for each in to_infer(work, table))
        }
    return [
        table
        for table in work.before.tables
        if table.kind is TableKind.TABLE
        and not table.ours
        and not table.problem
        and (not named or table.name in named)
        and work.after.table(table.name) is not None
    ]


def about_persons(work: Work) -> set[str]:
    """The tables that are attacked for themselves, not only for what they lead to; none where nobody names one."""
    named = set(work.knowledge or work.subjects)
    if not work.knowledge and work.rules is not None:
        named |= {rule.place.table for rule in work.rules.rules if rule.technique is not Technique.KEEP}
        named |= set(work.rules.quasi_identifiers) | set(work.rules.sensitive)
    return named


def must_be_there(known: Knowledge, before: Schema, after: Schema, source: ReadSession) -> None:
    """Raise `UsageError` where an attacker is said to know what is not there."""
    for schema, where in ((before, "the original"), (after, "the copy")):
        table = schema.table(known.table)
        missing = [name for name in known.columns if table is None or not _is_there(table, name, source)]
        if missing and (table is None or schema is before):
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no {quoted(f'{known.table}.{missing[0]}')} in {where}.",
                hint="Name columns as “table.column”, and paths in JSON as “table.column:$.path”. Nothing was read.",
            )


def _is_there(table: Table, name: str, source: ReadSession) -> bool:
    place = place_of(table, name)
    if table.column(place.column) is None:
        return False
    if not place.path:
        return True
    there_sql = f"{value_sql(table, place.column, place.path)} IS NOT NULL"
    try:
        return bool(source.count(f"SELECT EXISTS (SELECT 1 FROM {qualified(table.name)} WHERE {there_sql})"))
    except StewardError:
        return False  # no path at all
