"""A table or column got another name: what the policy says of it goes on under the new one, with all remarks."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, MutableSequence, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap

from steward_app.catalog import policy_text
from steward_app.catalog.policy_names import NewName
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_ASIDE = "\0"
"""How the name begins that something has while others get theirs; none in a file does."""


def carry(data: CommentedMap, names: Sequence[NewName]) -> None:
    """Put the new names wherever a document names these tables and columns, all at the same time: two may swap theirs.

    SQL in it (the `where` of a subset) is left alone. Raises `UsageError` where something is said of a new name
    already.
    """
    from steward_app.catalog import policy_moves

    aside = {each: f"{_ASIDE}{number}" for number, each in enumerate(names)}
    columns = [each for each in names if each.column]
    tables = [each for each in names if not each.column]
    for each in columns:
        _carry_column(data, each.table, each.column, aside[each])
    for each in columns:
        if not each.into:
            _carry_column(data, each.table, aside[each], each.name)
    for each in tables:
        _carry_table(data, each.table, aside[each])
    for each in tables:
        _carry_table(data, aside[each], each.name)
    called = {fold(each.table): each.name for each in tables}
    moves = [
        policy_moves.Move(called.get(fold(each.table), each.table), aside[each], each)
        for each in columns
        if each.into
    ]
    policy_moves.move(data, moves)
    for move in moves:  # where others name it that stay
        _carry_column(data, move.table, move.column, move.to.name)
        _carry_column(data, move.to.into, move.column, move.to.name)


def _carry_table(data: CommentedMap, table: str, name: str) -> None:
    for tables in _tables(data):
        _rename_key(tables, table, name)
    for role in listed(data, "subject_roles"):
        _rename_value(role, "table", table, name)
        _rename_value(role, "parent", table, name)
    for release in maps(data, "releases"):
        subset = at(release, "subset")
        _rename_value(subset, "table", table, name)
        for relation in listed(subset, "relations"):
            _rename_value(relation, "table", table, name)
            _rename_value(relation, "parent", table, name)
        for part in ("empty", "renumber"):
            _rename_items(at(release, part), table, name)


def _carry_column(data: CommentedMap, table: str, column: str, name: str) -> None:
    for columns in _columns(data, table):
        if isinstance(columns, MutableSequence):
            _rename_items(columns, column, name)
        else:
            _rename_key(columns, column, name)
            for each in columns.values() if isinstance(columns, MutableMapping) else ():
                for inner in (each, *maps(each, "paths")):
                    _rename_items(at(inner, "belongs_to"), column, name)
    for role in listed(data, "subject_roles"):
        _rename_of(role, "table", "columns", table, column, name)
    for release in maps(data, "releases"):
        for relation in listed(at(release, "subset"), "relations"):
            _rename_of(relation, "table", "columns", table, column, name)
            _rename_of(relation, "parent", "parent_columns", table, column, name)


def _tables(data: CommentedMap) -> Iterator[Any]:
    """Every part of the document whose keys are tables."""
    yield at(data, "tables")
    yield at(at(data, "classification"), "tables")
    yield at(at(data, "compatibility"), "tables")
    for release in maps(data, "releases"):
        for part in ("tables", *LISTS):
            yield at(release, part)
        yield at(at(release, "limits"), "tables")


LISTS = ("quasi_identifiers", "sensitive", "persons")
"""The parts of a release that list columns by table."""


def _columns(data: CommentedMap, table: str) -> Iterator[Any]:
    """Every part whose keys, or items, are the columns of a table."""
    for tables in (at(data, "tables"), at(at(data, "classification"), "tables")):
        yield at(named(tables, table), "columns")
    for release in maps(data, "releases"):
        for part in ("tables", *LISTS):
            yield named(at(release, part), table)


def _rename_key(parent: Any, key: str, name: str) -> None:
    if isinstance(parent, CommentedMap):
        old = [each for each in parent if fold(str(each)) == fold(key)]
        if old and any(fold(str(each)) == fold(name) for each in parent if each not in old):
            raise said_already(name)
        for each in old:
            policy_text.rename(parent, each, name)


def said_already(name: str) -> UsageError:
    """What is raised where something would be said of a name twice."""
    return UsageError(
        ErrorCode.BAD_REQUEST,
        f"The policy says something of {quoted(name)} already.",
        hint="It is as it was. Take one of the two back first.",
    )


def _rename_value(parent: Any, key: str, old: str, name: str) -> None:
    if isinstance(parent, MutableMapping) and fold(str(parent.get(key))) == fold(old):
        parent[key] = name


def _rename_of(said: Any, of: str, columns: str, table: str, column: str, name: str) -> None:
    """Rename a column in a list of them, where the table is meant that is said beside it."""
    if isinstance(said, MutableMapping) and fold(str(said.get(of))) == fold(table):
        _rename_items(at(said, columns), column, name)


def _rename_items(items: Any, old: str, name: str) -> None:
    if isinstance(items, MutableSequence):
        for number, each in enumerate(items):
            if fold(str(each)) == fold(old):
                items[number] = name


def at(parent: Any, key: str) -> Any:
    """What stands under a key; None where nothing does."""
    return parent.get(key) if isinstance(parent, MutableMapping) else None


def named(parent: Any, key: str) -> Any:
    """What stands under a name, in any case of ASCII letters; None where nothing does."""
    names = parent if isinstance(parent, MutableMapping) else {}
    return next((said for each, said in names.items() if fold(str(each)) == fold(key)), None)


def maps(parent: Any, key: str) -> list[Any]:
    """What stands under the keys of what stands under a key."""
    inner = at(parent, key)
    return list(inner.values()) if isinstance(inner, MutableMapping) else []


def listed(parent: Any, key: str) -> list[Any]:
    """The items of a list that stands under a key."""
    inner = at(parent, key)
    return list(inner) if isinstance(inner, MutableSequence) else []
