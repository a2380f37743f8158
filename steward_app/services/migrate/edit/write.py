"""Edits as SQL: natively where SQLite can, by writing the table anew where it cannot.

Every statement is run on an empty copy of the schema as it is written, so that SQLite itself judges each step and the
next one is made for what the last one left. https://www.sqlite.org/lang_altertable.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from steward_app.db import Session, WriteSession
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, qualified
from steward_app.db.runner import unenforced
from steward_app.db.skeleton import skeleton
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.edit import firing, native, reshape, working
from steward_app.services.migrate.edit.belonging import Step
from steward_app.services.migrate.edit.mentions import Mentions, require_no_texts
from steward_app.services.migrate.edit.merge import merge
from steward_app.services.migrate.edit.model import (
    CreateObject,
    DropColumn,
    DropObject,
    Edit,
    FillFullText,
    MergeTable,
    RenameColumn,
    RenameTable,
    ReplaceObject,
    RewriteVirtual,
    SetNotNull,
    Settle,
    SplitTable,
    TableEdit,
    Written,
)
from steward_app.services.migrate.edit.rebuild import (
    Rebuild,
    statements,
    statements_by_way_of_a_copy,
    statistics_renamed,
)
from steward_app.services.migrate.edit.reshape import Shape
from steward_app.services.migrate.edit.searched import (
    Moved,
    reading,
    reads_other_words,
    said_anew,
    users_renamed,
)
from steward_app.services.migrate.edit.split import split
from steward_app.services.migrate.edit.text import create_statement
from steward_app.services.migrate.edit.trial import NOTHING, all_or_none, not_accepted
from steward_app.services.migrate.edit.values import require_of_one_row
from steward_app.services.migrate.edit.virtual import filled, put_aside, taken_over
from steward_app.services.schema.introspect import read_schema, read_table
from steward_app.services.schema.model import Schema, Table, TableKind
from steward_app.services.schema.searchable import unreadable

_STATISTICS = ("sqlite_stat1", "sqlite_stat4")


def write(
    session: Session, edits: Sequence[Edit], *, spared: Callable[[str], bool] = lambda _: False
) -> Written:
    """The statements that make these edits, in order.

    Args:
        session: the file they are for; only its schema is read.
        spared: whether a trigger, by its name, is not to be made again with a table that is written anew, since
            whoever runs the statements sees to it.

    Raises:
        UsageError: an edit names what is not there, or SQLite does not accept it.
        Refused: a table's text cannot be taken apart; a full-text index would find its texts no more, or a view,
            trigger or foreign key not work any more.
    """
    with writing(session, spared=spared) as writer:
        before = read_schema(writer.empty)
        writer.make(edits)
        writer.require_read()
        writer.require_working(before)
        return writer.written


@contextmanager
def writing(session: Session, *, spared: Callable[[str], bool] = lambda _: False) -> Iterator[Writer]:
    """A writer whose steps follow each other, for as long as the block runs; arguments as of `write`."""
    statistics = [name for name in _STATISTICS if _present(session, name)]
    with closing(skeleton(session)) as empty:
        if statistics:
            empty.run("ANALYZE")  # their tables are SQLite's own and cannot be made by their text
            for name in _STATISTICS:  # the file may have been looked at by a program that keeps fewer
                if name not in statistics and _present(empty, name):
                    empty.run(f"DROP TABLE {qualified(name)}")
        schema = read_schema(empty)
        yield Writer(
            empty,
            statistics,
            spared,
            Mentions.of(empty, schema),
            firing.made(empty),
            frozenset(unreadable(empty, schema)),
        )


def _present(session: Session, name: str) -> bool:
    found = "SELECT 1 FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE"
    return session.value(found, (name,)) is not None


@dataclass(slots=True)
class Writer:
    """Collects statements. A table that is to be written anew waits for the edits of it that follow.

    Attributes:
        empty: the schema without rows, as the statements so far leave it.
        mentions: what words in double quotes were before all of them.
        fired: the triggers, in the order in which they are to fire at the end, the last one first.
        unread: virtual tables that could not be read before all of them.
    """

    empty: WriteSession
    statistics: list[str]
    spared: Callable[[str], bool]
    mentions: Mentions
    fired: tuple[str, ...]
    unread: frozenset[str] = frozenset()
    statements: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    waiting: Shape | None = None

    @property
    def written(self) -> Written:
        """What was written so far."""
        return Written(tuple(self.statements), tuple(dict.fromkeys(self.rebuilt)))

    def make(self, edits: Sequence[Edit]) -> None:
        """Write edits, to their end."""
        for edit in edits:
            self.edit(edit)
        self.finish()

    def finish(self) -> None:
        """Write down what waits, and let triggers fire in the order in which they did."""
        self._now(*firing.in_order(self.empty, self.fired, self.spared))

    def natively(self, edits: Sequence[TableEdit], accept: Callable[[Table], bool]) -> bool:
        """Make edits of a table if SQLite makes each of them itself and the table is then accepted; else none."""
        self.flush()
        statements, rebuilt = list(self.statements), list(self.rebuilt)
        self.empty.run("SAVEPOINT natively")
        kept = all(self._native(each, self._named(each.table)) for each in edits) and accept(
            self._named(edits[-1].table)
        )
        if not kept:
            self.empty.run("ROLLBACK TO natively")
            self.statements, self.rebuilt = statements, rebuilt
        self.empty.run("RELEASE natively")
        return kept

    def _native(self, edit: TableEdit, table: Table) -> bool:
        found = self._altering(edit, table)
        if found is None:
            return False
        if not self._tried(found):
            return False
        if isinstance(edit, DropColumn | SetNotNull):
            self._followed(Moved(table, self._named(table.name), filled=native.filled(edit)))
        return True

    def _altering(self, edit: TableEdit, table: Table) -> tuple[str, ...] | None:
        found = native.statements(table, edit)
        if found and isinstance(edit, RenameTable):
            return (*found, *statistics_renamed(self.statistics, table, edit.name))
        return found

    def edit(self, edit: Edit) -> None:
        match edit:
            case CreateObject(sql):
                self._now(create_statement(sql))
            case DropObject(kind, name, if_there):
                self.flush()
                if not if_there or _present(self.empty, name):
                    self._now(f"DROP {kind.upper()} {'IF EXISTS ' if if_there else ''}{qualified(name)}")
            case ReplaceObject(kind, name, sql):
                on_view = firing.on_view(self.empty, name, self.spared) if kind == "view" else ()
                self._now(f"DROP {kind.upper()} {qualified(name)}", create_statement(sql), *on_view)
            case RewriteVirtual():
                self._virtual(edit)
            case FillFullText(name):
                self._filled(name)
            case Settle():
                self.flush()
            case SplitTable():
                self._wholly(split(self._flushed(), edit))
            case MergeTable():
                self._wholly(merge(self._flushed, edit, self.spared))
            case _:
                self._table(edit)

    def _virtual(self, edit: RewriteVirtual) -> None:
        self.flush()
        old, aside = self._named(edit.table, TableKind.VIRTUAL), self._aside(edit.table)
        self._now(*put_aside(old, aside, create_statement(edit.sql)))
        self._now(*taken_over(old, self._named(edit.table, TableKind.VIRTUAL), aside, copied=edit.copied))
        self.rebuilt.append(old.name)

    def _filled(self, name: str) -> None:
        self._now(filled(name))
        once = [each for each in self.statements[:-1] if each != filled(name)]
        self.statements = [*once, filled(name)]  # it reads all texts, whatever was read before

    def _followed(self, moved: Moved) -> None:
        """Make the full-text indexes anew that read what moved, and have them read it again.

        One that has nothing left to read stays as it is: what follows may change or drop it, see `require_read`.
        """
        for index in list(reading(self.empty, moved.before.name)):
            sql = said_anew(index, moved)
            if sql and sql != index.sql:
                users = users_renamed(self.empty, index, _renamed(index, moved))
                self._now(*(f"DROP {kind.upper()} IF EXISTS {qualified(name)}" for kind, name, _ in users))
                self._virtual(RewriteVirtual(index.name, sql, copied=False))
                self._filled(index.name)
                self._now(*(text for kind, _, text in sorted(users, key=lambda each: each[0] != "view")))
            elif sql and reads_other_words(self.empty, index, moved):
                self._filled(index.name)

    def require_read(self) -> None:
        """Raise `Refused` where a virtual table cannot be read any more that could be before."""
        working.require_read(self.empty, self._schema(), self.unread)

    def flush(self) -> None:
        """Write down the table that waits."""
        shape, self.waiting = self.waiting, None
        if shape is None or not shape.changed:
            return
        old = shape.table
        rebuild = Rebuild(
            old=old,
            new=self._read_anew(shape),
            sql=shape.sql,
            values=shape.values,
            aside=self._aside(old.name),
            statistics=self.statistics,
            fresh=shape.fresh,
            spared=frozenset(trigger.name for trigger in old.triggers if self.spared(trigger.name)),
        )
        require_of_one_row(self.empty, old, shape.values.values())
        try:
            self._run(*statements(rebuild))
        except SqliteSays:
            self._run(*statements_by_way_of_a_copy(rebuild), told=True)
        self.rebuilt.append(old.name)
        self._followed(Moved(old, rebuild.new, rewritten=rebuild.fresh | frozenset(rebuild.values)))

    def take(self, steps: Iterable[Step]) -> None:
        """Edits, and statements that move values, in order."""
        for step in steps:
            if isinstance(step, str):
                self._now(step)
            else:
                self.edit(step)
        self.flush()

    def _wholly(self, steps: Iterable[Step]) -> None:
        """Take steps. Raises `Refused` where a view or trigger does not compile then that did before."""
        before = self._flushed()
        self.take(steps)
        self.require_working(before)

    def require_working(self, before: Schema) -> None:
        """Raise `Refused` where a view, trigger or foreign key would not work any more that did before.

        Raises `UsageError` where a name in double quotes would be a text.
        """
        schema = self._schema()
        working.require_working(before, schema, self.spared)
        require_no_texts(self.texts_for_names(schema))

    def texts_for_names(self, schema: Schema) -> tuple[tuple[str, str], ...]:
        """What goes on with a text where it had a name in double quotes: the object, and the word.

        Args:
            schema: as the edits so far leave it.
        """
        lost = self.mentions.lost(self.empty, schema)
        return tuple((name, word) for name, word in lost if not self.spared(name))

    def _flushed(self) -> Schema:
        """The schema, once what waits is written down."""
        self.flush()
        return self._schema()

    def _table(self, edit: TableEdit) -> None:
        waits = self.waiting is not None and fold(self.waiting.table.name) == fold(edit.table)
        if isinstance(edit, RenameColumn | RenameTable):
            self.flush()
            self._renamed(edit, self._named(edit.table))
            return
        if not waits or reshape.is_converted(self.waiting, edit):
            self.flush()
            table = self._named(edit.table)
            if self._native(edit, table):
                return
            self.waiting = Shape.of(table)
        if self.waiting is not None:
            self.waiting = reshape.reshaped(self.waiting, edit)

    def _renamed(self, edit: RenameColumn | RenameTable, table: Table) -> None:
        column = table.column(edit.column) if isinstance(edit, RenameColumn) else None
        if isinstance(edit, RenameTable):
            self.mentions.renamed(table.name, edit.name)
        if column is not None and column.name == edit.name:
            return
        if isinstance(edit, RenameTable) and fold(edit.name) == fold(table.name):
            if edit.name == table.name:
                return
            # SQLite takes another case for the same name
            aside = RenameTable(table.name, self._aside(table.name))
            self._now(*self._altering(aside, table) or ())
            edit, table = RenameTable(aside.name, edit.name), self._named(aside.name)
        self._now(*self._altering(edit, table) or ())
        after = self._named(edit.name if isinstance(edit, RenameTable) else table.name)
        names = {fold(edit.column): edit.name} if isinstance(edit, RenameColumn) else {}
        self._followed(Moved(table, after, names))

    def _tried(self, found: tuple[str, ...]) -> bool:
        """Run native statements; False where SQLite says no, and the table is written anew instead."""
        try:
            self._run(*found)
        except SqliteSays:
            return False
        return True

    def _now(self, *found: str) -> None:
        self.flush()
        self._run(*found, told=True)

    def _run(self, *found: str, told: bool = False) -> None:
        """Run statements on the empty copy, all or none, and keep them.

        Raises `UsageError` with `told`, else `SqliteSays`, where SQLite does not accept one.
        """
        try:
            with unenforced(self.empty), in_sqlites_words(), all_or_none(self.empty):
                for statement in found:
                    self.empty.run(statement)
        except SqliteSays as says:
            if told:
                raise not_accepted(str(says)) from says
            raise
        self.statements += found

    def _schema(self) -> Schema:
        return read_schema(self.empty)

    def _named(self, name: str, kind: TableKind = TableKind.TABLE) -> Table:
        table = read_table(self.empty, name)
        if table is None or table.kind is not kind:
            why = f"There is no table {quoted(name)} that could be changed."
            raise UsageError(ErrorCode.UNKNOWN_OBJECT, why, hint=NOTHING)
        return table

    def _read_anew(self, shape: Shape) -> Table:
        """The table as SQLite reads its new text, in a database of its own where the others stand beside it."""
        self.empty.run("SAVEPOINT trial")
        try:
            with unenforced(self.empty), in_sqlites_words():
                self.empty.run(f"DROP TABLE {qualified(shape.table.name)}")
                self.empty.run(shape.sql)
            return self._named(shape.table.name)
        except SqliteSays as says:
            raise not_accepted(str(says)) from says
        finally:
            self.empty.run("ROLLBACK TO trial")
            self.empty.run("RELEASE trial")

    def _aside(self, name: str) -> str:
        """A name that nothing has, for the old table while the new one is filled."""
        taken = {fold(str(each)) for (each,) in self.empty.all("SELECT name FROM main.sqlite_schema")}
        number = 1
        while fold(aside := f"{name}_before" + (f"_{number}" if number > 1 else "")) in taken:
            number += 1
        return aside


def _renamed(index: Table, moved: Moved) -> dict[str, str]:
    """Columns of an index that are called otherwise, and how."""
    pairs = ((column.name, moved.name_of(column.name)) for column in index.columns if not column.hidden)
    return {was: now for was, now in pairs if now and fold(now) != fold(was)}
