"""A column moved into another table: what the policy says of it goes along, and means there what it meant before."""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from steward_app.catalog import policy_text
from steward_app.catalog.policy_names import NewName
from steward_app.catalog.policy_parts import LISTS, at, listed, maps, named, said_already, spelt
from steward_app.db.names import fold

_OF_EACH: Final = ("purpose", "legal_basis", "retention", "recipients")
"""What is said of a table for each of its columns, and of a column where it differs."""
_OF_TABLE: Final = (*_OF_EACH, "subjects", "not_personal")


@dataclass(frozen=True, slots=True)
class Move:
    """A column that is to move.

    Attributes:
        table: where it stands in the document, by the table's name now.
        column: the name it has there.
        to: where it goes.
    """

    table: str
    column: str
    to: NewName


def move(data: CommentedMap, moves: Sequence[Move]) -> None:
    """Put what is said of the columns where they are now. Raises `UsageError` where something is said there already."""
    for each in moves:
        _take(at(data, "tables"), each, "columns")
        _classified(at(at(data, "classification"), "tables"), each, moves)
        for release in maps(data, "releases"):
            _released(release, each)
    for role in listed(data, "subject_roles"):
        _linked(role, "table", "columns", moves)
    for release in maps(data, "releases"):
        for relation in listed(at(release, "subset"), "relations"):
            _linked(relation, "table", "columns", moves)
            _linked(relation, "parent", "parent_columns", moves)
    for each in {(one.table, one.to.into): one for one in moves if one.to.goes_by}.values():
        _leave(at(at(data, "classification"), "tables"), each)
        for release in maps(data, "releases"):
            _leave(at(at(release, "limits"), "tables"), each)


def _take(tables: Any, each: Move, *below: str) -> Any:
    """Take what is said of a column along; what it is, or None where nothing is said."""
    source = _columns(tables, each.table, *below)
    key = spelt(source, each.column)
    if key is None:
        return None
    to = each.to
    home = _columns(tables, to.into, *below)
    if spelt(home, to.name) is not None:
        raise said_already(to.name)
    said = source.pop(key)
    source.ca.items.pop(key, None)
    path = [spelt(tables, to.into) or to.into, *below, to.name]
    policy_text.put(tables, path, said)
    if not source:
        policy_text.delete(tables, [spelt(tables, each.table) or each.table, *below])
    return said


def _classified(tables: Any, each: Move, moves: Sequence[Move]) -> None:
    """The classification. Said of the table for each column, it is said of the other table, or of the column there."""
    before, there = named(tables, each.table), named(tables, each.to.into)
    if not isinstance(before, MutableMapping):
        return
    of_table = {word: deepcopy(before[word]) for word in _OF_TABLE if before.get(word)}
    said = _take(tables, each, "columns")
    if said is None and not of_table.get("not_personal"):
        return
    if there is None:
        for word, value in of_table.items():
            policy_text.put(tables, [each.to.into, word], value)
    else:
        words = _OF_EACH if said is not None else ("not_personal",)
        path = [spelt(tables, each.to.into) or each.to.into, "columns", each.to.name]
        for word in words:
            value = of_table.get(word)
            if value and not (said or {}).get(word) and there.get(word) != value:
                policy_text.put(tables, [*path, word], value)
    for inner in (said, *maps(said, "paths")) if said else ():
        _belongs(inner, each, moves, there)


def _belongs(said: Any, each: Move, moves: Sequence[Move], there: Any) -> None:
    """Whose data it is: the way to the person leads over the column that points to the other table, or no longer."""
    if not isinstance(said, MutableMapping):
        return
    to = each.to
    way = [fold(str(column)) for column in said.get("belongs_to") or ()]
    together = {fold(one.column) for one in moves if (one.table, one.to.into) == (each.table, to.into)}
    if way and together.issuperset(way):
        return  # the key comes along
    if to.comes_by:
        said["belongs_to"] = CommentedSeq([to.comes_by])
    elif to.goes_by and way == [fold(to.goes_by)]:
        arrived = {fold(one.to.name) for one in moves if one.to.into == to.into}
        ways = [
            list(other.get("belongs_to") or ())
            for name, other in (at(there, "columns") or {}).items()
            if isinstance(other, MutableMapping) and fold(str(name)) not in arrived
        ]
        if ways and ways[0] and all(other == ways[0] for other in ways):
            said["belongs_to"] = CommentedSeq(ways[0])  # as of the others there
        else:
            del said["belongs_to"]


def _released(release: Any, each: Move) -> None:
    """What is done with the column in a copy, and what it tells of a person there."""
    _take(at(release, "tables"), each)
    limits = at(at(release, "limits"), "tables")
    for part in LISTS:
        if _listed(at(release, part), each) and part == "quasi_identifiers":
            said = named(limits, each.table)
            if said is not None and named(limits, each.to.into) is None:
                policy_text.put(limits, [each.to.into], CommentedMap(said))
    for part in ("empty", "renumber"):
        items = at(release, part)
        if not isinstance(items, MutableSequence):
            continue
        there = {fold(str(item)): item for item in items}
        source, home = fold(each.table), fold(each.to.into)
        if each.to.comes_by and source in there and home not in there:
            items.append(each.to.into)
        elif each.to.goes_by and source in there and home in there:
            items.remove(there[source])


def _listed(lists: Any, each: Move) -> bool:
    """Take a column from the list of its table to that of the other; whether it stood there."""
    source, home = named(lists, each.table), named(lists, each.to.into)
    mine = [column for column in source or () if fold(str(column)) == fold(each.column)]
    for column in mine:
        source.remove(column)
    if mine and isinstance(home, MutableSequence):
        home.append(each.to.name)
    elif mine:
        policy_text.put(lists, [each.to.into], [each.to.name])
    if mine and not source:
        policy_text.delete(lists, [spelt(lists, each.table) or each.table])
    return bool(mine)


def _linked(said: Any, of: str, key: str, moves: Sequence[Move]) -> None:
    """One end of a link goes along where all its columns do."""
    columns = at(said, key)
    if not isinstance(columns, MutableSequence):
        return
    going = {fold(each.column): each.to for each in moves if fold(each.table) == fold(str(said.get(of)))}
    homes = [each for column in columns if (each := going.get(fold(str(column)))) is not None]
    into = {each.into for each in homes}
    if len(homes) == len(columns) and len(into) == 1:
        said[of] = into.pop()
        columns[:] = [each.name for each in homes]


def _leave(tables: Any, each: Move) -> None:
    """Of a table that is gone, what was said for each of its columns goes where the other table says the same."""
    gone, stays = named(tables, each.table), named(tables, each.to.into)
    if not isinstance(gone, MutableMapping) or not isinstance(stays, MutableMapping):
        return
    if all(stays.get(word) == value for word, value in gone.items()):
        policy_text.delete(tables, [spelt(tables, each.table) or each.table])


def _columns(tables: Any, table: str, *below: str) -> Any:
    found = named(tables, table)
    for key in below:
        found = at(found, key)
    return found
