"""The parts of one table compared: what makes two of them the same, and what may differ between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from steward_app.db.names import fold
from steward_app.db.tokens import meaning, same_meaning
from steward_app.kernel.finding import Subject
from steward_app.services.schema.diff_model import Change, ChangeKind, Difference
from steward_app.services.schema.model import (
    Column,
    ForeignKey,
    Index,
    IndexColumn,
    PrimaryKey,
    Table,
    Trigger,
    Unique,
)

T = TypeVar("T")
Values = Mapping[str, str | bool | None]


class Sql(str):
    """SQL text: two are the same when their tokens are."""

    __slots__ = ()


class Name(str):
    """A name or a type: compared without case, as SQLite does."""

    __slots__ = ()


def differing(before: Values, after: Values) -> tuple[Difference, ...]:
    """The properties that are not the same."""
    return tuple(
        Difference(what, _text(before[what]), _text(after[what]))
        for what in before
        if not _same(before[what], after[what])
    )


def match(
    before: Iterable[T], after: Iterable[T], *same: Callable[[T], Hashable | None]
) -> list[tuple[T | None, T | None]]:
    """Which of the two sides belong together, by the first of the rules under which both have the same key.

    A key of None belongs to nothing. In the order of `after`; what is left of `before` comes last.
    """
    old, new = list(before), list(after)
    partner: dict[int, int] = {}
    left = dict.fromkeys(range(len(old)))
    for rule in same:
        waiting: dict[Hashable, list[int]] = {}
        for i in left:
            key = rule(old[i])
            if key is not None:
                waiting.setdefault(key, []).append(i)
        for j, item in enumerate(new):
            found = waiting.get(rule(item)) if j not in partner else None
            if found:
                partner[j] = found.pop(0)
                del left[partner[j]]
    pairs: list[tuple[T | None, T | None]] = [
        (old[partner[j]] if j in partner else None, item) for j, item in enumerate(new)
    ]
    return pairs + [(old[i], None) for i in left]


def changes(
    before: Iterable[T],
    after: Iterable[T],
    same: Sequence[Callable[[T], Hashable | None]],
    subject: Callable[[T], Subject],
    values: Callable[[T], Values],
) -> Iterator[Change]:
    """What was added, removed and changed from one side to the other; `same` are the rules of `match`."""
    for old, new in match(before, after, *same):
        if old is None and new is not None:
            yield Change(ChangeKind.ADDED, subject(new))
        elif old is not None and new is None:
            yield Change(ChangeKind.REMOVED, subject(old))
        elif old is not None and new is not None:
            differences = differing(values(old), values(new))
            if differences:
                yield Change(ChangeKind.CHANGED, subject(new), differences)


def parts(old: Table, new: Table) -> Iterator[Change]:
    """What changed in columns, keys, constraints, indexes and triggers of a table."""
    if not (old.parsed and new.parsed):
        old, new = _without_text(old), _without_text(new)
    if not (old.problem or new.problem):
        yield from _columns(old, new)
    yield from _constraints(old, new)
    table = new.name
    yield from changes(
        _made(old), _made(new), [lambda i: fold(i.name)], lambda i: Subject("index", table, i.name), _index
    )
    yield from changes(
        old.triggers,
        new.triggers,
        [lambda t: fold(t.name)],
        lambda t: Subject("trigger", table, t.name),
        _trigger,
    )


def _columns(old: Table, new: Table) -> Iterator[Change]:
    yield from changes(
        old.columns,
        new.columns,
        [lambda c: fold(c.name)],
        lambda c: Subject("column", new.name, c.name),
        _column,
    )
    before = [fold(c.name) for c in old.columns if new.column(c.name)]
    names = {fold(c.name): c.name for c in new.columns if old.column(c.name)}
    if before != list(names):
        order = Difference(
            "column order", ", ".join(names.get(name, name) for name in before), ", ".join(names.values())
        )
        yield Change(ChangeKind.CHANGED, Subject("table", new.name, new.name), (order,))


def _constraints(old: Table, new: Table) -> Iterator[Change]:
    table = new.name
    yield from changes(
        _primary_key(old),
        _primary_key(new),
        [lambda _: ""],
        lambda key: Subject("primary key", table, key.name, key.columns),
        lambda key: key.values,
    )
    yield from changes(
        _uniques(old),
        _uniques(new),
        [lambda key: (key.folded, key.called), lambda key: key.folded, lambda key: key.called],
        lambda key: Subject("unique", table, key.name, key.columns),
        lambda key: key.values,
    )
    yield from changes(
        old.checks,
        new.checks,
        [
            lambda c: (fold(c.name), meaning(c.expression)),
            lambda c: meaning(c.expression),
            lambda c: fold(c.name) or None,
            lambda c: fold(c.column) or None,
        ],
        lambda c: Subject("check", table, c.name, (c.column,) if c.column else ()),
        lambda c: {"name": c.name, "expression": Sql(c.expression)},  # wherever it stands, it says the same
    )
    yield from changes(
        old.foreign_keys,
        new.foreign_keys,
        [_reference, _child_columns],
        lambda k: Subject("foreign key", table, k.name, k.columns),
        _foreign_key,
    )


class _Key:
    """A PRIMARY KEY or UNIQUE with the terms of the index that enforces it."""

    def __init__(self, key: PrimaryKey | Unique, terms: Sequence[IndexColumn], *, nullable: bool) -> None:
        self.name = key.name
        self.columns = key.columns
        self.folded = tuple(map(fold, key.columns))
        self.called = fold(key.name) or None
        self.values: Values = {
            "columns": Name(", ".join(map(_term, terms)) or ", ".join(key.columns)),
            "name": key.name,
            "on conflict": key.conflict,
            "accepts NULL": nullable,
        }


def _primary_key(table: Table) -> list[_Key]:
    key = table.primary_key
    index = next((index for index in table.indexes if index.origin == "primary key"), None)
    return [_Key(key, index.columns if index else (), nullable=key.nullable)] if key else []


def _uniques(table: Table) -> list[_Key]:
    terms = {index.name: index.columns for index in table.indexes}
    return [_Key(unique, terms.get(unique.index, ()), nullable=True) for unique in table.uniques]


def _made(table: Table) -> list[Index]:
    return [index for index in table.indexes if index.origin == "create"]


def _without_text(table: Table) -> Table:
    """The table by the pragmas alone: what only the text knows cannot be compared where one was not read."""
    return replace(
        table,
        columns=tuple(
            replace(column, comment="", generated_expression="", not_null_conflict="")
            for column in table.columns
        ),
        primary_key=replace(table.primary_key, name="", conflict="") if table.primary_key else None,
        uniques=tuple(replace(unique, name="", conflict="") for unique in table.uniques),
        checks=(),
        foreign_keys=tuple(replace(key, name="", match="", deferrable="") for key in table.foreign_keys),
    )


def _column(column: Column) -> Values:
    return {
        "name": column.name,
        "type": Name(" ".join(column.declared_type.split())),
        "not null": column.not_null,
        "on conflict of not null": column.not_null_conflict,
        "default": None if column.default is None else Sql(column.default),
        "collation": Name(column.collation),
        "generated": column.generated.value,
        "generated from": Sql(column.generated_expression),
        "rowid alias": column.rowid_alias,
        "autoincrement": column.autoincrement,
        "hidden": column.hidden,
        "comment": column.comment,
    }


def _reference(key: ForeignKey) -> Hashable:
    return _child_columns(key), fold(key.parent), tuple(map(fold, key.parent_columns))


def _child_columns(key: ForeignKey) -> Hashable:
    return tuple(map(fold, key.columns))


def _foreign_key(key: ForeignKey) -> Values:
    return {
        "name": key.name,
        "parent": Name(key.parent),
        "parent columns": Name(", ".join(key.parent_columns)),
        "on delete": key.on_delete,
        "on update": key.on_update,
        "match": Name(key.match),
        "deferrable": key.deferrable,
    }


def _index(index: Index) -> Values:
    return {
        "name": index.name,
        "unique": index.unique,
        "columns": Sql(", ".join(map(_term, index.columns))),
        "where": Sql(index.where),
    }


def _term(column: IndexColumn) -> str:
    text = column.expression or column.name
    collation = "" if fold(column.collation) == "binary" else f" COLLATE {column.collation.upper()}"
    return f"{text}{collation}{' DESC' if column.descending else ''}"


def _trigger(trigger: Trigger) -> Values:
    return {
        "name": trigger.name,
        "timing": trigger.timing,
        "event": trigger.event,
        "columns": Name(", ".join(trigger.of_columns)),
        "when": Sql(trigger.when),
        "text": Sql(trigger.sql),
        "problem": trigger.problem,
    }


def _same(before: str | bool | None, after: str | bool | None) -> bool:
    if isinstance(before, Sql) and isinstance(after, Sql):
        return same_meaning(before, after)
    if isinstance(before, Name) and isinstance(after, Name):
        return fold(before) == fold(after)
    return before == after


def _text(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
