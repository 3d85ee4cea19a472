"""The images of IGTD: the search for an arrangement, against recomputation, and what becomes a pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.models.igtd.arrangement import Effort, State, arrange, feature_ranks, pixel_ranks
from hpo.models.igtd.images import PUBLISHED_EFFORT, effort, image_side, make_images, usable


def ranks(seed: int, n: int) -> np.ndarray:
    return feature_ranks(np.random.default_rng(seed).normal(size=(7, n)))


def naive_error(features, pixels, pixel) -> float:
    """Sum over all pairs of features, one by one."""
    return sum(abs(features[a, b] - pixels[pixel[a], pixel[b]]) for a in range(len(features)) for b in range(a))


def test_distances_are_ranked_with_equal_ranks_for_equal_distances():
    np.testing.assert_array_equal(
        pixel_ranks(2, 2),  # four neighbours, two diagonals
        [[0, 2.5, 2.5, 5.5], [2.5, 0, 5.5, 2.5], [2.5, 5.5, 0, 2.5], [5.5, 2.5, 2.5, 0]],
    )
    columns = np.array([[0.0, 0.3, 1.0], [0.0, 0.4, 0.0]])  # distances 0.5, 1, and 0.806
    np.testing.assert_array_equal(feature_ranks(columns), [[0, 1, 3], [1, 0, 2], [3, 2, 0]])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 4))
def test_kept_errors_equal_recomputed_ones_through_any_swaps(seed, rows, columns):
    n = rows * columns
    features, pixels = ranks(seed, n), pixel_ranks(rows, columns)
    state = State(features, pixels)
    rng = np.random.default_rng(seed)
    for _ in range(6):
        first, second = rng.choice(n, 2, replace=False)
        promised = state.error + state.changes(first)[second]
        state.swap(first, second)
        assert state.error == promised == naive_error(features, pixels, state.pixel)
    assert sorted(state.pixel) == list(range(n))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_error_never_rises_and_is_that_of_the_arrangement(seed):
    features, pixels = ranks(seed, 25), pixel_ranks(5, 5)
    found = arrange(features, pixels, Effort(60), np.random.default_rng(seed))
    assert np.all(np.diff(found.errors) <= 0)
    assert found.errors[0] == naive_error(features, pixels, np.arange(25))
    assert found.errors[-1] == naive_error(features, pixels, found.pixel)
    assert len(found.errors) == 61


def test_a_converged_arrangement_has_no_better_neighbour():
    features, pixels = ranks(3, 36), pixel_ranks(6, 6)
    found = arrange(features, pixels, Effort(5000, window=80), np.random.default_rng(0))
    assert len(found.errors) < 5000
    for first in range(36):
        for second in range(first):
            swapped = found.pixel.copy()
            swapped[[first, second]] = swapped[[second, first]]
            assert naive_error(features, pixels, swapped) >= found.errors[-1]


def test_features_take_turns():
    """In n steps that swap nothing every feature is considered once, in an order that the generator chooses."""
    seen = []

    class Recording(State):
        def changes(self, feature):
            seen.append(feature)
            return np.ones(len(self.pixel))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hpo.models.igtd.arrangement.State", Recording)
        found = arrange(ranks(0, 9), pixel_ranks(3, 3), Effort(27, window=99), np.random.default_rng(0))
        arrange(ranks(0, 9), pixel_ranks(3, 3), Effort(9, window=99), np.random.default_rng(1))
    assert [sorted(seen[i : i + 9]) for i in (0, 9, 18, 27)] == [list(range(9))] * 4
    assert seen[:9] == seen[9:18] == seen[18:27] != seen[27:]
    assert found.pixel.tolist() == list(range(9))


def test_the_search_stops_where_nothing_is_gained():
    features, pixels = ranks(1, 16), pixel_ranks(4, 4)
    found = arrange(features, pixels, Effort(3000, window=50, min_gain=1e-6), np.random.default_rng(5))
    steps = len(found.errors) - 1
    assert 50 < steps < 3000
    assert found.errors[-1] > found.errors[-52] * (1 - 1e-6)
    assert found.errors[-2] < found.errors[-53] * (1 - 1e-6)


def test_a_smooth_table_is_arranged_better_than_at_random():
    """Features made from places in a square: neighbours in it behave alike."""
    rng = np.random.default_rng(2)
    place = rng.uniform(size=(2, 36))
    table = np.sin(rng.normal(size=(40, 2)) @ place * 2)
    found = arrange(feature_ranks(table), pixel_ranks(6, 6), Effort(300), np.random.default_rng(1))
    assert found.errors[-1] < 0.5 * found.errors[0]


def test_images_depend_on_the_table_alone():
    table = np.random.default_rng(4).normal(size=(9, 40))
    first, second = (make_images(table, np.arange(9), 6) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, second.pixels)
    np.testing.assert_array_equal(first.layout, second.layout)


def test_a_pixel_is_one_minus_the_scaled_feature():
    table = np.random.default_rng(4).normal(size=(9, 36))
    images = make_images(table, np.arange(9), 6)
    assert sorted(images.layout.ravel()) == list(range(36))
    scaled = (table - table.min(axis=0)) / (table.max(axis=0) - table.min(axis=0))
    for row in range(9):
        np.testing.assert_allclose(images.pixels[row], 1 - scaled[row][images.layout], atol=1e-6)
    assert images.pixels.dtype == np.float32


def test_the_strongest_features_become_pixels_by_their_raw_variance():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30, 40)) * np.linspace(0.1, 4, 40)
    variance = table.var(axis=0)
    images = make_images(table, np.arange(30), 6)
    assert set(images.layout.ravel()) == set(np.argsort(-variance)[:36])


def test_rows_of_other_parts_shape_nothing_and_end_in_the_range():
    table = np.random.default_rng(0).normal(size=(8, 36))
    seen = np.array([0, 1, 2, 3, 4, 5, 5])
    images = make_images(table, seen, 6)
    other = table.copy()
    other[6:] = 1e9
    changed = make_images(other, seen, 6)
    np.testing.assert_array_equal(images.pixels[:6], changed.pixels[:6])
    np.testing.assert_array_equal(changed.pixels[6:], 0)
    assert images.pixels.min() == 0
    assert images.pixels.max() == 1


def test_equal_rows_count_once():
    table = np.random.default_rng(0).normal(size=(5, 50))
    once = make_images(table, np.arange(5), 6)
    repeated = make_images(np.vstack([table, table[2:3]]), np.arange(6), 6)
    np.testing.assert_array_equal(once.layout, repeated.layout)


def test_constant_and_incomplete_columns_are_no_pixels():
    table = np.random.default_rng(0).normal(size=(4, 5))
    table[:, 1] = 3.0
    table[:3, 2] = 0.0  # varies in the last row only
    table[3, 3] = np.nan
    table[0, 4] = np.inf
    assert usable(table, np.arange(4)).tolist() == [0, 2]
    assert usable(table, np.arange(3)).tolist() == [0]


@pytest.mark.parametrize(("features", "most", "side"), [(30_805, 50, 50), (2500, 50, 50), (2499, 50, 49), (36, 9, 6)])
def test_sides_follow_from_the_number_of_features(features, most, side):
    assert image_side(features, most) == side


def test_effort_grows_with_the_features_up_to_the_published_one():
    assert effort(2500, published=False) == Effort(10_000)
    assert effort(10**6, published=False).max_steps == PUBLISHED_EFFORT.max_steps == 50_000
    assert effort(100, published=True) == PUBLISHED_EFFORT == Effort(50_000, 500, 1e-6)
