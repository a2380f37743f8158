"""The rules as they are carried out: names as the file writes them, and over foreign keys to both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.domains import CONSISTENT, Bound, bound_together
from steward_app.services.schema.model import Schema

_CUTS = frozenset({Technique.REMOVE, Technique.SHUFFLE})
"""What may be done to the child alone: no link, or another one that exists."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Rules ready to be carried out.

    Attributes:
        rules: with exact names, extended over foreign keys, without those that name nothing.
        findings: what was extended, and what stands against it.
    """

    rules: ReleaseRules
    bound: Mapping[Place, Bound]
    findings: tuple[Finding, ...]


def completed(schema: Schema, rules: ReleaseRules) -> Completed:
    """Find the columns that rules name, and bring rules to both sides of foreign keys."""
    findings: list[Finding] = []
    found: dict[Place, Rule] = {}
    for rule in rules.rules:
        place = _exact(schema, rule.place)
        if place is None:
            findings.append(_nothing(rule.place))
        elif place in found:
            findings.append(_twice(place))
        else:
            found[place] = replace(rule, place=place)
    bound = bound_together(schema)
    for group in dict.fromkeys(bound.values()):
        findings += _over(schema, group, found)
    return Completed(
        replace(rules, rules=tuple(found[place] for place in sorted(found))), bound, tuple(findings)
    )


def _exact(schema: Schema, place: Place) -> Place | None:
    table = schema.table(place.table)
    column = table.column(place.column) if table else None
    return Place(table.name, column.name, place.path) if table and column else None


def _over(schema: Schema, group: Bound, found: dict[Place, Rule]) -> Iterator[Finding]:
    """Rules of columns that foreign keys bind together: one for all, or what may be done to a child alone."""
    ruled = [found[place] for place in group.places if place in found]
    changing = [rule for rule in ruled if rule.technique is not Technique.KEEP]
    if not changing:
        return
    leading = next((rule for rule in changing if rule.technique in CONSISTENT), None)
    parents = {parent for child, parent in _edges_of(schema, group) if child != parent}
    for rule in changing:
        if rule.technique in CONSISTENT and leading and not _same(rule, leading):
            yield _differ(rule, leading)
        elif rule.technique not in CONSISTENT and not (rule.technique in _CUTS and rule.place not in parents):
            yield _breaks(rule, group)
        elif rule.technique in _CUTS:
            yield _cuts(rule)
    if leading is None:
        return
    for place in group.places:
        if place not in found:
            found[place] = replace(leading, place=place)
            yield _extended(place, leading)
        elif found[place].technique is Technique.KEEP:
            yield _differ(found[place], leading)


def _edges_of(schema: Schema, group: Bound) -> Iterator[tuple[Place, Place]]:
    from steward_app.services.privacy.transform.domains import edges

    return ((child, parent) for child, parent in edges(schema) if child in group.places)


def _same(one: Rule, other: Rule) -> bool:
    ignored = {"why"}
    return one.technique is other.technique and (
        {name: value for name, value in one.options.items() if name not in ignored}
        == {name: value for name, value in other.options.items() if name not in ignored}
    )


def _subject(place: Place) -> Subject:
    return Subject("column", place.table, "", (place.column,))


def _nothing(place: Place) -> Finding:
    return Finding(
        "rule_of_nothing",
        Severity.ERROR,
        f"A rule names {quoted(place_id(place))}, which the database does not have",
        _subject(place),
        detail="It may have been renamed or dropped since the rule was written.",
        remedies=("Name the column as it is called now, or take the rule away.",),
        blocks=True,
    )


def _twice(place: Place) -> Finding:
    return Finding(
        "rule_twice",
        Severity.ERROR,
        f"Two rules name {quoted(place_id(place))}",
        _subject(place),
        remedies=("Take one of them away.",),
        blocks=True,
    )


def _differ(rule: Rule, other: Rule) -> Finding:
    one, two = quoted(place_id(rule.place)), quoted(place_id(other.place))
    return Finding(
        "foreign_key_rules_differ",
        Severity.ERROR,
        f"{one} and {two} are bound by foreign keys and have different rules",
        _subject(rule.place),
        detail="Their rows would not find each other in the copy.",
        remedies=(f"Give both the same rule, or {one} none: it then gets that of {two}.",),
        blocks=True,
    )


def _breaks(rule: Rule, group: Bound) -> Finding:
    return Finding(
        "foreign_key_breaks",
        Severity.ERROR,
        f"“{rule.technique}” of {quoted(place_id(rule.place))} breaks its foreign key",
        _subject(rule.place),
        detail=f"{len(group.places)} columns are bound together and must change alike, each value into another one.",
        remedies=("Choose “permute”, “token” or “pseudonym”; the other columns follow by themselves.",),
        blocks=True,
    )


def _cuts(rule: Rule) -> Finding:
    what = "loses its link" if rule.technique is Technique.REMOVE else "gets the link of another row"
    return Finding(
        "foreign_key_cut",
        Severity.NOTE,
        f"Every row of {quoted(rule.place.table)} {what} by {quoted(rule.place.column)}",
        _subject(rule.place),
    )


def _extended(place: Place, leading: Rule) -> Finding:
    return Finding(
        "rule_extended",
        Severity.NOTE,
        f"The rule of {quoted(place_id(leading.place))} holds for {quoted(place_id(place))} too",
        _subject(place),
        detail="A foreign key binds them; both must change alike.",
        alike=(f"The rule of {quoted(place_id(leading.place))} holds for", "columns too"),
    )
