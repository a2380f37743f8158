"""Runs a script on an empty copy of the schema, statement by statement, so that each is judged in its own state.

What changes rows is prepared and not run: whether it fits depends on rows that are not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from steward_app.db import Access, WriteSession, fold, literal, qualified
from steward_app.db.bounded import MOST_ON_EMPTY, TooLong, bounded
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.migration_script import NOT_ALLOWED, Script, confined
from steward_app.db.query import FUNCTIONS_REFUSED, with_names_only
from steward_app.db.runner import unenforced
from steward_app.db.script import Statement
from steward_app.db.tokens import significant, tokenize, unquote
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint import temporary
from steward_app.services.migrate.lint.acts import (
    Act,
    AddColumn,
    Create,
    Drop,
    DropColumn,
    RenameColumn,
    RenameTable,
    read_act,
)
from steward_app.services.migrate.lint.crossing import Plan
from steward_app.services.migrate.lint.endless import MAY_NOT_END, TITLE
from steward_app.services.migrate.lint.mentioned import Mentioned
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, problem_at
from steward_app.services.migrate.quoted_words import Place, Words
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

_OURS: Final = "_steward_"
_OF_SCRIPTS: Final = "_steward_expand_"
"""How the names begin of what a migration may make and drop, as `db.migration_script.confined` has it."""
_SHAPES: Final = frozenset({"CREATE", "DROP", "ALTER"})
_SETS: Final = frozenset({"PRAGMA"})
_PASSED_OVER: Final = frozenset({"VACUUM", "ANALYZE", "REINDEX"})
_WRITES: Final = frozenset({"SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"})
_TRIAL: Final = "SAVEPOINT trial", "ROLLBACK TO trial", "RELEASE trial"


class Stopped(Exception):
    """A statement does not run, so nothing behind it can be judged."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.finding.title)
        self.problem = problem


