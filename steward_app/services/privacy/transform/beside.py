"""What a rule for texts says of values by the key beside them: what they are, and by which rule they change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import legible_rows
from steward_app.services.privacy.among import Among
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.own_person import standing_at
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.options import BadOption, Options
from steward_app.services.schema.model import Schema


def values_beside(session: Session, schema: Schema, rules: ReleaseRules) -> Iterator[tuple[str, list[str]]]:
    """The types that such rules name, each with its values. Raises `BadOption` where there are no such columns."""
    for rule in rules.rules:
        types = types_beside(schema, rule)
        if not types:
            continue
        value, beside, path = quote(rule.place.column), _beside(rule), rule.place.path
        cell = value if path else f"CAST({value} AS TEXT)"
        for word, kind in types.items():
            among = Among(beside, word)
            sql = (
                f"SELECT DISTINCT {cell} FROM {qualified(rule.place.table)}"
                f" WHERE {among.sql} AND {value} IS NOT NULL"
            )
            cells = legible_rows(session, sql, among.bound)
            yield kind, [str(text) for (cell,) in cells for text in standing_at(session, cell, path)]


def types_beside(schema: Schema, rule: Rule) -> Mapping[str, str]:
    """What a rule says of the kinds beside its texts; nothing where it says nothing."""
    if rule.technique is not Technique.REDACT:
        return {}
    _require_column(schema, rule)
    return Options(rule.options).types("types")


def rules_beside(schema: Schema, rule: Rule) -> tuple[Rule, ...]:
    """The rules of a rule for the values beside some words. Raises `BadOption` where they cannot be understood."""
    if rule.technique is not Technique.REDACT:
        return ()
    _require_column(schema, rule)
    return parts_of(rule)


def parts_of(rule: Rule) -> tuple[Rule, ...]:
    """The same of a rule whose columns are there."""
    if rule.technique is not Technique.REDACT:
        return ()
    said = Options(rule.options).parts("rules")
    return tuple(
        Rule(rule.place, technique, options, Among(_beside(rule), word))
        for word, (technique, options) in said.items()
    )


def _beside(rule: Rule) -> str:
    return Options(rule.options).text("beside", "")


def _require_column(schema: Schema, rule: Rule) -> None:
    name, table = _beside(rule), schema.table(rule.place.table)
    said = any(rule.options.get(each) for each in ("types", "rules"))
    if bool(name) != said:
        raise BadOption(
            "beside names a column; types and rules say what its words mean and what is done with them"
        )
    if said and (table is None or table.column(name) is None):
        raise BadOption(f"there is no column {name} beside {rule.place.column}")
