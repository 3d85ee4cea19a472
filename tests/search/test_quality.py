"""The default preset must be worth having: better on average than the published behaviour and than chance."""

from __future__ import annotations

import math
from statistics import fmean

import pytest

from hpo.evaluation import Hyperparameters
from hpo.search import make_search
from hpo.sizes import SIZES
from tests.search.problems import ACTIVATION, BATCH, DROPOUT, RATE, drive, ok, space_of

SEEDS = range(50)


def bowl(point: Hyperparameters) -> float:
    """Smooth, with the optimum inside; typical value 1."""
    rate, batch = math.log10(float(point["rate"])), math.log2(float(point["batch"]))
    return (rate + 3.3) ** 2 / 3 + (batch - 6) ** 2 / 6 + 4 * (float(point["dropout"]) - 0.17) ** 2


def cliff(point: Hyperparameters) -> float:
    """Nothing trains above a learning rate of 0.0025; below, the best rate moves with the batch size."""
    rate, batch = math.log10(float(point["rate"])), math.log2(float(point["batch"]))
    if rate > math.log10(0.0025):
        return 2.0
    offset = {"relu": 0.0, "tanh": 0.1, "elu": 0.03}[str(point["activation"])]
    return abs(rate + 3.5 - (batch - 6) / 5) / 3 + offset + abs(float(point["dropout"]) - 0.1)


def waves(point: Hyperparameters) -> float:
    """Five linear axes with local optima all over; typical value 1."""
    values = [float(value) for value in point.values()]
    return fmean((x - 0.5) ** 2 / 2 + (1 - math.cos(4 * (x - 0.5))) / 2 for x in values)


PROBLEMS = {
    "bowl": (bowl, space_of(RATE, BATCH, DROPOUT)),
    "cliff": (cliff, space_of(RATE, BATCH, DROPOUT, ACTIVATION)),
    "waves": (waves, space_of(*({"name": f"x{i}", "type": "float", "lower": -2.0, "upper": 2.0} for i in range(5)))),
}


def mean_regret(strategy: str, preset: str) -> dict[str, float]:
    """Best loss after the 40 evaluations of MEDIUM, by problem, mean of all seeds; the optimum is 0."""
    regrets = {}
    for name, (loss, space) in PROBLEMS.items():
        bests = []
        for seed in SEEDS:
            search = make_search(space, strategy=strategy, size=SIZES["MEDIUM"], seed=seed, preset=preset)
            drive(search, lambda candidate: ok(loss(candidate.hyperparameters)))  # noqa: B023 - called at once
            assert search.best is not None
            bests.append(search.best[1].loss or 0.0)
        regrets[name] = fmean(bests)
    return regrets


@pytest.mark.slow
def test_the_default_preset_beats_supervisor_and_random() -> None:
    default = mean_regret("ga", "default")
    for other in (mean_regret("ga", "supervisor"), mean_regret("random", "default")):
        assert fmean(default.values()) < 0.8 * fmean(other.values())
        assert all(default[name] < other[name] for name in PROBLEMS)
