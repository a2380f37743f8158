"""The rules of copies, as the policy beside the database keeps them under `releases`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.catalog.policy import policy_path, read_policy
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted
from steward_app.services.privacy.json_steps import of_policy
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Limits, Relation, ReleaseRules, Rule, Subset
from steward_app.storage import read_whole

if TYPE_CHECKING:
    from steward_app.catalog.policy_privacy import ReleasePolicy, RulePolicy, SubsetPolicy


def release_names(path: Path) -> tuple[str, ...]:
    """The names of all rules that the policy of a database has. Raises as `read_policy` does."""
    return tuple(read_policy(path).policy.releases)


def release_rules(path: Path, name: str) -> ReleaseRules:
    """The rules of that name. Raises `UsageError` where the policy has none, or cannot be understood."""
    said = read_policy(path).policy.releases.get(name)
    if said is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"The policy of {quoted(path.name)} has no rules {quoted(name)}.",
            hint="Nothing was changed. See which there are with “steward privacy rules”.",
        )
    return _rules(name, said)


def write_rules(path: Path, rules: ReleaseRules) -> Path:
    """Put rules into the policy, in the place of those of that name; the policy is written whole or not at all.

    Gives the path of the policy. Raises as `PolicyDocument.put` and `save` do.
    """
    document = read_policy(path)
    document.put(("releases", rules.name), as_said(rules))
    document.save()
    return document.path


def policy_hash(path: Path) -> str:
    """BLAKE3 of the policy file of a database, in hex: which policy rules were taken from."""
    from blake3 import blake3

    return str(blake3(read_whole(policy_path(path), limit_bytes=64 << 20)).hexdigest())


def as_said(rules: ReleaseRules) -> dict[str, Any]:
    """Rules as the policy says them: only what differs from what is meant anyway."""
    said: dict[str, Any] = {
        name: value for name in ("key", "recipient", "purpose", "until") if (value := getattr(rules, name))
    }
    said["locale"] = rules.locale
    if rules.subset:
        said["subset"] = _subset_said(rules.subset)
    said |= {name: list(value) for name in ("empty", "renumber") if (value := getattr(rules, name))}
    limits = _limits_said(rules.limits)
    if own := {table: _limits_said(each) for table, each in rules.table_limits.items()}:
        limits["tables"] = own
    if limits:
        said["limits"] = limits
    for name in ("quasi_identifiers", "sensitive", "persons"):
        if columns := getattr(rules, name):
            said[name] = {table: list(names) for table, names in columns.items()}
    for place in rules.waiting:
        said.setdefault("undecided", {}).setdefault(place.table, []).append(place.column)
    said["tables"] = _tables_said(rules)
    return said


def _limits_said(limits: Limits) -> dict[str, Any]:
    return {name: value for name, value in asdict(limits).items() if value is not None}


def _tables_said(rules: ReleaseRules) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for rule in sorted(rules.rules, key=lambda rule: rule.place):
        columns = tables.setdefault(rule.place.table, {})
        one: dict[str, Any] = {"technique": str(rule.technique)}
        if rule.options:
            one["options"] = dict(rule.options)
        if not rule.place.path:
            columns[rule.place.column] = one
        else:
            whole = columns.setdefault(rule.place.column, {"technique": str(Technique.JSON)})
            whole.setdefault("paths", {})[rule.place.path] = one
    return tables


def _subset_said(subset: Subset) -> dict[str, Any]:
    said: dict[str, Any] = {"table": subset.table}
    if subset.fraction is not None:
        said["fraction"] = subset.fraction
    if subset.where:
        said["where"] = subset.where
    if subset.relations:
        said["relations"] = [
            {
                "table": each.table,
                "columns": list(each.columns),
                "parent": each.parent,
                "parent_columns": list(each.parent_columns),
            }
            for each in subset.relations
        ]
    return said


def _subset(said: SubsetPolicy) -> Subset:
    relations = (
        Relation(each.table, tuple(each.columns), each.parent, tuple(each.parent_columns))
        for each in said.relations
    )
    return Subset(said.table, said.fraction, said.where, tuple(relations))


def _rules(name: str, said: ReleasePolicy) -> ReleaseRules:
    return ReleaseRules(
        name=name,
        rules=tuple(_each(said.tables)),
        key=said.key,
        subset=_subset(said.subset) if said.subset else None,
        quasi_identifiers={table: tuple(names) for table, names in said.quasi_identifiers.items()},
        sensitive={table: tuple(names) for table, names in said.sensitive.items()},
        persons={table: tuple(names) for table, names in said.persons.items()},
        limits=Limits(**said.limits.model_dump(exclude={"tables"})),
        table_limits={table: Limits(**each.model_dump()) for table, each in said.limits.tables.items()},
        recipient=said.recipient,
        purpose=said.purpose,
        until=said.until,
        locale=said.locale,
        empty=tuple(said.empty),
        renumber=tuple(said.renumber),
        undecided={table: tuple(names) for table, names in said.undecided.items()},
    )


def _each(tables: Mapping[str, Mapping[str, RulePolicy]]) -> Iterator[Rule]:
    for table, columns in tables.items():
        for column, said in columns.items():
            yield Rule(Place(table, column), said.technique, dict(said.options))
            for path, inner in said.paths.items():
                place = Place(table, column, of_policy(table, column, path))
                yield Rule(place, inner.technique, dict(inner.options))
