"""The verb: every migration that waits, judged before any of it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from steward_app.db import ReadSession, fold, schema_rows
from steward_app.db.migration_files import Kind, Migration
from steward_app.db.migration_script import Script, read_script
from steward_app.kernel.errors import UsageError
from steward_app.kernel.finding import Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.migrate.lint import (
    aftermath,
    again,
    coming,
    contracted,
    copied,
    counters,
    endless,
    fired,
    firing_order,
    fits,
    fulltext,
    guards,
    links,
    moments,
    naming,
    promises,
    queries,
    read_again,
    repeats,
    replaced,
    spared,
    texts,
    uniques,
    whole_text,
)
from steward_app.services.migrate.lint.cost import Cost
from steward_app.services.migrate.lint.loss import Loss, came_back
from steward_app.services.migrate.lint.made import Made
from steward_app.services.migrate.lint.meant import meant_in
from steward_app.services.migrate.lint.mixed import Mixed
from steward_app.services.migrate.lint.model import LintReport, Looked, Place, Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step, problem_at
from steward_app.services.migrate.lint.walk import Stopped, Walk
from steward_app.services.migrate.run.placeholders import fill
from steward_app.services.migrate.status import status
from steward_app.services.migrate.without_audit import is_of_audit, without_audit
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema
from steward_app.services.schema.registry.promises import Held

_UNTOUCHED = re.compile(r"^Nothing was \w+\. ?")
_PLACE = re.compile(r"line (\d+), column (\d+): (.*)", re.DOTALL)

_MAY_RUN = frozenset({"not_looked_at", endless.MAY_NOT_END})
"""Why lint stops at a statement that may go through all the same."""

Reading = Callable[[Migration], Script]


def lint_pending(
    session: ReadSession, folder: Path, context: Context | None = None, *, reading: Reading = read_script
) -> LintReport:
    """What there is to say of the migrations of a folder that wait for the file, in the order they would run.

    Args:
        reading: makes a file's statements, with values for its placeholders.

    Raises `Failure` (BAD_MIGRATION) for a folder or a history that cannot be read.
    """
    waiting = [entry.migration for entry in status(session, folder).pending if entry.migration]
    return lint(session, waiting, context, folder=folder, reading=reading)


def lint(
    session: ReadSession,
    migrations: Sequence[Migration],
    context: Context | None = None,
    *,
    folder: Path = Path(),
    reading: Reading = read_script,
) -> LintReport:
    """What there is to say of migrations, as if they ran on the file one after the other.

    The file is only read: the schema is tried on an empty copy in memory, and rows are counted by queries.

    Args:
        session: the file they are for.
        context: progress in files, and cancel.
        reading: makes a file's statements, with values for its placeholders.
    """
    context = context or Context()
    looked: list[Looked] = []
    found: list[Problem] = []
    copy = closing(without_audit(session))
    with session.under(context), session.snapshot(), copy as empty, empty.under(context):
        stored = {fold(row.name) for row in schema_rows(session) if row.sql and not is_of_audit(row.name)}
        there = {fold(row.name) for row in schema_rows(empty)}
        judge = _Judge(session, Walk(empty, frozenset(stored - there)), context)
        goes_on = True
        for number, migration in enumerate(migrations):
            context.checkpoint()
            context.report(number, len(migrations), unit="migrations", note=migration.path.name)
            reached = goes_on or migration.python  # of a program no more is told anyway
            file = judge.file(migration, reading) if reached else Looked(migration.path.name, 1, 0)
            goes_on = file.looked_at == file.statements and goes_on
            looked.append(file)
        found = judge.found
    return LintReport(str(session.path), str(folder), tuple(looked), tuple(found))


def rows_after(session: ReadSession, migrations: Sequence[Migration], context: Context) -> Rows | None:
    """What is known of the rows of a file once migrations have run, or None where one of them cannot be followed.

    Raises `UsageError` for a file that cannot be read.
    """
    with session.under(context), session.snapshot(), closing(without_audit(session)) as empty:
        rows, walk = Rows(session, read_schema(session, context), context), Walk(empty, frozenset())
        try:
            with empty.under(context):
                for migration in migrations:
                    if migration.python:
                        return None
                    for each in walk.steps(read_script(migration, fill(migration, {}))):
                        context.checkpoint()
                        if isinstance(each, Step):
                            rows.follow(each)
                            rows.gave_up(each)
        except Stopped:
            return None
        return rows


class _Judge:
    """Goes through files, and keeps what is known of the rows between them."""

    def __init__(self, session: ReadSession, walk: Walk, context: Context) -> None:
        self.found: list[Problem] = []
        self._walk = walk
        self._rows = Rows(session, read_schema(session, context), context)
        self._loss = Loss(self._rows)
        self._cost = Cost(session, self._rows)
        self._held = Held.of(session.path, session, walk.schema)
        self._stopped = again.stopped_half_way(session)
        self._context = context

    def file(self, migration: Migration, reading: Reading) -> Looked:
        """Judge a file."""
        name = migration.path.name
        if migration.python:
            title = f"{quoted(name)} is a program: what it does is not told before it runs"
            script = Script(migration, migration.text, ())
            self.found.append(problem_at(script, 0, "not_looked_at", title, Subject("database")))
            return Looked(name, 1, 0, program=True)
        try:
            script = reading(migration)
        except UsageError as error:
            self.found.append(_refused(migration, error))
            return Looked(name, 1, 0)
        steps: list[Step] = []
        problems = list(whole_text.problems(script))
        made = Made.taken_back_by(migration, reading)
        begin, copies = self._rows.fork(), list[copied.Copy | Mixed]()
        untold: list[read_again.Untold] = []
        try:
            for each in self._walk.steps(script):
                self._context.checkpoint()
                if isinstance(each, Problem):
                    problems.append(each)
                    continue
                steps.append(each)
                problems += map(made.meant, self._statement(each, steps[0].before))
                made.follow(each.act)
                copies += copied.taken(each, self._rows)
                untold += read_again.untold(each, self._rows)
                self._rows.follow(each)
                problems += self._too_long(each)
            problems += map(made.meant, self._end(script, steps, begin))
            problems += map(made.meant, copied.problems(steps, copies))
            problems += map(made.meant, read_again.problems(steps, untold, begin, self._rows))
            problems += self._too_long(steps[-1]) if steps else ()
            if steps:
                found = steps[0].before
                problems = [each for each in problems if not came_back(each, found, begin, self._rows)]
        except Stopped as stopped:
            problems.append(again.told(stopped.problem, migration, self._stopped))
            if steps and stopped.problem.finding.code in _MAY_RUN:
                problems += promises.problems(steps, self._held)
        self.found += _in_order(_accepted(script, list(spared.gathered(_once(problems)))))
        statements = len(script.statements)  # the end of a TEMP table is a step, too
        return Looked(name, statements, min(len(steps), statements))

    def _statement(self, step: Step, begin: Schema) -> Iterator[Problem]:
        yield from endless.problems(step, self._walk.ends, self._walk.plan, self._rows)
        yield from texts.problems(step, begin)
        yield from fits.problems(step, self._rows)
        yield from coming.problems(step, self._rows)
        yield from self._cost.problems(step)
        yield from fired.problems(step, self._rows, begin, self._loss.own)
        yield from self._loss.problems(step)
        yield from replaced.problems(step, self._rows)
        yield from queries.problems(step, self._rows)

    def _too_long(self, step: Step) -> Iterator[Problem]:
        if self._rows.gave_up(step):
            title = "What this statement does to the rows takes too long to be told before it runs"
            yield step.problem("not_looked_at", title, Subject("database"))

    def _end(self, script: Script, steps: Sequence[Step], begin: Rows) -> Iterator[Problem]:
        if not steps:
            return
        yield from aftermath.problems(steps, self._walk.texts_for_names)
        yield from uniques.problems(steps)
        yield from guards.problems(steps)
        yield from firing_order.problems(steps)
        yield from counters.problems(steps, self._rows)
        yield from contracted.problems(steps, begin)
        yield from contracted.kept_alike(steps, self._rows)
        yield from links.problems(steps, self._rows)
        yield from fulltext.problems(steps, self._rows)
        yield from naming.problems(steps)
        yield from moments.problems(steps, self._rows)
        yield from promises.problems(steps, self._held)
        if script.migration.kind is Kind.REPEATABLE:
            again = self._walk.twice(script)
            if again is not None:
                yield again
            else:
                yield from repeats.problems(steps, begin, self._rows)


def _refused(migration: Migration, error: UsageError) -> Problem:
    """A file that cannot be cut into statements, or holds one that no migration may."""
    script = Script(migration, migration.text, ())
    told = _PLACE.search(error.message)
    problem = problem_at(
        script, 0, "not_for_a_migration", told[3] if told else error.message, Subject("database")
    )
    what_to_do = _UNTOUCHED.sub("", error.hint)
    if what_to_do:
        problem = replace(problem, finding=replace(problem.finding, remedies=(what_to_do,)))
    if told:
        problem = replace(problem, place=Place(migration.path.name, int(told[1]), int(told[2])))
    return problem


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems; that something cannot be looked at is told where it begins, and not of each statement."""
    told: set[str] = set()
    for problem in problems:
        if problem.finding.code == "not_looked_at":
            if problem.finding.title in told:
                continue
            told.add(problem.finding.title)
        yield problem


def _accepted(script: Script, problems: Sequence[Problem]) -> Iterator[Problem]:
    """The problems, those that a remark in the file says are meant marked as accepted.

    What blocks is not for the file to allow.
    """
    allowed = meant_in(script)
    for problem in problems:
        codes = frozenset() if problem.finding.blocks else allowed.get(problem.place.line, frozenset())
        yield replace(problem, accepted=True) if problem.finding.code in codes else problem


def _in_order(problems: Iterator[Problem]) -> list[Problem]:
    unique = {problem.id: problem for problem in problems}
    return sorted(unique.values(), key=lambda p: (p.place.line, p.place.column, p.finding.severity.rank))
