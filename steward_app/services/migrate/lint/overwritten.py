"""Values that a statement writes over and does not keep: an UPDATE that reaches every row, and DO UPDATE."""

from __future__ import annotations

from collections.abc import Iterator, Set

from steward_app.db import Access, fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Delete, Insert, Update
from steward_app.services.migrate.lint.computed import changed_columns
from steward_app.services.migrate.lint.conflicts import conflicts
from steward_app.services.migrate.lint.expressions import CHOOSES, RECKONS, looks_up, names, reads_own
from steward_app.services.migrate.lint.keys import alike, rests_on
from steward_app.services.migrate.lint.left import updated
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.lint.upserts import met, replacing, words_of
from steward_app.services.schema.model import Index


def problems(step: Step, rows: Rows, act: Update, read: Set[str]) -> Iterator[Problem]:
    """What an UPDATE overwrites in every row. Called before the rows follow it.

    Args:
        read: columns, folded, that statements before it took somewhere else.
    """
    if not _reaches_all(step, rows, act):
        return
    always = not act.from_sql and is_always(rows, act.where_sql)
    own = _own(step, act)
    how = f"whose condition is {'always true' if always else 'true of every row'}"
    how = how if act.where_sql or act.from_sql else "without WHERE"
    most = _most_changed(step, rows, act)
    for column, expression in act.sets:
        if fold(column) in own | read:
            continue
        count = _lost_by(step, rows, act, column, expression)
        count = count if count is None or most is None else min(count, most)
        if count != 0:
            held = rows.told(act.table, count, "value") if count is not None else "every value"
            what = f"UPDATE {how} overwrites {held} of {quoted(column)} of {quoted(act.table)}"
            if fold(column) in _read(step, act.table):
                what += ", which it reads only to look something up"
            yield step.problem(
                "values_overwritten", what, Subject("column", act.table, columns=(column,)), count=count
            )


def of_every_value(step: Step, rows: Rows, act: Update, read: Set[str]) -> Iterator[Problem]:
    """What an UPDATE overwrites that chooses every row with a value in a column by this column.

    Args:
        read: columns, folded, of which nothing is to be said.
    """
    here = rows.from_sql(act.table, act.known_as)
    if not here or not act.plain or not act.where_sql or "SELECT" in act.where_sql.upper():
        return
    used = set[str]().union(*(names(expression) for _, expression in act.sets))
    for column, expression in act.sets:
        chooses = reads_own(act.where_sql, act.known_as, column)
        if not chooses or fold(column) in used | read or not rows.plainly(step, [expression]):
            continue
        own, chosen = quote(column), f"({act.where_sql}\n) IS TRUE"
        row = rows.ask(
            f"SELECT count(o), count(o) FILTER (WHERE chosen), count(o) FILTER (WHERE n IS NOT o), count(DISTINCT o)"
            f" FROM (SELECT {own} AS o, {chosen} AS chosen, iif({chosen}, ({expression}\n), {own}) AS n FROM {here})"
        )
        held, reached, count, kinds = (each if isinstance(each, int) else 0 for each in row or (0,) * 4)
        if held == reached and kinds > 1 and count:
            title = (
                f"The condition of UPDATE chooses every row with a value in {quoted(column)} of {quoted(act.table)}:"
                f" {plural(count, 'value')} {'is' if count == 1 else 'are'} overwritten"
            )
            subject = Subject("column", act.table, columns=(column,))
            yield step.problem("values_overwritten", title, subject, count=count)


def of_some_values(step: Step, rows: Rows, act: Update, read: Set[str]) -> Iterator[Problem]:
    """The values that an UPDATE writes over in the rows that it chooses. Called before the rows follow it.

    Args:
        read: columns, folded, of which nothing is to be said.
    """
    table = step.before.table(act.table)
    if table is None or table.ours or _reaches_all(step, rows, act) or _ignoring(step, act):
        return
    of_row = _read(step, act.table) | read
    sets = [(column, expression) for column, expression in act.sets if fold(column) not in of_row]
    own = [f"{quote(act.known_as)}.{quote(column)}" for column, _ in sets]
    source = rows.chosen_with(step, act, [*own, *(f"({expression}\n)" for _, expression in sets)])
    if not sets or source is None:
        return
    at = range(len(sets))
    names = ", ".join([*(f"o{each}" for each in at), *(f"n{each}" for each in at)])
    pairs = f"(WITH pairs({names}) AS ({source.sql}) SELECT * FROM pairs)"
    counts = rows.counts(pairs, [f"o{each} IS NOT NULL AND n{each} IS NOT o{each}" for each in at])
    for (column, _), count in zip(sets, counts, strict=True):
        total = rows.count(act.table, f"{quote(column)} IS NOT NULL") if count else None
        if count and total is not None:
            held = f"{count:,} of {rows.told(act.table, total, 'value')}"
            title = f"UPDATE overwrites {held} of {quoted(column)} of {quoted(act.table)}"
            subject = Subject("column", act.table, columns=(column,))
            yield step.problem("values_overwritten", title, subject, severity=Severity.NOTE, count=count)


