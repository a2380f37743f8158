"""What is lost: tables and columns with what they hold, rows and values that no statement keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from steward_app.db import fold, qualified, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint import narrowed, overwritten, spared
from steward_app.services.migrate.lint.acts import (
    AddColumn,
    Create,
    Delete,
    Drop,
    DropColumn,
    Insert,
    RenameColumn,
    RenameTable,
    Update,
)
from steward_app.services.migrate.lint.kept import Copy, copied_by, left_behind
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.passed import Place, lost, places
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.fulltext import content_of, is_full_text
from steward_app.services.schema.model import Generated, Schema, Table, TableKind

_EMPTIES = frozenset({"every_row_deleted", "rows_deleted", "rows_not_copied", "column_not_copied"})
_NUMBERS = frozenset({"INTEGER", "REAL", "NUMERIC"})


class Loss:
    """Follows which rows were copied, so that a table that is dropped after its copy is no loss."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._copies: dict[str, list[Copy]] = defaultdict(list)
        self._read: dict[str, set[str]] = defaultdict(set)
        self._fresh: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, str] = {}
        self._made: set[str] = set()
        self._from: dict[str, set[str]] = defaultdict(set)
        self._bereft: set[str] = set()
        self._temporary: set[str] = set()
        self._only_there: set[str] = set()
        self._places: list[Place] = []
        self._holding: set[str] = set()

    @property
    def own(self) -> frozenset[str]:
        """Tables, folded, that hold nothing but what the script wrote."""
        return frozenset(each for each in self._made if not self._from[each])

    def problems(self, step: Step) -> Iterator[Problem]:
        """What a statement loses. Called before the rows follow it."""
        match step.act:
            case Drop(kind="table", name=name):
                yield from self._table(step, name)
            case DropColumn(table, column):
                yield from self._column(step, table, column)
            case Delete():
                yield from self._emptied(step, step.act)
            case Update():
                yield from self._written(step, step.act)
            case Insert():
                yield from self._converted(step, step.act)
                over = list(overwritten.by_an_insert(step, self._rows, step.act))
                read = self._kept(step.act.table) | _columns(over, Severity.WARNING)
                yield from (*over, *narrowed.by_an_insert(step, self._rows, step.act, read))
        self._follow(step)

    def _first_name(self, table: str) -> str:
        """What a table is called in the file."""
        return self._names.get(fold(table), table)

    def _written(self, step: Step, act: Update) -> Iterator[Problem]:
        """What an UPDATE does not keep; of each column what says most."""
        now = {fold(each.table) for each in step.accesses if each.action == "SQLITE_READ"}
        copied: dict[str, frozenset[str]] = {}
        for copy in self._copies[fold(act.table)]:
            if fold(copy.into) in now:
                copied |= {each: copied.get(each, frozenset()) | copy.words for each in copy.columns}
        read = self._kept(act.table)
        over = list(overwritten.problems(step, self._rows, act, read | copied.keys()))
        less = list(narrowed.problems(step, self._rows, act, read | _columns(over), copied))
        told = _columns(over) | _columns(less, Severity.WARNING)
        every = list(overwritten.of_every_value(step, self._rows, act, read | told))
        yield from (*over, *every)
        yield from (each for each in less if not _columns([each]) & _columns(every))
        if fold(act.table) not in self.own:
            said = read | _columns((*over, *every, *less))
            yield from overwritten.by_others(step, self._rows, act, said)
            yield from overwritten.of_some_values(step, self._rows, act, said)

    def _kept(self, table: str) -> frozenset[str]:
        """The columns of a table of which an UPDATE loses nothing: read for what stays, or at their default."""
        return frozenset(self._read[fold(table)]).union(self._fresh[fold(table)])

    def _rests_on_temporary(self, table: str) -> bool:
        """Whether rows of a table were copied, and not all of them into tables that stay."""
        copies, count = self._copies[fold(table)], self._rows.count(table)
        stay = [copy.rows for copy in copies if fold(copy.into) not in self._temporary]
        if count is None or None in stay:
            return bool(copies) and not stay
        return bool(copies) and sum(filter(None, stay)) < count

    def _filled(self, step: Step) -> None:
        """Which columns that were added hold nothing but their default."""
        if isinstance(step.act, AddColumn):
            self._fresh[fold(step.act.table)].add(fold(step.act.column))
        if isinstance(step.act, RenameColumn):
            fresh, old = self._fresh[fold(step.act.table)], fold(step.act.column)
            if old in fresh:
                fresh ^= {old, fold(step.act.name)}
        given = {fold(each) for each in step.act.columns} if isinstance(step.act, Insert) else set()
        for each in step.accesses:
            if each.action == "SQLITE_UPDATE":
                self._fresh[fold(each.table)].discard(fold(each.column))
            elif each.action == "SQLITE_INSERT":
                fresh = self._fresh[fold(each.table)]
                fresh -= given if given and not each.through else set(fresh)

    def _follow(self, step: Step) -> None:
        self._filled(step)
        match step.act:
            case Delete(table=name) | Drop(kind="table", name=name):
                self._bereft.add(fold(name))
                whole = isinstance(step.act, Drop) or self._empties(step, step.act)
                if whole and self._rests_on_temporary(name):
                    self._only_there.add(fold(name))
        match step.act:
            case Drop(kind="table", name=name):
                self._made.discard(fold(name))
                self._temporary.discard(fold(name))
                self._fresh.pop(fold(name), None)
                self._from.pop(fold(name), None)
                self._copies.pop(fold(name), None)
            case Create(kind="table", name=name, temporary=temporary) if step.before.table(name) is None:
                self._made.add(fold(name))
                self._temporary |= {fold(name)} if temporary else set()
        match step.act:
            case RenameTable(table, name):
                if fold(table) in self._made:
                    self._made = self._made - {fold(table)} | {fold(name)}
                if fold(table) in self._temporary:
                    self._temporary = self._temporary - {fold(table)} | {fold(name)}
                self._holding |= {fold(name)} if fold(table) in self._holding else set()
                self._from[fold(name)] = self._from.pop(fold(table), set())
                self._fresh[fold(name)] = self._fresh.pop(fold(table), set())
                self._names[fold(name)] = self._first_name(table)
                self._copies[fold(name)] = self._copies.pop(fold(table), [])
                self._read[fold(name)] = self._read.pop(fold(table), set())
            case Insert(query_sql=query) | Create(kind="table", query_sql=query) if query:
                self._copied(step, step.act)
            case Update():
                for each in step.accesses:
                    if each.action == "SQLITE_READ":
                        self._read[fold(each.table)].add(fold(each.column))
        self._places += [each for each in places(step) if fold(each.table) not in self._temporary]

    def _copied(self, step: Step, act: Insert | Create) -> None:
        into = act.table if isinstance(act, Insert) else act.name
        for each in step.accesses:
            if each.action == "SQLITE_READ" and fold(into) not in self._temporary:
                self._read[fold(each.table)].add(fold(each.column))
        for table, copy in copied_by(step, self._rows, act).items():
            self._from[fold(into)].add(table)
            self._copies[table].append(copy)

    def _table(self, step: Step, name: str) -> Iterator[Problem]:
        table, count = step.before.table(name), self._rows.count(name)
        if table is None or table.kind is TableKind.VIEW or self._stores_nothing(step, table):
            return
        temporary = fold(name) in self._temporary
        bereft = self._only_there if temporary else self._bereft
        copied = not self._from[fold(name)] & bereft and fold(name) not in self._holding
        if fold(name) in self._made and copied:
            return  # the script's own rows, and copies of what is there
        source = self._rows.source(name)
        if count is None and table.kind is TableKind.VIRTUAL:
            row = self._rows.ask(f"SELECT count(*) FROM {qualified(self._first_name(table.name))}")
            count = row[0] if row and isinstance(row[0], int) else None
        if count == 0:
            return
        subject = Subject("table", table.name)
        copies = self._copies[fold(name)]
        if not copies:
            what = "its rows, which could not be counted,"
            what = self._rows.told(name, count, "row") if count is not None else what
            title = f"DROP TABLE loses {quoted(table.name)} with {what}".rstrip(",")
            if temporary:
                title = (
                    f"The temporary table {quoted(table.name)} goes with {what} and nothing else keeps them"
                )
                title = f"{title}: they were in {_listed(self._from[fold(name)] & bereft)}"
            query = f"SELECT * FROM {qualified(source.real)}" if source and source.real else ""
            yield step.problem("table_dropped", title, subject, count=count, query=query)
            return
        yield from self._left_behind(step, table, copies, _goes(temporary))
        if self._unsure(table, copies):
            title = f"Whether all rows of {quoted(table.name)} are copied before it is dropped cannot be told"
            if temporary:
                title = f"Whether all rows come back from {quoted(table.name)}, which is temporary, cannot be told"
            yield step.problem("not_looked_at", title, subject, severity=Severity.WARNING)

    def _unsure(self, table: Table, held: list[Copy]) -> bool:
        """Whether nobody can tell how many rows of a table its copies took."""
        return left_behind(held, self._rows, table.name, _key(table)) is None

    def _left_behind(
        self, step: Step, table: Table, held: list[Copy], goes: str, severity: Severity | None = None
    ) -> Iterator[Problem]:
        """Rows and columns of a table that goes, or is emptied, which no copy took."""
        count, left = self._rows.count(table.name), left_behind(held, self._rows, table.name, _key(table))
        if count and left:
            known = count - left
            of_all = f"{plural(known, 'row')} of {self._rows.told(table.name, count)} of {quoted(table.name)}"
            title = f"{of_all} {_is(known)} copied before it {goes}"
            subject = Subject("table", table.name)
            yield step.problem("rows_not_copied", title, subject, severity=severity, count=left)
        yield from self._not_copied(step, table, held, goes, severity)

    def _stores_nothing(self, step: Step, table: Table) -> bool:
        """Whether it is an index of texts that are elsewhere; or keeps none, and one of them has its name now."""
        heir = step.before.table(self._first_name(table.name)) if content_of(table) == "" else None
        texts = content_of(table) or (heir and heir.name != table.name and content_of(heir))
        return is_full_text(table) and bool(texts)

    def _not_copied(
        self, step: Step, table: Table, copies: list[Copy], goes: str, severity: Severity | None
    ) -> Iterator[Problem]:
        read = frozenset[str]().union(*(copy.columns for copy in copies)) | self._read[fold(table.name)]
        for column in table.columns:
            if column.generated is not Generated.NO or column.hidden or fold(column.name) in read:
                continue
            if column.rowid_alias and "rowid" in read:
                continue
            count = self._rows.count(table.name, f"{quote(column.name)} IS NOT NULL")
            if count == 0:
                continue
            held = "the values" if count is None else self._rows.told(table.name, count, "value")
            yield step.problem(
                "column_not_copied",
                f"{quoted(table.name)} {goes}, and {held} of {quoted(column.name)} {_is(count)}"
                " not copied before",
                Subject("column", table.name, columns=(column.name,)),
                severity=severity,
                count=count,
            )

    def _column(self, step: Step, name: str, column: str) -> Iterator[Problem]:
        table = step.before.table(name)
        declared = table.column(column) if table else None
        if table is None or declared is None or declared.generated is not Generated.NO:
            return
        condition = f"{quote(column)} IS NOT NULL"
        count = self._rows.count(name, condition)
        if count == 0:
            return
        read = fold(column) in self._read[fold(name)]
        held = f"with {self._rows.told(name, count, 'value')}" if count is not None else "with its values"
        before = ", which statements before it read" if read else ""
        found = [each for each in self._places if each.of == (fold(name), fold(column))]
        gone, there = lost(self._rows, table, column, found) if found else (None, [])
        if gone is not None:
            self._holding |= {fold(each) for each in there} - {fold(name)}
            if not gone:
                return
            before = f" of {count:,}; the others are kept in {_listed(there)}"
            held, count = f"with {self._rows.told(name, gone, 'value')}", gone
        source = self._rows.source(name)
        yield step.problem(
            "column_dropped",
            f"DROP COLUMN loses {quoted(column)} of {quoted(name)} {held}{before}",
            Subject("column", table.name, columns=(declared.name,)),
            severity=Severity.WARNING if read else None,
            count=count,
            query=f"SELECT * FROM {qualified(source.real)} WHERE {condition}"
            if source and source.real
            else "",
        )

    def _empties(self, step: Step, act: Delete) -> bool:
        """Whether a DELETE leaves no row."""
        if not act.told:
            return False
        always = overwritten.is_always(self._rows, act.where_sql)
        return always or overwritten.reaches_every_row(step, self._rows, act)

    def _emptied(self, step: Step, act: Delete) -> Iterator[Problem]:
        table = step.before.table(act.table)
        if table is not None and table.kind is TableKind.SYSTEM:  # SQLite's own
            return
        count = self._rows.count(act.table)
        if count == 0:
            return
        if not self._empties(step, act):
            if fold(act.table) not in self.own:
                yield from spared.deleted(step, self._rows, act, self._copies[fold(act.table)])
            return
        always = overwritten.is_always(self._rows, act.where_sql)
        subject, severity = Subject("table", act.table), None if always else Severity.WARNING
        if copies := self._copies[fold(act.table)]:
            own = fold(act.table) in self._made and not self._from[fold(act.table)] & self._bereft
            if table is None or table.kind is not TableKind.TABLE or own:
                return
            yield from self._left_behind(step, table, copies, "is emptied", severity)
            if self._unsure(table, copies):
                title = (
                    f"Whether all rows of {quoted(table.name)} are copied before it is emptied cannot be told"
                )
                yield step.problem("not_looked_at", title, subject, severity=Severity.WARNING)
            return
        held = self._rows.told(act.table, count, "row") if count is not None else "every row"
        how = "whose condition is always true" if act.where_sql else "without WHERE"
        title = f"DELETE {how} deletes {held} of {quoted(act.table)}"
        if not always:
            title = f"The condition of DELETE is true of every row of {quoted(act.table)}: {held}"
        yield step.problem("every_row_deleted", title, subject, severity=severity, count=count)

    def _converted(self, step: Step, act: Insert) -> Iterator[Problem]:
        """Text that a copy into a column of numbers turns into numbers that do not read the same."""
        table, coming = step.before.table(act.table), self._rows.coming(step, converted=False)
        if table is None or coming is None:
            return
        columns = [c for c in table.columns if c.affinity in _NUMBERS and c.generated is Generated.NO]
        conditions = [
            f"typeof({c}) = 'text' AND {c} = CAST({c} AS NUMERIC) AND CAST(CAST({c} AS NUMERIC) AS TEXT) <> {c}"
            for c in (quote(column.name) for column in columns)
        ]
        counts = self._rows.counts(f"({coming.sql}) AS {quote(act.table)}", conditions)
        for column, count in zip(columns, counts, strict=True):
            if count:
                title = (
                    f"{plural(count, 'text')} of {quoted(column.name)} of {quoted(table.name)}"
                    f" {'becomes a number that reads' if count == 1 else 'become numbers that read'} otherwise"
                )
                subject = Subject("column", table.name, columns=(column.name,))
                yield step.problem("values_converted", title, subject, count=count)


