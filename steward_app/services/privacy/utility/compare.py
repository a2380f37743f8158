"""One table of both files, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from steward_app.services.privacy.columns import NULL, Columns, Form, distinct
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility.model import (
    ColumnUtility,
    Figures,
    Measure,
)
from steward_app.services.privacy.utility.statistics import (
    earth_movers,
    entropy,
    kolmogorov_smirnov,
    thinned,
    total_variation,
)

if TYPE_CHECKING:
    from steward_app.services.privacy.columns import Codes

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_KEYED = frozenset({Technique.PSEUDONYM, Technique.PERMUTE, Technique.TOKEN})
_SHARED_FROM = 0.5
_FEWEST: Final = 10
_REPEATS_UP_TO = 0.5


def compare_columns(
    before: Columns, after: Columns, keys: Collection[str], rules: ReleaseRules | None
) -> Iterator[ColumnUtility]:
    """How far each column of a table is what it was.

    Args:
        keys: columns that only name rows: of the primary key and of foreign keys.
    """
    for name in before.codes:
        if name not in after.codes:
            continue
        rule = rules.at(Place(before.table, name)) if rules else None
        names_rows = name in keys or (rule is not None and rule.technique in _KEYED)
        yield _column(name, before, after, names_rows=names_rows)


def _column(name: str, before: Columns, after: Columns, *, names_rows: bool) -> ColumnUtility:
    import numpy as np

    old, new = before.codes[name], after.codes[name]
    both = name in before.numbers and name in after.numbers and before.forms[name] is after.forms[name]
    ks = moved = None
    if both:
        one, two = (each.numbers[name][np.isfinite(each.numbers[name])] for each in (before, after))
        ks, moved = kolmogorov_smirnov(one, two), earth_movers(one, two)
    variation = total_variation(old, new)
    figures = _figures(before, name), _figures(after, name)
    measure = _measure(before, name, old, new, numbers=both, names_rows=names_rows)
    return ColumnUtility(
        Place(before.table, name),
        measure,
        *figures,
        variation,
        ks,
        moved,
        _kept(measure, old, new, ks, variation),
    )


def _measure(
    before: Columns, name: str, old: Codes, new: Codes, *, numbers: bool, names_rows: bool
) -> Measure:
    import numpy as np

    if before.forms[name] is Form.EMPTY:
        return Measure.NOTHING
    if names_rows:
        return Measure.INFORMATION
    if numbers:
        return Measure.NUMBERS
    filled, originals = new[new != NULL], old[old != NULL]
    if distinct(originals) > _REPEATS_UP_TO * len(originals):
        return Measure.INFORMATION  # hardly a value occurs twice: there are no shares to speak of
    shared = float(np.isin(filled, old).mean()) if len(filled) else 0.0
    return Measure.VALUES if shared >= _SHARED_FROM else Measure.INFORMATION


def _kept(measure: Measure, old: Codes, new: Codes, ks: float | None, variation: float) -> float:

    if measure is Measure.NOTHING:
        return 1.0
    if distinct(new) <= 1 < distinct(old):
        return 0.0  # the same value in every row says nothing
    if measure is Measure.VALUES:
        return 1.0 - variation
    filled = 1.0 - abs(float((old == NULL).mean()) - float((new == NULL).mean())) if len(new) else 0.0
    if measure is Measure.NUMBERS:
        return (1.0 - (ks or 0.0)) * filled
    size = min(len(old), len(new))
    was, is_now = entropy(thinned(old, size)), entropy(thinned(new, size))
    return min(1.0, is_now / was) * filled if was else filled


def _figures(columns: Columns, name: str) -> Figures:
    import numpy as np

    codes = columns.codes[name]
    nulls, different = int((codes == NULL).sum()), distinct(codes[codes != NULL])
    told = columns.read, nulls, different, entropy(codes)
    numbers = columns.numbers.get(name)
    fine = numbers[np.isfinite(numbers)] if numbers is not None else np.empty(0)
    if len(fine) < _FEWEST:
        return Figures(*told)  # the mean of a few would tell of persons
    quantiles = tuple(float(each) for each in np.quantile(fine, _QUANTILES))
    return Figures(*told, float(fine.mean()), float(fine.std()), quantiles)
