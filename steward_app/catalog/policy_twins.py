"""A column beside another that says the same, or a part of it: what the policy says of the one, it says of both.

So it is while a column changes its name, type or shape step by step. When one of the two goes, what is said of it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableSequence, Sequence
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from steward_app.catalog import policy_domains, policy_text
from steward_app.catalog.policy_names import Link, NewName
from steward_app.catalog.policy_parts import LISTS, UNDECIDED, at, maps, named, spelt
from steward_app.catalog.policy_words import Technique
from steward_app.db.names import fold

_OF_ANY_VALUE: Final = frozenset(
    {Technique.REMOVE, Technique.KEEP, Technique.TOKEN, Technique.SHUFFLE, Technique.REDACT}
)
"""What is done with a value may be done with a part of it, too. A pseudonym or a coarser value is of the whole."""


def beside(data: CommentedMap, each: NewName, links: Sequence[Link] = ()) -> None:
    """Say of `name` what is said of `column`, where nothing is said of it.

    Where a rule for copies cannot hold for a part, the part stands among the columns that wait for one.
    """
    for path, columns in _of_columns(data, each.table):
        said = named(columns, each.column)
        if said is None or spelt(columns, each.name) is not None:
            continue
        if path[0] == "releases" and each.twin.is_part and at(said, "technique") not in _OF_ANY_VALUE:
            _add(data["releases"][path[1]], each.table, each.name)
        else:
            rule = copied(said)
            if path[0] == "releases" and not each.twin.is_part:
                policy_domains.keep_for(rule, each.table, each.column, each.name, links)
            policy_text.put(columns, [each.name], rule)
    for release in maps(data, "releases"):
        has_rule = named(named(at(release, "tables"), each.table), each.name) is not None
        for part in LISTS:
            items = named(at(release, part), each.table)
            if _place(items, each.column) is None or _place(items, each.name) is not None:
                continue
            if part != UNDECIDED or not has_rule:
                items.append(each.name)


def end(data: CommentedMap, each: NewName, links: Sequence[Link] = ()) -> Iterator[tuple[str, ...]]:
    """Take `column` out of lists, for `name` to stand there; gives the paths of what is said of the column, to be taken
    away.

    What is said of the column alone, though the other says the same, is said of the other from now on.
    """
    for path, columns in _of_columns(data, each.table):
        key = spelt(columns, each.column)
        if key is None:
            continue
        if each.twin.is_part or spelt(columns, each.name) is not None:
            yield (*path, key)
        else:
            policy_text.rename(columns, key, each.name)
            if path[0] == "releases":
                policy_domains.keep_for(columns[each.name], each.table, each.column, each.name, links)
    for release in maps(data, "releases"):
        for part in LISTS:
            lists = at(release, part)
            items = named(lists, each.table)
            place = _place(items, each.column)
            if place is None:
                continue
            if each.twin.is_part or _place(items, each.name) is not None:
                del items[place]
            else:
                items[place] = each.name
            if not items:
                policy_text.delete(release, [part, spelt(lists, each.table) or each.table])


def put_back(data: CommentedMap, said: Mapping[tuple[str, ...], Any]) -> None:
    """Say again what was said of columns that had gone."""
    for path, value in said.items():
        policy_text.put(data, path, copied(value))


def copied(said: Any) -> Any:
    """A copy without remarks: those are about the one that they stand at."""
    if isinstance(said, Mapping):
        return CommentedMap({str(key): copied(value) for key, value in said.items()})
    if isinstance(said, list):
        return CommentedSeq([copied(each) for each in said])
    return str(said) if isinstance(said, str) else said


def _of_columns(data: CommentedMap, table: str) -> Iterator[tuple[tuple[str, ...], CommentedMap]]:
    """Every part whose keys are the columns of a table, with its path."""
    above: list[tuple[str, ...]] = [("tables",), ("classification", "tables")]
    releases = at(data, "releases")
    above += [("releases", str(name), "tables") for name in releases or ()]
    for path in above:
        tables: Any = data
        for key in path:
            tables = at(tables, key)
        name = spelt(tables, table)
        below = () if path[0] == "releases" else ("columns",)
        columns = named(tables, table)
        columns = at(columns, "columns") if below else columns
        if name is not None and isinstance(columns, CommentedMap):
            yield (*path, name, *below), columns


def _add(release: CommentedMap, table: str, column: str) -> None:
    """Put a column among those that wait for a rule."""
    lists = at(release, UNDECIDED)
    items = named(lists, table)
    if isinstance(items, MutableSequence):
        if _place(items, column) is None:
            items.append(column)
    else:
        policy_text.put(release, [UNDECIDED, spelt(lists, table) or table], CommentedSeq([column]))


def _place(items: Any, name: str) -> int | None:
    """Where a name stands in a list."""
    listed: Sequence[Any] = items if isinstance(items, MutableSequence) else ()
    return next((number for number, each in enumerate(listed) if fold(str(each)) == fold(name)), None)
