"""What views read and triggers read and write, told by SQLite's authorizer while it compiles them.

Nothing is run: a view that would never end is compiled in no time. What does not compile is told in SQLite's
words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from steward_app.db.accesses import Access
from steward_app.db.errors import SqliteSays, in_sqlites_words
from steward_app.db.names import fold, qualified, quote
from steward_app.db.session import Session, WriteSession
from steward_app.db.skeleton import skeleton
from steward_app.kernel.progress import Context
from steward_app.services.schema.model import Generated, Table, TableKind, Trigger

Pairs = tuple[tuple[str, str], ...]

_WRITES = frozenset({"SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"})


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What compiling a statement told: what it does, or why it does not compile."""

    accesses: tuple[Access, ...] = ()
    problem: str = ""


def with_lineage(session: Session, context: Context, tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with what their views and triggers read and write, and what is wrong with them."""
    read = [_view(session, context, table) if table.kind is TableKind.VIEW else table for table in tables]
    through = {table.name: table.reads for table in read if table.reads}
    with ExitStack() as stack:
        alone = _Alone(session, context, stack)
        return tuple(_triggers(session, context, t, through, alone) if t.triggers else t for t in read)


class _Alone:
    """A place to compile one trigger without all others, made when it is first needed.

    SQLite says what is wrong, but not with which of the triggers that fire together or because of each other.
    """

    def __init__(self, session: Session, context: Context, stack: ExitStack) -> None:
        self._session = session
        self._context = context
        self._stack = stack
        self._empty: WriteSession | None = None

    def compile(self, trigger: Trigger, statement: str) -> _Compiled:
        """What the trigger alone does, or what is wrong with it."""
        if self._empty is None:
            self._empty = self._stack.enter_context(skeleton(self._session, triggers=()))
        try:
            with in_sqlites_words():
                self._empty.run(trigger.sql)
        except SqliteSays as said:
            return _Compiled(problem=str(said))
        try:
            return _compile(self._empty, self._context, statement)
        finally:
            self._empty.run(f"DROP TRIGGER {qualified(trigger.name)}")


def _view(session: Session, context: Context, view: Table) -> Table:
    if view.problem or "\x00" in view.name:
        return view
    compiled = _compile(session, context, f"SELECT * FROM {qualified(view.name)}")
    reads = {
        (a.table, a.column) for a in compiled.accesses if a.action == "SQLITE_READ" and a.table != view.name
    }
    return replace(view, reads=tuple(sorted(reads)), problem=compiled.problem)


def _triggers(
    session: Session, context: Context, table: Table, through: Mapping[str, Pairs], alone: _Alone
) -> Table:
    by_statement: dict[str, list[Trigger]] = defaultdict(list)
    told = {(t.temporary, t.name): t for t in table.triggers}
    for trigger in table.triggers:
        if not trigger.problem:
            by_statement[_firing(trigger, table)].append(trigger)
    for statement, triggers in by_statement.items():
        compiled = _compile(session, context, statement) if statement else _Compiled()
        for trigger in triggers:
            own = compiled
            if not statement:
                own = _Compiled(problem=_never_fires(trigger))
            elif compiled.problem and not trigger.temporary:
                own = alone.compile(trigger, statement)
            told[trigger.temporary, trigger.name] = _told(trigger, own, through)
    return replace(table, triggers=tuple(told[t.temporary, t.name] for t in table.triggers))


def _told(trigger: Trigger, compiled: _Compiled, through: Mapping[str, Pairs]) -> Trigger:
    own = [access for access in compiled.accesses if access.through == trigger.name]
    reads = {(a.table, a.column) for a in own if a.action == "SQLITE_READ"}
    for view in {table for table, _ in reads if table in through}:
        reads.update(through[view])
    writes = {(a.table, a.column if a.action == "SQLITE_UPDATE" else "") for a in own if a.action in _WRITES}
    return replace(
        trigger, reads=tuple(sorted(reads)), writes=tuple(sorted(writes)), problem=compiled.problem
    )


def _firing(trigger: Trigger, table: Table) -> str:
    """A statement that makes SQLite compile the trigger, or "" where none can."""
    if "\x00" in table.name:
        return ""
    name = qualified(table.name)
    if trigger.event == "INSERT":
        return f"INSERT INTO {name} DEFAULT VALUES"
    if trigger.event == "DELETE":
        return f"DELETE FROM {name}"
    columns = [c.name for c in table.columns if c.generated is Generated.NO and not c.hidden]
    if trigger.of_columns:
        wanted = {fold(column) for column in trigger.of_columns}
        columns = [column for column in columns if fold(column) in wanted] or _row_number(table, wanted)
    if not columns:
        return ""
    return f"UPDATE {name} SET {', '.join(f'{quote(c)} = {quote(c)}' for c in columns)}"


def _row_number(table: Table, wanted: set[str]) -> list[str]:
    """What SQL calls the number of a row, where the trigger waits for that one and no column holds it."""
    return [table.rowid_name] if table.rowid_name in wanted else []


def _never_fires(trigger: Trigger) -> str:
    return f"no such column: {trigger.of_columns[0]}" if trigger.of_columns else ""


def _compile(session: Session, context: Context, statement: str) -> _Compiled:
    context.checkpoint()
    try:
        with in_sqlites_words():
            return _Compiled(session.accesses(statement))
    except SqliteSays as said:
        return _Compiled(problem=str(said))
