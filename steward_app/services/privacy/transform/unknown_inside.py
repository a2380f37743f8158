"""Rules for what nobody could tell inside JSON, where one is safe whatever it is: a token says nothing.

That holds for keys that are data, as numbers of orders or of patients are, and for what stands under the keys of
persons. Everything else that is unknown waits for the steward.
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

_WHY: Final = "Nobody decided what it is, and a token says nothing."


def unknown_inside(scan: Scan, classification: Classification) -> Iterator[Rule]:
    """A token for such keys and values, where nobody decided what they are."""
    for each in scan.columns:
        undecided = each.verdict is Verdict.UNKNOWN and classification.at(each.place) is None
        if undecided and (each.place.path.endswith(KEYS) or _is_of_a_person(each.place, scan)):
            yield Rule(each.place, Technique.TOKEN, {"why": _WHY})


def tokens_told(rules: ReleaseRules) -> Iterator[Finding]:
    """That such places become tokens, and which."""
    places = [rule.place for rule in rules.rules if rule.options.get("why") == _WHY]
    if not places:
        return
    one = len(places) == 1
    yield Finding(
        "unknown_becomes_tokens",
        Severity.WARNING,
        f"{plural(len(places), 'place')} in JSON {'becomes' if one else 'become'} tokens, since nobody decided what "
        f"{'it is' if one else 'they are'}",
        Subject("database"),
        detail=", ".join(quoted(place_id(place)) for place in places),
        remedies=(
            "Where they are needed as they are and name nobody, decide that they are not personal, or give them the "
            "rule “keep”.",
        ),
        count=len(places),
    )


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
