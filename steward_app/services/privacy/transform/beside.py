"""Values that a rule for texts tells by the kind beside them: those of “passport” are looked for in all texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from steward_app.db import Session, qualified, quote
from steward_app.db.any_text import legible_rows
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
        value, beside = quote(rule.place.column), quote(Options(rule.options).text("beside", ""))
        path = rule.place.path
        cell = value if path else f"CAST({value} AS TEXT)"
        sql = (
            f"SELECT DISTINCT {cell} FROM {qualified(rule.place.table)}"
            f" WHERE {beside} IN (?, CAST(? AS TEXT)) AND {value} IS NOT NULL"
        )
        for word, kind in types.items():
            cells = legible_rows(session, sql, (word, word.encode("cp1252", "replace")))
            yield kind, [str(text) for (cell,) in cells for text in standing_at(session, cell, path)]


def types_beside(schema: Schema, rule: Rule) -> Mapping[str, str]:
    """What a rule says of the kinds beside its texts; nothing where it says nothing."""
    if rule.technique is not Technique.REDACT:
        return {}
    options = Options(rule.options)
    name, types = options.text("beside", ""), options.types("types")
    table = schema.table(rule.place.table)
    if bool(name) != bool(types):
        raise BadOption("beside names a column, and types says what its words mean")
    if types and (table is None or table.column(name) is None):
        raise BadOption(f"there is no column {name} beside {rule.place.column}")
    return types
