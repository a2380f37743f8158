"""What the copy is searched for, and where an original value may stand all the same.

Zero is required outside the cells where the rules themselves let a value stand:

    its own column       shuffled, of a small domain, left as it was by a rule that makes values coarser, or a text in
                         which there was nothing to take away, unless it is as a whole a value of a column that leads
                         to a person
    made-up values       another column of a small domain may hold the same town or the same year
    kept columns         hold what they held; a short one may hold the same word, a text may not
    what follows         full-text tables that are filled from such a column, and generated columns beside it

A column that goes along without a rule may hold the same value only where that value leads to nobody by itself: an
address that stands there is a leak that nobody saw, a town is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from steward_app.db import Session, fold, qualified, quote
from steward_app.services.privacy.anonymize.fulltext import Fill
from steward_app.services.privacy.anonymize.objects import Objects, objects
from steward_app.services.privacy.anonymize.own_codes import left_of_names
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.dates import BIRTH
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.residue.model import Permitted, Searched
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.beside import parts_of
from steward_app.services.privacy.transform.domains import (
    CONSISTENT,
    Bound,
    bound_together,
    in_unique_key,
    label_of,
)
from steward_app.services.privacy.transform.effects import COARSER
from steward_app.services.privacy.transform.known import NAMES
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.privacy.transform.persons import CODES_OF_PERSONS, kind_sought
from steward_app.services.privacy.transform.pseudonyms import signed
from steward_app.services.privacy.transform.reasons import SMALL_DOMAIN, others_too
from steward_app.services.privacy.whole_names import by_kind, in_two_columns
from steward_app.services.schema.model import Generated, Schema, TableKind

_NOT_SEARCHED = frozenset({Technique.KEEP, Technique.JSON})  # the paths of JSON have rules of their own
_SCHEMA = Place("sqlite_schema", "sql")
_SHORT = 64
"""Characters of a value that is a word or a code, and no text in which persons could be named."""

_SAMPLE_ROWS = 1_000


def searched(source: Session, schema: Schema, transforms: Transforms) -> tuple[Searched, ...]:
    """The places whose originals must be gone, each with where they may stand.

    Args:
        source: on the original, whose schema it is and for which the transforms were made.
    """
    bound = bound_together(schema)
    rules = [
        rule for rule in _with_parts(transforms.rules.rules, bound) if rule.technique not in _NOT_SEARCHED
    ]
    found = _Permissions(source, schema, objects(source, schema, transforms.rules), transforms)
    decided = classification(Path(schema.path))
    whole = tuple(
        Searched(
            rule.place,
            tuple(dict.fromkeys(found.of(rule))),
            leads=bool(kind_sought(rule, decided)) and not coincides(rule),
            texts=rule.technique is Technique.REDACT,
            apart=paths_beside(rule.place, transforms.rules.rules),
            key=_is_key(schema, rule, bound),
            names=_is_name(rule),
            births=rule.options.get("kind") == BIRTH and rule.technique is not Technique.REDACT,
            among=rule.among,
        )
        for rule in rules
    )
    codes = [
        each
        for rule, each in zip(rules, whole, strict=True)
        if kind_sought(rule, decided) in CODES_OF_PERSONS
    ]
    by_place = {each.place: each for each in whole}
    together = [
        replace(by_place[given], family=family.column) for given, family in in_two_columns(by_kind(rules))
    ]
    return (
        *whole,
        *together,
        *(found.ends_of(each) for each in codes if each.key and each.leads and not each.place.path),
    )


def _with_parts(rules: Sequence[Rule], bound: Mapping[Place, Bound]) -> Iterator[Rule]:
    """The rules, and those for the values beside some words; the key whose numbers these are has them all itself."""
    keys = {label_of(rule, bound) for rule in rules if rule.technique in CONSISTENT}
    yield from rules
    for part in chain.from_iterable(map(parts_of, rules)):
        made = part.technique not in CONSISTENT or part.technique is Technique.PSEUDONYM
        if made or label_of(part, bound) not in keys:
            yield part


def paths_beside(place: Place, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The other paths in the JSON of the same column that have rules; of a column, all of them."""
    return tuple(
        each.place.path
        for each in rules
        if each.place.path not in ("", place.path) and replace(each.place, path="") == replace(place, path="")
    )


