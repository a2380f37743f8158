"""All attacks on a copy: what is tried on which table, with which knowledge, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from steward_app.db import ReadSession, open_read
from steward_app.kernel import clock
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.attack.brute import SECONDS
from steward_app.services.privacy.attack.case import Case, Shows
from steward_app.services.privacy.attack.choosing import (
    Work,
    about_persons,
    attacked,
    known_of,
    leading,
    moved_by,
    must_be_there,
    names_others,
    numbers_of_rows,
    own_of,
    quasi_of,
    shown_of,
    tables,
    to_infer,
)
from steward_app.services.privacy.attack.composition import compose
from steward_app.services.privacy.attack.difference import together, who_left
from steward_app.services.privacy.attack.frequency import match_frequencies
from steward_app.services.privacy.attack.inference import infer
from steward_app.services.privacy.attack.json_members import member_cases, several
from steward_app.services.privacy.attack.linkage import link, single_out
from steward_app.services.privacy.attack.lists import lists_for
from steward_app.services.privacy.attack.model import (
    Attack,
    AttackKind,
    AttackReport,
    Knowledge,
    NotTried,
    Truth,
)
from steward_app.services.privacy.attack.persons import averaged, intervals
from steward_app.services.privacy.attack.reading import read_case
from steward_app.services.privacy.attack.traces import by_length, by_order
from steward_app.services.privacy.attack.truth import Recompute
from steward_app.services.privacy.attack.turning import turn_back
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema import Schema, Table, read_schema


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
            must_be_there(known, before, after, sessions[0])
            by_table[known.table] = (*by_table.get(known.table, ()), known)
        work = Work(
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
        not_tried = list(_nothing_in_common(work))
        truth = []
        for table in attacked(work):
            context.checkpoint()
            case = _case(work, table, work.copy, work.after)
            truth.append(case.belonging.told)
            for found in _attacks(work, case, _of_members(work, case)):
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


def _of_members(work: Work, case: Case) -> dict[str, Case]:
    """For paths that lead to several values of a cell, the table with a row for each of them."""
    there = work.after.table(case.table.name)
    assert there is not None
    wanted = tables(work, case.table, there, work.copy, work.after)
    return {name: of for names, of in member_cases(wanted, case, work.context) for name in names}


def _attacks(work: Work, case: Case, of_members: Mapping[str, Case]) -> Iterator[Attack | NotTried]:
    """All attacks on a table.

    Args:
        of_members: for some paths in JSON, the table with a row for each of their values.
    """
    table, known = case.table.name, known_of(work, case)
    named = about_persons(work)
    if named and table not in named:  # what is known of others leads to it
        yield from _guesses(work, case, known)
        return
    yield from _too_large(case)
    for name in own_of(case):
        of = _whom_it_names(work, of_members.get(name, case), name)
        amounts, lists = moved_by(work, case, name), lists_for(work, case, name)
        yield from turn_back(of, name, work.context, work.seconds, amounts, lists)
    told = case.belonging.told
    if told.truth is Truth.UNKNOWN:
        why = (
            "It is not known which row is whose: keys were changed, their key is not at hand, and rows stand in"
            " another order. Nor do enough of them have something in common that occurs once."
            if told.copy_rows
            else "The copy has no row of it."
        )
        yield NotTried(AttackKind.LINKAGE, f"Linkage, frequencies and inference in {quoted(table)}", why)
        return
    quasi = quasi_of(work, case)
    unnamed = bool(work.knowledge) or not (work.rules and work.rules.quasi_identifiers)
    for knowledge in known:
        judged = unnamed or set(knowledge.columns) <= set(quasi)
        of = next((of_members[name] for name in knowledge.columns if name in of_members), case)
        attack = link(of, knowledge, work.context, judged=judged)
        listed = ", ".join(quoted(name) for name in knowledge.columns)
        yield (
            attack
            or NotTried(
                AttackKind.LINKAGE,
                f"Linkage of {quoted(table)} by {listed}",
                "The copy shows nothing of it without a key.",
            )
        )
    yield from _rows_together(work, case, known, of_members)
    numbers = [name for name in case.usable() if name in numbers_of_rows(work, case)]
    if numbers and not work.knowledge:
        yield NotTried(
            AttackKind.LINKAGE,
            f"Linkage of {quoted(table)} by {', '.join(map(quoted, numbers))}",
            "What only numbers rows is kept there. Where somebody outside knows these numbers, name it as known.",
        )
    if (found := single_out(case, quasi or shown_of(work, case), judged=unnamed or bool(quasi))) is not None:
        yield found
    for name in own_of(case):
        of = _whom_it_names(work, of_members.get(name, case), name)
        if (matched := match_frequencies(of, name)) is not None:
            yield matched
    yield from _guesses(work, case, known)
    yield from _differences(work, case, known)


def _whom_it_names(work: Work, case: Case, name: str) -> Case:
    """The case of those whom a column is about: a key that leads to others than its rows are about is about these."""
    return case.of_values(name) if names_others(work, case, name) else case


def _guesses(work: Work, case: Case, known: Sequence[Knowledge]) -> Iterator[Attack]:
    """What is sensitive, guessed by what is known: of the rows themselves, and of those that they lead to."""
    wanted = [
        (each.by, sensitive, tuple(leading(work, case.table, each)))
        for each in to_infer(work, case.table)
        for sensitive in each.told
    ]
    if not wanted and work.rules and known:
        wanted = [
            (known[0].columns, sensitive, ()) for sensitive in work.rules.sensitive.get(case.table.name, ())
        ]
    for columns, sensitive, marks in dict.fromkeys(wanted):
        if (guessed := infer(case, columns, sensitive, marks)) is not None:
            yield guessed


def _nothing_in_common(work: Work) -> Iterator[NotTried]:
    if not attacked(work):
        why = "No table of the original that is about persons, or that the rules change, is in the copy."
        yield NotTried(AttackKind.LINKAGE, "All attacks", why)


def _rows_together(
    work: Work, case: Case, known: Sequence[Knowledge], of_members: Mapping[str, Case]
) -> Iterator[Attack]:
    """Attacks on traces: judged only where somebody said that an attacker knows the column."""
    told = {name for knowledge in work.knowledge.get(case.table.name, ()) for name in knowledge.columns}
    told |= set(quasi_of(work, case))
    for knowledge in known:
        judged = set(knowledge.columns) <= told
        if (found := averaged(case, knowledge, work.context, judged=judged)) is not None:
            yield found
    for name in own_of(case):
        if (found := intervals(case, name, work.context, judged=name in told)) is not None:
            yield found
        # who knows a masked value knows more than its length: the linkage by it is judged
        by_itself = name in told and case.shows[name] is Shows.KEYED
        of = of_members.get(name, case)
        if (found := by_length(of, name, work.context, judged=by_itself)) is not None:
            yield found
    key = case.table.primary_key
    if (found := by_order(case, judged=key is not None and set(key.columns) <= told)) is not None:
        yield found


def _too_large(case: Case) -> Iterator[NotTried]:
    """What is not tried on a table of which some persons are drawn."""
    if case.whole is None:
        return
    table = quoted(case.table.name)
    if case.left_out:
        yield NotTried(
            AttackKind.LINKAGE,
            f"Attacks by {plural(case.left_out, 'column')} of {table}",
            "The table has too many rows for all of its columns. Name a column as known, and it is looked at.",
        )
    why = "The table is too large: persons were drawn at random, and these attacks take all of them."
    if several(case):
        what = f"All but the first value of cells of {table} that hold several in JSON"
        yield NotTried(AttackKind.LINKAGE, what, why)
    what = f"Singling out in {table}, and what rows of a person together, their order and lengths tell"
    yield NotTried(AttackKind.SINGLING_OUT, what, why)


def _differences(work: Work, case: Case, known: Sequence[Knowledge]) -> Iterator[Attack | NotTried]:
    if work.other is None or work.later is None:
        return
    table = case.table.name
    if work.later.table(table) is None:
        yield NotTried(
            AttackKind.DIFFERENCE, f"Both releases of {quoted(table)}", "The other release has no such table."
        )
        return
    if case.whole is not None:
        why = "The table is too large: rows of both releases are put together only where all of them fit."
        yield NotTried(AttackKind.DIFFERENCE, f"Both releases of {quoted(table)}", why)
        return
    other = _case(work, case.table, work.other, work.later, ruled=False)
    if not other.known or other.whole is not None:
        why = "It is not known which row of the other release is whose."
        yield NotTried(AttackKind.DIFFERENCE, f"Both releases of {quoted(table)}", why)
        return
    for knowledge in known:
        if (found := together(case, other, knowledge, work.context)) is not None:
            yield found
    for sensitive in work.rules.sensitive.get(table, ()) if work.rules else ():
        for knowledge in known[:1]:
            if (composed := compose(case, other, knowledge.columns, sensitive)) is not None:
                yield composed
    if (left := who_left(case, other)) is not None:
        yield left


def _case(work: Work, table: Table, session: ReadSession, schema: Schema, *, ruled: bool = True) -> Case:
    theirs = schema.table(table.name)
    assert theirs is not None
    limits = work.rules.limits_of(table.name) if work.rules else Limits()
    return read_case(tables(work, table, theirs, session, schema, ruled=ruled), limits)


__all__ = ["Shows", "run"]
