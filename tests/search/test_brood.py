"""Surrogate-assisted breeding: legal new children, the same everywhere, and a model that knows what it saw."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo.evaluation import Origin
from hpo.search.brood import LEAST_SHARE, MOST_MODELLED, Operators, Picker, _modelled, _shares, breed, tempered
from hpo.search.encoding import features, places, point_at, snapped
from hpo.search.gaussian_process import GaussianProcess, Kernel
from tests.search.problems import (
    BASELINE,
    MIXED,
    RATE,
    drive,
    drive_parallel,
    genetic,
    loss_of,
    measured,
    mixed_space,
    ok,
    space_of,
)

OPERATORS = Operators(0.2, 0.5, 0.8, 0.5)


@given(st.integers(0, 2**31), st.integers(1, 30))
def test_children_are_points_of_the_space(seed: int, parents: int) -> None:
    space, generator = mixed_space(), random.Random(seed)
    rows = places(space, [space.sample(generator) for _ in range(parents)])
    brood = breed(space, rows, 40, OPERATORS, np.random.RandomState(seed))
    for row in brood.rows:
        point = point_at(space, row)
        assert space.contains(point)
        assert places(space, [point])[0] == pytest.approx(row, abs=1e-9), "a row is the place of its point"
    assert ((brood.parents >= -1) & (brood.parents < parents)).all()


@given(st.integers(0, 2**31))
def test_places_and_back(seed: int) -> None:
    space, generator = mixed_space(), random.Random(seed)
    points = [space.sample(generator) for _ in range(5)]
    rows = places(space, points)
    for point, row in zip(points, rows, strict=True):
        again = point_at(space, row)
        assert all(again[name] == pytest.approx(value) for name, value in point.items())
    assert np.allclose(snapped(space, rows), rows, atol=1e-9)


def test_values_without_order_are_equally_far_apart() -> None:
    space = space_of(next(item for item in MIXED if item["name"] == "activation"))
    encoded, owners = features(space, places(space, [{"activation": value} for value in ("relu", "tanh", "elu")]))
    distances = [np.linalg.norm(encoded[i] - encoded[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert distances == pytest.approx([1.0, 1.0, 1.0])
    assert set(owners.tolist()) == {0}


def test_children_without_operators_are_their_parents_or_mutants() -> None:
    space, generator = mixed_space(), random.Random(1)
    rows = places(space, [space.sample(generator) for _ in range(4)])
    brood = breed(space, rows, 200, Operators(1.0, 0.0, 0.0, 1.0), np.random.RandomState(1))
    children = brood.rows[brood.parents[:, 0] >= 0]
    assert all(any(np.allclose(child, snapped(space, rows[[i]])[0]) for i in range(4)) for child in children)


def test_the_model_goes_through_what_was_measured() -> None:
    x = np.linspace(0, 1, 12)[:, None]
    y = np.sin(5 * x[:, 0])
    model = GaussianProcess(x, np.array([0]), y)
    assert model.mean(x) == pytest.approx(y, abs=0.05)
    between = np.linspace(0.04, 0.96, 11)[:, None]
    assert model.mean(between) == pytest.approx(np.sin(5 * between[:, 0]), abs=0.1)
    far = 1.0 - (model.explained(np.array([[0.5]])) ** 2).sum()
    assert far < 0.05, "nothing is unknown between measured points"


@pytest.mark.parametrize("kernel", Kernel)
def test_the_model_finds_the_axis_that_matters(kernel: Kernel) -> None:
    rng = np.random.RandomState(1)
    x = rng.random_sample((40, 3))
    model = GaussianProcess(x, np.arange(3), (x[:, 1] - 0.3) ** 2, kernel)
    lengths = model.grid.lengths
    assert lengths[1] < min(lengths[0], lengths[2])


@pytest.mark.parametrize(
    ("losses", "kernel"),
    [(lambda x: np.sin(4 * x[:, 0]) + x[:, 1] ** 2, Kernel.SMOOTH), (lambda x: (x > 0.37) @ [1.0, 0.4], Kernel.ROUGH)],
)
def test_losses_are_likelier_under_the_kernel_of_their_kind(losses: Any, kernel: Kernel) -> None:
    x = np.random.RandomState(4).random_sample((40, 2))
    likelihoods = {one: GaussianProcess(x, np.arange(2), losses(x), one).evidence for one in Kernel}
    assert max(likelihoods, key=likelihoods.__getitem__) is kernel


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=2))
def test_no_model_is_ever_silenced(evidences: list[float]) -> None:
    shares = _shares(evidences)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.min() >= LEAST_SHARE / (1 + LEAST_SHARE) - 1e-12
    assert (shares[0] >= shares[1]) == (evidences[0] >= evidences[1]) or shares[0] == pytest.approx(shares[1])


@given(st.lists(st.one_of(st.floats(1e-6, 1e6), st.just(math.inf)), min_size=3).filter(lambda v: min(v) < math.inf))
def test_tempered_losses_keep_their_order(losses: list[float]) -> None:
    values = tempered(np.array(losses))
    assert np.isfinite(values).all()
    for i, j in zip(range(len(losses)), range(1, len(losses)), strict=False):
        assert (losses[i] <= losses[j]) <= (values[i] <= values[j])


def test_one_bad_loss_changes_nothing_where_it_matters() -> None:
    usual = tempered(np.array([0.01, 0.02, 0.03, 0.04, 0.9]))
    terrible = tempered(np.array([0.01, 0.02, 0.03, 0.04, 1e9]))
    assert usual.tolist() == terrible.tolist()


def test_a_pick_is_new_and_never_twice() -> None:
    space, generator = mixed_space(), random.Random(2)
    points = [space.sample(generator) for _ in range(20)]
    known = {space.key(point) for point in points}
    before = set(known)
    brood = breed(space, places(space, points[:4]), 300, OPERATORS, np.random.RandomState(2))
    picks = Picker(space).pick(points, [loss_of(point) for point in points], brood, 10, known, np.random.RandomState(3))
    keys = [space.key(pick.point) for pick in picks]
    assert len(set(keys)) == 10
    assert not set(keys) & before
    assert set(keys) <= known


def test_a_brood_that_is_known_gives_nothing() -> None:
    space = space_of({"name": "on", "type": "logical"}, {"name": "off", "type": "logical"})
    points = [{"on": a, "off": b} for a in (False, True) for b in (False, True)]
    brood = breed(space, places(space, points), 50, OPERATORS, np.random.RandomState(1))
    assert (
        Picker(space).pick(
            points, [0.1, 0.2, 0.3, 0.4], brood, 3, {space.key(p) for p in points}, np.random.RandomState(3)
        )
        == []
    )


def test_picks_gather_where_losses_are_low() -> None:
    """On a bowl, what is picked after sixteen points is closer to its bottom than what was drawn."""
    space = space_of(RATE, {"name": "x", "type": "float", "lower": 0.0, "upper": 1.0})

    def bowl(point: dict[str, Any]) -> float:
        return 0.01 + (math.log10(point["rate"]) + 3) ** 2 / 25 + float(point["x"] - 0.2) ** 2

    search = genetic(space)
    candidates = drive(search, lambda candidate: ok(bowl(candidate.hyperparameters)))
    first = [bowl(c.hyperparameters) for c in candidates if c.generation == 0]
    last = [bowl(c.hyperparameters) for c in candidates if c.generation == 3]
    assert max(last) < sorted(first)[len(first) // 2]


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 5))
def test_workers_and_the_order_of_results_change_nothing(seed: int, workers: int) -> None:
    alone = drive(genetic(seed=seed, baseline=BASELINE))
    together = drive_parallel(genetic(seed=seed, baseline=BASELINE), workers, random.Random(seed), measured)
    assert alone == together


def test_origin_and_parents_say_how_a_child_came_about() -> None:
    for candidate in drive(genetic(seed=3)):
        if candidate.generation:
            assert (candidate.origin is Origin.RANDOM) == (not candidate.parents)
            assert all(parent < candidate.evaluation for parent in candidate.parents)


def test_the_model_sees_the_best_and_the_latest() -> None:
    losses = [float(number) for number in range(2 * MOST_MODELLED)]
    chosen = _modelled(losses)
    assert len(chosen) == MOST_MODELLED
    assert set(range(MOST_MODELLED // 2)) <= set(chosen)
    assert 2 * MOST_MODELLED - 1 in chosen
