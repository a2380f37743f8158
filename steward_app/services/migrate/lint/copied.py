"""Tables that are written anew by hand: what the copy makes of the values, held against what they were.

Which table takes whose place is only known at the end of a file, so each copy is kept with the rows as it finds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.migrate.lint import mixed, rowids
from steward_app.services.migrate.lint.acts import Create, Delete, Drop, Insert, RenameColumn, RenameTable
from steward_app.services.migrate.lint.mixed import Mixed
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.selects import Select, read_select
from steward_app.services.migrate.lint.sources import as_kept
from steward_app.services.migrate.lint.step import Step
from steward_app.services.schema.model import Column, Generated, Table

_MOST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Copy:
    """A statement that copies rows, and the rows as it finds them.

    Attributes:
        columns: what it writes.
        given: for each of them what is taken, where that is one column as it is, or "".
        texts: for each of them what is taken, as it stands.
        rowid: what is taken for the number of a row that has no column, or None where none is written.
        rowid_at: its place among all that is taken.
    """

    step: Step
    rows: Rows
    select: Select
    source: Table
    into: Table
    columns: tuple[Column, ...]
    given: tuple[str, ...]
    texts: tuple[str, ...]
    rowid: str | None = None
    rowid_at: int = 0


@dataclass(slots=True)
class _Body:
    """A table under whatever name.

    Attributes:
        of: the table of the file whose rows it holds, by its folded name at the beginning; "" for none.
        itself: whether it is that table.
        was: what its columns were called at first, by their names of the moment; folded, and only where they differ.
    """

    of: str = ""
    itself: bool = False
    was: dict[str, str] = field(default_factory=dict)

    def first(self, column: str) -> str:
        """What a column was called at first."""
        return self.was.get(fold(column), fold(column))


@dataclass(frozen=True, slots=True)
class _Taking:
    """A copy from one table to another, whatever they are called later.

    Attributes:
        before: what each column of its source was called at first.
        first: what each column that it writes was called at first, in order.
    """

    copy: Copy | Mixed
    source: _Body
    into: _Body
    before: Mapping[str, str]
    first: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A column that a copy writes, and the one in whose place it comes.

    Attributes:
        at: its place among those that are written.
        given: what the column was called that it gets as it is, or "".
    """

    at: int
    new: Column
    old: Column
    given: str


def taken(step: Step, rows: Rows) -> Iterator[Copy | Mixed]:
    """The statement, where it copies a table's rows. Called before the rows follow it."""
    yield from list(_plain(step, rows)) or mixed.taken(step, rows)


def _plain(step: Step, rows: Rows) -> Iterator[Copy]:
    act = step.act
    if not isinstance(act, Insert | Create) or not act.query_sql:
        return
    select = read_select(act.query_sql)
    source = step.before.table(select.table) if select else None
    into = step.before.table(act.table) if isinstance(act, Insert) else step.after.table(act.name)
    if select is None or source is None or into is None or source.name == into.name:
        return
    listed = act.columns if isinstance(act, Insert) else ()
    wanted = listed or [c.name for c in into.columns if c.generated is Generated.NO and not c.hidden]
    items = list(_items(select, source))
    if len(items) != len(wanted):
        return
    taken = [(name, *item) for name, item in zip(wanted, items, strict=True)]
    numbers = [(text, at) for at, (name, _, text) in enumerate(taken) if rowids.is_rowid(name, into)]
    found = [(column, given, text) for name, given, text in taken if (column := into.column(name))]
    if found and len(found) + len(numbers) == len(wanted):
        columns, given, texts = zip(*found, strict=True)
        number, at = numbers[0] if numbers else (None, 0)
        yield Copy(step, rows.fork(), select, source, into, columns, given, texts, number, at)


def _items(select: Select, source: Table) -> Iterator[tuple[str, str]]:
    """What a copy takes, in order: the one column that it is, or "", and its text."""
    for item in select.items:
        if item.column == "*" and select.alone:
            yield from ((column.name, column.name) for column in source.columns if not column.hidden)
        else:
            column = source.column(item.column) if item.column else None
            yield column.name if column else "", item.sql