def came_back(problem: Problem, schema: Schema, begin: Rows, end: Rows) -> bool:
    """Whether a file that empties a table writes the same rows into it again.

    Args:
        schema, begin: as the file found them.
        end: the rows as it leaves them.
    """
    table = schema.table(problem.finding.subject.table)
    if problem.finding.code not in _EMPTIES or table is None:
        return False
    before, after = begin.source(table.name), end.source(table.name)
    if before is None or after is None or after.empty or before.lacks or after.lacks:
        return False
    names = ", ".join(quote(column.name) for column in before.columns(table))
    gone = f"SELECT {names} FROM ({before.sql}) EXCEPT SELECT {names} FROM ({after.sql})"
    fewer = f"(SELECT count(*) FROM ({after.sql})) < (SELECT count(*) FROM ({before.sql}))"
    return end.ask(f"SELECT count(*), {fewer} FROM ({gone})") == (0, 0)


def _columns(problems: Iterable[Problem], severity: Severity | None = None) -> set[str]:
    """The columns, folded, that problems are about; only of those as grave as that."""
    return {
        fold(name)
        for each in problems
        for name in each.finding.subject.columns
        if severity in (None, each.finding.severity)
    }


def _key(table: Table) -> tuple[str, ...]:
    return table.primary_key.columns if table.primary_key else ()


def _goes(temporary: bool) -> str:
    return "goes" if temporary else "is dropped"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(map(quoted, sorted(names)))


def _is(count: int | None) -> str:
    return "is" if count == 1 else "are"
