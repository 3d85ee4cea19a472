"""The best of n draws from a pool, against counting every subset."""

from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.analysis.bestof import chance_to_reach, curve_points, expected_best, expected_best_band

POOLS = st.lists(st.floats(0.001, 100.0), min_size=1, max_size=7)


@given(POOLS, st.data())
def test_the_expectation_is_that_over_all_subsets(pool, data):
    draws = data.draw(st.integers(1, len(pool)))
    counted = fmean(min(subset) for subset in combinations(pool, draws))
    assert expected_best(pool, [draws])[0] == pytest.approx(counted, rel=1e-9)


@given(POOLS, st.data())
def test_the_chance_is_that_over_all_subsets(pool, data):
    draws = data.draw(st.integers(1, len(pool)))
    target = data.draw(st.sampled_from(pool) | st.floats(0.0, 200.0))
    counted = fmean(min(subset) <= target for subset in combinations(pool, draws))
    assert chance_to_reach(pool, draws, target) == pytest.approx(counted, abs=1e-9)


@given(POOLS)
def test_more_draws_never_do_worse(pool):
    curve = expected_best(pool, range(1, len(pool) + 1))
    assert (np.diff(curve) <= 1e-9 * max(pool)).all()
    assert curve[0] == pytest.approx(fmean(pool))
    assert curve[-1] == pytest.approx(min(pool))


@given(POOLS, st.randoms())
def test_the_order_of_the_pool_does_not_matter(pool, random):
    shuffled = list(pool)
    random.shuffle(shuffled)
    sizes = range(1, len(pool) + 1)
    assert expected_best(shuffled, sizes) == pytest.approx(expected_best(pool, sizes))


def test_draws_without_a_loss_count_as_draws():
    assert chance_to_reach([1.0, np.inf, np.inf, np.inf], 1, 1.0) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="without a loss"):
        expected_best([1.0, np.inf], [1])


@pytest.mark.parametrize("draws", [0, 4])
def test_a_pool_says_nothing_about_more_draws_than_it_has(draws):
    with pytest.raises(ValueError, match="a pool of 3 says nothing"):
        expected_best([1.0, 2.0, 3.0], [draws])


def test_a_pool_has_losses():
    with pytest.raises(ValueError, match="at least one loss"):
        expected_best([], [1])


def test_the_band_holds_the_curve_and_never_passes_the_best_draw():
    pool = np.random.default_rng(1).lognormal(size=60)
    draws = curve_points(30)
    low, high = expected_best_band(pool, draws)
    curve = expected_best(pool, draws)
    assert (low <= curve).all()
    assert (curve <= high).all()
    assert low.min() >= pool.min()


def test_the_band_covers_the_truth_about_as_often_as_it_says():
    truth = 1 / 6  # mean of the lowest of five uniform draws
    inside = 0
    for seed in range(40):
        low, high = expected_best_band(np.random.default_rng(seed).uniform(size=80), [5])
        inside += low[0] <= truth <= high[0]
    assert 33 <= inside <= 40


@given(st.integers(1, 5000))
def test_curves_have_few_points_from_one_to_all(size):
    points = curve_points(size)
    assert points[0] == 1
    assert points[-1] == size
    assert points == sorted(set(points))
    assert len(points) <= 50
