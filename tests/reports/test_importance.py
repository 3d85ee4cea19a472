"""Variance shares of hyperparameters: exact for known functions, the same for any order, refused where unfounded."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.evaluation import Status
from reports.analysis.importance import (
    MIN_POINTS,
    Importance,
    Refusal,
    drawn_in,
    importance,
    variance_shares,
)
from tests.archive.builders import improve_record, small_record


def grid(*sizes: int) -> tuple[np.ndarray, np.ndarray]:
    """Equal boxes that fill the unit cube: lower and upper corners, shape (boxes, axes)."""
    places = np.array(list(itertools.product(*(range(size) for size in sizes))), dtype=float)
    return places / sizes, (places + 1) / sizes


def brute_force(lower: np.ndarray, values: np.ndarray) -> dict[tuple[int, ...], float]:
    """Shares on a grid of equal boxes from group means alone."""
    centred = values - values.mean()
    total = (centred**2).mean()

    def variance(axes: tuple[int, ...]) -> float:
        _, index = np.unique(lower[:, axes], axis=0, return_inverse=True)
        means = np.bincount(index.ravel(), centred) / np.bincount(index.ravel())
        return float((means[index.ravel()] ** 2).mean())

    dimensions = range(lower.shape[1])
    found = {(i,): variance((i,)) for i in dimensions}
    for i, j in itertools.combinations(dimensions, 2):
        found[i, j] = variance((i, j)) - found[i,] - found[j,]
    return {key: value / total for key, value in found.items()}


@settings(max_examples=60)
@given(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)), st.randoms())
def test_shares_are_those_of_counting(sizes, rng):
    lower, upper = grid(*sizes)
    values = np.array([rng.uniform(-1, 1) for _ in range(len(lower))])
    shares = variance_shares(lower, upper, values)
    if np.ptp(values) < 1e-9:
        return
    expected = brute_force(lower, values)
    assert shares == {key: pytest.approx(expected[key], abs=1e-9) for key in expected}
    assert all(0 <= share <= 1 for share in shares.values())
    assert sum(shares.values()) <= 1 + 1e-9


def test_an_additive_function_has_no_interaction():
    lower, upper = grid(4, 4)
    shares = variance_shares(lower, upper, 3 * lower[:, 0] + 1 * lower[:, 1])
    assert shares == {(0,): pytest.approx(0.9), (1,): pytest.approx(0.1), (0, 1): pytest.approx(0, abs=1e-12)}


def test_exclusive_or_is_all_interaction():
    lower, upper = grid(2, 2)
    assert variance_shares(lower, upper, np.array([0.0, 1.0, 1.0, 0.0])) == {
        (0,): pytest.approx(0),
        (1,): pytest.approx(0),
        (0, 1): pytest.approx(1),
    }


def test_boxes_of_unequal_volume_count_by_volume():
    lower, upper = np.array([[0.0], [0.9]]), np.array([[0.9], [1.0]])
    assert variance_shares(lower, upper, np.array([1.0, 2.0])) == {(0,): pytest.approx(1)}


def test_a_constant_has_no_shares():
    lower, upper = grid(3, 2)
    assert variance_shares(lower, upper, np.full(6, 0.1)) == {}


def of_weights(weights: dict[str, float], size: str = "LARGE"):
    """A record whose logarithmic loss is a weighted sum of the places on its axes, 0 to 1 each."""
    record = improve_record(size=size)
    table = record.evaluations
    places = {axis.name: table[axis.name].map(axis.to_unit) for axis in record.space.axes}
    logs = sum(weight * places[name] for name, weight in weights.items())
    table["val_loss"] = np.power(10.0, np.asarray(logs, dtype=float))
    return record


def test_known_shares_are_recovered():
    found = importance(of_weights({"learning_rate": 2.0, "dropout": 1.0}))
    assert isinstance(found, Importance)
    shares = {share.names[0]: share.share for share in found.main}
    assert shares["learning_rate"] == pytest.approx(0.8, abs=0.06)
    assert shares["dropout"] == pytest.approx(0.2, abs=0.06)
    assert all(shares[name] < 0.02 for name in ("batch_size", "residual", "activation"))
    assert [share.names[0] for share in found.main][:2] == ["learning_rate", "dropout"]
    assert found.r2 > 0.9


def test_shares_sum_to_one_and_lie_in_their_intervals():
    found = importance(small_record(size="LARGE"))
    shares = [*found.main, *found.pairs]
    assert sum(share.share for share in shares) + found.rest == pytest.approx(1)
    assert all(0 <= share.low <= share.share <= share.high <= 1 for share in shares)


def test_the_order_of_rows_does_not_matter():
    record = small_record(size="LARGE")
    mixed = record.evaluations.sample(frac=1, random_state=3)
    assert importance(type(record)(record.run, record.space, mixed, record.generations)) == importance(record)


def test_repeats_count_once():
    record = improve_record(size="MEDIUM")
    few = record.evaluations.head(MIN_POINTS - 1)
    table = few.iloc[[*range(len(few))] * 5].reset_index(drop=True)
    found = importance(type(record)(record.run, record.space, table, record.generations))
    assert found == Refusal(f"{MIN_POINTS - 1} distinct points are too few, it takes {MIN_POINTS}")


def test_noise_is_not_explained():
    record = improve_record(size="LARGE")
    record.evaluations["val_loss"] = np.random.default_rng(0).uniform(0.1, 0.2, len(record.evaluations))
    found = importance(record)
    assert isinstance(found, Refusal)
    assert "explains too little" in found.reason


def test_a_dead_search_is_refused():
    assert importance(improve_record(degenerate=True)) == Refusal("no evaluation gave a living network")


def test_one_hyperparameter_shares_with_nobody():
    record = improve_record(size="LARGE")
    for name in record.axes[1:]:
        record.evaluations[name] = record.evaluations[name].iloc[0]
    assert importance(record) == Refusal("only learning_rate varies in the table, so there is nothing to share out")


def test_what_is_not_recorded_is_named():
    record = of_weights({"learning_rate": 2.0, "batch_size": 1.0})
    record.evaluations.loc[10:, "dropout"] = np.nan
    found = importance(record)
    assert found.left_out == ("dropout",)
    assert "dropout" not in [share.names[0] for share in found.main]


def test_failures_have_no_loss_to_explain():
    some = dict.fromkeys(range(1, 30), Status.FAILED)
    found = importance(small_record(size="MEDIUM", failures=some))
    assert found == Refusal(f"12 distinct points are too few, it takes {MIN_POINTS}")


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=50))
def test_drawing_in_keeps_order_and_the_bulk(losses):
    values = np.array(losses)
    drawn = drawn_in(values)
    assert (drawn <= values).all()
    kept = values <= np.quantile(values, 0.75)
    assert np.array_equal(drawn[kept], values[kept])
    assert (np.diff(drawn[np.argsort(values)]) >= 0).all()