class Walk:
    """An empty copy of a schema that scripts are run on, one after the other.

    Args:
        empty: the copy; whoever made it closes it.
        missing: names, folded, of objects of the file that are not in the copy, since SQLite does not accept them here.

    Attributes:
        texts_for_names: what has a text for a name since the last script.
    """

    def __init__(self, empty: WriteSession, missing: frozenset[str]) -> None:
        self.empty = empty
        self.missing = missing
        self.schema = read_schema(empty)
        self.texts_for_names = frozenset[str]()
        self._mentioned = Mentioned(empty, self.schema)
        self._went: dict[str, str] = {}

    def steps(self, script: Script) -> Iterator[Step | Problem]:
        """Each statement that SQLite takes as a step, and what there is to say of its text.

        Raises `Stopped` at the first that does not run.
        """
        begin = self.schema
        said = self._mentioned.now
        made = temporary.made_by(script)
        for name in sorted(temporary.in_the_way(script, made.keys(), begin)):
            title = (
                f"{quoted(name)} is a temporary table and one of the file, too:"
                " what becomes of the rows is not told before it runs"
            )
            at, subject = made.pop(name).offset, Subject("table", name)
            yield problem_at(script, at, "not_looked_at", title, subject, severity=Severity.WARNING)
        script = temporary.as_tables(script, made.keys())
        with unenforced(self.empty):
            for number, statement in enumerate(script.statements):
                yield from self._names(script, statement, said)
                step = self._step(script, statement, number)
                if step.before is not step.after:
                    self._mentioned.follow(statement, step.after)
                if isinstance(step.act, Create) and fold(step.act.name) in made:
                    step = replace(step, act=replace(step.act, temporary=True))
                elif isinstance(step.act, RenameTable) and fold(step.act.table) in made:
                    made[fold(step.act.name)] = made.pop(fold(step.act.table))
                yield step
            self._went |= dict.fromkeys(made, script.migration.path.name)
            yield from self._end_of_temporary(script, made)
            self._went |= dict.fromkeys(temporary.drop_all(self.empty), script.migration.path.name)
        became = list(self._mentioned.problems(script))
        self.texts_for_names = frozenset(each.finding.subject.name for each in became)
        yield from became

    def _end_of_temporary(self, script: Script, made: Mapping[str, Statement]) -> Iterator[Step]:
        """The TEMP tables that are left go with the connection."""
        for number, (name, statement) in enumerate(made.items(), len(script.statements)):
            before, table = self.schema, self.schema.table(name)
            if table is not None:
                self.empty.run(f"DROP TABLE {qualified(table.name)}")
                self.schema = read_schema(self.empty)
                yield Step(script, statement, number, Drop("table", table.name), before, self.schema)

    def twice(self, script: Script) -> Problem | None:
        """What is wrong with a file that has run when it runs again."""
        before = self.schema
        made = temporary.made_by(script).keys()
        script = temporary.as_tables(script, made - temporary.in_the_way(script, made, before))
        with self._trial(), unenforced(self.empty):
            for number, statement in enumerate(script.statements):
                try:
                    self._step(script, statement, number)
                except Stopped as stopped:
                    self.schema, why = before, stopped.problem.finding.title
                    return problem_at(script, statement.offset, "not_repeatable", why, Subject("database"))
        self.schema = before
        return None

    def ends(self, step: Step) -> bool:
        """Whether a statement comes to an end on empty tables: what takes so long there does not rest on rows."""
        if step.statement.verb in _SHAPES:
            return True  # it ran
        with self._trial(), unenforced(self.empty):
            try:
                with self._as_the_runner(step.script):
                    self.empty.run(step.statement.sql)
            except TooLong:
                return False
            except Cancelled:
                raise
            except (SqliteSays, StewardError):  # for want of rows
                pass
        return True

    def plan(self, step: Step, sql: str) -> Plan:
        """How SQLite goes through the tables of a statement, or of a query in it; () where it does not say."""
        try:
            with self._as_the_runner(step.script):
                found = self.empty.all(f"EXPLAIN QUERY PLAN {sql}")
        except (SqliteSays, TooLong):
            return ()
        return [(int(str(number)), int(str(parent)), str(detail)) for number, parent, _, detail in found]

    def _step(self, script: Script, statement: Statement, number: int) -> Step:
        before, accesses = self.schema, tuple[Access, ...]()
        act = read_act(statement)
        try:
            with self._as_the_runner(script):
                if statement.verb in _SHAPES:
                    if isinstance(act, Create) and act.query_sql:
                        accesses = self.empty.accesses(act.query_sql)
                    self.empty.run(statement.sql)
                    self.schema = read_schema(self.empty)
                elif statement.verb in _SETS:
                    self.empty.run(statement.sql)
                elif statement.verb not in _PASSED_OVER:
                    if any(each in statement.sql.lower() for each in FUNCTIONS_REFUSED):
                        self.empty.run(
                            f"EXPLAIN {statement.sql}"
                        )  # what is looked at next is prepared unconfined
                    accesses = self.empty.accesses(statement.sql)
        except SqliteSays as says:
            raise Stopped(self._failed(script, statement, str(says))) from says
        except TooLong as error:
            problem = problem_at(script, statement.offset, MAY_NOT_END, TITLE, Subject("database"))
            raise Stopped(problem) from error
        ours = next(
            (a.table for a in accesses if a.action in _WRITES and not a.through and _is_ours(a.table)), ""
        )
        if ours:
            raise Stopped(_ours(script, statement, ours))
        return Step(script, statement, number, act, before, self.schema, accesses)

    def _failed(self, script: Script, statement: Statement, why: str) -> Problem:
        """Why a statement does not run, told by what is behind it."""
        names = [unquote(token.text) for token in significant(tokenize(statement.sql))]
        ours = next((name for name in names if _is_ours(name)), "")
        missing = next((name for name in names if fold(name) in self.missing), "")
        if gone := temporary.not_there(why, self._went):
            return problem_at(script, statement.offset, "statement_fails", gone, Subject("database"))
        if why == "not authorized" and ours:
            return _ours(script, statement, ours)
        if missing:
            title = (
                f"{quoted(missing)} is not in the copy of the schema, since it needs what this program lacks:"
                f" {visible(why, 200)}"
            )
            return problem_at(script, statement.offset, "not_looked_at", title, Subject("table", missing))
        if isinstance(read_act(statement), RenameTable | RenameColumn | DropColumn | AddColumn):
            broken = next((name for name in self._broken() if f" {name}:" in why or f" {name} " in why), "")
            if broken:
                title = f"{quoted(broken)} does not compile and is in the way: {visible(why, 200)}"
                return problem_at(
                    script, statement.offset, "broken_object_in_the_way", title, Subject("view", broken)
                )
        code, title = "statement_fails", f"This statement does not run: {visible(why, 200)}"
        if why.startswith("not authorized"):
            code, function = "not_for_a_migration", why.partition("function: ")[2]
            title = (
                f"{function}() reaches outside the file."
                if function
                else f"{NOT_ALLOWED[:1].upper()}{NOT_ALLOWED[1:]}"
            )
        found = problem_at(script, statement.offset, code, title, Subject("database"))
        return (
            found
            if script.in_transaction or code != "statement_fails"
            else _half_way(found, script, statement)
        )

    def _broken(self) -> list[str]:
        """Views and triggers that do not compile now."""
        found = []
        for table in self.schema.tables:
            found += [table.name] if table.problem else []
            found += [trigger.name for trigger in table.triggers if trigger.problem]
        return found

    def _names(self, script: Script, statement: Statement, said: Mapping[Place, Words]) -> Iterator[Problem]:
        """Words in double quotes that are no names: SQLite takes the statement, and not when they must be names.

        Where what is made anew meant the same text before the file, that is a note.

        Args:
            said: what everything said before the file.
        """
        words = [token for token in tokenize(statement.sql) if token.text.startswith('"')]
        if not words or self._says(script, statement.sql) is not None:
            return
        names_only = with_names_only(statement.sql)
        known = _texts(said, read_act(statement))
        for word in words:
            why = self._says(script, names_only)
            if why is None:
                return
            name = unquote(word.text)
            if f"no such column: {name}" not in why:
                continue
            text = literal(name)
            if len(text) == word.length:
                names_only = names_only[: word.offset] + text + names_only[word.end :]
            yield problem_at(
                script,
                statement.offset + word.offset,
                "name_not_found",
                f"There is no column {quoted(name)}: SQLite takes the word for a piece of text",
                Subject("column", name=name),
                severity=Severity.NOTE if name in known else None,
                fix_sql=text,
            )

    def _says(self, script: Script, sql: str) -> str | None:
        """What SQLite says against a statement, or against the view or trigger it makes; None where nothing."""
        with self._trial():
            try:
                with self._as_the_runner(script):
                    if Statement(1, sql).verb not in _SHAPES:
                        self.empty.accesses(sql)
                        return None
                    self.empty.run(sql)
                    made = read_act(Statement(1, sql))
                    if isinstance(made, Create) and made.kind in ("view", "trigger"):
                        return _problem_of(read_schema(self.empty), made)
            except SqliteSays as says:
                return str(says)
            except TooLong:
                return None
        return None

    @contextmanager
    def _trial(self) -> Iterator[None]:
        """Take back, at the end, what the block does to the copy."""
        begin, *end = _TRIAL
        self.empty.run(begin)
        try:
            yield
        finally:
            for sql in end if self.empty.in_transaction else ():  # else SQLite took it back itself
                self.empty.run(sql)

    @contextmanager
    def _as_the_runner(self, script: Script) -> Iterator[None]:
        """Refuse in the block what the runner refuses; raises `SqliteSays`, or `TooLong`."""
        confining = confined(self.empty, in_transaction=script.in_transaction, sparing_ours=True)
        with confining, in_sqlites_words(), bounded(self.empty, MOST_ON_EMPTY):
            yield


