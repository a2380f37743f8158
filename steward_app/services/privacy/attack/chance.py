"""What chance alone gives, and how sure a figure is."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from steward_app.services.privacy.attack.model import Interval

_Z: Final = 1.959963984540054
_TAIL: Final = 0.025
_NORMAL_FROM: Final = 10_000.0


def wilson(hits: float, tried: int) -> Interval:
    """Where the true share lies with 95 % confidence (Wilson 1927), when `hits` of `tried` drawn at random hit."""
    if not tried:
        return Interval(0.0, 1.0)
    share, z2 = hits / tried, _Z * _Z
    middle = (share + z2 / (2 * tried)) / (1 + z2 / tried)
    half = _Z / (1 + z2 / tried) * math.sqrt(share * (1 - share) / tried + z2 / (4 * tried * tried))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def share_interval(hits: float, tried: int, persons: int) -> Interval:
    """The same of all persons: exact when every one of them was tried."""
    if tried >= persons > 0:
        return Interval(hits / persons, hits / persons)
    return wilson(hits, tried)


def guesses(tried: int, chance: float) -> Interval:
    """How many of `tried` guesses, each right with `chance`, are right in 95 of 100 cases (binomial distribution)."""
    mean = tried * chance
    if tried <= 0 or chance <= 0:
        return Interval(0.0, 0.0)
    if chance >= 1:
        return Interval(float(tried), float(tried))
    if mean * (1 - chance) > _NORMAL_FROM:
        half = _Z * math.sqrt(mean * (1 - chance))
        return Interval(max(0.0, mean - half), min(float(tried), mean + half))
    return Interval(float(_quantile(tried, chance, _TAIL)), float(_quantile(tried, chance, 1 - _TAIL)))


def most_alike(drawn: int, amounts: int) -> Interval:
    """How many of `drawn`, each with one of some equally likely amounts, have that which most have.

    From what each amount has on average to what the most common one has at most in 39 of 40 cases.
    """
    if amounts <= 1:
        return Interval(float(drawn), float(drawn))
    chance = 1 / amounts
    mean = drawn * chance
    if mean * (1 - chance) > _NORMAL_FROM:
        half = NormalDist().inv_cdf(1 - _TAIL * chance) * math.sqrt(mean * (1 - chance))
        return Interval(mean, min(float(drawn), mean + half))
    return Interval(mean, float(_quantile(drawn, chance, 1 - _TAIL * chance)))


def beats(
    reidentified: float,
    likely: float,
    interval: Interval,
    guessing: Interval,
    limit: float | None,
) -> bool:
    """Whether an attack did better than it may.

    Without a limit it may be right as often as guessing, and no more: whom it names without doubt, and on average where
    several fit equally well. With one, the share that is right on average may be as high as the limit; of a sample, the
    lower end of its interval counts.
    """
    if limit is None:
        return max(reidentified, likely) > guessing.high
    return likely > guessing.high and interval.low > limit + 1e-9


def _quantile(tried: int, chance: float, wanted: float) -> int:
    log_chance, log_other = math.log(chance), math.log1p(-chance)
    total, logs = 0.0, tried * log_other
    for hits in range(tried + 1):
        total += math.exp(logs)
        if total >= wanted:
            return hits
        logs += math.log((tried - hits) / (hits + 1)) + log_chance - log_other if hits < tried else 0.0
    return tried
