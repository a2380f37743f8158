"""What a series throws away, counted on the file as it is now: tables with their rows, columns with their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import Session, fold, qualified, quote
from steward_app.db.tokens import significant_columns, unquote
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Drop, DropColumn, Insert, RenameTable, read_act
from steward_app.services.migrate.run.course import Course, Step


def losses(session: Session, course: Course) -> tuple[str, ...]:
    """A sentence for each table and column of the file that goes and holds something."""
    return tuple(dict.fromkeys(each for step in course.steps for each in _of(session, step)))


def _of(session: Session, step: Step) -> Iterator[str]:
    acts = [read_act(each) for each in step.script.statements] if step.script else []
    for at, act in enumerate(acts):
        match act:
            case Drop(kind="table", name=name) if not _is_replaced(acts[at:], name):
                if _is_table(session, name) and (
                    rows := session.count(f"SELECT count(*) FROM {qualified(name)}")
                ):
                    read = "; a statement before it reads them" if _is_read(acts[:at], name) else ""
                    yield f"{quoted(name)} goes, with {plural(rows, 'row')}{read}."
            case DropColumn(table=table, column=column) if _has_column(session, table, column):
                held = session.count(f"SELECT count({quote(column)}) FROM {qualified(table)}")
                if held:
                    yield f"{quoted(table)}.{quoted(column)} goes, with {plural(held, 'value')}."


def _is_replaced(acts: Sequence[object], name: str) -> bool:
    """Whether another table takes the place of one that is dropped: it was written anew."""
    return any(isinstance(act, RenameTable) and fold(act.name) == fold(name) for act in acts)


def _is_read(acts: Sequence[object], name: str) -> bool:
    """Whether rows that are written elsewhere are made from those of a table, as far as its name tells."""
    return any(
        fold(unquote(text)) == fold(name)
        for act in acts
        if isinstance(act, Insert)
        for text in significant_columns(act.query_sql).texts
    )


def _is_table(session: Session, name: str) -> bool:
    known = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE"
    return session.value(known, (name,)) is not None


def _has_column(session: Session, table: str, column: str) -> bool:
    known = "SELECT 1 FROM pragma_table_xinfo(?, 'main') WHERE name = ? COLLATE NOCASE"
    return session.value(known, (table, column)) is not None