class _Permissions:
    """Where original values may stand, by the rules of one copy."""

    def __init__(self, source: Session, schema: Schema, along: Objects, transforms: Transforms) -> None:
        self._source, self._schema, self._objects = source, schema, along
        self._transforms = transforms
        rules = transforms.rules.rules
        self._small = [r.place for r in rules if others_too(transforms.permitted(r.place))]
        kept = [r.place for r in rules if r.technique is Technique.KEEP and not keeps_names(r)]
        self._kept = [place for place in kept if self._is_short(place)]
        self._with_names = [rule.place for rule in rules if keeps_names(rule)]
        self._made_up = [rule.place for rule in rules if rule.technique is Technique.PSEUDONYM]
        self._redacted = [
            rule.place
            for rule in rules
            if rule.technique is Technique.REDACT and not self._leaves_codes_of_names(rule)
        ]
        self._parts = [part for rule in rules for part in parts_of(rule)]
        self._bound = bound_together(schema)
        self._plain = list(self._without_rules())
        self._following: dict[tuple[Place, str], tuple[Permitted, ...]] = {}

    def of(self, rule: Rule) -> Iterator[Permitted]:
        """Where the originals of one place may stand."""
        place = rule.place
        if rule.among is not None:
            if _others_become_it(rule):
                yield from self._beside(rule, SMALL_DOMAIN)
        elif place in self._redacted:
            yield from self._with_followers(place, "texts in which there was nothing to take away")
        elif reason := self._transforms.permitted(place):
            yield from self._with_followers(place, reason)
        for other in self._small:
            yield from self._with_followers(other, self._transforms.permitted(other))
        for part in self._parts:
            if part.technique is Technique.PSEUDONYM and _is_name(rule):
                yield from self._beside(part, "made-up names")
            elif self._may_become(part, rule):
                yield from self._beside(part, SMALL_DOMAIN)
        for other in self._kept:
            yield from self._with_followers(other, "kept, as the rules say")
        if _is_name(rule):
            for other in self._made_up:
                if other != place:
                    yield from self._with_followers(other, "made-up names")
        if _is_name(rule) or coincides(rule):
            for other in self._with_names:
                yield from self._with_followers(
                    other, "the same word in a column about nobody, as the rules say"
                )
        if rule.technique in (Technique.REDACT, Technique.BLOB):
            yield Permitted(_SCHEMA, "texts in which there was nothing to take away")
            for other in self._redacted:
                yield from self._with_followers(other, "texts in which there was nothing to take away")
        elif coincides(rule):
            yield Permitted(_SCHEMA, "dates, numbers and words that many others have, as the plan says")
        if coincides(rule):
            for other in self._plain:
                yield from self._with_followers(other, "the same word in a column that is not personal")

    def ends_of(self, each: Searched) -> Searched:
        """The ends of the codes of a key, which may stand by chance in what was made of any codes."""
        made = [rule.place for rule in self._transforms.rules.rules if rule.technique in CONSISTENT]
        chance = [p for place in made for p in self._with_followers(place, "ends of other codes, by chance")]
        return replace(each, permitted=tuple(dict.fromkeys((*each.permitted, *chance))), key=False, ends=True)

    def _may_become(self, part: Rule, rule: Rule) -> bool:
        """Whether what a rule takes away may by chance be what values beside some word become."""
        if not _others_become_it(part):
            return False
        if part.technique in CONSISTENT and rule.technique in CONSISTENT:
            return label_of(part, self._bound) == label_of(rule, self._bound)
        return part.technique in COARSER and coincides(rule)

    def _beside(self, part: Rule, reason: str) -> Iterator[Permitted]:
        """The rows of a column that a rule for values beside a word is about; what follows them has no such word."""
        for each in self._with_followers(part.place, reason):
            yield replace(each, among=part.among) if each.place == part.place else each

    def _with_followers(self, place: Place, reason: str) -> tuple[Permitted, ...]:
        """A column, and those that hold the same because they come from it; asked for once for each rule."""
        if (place, reason) not in self._following:
            self._following[place, reason] = tuple(self._followed(place, reason))
        return self._following[place, reason]

    def _followed(self, place: Place, reason: str) -> Iterator[Permitted]:
        beside = paths_beside(place, self._transforms.rules.rules)
        yield Permitted(place, reason, beside)
        if beside or place.path:
            return
        table = self._schema.table(place.table)
        for column in table.columns if table else ():
            if column.generated is not Generated.NO:
                yield Permitted(Place(place.table, column.name), reason)
        for virtual in self._objects.virtual:
            filled = virtual.fill in (Fill.REBUILT, Fill.COPIED_FROM)
            if filled and fold(virtual.source) == fold(place.table):
                yield from (
                    Permitted(Place(virtual.table.name, name), reason)
                    for name in virtual.columns
                    if fold(name) == fold(place.column)
                )

    def _leaves_codes_of_names(self, rule: Rule) -> bool:
        left = left_of_names(self._source, self._schema, self._transforms, rule)
        return left is not None and left.alone

    def _without_rules(self) -> Iterator[Place]:
        """Columns without rules, and those of which only paths have some."""
        rules = self._transforms.rules.rules
        ruled = {(fold(rule.place.table), fold(rule.place.column)) for rule in rules if not is_by_paths(rule)}
        for table in self._schema.tables:
            if table.kind is not TableKind.TABLE or table.ours:
                continue
            for column in table.columns:
                place = Place(table.name, column.name)
                if (fold(table.name), fold(column.name)) in ruled:
                    continue
                if paths_beside(place, rules) or self._is_short(place):
                    yield place
        for virtual in self._objects.virtual:
            for name in virtual.columns if virtual.holds_texts else ():
                place = Place(virtual.table.name, name)
                if (fold(place.table), fold(name)) not in ruled and self._is_short(place):
                    yield place

    def _is_short(self, place: Place) -> bool:
        """Whether a column holds words and codes, by its first rows; a path in JSON is taken for one."""
        table = self._schema.table(place.table)
        if place.path or table is None or table.column(place.column) is None:
            return True
        return not self._source.value(_LONG.format(quote(place.column), qualified(place.table)), (_SHORT,))


