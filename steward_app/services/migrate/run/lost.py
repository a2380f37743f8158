"""What goes when migrations are taken back, by name: tables with their rows, columns with their values.

Counted on the file as it is now, and said in the same words whichever way leads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from steward_app.db import Session, fold, qualified, quote, schema_hash
from steward_app.db.query import readable
from steward_app.db.tokens import significant_columns, unquote
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import history
from steward_app.services.migrate.lint.acts import Insert, read_act
from steward_app.services.migrate.model import Applied, Origin
from steward_app.services.migrate.rehearsal.pairs import Pair, pairs, without_ours
from steward_app.services.migrate.rehearsal.renames import Names
from steward_app.services.migrate.rehearsal.rows import NOT_READ
from steward_app.services.migrate.run.course import Course
from steward_app.services.migrate.run.on_empty import hashes, schemas
from steward_app.services.migrate.status import newest
from steward_app.services.schema.diff_model import ChangeKind
from steward_app.services.schema.model import Column, Generated, Schema, Table

_ON_TABLES = ("index", "trigger")
_NOT_KNOWN = "What goes with it is not known before it was rehearsed."


@dataclass(frozen=True, slots=True)
class Gone:
    """A table or column that the file has now and has not afterwards.

    Attributes:
        column: "" where the whole table goes.
        held: how many rows it holds, or values; None where they cannot be counted.
        into: the column of another table that it moves into, or moved from, (table, column); None where it does not.
    """

    table: str
    column: str
    held: int | None
    into: tuple[str, str] | None = None

    @property
    def sentence(self) -> str:
        """For a person: "“visit”.“note” goes, with 3 values."."""
        name = f"{quoted(self.table)}.{quoted(self.column)}" if self.column else quoted(self.table)
        what = "value" if self.column else "row"
        if self.held is None:
            return f"{name} goes; what it holds cannot be counted here."
        goes = f"{name} goes, with {plural(self.held, what)}" if self.held else f"{name} goes; it is empty"
        return (
            f"{goes}; {'.'.join(map(quoted, self.into))} has what it had then." if self.into else f"{goes}."
        )


def losses(session: Session, course: Course, context: Context) -> tuple[str, ...]:
    """A sentence for each table and column of the file that goes with files that take back.

    A column that such a file says it moves does not go.
    """
    tried = schemas(session, course, context)
    if tried is None:
        return (_NOT_KNOWN,)
    now, then = map(without_ours, tried)
    names = Names(course.renames, now, then)
    found = gone(session, pairs(now, then, names), names)
    return tuple(f"{each.sentence[:-1]}{_read_before(course, each)}." for each in found if each.into is None)


def other_letters(session: Session, course: Course, context: Context) -> tuple[str, ...]:
    """Whether files that take back lead to another text of the schema than there was, by its hash in the history.

    Where something else changed the schema since, that is why, and it stays.
    """
    applied = course.steps[-1].entry.applied if course.steps else None
    if applied is None or not applied.schema_before:
        return ()
    tried = hashes(session, course, context)
    if (
        tried is None
        or tried[0] != schema_hash(session, without_ours=True)
        or tried[1] == applied.schema_before
    ):
        return ()
    if changed := _changed_since(session, applied, course):
        return (f"The schema is then another one than before {quoted(applied.file)}: {changed}",)
    point = " The restore point made before it has every letter." if applied.restore_point else ""
    return (
        f"The schema is then not letter for letter what it was before {quoted(applied.file)}; the file that takes it"
        f" back may say what differs.{point}",
    )


def _changed_since(session: Session, applied: Applied, course: Course) -> str:
    """Who else changed the schema since a migration, and that it stays, as the end of a sentence; "" for nobody."""
    back = {step.entry.applied.rank for step in course.steps if step.entry.applied}
    rows = [row for row in history.read(session) if row.rank >= applied.rank and row.complete]
    stay = [
        row.file
        for row in newest(rows).values()
        if row.origin is Origin.RUN and row.rank not in back and row.schema_before != row.schema_after
    ]
    if stay:
        return f"{', '.join(map(quoted, stay))} changed it since, and that stays."
    left = [row.schema_after for row in rows]
    found = [*(row.schema_before for row in rows[1:]), schema_hash(session, without_ours=True)]
    return "something else changed it since, and that stays." if left != found else ""


def gone(session: Session, both: Iterable[Pair], names: Names) -> tuple[Gone, ...]:
    """What goes, in the order of the file.

    Args:
        both: each table as it is now and as it is afterwards.
        names: what it is called afterwards, or where it is then.
    """
    return tuple(each for pair in both for each in _gone_of(session, pair, names))


def _gone_of(session: Session, pair: Pair, names: Names) -> Iterator[Gone]:
    table = pair.old
    if table is None:
        return
    if pair.new is None:
        yield Gone(table.name, "", _held(session, table))
        return
    for column, afterwards in pair.columns:
        stored = column is not None and column.generated is Generated.NO and not column.hidden
        if column and stored and afterwards is None:
            into = names.moved(table.name, column.name)
            yield Gone(table.name, column.name, _held(session, table, column), into)


def also_gone(now: Schema, then: Schema, names: Names) -> tuple[str, ...]:
    """The views, indexes, triggers and computed columns that go, but those of a table that goes itself."""
    removed = [each.subject for each in names.compare(now, then).changes if each.kind is ChangeKind.REMOVED]
    tables = {fold(each.name) for each in then.tables}
    computed = {
        (fold(names.table(table.name)), fold(column.name))
        for table in now.tables
        for column in table.columns
        if column.generated is not Generated.NO
    }
    found = []
    for each in removed:
        if each.kind == "column" and (fold(each.table), fold(each.name)) in computed:
            found.append(f"computed column {quoted(each.name)} of {quoted(each.table)}")
        elif each.kind == "view" or (each.kind in _ON_TABLES and fold(each.table) in tables):
            found.append(f"{each.kind} {quoted(each.name or each.table)}")
    return tuple(found)


def _held(session: Session, table: Table, column: Column | None = None) -> int | None:
    counted = quote(column.name) if column else "*"
    try:
        with readable(table.name):
            return session.count(f"SELECT count({counted}) FROM {qualified(table.name)}")
    except Failure as error:
        if error.code not in NOT_READ:
            raise
        return None


def _read_before(course: Course, goes: Gone) -> str:
    """Whether rows that are written elsewhere are made from those of a table that goes, as far as its name tells."""
    if goes.column or not goes.held:
        return ""
    acts = [read_act(each) for step in course.steps if step.script for each in step.script.statements]
    return "; a statement before it reads them" if _is_read(acts, goes.table) else ""


def _is_read(acts: Sequence[object], name: str) -> bool:
    return any(
        fold(unquote(text)) == fold(name)
        for act in acts
        if isinstance(act, Insert)
        for text in significant_columns(act.query_sql).texts
    )
