"""Dates that a CHECK compares become coarser together, or move together: else the copy would break it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from steward_app.kernel.plan import Json
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.schema.columns_named import columns_named
from steward_app.services.schema.model import Schema

_YEARS: dict[str, Json] = {"hierarchy": "dates", "level": "year"}


def dates_together(schema: Schema, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Rules in which the dates of one CHECK have one technique.

    What is made coarser is written as a day, the first of its time, since labels do not compare with days.
    """
    found = {rule.place: rule for rule in rules}
    for places in _compared(schema):
        dated = [found[place] for place in places if place in found and _of_dates(found[place])]
        coarse = [rule for rule in dated if rule.technique is Technique.GENERALIZE]
        for rule in dated:
            found[rule.place] = _coarser(rule) if coarse else _moved_with(rule, dated[0])
    return tuple(found[rule.place] for rule in rules)


def _compared(schema: Schema) -> Iterator[tuple[Place, ...]]:
    for table in schema.tables:
        for check in table.checks:
            named = columns_named(table, check.expression)
            if len(named) > 1:
                yield tuple(Place(table.name, column.name) for column in named)


def _of_dates(rule: Rule) -> bool:
    coarser = rule.technique is Technique.GENERALIZE and rule.options.get("hierarchy") == "dates"
    return coarser or rule.technique is Technique.SHIFT


def _coarser(rule: Rule) -> Rule:
    if rule.technique is Technique.GENERALIZE:
        return replace(rule, options={**rule.options, "as": "value"})
    kind = {"kind": rule.options["kind"]} if "kind" in rule.options else {}
    return replace(rule, technique=Technique.GENERALIZE, options={**kind, **_YEARS, "as": "value"})


def _moved_with(rule: Rule, first: Rule) -> Rule:
    if "person" not in first.options:
        return replace(rule, options={k: v for k, v in rule.options.items() if k != "person"})
    return replace(rule, options={**rule.options, "person": first.options["person"]})