_LONG = (
    f"SELECT 1 FROM (SELECT {{0}} AS v FROM {{1}} WHERE {{0}} IS NOT NULL LIMIT {_SAMPLE_ROWS})"
    " WHERE length(v) > ? LIMIT 1"
)


def _others_become_it(rule: Rule) -> bool:
    """Whether a rule for the values beside a key may give somebody the value of another."""
    if rule.technique is Technique.PSEUDONYM:
        return not signed(str(rule.options.get("kind")), injective=False)
    return rule.technique in COARSER or rule.technique is Technique.PERMUTE


def is_by_paths(rule: Rule) -> bool:
    """Whether a rule is for a path in JSON, or says of a column that its paths have rules."""
    return bool(rule.place.path) or rule.technique is Technique.JSON


def keeps_names(rule: Rule) -> bool:
    """Whether a column is kept although names stand in it that are taken away elsewhere: they are words there."""
    return rule.technique is Technique.KEEP and rule.options.get("names") is True


def _is_key(schema: Schema, rule: Rule, bound: Mapping[Place, Bound]) -> bool:
    """Whether whole numbers of a place are each of one thing or person: they are unique, referred to, or lead there."""
    group = bound.get(rule.place)
    if coincides(rule) or rule.technique is Technique.BLOB or (group and group.root != rule.place):
        return False  # of what foreign keys bind, the key that they lead to has all
    kind = kinds().get(str(rule.options.get("kind", "")))
    table = schema.table(rule.place.table)
    unique = table is not None and not rule.place.path and in_unique_key(table, rule.place.column)
    leading = kind is not None and kind.identifies is Identifies.DIRECT
    return leading or unique or group is not None or rule.technique in CONSISTENT


def _is_name(rule: Rule) -> bool:
    return rule.options.get("kind") in NAMES


def coincides(rule: Rule) -> bool:
    """Whether values of a place may stand elsewhere by nature: towns, years, amounts, and texts.

    Whoever is named in a text is looked for by name; the rest of its words leads to nobody.
    """
    if rule.technique is Technique.REDACT:
        return True
    kind = kinds().get(str(rule.options.get("kind", "")))
    if kind is not None:
        return kind.identifies is not Identifies.DIRECT
    return rule.technique in COARSER
