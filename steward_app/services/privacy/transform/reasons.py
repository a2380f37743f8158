"""Why original values may stand in changed columns of the copy.

Somebody else's value, one of only a few, or, where a rule makes so little of values that some become what others were
(0 for what is no number of many digits), the same by chance: that is found out before, since the key decides it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from steward_app.db import Session, qualified, quote
from steward_app.kernel.text import plural
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import columns_read
from steward_app.services.privacy.transform.effects import COARSER, Effect
from steward_app.services.privacy.transform.form_kept import places_for
from steward_app.services.privacy.transform.model import Batch, Step, TableTransform
from steward_app.services.privacy.transform.pseudonyms import signed

if TYPE_CHECKING:
    from steward_app.services.privacy.transform.making import Work

KEPT = "kept"
SHUFFLED = "shuffled"
SMALL_DOMAIN = "small domain"
AS_IT_WAS = "left as it was by the rule"
ALIKE = "what values become is what some were, by chance"

_MEETINGS = 0.01
"""Values that may meet an original by chance before a domain counts as small."""

_HARDLY_ANY = 1e-6
"""So few are not looked for."""

_EMPTYING = frozenset({Technique.REMOVE, Technique.FIXED, Technique.MASK, Technique.BLOB})
_MOST_VALUES = 200_000
_LONGEST = 256
"""Bytes of a value that may become one that was there: of longer ones, more is left than chance makes alike."""


def reasons(
    session: Session,
    rules: ReleaseRules,
    work: Work,
    tables: Mapping[str, TableTransform],
    effects: Mapping[Place, Effect],
) -> Mapping[Place, str]:
    """For each place with a rule, why an original value may stand there in the copy; none where it may not.

    Args:
        tables: what becomes of them.
        effects: what the rules do that make values coarser.
    """
    found: dict[Place, str] = {}
    decided = classification(Path(work.schema.path))
    for rule in rules.rules:
        if rule.technique in COARSER:
            reason = _coarser(rule, effects.get(rule.place), decided)
        else:
            reason = _reason(session, rule, work, _step(rule, tables.get(rule.place.table)))
        if reason:
            found[rule.place] = reason
    return found


def leads(rule: Rule, decided: Classification) -> bool:
    """Whether the values of a rule's place lead to a person by themselves, by what the rule says or was decided.

    Texts lead to whoever they name, and may name nobody.
    """
    decision = decided.at(rule.place)
    stated = decision if decision is not None and decision.personal else None
    kind = kinds().get(stated.kind if stated and stated.kind else str(rule.options.get("kind", "")))
    if kind is not None and kind.technique == Technique.REDACT:
        return False
    if stated is not None:
        return stated.identifies is Identifies.DIRECT
    return kind is not None and kind.identifies is Identifies.DIRECT


def _coarser(rule: Rule, effect: Effect | None, decided: Classification) -> str:
    """Of a value that leads to a person by itself nothing may be left, whatever else becomes the same."""
    if effect is not None and effect.tells and leads(rule, decided):
        return ""
    if effect is not None and effect.stay and effect.shown:
        return f"{AS_IT_WAS}, {effect.stay:,} of {plural(effect.values, 'value')}"
    return SMALL_DOMAIN


def others_too(reason: str) -> bool:
    """Whether a column in which originals may stand for that reason may by chance hold those of other columns too."""
    return reason == SMALL_DOMAIN or reason.startswith(AS_IT_WAS)


def _reason(session: Session, rule: Rule, work: Work, step: Step | None) -> str:
    if rule.technique is Technique.KEEP:
        return KEPT
    if rule.technique is Technique.SHUFFLE:
        return SHUFFLED
    if rule.technique is Technique.PSEUDONYM:
        kind = str(rule.options.get("kind"))
        if not signed(kind, injective=work.domain(rule).injective):
            return SMALL_DOMAIN
    if rule.technique in (Technique.PSEUDONYM, Technique.PERMUTE):
        meetings = _MEETINGS if rule.place.path else _meetings(session, rule)
        if meetings >= _MEETINGS:
            return SMALL_DOMAIN
        step = step if meetings > _HARDLY_ANY else None
    elif rule.technique not in _EMPTYING:
        return ""
    return ALIKE if step is not None and _becomes_another(session, rule.place, step) else ""


def _step(rule: Rule, table: TableTransform | None) -> Step | None:
    """What is done with the cells of a rule's column; None of a path inside them."""
    if table is None or rule.place.path or rule.place.column not in table.columns:
        return None
    return table.steps.get(table.columns.index(rule.place.column))


def _becomes_another(session: Session, place: Place, step: Step) -> bool:
    column = quote(place.column)
    rows = columns_read.read_rows(
        session,
        (column,),
        f"FROM (SELECT DISTINCT {column} FROM {qualified(place.table)} WHERE {column} IS NOT NULL"
        f" AND octet_length({column}) <= {_LONGEST} LIMIT {_MOST_VALUES})",
    )
    before = [value for (value,) in rows if value not in ("", b"")]
    after = step(before, Batch([(value,) for value in before], 1))
    return not _folded(before).isdisjoint(_folded(after))


def _folded(values: Sequence[SqlValue]) -> set[SqlValue]:
    found = {value.lower() if isinstance(value, str) else value for value in values}
    return found - {None, "", b""}


def _meetings(session: Session, rule: Rule) -> float:
    """How many permuted values will be the original of another row, by the forms that a sample has.

    Pseudonyms with a sign meet none: there the numbers alone are permuted.
    """
    values = columns_read.sample(session, rule.place.table, rule.place.column)
    if rule.technique is Technique.PSEUDONYM:
        values = tuple(value for value in values if not isinstance(value, str))
    if not values:
        return 0.0
    sizes: dict[float, int] = {}
    for value in set(values):
        size = places_for(value)
        sizes[size] = sizes.get(size, 0) + 1
    whole = session.count(f"SELECT count(*) FROM {qualified(rule.place.table)}")
    scale = max(1.0, whole / len(values))
    return sum((count * scale) ** 2 / size for size, count in sizes.items())
