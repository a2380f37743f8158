"""What the tables hold in the middle of a script that has not run: a query over the file as it is now.

Each statement is followed as far as SQL can say what it leaves: a renamed table is the old one under another name, a
column filled by UPDATE is a CASE, rows copied by INSERT ... SELECT are that query. So NULLs are counted after the
statement that fills them, and not before. Where SQL cannot say it, nothing is known and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from typing import Final

from steward_app.db import Access, ReadSession, fold, qualified, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural
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
from steward_app.services.migrate.lint.arriving import arriving
from steward_app.services.migrate.lint.asking import Asker
from steward_app.services.migrate.lint.conflicts import chosen_among, conflicts, settled
from steward_app.services.migrate.lint.expressions import words
from steward_app.services.migrate.lint.left import deleted, reshaped, updated, without
from steward_app.services.migrate.lint.numbered import numbered
from steward_app.services.migrate.lint.seeds import Seeds, answering, seeded
from steward_app.services.migrate.lint.sources import (
    AND_MORE,
    COMING,
    ROWIDS,
    Source,
    all_of,
    both,
    none_of,
    whole,
    with_others,
)
from steward_app.services.migrate.lint.step import Step, columns_read
from steward_app.services.migrate.lint.upserts import upserted
from steward_app.services.schema.model import Schema, TableKind

_MOST_PARTS: Final = 50
"""INSERTs into one table worth following; each is held against all before it, and a script of seeds has thousands."""
_OF_MAIN = re.compile(r"\bmain\b\W*\.", re.IGNORECASE)
_QUERY = re.compile(r"\b(SELECT|WITH)\b", re.IGNORECASE)
_ROWID = re.compile(rf"\b({'|'.join(ROWIDS)})\b", re.IGNORECASE)
_CHANGES = frozenset({"SQLITE_UPDATE", "SQLITE_DELETE"})


class Rows:
    """What is known of the rows of every table, statement by statement."""

    def __init__(self, session: ReadSession, schema: Schema, context: Context) -> None:
        self._asker = Asker(session, context)
        tables = [each for each in schema.tables if each.kind is TableKind.TABLE and not each.problem]
        self._known: dict[str, Source | None] = {
            fold(table.name): Source(all_of(table, qualified(table.name)), real=table.name)
            for table in tables
        }
        self._seeds: dict[str, Seeds] = {}
        self._of_file = {fold(table.name): all_of(table, qualified(table.name)) for table in tables}
        self._with_rowids = {
            all_of(table, qualified(table.name)): all_of(table, qualified(table.name), rowids=True)
            for table in tables
            if not table.without_rowid
        }
        self._views = {fold(table.name) for table in schema.tables if table.kind is TableKind.VIEW}

    def fork(self) -> Rows:
        """The same, to follow statements that do not run."""
        other = copy(self)
        other._known, other._views, other._seeds = dict(self._known), set(self._views), dict(self._seeds)
        return other

    def holding(self, table: str, source: Source) -> Rows:
        """The same with other rows in a table."""
        other = self.fork()
        other._known[fold(table)] = source
        return other

    def source(self, table: str) -> Source | None:
        """The rows of a table, or None where they are not known."""
        return self._known.get(fold(table))

    def from_sql(self, table: str, known_as: str = "") -> str:
        """What stands behind FROM for the rows of a table, or "" where they are not known."""
        source = self.source(table)
        if source is None:
            return ""
        rows = qualified(source.real) if source.real else f"({source.sql})"
        return f"{rows} AS {quote(known_as or table)}"

    def count(self, table: str, condition_sql: str = "1") -> int | None:
        """How many rows of a table a condition is true of, at least, or None where that cannot be told."""
        source = self.from_sql(table)
        found = self.counts(source, [condition_sql])[0] if source else None
        return found or (None if self._uncounted(table) else found)

    def told(self, table: str, count: int, what: str = "") -> str:
        """A number of rows of a table, or of values in it, as it is known: "3 rows", "at least 3 rows"."""
        number = plural(count, what) if what else f"{count:,}"
        return f"at least {number}" if self._uncounted(table) else number

    def _uncounted(self, table: str) -> bool:
        source = self.source(table)
        return source is not None and source.uncounted

    def counts(self, from_sql: str, conditions: Sequence[str]) -> list[int | None]:
        """How many rows each condition is true of, in one pass where SQLite takes them together."""
        if not conditions:
            return []
        sums = ", ".join(f"total(({condition}\n) IS TRUE)" for condition in conditions)
        row = self.ask(f"SELECT {sums} FROM {from_sql}")
        if row is None and len(conditions) > 1:
            return [self.counts(from_sql, [condition])[0] for condition in conditions]
        return [None if row is None else int(str(value).partition(".")[0]) for value in row or conditions]

    def ask(self, sql: str) -> tuple[object, ...] | None:
        """The one row of a query over the file, or None where that cannot be told. See `Asker.row`."""
        return self._asker.row(sql)

    def gave_up(self, step: Step) -> bool:
        """Whether a question about a statement took too long. Nothing is known then of the rows that it writes."""
        if not self._asker.again():
            return False
        for each in step.accesses:
            if each.action == "SQLITE_INSERT" or each.action in _CHANGES:
                self._known[fold(each.table)] = None
        if isinstance(step.act, Create):
            self._known[fold(step.act.name)] = None
        return True

    def query(self, query_sql: str, accesses: Iterable[Access]) -> Source | None:
        """The rows of a query of the script, or None where they cannot be told from the file."""
        read = [each for each in accesses if each.action == "SQLITE_READ"]
        columns, named = columns_read(read), words(query_sql)
        views = {fold(each.through) for each in read if each.through}
        reads = set(columns) - views
        changed = sorted(name for name in reads if not self._as_it_was(name))
        sources = [self._known.get(name) for name in changed]
        if (changed and (views or _OF_MAIN.search(query_sql))) or not views <= self._views:
            return None
        parts: list[str] = []
        bare = set(reads)
        for name, source in zip(changed, sources, strict=True):
            if source is None or (source.more and source.bare & set(changed)):
                return None
            if source.lacks & columns[name] & named:
                return None  # in double quotes it would be a text
            parts.append(
                f"{quote(name)} AS ({self._apart(source, self._named_by(query_sql, source), changed)})"
            )
            bare |= source.bare
        head = f"WITH {', '.join(parts)} " if parts else ""
        more = any(source is not None and source.more for source in sources)
        uncounted = any(source is not None and source.uncounted for source in sources)
        sql = f"{head}SELECT * FROM ({query_sql}\n)"
        return whole(Source(sql, frozenset(bare), more=more, uncounted=uncounted))

    def chosen(self, step: Step, act: Delete | Update) -> int | None:
        """How many rows of a table the condition of a statement chooses, whatever it looks up."""
        source = self.source(act.table)
        if source is None or source.lacks_any(act.known_as, [act.where_sql]):
            return None
        if act.plain and self.plainly(step, [act.where_sql]):
            here = self.from_sql(act.table, act.known_as)
            return self.counts(here, [act.where_sql or "1"])[0]
        found = self.chosen_with(step, act, [])
        row = self.ask(f"SELECT count(*) FROM ({found.sql})") if found else None
        return row[0] if row and isinstance(row[0], int) else None

    def chosen_with(self, step: Step, act: Delete | Update, values: Sequence[str]) -> Source | None:
        """The rows that a statement chooses, each once, with the values of some expressions for it."""
        table, from_sql = step.before.table(act.table), act.from_sql if isinstance(act, Update) else ""
        if table is None or not act.told:
            return None
        known_as = quote(act.known_as)
        names = [quote(name) for name in (table.primary_key.columns if table.primary_key else ())]
        once = ", ".join(f"{known_as}.{each}" for each in ([table.rowid_name] if table.rowid_name else names))
        parts = [
            act.with_sql,
            f"SELECT {', '.join(values) or '1'} FROM {quote(act.table)} AS {known_as}",
            f", {from_sql.removeprefix(from_sql[:4])}" if from_sql else "",
            f"WHERE {act.where_sql}" if act.where_sql else "",
            f"GROUP BY {once}" if from_sql else "",
        ]
        return self.query("\n".join(filter(None, parts)), step.reads)

    def _apart(self, source: Source, sql: str, names: Collection[str]) -> str:
        """The rows of a table, where a query over them has other rows under some names: its text means the file's."""
        meant = [
            f"{quote(name)} AS ({self._with_rowids.get(rows, rows)})"
            for name, rows in self._of_file.items()
            if name in source.bare and name in names
        ]
        return f"WITH {', '.join(meant)} SELECT * FROM ({sql})" if meant else sql

    def _named_by(self, query_sql: str, source: Source) -> str:
        """The rows of a table for a query over them: with their rowids, where it asks for these by name.

        Only of a table that is as it was but for its name: so one is written anew, with the rowids that it has.
        """
        named = _ROWID.search(query_sql) and "*" not in query_sql
        return self._with_rowids.get(source.sql, source.sql) if named else source.sql

    def coming(self, step: Step, *, converted: bool = True) -> Source | None:
        """The rows that an INSERT ... SELECT adds, under the names of the table's columns.

        Args:
            converted: with the values as the columns' types turn them, and not as the query gives them.
        """
        act = step.act
        if not isinstance(act, Insert) or not act.query_sql:
            return None
        table = step.before.table(act.table)
        source = self.query(act.query_sql, step.reads if _QUERY.search(act.query_sql) else ())
        if source is None or table is None or table.kind is not TableKind.TABLE:
            return None
        return arriving(table, act.columns, source, converted=converted)

    def follow(self, step: Step) -> None:
        """Take in what a statement leaves."""
        for each in step.accesses:
            if each.through and each.action == "SQLITE_INSERT":
                self._grown(each.table)
            elif each.through and each.action == "SQLITE_DELETE":
                self._known[fold(each.table)] = None
            elif each.through and each.action == "SQLITE_UPDATE":
                self._known[fold(each.table)] = without(self, step, each.table, {fold(each.column)})
        match step.act:
            case Create(kind="table", name=name) if step.before.table(name) is None:
                self._made(step, name)
            case Create(kind="view", name=name) | Drop(kind="view", name=name):
                self._views.discard(fold(name))
            case Drop(kind="table", name=name):
                self._known.pop(fold(name), None)
            case RenameTable(table, name):
                source = self._known.pop(fold(table), None)
                self._known[fold(name)] = source and replace(source, real="")
            case AddColumn(table=table) | DropColumn(table=table) | RenameColumn(table=table):
                self._known[fold(table)] = reshaped(self, step, table)
            case Insert():
                self._inserted(step, step.act)
            case Update():
                chosen = chosen_among(step, step.act)
                self._known[fold(step.act.table)] = None if chosen else updated(self, step, step.act)
            case Delete():
                self._known[fold(step.act.table)] = deleted(self, step, step.act)
            case None:
                for each in step.accesses:
                    if each.action in _CHANGES or each.action == "SQLITE_INSERT":
                        self._known[fold(each.table)] = None

    def _as_it_was(self, name: str) -> bool:
        source = self._known.get(name)
        return source is not None and fold(source.real) == name

    def _grown(self, table: str) -> None:
        if (source := self.source(table)) is not None:
            self._known[fold(table)] = with_others(source)

    def _made(self, step: Step, name: str) -> None:
        table, act = step.after.table(name), step.act
        if table is None or not isinstance(act, Create):
            return
        columns = ", ".join(quote(column.name) for column in table.columns)
        if not act.query_sql:
            self._known[fold(name)] = none_of(table)
            return
        source = self.query(act.query_sql, step.reads)
        self._known[fold(name)] = source and whole(
            replace(source, sql=f"WITH {COMING}({columns}) AS ({source.sql}) SELECT * FROM {COMING}")
        )

    def _inserted(self, step: Step, act: Insert) -> None:
        source, table = self.source(act.table), step.before.table(act.table)
        if source is None or table is None:
            return
        given, arrive = self.coming(step), conflicts(table, act).none and not act.sets
        name = fold(act.table)
        before = self._seeds.get(name)
        if arrive and (seeds := seeded(self, table, act, before)) is not None:
            self._seeds[name], self._known[name] = seeds, seeds.after
            return
        if arrive and act.lists and before is not None and before.after is source:
            self._known[name] = with_others(before.before)  # there are too many
            return
        if not arrive:
            seeds = answering(self, step, act, before)
            self._known[name] = seeds.after if seeds else self.answered(step, act)
            self._seeds |= {name: seeds} if seeds else {}
            return
        coming = numbered(self, table, given, all_arrive=True)
        if coming is None or source.sql.count(AND_MORE) >= _MOST_PARTS:
            self._grown(act.table)
        elif source.empty:
            self._known[name] = coming
        else:
            self._known[name] = both(table, source, coming) or with_others(source)

    def answered(self, step: Step, act: Insert) -> Source | None:
        """The rows of a table as an INSERT leaves them that answers to rows in the way; None where nobody knows."""
        source, table = self.source(act.table), step.before.table(act.table)
        if source is None or table is None:
            return None
        if act.sets:
            return upserted(step, act, self)
        if source.sql.count(AND_MORE) >= _MOST_PARTS:
            return with_others(source)
        given = self.coming(step)
        coming = numbered(self, table, given, all_arrive=False)
        if given is None or given.more or coming is None:  # a row that gets a number is in nobody's way by it
            return None
        return settled(conflicts(table, act), table, source, coming, self.from_sql(table.name), self.ask)

    def plainly(self, step: Step, texts: Collection[str]) -> bool:
        """Whether expressions mean over the file what they mean in the script: what they look up is as it was."""
        if not any(_QUERY.search(text) for text in texts):
            return True
        reads = {fold(each.table) for each in step.accesses if each.action == "SQLITE_READ"}
        return all(map(self._as_it_was, reads)) and not any(each.through for each in step.accesses)
