"""Rules whose values are drawn for the name of their column: they give the same when that has another name.

Such a rule says no domain of its own; where a column gets another name, it says from then on what it was called. Where
the column gets that name back, it need not say so any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from steward_app.catalog.policy_names import Link, NewName, Twin
from steward_app.catalog.policy_parts import at, items, maps, rules_in
from steward_app.catalog.policy_words import OF_COLUMN, Technique, dotted
from steward_app.db.names import fold

_DOMAIN: Final = "domain"
_BY_COLUMN: Final = (Technique.PERMUTE, Technique.TOKEN)

_Column = tuple[str, str]


def keep(data: CommentedMap, names: Sequence[NewName], links: Sequence[Link]) -> None:
    """Say the domains of rules that stand under their new names already.

    Args:
        links: foreign keys of the file, by the names of afterwards, or of before where it still has those.
    """
    labels = _Labels(names, links)
    for release in maps(data, "releases"):
        for table, columns in items(at(release, "tables")):
            for column, rule in items(columns):
                _say_all(rule, *labels.of((table, column)))


def keep_for(rule: Any, table: str, column: str, name: str, links: Sequence[Link]) -> None:
    """Say the domain of a rule that was one column's and is now that of another, which says the same."""
    labels = _Labels((), links)
    _say_all(rule, labels.of((table, column))[0], labels.of((table, name))[0])


def _say_all(rule: Any, before: str, now: str) -> None:
    for path, inner in rules_in(rule) if before != now else ():
        if at(inner, "technique") in _BY_COLUMN:
            _say(inner, before + path, now + path)


def _say(rule: Any, before: str, now: str) -> None:
    options = at(rule, "options")
    said = at(options, _DOMAIN)
    if said is None:
        if options is None:
            options = rule["options"] = CommentedMap()
        options[_DOMAIN] = before
    elif said == now:
        del options[_DOMAIN]
        if not options:
            del rule["options"]


class _Labels:
    """What columns were called, and are."""

    def __init__(self, names: Sequence[NewName], links: Sequence[Link]) -> None:
        self._called = {fold(each.table): each.name for each in names if each.of_table}
        self._tables = {fold(each.name): each.table for each in names if each.of_table}
        self._columns: dict[_Column, _Column] = {}
        for each in names:
            if not each.of_table and each.twin is Twin.NO:
                table = each.into or self._called.get(fold(each.table), each.table)
                self._columns[fold(table), fold(each.name)] = (each.table, each.column)
        self._now = {_folded(was): now for now, was in self._columns.items()}
        self._parents = {
            (fold(link.table), fold(child)): (link.parent, parent)
            for link in links
            for child, parent in zip(link.columns, link.parent_columns, strict=False)
        }

    def of(self, column: _Column) -> tuple[str, str]:
        """The domain of a column before and now: that of the key which it leads to through foreign keys."""
        root = self._root(column)
        if root != column:
            return _label(self._before(root)), _label(root)
        was = self._before(column)
        root = self._root(was)
        if root != was:  # the file has the names of before
            return _label(root), _label(self._after(root))
        return _label(was), _label(column)

    def _before(self, column: _Column) -> _Column:
        table, name = column
        return self._columns.get(_folded(column), (self._tables.get(fold(table), table), name))

    def _after(self, column: _Column) -> _Column:
        table, name = column
        return self._now.get(_folded(column), (self._called.get(fold(table), table), name))

    def _root(self, column: _Column) -> _Column:
        seen = {_folded(column)}
        while (parent := self._parents.get(_folded(column))) and _folded(parent) not in seen:
            column = parent
            seen.add(_folded(column))
        return column


def _folded(column: _Column) -> _Column:
    return fold(column[0]), fold(column[1])


def _label(column: _Column) -> str:
    return OF_COLUMN + fold(dotted(*column))
