"""A search is a function of space, settings, seed and outcomes: of nothing else, in whatever order they arrive."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo.evaluation import Candidate, Origin, Outcome, Status
from hpo.search import Search, make_search
from hpo.search.streams import evaluation_seed
from hpo.sizes import SIZES, Size
from hpo.space import FloatAxis, IntAxis, Space
from hpo.space.axes import ListedAxis
from tests.search.problems import (
    ACTIVATION,
    BASELINE,
    BATCH,
    BIAS,
    CONSTANT,
    DROPOUT,
    LAYERS,
    RATE,
    drive,
    drive_parallel,
    loss_of,
    mixed_space,
    ok,
)

KINDS = [
    {"strategy": "ga"},
    {"strategy": "ga", "settings": {"GA_STRATEGY": "simple"}},
    {"strategy": "ga", "preset": "supervisor"},
    {"strategy": "ga", "preset": "supervisor", "settings": {"GA_STRATEGY": "simple"}},
    {"strategy": "ga", "settings": {"PARENTS": 4, "ELITES": 1}},
    {"strategy": "random"},
    {"strategy": "ga", "settings": {"GA_STRATEGY": "steady_state"}},
    {"strategy": "ga", "settings": {"GA_STRATEGY": "steady_state", "WINDOW": 3, "PARENTS": 4, "ELITES": 1}},
    {"strategy": "ga", "preset": "supervisor", "settings": {"GA_STRATEGY": "steady_state", "WINDOW": 30}},
]


def some_trouble(candidate: Candidate) -> Outcome:
    """Mostly ok; a fixed share of the points fails or is degenerate."""
    if candidate.seed % 7 == 0:
        return Outcome(Status.CRASHED, message="signal 11")
    if candidate.seed % 7 == 1:
        return Outcome(Status.DEGENERATE, 50.0)
    return ok(loss_of(candidate.hyperparameters))


@pytest.mark.parametrize("workers", [1, 2, 4, 7])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_any_number_of_workers_and_any_order_give_the_same_search(kind: dict[str, Any], workers: int) -> None:
    def search() -> Search:
        return make_search(mixed_space(), size=SIZES["MEDIUM"], seed=11, baseline=BASELINE, **kind)

    alone = search()
    expected = drive(alone, some_trouble)
    for order in range(5):
        parallel = search()
        assert drive_parallel(parallel, workers, random.Random(order), some_trouble) == expected
        assert parallel.best == alone.best
        assert parallel.reused == alone.reused


def refuse(*_: object, **__: object) -> float:
    raise AssertionError("a global random generator was touched")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_global_random_generators_are_never_touched(kind: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (random, np.random):
        for name in dir(module):
            function = getattr(module, name)
            if name.islower() and callable(function) and not name.startswith("_"):
                monkeypatch.setattr(module, name, refuse)
    before = random._inst.getstate(), repr(np.random.mtrand._rand.get_state())
    drive(make_search(mixed_space(), size=SIZES["LARGE"], seed=1, **kind), some_trouble)
    assert before == (random._inst.getstate(), repr(np.random.mtrand._rand.get_state()))


def spaces() -> st.SearchStrategy[Space]:
    """Subsets of all kinds of axes in any order, narrow ones among them."""
    items: list[dict[str, Any]] = [
        RATE,
        BATCH,
        DROPOUT,
        LAYERS,
        ACTIVATION,
        BIAS,
        {"name": "pair", "type": "int", "lower": 3, "upper": 4},
        {"name": "units", "type": "int", "lower": 8, "upper": 4096, "use_log_scale": True},
        {"name": "wide", "type": "float", "lower": 0.0, "upper": 1e-5, "sigma": 0.01},
    ]
    chosen = st.lists(st.sampled_from(items), min_size=1, max_size=5, unique_by=lambda item: item["name"])
    return st.builds(lambda axes: Space.from_json([CONSTANT, *axes]), chosen)


def outcome_patterns() -> st.SearchStrategy[Callable[[Candidate], Outcome]]:
    """Deterministic outcomes with any share of every status, all failing and all equal among them."""

    def pattern(ok_share: float, ties: bool, salt: int) -> Callable[[Candidate], Outcome]:
        def outcome(candidate: Candidate) -> Outcome:
            rng = random.Random(candidate.seed ^ salt)
            if rng.random() < ok_share:
                return ok(1.0 if ties else rng.uniform(-1e3, 1e3))
            status = rng.choice([status for status in Status if status.is_result and status is not Status.OK])
            return Outcome(status, 3.0 if status.has_loss else None)

        return outcome

    shares = st.sampled_from([0.0, 0.05, 0.5, 0.9, 1.0])
    return st.builds(pattern, shares, st.booleans(), st.integers(0, 2**31 - 1))


def number_of_points(space: Space) -> float:
    count = 1.0
    for axis in space.axes:
        if isinstance(axis, FloatAxis):
            return float("inf")
        if isinstance(axis, IntAxis):
            count *= axis.upper - axis.lower + 1
        elif isinstance(axis, ListedAxis):
            count *= len(axis.values)
    return count


@given(
    space=spaces(),
    kind=st.sampled_from(KINDS),
    size=st.builds(Size, st.just("own"), st.integers(4, 20), st.integers(1, 5)),
    seed=st.integers(0, 2**40),
    outcome=outcome_patterns(),
    workers=st.integers(1, 9),
    order=st.randoms(use_true_random=False),
)
def test_laws_of_every_search(
    space: Space,
    kind: dict[str, Any],
    size: Size,
    seed: int,
    outcome: Callable[[Candidate], Outcome],
    workers: int,
    order: random.Random,
) -> None:
    search = make_search(space, size=size, seed=seed, **kind)
    candidates = drive_parallel(search, workers, order, outcome)
    searched = [candidate for candidate in candidates if candidate.origin is not Origin.REPLICATE]
    keys = [space.key(candidate.hyperparameters) for candidate in searched]
    budget = search.budget - (len(candidates) - len(searched))

    assert len(set(keys)) == len(keys), "a point was asked for twice"
    assert all(not space.problems(candidate.hyperparameters) for candidate in candidates)
    assert [candidate.seed for candidate in searched] == [evaluation_seed(seed, key) for key in keys]
    assert candidates[: len(searched)] == searched
    assert len(searched) <= budget
    if kind.get("preset") != "supervisor" or "WINDOW" in kind.get("settings", {}):
        assert len(searched) == min(budget, number_of_points(space))
        assert any("ended before its budget" in note for note in search.notes) == (len(searched) < budget)
    fine = [(c.evaluation, outcome(c)) for c in searched if outcome(c).status is Status.OK]
    assert {c.parents[0] for c in candidates[len(searched) :]} <= {number for number, _ in fine}
    best = min(fine, key=lambda pair: (pair[1].loss, pair[0]), default=None)
    assert best == (search.best and (search.best[0].evaluation, search.best[1]))
    assert drive(make_search(space, size=size, seed=seed, **kind), outcome) == candidates
