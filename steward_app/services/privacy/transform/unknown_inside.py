"""Rules for what nobody could tell inside JSON, where one is safe whatever it is: a token says nothing.

That holds for keys that are data, as numbers of orders or of patients are, for what stands under the keys of persons,
and for codes beside one key in a table of keys and values. Everything else that is unknown waits for the steward.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import ColumnScan, Scan, Verdict
from steward_app.services.privacy.json_steps import KEYS, leads_into
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import parts_of

WHY: Final = "Nobody decided what it is, and a token says nothing."
"""The remark of such a rule."""


def unknown_inside(scan: Scan, classification: Classification) -> Iterator[Rule]:
    """A token for such keys and values, where nobody decided what they are."""
    for each in scan.columns:
        undecided = each.verdict is Verdict.UNKNOWN and classification.at(each.place) is None
        if undecided and (each.place.path.endswith(KEYS) or _is_of_a_person(each.place, scan)):
            yield Rule(each.place, Technique.TOKEN, {"why": WHY})


def tokens_told(rules: ReleaseRules) -> Iterator[Finding]:
    """That such places become tokens, and which."""
    every = (part for rule in rules.rules for part in (rule, *parts_of(rule)))
    places = [_called(rule) for rule in every if rule.options.get("why") == WHY]
    if not places:
        return
    yield Finding(
        "unknown_becomes_tokens",
        Severity.WARNING,
        f"What stands at {plural(len(places), 'place')} inside columns becomes tokens, since nobody decided what it is",
        Subject("database"),
        detail=", ".join(places),
        remedies=(
            "Where it is needed as it is and names nobody, decide that it is not personal, or give it the rule “keep”.",
        ),
        count=len(places),
    )


def _called(rule: Rule) -> str:
    place = quoted(place_id(rule.place))
    return place if rule.among is None else f"{place} beside {quoted(rule.among.word)}"


def _is_of_a_person(place: Place, scan: Scan) -> bool:
    """Whether keys that lead to persons lead to what stands at a path."""
    return any(leads_into(each.place.path.removesuffix("~"), place.path) for each in _of_persons(place, scan))


def _of_persons(place: Place, scan: Scan) -> Iterator[ColumnScan]:
    if not place.path:
        return
    for each in scan.columns:
        same = (each.place.table, each.place.column) == (place.table, place.column)
        if same and each.verdict is Verdict.PERSONAL and each.place.path.endswith(KEYS):
            yield each
