"""Full-text tables over another one, which do not notice what a migration writes there, nor that rows get new numbers.

A trigger tells them, or the file itself: by 'rebuild' behind it, or row by row.
https://www.sqlite.org/fts5.html#external_content_table_pitfalls
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steward_app.db import Access, fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import (
    AddColumn,
    Create,
    Delete,
    Insert,
    RenameColumn,
    RenameTable,
    Update,
)
from steward_app.services.migrate.lint.expressions import words
from steward_app.services.migrate.lint.kept import arrives
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.fulltext import content_of, content_rowid_of, searched_columns
from steward_app.services.schema.model import Generated, Schema, Table, TableKind
from steward_app.services.schema.searchable import over_others

_REBUILD: Final = "rebuild"
_WRITES: Final = frozenset({"SQLITE_INSERT", "SQLITE_UPDATE", "SQLITE_DELETE"})
_SAID: Final = frozenset({_REBUILD, "delete", "delete-all"})
"""What a full-text table is told by a value for the column of its own name, as far as that changes what it finds."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A statement that writes what a full-text table reads, without that table being told.

    Attributes:
        index: the full-text table.
        count: rows that are added, deleted, or get another text; None where that is not known.
        otherwise: where the whole table or one of its columns is another one since, what its rows are.
    """

    step: Step
    index: Table
    table: str
    count: int | None
    otherwise: str = ""


def untold(step: Step, rows: Rows) -> Iterator[Untold]:
    """The full-text tables that a statement leaves behind. Called before the rows follow it."""
    if not isinstance(step.act, Insert | Update | Delete):
        return
    for index, over in over_others(step.before):
        if _empties(step, index.name):
            content = content_of(index) or ""
            yield Untold(step, index, content, rows.count(content), "there")
        if any(each.action in _WRITES and fold(each.table) == fold(index.name) for each in step.accesses):
            continue
        searched = _searched(step.before, index)
        written = [each for each in step.accesses if fold(each.table) in over and _matters(each, searched)]
        if written:
            count = _count(step, rows, searched) if not written[0].through else None
            if count != 0:
                yield Untold(step, index, written[0].table, count)


def problems(steps: Sequence[Step], found: Sequence[Untold], begin: Rows, rows: Rows) -> Iterator[Problem]:
    """What to say of them at the end of a file: those that it does not see to itself, each once.

    Args:
        begin: the rows before the file.
    """
    told: set[str] = set()
    kept = [each for each in found if _made(steps[: each.step.number], each.index, each.table) is None]
    for each in [*kept, *_written_anew(steps, begin, rows)]:
        name = _name_at_end(steps[each.step.number + 1 :], each.index.name)
        if fold(name) not in told and not _seen_to(steps, each):
            told.add(fold(name))
            many = plural(each.count, "row") if each.count else "rows"
            yield each.step.problem(
                "full_text_not_read_again",
                f"The full-text table {quoted(name)} does not notice that {many} of {quoted(each.table)}"
                f" {'is' if each.count == 1 else 'are'} {_what(each)}",
                Subject("table", name),
                severity=None if each.count else Severity.WARNING,
                count=each.count,
                fix_sql=f"INSERT INTO {quote(name)} ({quote(name)}) VALUES ('{_REBUILD}');",
            )
    for step in steps:
        if step.statement.verb == "VACUUM":
            yield from _renumbered(steps, step, rows)


def _renumbered(steps: Sequence[Step], step: Step, rows: Rows) -> Iterator[Problem]:
    """Full-text tables that name rows by numbers which VACUUM may give anew. https://www.sqlite.org/lang_vacuum.html"""
    for index, _ in over_others(step.before):
        source = step.before.table(content_of(index) or "")
        if source is None or not source.rowid_name or any(column.rowid_alias for column in source.columns):
            continue
        count = _with_gaps(source, rows) if source.kind is TableKind.TABLE else None
        if count != 0 and not _seen_to(steps, Untold(step, index, source.name, count)):
            held = (
                f"{plural(count, 'row')} of {quoted(source.name)}"
                if count
                else f"rows of {quoted(source.name)}"
            )
            title = f"VACUUM may give {held} another number (rowid), and {quoted(index.name)} uses it"
            yield step.problem("rowids_changed", title, Subject("table", source.name), count=count)


def _with_gaps(table: Table, rows: Rows) -> int | None:
    """How many rows have another number than counting them from 1 gives."""
    own = table.rowid_name
    numbered = f"SELECT {own} AS o, row_number() OVER (ORDER BY {own}) AS n FROM {quote(table.name)}"
    source = rows.query(numbered, [Access("SQLITE_READ", table.name, own, "")])
    return _number(rows, f"SELECT count(*) FROM ({source.sql}) WHERE o IS NOT n") if source else None


def _searched(schema: Schema, index: Table) -> set[tuple[str, str]] | None:
    """Tables and columns, folded, whose values an index reads; None where any value may be one of them."""
    source = schema.table(content_of(index) or "")
    if source is None:
        return None
    if source.kind is TableKind.VIEW:
        return {(fold(table), fold(column)) for table, column in source.reads}
    names = [*searched_columns(index), content_rowid_of(index)]
    columns = [source.column(name) for name in names]
    if any(column is not None and column.generated is not Generated.NO for column in columns):
        return None
    rowids = [column.name for column in source.columns if column.rowid_alias]
    return {(fold(source.name), fold(name)) for name in [*names, *rowids]}


def _matters(access: Access, searched: set[tuple[str, str]] | None) -> bool:
    """Whether an access changes what an index reads."""
    if access.action == "SQLITE_UPDATE" and searched is not None:
        return (fold(access.table), fold(access.column)) in searched
    return access.action in _WRITES


