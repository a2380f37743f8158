"""The rules of a copy as JSON: how a plan carries them, and what their hash is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from steward_app.catalog.keys import canonical
from steward_app.catalog.policy_words import Technique
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json
from steward_app.services.privacy.model import parse_place, place_id
from steward_app.services.privacy.rules import Limits, Relation, ReleaseRules, Rule, Subset


def rules_to_json(rules: ReleaseRules) -> dict[str, Json]:
    """The rules as a JSON object, all of them."""
    whole: dict[str, Any] = asdict(rules)
    whole["rules"] = [
        {"place": place_id(rule.place), "technique": rule.technique.value, "options": dict(rule.options)}
        for rule in sorted(rules.rules, key=lambda rule: rule.place)
    ]
    for name in ("table_limits", "persons", "undecided"):
        if not whole[name]:
            del whole[name]  # rules that say nothing of it keep the hash they always had
    for limits in (whole["limits"], *whole.get("table_limits", {}).values()):
        if limits["left_out"] is None:
            del limits["left_out"]
    listed: dict[str, Json] = _listed(whole)
    return listed


def rules_from_json(said: Mapping[str, Any]) -> ReleaseRules:
    """The inverse. Raises `UsageError` for what is no such object: a kept plan is a file that anybody may edit."""
    try:
        return ReleaseRules(
            name=str(said["name"]),
            rules=tuple(
                Rule(parse_place(str(each["place"])), Technique(each["technique"]), dict(each["options"]))
                for each in said["rules"]
            ),
            key=str(said["key"]),
            subset=_subset(said["subset"]) if said["subset"] else None,
            quasi_identifiers=_by_table(said["quasi_identifiers"]),
            sensitive=_by_table(said["sensitive"]),
            persons=_by_table(said.get("persons", {})),
            limits=Limits(**said["limits"]),
            table_limits={str(table): Limits(**each) for table, each in said.get("table_limits", {}).items()},
            recipient=str(said["recipient"]),
            purpose=str(said["purpose"]),
            until=str(said["until"]),
            locale=str(said["locale"]),
            empty=tuple(map(str, said["empty"])),
            renumber=tuple(map(str, said["renumber"])),
            undecided=_by_table(said.get("undecided", {})),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "The rules of this plan cannot be read.",
            hint="Nothing was changed. Make the plan again.",
        ) from None


def rules_hash(rules: ReleaseRules) -> str:
    """BLAKE3, in hex, over the rules in canonical JSON."""
    return hash_of(rules_to_json(rules))


def hash_of(document: Mapping[str, Any]) -> str:
    """BLAKE3, in hex, over a JSON object with sorted names and without spaces."""
    from blake3 import blake3

    return blake3(canonical(document)).hexdigest()


def _subset(said: Mapping[str, Any]) -> Subset:
    fraction = said["fraction"]
    return Subset(
        str(said["table"]),
        None if fraction is None else float(fraction),
        str(said["where"]),
        tuple(
            Relation(
                str(each["table"]),
                tuple(map(str, each["columns"])),
                str(each["parent"]),
                tuple(map(str, each["parent_columns"])),
            )
            for each in said["relations"]
        ),
    )


def _by_table(said: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {str(table): tuple(map(str, columns)) for table, columns in said.items()}


def _listed(value: Any) -> Any:
    """The same with lists for tuples."""
    if isinstance(value, Mapping):
        return {str(name): _listed(each) for name, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value
