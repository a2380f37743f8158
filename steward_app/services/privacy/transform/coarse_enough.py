"""Proposed rules that leave no value whole: where one does, its next level or a larger step is proposed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.hierarchies import from_options, level_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.effects import Effect, effects
from steward_app.services.privacy.transform.making import Work
from steward_app.services.privacy.transform.reasons import leads
from steward_app.services.schema.model import Schema

_LEVELED = (Technique.GENERALIZE, Technique.ROUND)
_TRIES = 8
_LARGER = 10
_FEW = 0.01
"""A share of odd values for whose sake the others are not taken away whole: the plan tells of them."""


def coarse_enough(session: Session, schema: Schema, rules: ReleaseRules, context: Context) -> ReleaseRules:
    """The rules, coarser where they would leave values as they are. Reads the columns of such rules from end to end."""
    decided = classification(Path(schema.path))
    looked_at: Collection[Place] = {each.place for each in rules.rules if each.technique in _LEVELED}
    for tried in range(_TRIES):
        asked = replace(rules, rules=tuple(each for each in rules.rules if each.place in looked_at))
        if not asked.rules:
            break
        work = Work(session, schema, completed(schema, asked), secrets.token_bytes(32), context)
        with session.under(context):
            found = effects(work)
        coarser = {
            rule.place: _coarser(rule, found[rule.place], last=tried == _TRIES - 1)
            for rule in asked.rules
            if rule.place in found and _is_weak(found[rule.place], leading=leads(rule, decided))
        }
        looked_at = {place for place, rule in coarser.items() if rule != rules.at(place)}
        rules = replace(rules, rules=tuple(coarser.get(each.place, each) for each in rules.rules))
    return rules


def _is_weak(effect: Effect, *, leading: bool) -> bool:
    return effect.nothing or (bool(effect.stay) and effect.shown) or (leading and effect.tells)


def _coarser(rule: Rule, effect: Effect, *, last: bool) -> Rule:
    """The next level of a rule, or a larger step; `last` for one of which nothing is coarse enough."""
    if last:
        return Rule(rule.place, Technique.REMOVE, dict(_kind(rule)))
    if rule.technique is Technique.ROUND:
        step = rule.options.get("to")
        assert isinstance(step, int | float), "proposed by the program itself"
        return replace(rule, options={**rule.options, "to": round(step * _LARGER, 12)})
    hierarchy = from_options(rule.options)
    level, titles = level_of(hierarchy, rule.options) + 1, hierarchy.titles
    if level >= len(titles) or (level == len(titles) - 1 and effect.stay < effect.values * _FEW):
        return rule
    by_title = isinstance(rule.options.get("level"), str)
    return replace(rule, options={**rule.options, "level": titles[level] if by_title else level})


def _kind(rule: Rule) -> Iterator[tuple[str, str]]:
    if kind := str(rule.options.get("kind", "")):
        yield "kind", kind
