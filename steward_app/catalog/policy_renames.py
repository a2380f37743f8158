"""A table or column got another name: what the policy says of it goes on under the new one, with all remarks."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, MutableSequence, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap

from steward_app.catalog import policy_text
from steward_app.catalog.policy_names import Link, NewName, Twin
from steward_app.catalog.policy_parts import LISTS, at, listed, maps, named, rules_in, said_already
from steward_app.db.names import fold

_ASIDE = "\0"
"""How the name begins that something has while others get theirs; none in a file does."""
_OF_ROWS = ("beside", "group", "with")
"""The options of a rule that name other columns of its table."""


def carry(data: CommentedMap, names: Sequence[NewName], links: Sequence[Link] = ()) -> list[tuple[str, ...]]:
    """Put the new names wherever a document names these tables and columns, all at the same time: two may swap theirs.

    Gives the paths of what is said of columns that go, to be taken away. Raises `UsageError` where something is said of
    a new name already.

    Args:
        links: foreign keys of the file as it is now.
    """
    from steward_app.catalog import policy_domains, policy_moves, policy_twins, policy_ways

    gone: list[tuple[str, ...]] = []
    policy_ways.follow(data, names, links)
    for each in names:
        if each.twin.goes:
            gone += policy_twins.end(data, each, links)
        elif each.twin is not Twin.NO:
            policy_twins.beside(data, each, links)
        if each.twin in (Twin.GOES, Twin.AGAIN):
            _carry_mentions(data, each.table, each.column, each.name)
    aside = {each: f"{_ASIDE}{number}" for number, each in enumerate(names)}
    columns = [each for each in names if not each.of_table and each.twin is Twin.NO]
    tables = [each for each in names if each.of_table]
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
    for (
        move
    ) in moves:  # what names it and did not come along means what it meant, should the column come back
        _carry_column(data, move.to.into, move.column, move.to.name)
        _carry_column(data, move.table, move.column, move.to.column)
    policy_domains.keep(data, names, links)
    return gone


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
    _carry_mentions(data, table, column, name)


def _carry_mentions(data: CommentedMap, table: str, column: str, name: str) -> None:
    """Put a new name where a column is named by what is said of others."""
    for columns in _columns(data, table):
        for each in columns.values() if isinstance(columns, MutableMapping) else ():
            for _, inner in rules_in(each):
                _rename_items(at(inner, "belongs_to"), column, name)
                for option in _OF_ROWS:
                    options = at(inner, "options")
                    _rename_value(options, option, column, name)
                    _rename_items(at(options, option), column, name)
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
