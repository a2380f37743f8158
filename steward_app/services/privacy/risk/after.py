"""Which combinations stay in groups below k once the rules of a copy have coarsened their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steward_app.db import ReadSession
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.hierarchies import from_options, level_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk.columns import Source
from steward_app.services.privacy.risk.grouping import labels
from steward_app.services.privacy.risk.read import TooMany, read_tuples
from steward_app.services.privacy.rules import ReleaseRules


def small_combinations(
    session: ReadSession, wanted: Source, rules: ReleaseRules, k: int, context: Context
) -> Iterator[Row]:
    """Values of the original's columns, in the order of `wanted`, of all rows whose group in the copy is below k.

    A column that is coarsened counts as what it becomes, one that is emptied or filled alike for nothing, any other
    as it is in the original. Raises `Refused` where the combinations are too many for memory.
    """
    import numpy as np

    try:
        tuples = read_tuples(session, wanted, context)
    except TooMany:
        raise Refused(
            ErrorCode.TOO_LARGE,
            f"The table {quoted(wanted.table.name)} has too many different combinations to find small groups in.",
            hint="Nothing was changed. Take fewer or coarser quasi-identifiers.",
        ) from None
    columns, cards = [], []
    for at, reached in enumerate(wanted.reached):
        numbers: dict[SqlValue, int] = {}
        becomes = _becomes(tuples.values[at], rules, Place(reached.table, reached.column))
        codes = np.array([numbers.setdefault(value, len(numbers)) for value in becomes], dtype=np.int64)
        columns.append(codes[tuples.codes[:, at]])
        cards.append(len(numbers))
    label, groups = labels(columns, cards, len(tuples.weights))
    size = np.bincount(label, weights=tuples.weights, minlength=groups)
    for entry in np.flatnonzero(size[label] < k) if groups else ():
        yield tuple(
            values[code] for values, code in zip(tuples.values, tuples.codes[entry].tolist(), strict=True)
        )


def _becomes(values: Sequence[SqlValue], rules: ReleaseRules, place: Place) -> Sequence[SqlValue]:
    rule = rules.at(place)
    if rule is None:
        return values
    match rule.technique:
        case Technique.GENERALIZE:
            hierarchy = from_options(rule.options)
            return hierarchy.at(values, level_of(hierarchy, rule.options))
        case Technique.REMOVE | Technique.FIXED:
            return [None] * len(values)
    return values
