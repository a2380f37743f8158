"""Repeatable files: what they do a second time, which must be nothing.

Their statements are followed once more over the rows as the file leaves them. Where these are not known, or no row is
concerned today, the text is judged: a value that is reckoned from itself, rows that no key keeps from coming again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.db import fold, quote
from steward_app.db.tokens import significant_columns
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Act, Create, Delete, Drop, Insert, Update
from steward_app.services.migrate.lint.coming import there
from steward_app.services.migrate.lint.conflicts import conflicts
from steward_app.services.migrate.lint.expressions import RECKONS, names
from steward_app.services.migrate.lint.keys import FAILING, unique_keys
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import Source
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Index, Table, TableKind

_ASKING_FIRST: Final = frozenset({"NOT", "EXCEPT", "NULL", "COUNT"})
"""Words of which one stands in a query for what is not there yet."""


def problems(steps: Sequence[Step], begin: Rows, once: Rows) -> Iterator[Problem]:
    """What a repeatable file does again when it runs again.

    Args:
        begin, once: the rows before the file ran, and after.
    """
    again = once.fork()
    fails: list[Problem] = []
    for step in steps:
        fails += _fails(step, again)
        if not _does_nothing(step, again):
            again.follow(step)
    yield from fails
    failing = {fold(each.finding.subject.table) for each in fails}
    for name, writing in _by_table(steps).items():
        table = writing[0].before.table(name)
        if table is None or table.kind is not TableKind.TABLE:
            continue
        if name not in failing:
            yield from _comes_again(steps, writing, table, once, again)
        yield from _changes_again(writing, table, (begin, once), again)
    yield from _goes_again(steps, once)


def _by_table(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """The statements that add or change rows, by the folded name of their table."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        if isinstance(step.act, Insert | Update):
            found.setdefault(fold(step.act.table), []).append(step)
    return found


def _does_nothing(step: Step, rows: Rows) -> bool:
    """Whether a statement finds its table there the second time."""
    return isinstance(step.act, Create) and step.act.if_not_exists and rows.source(step.act.name) is not None


def _fails(step: Step, again: Rows) -> Iterator[Problem]:
    """Rows whose keys are there the second time."""
    act = step.act
    table = step.before.table(act.table) if isinstance(act, Insert) else None
    if not isinstance(act, Insert) or table is None or act.conflict not in FAILING:
        return
    key, coming, held = _key(table, act), again.coming(step), again.from_sql(table.name)
    count = (
        there(again, f"({coming.sql}) AS {quote(table.name)}", held, key) if key and coming and held else 0
    )
    if key and count:
        columns = ", ".join(quoted(term.name) for term in key.columns)
        title = (
            f"INSERT INTO {quoted(table.name)} fails when the file runs again: {plural(count, 'row')}"
            f" {'is' if count == 1 else 'are'} there by then ({columns})"
        )
        yield step.problem(
            "repeats_rows", title, Subject("table", table.name), severity=Severity.ERROR, count=count
        )


def _comes_again(
    steps: Sequence[Step], writing: Sequence[Step], table: Table, once: Rows, again: Rows
) -> Iterator[Problem]:
    """Rows that are added to those that were added before."""
    inserting = [(step, step.act) for step in writing if isinstance(step.act, Insert)]
    adding = [each for each in inserting if not _kept_out(steps, *each, table)]
    before, after, held = once.count(table.name), again.count(table.name), again.source(table.name)
    count = after - before if before is not None and after is not None else None
    unsure = held is None or held.more  # rows that nobody can count came or go
    emptied = any(isinstance(each.act, Delete) and fold(each.act.table) == fold(table.name) for each in steps)
    if not unsure and before == 0:  # of what it takes from itself, an empty table tells nothing
        adding = [each for each in adding if _reads_itself(each[0], table)]
    elif emptied if unsure else not count:
        return
    count = max(count or 0, 0) or None
    if not unsure:
        adding = adding or inserting
    for step, _ in adding[:1] if count else [each for each in adding if not _looks_first(*each, table)]:
        told = plural(count, "row") if count else "The rows"
        title = (
            f"{told} {'comes' if count == 1 else 'come'} into {quoted(table.name)} each time the file runs"
        )
        yield step.problem("repeats_rows", title, Subject("table", table.name), count=count)


