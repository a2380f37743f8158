"""The figures, against what scipy 1.15 gives for the same numbers and what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.services.privacy.utility.statistics import (
    cramers_v,
    cut_alike,
    earth_movers,
    entropy,
    kolmogorov_smirnov,
    numbered,
    pearson,
    spearman,
    thinned,
    total_variation,
)

A = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10.0])
B = np.array([2, 2, 3, 5, 5, 6, 9, 12, 13, 1.0])


def test_distances_are_those_of_scipy() -> None:
    assert kolmogorov_smirnov(A, B) == pytest.approx(0.2)
    assert earth_movers(A, B) == pytest.approx(1.1)


def test_correlations_are_those_of_scipy() -> None:
    assert pearson(A, B) == pytest.approx(0.545623286230571)
    assert spearman(A, B) == pytest.approx(0.4451302263229461)


def test_cramers_v_is_that_of_bergsma() -> None:
    counts = [[10, 20, 30], [6, 9, 17], [3, 3, 14]]
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    one, two = (np.array(each, np.int64) for each in zip(*pairs, strict=True))
    plain, by_chance = 2 * 0.11558997936403821**2, 4 / (len(one) - 1)  # V of scipy
    assert plain < by_chance
    assert cramers_v(one, two) == 0.0
    larger = [np.repeat(each, 5) for each in (one, two)]
    n = len(larger[0])
    wanted = ((plain - 4 / (n - 1)) / (2 - 4 / (n - 1))) ** 0.5
    assert cramers_v(*larger) == pytest.approx(wanted)
    assert cramers_v(one, one) == pytest.approx(1.0)
    assert cramers_v(one, np.zeros_like(one)) == 0.0
    assert cramers_v(one[:0], one[:0]) == cramers_v(one[:1], one[:1]) == 0.0


@pytest.mark.parametrize(("few", "many", "rows"), [(2, 2, 150), (2, 60, 150), (8, 60, 400), (3, 10, 50)])
def test_what_has_nothing_to_do_with_each_other_is_hardly_related(few: int, many: int, rows: int) -> None:
    """On average, however many cells the table has: without the correction, 2 by 60 of 150 rows gives 0.6."""
    found = []
    for seed in range(60):
        chance = np.random.default_rng(seed)
        found.append(cramers_v(*(numbered(chance.integers(0, most, rows)) for most in (few, many))))
    assert np.mean(found) < 0.15


@settings(max_examples=60)
@given(
    st.lists(st.integers(-50, 50) | st.just(float("nan")), max_size=80), st.sampled_from([1, 2, 5, 10, 25])
)
def test_numbers_and_their_ranges_are_cut_alike(values: list[float], step: int) -> None:
    numbers = np.array(values, np.float64)
    ranges = np.floor(numbers / step) * step
    old, new = cut_alike(numbers, ranges)
    if len(np.unique(ranges[np.isfinite(ranges)])) > 1:
        assert old.tolist() == new.tolist()
        assert len(np.unique(new[new >= 0])) > 1
    assert ((old == -1) == np.isnan(numbers)).all()
    assert len(np.unique(old)) <= 11


def test_one_value_on_one_side_leaves_the_other_as_it_is() -> None:
    old, new = cut_alike(A, np.ones(10))
    assert len(np.unique(old)) == 10
    assert len(np.unique(new)) == 1


def test_by_hand() -> None:
    words = np.array([1, 1, 2, 3], np.int64)
    assert entropy(words) == pytest.approx(1.5)  # a half, a quarter, a quarter
    assert total_variation(words, np.array([1, 2, 2, 4], np.int64)) == pytest.approx(0.5)
    assert total_variation(words, words + 10) == 1.0
    assert len(thinned(np.arange(100), 7)) == 7


def test_rows_without_a_number_are_left_out() -> None:
    gaps = np.array([np.nan, *A])
    assert pearson(gaps, np.array([0.0, *A])) == pytest.approx(1.0)
    assert pearson(A, np.ones(10)) == 0.0


@settings(max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(-1e5, 1e5))
def test_moving_all_by_an_amount_moves_the_earth_by_it(values: list[float], step: float) -> None:
    numbers = np.array(values)
    assert earth_movers(numbers, numbers + step) == pytest.approx(abs(step), rel=1e-6, abs=1e-6)
    assert 0.0 <= kolmogorov_smirnov(numbers, numbers + step) <= 1.0
    assert kolmogorov_smirnov(numbers, numbers) == 0.0
