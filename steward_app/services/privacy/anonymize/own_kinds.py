"""Texts of a column that holds values of many kinds: those of some kinds lead to a person, and go as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from steward_app.db import Session
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.discover.kinds_beside import kinds_beside, with_kinds
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.cells import CellStep
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.json_text import cell_step
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.rows.headers import Headers
from steward_app.services.schema.model import Schema


def with_types_beside(
    session: Session, schema: Schema, rules: ReleaseRules, headers: Headers
) -> ReleaseRules:
    """Proposed rules, in which those for texts say of which kinds beside them the values go as a whole."""
    return replace(
        rules,
        rules=tuple(_with_types(session, schema, rule, headers) for rule in rules.rules),
    )


def _with_types(session: Session, schema: Schema, rule: Rule, headers: Headers) -> Rule:
    found = kinds_beside(session, schema, rule.place, headers) if _is_of_texts(rule) else None
    if found is None:
        return rule
    said: dict[str, Json] = {"beside": found.beside, "types": dict(sorted(found.types.items()))}
    return replace(rule, options={**rule.options, **said})


def told(session: Session, schema: Schema, transforms: Transforms, headers: Headers) -> Iterator[Finding]:
    """What stops a plan: values of a kind that leads to a person, in which a rule for texts finds nobody."""
    for rule in transforms.rules.rules:
        table = transforms.table(rule.place.table)
        found = kinds_beside(session, schema, rule.place, headers) if _is_of_texts(rule) and table else None
        if found is None or table is None:
            continue
        step = cell_step(table, rule.place)
        left = _left(session, rule.place, found.beside, found.types, step) if step is not None else {}
        if left:
            count = sum(left.values())
            titles = ", ".join(sorted({kinds()[found.types[kind]].title for kind in left}))
            yield against(
                rule,
                "kinds_left",
                f"would leave {plural(count, 'value')} that {quoted(found.beside)} calls by what leads to a person"
                " by itself",
                detail=f"They are: {titles}.",
                count=count,
                remedies=(
                    f"Say “beside: {found.beside}” and under “types” what the values of which kind are, as the"
                    " proposal does.",
                    "Choose “token” or “remove”.",
                ),
            )


def _is_of_texts(rule: Rule) -> bool:
    return rule.technique is Technique.REDACT


def _left(
    session: Session, place: Place, beside: str, types: Mapping[str, str], step: CellStep
) -> dict[str, int]:
    """By kind, how many values stay as they were."""
    rows = [row for row in with_kinds(session, place, [beside]) if row[1] in types]
    left: dict[str, int] = {}
    for (old, name), new in zip(rows, step.changed([row[0] for row in rows]), strict=True):
        if old == new and str(old).strip():
            left[str(name)] = left.get(str(name), 0) + 1
    return left
