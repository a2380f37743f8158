"""Proposed rules that the tables take: where a CHECK or a type refuses a value, one that keeps its form is proposed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from steward_app.db import Session
from steward_app.kernel.finding import Finding
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.contract import of_table
from steward_app.services.privacy.transform.contract_trial import refusals
from steward_app.services.privacy.transform.domains import CONSISTENT
from steward_app.services.privacy.transform.making import Work
from steward_app.services.schema.model import Schema, Table, TableKind

_LOOSER = CONSISTENT - {Technique.PERMUTE}


def fitting(session: Session, schema: Schema, rules: ReleaseRules, context: Context) -> ReleaseRules:
    """The rules, with a permutation instead of a token or a made-up value that SQLite refuses. Tries samples of rows.

    A permutation keeps the length and the kinds of signs, and different values different. Where it is refused as well,
    nothing changes: the plan says what stands against the rule that was proposed.
    """
    with session.under(context):
        for table in schema.tables:
            context.checkpoint()
            if table.kind is TableKind.TABLE and any(each.place.table == table.name for each in rules.rules):
                rules = _fitting(session, schema, rules, table, context)
    return rules


def _fitting(
    session: Session, schema: Schema, rules: ReleaseRules, table: Table, context: Context
) -> ReleaseRules:
    work = _work(session, schema, rules, context)
    for name in sorted({name for each in refusals(work, table) for name in each.columns}):
        rule = _leading(work, Place(table.name, name))
        if rule is None or rule.technique not in _LOOSER:
            continue
        tried = replace(rules, rules=tuple(_permuted(rule, each) for each in rules.rules))
        less = _stops(_work(session, schema, tried, context))
        more = _stops(_work(session, schema, rules, context))
        if less < more:
            rules = tried
    return rules


def _leading(work: Work, place: Place) -> Rule | None:
    """The rule that a column changes by: its own, or that of the key it refers to."""
    group = work.done.bound.get(place)
    return work.done.rules.at(place) or (work.done.rules.at(group.root) if group else None)


def _permuted(refused: Rule, each: Rule) -> Rule:
    """The same rule as a permutation where it is the one that is refused, or shares its domain."""
    domain = refused.options.get("domain")
    together = each.place == refused.place or (domain is not None and each.options.get("domain") == domain)
    if not together or each.technique not in _LOOSER:
        return each
    kept = {name: value for name, value in each.options.items() if name in ("kind", "domain")}
    return replace(each, technique=Technique.PERMUTE, options=kept)


def _stops(work: Work) -> set[tuple[str, str]]:
    """What keeps rules from being carried out."""
    found: Iterator[Finding] = chain(
        work.done.findings, *(of_table(work, each) for each in work.schema.tables)
    )
    return {(each.code, str(each.subject)) for each in found if each.blocks}


def _work(session: Session, schema: Schema, rules: ReleaseRules, context: Context) -> Work:
    return Work(session, schema, completed(schema, rules), secrets.token_bytes(32), context, trial=True)
