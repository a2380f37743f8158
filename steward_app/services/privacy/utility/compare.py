"""One table of both files: column by column, and pairs of columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Final

from steward_app.services.privacy.columns import NULL, Columns, Form, distinct
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.utility.model import (
    ColumnUtility,
    Correlation,
    CorrelationKind,
    Figures,
    Measure,
)
from steward_app.services.privacy.utility.statistics import (
    cramers_v,
    earth_movers,
    entropy,
    in_tenths,
    kolmogorov_smirnov,
    pearson,
    spearman,
    thinned,
    total_variation,
)

if TYPE_CHECKING:
    from steward_app.services.privacy.columns import Codes

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_MOST_NUMBERS, _MOST_WORDS = 24, 16
"""Columns of a table of which every two are compared."""
_MOST_DIFFERENT = 50
_MOST_AFTER = 1_000
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


def correlations(before: Columns, after: Columns, keys: Collection[str]) -> Iterator[Correlation]:
    """How strongly columns are related before and after: numbers two by two, and columns of few different values.

    Numbers of which the copy holds ranges or words are compared as tenths of their distribution.
    """

    free = [name for name in before.codes if name in after.codes and name not in keys]
    numbers = [name for name in free if name in before.numbers][:_MOST_NUMBERS]
    words = [
        name
        for name in free
        if name not in before.numbers and 2 <= distinct(before.codes[name]) <= _MOST_DIFFERENT
    ][:_MOST_WORDS]
    still = {name for name in numbers if before.forms[name] is after.forms[name] and name in after.numbers}
    for first, second in combinations(numbers, 2):
        places = Place(before.table, first), Place(before.table, second)
        if first in still and second in still:
            for kind, of in ((CorrelationKind.PEARSON, pearson), (CorrelationKind.SPEARMAN, spearman)):
                yield Correlation(
                    kind,
                    *places,
                    of(before.numbers[first], before.numbers[second]),
                    of(after.numbers[first], after.numbers[second]),
                )
        else:
            yield _by_value(before, after, first, second, still)
    for first, second in combinations([*words, *(name for name in numbers if name not in still)], 2):
        if first not in numbers or second not in numbers:
            yield _by_value(before, after, first, second, still)


def _by_value(
    before: Columns, after: Columns, first: str, second: str, still: Collection[str]
) -> Correlation:
    old = [_few(before, name, still) for name in (first, second)]
    new = [_few(after, name, still) for name in (first, second)]
    return Correlation(
        CorrelationKind.CRAMERS_V,
        Place(before.table, first),
        Place(before.table, second),
        cramers_v(*old) if len(old[0]) else 0.0,
        cramers_v(*new) if len(new[0]) and _is_few(*new) else 0.0,
    )


def _few(columns: Columns, name: str, still: Collection[str]) -> Codes:

    codes = columns.codes[name]
    if name in columns.numbers and (name in still or distinct(codes) > _MOST_DIFFERENT):
        return in_tenths(columns.numbers[name])
    return codes


def _is_few(*columns: Codes) -> bool:

    return all(distinct(each) <= _MOST_AFTER for each in columns)


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