def by_others(step: Step, rows: Rows, act: Update, read: Set[str]) -> Iterator[Problem]:
    """The values that an UPDATE chooses another column's value for, as in coalesce(other, own).

    Args:
        read: columns, folded, of which nothing is to be said.
    """
    table = step.before.table(act.table)
    if table is None or table.ours or _ignoring(step, act):
        return
    for column, expression in act.sets:
        said, own = names(expression), f"{quote(act.known_as)}.{quote(column)}"
        kept = any(fold(column) in names(each) for name, each in act.sets if name != column)
        if kept or fold(column) in read or not said & CHOOSES or said & RECKONS:
            continue
        named = {fold(each.name) for each in table.columns if reads_own(expression, act.known_as, each.name)}
        beside = [f"{quote(act.known_as)}.{quote(each)}" for each in sorted(named - {fold(column)})]
        if fold(column) not in named or not beside:
            continue
        source = rows.chosen_with(step, act, [own, f"({expression}\n)", *beside])
        taken = [f"b{place}" for place in range(len(beside))]
        other = f"n IS NOT o AND ({' OR '.join(f'n IS {each}' for each in taken)})"
        row = source and rows.ask(
            f"WITH pairs(o, n, {', '.join(taken)}) AS ({source.sql})"
            f" SELECT count(*) FILTER (WHERE {other}), count(DISTINCT o) FROM pairs WHERE o IS NOT NULL"
        )
        count, kinds = (each if isinstance(each, int) else 0 for each in row or (0, 0))
        total = rows.count(act.table, f"{quote(column)} IS NOT NULL") if count else None
        if count and total is not None:
            held = f"{count:,} of {rows.told(act.table, total, 'value')}"
            title = (
                f"UPDATE chooses another column's value for {held} of {quoted(column)} of {quoted(act.table)}"
            )
            subject = Subject("column", act.table, columns=(column,))
            severity = None if count == total and kinds > 1 else Severity.NOTE
            yield step.problem("values_overwritten", title, subject, severity=severity, count=count)


def _reaches_all(step: Step, rows: Rows, act: Update) -> bool:
    """Whether an UPDATE is for every row."""
    return (not act.from_sql and is_always(rows, act.where_sql)) or reaches_every_row(step, rows, act)


def _own(step: Step, act: Update) -> set[str]:
    """The columns, folded, that a statement reads of the rows that it changes."""
    own = _read(step, act.table)
    expressions = [act.where_sql, *(expression for _, expression in act.sets)]
    if not looks_up(" , ".join([*expressions, act.with_sql, act.from_sql]), act.table):
        return own
    return {each for each in own if any(reads_own(sql, act.known_as, each) for sql in expressions)}


def _read(step: Step, table: str) -> set[str]:
    """The columns, folded, that a statement reads of any row of a table."""
    return {
        fold(each.column) for each in step.accesses if each.action == "SQLITE_READ" and _is_of(each, table)
    }


def is_always(rows: Rows, where_sql: str) -> bool:
    """Whether a condition chooses every row, whatever is in it."""
    return not where_sql or rows.ask(f"SELECT ({where_sql}\n) IS TRUE") == (1,)


def reaches_every_row(step: Step, rows: Rows, act: Delete | Update) -> bool:
    """Whether a statement chooses every row that is there now, and more than one."""
    count = rows.count(act.table)
    return count is not None and count > 1 and rows.chosen(step, act) == count


