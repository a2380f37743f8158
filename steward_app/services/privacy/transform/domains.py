"""Which columns must change alike: those that foreign keys bind together, and those that share a domain.

A foreign key holds in the copy when both its sides go through the same one-to-one function. So all columns that foreign
keys connect, over any number of tables, are one group with one rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from steward_app.catalog.policy_words import OF_COLUMN
from steward_app.db.names import fold
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import parts_of
from steward_app.services.privacy.transform.pseudonyms import Domain
from steward_app.services.schema.model import Column, Mismatch, Schema, Table

CONSISTENT = frozenset({Technique.PSEUDONYM, Technique.PERMUTE, Technique.TOKEN})
"""What gives the same original the same value everywhere, so that joins hold."""

_UNUSABLE = frozenset({Mismatch.NO_TABLE, Mismatch.PARENT_IS_VIEW, Mismatch.NO_COLUMN, Mismatch.COLUMN_COUNT})
_SAID = "domain:"
OF_TYPE = "type:"
"""How a domain begins that is named after a type: that of all pseudonyms of the type whose rule says no other."""
NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})
"""Affinities of columns that take what looks like a number for one."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Columns that foreign keys bind together, in order of tables.

    Attributes:
        root: one that is a key and refers to nothing, where there is one; it names the group.
    """

    root: Place
    places: tuple[Place, ...]


class Components:
    """Places that are joined with each other, one by one or over others.

    Args:
        pairs: that are joined from the beginning.
    """

    def __init__(self, pairs: Iterable[tuple[Place, Place]] = ()) -> None:
        self._of: dict[Place, set[Place]] = {}
        for one, other in pairs:
            self.join(one, other)

    def join(self, one: Place, other: Place) -> None:
        """Join two places, and all that is joined with them."""
        small, large = sorted((self.of(one), self.of(other)), key=len)
        if small is not large:
            large |= small
            self._of.update(dict.fromkeys(small, large))

    def of(self, place: Place) -> set[Place]:
        """Everything that is joined with a place, itself among it."""
        return self._of.setdefault(place, {place})

    def all(self) -> list[list[Place]]:
        """What is joined with each other, in order of places."""
        groups = {id(each): each for each in self._of.values()}
        return sorted(map(sorted, groups.values()))


def edges(schema: Schema) -> Iterator[tuple[Place, Place]]:
    """Pairs of child and parent column, of every foreign key that SQLite can use."""
    for table in schema.tables:
        for key in table.foreign_keys:
            parent = schema.table(key.parent_table)
            if parent is None or key.mismatch in _UNUSABLE:
                continue
            for child_name, parent_name in zip(key.columns, key.parent_columns, strict=False):
                child, other = table.column(child_name), parent.column(parent_name)
                if child and other:
                    yield Place(table.name, child.name), Place(parent.name, other.name)


def bound_together(schema: Schema) -> Mapping[Place, Bound]:
    """For each column that stands in a foreign key, the group it is in."""
    keys = list(edges(schema))
    children = {child for child, parent in keys if child != parent}
    found: dict[Place, Bound] = {}
    for members in Components(keys).all():
        root = next((place for place in members if place not in children), members[0])
        found.update(dict.fromkeys(members, Bound(root, tuple(members))))
    return found


def label_of(rule: Rule, bound: Mapping[Place, Bound]) -> str:
    """What names the domain of a rule: what the policy says, else its type, else the key that it leads to."""
    said = rule.options.get("domain")
    if said:
        return str(said) if str(said).startswith((OF_COLUMN, OF_TYPE)) else f"{_SAID}{said}"
    kind = rule.options.get("kind")
    if rule.technique is Technique.PSEUDONYM and kind:
        return f"{OF_TYPE}{kind}"
    return f"{OF_COLUMN}{key_label(Place(rule.place.table, rule.place.column), bound)}{rule.place.path}"


def key_label(place: Place, bound: Mapping[Place, Bound]) -> str:
    """A name for the domain of a column: that of the key which it leads to through foreign keys."""
    group = bound.get(place)
    return fold(place_id(group.root if group else place))


def person_label(place: Place, rules: ReleaseRules, bound: Mapping[Place, Bound]) -> str:
    """A name for whom a key names: the domain that its rule shares, else the key that it leads to."""
    rule = rules.at(place)
    if rule is not None and rule.technique in CONSISTENT and rule.options.get("domain"):
        return label_of(rule, bound)
    return key_label(place, bound)


def domains(schema: Schema, rules: ReleaseRules, bound: Mapping[Place, Bound]) -> Mapping[str, Domain]:
    """The domains of all rules that are consistent, by label; rules of one share uniqueness, collation and affinity."""
    every = [part for rule in rules.rules for part in (rule, *parts_of(rule))]
    labels = [(rule, label_of(rule, bound)) for rule in every if rule.technique in CONSISTENT]
    members: dict[str, list[tuple[Table, Column]]] = {}
    for rule, label in labels:
        table = schema.table(rule.place.table)
        column = table.column(rule.place.column) if table else None
        if table and column and not rule.place.path:
            members.setdefault(label, []).append((table, column))
    inside = {label for rule, label in labels if _is_shared(rule)}
    return {
        label: _domain(label, members.get(label, ()), inside=label in inside)
        for label in {label for _, label in labels}
    }


def _is_shared(rule: Rule) -> bool:
    """Whether numbers may stand as texts: beside a key, or at a path in JSON with a domain that no column names."""
    by_path = bool(rule.place.path)
    return rule.among is not None or (
        by_path and not str(rule.options.get("domain", OF_COLUMN)).startswith(OF_COLUMN)
    )


def _domain(label: str, members: Sequence[tuple[Table, Column]], *, inside: bool) -> Domain:
    """The domain of a label; `inside`: paths in JSON share it, where the same number may stand as a text."""
    return Domain(
        label,
        injective=any(in_unique_key(table, column.name) for table, column in members),
        nocase=any(column.collation.upper() == "NOCASE" for _, column in members),
        rtrim=any(column.collation.upper() == "RTRIM" for _, column in members),
        numeric=inside or any(column.affinity in NUMERIC for _, column in members),
    )


def unique_keys(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every set of columns whose values may stand once only, with words for what says so."""
    if table.primary_key:
        yield "primary key", table.primary_key.columns
    for unique in table.uniques:
        yield "UNIQUE constraint", unique.columns
    for index in table.indexes:
        if index.unique and index.origin == "create":
            names = tuple(column.name for column in index.columns)
            if all(names):
                yield f"unique index {index.name}", names


def of_person(table: Table, said: object) -> frozenset[str]:
    """The columns, folded, by which the rows of a table are told apart by person: as a rule says, else its own key.

    Of a way along several keys, the first stands in the table, and leads to one person.
    """
    named = said if isinstance(said, list) else [said] if said else list(table.key_columns)
    first = named[0] if named and isinstance(named[0], list) else named
    return frozenset(fold(str(each)) for each in first)


def in_unique_key(table: Table, column: str) -> bool:
    """Whether a column stands in a key whose values may stand once only."""
    return any(fold(column) in map(fold, names) for _, names in unique_keys(table))
