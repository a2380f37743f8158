"""How strongly columns of a table are related before and after, two by two."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations
from math import sqrt
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.services.privacy.columns import distinct
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.utility.alike import BothFiles, Ordered, Words
from steward_app.services.privacy.utility.model import Correlation, CorrelationKind, TableRows
from steward_app.services.privacy.utility.statistics import cramers_v, cut_alike, numbered, pearson, spearman

if TYPE_CHECKING:
    from steward_app.services.privacy.columns import Codes

_MOST_NUMBERS, _MOST_WORDS = 24, 16
"""Columns of a table of which every two are compared."""
_MOST_AFTER = 1_000
_WEAK: Final = 0.1


def correlations(both: BothFiles, keys: Collection[str], context: Context) -> Iterator[Correlation]:
    """What has an order by its ranks, and by its amounts where both files hold such; words by their shares.

    Args:
        keys: columns that only name rows: nothing is related to them.
    """
    before, after = both.before, both.after
    ordered: dict[str, Ordered] = {}
    words: dict[str, Words] = {}
    for name in before.codes:
        if name in keys or name not in after.codes:
            continue
        wanted, most = (ordered, _MOST_NUMBERS) if name in before.numbers else (words, _MOST_WORDS)
        if len(wanted) == most:
            continue
        context.checkpoint()
        match both.column(name):
            case Ordered() as found if len(ordered) < _MOST_NUMBERS:
                ordered[name] = found
            case Words() as found if len(words) < _MOST_WORDS:
                words[name] = found
    for first, second in combinations(ordered, 2):
        context.checkpoint()
        yield from _by_order(before.table, (first, second), (ordered[first], ordered[second]))
    shares = {name: _numbered(each.before, each.after) for name, each in words.items()}
    cut = {name: _numbered(*cut_alike(each.before, each.after)) for name, each in ordered.items() if words}
    for one, two in chain(combinations(words, 2), ((word, name) for word in words for name in ordered)):
        context.checkpoint()
        (old, new), (other_old, other_new) = shares[one], shares[two] if two in shares else cut[two]
        yield Correlation(
            CorrelationKind.CRAMERS_V,
            Place(before.table, one),
            Place(before.table, two),
            cramers_v(old, other_old),
            0.0 if new is None or other_new is None else cramers_v(new, other_new),
        )


def kept(related: Sequence[Correlation], tables: Sequence[TableRows]) -> float | None:
    """1 less the changes of all relations, as a share of how strong they are; None where there are no relations.

    A relation that is weaker than 0.1 in both files, or than chance alone gives in so few rows, is none.
    """
    rows = {each.table: (each.looked_at_before, each.looked_at_after) for each in tables}
    changed = strength = 0.0
    for each in related:
        before, after = (
            abs(found) >= max(_WEAK, min(1.0, 2 / sqrt(max(looked, 1))))
            for found, looked in zip((each.before, each.after), rows[each.first.table], strict=True)
        )
        if before or after:
            changed += each.change
            strength += max(abs(each.before), abs(each.after))
    return max(0.0, 1 - changed / strength) if strength else None


def _by_order(table: str, names: tuple[str, str], two: tuple[Ordered, Ordered]) -> Iterator[Correlation]:
    first, second = two
    places = Place(table, names[0]), Place(table, names[1])
    kinds = [(CorrelationKind.SPEARMAN, spearman)]
    if first.same and second.same:
        kinds.insert(0, (CorrelationKind.PEARSON, pearson))
    for kind, of in kinds:
        yield Correlation(kind, *places, of(first.before, second.before), of(first.after, second.after))


def _numbered(before: Codes, after: Codes) -> tuple[Codes, Codes | None]:
    """Both sides; None where so many different values are left that nothing can be said of them."""
    return numbered(before), numbered(after) if distinct(after) <= _MOST_AFTER else None