def problems(steps: Sequence[Step], copies: Sequence[Copy | Mixed]) -> Iterator[Problem]:
    """Values that are not what they were, in the tables that a file writes anew. Called at its end."""
    if not copies:
        return
    by_step = {copy.step.number: copy for copy in copies}
    bodies = {fold(each.name): _Body(fold(each.name), itself=True) for each in steps[0].before.tables}
    found: list[_Taking] = []
    gone: set[str] = set()
    for step in steps:
        if (copy := by_step.get(step.number)) is not None:
            found += _begun(copy, bodies)
        _follow(step, bodies, gone)
    names = {id(body): name for name, body in bodies.items()}
    for taking in found:
        heir = taking.source.of
        passed_on = not isinstance(taking.copy, Mixed) or any(each.source is taking.into for each in found)
        at_last = names.get(id(taking.into), heir if passed_on else "")
        if heir in gone and taking.into.of == heir == at_last:
            yield from _judged(taking, _read(steps, taking.copy.source.name))
            yield from _numbers(taking, steps)


def _numbers(taking: _Taking, steps: Sequence[Step]) -> Iterator[Problem]:
    """What becomes of the numbers of rows that no column holds."""
    copy, changed = taking.copy, None
    key = next((column.name for column in copy.into.columns if column.rowid_alias), "")
    at = next((at for at, column in enumerate(copy.columns) if column.rowid_alias), None)
    if isinstance(copy, Copy):
        given = copy.rowid
        if given is None and at is not None:
            given = quote(copy.given[at]) if copy.given[at] else copy.texts[at]
        if taking.source.itself:
            changed = rowids.changed(copy.step, copy.rows, copy.select, given)
    else:
        given = "" if copy.numbered or at is not None else None
    yield from rowids.problems(steps, copy.step, _name(taking), copy.source, key, given, changed)


def _read(steps: Sequence[Step], table: str) -> set[str]:
    """The columns of a table, folded, that a file reads; of others the loss is told where the table goes."""
    return {
        fold(each.column)
        for step in steps
        for each in step.accesses
        if each.action == "SQLITE_READ" and fold(each.table) == fold(table)
    }


def _begun(copy: Copy | Mixed, bodies: dict[str, _Body]) -> Iterator[_Taking]:
    source, into = bodies.get(fold(copy.source.name)), bodies.setdefault(fold(copy.into.name), _Body())
    if source is not None:
        into.of = into.of or source.of
        before = {fold(each.name): source.first(each.name) for each in copy.source.columns}
        yield _Taking(copy, source, into, before, [into.first(each.name) for each in copy.columns])


def _follow(step: Step, bodies: dict[str, _Body], gone: set[str]) -> None:
    """Take in what a statement makes of names, and which tables of the file it drops or empties."""
    match step.act:
        case RenameTable(table, name) if fold(table) in bodies:
            bodies[fold(name)] = bodies.pop(fold(table))
        case RenameColumn(table, column, name) if fold(table) in bodies:
            was = bodies[fold(table)].was
            was[fold(name)] = was.pop(fold(column), fold(column))
        case Drop(kind="table", name=name) if fold(name) in bodies:
            body = bodies.pop(fold(name))
            gone |= {body.of} if body.itself else set()
        case Delete(table=name, where_sql="") if fold(name) in bodies and bodies[fold(name)].itself:
            gone.add(bodies[fold(name)].of)