def _goes_again(steps: Sequence[Step], once: Rows) -> Iterator[Problem]:
    """Rows that a condition on all rows of the table chooses when those it chose before are gone."""
    filled = {fold(step.act.table) for step in steps if isinstance(step.act, Insert)}
    for step in steps:
        act = step.act
        if not isinstance(act, Delete) or not act.told or fold(act.table) in filled:
            continue
        count = once.chosen(step, act) if significant_columns(act.where_sql).words.count("SELECT") else 0
        if count:
            told = f"{plural(count, 'row')} {'goes' if count == 1 else 'go'} each time the file runs"
            title = f"DELETE from {quoted(act.table)} is no repeat: {told}"
            yield step.problem("changes_again", title, Subject("table", act.table), count=count)


def _kept_out(steps: Sequence[Step], step: Step, act: Insert, table: Table) -> bool:
    """Whether rows that came before keep a statement's from coming again, or are gone by then."""
    if act.conflict not in FAILING and _key(table, act) is not None:
        return True
    if any(each.action == "SQLITE_DELETE" and each.through for each in step.accesses):  # by a trigger
        return True
    emptied = (Delete(act.table, act.table, "", True), Drop("table", act.table, if_exists=True))
    return any(each.act in emptied for each in steps[: step.number])


def _key(table: Table, act: Insert) -> Index | None:
    """A key of which the statement gives every column, so that no row can come twice."""
    given = {fold(each) for each in act.columns} or {fold(column.name) for column in table.columns}
    keys = unique_keys(table, said="ABORT")
    return next(
        (key for key in keys if all(term.name and fold(term.name) in given for term in key.columns)), None
    )


def _looks_first(step: Step, act: Insert, table: Table) -> bool:
    """Whether the query of an INSERT looks into the table itself for what is not there yet."""
    words = set(significant_columns(act.query_sql).words)
    return bool(words & _ASKING_FIRST) and _reads_itself(step, table)


def _reads_itself(step: Step, table: Table) -> bool:
    return any(
        each.action == "SQLITE_READ" and fold(each.table) == fold(table.name) and not each.through
        for each in step.accesses
    )


def _changes_again(
    writing: Sequence[Step], table: Table, before: tuple[Rows, Rows], again: Rows
) -> Iterator[Problem]:
    """What the statements that write a table do to its rows the second time."""
    updates = [step for step in writing if isinstance(step.act, Update) or _replaces(step.act, table)]
    step = next((each for each in writing if _reckoned(each.act)), None) or next(iter(updates), None)
    if step is None:
        return
    column, once = _reckoned(step.act), before[1]
    count = _moved(once, table, once.source(table.name), again.source(table.name)) if updates else None
    if count == 0 and (not column or any(_concerns(step, rows) for rows in before)):
        return
    if not count and not column:
        return
    told = plural(count, "row") if count else "what it writes"
    of = f"{quoted(column)} of {quoted(table.name)}" if column else quoted(table.name)
    how = "UPDATE" if isinstance(step.act, Update) or column else "REPLACE"
    yield step.problem(
        "changes_again",
        f"{how} of {of} is no repeat: {told} {'change' if count and count > 1 else 'changes'} each time the file runs",
        Subject("column" if column else "table", table.name, columns=(column,) if column else ()),
        count=count or None,
    )


def _replaces(act: Act | None, table: Table) -> bool:
    return isinstance(act, Insert) and bool(conflicts(table, act).replacing)


def _concerns(step: Step, rows: Rows) -> bool:
    """Whether an UPDATE writes any row today."""
    act = step.act
    here = rows.from_sql(act.table, act.known_as) if isinstance(act, Update) and act.plain else ""
    return bool(here and isinstance(act, Update) and rows.counts(here, [act.where_sql or "1"])[0])


def _moved(rows: Rows, table: Table, before: Source | None, after: Source | None) -> int | None:
    """How many rows are not among those there were; None where that is not known."""
    if before is None or after is None or before.lacks or after.lacks:
        return None
    names = ", ".join(quote(column.name) for column in before.columns(table)) or "NULL"
    row = rows.ask(
        f"SELECT count(*) FROM (SELECT {names} FROM ({after.sql}) EXCEPT SELECT {names} FROM ({before.sql}))"
    )
    return row[0] if row and isinstance(row[0], int) else None


def _reckoned(act: Act | None) -> str:
    """The first column that gets a value reckoned from its own, on rows that no condition on it chooses; or ""."""
    if not isinstance(act, Update | Insert):
        return ""
    where, known_as = (act.where_sql, act.known_as) if isinstance(act, Update) else ("", act.table)
    for column, expression in act.sets:
        own = names(expression)
        itself = {fold(column), f"{fold(known_as)}.{fold(column)}"}
        if own & itself and own & RECKONS and not itself & names(where):
            return column
    return ""
