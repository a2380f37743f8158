"""Why original values may stand in changed columns of the copy: somebody else's value, or one of only a few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from steward_app.db import Session, qualified
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import columns_read
from steward_app.services.privacy.transform.form_kept import places_for
from steward_app.services.privacy.transform.pseudonyms import signed

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.making import Work

KEPT = "kept"
SHUFFLED = "shuffled"
SMALL_DOMAIN = "small domain"

_FEW = frozenset(
    {
        Technique.GENERALIZE,
        Technique.ROUND,
        Technique.NOISE,
        Technique.SHIFT,
        Technique.MICROAGGREGATE,
    }
)
"""What gives values of the kind that others have: another's birthday, another's age."""

_MEETINGS = 0.01
"""Values that may meet an original by chance before a domain counts as small."""


def reasons(session: Session, rules: ReleaseRules, work: Work) -> Mapping[Place, str]:
    """For each place with a rule, why an original value may stand there in the copy; none where it may not."""
    found: dict[Place, str] = {}
    for rule in rules.rules:
        reason = _reason(session, rule, work)
        if reason:
            found[rule.place] = reason
    return found


def _reason(session: Session, rule: Rule, work: Work) -> str:
    if rule.technique is Technique.KEEP:
        return KEPT
    if rule.technique is Technique.SHUFFLE:
        return SHUFFLED
    if rule.technique in _FEW:
        return SMALL_DOMAIN
    if rule.technique is Technique.PSEUDONYM:
        kind = str(rule.options.get("kind"))
        if signed(kind, injective=work.domain(rule.place).injective):
            return ""
        return SMALL_DOMAIN
    if rule.technique is Technique.PERMUTE:
        return SMALL_DOMAIN if rule.place.path or _meets(session, rule) else ""
    return ""


def _meets(session: Session, rule: Rule) -> bool:
    """Whether some permuted value will be the original of another row, by the forms that a sample has."""
    values = columns_read.sample(session, rule.place.table, rule.place.column)
    sizes: dict[float, int] = {}
    for value in set(values):
        size = places_for(value)
        sizes[size] = sizes.get(size, 0) + 1
    whole = session.count(f"SELECT count(*) FROM {qualified(rule.place.table)}")
    scale = max(1.0, whole / max(1, len(values)))
    return sum((count * scale) ** 2 / size for size, count in sizes.items()) > _MEETINGS
