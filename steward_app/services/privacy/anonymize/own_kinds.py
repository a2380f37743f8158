"""Texts of a column that holds values of many kinds: those of some kinds lead to a person, and go as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from steward_app.db import Session
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.text import plural, quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.kinds_beside import kinds_beside, with_kinds
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import parts_of
from steward_app.services.privacy.transform.by_word import changed_beside
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.json_text import step_at
from steward_app.services.privacy.transform.model import Step, Transforms
from steward_app.services.privacy.transform.options import Options
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
    before = Options(rule.options)
    if before.text("beside", found.beside) != found.beside:
        return rule
    judged = {word for word, (_, options) in before.parts("rules").items() if "kind" in options}
    types = {word: kind for word, kind in found.types.items() if word not in judged} | before.types("types")
    said: dict[str, Json] = {"beside": found.beside, "types": dict(sorted(types.items()))}
    return replace(rule, options={**rule.options, **said})


def told(session: Session, schema: Schema, transforms: Transforms, headers: Headers) -> Iterator[Finding]:
    """What stops a plan: values of a kind that leads to a person, in which a rule for texts finds nobody."""
    for rule in transforms.rules.rules:
        table = transforms.table(rule.place.table)
        found = kinds_beside(session, schema, rule.place, headers) if _is_of_texts(rule) and table else None
        if found is None or table is None:
            continue
        step = step_at(table, rule.place)
        said = {part.among.word for part in parts_of(rule) if part.among is not None}
        types = {word: kind for word, kind in found.types.items() if word not in said}
        left = _left(session, rule.place, found.beside, types, step) if step is not None else {}
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
    session: Session, place: Place, beside: str, types: Mapping[str, str], step: Step
) -> dict[str, int]:
    """By kind, how many values stay as they were."""
    values: dict[str, list[SqlValue]] = {}
    for value, name in with_kinds(session, place, [beside]):
        if name in types and str(value).strip():
            values.setdefault(str(name), []).append(value)
    left = {name: _same(old, changed_beside(step, name, old)) for name, old in values.items()}
    return {name: count for name, count in left.items() if count}


def _same(old: Sequence[SqlValue], new: Sequence[SqlValue]) -> int:
    return sum(one == other for one, other in zip(old, new, strict=True))