def _count(step: Step, rows: Rows, searched: set[tuple[str, str]] | None) -> int | None:
    """How many rows a statement adds, deletes, or gives another value that an index reads; None where nobody knows."""
    act = step.act
    if isinstance(act, Delete):
        return rows.chosen(step, act)
    if not isinstance(act, Insert | Update):
        return None
    table = fold(act.table)
    sets = [(name, to) for name, to in act.sets if searched is None or (table, fold(name)) in searched]
    if isinstance(act, Insert):
        return None if sets else arrives(step, rows, act) if act.query_sql else 1
    chosen = rows.chosen(step, act)
    if not chosen:
        return chosen
    if act.conflict == "IGNORE" or not sets:
        return None
    known_as = quote(act.known_as)
    differs = " OR ".join(f"({to}\n) IS NOT {known_as}.{quote(name)}" for name, to in sets)
    source = rows.chosen_with(step, act, [f"({differs}) AS differs"])
    return _number(rows, f"SELECT count(*) FROM ({source.sql}) WHERE differs") if source else None


def _seen_to(steps: Sequence[Step], found: Untold) -> bool:
    """Whether the file has the index read all again behind a statement, tells it row by row, or does without it."""
    name = found.index.name
    for step in steps[found.step.number + 1 :]:
        act = step.act
        if isinstance(act, RenameTable) and fold(act.table) == fold(name):
            name = act.name
        elif (isinstance(act, Create) and fold(act.name) == fold(name)) or _tells(step, name):
            return True  # of one that is made and not filled another rule tells
    if fold(name) not in {fold(index.name) for index, _ in over_others(steps[-1].after)}:
        return True
    earlier = steps[: found.step.number]
    if any(_tells(step, name) and _REBUILD not in words(step.statement.sql) for step in earlier):
        return True
    made = any(isinstance(step.act, Create) and fold(step.act.name) == fold(name) for step in earlier)
    return made and not any(_tells(step, name) for step in earlier)


def _tells(step: Step, name: str) -> bool:
    """Whether a statement itself says to a full-text table what it is to find."""
    act = step.act
    if not isinstance(act, Insert | Update | Delete) or fold(act.table) != fold(name):
        return False
    said = isinstance(act, Insert) and fold(name) in map(fold, act.columns)
    return not said or not _SAID.isdisjoint(words(step.statement.sql))


def _empties(step: Step, name: str) -> bool:
    """Whether a statement has a full-text table forget all that it finds."""
    act = step.act
    said = isinstance(act, Insert) and fold(act.table) == fold(name) and fold(name) in map(fold, act.columns)
    return said and "delete-all" in words(step.statement.sql)


def _name_at_end(steps: Sequence[Step], name: str) -> str:
    for step in steps:
        if isinstance(step.act, RenameTable) and fold(step.act.table) == fold(name):
            name = step.act.name
    return name


def _made(steps: Sequence[Step], index: Table, table: str) -> Step | None:
    """The statement that makes a table of a name, or one of its columns that an index reads, or gives it the name.

    None where they are there all along.
    """
    read = {fold(name) for name in (*searched_columns(index), content_rowid_of(index))}
    for step in steps:
        match step.act:
            case Create("table", name) | RenameTable(_, name) if fold(name) == fold(table):
                return step
            case AddColumn(name, column) | RenameColumn(name, _, column):
                if fold(name) == fold(table) and fold(column) in read:
                    return step
    return None


def _written_anew(steps: Sequence[Step], begin: Rows, rows: Rows) -> Iterator[Untold]:
    """Tables and columns that are others at the end, with other texts or keys than the full-text table has read."""
    for index, _ in over_others(steps[0].before) if steps else ():
        name = content_of(index) or ""
        made = _made(steps, index, name)
        differing = _differing(steps, index, name, begin, rows) if made else ""
        if made and differing:
            filled = [
                step for step in steps if isinstance(step.act, Insert) and fold(step.act.table) == fold(name)
            ]
            count = _number(rows, differing)
            if count:
                last = max([made, *filled], key=lambda step: step.number)
                is_anew = isinstance(made.act, Create | RenameTable)
                otherwise = (
                    "other than before it was written anew"
                    if is_anew
                    else "others by the names that it reads"
                )
                yield Untold(last, index, name, count, otherwise)


def _differing(steps: Sequence[Step], index: Table, name: str, begin: Rows, rows: Rows) -> str:
    """A query for how many rows are others at the end of a file than at its beginning; "" where that is not known."""
    tables = [steps[0].before.table(name), steps[-1].after.table(name)]
    sources = [begin.source(name), rows.source(name)]
    own = content_rowid_of(index)
    for table in tables:
        own = next((column.name for column in table.columns if column.rowid_alias), own) if table else own
    columns = [own, *searched_columns(index)]
    parts = []
    for table, source, known in zip(tables, sources, (begin, rows), strict=True):
        unknown = source is None or source.uncounted or source.lacks_any(name, map(quote, columns))
        if table is None or unknown or any(table.column(each) is None for each in columns):
            return ""
        parts.append(f"SELECT {', '.join(map(quote, columns))} FROM {known.from_sql(name)}")
    before, after = parts
    both = f"SELECT * FROM ({before} EXCEPT {after}) UNION ALL SELECT * FROM ({after} EXCEPT {before})"
    return f"SELECT count(DISTINCT {quote(own)}) FROM ({both})"


def _what(found: Untold) -> str:
    done = {Insert: "added", Delete: "deleted"}.get(type(found.step.act), "changed")
    return found.otherwise or done


def _number(rows: Rows, sql: str) -> int | None:
    row = rows.ask(sql)
    return row[0] if row and isinstance(row[0], int) else None