def _most_changed(step: Step, rows: Rows, act: Update) -> int | None:
    """How many rows change at most, where IGNORE leaves those as they are whose new value another one has."""
    table, total, keys = step.before.table(act.table), rows.count(act.table), _ignoring(step, act)
    after = updated(rows, step, act) if keys else None
    if table is None or after is None or total is None:
        return None
    found = [rows.ask(alike(key, f"({after.sql}) AS {quote(table.name)}")) for key in keys]
    return total - max((row[0] for row in found if row and isinstance(row[0], int)), default=0)


def _ignoring(step: Step, act: Update) -> list[Index]:
    """The keys for which IGNORE leaves rows as they are."""
    table = step.before.table(act.table)
    changed = changed_columns(step, table) if table else set()
    return [key for key in conflicts(table, act).ignoring if rests_on(key, changed)] if table else []


def _lost_by(step: Step, rows: Rows, act: Update, column: str, expression: str) -> int | None:
    """How many values of a column are others afterwards; all, where that cannot be told."""
    filled, here = f"{quote(column)} IS NOT NULL", rows.from_sql(act.table, act.known_as)
    count: int | None = None
    if here and act.plain and rows.plainly(step, [expression]):
        (count,) = rows.counts(here, [f"{filled} AND ({expression}\n) IS NOT {quote(column)}"])
    elif not act.plain or "SELECT" in expression.upper():
        own = f"{quote(act.known_as)}.{quote(column)}"
        source = rows.chosen_with(step, act, [own, f"({expression}\n)"])
        pairs = f"(WITH pairs(o, n) AS ({source.sql}) SELECT * FROM pairs)" if source else ""
        count = rows.counts(pairs, ["o IS NOT NULL AND n IS NOT o"])[0] if pairs else None
    return rows.count(act.table, filled) if count is None else count


def by_an_insert(step: Step, rows: Rows, act: Insert) -> Iterator[Problem]:
    """What DO UPDATE or REPLACE overwrites in rows that are there. Called before the rows follow it."""
    how, writing = ("DO UPDATE", act) if act.sets else ("REPLACE", replacing(step, act))
    total = rows.count(act.table)
    own = _read_beside_keys(step, writing or act)
    if writing is None or total == 0 or all(fold(column) in own for column, _ in writing.sets):
        return
    found = met(step, writing, rows, again=True)
    if found is None or total is None:
        if act.sets:
            title = f"What DO UPDATE overwrites in {quoted(act.table)} cannot be told before it runs"
            subject = Subject("table", act.table)
            yield step.problem("not_looked_at", title, subject, severity=Severity.WARNING)
        return
    sets = [(column, expression) for column, expression in found.sets if fold(column) not in own]
    changed = [
        f"{found.own(column)} IS NOT NULL AND ({expression}\n) IS NOT {found.own(column)}"
        for column, expression in sets
    ]
    each = ", ".join(f"max(({condition}) IS TRUE) AS c{at}" for at, condition in enumerate(changed))
    once = ", ".join(found.own(term.name) for term in found.key.columns)
    one_by_one = f"(SELECT {each} FROM {found.from_sql} GROUP BY {once})"
    (chosen, *counts) = rows.counts(one_by_one, ["1", *(f"c{at}" for at in range(len(changed)))])
    every = chosen is not None and chosen == total > 1 and not act.lists
    for (column, _), count in zip(sets, counts, strict=True):
        if count:
            title = (
                f"{how} {'reaches every row and ' if every else ''}overwrites"
                f" {rows.told(act.table, count, 'value')} of {quoted(column)} of {quoted(act.table)}"
            )
            subject = Subject("column", act.table, columns=(column,))
            severity = None if every else Severity.NOTE
            yield step.problem("values_overwritten", title, subject, severity=severity, count=count)


def _read_beside_keys(step: Step, act: Insert) -> set[str]:
    """The columns, folded, that an INSERT reads of rows that are there, and not only to find out whether they are."""
    own = _read(step, act.table)
    if act.upsert is None:
        return own
    texts = [act.upsert.where_sql, *(expression for _, expression in act.sets)]
    if looks_up(act.query_sql, act.table):
        return own & set[str]().union(*(words_of(act, text) for text in texts))
    named = {fold(name) for keys in (act.upsert.before, act.upsert.behind) for key in keys for name in key}
    named |= {fold(name) for name in act.upsert.target}
    return {each for each in own if each not in named or any(reads_own(t, act.known_as, each) for t in texts)}


def _is_of(access: Access, table: str) -> bool:
    return fold(access.table) == fold(table) and not access.through
