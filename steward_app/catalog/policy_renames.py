"""A table or column got another name: what the policy says of it goes on under the new one, with all remarks."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, MutableSequence
from typing import Any

from ruamel.yaml.comments import CommentedMap

from steward_app.catalog import policy_text
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted


def carry(data: CommentedMap, table: str, column: str, name: str) -> None:
    """Put `name` wherever a document names a column of a table, or with column "" the table itself.

    SQL in it (the `where` of a subset) is left alone.
    """
    if column:
        _carry_column(data, table, column, name)
    else:
        _carry_table(data, table, name)


def _carry_table(data: CommentedMap, table: str, name: str) -> None:
    for tables in _tables(data):
        _rename_key(tables, table, name)
    for role in _list(data, "subject_roles"):
        _rename_value(role, "table", table, name)
        _rename_value(role, "parent", table, name)
    for release in _maps(data, "releases"):
        _rename_value(_at(release, "subset"), "table", table, name)


def _carry_column(data: CommentedMap, table: str, column: str, name: str) -> None:
    for tables in _tables(data):
        said = _named(tables, table)
        if isinstance(said, MutableSequence):  # quasi-identifiers
            _rename_items(said, column, name)
        elif isinstance(said, MutableMapping):
            columns = said["columns"] if isinstance(said.get("columns"), MutableMapping) else said
            _rename_key(columns, column, name)
            for each in columns.values():
                for inner in (each, *_maps(each, "paths")):
                    _rename_items(_at(inner, "belongs_to"), column, name)
    for role in _list(data, "subject_roles"):
        if isinstance(role, MutableMapping) and fold(str(role.get("table"))) == fold(table):
            _rename_items(_at(role, "columns"), column, name)


def _tables(data: CommentedMap) -> Iterator[Any]:
    """Every part of the document whose keys are tables."""
    yield _at(data, "tables")
    yield _at(_at(data, "classification"), "tables")
    yield _at(_at(data, "compatibility"), "tables")
    for release in _maps(data, "releases"):
        for part in ("tables", "quasi_identifiers", "sensitive"):
            yield _at(release, part)


def _rename_key(parent: Any, key: str, name: str) -> None:
    if isinstance(parent, CommentedMap):
        old = [each for each in parent if fold(str(each)) == fold(key)]
        if old and any(fold(str(each)) == fold(name) for each in parent if each not in old):
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"The policy says something of {quoted(name)} already.",
                hint="It is as it was. Take one of the two back first.",
            )
        for each in old:
            policy_text.rename(parent, each, name)


def _rename_value(parent: Any, key: str, old: str, name: str) -> None:
    if isinstance(parent, MutableMapping) and fold(str(parent.get(key))) == fold(old):
        parent[key] = name


def _rename_items(items: Any, old: str, name: str) -> None:
    if isinstance(items, MutableSequence):
        for at, each in enumerate(items):
            if fold(str(each)) == fold(old):
                items[at] = name


def _at(parent: Any, key: str) -> Any:
    return parent.get(key) if isinstance(parent, MutableMapping) else None


def _named(parent: Any, key: str) -> Any:
    names = parent if isinstance(parent, MutableMapping) else {}
    return next((said for each, said in names.items() if fold(str(each)) == fold(key)), None)


def _maps(parent: Any, key: str) -> list[Any]:
    inner = _at(parent, key)
    return list(inner.values()) if isinstance(inner, MutableMapping) else []


def _list(parent: Any, key: str) -> list[Any]:
    inner = _at(parent, key)
    return list(inner) if isinstance(inner, MutableSequence) else []