def _judged(taking: _Taking, read: set[str]) -> Iterator[Problem]:
    """What a copy makes of the columns that are there before and afterwards."""
    copy, before = taking.copy, taking.before
    ends = {first: end for end, first in taking.into.was.items()}
    stored = [c for c in copy.source.columns if c.generated is Generated.NO and not c.hidden]
    old = {before[fold(each.name)]: each for each in stored}
    if isinstance(copy, Mixed):
        places = [old.get(ends.get(first, first)) for first in taking.first]
        found = [(new, was) for new, was in zip(copy.columns, places, strict=True) if was]
        known = [(new, was) for new, was in found if was.rowid_alias or fold(was.name) in read]
        yield from mixed.problems(copy, _name(taking), known)
        return
    kept = {before[fold(each)] for each in copy.given if each}
    pairs: list[_Pair] = []
    for at, (column, given, first) in enumerate(zip(copy.columns, copy.given, taking.first, strict=True)):
        name, was = ends.get(first, first), before[fold(given)] if given else ""
        place = old.get(name) if name != was else None
        if place is not None and (given or (name not in kept and fold(place.name) in read)):
            pairs.append(_Pair(at, column, place, given))
    counts = _counts(copy, pairs)
    if moved := [pair for pair in pairs if pair.given]:
        yield _exchanged(taking, moved, counts[-1])
    for pair, count in zip(pairs, counts, strict=False):
        if not pair.given and count != 0:
            yield _changed(taking, pair, copy.texts[pair.at], count)


def _counts(copy: Copy, pairs: Sequence[_Pair]) -> list[int | None]:
    """How many values of each are others afterwards, and at last how many rows get values of other columns."""
    select, olds = copy.select, [f"{quote(copy.select.known_as)}.{quote(pair.old.name)}" for pair in pairs]
    nothing: list[int | None] = [None] * (len(pairs) + 1)
    if not pairs:
        return nothing
    source = copy.rows.query(
        f"SELECT {', '.join([select.items_sql, *olds])} {select.rest_sql}", copy.step.reads
    )
    if source is None or source.more:
        return nothing
    names = [*(f"c{at}" for at in range(len(copy.columns))), *(f"o{pair.at}" for pair in pairs)]
    if copy.rowid is not None:
        names.insert(copy.rowid_at, "number")
    kept = [
        f"o{pair.at}, {as_kept(pair.new, f'c{pair.at}')} AS n{pair.at},"
        f" {as_kept(pair.new, f'o{pair.at}')} AS k{pair.at}"
        for pair in pairs
    ]
    others = [mixed.DIFFERS.format(n=f"n{pair.at}", o=f"o{pair.at}", k=f"k{pair.at}") for pair in pairs]
    moved = [f"n{pair.at} COLLATE BINARY IS NOT k{pair.at}" for pair in pairs if pair.given]
    rows = f"(WITH pairs({', '.join(names)}) AS ({source.sql}) SELECT {', '.join(kept)} FROM pairs)"
    return copy.rows.counts(rows, [*others, " OR ".join(moved) or "0"])


def _exchanged(taking: _Taking, moved: Sequence[_Pair], count: int | None) -> Problem:
    name = _name(taking)
    said = ", ".join(f"{quoted(each.old.name)} gets what {quoted(each.given)} held" for each in moved)
    rows = f" ({plural(count, 'row')})" if count is not None else ""
    title = f"The copy of {quoted(name)} exchanges columns: {visible(said, 200)}{rows}"
    subject = Subject("table", name, columns=tuple(each.old.name for each in moved))
    severity = Severity.NOTE if count == 0 else None
    return taking.copy.step.problem("copied_otherwise", title, subject, severity=severity, count=count)


def _changed(taking: _Taking, pair: _Pair, text: str, count: int | None) -> Problem:
    name, text = _name(taking), " ".join(text.split())
    held = plural(count, "value") if count is not None else "values"
    become = "it becomes" if count == 1 else "they become"
    title = (
        f"The copy changes {held} of {quoted(pair.old.name)} of {quoted(name)}:"
        f" {become} {quoted(text, _MOST_SHOWN)}"
    )
    subject = Subject("column", name, columns=(pair.old.name,))
    return taking.copy.step.problem("copied_otherwise", title, subject, count=count)


def _name(taking: _Taking) -> str:
    """What the table is called that is written anew."""
    copy = taking.copy
    tables = [*copy.step.after.tables, copy.source, copy.into]
    return next((each.name for each in tables if fold(each.name) == taking.source.of), taking.source.of)