def _half_way(found: Problem, script: Script, statement: Statement) -> Problem:
    """The same of a file that asks for no transaction: it is not rolled back."""
    before = script.statements.index(statement)
    stand = (
        f" The file asks for no transaction: {plural(before, 'statement')} before it would stand, and only the restore"
        " point that is made first would bring the file back."
        if before
        else ""
    )
    detail = f"SQLite does not accept the statement on the schema as it is by then.{stand}"
    return replace(found, finding=replace(found.finding, detail=detail))


def _problem_of(schema: Schema, made: Create) -> str | None:
    for table in schema.tables:
        if made.kind == "view" and fold(table.name) == fold(made.name):
            return table.problem or None
        for trigger in table.triggers:
            if made.kind == "trigger" and fold(trigger.name) == fold(made.name):
                return trigger.problem or None
    return None


def _texts(said: Mapping[Place, Words], act: Act | None) -> frozenset[str]:
    """What was a text in double quotes in that which is made anew."""
    found = said.get((act.kind, fold(act.name))) if isinstance(act, Create) else None
    return found.texts if found else frozenset()


def _is_ours(name: str) -> bool:
    return fold(name).startswith(_OURS) and not fold(name).startswith(_OF_SCRIPTS)


def _ours(script: Script, statement: Statement, name: str) -> Problem:
    title = f"{quoted(name)} is a name of this program's own records"
    return problem_at(script, statement.offset, "name_is_ours", title, Subject("table", name))
