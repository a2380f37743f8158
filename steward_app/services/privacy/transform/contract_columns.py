"""What a column allows: whether it is stored, takes NULL, and keeps a value of the kind that a rule makes."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import quoted
from steward_app.services.privacy.hierarchies import AS_IT_IS
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.schema.model import Column, Generated, Table, TableKind

_NUMERIC = frozenset({"INTEGER", "REAL", "NUMERIC"})
_LABELS = frozenset({"prefix", "values", "file", "countries", "networks"})


def of_column(table: Table, rule: Rule) -> Iterator[Finding]:
    """What the definition of the column has against a rule."""
    column = table.column(rule.place.column)
    if column is None or rule.technique is Technique.KEEP:
        return
    yield from _stored(table, column, rule)
    if rule.place.path:
        return
    if rule.technique is Technique.FIXED:
        yield from _fixed(table, column, rule)
    if rule.technique is Technique.GENERALIZE:
        yield from _label(table, column, rule)
    if rule.technique is Technique.REMOVE and column.not_null:
        yield against(
            rule,
            "empty_instead_of_null",
            "leaves an empty value: the column takes no NULL",
            severity=Severity.NOTE,
        )
    yield from _computed(table, column, rule)


def _stored(table: Table, column: Column, rule: Rule) -> Iterator[Finding]:
    if column.generated is not Generated.NO:
        yield against(
            rule,
            "generated_column",
            "is about a column that SQLite computes",
            detail="It follows the columns it is computed from.",
            remedies=("Give the rule to those columns.",),
        )
    elif table.kind is TableKind.VIEW:
        yield against(
            rule,
            "rule_of_a_view",
            "is about a view, which holds no values",
            remedies=("Give the rule to the columns of the tables that the view shows.",),
        )
    elif table.kind in (TableKind.SHADOW, TableKind.SYSTEM) or column.hidden:
        yield against(
            rule,
            "rule_of_sqlite",
            "is about a table or column of SQLite's own",
            detail="It is made anew in the copy.",
            remedies=("Take the rule away.",),
        )


def _fixed(table: Table, column: Column, rule: Rule) -> Iterator[Finding]:
    value = rule.options.get("value")
    if value is None and (column.not_null or column.rowid_alias):
        yield against(rule, "null_refused", "gives NULL to a column that takes none")
    elif not isinstance(value, list | dict) and table.strict and not _fits(column, value):
        yield against(
            rule, "strict_type", f"gives a value that a STRICT column of type {column.declared_type} refuses"
        )


def _label(table: Table, column: Column, rule: Rule) -> Iterator[Finding]:
    labels = rule.options.get("as") == "label" or rule.options.get("hierarchy") in _LABELS
    if not labels or rule.options.get("level") in (0, AS_IT_IS):
        return
    if table.strict and column.affinity in _NUMERIC and column.declared_type.upper() != "ANY":
        yield against(
            rule,
            "strict_type",
            f"gives text to a STRICT column of type {column.declared_type}",
            remedies=("Choose ranges or dates with “as: value”, which keep numbers.",),
        )


def _computed(table: Table, column: Column, rule: Rule) -> Iterator[Finding]:
    folded = column.name.casefold()
    for other in table.columns:
        if other.generated is not Generated.NO and folded in other.generated_expression.casefold():
            yield against(
                rule,
                "computed_from",
                f"changes what {quoted(other.name)} is computed from",
                severity=Severity.NOTE,
                name=other.name,
            )


def _fits(column: Column, value: object) -> bool:
    if value is None or column.declared_type.upper() == "ANY":
        return True
    match column.affinity:
        case "INTEGER":
            return isinstance(value, int)
        case "REAL":
            return isinstance(value, int | float)
        case "TEXT":
            return isinstance(value, str | int | float)
    return False
