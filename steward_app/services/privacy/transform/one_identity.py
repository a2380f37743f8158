"""Columns that hold the same identities have one rule and one domain, so that rows find each other in the copy.

Being the same goes on from pair to pair, along foreign keys and along values that were seen in two columns: where the
address of a boss is that of a person, and that of a person stands among the news, all three change alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique, place_id
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.domains import CONSISTENT, NUMERIC, OF_TYPE, Components, edges
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind


def one_identity(
    schema: Schema, scan: Scan, classification: Classification, rules: Iterable[Rule]
) -> tuple[Rule, ...]:
    """The rules, with one for all columns and paths of an identity that differ in nothing but where they stand."""
    identities = _Identities(schema, classification, rules)
    identities.follow_foreign_keys()
    identities.follow_values(scan)
    return tuple(identities.rules[place] for place in sorted(identities.rules))


OF_NUMBERS_TOO = frozenset({"phone"})
"""Types whose pseudonyms are the same for a number and for a text of its digits."""


class _Identities:
    def __init__(self, schema: Schema, classification: Classification, rules: Iterable[Rule]) -> None:
        self._schema, self._decided = schema, classification
        self.rules = {rule.place: rule for rule in rules}
        self._keys = [(child, parent) for child, parent in edges(schema) if child != parent]
        self._joined = Components(self._keys)
        self._children = {child for child, _ in self._keys}

    def follow_foreign_keys(self) -> None:
        """Columns that foreign keys bind have one rule, that of the key before others; a link may be removed alone."""
        parents = {parent for _, parent in self._keys}
        for group in self._joined.all():
            ruled = [self.rules[place] for place in group if place in self.rules]
            lasting = [rule for rule in ruled if rule.technique in CONSISTENT]
            cut = [r for r in ruled if r.technique is Technique.REMOVE and r.place not in parents]
            if not lasting:
                lasting = [_as_token(rule) for rule in ruled if rule not in cut]
            if lasting:
                leading = self._suiting(min(lasting, key=self._order), group)
                for rule in ruled:
                    del self.rules[rule.place]
                self.rules[leading.place] = leading

    def follow_values(self, scan: Scan) -> None:
        """Columns that hold the same values without a foreign key share a domain with each other and with its keys."""
        waiting = [(each.child, each.parent) for each in scan.same_values if not each.written]
        waiting = [(child, parent) for child, parent in waiting if not self._stays(child)]
        meeting: set[Place] = set()
        while ready := [pair for pair in waiting if self._change_alike(*pair)]:
            waiting = [pair for pair in waiting if pair not in ready]
            for child, parent in ready:
                self._joined.join(parent, child)
                self._children.add(child)
                meeting |= {child, parent}
        for group in self._joined.all():
            if not meeting.isdisjoint(group):
                self._share_domain([place for place in group if place in meeting or self._lasts(place)])

    def _stays(self, place: Place) -> bool:
        """Whether it was decided of a path that it is not about a person."""
        decided = self._decided.at(place)
        return bool(place.path) and decided is not None and not decided.personal

    def _change_alike(self, child: Place, parent: Place) -> bool:
        """Whether a column that holds values of another is to have one rule with it, as far as is known by now."""
        if child in self.rules and not self._lasts(child):
            return False
        if self._leading(parent):
            return True
        following = self._leading(child) if parent not in self.rules else None
        return following is not None and self._may_follow(following, parent)

    def _may_follow(self, child: Rule, parent: Place) -> bool:
        """Whether a column that would be kept gets the rule of one that holds its values, and leads to persons."""
        kind, decided = kinds().get(str(child.options.get("kind", ""))), self._decided.at(parent)
        table, column = self._column(parent)
        return (
            kind is not None
            and kind.identifies is Identifies.DIRECT
            and (decided is None or decided.personal)
            and table is not None
            and column is not None
            and is_written(table, column)
        )

    def _share_domain(self, places: list[Place]) -> None:
        """Give places one rule: that of the one which the others lead to."""
        root = min(places, key=lambda place: (place in self._children, place))
        leading = self._leading(root)
        assert leading is not None, "what has no rule joins nothing"
        shared = self._suiting(leading, places)
        kind = shared.options.get("kind") if shared.technique is Technique.PSEUDONYM else ""
        options = {**shared.options, "domain": f"{OF_TYPE}{kind}" if kind else place_id(root)}
        for place in places:
            self.rules[place] = replace(shared, place=place, options=options)

    def _suiting(self, rule: Rule, places: Iterable[Place]) -> Rule:
        """The rule, or a permutation where some columns hold numbers and others their digits as texts."""
        columns = (self._column(place)[1] for place in places if not place.path)
        mixed = len({column.affinity in NUMERIC for column in columns if column}) > 1
        kind = rule.options.get("kind", "")
        if not mixed or rule.technique is Technique.PERMUTE or kind in OF_NUMBERS_TOO:
            return rule
        return replace(rule, technique=Technique.PERMUTE, options={"kind": kind})

    def _leading(self, place: Place) -> Rule | None:
        """The rule that goes before others among those of everything that is joined with a place."""
        lasting = [self.rules[each] for each in self._joined.of(place) if self._lasts(each)]
        return min(lasting, key=self._order, default=None)

    def _order(self, rule: Rule) -> tuple[bool, Place]:
        return rule.place in self._children, rule.place

    def _lasts(self, place: Place) -> bool:
        """Whether a place has a rule by which joins hold."""
        rule = self.rules.get(place)
        return rule is not None and rule.technique in CONSISTENT

    def _column(self, place: Place) -> tuple[Table | None, Column | None]:
        table = self._schema.table(place.table)
        return table, table.column(place.column) if table else None


def is_written(table: Table, column: Column) -> bool:
    """Whether rows of a copy get values of their own in a column."""
    if table.kind is TableKind.VIRTUAL:
        return (
            not column.hidden
            and table.module.lower().startswith("fts")
            and "content" not in table.sql.casefold()
        )
    return table.kind is TableKind.TABLE and not table.ours and column.generated is Generated.NO


def _as_token(rule: Rule) -> Rule:
    return replace(rule, technique=Technique.TOKEN, options={"kind": rule.options.get("kind", "")})
