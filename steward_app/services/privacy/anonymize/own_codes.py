"""Codes made of names that stay where names are taken out of texts: QUASTENHOFAN has none as a word by itself."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.text import plural
from steward_app.services.privacy.model import Technique
from steward_app.services.privacy.own_names import NAMES, Codes, codes_of_names
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform.contract_words import against
from steward_app.services.privacy.transform.json_text import cell_step
from steward_app.services.privacy.transform.model import Transforms
from steward_app.services.schema.model import Schema

_REMEDIES = (
    "Choose “token” or “remove”.",
    "Say “keep” if the values are to go along as they are.",
)


def told(session: Session, schema: Schema, transforms: Transforms) -> Iterator[Finding]:
    """What stops a plan: columns of codes that stay. Of texts, how many have such a code is a warning."""
    for rule in transforms.rules.rules:
        left = left_of_names(session, schema, transforms, rule)
        if left is not None:
            yield against(
                rule,
                "codes_of_names_left",
                f"would leave {left.count:,} of the {plural(left.values, 'value')} looked at with a code made of the"
                " name of the very person",
                detail="They begin as that name does, which other rules take away in the same row.",
                count=left.count,
                remedies=_REMEDIES,
                severity=Severity.ERROR if left.alone else Severity.WARNING,
            )


def left_of_names(session: Session, schema: Schema, transforms: Transforms, rule: Rule) -> Codes | None:
    """The codes made of names that a rule for texts leaves in a column."""
    table = transforms.table(rule.place.table)
    step = cell_step(table, rule.place) if rule.technique is Technique.REDACT and table is not None else None
    if step is None:
        return None
    names = [
        each.place
        for each in transforms.rules.rules
        if each.options.get("kind") in NAMES and each.technique is not Technique.KEEP
    ]
    return codes_of_names(session, schema, rule.place, names, step.changed)
