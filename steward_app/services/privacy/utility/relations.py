"""How strongly columns of a table are related before and after, two by two."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations
from math import comb
from typing import TYPE_CHECKING, Final

from steward_app.kernel.progress import Context
from steward_app.services.privacy.columns import distinct
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.utility.alike import BothFiles, Ordered, Words
from steward_app.services.privacy.utility.model import Correlation, CorrelationKind
from steward_app.services.privacy.utility.statistics import (
    by_chance,
    by_chance_of_words,
    cramers_v,
    cut_alike,
    deviations,
    numbered,
    pearson,
    spearman,
)

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
    limit = deviations(2 * comb(len(ordered), 2) + comb(len(words), 2) + len(words) * len(ordered))
    for first, second in combinations(ordered, 2):
        context.checkpoint()
        yield from _by_order(before.table, (first, second), (ordered[first], ordered[second]), limit)
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
            max(_WEAK, by_chance_of_words(old, other_old, limit)),
            1.0
            if new is None or other_new is None
            else max(_WEAK, by_chance_of_words(new, other_new, limit)),
        )


def kept(related: Sequence[Correlation]) -> float | None:
    """1 less the changes of all relations, as a share of how strong they are.

    A relation that is weaker than 0.1 in both files, or than chance alone gives in so few rows, is none. None where the
    original has no relation: what chance gives the copy takes nothing away.
    """
    counting = [each for each in related if each.counts]
    if not any(each.was_there for each in counting):
        return None
    strength = sum(max(abs(each.before), abs(each.after)) for each in counting)
    return max(0.0, 1 - sum(each.change for each in counting) / strength)


def _by_order(
    table: str, names: tuple[str, str], two: tuple[Ordered, Ordered], limit: float
) -> Iterator[Correlation]:
    first, second = two
    places = Place(table, names[0]), Place(table, names[1])
    kinds = [(CorrelationKind.SPEARMAN, spearman)]
    if first.same and second.same:
        kinds.insert(0, (CorrelationKind.PEARSON, pearson))
    files = (first.before, second.before), (first.after, second.after)
    chances = [max(_WEAK, by_chance(*each, limit)) for each in files]
    for kind, of in kinds:
        yield Correlation(kind, *places, *(of(*each) for each in files), *chances)


def _numbered(before: Codes, after: Codes) -> tuple[Codes, Codes | None]:
    """Both sides; None where so many different values are left that nothing can be said of them."""
    return numbered(before), numbered(after) if distinct(after) <= _MOST_AFTER else None
