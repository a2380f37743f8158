"""All attacks on a copy: what is tried on which table, with which knowledge, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from steward_app.db import ReadSession, open_read
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.attack.brute import SECONDS
from steward_app.services.privacy.attack.case import Case, Shows, persons_of, what_it_shows
from steward_app.services.privacy.attack.difference import together, who_left
from steward_app.services.privacy.attack.frequency import match_frequencies
from steward_app.services.privacy.attack.inference import infer
from steward_app.services.privacy.attack.linkage import link, single_out
from steward_app.services.privacy.attack.model import (
    Attack,
    AttackKind,
    AttackReport,
    Knowledge,
    NotTried,
    Truth,
)
from steward_app.services.privacy.attack.truth import Recompute, pair
from steward_app.services.privacy.attack.turning import turn_back
from steward_app.services.privacy.columns import MOST_ROWS, Form, read_columns
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema import Schema, Table, TableKind, read_schema

_MOST_COLUMNS: Final = 60
"""Columns of a table that are looked at: those with rules, of keys, known or sensitive first."""
MOST_CELLS: Final = 25_000_000
"""Cells of a table that are looked at at once: 400 MB a file at most."""
_FEWEST_ROWS: Final = 1_000
_PAIRS_UP_TO: Final = 5  # quasi-identifiers, of which every two are tried


@dataclass(frozen=True, slots=True)
class _Work:
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


def run(
    source: Path,
    copy: Path,
    rules: ReleaseRules | None,
    context: Context,
    knowledge: Sequence[Knowledge] | None = None,
    other_release: Path | None = None,
    *,
    recompute: Recompute | None = None,
    subjects: Mapping[str, tuple[str, ...]] | None = None,
    seconds: float = SECONDS,
) -> AttackReport:
    """Attack a copy.

    Args:
        rules: by which it was made; None: what was done with each column is read off both files.
        knowledge: what attackers know; None for the quasi-identifiers of the rules, two by two and together, and for
            everything the copy still shows.
        other_release: another copy of the same original, to be compared with.
        recompute: what primary keys become, for whoever holds the key of the pseudonyms.
        subjects: of each table about persons, the columns that lead to the person, () where a row is one. Where
            nothing is said, rows that point to a table of which the rules name quasi-identifiers are about its persons.
        seconds: to be spent on brute force, a column.

    Raises `UsageError` for a table or column that is not there, `StewardError` of opening the files, `Cancelled`.
    """
    started = time.monotonic()
    with ExitStack() as opened:
        sessions = [opened.enter_context(open_read(each, context)) for each in (source, copy)]
        other = opened.enter_context(open_read(other_release, context)) if other_release else None
        for each in (*sessions, *([other] if other else [])):
            opened.enter_context(each.under(context))
            opened.enter_context(each.snapshot())
        before, after = (read_schema(each) for each in sessions)
        by_table: dict[str, tuple[Knowledge, ...]] = {}
        for known in knowledge or ():
            _must_be_there(known, before, after)
            by_table[known.table] = (*by_table.get(known.table, ()), known)
        work = _Work(
            sessions[0],
            sessions[1],
            other,
            before,
            after,
            read_schema(other) if other else None,
            rules,
            recompute,
            subjects or {},
            by_table,
            seconds,
            context,
        )
        attacks: list[Attack] = []
        not_tried: list[NotTried] = []
        truth = []
        for table in _attacked(work):
            context.checkpoint()
            case = _case(work, table, work.copy, work.after)
            truth.append(case.belonging.told)
            for found in _attacks(work, case):
                (attacks if isinstance(found, Attack) else not_tried).append(found)  # type: ignore[arg-type]
    return AttackReport(
        str(source),
        str(copy),
        str(other_release) if other_release else "",
        rules.name if rules else "",
        clock.to_text(clock.now()),
        time.monotonic() - started,
        tuple(attacks),
        tuple(not_tried),
        tuple(truth),
    )


def _attacks(work: _Work, case: Case) -> Iterator[Attack | NotTried]:
    table, known = case.table.name, _known(work, case)
    for name in case.after.codes:
        yield from turn_back(case, name, work.source, work.copy, work.context, work.seconds)
    if case.belonging.told.truth is Truth.UNKNOWN:
        why = (
            "It is not known which row is whose: keys were changed, their key is not at hand, and rows stand in"
            " another order."
        )
        yield NotTried(AttackKind.LINKAGE, f"Linkage, frequencies and inference in {quoted(table)}", why)
        return
    quasi = _quasi(work, case)
    unnamed = bool(work.knowledge) or not (work.rules and work.rules.quasi_identifiers)
    for knowledge in known:
        judged = unnamed or set(knowledge.columns) <= set(quasi)
        attack = link(case, knowledge, work.context, judged=judged)
        listed = ", ".join(quoted(name) for name in knowledge.columns)
        yield (
            attack
            or NotTried(
                AttackKind.LINKAGE,
                f"Linkage of {quoted(table)} by {listed}",
                "The copy shows nothing of it without a key.",
            )
        )
    numbers = [name for name in case.usable() if name in _numbers_of_rows(work, case)]
    if numbers and not work.knowledge:
        yield NotTried(
            AttackKind.LINKAGE,
            f"Linkage of {quoted(table)} by {', '.join(map(quoted, numbers))}",
            "What only numbers rows is kept there. Where somebody outside knows these numbers, name it as known.",
        )
    if (found := single_out(case, quasi or _shown(work, case), judged=unnamed or bool(quasi))) is not None:
        yield found
    for name in case.after.codes:
        if (matched := match_frequencies(case, name)) is not None:
            yield matched
    for sensitive in work.rules.sensitive.get(table, ()) if work.rules else ():
        for knowledge in known[:1]:
            if (guessed := infer(case, knowledge.columns, sensitive)) is not None:
                yield guessed
    yield from _differences(work, case, known)


def _differences(work: _Work, case: Case, known: Sequence[Knowledge]) -> Iterator[Attack | NotTried]:
    if work.other is None or work.later is None:
        return
    table = case.table.name
    if work.later.table(table) is None:
        yield NotTried(
            AttackKind.DIFFERENCE, f"Both releases of {quoted(table)}", "The other release has no such table."
        )
        return
    other = _case(work, case.table, work.other, work.later, ruled=False)
    if not other.known:
        why = "It is not known which row of the other release is whose."
        yield NotTried(AttackKind.DIFFERENCE, f"Both releases of {quoted(table)}", why)
        return
    for knowledge in known:
        if (found := together(case, other, knowledge, work.context)) is not None:
            yield found
    if (left := who_left(case, other)) is not None:
        yield left


def _case(work: _Work, table: Table, session: ReadSession, schema: Schema, *, ruled: bool = True) -> Case:
    theirs = schema.table(table.name)
    assert theirs is not None
    rules = work.rules if ruled else None
    names = _columns(work, table)
    both = [name for name in names if theirs.column(name) is not None]
    most = max(_FEWEST_ROWS, min(MOST_ROWS, MOST_CELLS // max(1, len(names))))
    before = read_columns(work.source, table, names, work.context, most=most)
    after = read_columns(session, theirs, both, work.context, most=most)
    belonging = pair(table, before, after, rules, work.recompute, work.context)
    shows = {name: what_it_shows(name, table.name, before, after, belonging.rows, rules) for name in names}
    limits = work.rules.limits if work.rules else Limits()
    persons = persons_of(before, _subject(work, table))
    diverse = (limits.l_diversity or 1) > 1
    return Case(table, before, after, belonging, persons, shows, _limit(limits), diverse)


def _known(work: _Work, case: Case) -> tuple[Knowledge, ...]:
    """What is known of the persons of a table: as asked for, else by the rules, else what the copy shows."""
    table = case.table.name
    if work.knowledge:
        return work.knowledge.get(table, ())
    quasi = _quasi(work, case)
    sets = [quasi]
    if 2 < len(quasi) <= _PAIRS_UP_TO:
        sets += list(combinations(quasi, 2))
    sets.append(_shown(work, case))
    return tuple(Knowledge(table, names) for names in dict.fromkeys(sets) if names)


def _quasi(work: _Work, case: Case) -> tuple[str, ...]:
    """The columns of a table by which the rules take attackers to look for somebody."""
    return tuple(work.rules.quasi_identifiers.get(case.table.name, ())) if work.rules else ()


def _shown(work: _Work, case: Case) -> tuple[str, ...]:
    """All that the copy shows, but for what only numbers rows, and what attackers want to learn."""
    sensitive = work.rules.sensitive.get(case.table.name, ()) if work.rules else ()
    left_out = {*_numbers_of_rows(work, case), *sensitive}
    return tuple(
        name for name in case.usable() if name not in left_out and case.after.forms.get(name) is not Form.BLOB
    )


def _numbers_of_rows(work: _Work, case: Case) -> set[str]:
    """Keys that SQLite gave out itself, and columns that point to such keys: nobody outside knows them."""
    found = {column.name for column in case.table.columns if column.rowid_alias}
    for key in case.table.foreign_keys:
        parent = work.before.table(key.parent_table) if key.parent_table else None
        columns = [parent.column(name) for name in key.parent_columns] if parent else []
        if columns and all(column is not None and column.rowid_alias for column in columns):
            found |= set(key.columns)
    return found


def _columns(work: _Work, table: Table) -> list[str]:
    """The columns of a table that are looked at, in its order."""
    wanted: dict[str, None] = dict.fromkeys(table.primary_key.columns if table.primary_key else ())
    wanted.update(dict.fromkeys(_subject(work, table)))
    wanted.update(dict.fromkeys(name for each in work.knowledge.get(table.name, ()) for name in each.columns))
    if work.rules:
        wanted.update(dict.fromkeys(work.rules.quasi_identifiers.get(table.name, ())))
        wanted.update(dict.fromkeys(work.rules.sensitive.get(table.name, ())))
        wanted.update({r.place.column: None for r in work.rules.rules if r.place.table == table.name})
    wanted.update({column.name: None for column in table.columns if not column.hidden})
    chosen = set(list(wanted)[:_MOST_COLUMNS])
    return [column.name for column in table.columns if column.name in chosen and not column.hidden]


def _subject(work: _Work, table: Table) -> tuple[str, ...]:
    """The columns that lead from a row to its person; () where a row is one."""
    said = work.subjects.get(table.name)
    if said is not None:
        return said
    quasi = work.rules.quasi_identifiers if work.rules else {}
    keys = (key.columns for key in table.foreign_keys if key.parent_table in quasi)
    return next(keys, ()) if table.name not in quasi else ()


def _attacked(work: _Work) -> list[Table]:
    """Tables of both files that are about persons, or that the rules change; without a word of either, all."""
    named = set(work.knowledge)
    if not named:
        named = set(work.subjects)
        if work.rules is not None:
            named |= {rule.place.table for rule in work.rules.rules if rule.technique is not Technique.KEEP}
            named |= set(work.rules.quasi_identifiers) | set(work.rules.sensitive)
    return [
        table
        for table in work.before.tables
        if table.kind is TableKind.TABLE
        and not table.ours
        and not table.problem
        and (not named or table.name in named)
        and work.after.table(table.name) is not None
    ]


def _limit(limits: Limits) -> float | None:
    if limits.risk is not None:
        return limits.risk
    return 1 / limits.k if limits.k and limits.k > 1 else None  # groups of one are no limit


def _must_be_there(known: Knowledge, before: Schema, after: Schema) -> None:
    for schema, where in ((before, "the original"), (after, "the copy")):
        table = schema.table(known.table)
        missing = [name for name in known.columns if table is None or table.column(name) is None]
        if missing and (table is None or schema is before):
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"There is no {quoted(f'{known.table}.{missing[0]}')} in {where}.",
                hint="Name columns as “table.column”. Nothing was read.",
            )


__all__ = ["Shows", "run"]
